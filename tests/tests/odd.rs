//! The oddities of published documents, each by what goes over the wire or is read from it.
//!
//! The document is our own, tests/odd.yaml, so that no sync of the published ones changes what is proved here.

use dintero_odd::builder::GetPointRequired;
use dintero_odd::dintero_client::chrono::{DateTime, NaiveDate, Utc};
use dintero_odd::dintero_client::{ErrorKind, Multipart, OperationKind, SecurityScheme, Upload, reqwest::Method};
use dintero_odd::types::{
    Circle, CreateLoginRequest, CreateUploadRequest, DeleteThingRequest, Filter, FilterOf, GetPoint, ListThingsPage,
    RpcFirstXTarget, Shape, Status, Thing, ThingAny, ThingLoose, ThingNumber, ThingWord, UpdateBatchResponseByStatus,
    Verdict,
};
use dintero_odd::{Client, Transport, operations};
use httpmock::Method::{DELETE, GET, POST, PUT};
use httpmock::{HttpMockRequest, MockServer};
use serde_json::{Value, json};
use std::io::{Read, Write};

async fn server() -> MockServer {
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.method(POST).path("/v1/accounts/T12345678/auth/token");
            then.status(200)
                .json_body(json!({"access_token": "the-token", "token_type": "Bearer", "expires_in": 14400}));
        })
        .await;
    server
}

fn client(server: &MockServer) -> Client {
    let builder =
        Transport::builder().login("T12345678", "client", "secret").api_key("the-key").base_url(server.base_url());
    Client::new(builder.build().expect("settings that fit"))
}

/// The query as it came, its pairs in the order of their text.
fn sorted_query(request: &HttpMockRequest) -> Vec<String> {
    let mut pairs: Vec<String> = request.uri().query().unwrap_or_default().split('&').map(str::to_string).collect();
    pairs.sort_unstable();
    pairs
}

/// What `send` puts on the first line of a request, after the method.
async fn target(send: impl AsyncFnOnce(Client)) -> String {
    let server = server().await;
    let (told, seen) = std::sync::mpsc::channel();
    server
        .mock_async(|when, then| {
            when.is_true(move |r| {
                r.uri().path() != "/v1/accounts/T12345678/auth/token" && told.send(r.uri().to_string()).is_ok()
            });
            then.status(200).json_body(json!([]));
        })
        .await;
    send(client(&server)).await;
    let target = seen.try_recv().expect("a request");
    target.trim_start_matches(&server.base_url()).to_string()
}

fn time(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

fn read(value: Value) -> Thing {
    serde_json::from_value(value.clone()).unwrap_or_else(|e| panic!("{value}: {e}"))
}

#[tokio::test]
async fn query_parameters_go_out_as_declared() {
    let server = server().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(GET).path("/v1/accounts/T12345678/things").is_true(|r| {
                sorted_query(r)
                    == [
                        "a.b=dotted",
                        "a_b=under",
                        "created_at.gte=2026-11-22T09%3A00%3A00Z",
                        "day=2026-11-22",
                        "expand=a,b",
                        "piped=a%7Cb",
                        "send=true",
                        "spaced=a%20b",
                        "status=",
                        "status=3DS",
                        "status=new",
                        "type=t",
                    ]
            });
            then.status(200).json_body(json!([]));
        })
        .await;
    let call = client(&server).list_things();
    let call = call.expand(["a", "b"]).spaced(["a", "b"]).piped(["a", "b"]).a_b("under").a_b_query("dotted");
    let call = call.status([Status::Empty, Status::ThreeDs, Status::from("new")]).send_query(true).type_("t");
    let call = call
        .created_at_gte(time("2026-11-22T10:00:00+01:00"))
        .day(NaiveDate::from_ymd_opt(2026, 11, 22).expect("a day"));
    call.send().await.expect("as declared");
    mock.assert_async().await;
}

/// What every value below has: reserved characters of paths, queries and forms, a space, and two and four bytes of UTF-8.
const HARD: &str = "a+b&c=d/e?f%g#h,i;j:k@l m*n~o.é😀";
/// The same by RFC 6570, section 3.2.1: all but letters, digits and `-._~` is percent-encoded.
const ENCODED: &str = "a%2Bb%26c%3Dd%2Fe%3Ff%25g%23h%2Ci%3Bj%3Ak%40l%20m%2An~o.%C3%A9%F0%9F%98%80";

