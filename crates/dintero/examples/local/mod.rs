//! A local Dintero inside this process, which the examples talk to: no account, nothing to install.

use dintero::Dintero;
use dintero_mock::{Mock, Pay};
use std::error::Error;

/// The mock of these services, and a login to it.
pub async fn start(services: &[&str]) -> Result<(Mock, Dintero), Box<dyn Error>> {
    let mock = services.iter().fold(Mock::builder(), |mock, service| mock.service(*service));
    let mock = mock.strict(true).pay(Pay::Manual).start().await?;
    let dintero = Dintero::builder()
        .login(mock.account_id(), mock.client_id(), mock.client_secret())
        .base_url(mock.base_url())
        .build()?;
    Ok((mock, dintero))
}
