//! A small shop with axum: an order becomes a session, its payment is captured once, and refunded once when asked for.
//!
//! It hears of a payment by the callback of the session and by the events of a subscription: late, more than once, in any
//! order. None of them says what is paid; they are a reason to look. What counts is the transaction, read anew each time,
//! and its status: a payment that was declined or is on hold has a transaction too.
//!
//! Without an account it runs against a local Dintero inside this process: open the address that it prints, and pay. With
//! `DINTERO_ACCOUNT_ID`, `DINTERO_CLIENT_ID` and `DINTERO_CLIENT_SECRET` of a test account it needs besides:
//! `DINTERO_PROFILE_ID` (Dintero Backoffice, Settings, Checkout, Payment windows), `DINTERO_SIGNATURE_SECRET` (callbacks:
//! `POST /v1/admin/signature` gives it), `DINTERO_WEBHOOK_SECRET` (events: what the subscription was created with), and
//! `PUBLIC_URL`, under which Dintero reaches this server. It listens on `ADDRESS` (127.0.0.1:3000 unless set).

use axum::extract::{FromRef, Path, RawQuery, State};
use axum::http::StatusCode;
use axum::routing::{any, get, post};
use axum::{Json, Router};
use dintero::events::{
    CallbackVerifier, Event, EventVerifier, Memory, Once, PublicUrl, Refused, ReturnError, VerifiedCallback,
    VerifiedEvent, once, parse_return,
};
use dintero::payments::types::{
    CaptureTransactionRequest, CreateSessionFromProfileRequest, RefundTransactionRequest, SessionOrder,
    SessionOrderRequired, SessionUrls, Transaction, TransactionStatus,
};
use dintero::{Dintero, Error};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What the shop knows of an order; a table in a real one.
#[derive(Debug, Clone)]
pub struct Order {
    pub amount: i64,
    pub state: OrderState,
    pub session: Option<String>,
    pub transaction: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderState {
    /// Nobody has paid it, or not with success.
    Open,
    /// Dintero has not decided; it calls back when it has.
    OnHold,
    /// Paid, and collected: time to ship.
    Captured,
    Refunded,
}

/// Why something is not done now. It is answered 503, so that Dintero comes again.
#[derive(Debug)]
pub enum Trouble {
    Dintero(Error),
    /// A payment that is not for the order it names, or of a status that this shop does not handle: for a person.
    Odd(String),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Dintero(error)
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Dintero(error) => error.fmt(f),
            Self::Odd(why) => f.write_str(why),
        }
    }
}

#[derive(Clone, FromRef)]
pub struct Shop {
    dintero: Dintero,
    #[from_ref(skip)]
    profile: String,
    #[from_ref(skip)]
    public_url: String,
    /// Behind a proxy a request itself does not know where it was sent, and signatures of callbacks cover it.
    public: PublicUrl,
    callbacks: CallbackVerifier,
    events: EventVerifier,
    /// Deliveries that were worked on.
    seen: Arc<Memory>,
    orders: Arc<Mutex<HashMap<String, Order>>>,
    /// One at a time works on an order; a lock on its row in a real shop.
    locks: Arc<Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>>,
}

impl Shop {
    pub fn new(
        dintero: Dintero,
        profile: &str,
        public_url: &str,
        callbacks: CallbackVerifier,
        events: EventVerifier,
    ) -> Self {
        let (public_url, public) = (public_url.to_owned(), PublicUrl::new(public_url));
        let (seen, orders, locks) = Default::default();
        Self { dintero, profile: profile.into(), public_url, public, callbacks, events, seen, orders, locks }
    }

    pub fn app(self) -> Router {
        Router::new()
            .route("/orders/{reference}", post(place))
            .route("/orders/{reference}/refund", post(refund))
            .route("/thanks", get(thanks))
            .route("/callback", any(callback))
            .route("/events", post(event))
            .with_state(self)
    }