#[tokio::test]
async fn a_value_in_a_path_is_one_segment_whatever_it_holds() {
    let sent = target(async |client| drop(client.get_thing(HARD).send().await)).await;
    assert_eq!(sent, format!("/v1/accounts/T12345678/things/{ENCODED}"));
}

#[tokio::test]
async fn a_value_in_a_query_is_one_value_whatever_it_holds() {
    // form, explode: true
    let sent = target(async |client| drop(client.list_things().a_b_query(HARD).status([HARD, ""]).send().await)).await;
    assert_eq!(sent, format!("/v1/accounts/T12345678/things?a.b={ENCODED}&status={ENCODED}&status="));
}

#[tokio::test]
async fn a_separator_of_a_list_is_no_part_of_its_items() {
    // form, spaceDelimited and pipeDelimited, explode: false; the order is that of the raw function's arguments.
    let sent = target(async |client| {
        let call = client.list_things().expand([HARD, "b"]).spaced(["a b", "c"]).piped(["a|b", "c"]);
        drop(call.send().await);
    })
    .await;
    assert_eq!(sent, format!("/v1/accounts/T12345678/things?expand={ENCODED},b&piped=a%7Cb%7Cc&spaced=a%20b%20c"));
}

#[tokio::test]
async fn a_list_of_nothing_is_not_sent() {
    let server = server().await;
    let mock = server
        .mock_async(|when, then| {
            when.path("/v1/accounts/T12345678/things")
                .is_true(|r| r.uri().query().is_none())
                .header_missing("dintero-feature-toggles");
            then.status(200).json_body(json!([]));
        })
        .await;
    let none = Vec::<String>::new;
    let call = client(&server).list_things().expand(none()).spaced(none()).status(none());
    call.dintero_feature_toggles(none()).send().await.expect("as declared");
    mock.assert_async().await;
    let error = client(&server).update_batch(Vec::<i32>::new(), [Status::Ok]).send().await;
    assert_eq!(error.expect_err("`/v2/batches/` is another path").kind(), ErrorKind::InvalidRequest);
}

#[tokio::test]
async fn a_path_value_of_any_type_cannot_lead_to_another_path() {
    let server = server().await;
    let any = server
        .mock_async(|when, then| {
            when.path_includes("levels");
            then.status(200);
        })
        .await;
    for level in ["", ".", ".."] {
        let error = client(&server).get_level(Status::from(level)).send().await.expect_err(level);
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{level:?}");
    }
    client(&server).get_level(Status::ThreeDs).send().await.expect("a value of its own");
    assert_eq!(any.calls_async().await, 1);
}

#[tokio::test]
async fn headers_are_sent_as_they_are() {
    // style simple; headers are not percent-encoded. A server for one call, as the mock takes headers for ASCII.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("its address"));
    let head = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a call");
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).expect("its head") > 0 {
            head.push(byte[0]);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]").expect("an answer");
        String::from_utf8(head).expect("UTF-8")
    });
    let transport = Transport::builder().account_id("T12345678").bearer_token("own").base_url(url).build();
    let client = Client::new(transport.expect("settings that fit"));
    client.list_things().dintero_feature_toggles(["a+b&c/%", "é 😀"]).send().await.expect("bytes of UTF-8");
    let head = head.join().expect("a head");
    assert!(head.contains("\r\ndintero-feature-toggles: a+b&c/%,é 😀\r\n"), "{head}");
    let broken = client.list_things().dintero_feature_toggles(["a\r\nx-evil: 1"]).send().await;
    assert_eq!(broken.expect_err("no header can hold it").kind(), ErrorKind::InvalidRequest);
}

fn filter() -> Filter {
    Filter::new().since("a b").of(FilterOf::new().kind("k"))
}

#[tokio::test]
async fn objects_in_a_query_go_out_in_their_style() {
    let server = server().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(GET).path("/v1/accounts/T12345678/things").is_true(|r| {
                sorted_query(r)
                    == [
                        "anything=1",
                        "anything=two",
                        "filter%5Bof%5D%5Bkind%5D=k",
                        "filter%5Bsince%5D=a%20b",
                        "from=1",
                        "kinds=x",
                        "kinds=y",
                        "range=high,2",
                        "where=%7B%22of%22%3A%7B%22kind%22%3A%22k%22%7D%2C%22since%22%3A%22a%20b%22%7D",
                    ]
            });
            then.status(200).json_body(json!([]));
        })
        .await;
    let page = ListThingsPage::new().from(1).kinds(["x", "y"].map(String::from));
    let call = client(&server).list_things().filter(filter()).page(page).where_(filter());
    let call = call.range([("high".to_string(), 2)]).anything(json!([1, "two"]));
    call.send().await.expect("as declared");
    mock.assert_async().await;
}

