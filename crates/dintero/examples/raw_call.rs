//! A call that no generated method knows: a new endpoint, or one that is not published.

use dintero::{Dintero, Method};
use serde_json::{Value, json};
use std::error::Error;

#[tokio::main]
pub async fn main() -> Result<(), Box<dyn Error>> {
    // In the place of Dintero's host, one that has the new endpoint.
    let server = httpmock::MockServer::start_async().await;
    let dintero =
        Dintero::builder().transport(|transport| transport.base_url(server.base_url()).bearer_token("any")).build()?;
    server.mock(|when, then| {
        when.method("GET").path("/v1/brand-new").query_param("limit", "2").header("authorization", "Bearer any");
        then.status(200).json_body(json!({"items": [1, 2]}));
    });

    // The path has its version; login, hosts, deadlines and errors are those of all other calls. A GET is repeated when
    // it fails, a POST is not.
    let request = dintero.transport().request(Method::GET, "/v1/brand-new");
    let page = request.query("limit", "2").send::<Value>().await?;
    println!("status {}: {} items", page.status(), page["items"].as_array().map_or(0, Vec::len));

    // A body of your own: anything that is `Serialize`.
    let body = json!({"amount": 100});
    let refused = dintero.transport().request(Method::POST, "/v1/no-such-thing").json(&body).send_empty().await;
    let error = refused.err().ok_or("nothing is there, and still it was answered")?;
    println!("{:?}: {error}", error.outcome());
    Ok(())
}
