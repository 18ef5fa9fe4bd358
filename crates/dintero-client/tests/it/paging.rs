//! Lists, with builders in the shape that the generated ones have.

use std::{future::poll_fn, pin::Pin};

use crate::support::{faults::*, *};
use dintero_client::{Call, Error, ErrorKind, Operation, Paging, Response, Transport};
use futures_core::Stream;
use serde::Deserialize;

static LIST_TRANSACTIONS: Operation = Operation {
    name: "list_transactions",
    path: "/transactions",
    paging: Some(Paging::LastItem { param: "starting_after", field: "id" }),
    ..READ
};
static LIST_CARDS: Operation = Operation {
    name: "list_cards",
    path: "/cards",
    paging: Some(Paging::Cursor { param: "starting_after", cursor: "starting_after", items: "cards" }),
    ..READ
};
static LIST_SETTLEMENTS: Operation = Operation {
    name: "list_settlements",
    path: "/settlements",
    paging: Some(Paging::LastKey {
        key: "last_evaluated_key",
        items: "settlements",
        params: &[("starting_after_id", "id"), ("starting_after_date", "created_at")],
    }),
    ..READ
};

#[derive(Debug, Deserialize, PartialEq)]
struct Thing {
    id: String,
}
#[derive(Debug, Deserialize)]
struct CardPage {
    cards: Option<Vec<Thing>>,
}
#[derive(Debug, Deserialize)]
struct SettlementPage {
    settlements: Vec<Thing>,
}

#[derive(Clone, Debug)]
struct ListTransactions {
    call: Call,
    limit: Option<i64>,
    search: Option<String>,
    starting_after: Option<String>,
}

dintero_client::call_options!(ListTransactions);
dintero_client::paged!(ListTransactions, Vec<Thing>, Thing);
impl ListTransactions {
    fn new(transport: &Transport) -> Self {
        Self { call: transport.call(&LIST_TRANSACTIONS), limit: None, search: None, starting_after: None }
    }

    async fn send(self) -> Result<Response<Vec<Thing>>, Error> {
        let query = [
            ("limit", self.limit.map(|limit| limit.to_string())),
            ("search", self.search),
            ("starting_after", self.starting_after),
        ];
        let answer = list(&self.call, &query);
        self.call.json(answer).await
    }
}

#[derive(Clone, Debug)]
struct ListCards {
    call: Call,
}

dintero_client::paged!(ListCards, CardPage, Thing, cards);
impl ListCards {
    async fn send(self) -> Result<Response<CardPage>, Error> {
        let answer = list(&self.call, &[]);
        self.call.json(answer).await
    }
}

#[derive(Clone, Debug)]
struct ListSettlements {
    call: Call,
}

dintero_client::paged!(ListSettlements, SettlementPage, Thing, settlements);
impl ListSettlements {
    async fn send(self) -> Result<Response<SettlementPage>, Error> {
        let answer = list(&self.call, &[]);
        self.call.json(answer).await
    }
}

fn page(body: &str) -> Act {
    say("200 OK", "content-type: application/json\r\n", body)
}

fn down() -> Act {
    say("501 Not Implemented", "", "{}")
}

async fn serving(pages: impl IntoIterator<Item = &'static str>) -> (Faulty, Transport) {
    with_acts(pages.into_iter().map(page)).await
}

async fn with_acts(acts: impl IntoIterator<Item = Act>) -> (Faulty, Transport) {
    let server = Faulty::new(acts).await;
    let transport = server.builder().bearer_token("own").build().unwrap();
    (server, transport)
}

fn targets(server: &mut Faulty) -> Vec<String> {
    let requests = server.requests();
    let targets = requests.iter().map(|it| it.split(' ').nth(1).unwrap());
    targets.map(|it| it.trim_start_matches("/v1").to_owned()).collect()
}

fn ids(things: &[Thing]) -> Vec<&str> {
    things.iter().map(|thing| thing.id.as_str()).collect()
}