#[tokio::test]
async fn cookies_and_headers_of_more_than_a_text() {
    let server = server().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(GET)
                .header("cookie", "session=s%20t; flags=1")
                .header("x-filter", r#"of,{"kind":"k"},since,a b"#)
                .header("api-version", "2026-11-25");
            then.status(200).json_body(json!([]));
        })
        .await;
    let call = client(&server).list_things().session("s%20t").x_filter(filter()).api_version("2026-11-25");
    call.clone().flags([1]).send().await.expect("as declared");
    // Two are joined by a comma, which no cookie can hold: refused rather than sent wrong.
    let error = call.flags([1, 2]).send().await.expect_err("refused");
    assert!(error.to_string().contains("`flags` has a character that no cookie can hold"), "{error}");
    mock.assert_async().await;
}

#[tokio::test]
async fn a_path_in_matrix_style_and_a_key_in_the_query() {
    let server = server().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(GET)
                .is_true(|r| r.uri().path() == "/v1/points/;point=x,1,y,2")
                .is_true(|r| sorted_query(r) == ["api-version=v", "key=k"])
                .header_missing("authorization");
            then.status(204);
        })
        .await;
    client(&server)
        .get_point(GetPoint::new(1).y(2), GetPointRequired { api_version: "v".into(), key: "k".into() })
        .send()
        .await
        .expect("as declared");
    mock.assert_async().await;
}

#[tokio::test]
async fn calls_that_differ_in_what_is_never_sent_are_two() {
    let server = server().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(POST).is_true(|r| r.uri().path() == "/v1/rpc").header("x-target", "First");
            then.status(204);
        })
        .await;
    client(&server).rpc_first(RpcFirstXTarget::First).send().await.expect("sent");
    mock.assert_async().await;
    assert_ne!(operations::RPC_FIRST.id, operations::RPC_SECOND.id);
}

#[tokio::test]
async fn fields_and_files_are_the_parts_of_a_multipart_body() {
    let server = server().await;
    let parts = |text: &'static str| {
        move |request: &HttpMockRequest| {
            let headers = request.headers();
            let media_type = headers.get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default();
            let boundary =
                media_type.strip_prefix("multipart/form-data; boundary=\"").unwrap_or("?").trim_end_matches('"');
            request.body_string().replace(boundary, "B") == text
        }
    };
    let typed = server
        .mock_async(|when, then| {
            when.method(POST).path("/files/v1/uploads").is_true(parts(concat!(
                "--B\r\nContent-Disposition: form-data; name=\"about\"\r\nContent-Type: application/json\r\n\r\n{\"since\":\"s\"}\r\n",
                "--B\r\nContent-Disposition: form-data; name=\"count\"\r\n\r\n3\r\n",
                "--B\r\nContent-Disposition: form-data; name=\"data\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n",
                "--B\r\nContent-Disposition: form-data; name=\"labels\"\r\n\r\nx\r\n",
                "--B\r\nContent-Disposition: form-data; name=\"labels\"\r\n\r\ny\r\n",
                "--B\r\nContent-Disposition: form-data; name=\"more\"; filename=\"file\"\r\nContent-Type: application/octet-stream\r\n\r\n1\r\n",
                "--B--\r\n",
            )));
            then.status(204);
        })
        .await;
    let free = server
        .mock_async(|when, then| {
            when.method(PUT)
                .path("/files/v1/uploads")
                .is_true(parts("--B\r\nContent-Disposition: form-data; name=\"any\"\r\n\r\nfield\r\n--B--\r\n"));
            then.status(204);
        })
        .await;
    let client = client(&server);
    let body = CreateUploadRequest::new(Upload::new(b"hello".to_vec()).file_name("a.txt").media_type("text/plain"))
        .more([Upload::new(b"1".to_vec())])
        .count(3)
        .labels(["x", "y"].map(String::from))
        .about(Filter::new().since("s"));
    client.create_upload(body).send().await.expect("typed");
    client.update_uploads().body(Multipart::new().field("any", "field")).send().await.expect("free");
    typed.assert_async().await;
    free.assert_async().await;
}

