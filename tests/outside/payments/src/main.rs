//! One service alone.

use dintero_payments::{Client, Error, Transport};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let transport = Transport::builder().base_url(server::start()).bearer_token("any").build()?;
    let transaction = Client::new(transport).get_transaction("T1.a").send().await?;
    println!("{} {:?}", env!("CARGO_PKG_NAME"), transaction.status);
    Ok(())
}