#[tokio::test]
async fn an_array_is_read_on_after_its_last_item() {
    let (mut server, transport) = serving([r#"[{"id":"a"},{"id":"b c"}]"#, r#"[{"id":"d"}]"#, "[]"]).await;
    let mut list = ListTransactions::new(&transport);
    list.limit = Some(2);
    list.search = Some("å&b".to_owned());
    list.starting_after = Some("0".to_owned());
    let all = list.items().collect().await.unwrap();
    assert_eq!(ids(&all), ["a", "b c", "d"]);
    assert_eq!(
        targets(&mut server),
        [
            "/transactions?limit=2&search=%C3%A5%26b&starting_after=0",
            "/transactions?limit=2&search=%C3%A5%26b&starting_after=b%20c",
            "/transactions?limit=2&search=%C3%A5%26b&starting_after=d",
        ]
    );
}

#[tokio::test]
async fn a_cursor_beside_the_items_is_followed_to_its_end() {
    let (mut server, transport) =
        serving([r#"{"cards":[{"id":"a"}],"starting_after":"x"}"#, r#"{"starting_after":null,"cards":[{"id":"b"}]}"#])
            .await;
    let call = transport.call(&LIST_CARDS);
    let all = ListCards { call }.items().collect().await.unwrap();
    assert_eq!(ids(&all), ["a", "b"]);
    assert_eq!(targets(&mut server), ["/cards", "/cards?starting_after=x"]);
}

#[tokio::test]
async fn a_cursor_of_several_fields_is_followed_to_its_end() {
    let (mut server, transport) = serving([
        r#"{"settlements":[{"id":"a"}],"last_evaluated_key":{"id":"s","created_at":"2026-11-23","x":1}}"#,
        r#"{"settlements":[{"id":"b"}]}"#,
    ])
    .await;
    let call = transport.call(&LIST_SETTLEMENTS);
    let all = ListSettlements { call }.items().collect().await.unwrap();
    assert_eq!(ids(&all), ["a", "b"]);
    assert_eq!(
        targets(&mut server),
        ["/settlements", "/settlements?starting_after_id=s&starting_after_date=2026-11-23"]
    );
}

#[tokio::test]
async fn pages_come_with_status_and_headers() {
    let (_server, transport) = serving([r#"[{"id":"a"}]"#, "[]"]).await;
    let mut pages = ListTransactions::new(&transport).pages();
    let first = pages.next().await.unwrap().unwrap();
    assert_eq!((ids(&first), first.status().as_u16()), (vec!["a"], 200));
    assert_eq!(first.headers()["content-type"], "application/json");
    assert!(pages.next().await.is_none());
    assert!(pages.next().await.is_none());
}

#[tokio::test]
async fn an_empty_list_is_one_empty_page() {
    let (mut server, transport) = serving(["[]", "[]"]).await;
    let mut pages = ListTransactions::new(&transport).pages();
    assert!(pages.next().await.unwrap().unwrap().is_empty());
    assert!(pages.next().await.is_none());
    assert_eq!(targets(&mut server).len(), 1);
    let all = ListTransactions::new(&transport).items().collect().await.unwrap();
    assert!(all.is_empty());
}

#[tokio::test]
async fn an_empty_page_that_leads_to_itself_is_the_end() {
    let (mut server, transport) =
        serving([r#"{"cards":[{"id":"a"}],"starting_after":"x"}"#, r#"{"cards":[],"starting_after":"x"}"#]).await;
    let call = transport.call(&LIST_CARDS);
    let all = ListCards { call }.items().collect().await.unwrap();
    assert_eq!(ids(&all), ["a"]);
    assert_eq!(targets(&mut server).len(), 2);
}

#[tokio::test]
async fn empty_pages_without_end_are_not_followed_for_ever() {
    let pages = (0..30).map(|n| page(&format!(r#"{{"cards":[],"starting_after":"{n}"}}"#)));
    let (mut server, transport) = with_acts(pages).await;
    let call = transport.call(&LIST_CARDS);
    let error = ListCards { call }.items().collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Paging);
    assert!(error.to_string().contains("21 empty pages on end"), "{error}");
    assert_eq!(targets(&mut server).len(), 21);
}

#[tokio::test]
async fn nothing_is_asked_for_beyond_the_maximum() {
    let one = r#"[{"id":"a"},{"id":"b"}]"#;
    let two = r#"[{"id":"c"},{"id":"d"}]"#;
    for (most, given, asked) in [(0, 0, 0), (1, 1, 1), (2, 2, 1), (3, 3, 2)] {
        let (mut server, transport) = serving([one, two]).await;
        let items = ListTransactions::new(&transport).items().max_items(most);
        assert_eq!(items.collect().await.unwrap().len(), given);
        assert_eq!(targets(&mut server).len(), asked, "{most}");
    }
    for (most, given) in [(0, 0), (1, 2), (2, 4)] {
        let (mut server, transport) = serving([one, two]).await;
        let items = ListTransactions::new(&transport).items().max_pages(most);
        assert_eq!(items.collect().await.unwrap().len(), given);
        assert_eq!(targets(&mut server).len(), most);
    }
}

#[tokio::test]
async fn a_cursor_that_comes_back_ends_the_list_with_an_error() {
    let pages = [
        r#"{"cards":[{"id":"a"}],"starting_after":"x"}"#,
        r#"{"cards":[{"id":"b"}],"starting_after":"y"}"#,
        r#"{"cards":[{"id":"c"}],"starting_after":"x"}"#,
        r#"{"cards":[{"id":"d"}],"starting_after":"z"}"#,
    ];
    let (mut server, transport) = serving(pages).await;
    let call = transport.call(&LIST_CARDS);
    let mut items = ListCards { call }.items();
    for id in ["a", "b", "c"] {
        assert_eq!(items.next().await.unwrap().unwrap().id, id);
    }
    let error = items.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Paging);
    assert!(!error.is_retryable());
    assert_eq!(
        error.to_string(),
        "payments.list_cards (GET /cards): the list cannot be read on: the service gave a cursor that it gave before"
    );
    assert!(items.next().await.is_none());
    assert_eq!(targets(&mut server).len(), 3);
}

#[tokio::test]
async fn an_item_without_cursor_does_not_cut_the_list_in_silence() {
    let (_server, transport) = serving([r#"[{"id":"a"},{"id":"","x":1}]"#]).await;
    let mut items = ListTransactions::new(&transport).items();
    for id in ["a", ""] {
        assert_eq!(items.next().await.unwrap().unwrap().id, id);
    }
    let error = items.next().await.unwrap().unwrap_err();
    assert!(error.to_string().ends_with("the last item has no `id`"), "{error}");
}

#[tokio::test]
async fn the_items_before_a_page_that_fails_are_given_and_it_can_be_asked_for_again() {
    let acts = [page(r#"[{"id":"a"},{"id":"b"}]"#), down(), page(r#"[{"id":"c"}]"#), page("[]")];
    let (mut server, transport) = with_acts(acts).await;
    let mut items = ListTransactions::new(&transport).items();
    for id in ["a", "b"] {
        assert_eq!(items.next().await.unwrap().unwrap().id, id);
    }
    let error = items.next().await.unwrap().unwrap_err();
    assert_eq!(error.status().unwrap(), 501);
    assert!(items.next().await.is_none());
    items.resume();
    assert_eq!(items.next().await.unwrap().unwrap().id, "c");
    assert!(items.next().await.is_none());
    // The end stays the end.
    items.resume();
    assert!(items.next().await.is_none());
    let after: Vec<_> = targets(&mut server);
    let after: Vec<_> = after.iter().map(|it| it.trim_start_matches("/transactions")).collect();
    assert_eq!(after, ["", "?starting_after=b", "?starting_after=b", "?starting_after=c"]);
}

#[tokio::test]
async fn an_operation_without_paging_says_so_after_its_page() {
    let (_server, transport) = serving([r#"[{"id":"a"}]"#]).await;
    let mut list = ListTransactions::new(&transport);
    list.call = transport.call(&GET);
    let mut pages = list.pages();
    assert_eq!(ids(&pages.next().await.unwrap().unwrap()), ["a"]);
    let error = pages.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Paging);
}

#[tokio::test]
async fn both_are_streams_that_can_move_between_threads() {
    fn sendable<T: Send + Stream + Unpin>(stream: T) -> T {
        stream
    }
    let (_server, transport) = serving([r#"[{"id":"a"}]"#, "[]"]).await;
    let list = ListTransactions::new(&transport).header("x-note", "1");
    sendable(list.clone().pages());
    let mut items = sendable(list.items());
    let first = poll_fn(|cx| Pin::new(&mut items).poll_next(cx)).await;
    assert_eq!(first.unwrap().unwrap().id, "a");
}