#[tokio::test]
async fn an_unset_parameter_and_its_default_are_not_sent() {
    let server = server().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(GET)
                .path("/v1/accounts/P87654321/things")
                .is_true(|r| r.uri().query().unwrap_or_default().is_empty());
            then.status(200).json_body(json!([]));
        })
        .await;
    client(&server).list_things().aid("P87654321").send().await.expect("the account given for the call");
    mock.assert_async().await;
}

#[tokio::test]
async fn headers_are_joined_and_dated_as_rfc_3339() {
    let server = server().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(GET)
                .header("dintero-feature-toggles", "a,b")
                .header("if-unmodified-since-time", "2026-11-22T09:00:00Z")
                .header("authorization", "Bearer the-token")
                .header_missing("api-version");
            then.status(200).json_body(json!([]));
        })
        .await;
    let call = client(&server).list_things().dintero_feature_toggles(["a", "b"]);
    call.if_unmodified_since_time(time("2026-11-22T10:00:00+01:00")).send().await.expect("as declared");
    mock.assert_async().await;
}

#[tokio::test]
async fn dates_and_lists_in_paths_and_the_server_of_the_operation() {
    let server = server().await;
    let days = server
        .mock_async(|when, then| {
            when.method(GET)
                .is_true(|r| r.uri().path() == "/days/2026-11-22/at/2026-11-22T09%3A00%3A00Z")
                .header_missing("authorization")
                .header_missing("x-api-key");
            then.status(206).json_body(json!(["x"]));
        })
        .await;
    let call =
        client(&server).get_day_at(NaiveDate::from_ymd_opt(2026, 11, 22).expect("a day"), time("2026-11-22T09:00:00Z"));
    let answer = call.send().await.expect("any 2xx, without a credential");
    assert_eq!(*answer, ["x"]);
    days.assert_async().await;

    let batch = server
        .mock_async(|when, then| {
            when.method(PUT)
                .is_true(|r| r.uri().path() == "/v2/batches/1,2")
                .header("x-api-key", "the-key")
                .json_body(json!(["OK", "ok"]));
            then.status(202).json_body(json!({"job": "j1"}));
        })
        .await;
    let answer = client(&server).update_batch([1, 2], [Status::Ok, Status::OkLower]).send().await.expect("202");
    let UpdateBatchResponseByStatus::Accepted(accepted) = answer.into_inner() else { panic!("the answer of 202") };
    assert_eq!(accepted.job, "j1");
    batch.assert_async().await;
}

#[tokio::test]
async fn a_body_may_be_a_bare_number() {
    let server = server().await;
    let level = server
        .mock_async(|when, then| {
            when.method(PUT).path("/v1/levels/OK").query_param("request", "r").json_body(json!(7));
            then.status(204);
        })
        .await;
    client(&server).update_level("OK", 7).request_query("r").send().await.expect("204");
    level.assert_async().await;
}

#[tokio::test]
async fn one_name_in_path_and_query_is_two_parameters() {
    let server = server().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(GET).path("/v1/accounts/T12345678/things/p").query_param("thing-id", "q");
            then.status(200).json_body(json!({"name": "n"}));
        })
        .await;
    client(&server).get_thing("p").thing_id_query("q").send().await.expect("both");
    mock.assert_async().await;
}

#[tokio::test]
async fn a_delete_takes_an_optional_body_and_may_answer_nothing() {
    let server = server().await;
    let with = server
        .mock_async(|when, then| {
            when.method(DELETE)
                .path("/v1/accounts/T12345678/things/a")
                .header("content-type", "application/json")
                .json_body(json!({"reason": "r"}));
            then.status(200).json_body(json!({"name": "n"}));
        })
        .await;
    let without = server
        .mock_async(|when, then| {
            when.method(DELETE)
                .path("/v1/accounts/T12345678/things/b")
                .header_missing("content-type")
                .is_true(|r| r.body_ref().is_empty());
            then.status(204);
        })
        .await;
    let client = client(&server);
    let marked = client.delete_thing("a").body(DeleteThingRequest::new("r")).send().await.expect("200");
    assert!(marked.is_some());
    let gone = client.delete_thing("b").send().await.expect("204");
    assert!(gone.is_none());
    with.assert_async().await;
    without.assert_async().await;
}

