//! The umbrella against the mock, as in a test of a shop, and what it receives.

use dintero::Dintero;
use dintero_mock::Mock;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mock = Mock::builder().service("payments").start().await?;
    let login = (mock.account_id(), mock.client_id(), mock.client_secret());
    let dintero = Dintero::builder().login(login.0, login.1, login.2).base_url(mock.base_url()).build()?;
    dintero.payments().list_transactions().send().await?;
    println!("{} {} request", env!("CARGO_PKG_NAME"), mock.requests().len().min(1));
    Ok(())
}
