//! Express checkout: Dintero asks the shop what it costs to send the goods to the address that the customer gave.

mod local;

use axum::{Json, Router, http::StatusCode, routing::post};
use dintero::Method;
use dintero::events::{ShippingAddressCallbackUrlRequest, ShippingAddressCallbackUrlResponse, parse_json};
use dintero::payments::types::{
    CreateSessionFromProfileRequest, Express, MultiShipmentShippingOption, MultiShipmentShippingOptionRequired,
    SessionOrder, SessionOrderRequired, SessionUrls,
};
use std::error::Error;

/// `POST /shipping`, the `express.shipping_address_callback_url` of the session.
async fn shipping(body: String) -> Result<Json<ShippingAddressCallbackUrlResponse>, StatusCode> {
    // A failure of the shop's own is a 5xx, which is not taken for "we do not send there".
    let asked: ShippingAddressCallbackUrlRequest =
        parse_json(body.as_bytes()).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let address = asked.order.shipping_address.as_deref();
    let option = |id: &str, title: &str, amount: i64| {
        MultiShipmentShippingOption::new(MultiShipmentShippingOptionRequired {
            amount, // in the currency's smallest unit, VAT included
            id: id.into(),
            line_id: format!("line-{id}"),
            operator: "Posten".into(),
            title: title.into(),
        })
    };
    let options = match address.and_then(|address| address.country.as_deref()) {
        Some("NO") => vec![option("letter", "Letter box", 4900), option("door", "To your door", 12900)],
        Some("SE" | "DK") => vec![option("abroad", "Pick-up point", 9900)],
        _ => Vec::new(), // the shop does not send there
    };
    Ok(Json(ShippingAddressCallbackUrlResponse::new(options)))
}

#[tokio::main]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let (mock, dintero) = local::start(&["payments"]).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/shipping", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/shipping", post(shipping))).await });

    let order = SessionOrderRequired { amount: 29990, currency: "NOK".into(), merchant_reference: "order-1".into() };
    let urls = SessionUrls::new("https://shop.example/thanks");
    let body = CreateSessionFromProfileRequest::new(SessionOrder::new(order), "your-profile-id", urls)
        .express(Express::new([]).shipping_address_callback_url(url));
    let session = dintero.payments().create_session_from_profile(body).send().await?.into_inner();

    // The customer types an address on Dintero's page.
    let page = format!("{}/_mock/sessions/{}/address", mock.base_url(), session.id.unwrap_or_default());
    let address =
        serde_json::json!({"first_name": "Ada", "postal_code": "0150", "postal_place": "Oslo", "country": "NO"});
    let now = dintero.transport().request(Method::POST, page).json(&address).send::<serde_json::Value>().await?;
    println!("the customer may choose among {}", now["express"]["shipping_options"]);
    Ok(())
}