    pub fn order(&self, reference: &str) -> Option<Order> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner).get(reference).cloned()
    }

    fn change(&self, reference: &str, change: impl FnOnce(&mut Order)) {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner).get_mut(reference).map(change);
    }

    fn lock(&self, reference: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(locks.entry(reference.to_owned()).or_default())
    }

    /// Takes an order and gives the address at which it is paid.
    pub async fn place(&self, reference: &str, amount: i64) -> Result<String, Trouble> {
        {
            // Written down first: the callback may be here before the answer.
            let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
            if orders.contains_key(reference) {
                return Err(Trouble::Odd(format!("there is an order {reference} already")));
            }
            let order = Order { amount, state: OrderState::Open, session: None, transaction: None };
            orders.insert(reference.to_owned(), order);
        }
        let urls = SessionUrls::new(format!("{}/thanks", self.public_url))
            .callback_url(format!("{}/callback", self.public_url));
        let order = SessionOrder::new(SessionOrderRequired {
            amount,
            currency: "NOK".into(),
            merchant_reference: reference.into(),
        });
        let body = CreateSessionFromProfileRequest::new(order, &self.profile, urls);
        let made = self.dintero.payments().create_session_from_profile(body).send().await?.into_inner();
        self.change(reference, |order| order.session = made.id);
        made.url.ok_or_else(|| Trouble::Odd("the session has no address".into()))
    }

    /// Looks at the transaction of an order and does what is due. May be called at any time, as often as you like.
    pub async fn settle(&self, reference: &str, transaction: &str) -> Result<OrderState, Trouble> {
        let lock = self.lock(reference);
        let _alone = lock.lock().await;
        let order = self.order(reference).ok_or_else(|| Trouble::Odd(format!("there is no order {reference}")))?;
        let mut read = self.read(reference, &order, transaction).await?;
        if status(&read) == Some(&TransactionStatus::Authorized) {
            let body = CaptureTransactionRequest::new(order.amount).capture_reference(reference);
            let sent = self.dintero.payments().capture_transaction(transaction).body(body).send().await;
            // Whatever was answered, or was not: what is captured is asked for, never guessed, and never sent again
            // blindly. Should it be late, the next attempt is refused, as more than the whole cannot be captured.
            read = self.read(reference, &order, transaction).await?;
            if let (Err(why), Some(TransactionStatus::Authorized)) = (sent, status(&read)) {
                return Err(why.into());
            }
        }
        self.note(reference, &read)
    }

    /// Pays an order back, once.
    pub async fn refund(&self, reference: &str) -> Result<OrderState, Trouble> {
        let lock = self.lock(reference);
        let _alone = lock.lock().await;
        let order = self.order(reference).ok_or_else(|| Trouble::Odd(format!("there is no order {reference}")))?;
        let Some(transaction) = order.transaction.clone() else {
            return Err(Trouble::Odd(format!("nothing was paid for {reference}")));
        };
        let mut read = self.read(reference, &order, &transaction).await?;
        if status(&read) == Some(&TransactionStatus::Captured) {
            let body = RefundTransactionRequest::new(order.amount).reason("asked for by the customer");
            let sent = self.dintero.payments().refund_transaction(&transaction, body).send().await;
            read = self.read(reference, &order, &transaction).await?;
            if let (Err(why), Some(TransactionStatus::Captured)) = (sent, status(&read)) {
                return Err(why.into());
            }
        }
        self.note(reference, &read)
    }

    async fn read(&self, reference: &str, order: &Order, id: &str) -> Result<Transaction, Trouble> {
        let read = self.dintero.payments().get_transaction(id).send().await?.into_inner();
        let is_its = read.merchant_reference.as_deref() == Some(reference) && read.amount == order.amount;
        match is_its && read.currency == "NOK" {
            true => Ok(read),
            false => Err(Trouble::Odd(format!("the transaction {id} is not for order {reference}"))),
        }
    }

    /// Writes down what the transaction means for the order.
    fn note(&self, reference: &str, read: &Transaction) -> Result<OrderState, Trouble> {
        let state = match status(read) {
            Some(TransactionStatus::Captured) => OrderState::Captured,
            Some(TransactionStatus::Refunded) => OrderState::Refunded,
            Some(TransactionStatus::OnHold | TransactionStatus::Initiated) => OrderState::OnHold,
            Some(TransactionStatus::Declined | TransactionStatus::Failed | TransactionStatus::AuthorizationVoided) => {
                OrderState::Open
            }
            other => return Err(Trouble::Odd(format!("the transaction of {reference} is {other:?}"))),
        };
        self.change(reference, |order| {
            order.state = state;
            order.transaction = read.id.clone();
        });
        Ok(state)
    }
}

fn status(transaction: &Transaction) -> Option<&TransactionStatus> {
    transaction.status.as_ref()
}

/// What went wrong is for the log; Dintero is told to come again.
fn later(why: impl std::fmt::Display) -> StatusCode {
    eprintln!("later: {why}");
    StatusCode::SERVICE_UNAVAILABLE
}

async fn place(
    State(shop): State<Shop>,
    Path(reference): Path<String>,
    Json(amount): Json<i64>,
) -> Result<String, StatusCode> {
    shop.place(&reference, amount).await.map_err(later)
}

async fn refund(State(shop): State<Shop>, Path(reference): Path<String>) -> Result<String, StatusCode> {
    shop.refund(&reference).await.map(|state| format!("{state:?}")).map_err(later)
}

