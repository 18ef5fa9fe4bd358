//! A call that no generated method knows: a new endpoint, or one that is not published.

mod local;

use dintero::Method;
use serde_json::Value;
use std::error::Error;

#[tokio::main]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let (mock, dintero) = local::start(&["payments"]).await?;

    // The path has its version; login, hosts, deadlines and errors are those of all other calls. A GET is repeated when
    // it fails, a POST is not.
    let path = format!("/v1/accounts/{}/settlements", mock.account_id());
    let page = dintero.transport().request(Method::GET, path).query("limit", "2").send::<Value>().await?;
    println!("status {}", page.status());

    // A body of your own: anything that is `Serialize`.
    let body = serde_json::json!({"amount": 100});
    let refused = dintero.transport().request(Method::POST, "/v1/no-such-thing").json(&body).send_empty().await;
    let error = refused.err().ok_or("nothing is there, and still it was answered")?;
    println!("{:?}: {error}", error.outcome());
    Ok(())
}