#[tokio::test]
async fn files_texts_and_redirects() {
    let server = server().await;
    let page = |path: &'static str, status: u16, body: &'static [u8]| {
        server.mock_async(move |when, then| {
            when.method(GET).path(path);
            then.status(status).header("location", "https://elsewhere.example.com/").body(body);
        })
    };
    page("/v1/files/a", 200, b"\x00\xffnot json").await;
    page("/v1/texts/a", 200, b"plain").await;
    page("/v1/go", 302, b"").await;
    let client = client(&server);
    let file = client.get_file("a").send().await.expect("a file declared as JSON");
    assert_eq!(file.into_inner().collect(100).await.expect("small").as_ref(), b"\x00\xffnot json");
    assert_eq!(*client.get_text("a").send().await.expect("a text"), "plain");
    assert_eq!(client.get_go().send().await.expect("a documented 302").location(), "https://elsewhere.example.com/");
}

#[tokio::test]
async fn a_form_repeats_its_lists_and_basic_is_the_client_itself() {
    let server = server().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(POST)
                .path("/v1/login")
                .header("content-type", "application/x-www-form-urlencoded")
                .header("authorization", "Basic Y2xpZW50OnNlY3JldA==")
                .body("filter%5Bof%5D%5Bkind%5D=k&filter%5Bsince%5D=a+b&grant=g&ids=1%2C2&plain=%7B%22since%22%3A%22s%22%7D&scope=a&scope=b+c");
            then.status(200).json_body(json!({"kind": "round", "radius": 1}));
        })
        .await;
    let body = CreateLoginRequest::new("g")
        .scope(["a", "b c"].map(String::from))
        .ids([1, 2])
        .filter(filter())
        .plain(Filter::new().since("s"));
    let shape = client(&server).create_login(body).send().await.expect("a form");
    assert_eq!(*shape, Shape::Circle(Circle::new("round").radius(1).into()));
    mock.assert_async().await;
}

#[test]
fn a_body_has_what_was_set_and_nothing_else() {
    assert_eq!(serde_json::to_value(Thing::new("n")).expect("writes"), json!({"name": "n"}));
    let thing = Thing::new("n").tags(Vec::<String>::new()).new_(0).status(Status::Empty).name_2("N");
    let written = serde_json::to_value(thing).expect("writes");
    assert_eq!(written, json!({"name": "n", "Name": "N", "tags": [], "new": 0, "status": ""}));
}

#[test]
fn nothing_that_a_service_may_add_or_leave_out_fails_the_reading() {
    let thing = read(json!({"name": "longer than three", "status": null, "verdict": null, "tags": null, "map": null,
        "events": null, "parent": null, "made": null, "brand": "new"}));
    assert_eq!(thing.name, "longer than three");
    assert_eq!((thing.status, thing.tags, thing.map), (None, None, None));
    assert_eq!(read(json!({"name": "n", "made": "2024-01-01T00:00:00"})).made, Some(time("2024-01-01T00:00:00Z")));
    assert_eq!(read(json!({"name": "n", "made": ""})).made, None);
    assert_eq!(read(json!({"name": "n", "settled": "yesterday"})).settled.as_deref(), Some("yesterday"));
    assert_eq!(read(json!({"name": "n", "new": -5_000_000_000_i64})).new_, Some(-5_000_000_000));
}

#[test]
fn all_of_keeps_what_both_members_say_of_a_property() {
    let thing = read(json!({"name": "n", "events": [{"at": "2026-11-22T09:00:00Z", "metadata": {"k": "v"}}]}));
    let event = &thing.events.expect("events")[0];
    assert_eq!(event.at, Some(time("2026-11-22T09:00:00Z")));
    assert_eq!(event.metadata.as_ref().and_then(|m| m.get("k")).map(String::as_str), Some("v"));
}

#[test]
fn names_that_are_no_rust_names_keep_their_wire_name() {
    let value = json!({"name": "n", "Name": "N", "bambora:transaction:id": "b", "$.requirement.item.items[*]": 1.5, "self": true});
    let thing = read(value.clone());
    assert_eq!(thing.bambora_transaction_id.as_deref(), Some("b"));
    assert_eq!(serde_json::to_value(thing).expect("writes"), value);
}