/// The customer is back. Anybody can write this address: it chooses a page, and changes nothing.
async fn thanks(State(shop): State<Shop>, RawQuery(query): RawQuery) -> Result<String, StatusCode> {
    let back = parse_return(&format!("?{}", query.unwrap_or_default())).map_err(|_| StatusCode::BAD_REQUEST)?;
    let order = back.merchant_reference.as_deref().and_then(|reference| shop.order(reference));
    Ok(match (back.error, order.map(|order| order.state)) {
        (_, Some(OrderState::Captured)) => "Thank you! Your order is on its way.",
        (Some(ReturnError::Cancelled), _) => "You cancelled the payment. Your basket is still here.",
        (Some(_), _) => "The payment did not come about. Please try another way to pay.",
        (None, _) => "Thank you! We are waiting for the payment to be confirmed.",
    }
    .to_owned())
}

/// Dintero calls back. A signature that is wrong never comes so far; it is answered 401.
async fn callback(State(shop): State<Shop>, called: Result<VerifiedCallback, Refused>) -> StatusCode {
    let callback = match called {
        Ok(called) => called.callback,
        Err(why) => {
            eprintln!("refused: {why}");
            return why.status();
        }
    };
    // Where nothing came of the payment there may be none.
    let Some(transaction) = callback.transaction_id else { return StatusCode::OK };
    match shop.settle(&callback.merchant_reference, &transaction).await {
        Ok(state) => {
            println!("order {} is {state:?}", callback.merchant_reference);
            StatusCode::OK
        }
        Err(why) => later(why),
    }
}

/// An event of the subscription. It says the same as the callback, and more; whichever comes first does the work.
async fn event(State(shop): State<Shop>, delivered: Result<VerifiedEvent, Refused>) -> StatusCode {
    let delivered = match delivered {
        Ok(delivered) => delivered,
        Err(why) => {
            eprintln!("refused: {why}");
            return why.status();
        }
    };
    let work = async || match &delivered.event {
        Event::CheckoutTransaction(event) => {
            shop.settle(&event.transaction.merchant_reference, &event.transaction.id).await.map(drop)
        }
        // `ping`, what is new, and what says nothing more.
        _ => Ok(()),
    };
    match once(&*shop.seen, delivered.delivery.as_deref(), work).await {
        Ok(Once::Did(()) | Once::DoneBefore) => StatusCode::OK,
        Ok(Once::UnderWay) => StatusCode::SERVICE_UNAVAILABLE,
        Err(why) => later(format_args!("{why:?}")),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let variable = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set"));
    let address = variable("ADDRESS").unwrap_or_else(|_| "127.0.0.1:3000".into());
    let listener = tokio::net::TcpListener::bind(&address).await?;
    if std::env::var_os("DINTERO_ACCOUNT_ID").is_some() {
        let dintero = Dintero::from_env()?;
        if !dintero.transport().account_id().is_some_and(|id| id.is_test()) {
            return Err("this example moves money: use a test account, whose id begins with T".into());
        }
        let account = variable("DINTERO_ACCOUNT_ID")?.parse()?;
        let callbacks = CallbackVerifier::new(account, [variable("DINTERO_SIGNATURE_SECRET")?])?;
        let events = EventVerifier::hmac_sha1([variable("DINTERO_WEBHOOK_SECRET")?])?;
        let shop = Shop::new(dintero, &variable("DINTERO_PROFILE_ID")?, &variable("PUBLIC_URL")?, callbacks, events);
        println!("POST an amount as JSON to http://{address}/orders/<reference>");
        return Ok(axum::serve(listener, shop.app()).await?);
    }
    println!("no DINTERO_ACCOUNT_ID: using a local Dintero inside this process");
    let public = format!("http://{}", listener.local_addr()?);
    let mock = dintero_mock::Mock::builder()
        .service("payments")
        .pay(dintero_mock::Pay::Manual)
        .webhook(format!("{public}/events"), "webhook secret")
        .signature_secret("signature secret")
        .start()
        .await?;
    let shop = Shop::new(
        Dintero::builder()
            .login(mock.account_id(), mock.client_id(), mock.client_secret())
            .base_url(mock.base_url())
            .build()?,
        "default",
        &public,
        CallbackVerifier::new(mock.account_id().parse()?, ["signature secret"])?,
        EventVerifier::hmac_sha1(["webhook secret"])?,
    );
    println!("pay order-1 at {}", shop.place("order-1", 29990).await.map_err(|why| why.to_string())?);
    axum::serve(listener, shop.app()).await?;
    Ok(())
}
