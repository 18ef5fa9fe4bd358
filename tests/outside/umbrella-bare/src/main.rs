//! The umbrella without its default features: no TLS.

use dintero::Dintero;

#[tokio::main]
async fn main() -> Result<(), dintero::Error> {
    let address = server::start();
    let dintero = Dintero::builder().transport(|it| it.base_url(address).bearer_token("any")).build()?;
    let transaction = dintero.payments().get_transaction("T1.a").send().await?;
    println!("{} {:?}", env!("CARGO_PKG_NAME"), transaction.status);
    Ok(())
}