#[test]
fn equal_titles_are_not_equal_types() {
    let thing = read(json!({"name": "n", "one": {"x": "1"}, "two": {"y": "2"}}));
    assert_eq!(thing.one.and_then(|o| o.x).as_deref(), Some("1"));
    assert_eq!(thing.two.and_then(|t| t.y).as_deref(), Some("2"));
}

#[test]
fn enums_keep_every_value() {
    for value in ["", "3DS", "no", "OK", "ok", "other", "+", "-", "tomorrow's"] {
        let status: Status = serde_json::from_value(json!(value)).expect("any text");
        assert_eq!(serde_json::to_value(&status).expect("writes"), json!(value));
        assert_eq!(status.is_known(), value != "tomorrow's");
    }
    for value in [-1, 0, 1, 7] {
        let verdict: Verdict = serde_json::from_value(json!(value)).expect("any integer");
        assert_eq!(serde_json::to_value(verdict).expect("writes"), json!(value));
    }
    assert_eq!(read(json!({"name": "n", "word": "known"})).word, Some(ThingWord::Known));
    assert_eq!(read(json!({"name": "n", "word": "free"})).word, Some(ThingWord::Other("free".into())));
}

#[test]
fn choices_lose_nothing() {
    let round = json!({"name": "n", "shape": {"kind": "square", "side": 2, "inner": {"kind": "round", "radius": 1}}});
    assert_eq!(serde_json::to_value(read(round.clone())).expect("writes"), round);
    // A kind of tomorrow.
    let new = json!({"name": "n", "shape": {"kind": "hexagon", "side": 2}});
    assert_eq!(serde_json::to_value(read(new.clone())).expect("writes"), new);
    // The first variant would decode and lose `b`.
    let loose = read(json!({"name": "n", "loose": {"a": "1", "b": "2"}})).loose.expect("a choice");
    assert_eq!(serde_json::to_value(&loose).expect("writes"), json!({"a": "1", "b": "2"}));
    assert!(!matches!(loose, ThingLoose::Other(_)));
    assert_eq!(read(json!({"name": "n", "number": "1"})).number, Some(ThingNumber::Text("1".into())));
    assert_eq!(
        read(json!({"name": "n", "number": 1.5})).number,
        Some(ThingNumber::Number("1.5".parse().expect("a number")))
    );
    let any: Box<ThingAny> = read(json!({"name": "n", "any": {"p": "1", "q": "2"}})).any.expect("anyOf");
    assert_eq!((any.p.as_deref(), any.q.as_deref()), (Some("1"), Some("2")));
}

#[test]
fn the_table_says_what_the_document_says() {
    let by_id = |id: &str| operations::OPERATIONS.iter().find(|op| op.id == id).unwrap_or_else(|| panic!("{id}"));
    assert_eq!(by_id("things_get").server, "https://one.example.com/v1");
    assert_eq!(by_id("days_get").server, "https://two.example.com");
    assert_eq!(by_id("days_get").auth, []);
    assert_eq!(by_id("batches_put").auth, [SecurityScheme::ApiKey("x-api-key")]);
    assert_eq!(by_id("login_post").auth, [SecurityScheme::Basic, SecurityScheme::None]);
    assert_eq!(by_id("example_thing_add").kind, OperationKind::Event);
    assert!(by_id("batches_put").idempotent && !by_id("things_post").idempotent);
    for op in operations::OPERATIONS {
        assert!(op.method.parse::<Method>().is_ok() && op.path.starts_with('/'), "{op:?}");
    }
}

#[test]
fn what_a_pass_takes_out_of_a_schema_stands_in_the_docs() {
    let types = include_str!("../odd/src/types.rs");
    for said in [
        "Pattern: `(?P<bad>[`. Length: 1 to 3.",
        "Range: at least 1. Default: `ten`.",
        "Default: `[\"a\"]`.",
        "Example: `2024-05-01`.",
        "Read only.",
        "Beside a reference.",
        "How it went.",
    ] {
        assert!(types.contains(said), "{said}");
    }
    let client = include_str!("../odd/src/lib.rs");
    for said in [
        "`400` [`CreateThingError`]",
        "`404`",
        "`409` [`CreateThingErrorDetails`]",
        "Answers: `200`",
        "#[doc(alias = \"things_get\")]",
    ] {
        assert!(client.contains(said), "{said}");
    }
}
