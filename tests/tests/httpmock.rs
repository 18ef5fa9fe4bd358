//! Feature `httpmock`: mocks with the types of the operations, against what the client really sends.

use dintero_odd::dintero_client::chrono::{DateTime, NaiveDate, Utc};
use dintero_odd::httpmock::MockServerExt;
use dintero_odd::types::{Circle, CreateLoginRequest, DeleteThingRequest, Error, Shape, Status, Thing};
use dintero_odd::{Client, Transport};
use httpmock::MockServer;

fn client(server: &MockServer) -> Client {
    let builder = Transport::builder().account_id("T12345678").bearer_token("own").api_key("the-key");
    Client::new(builder.base_url(server.base_url()).build().expect("settings that fit"))
}

fn time() -> DateTime<Utc> {
    "2026-11-22T09:00:00Z".parse().expect("a time")
}

fn thing() -> Thing {
    Thing::new("n")
}

#[tokio::test]
async fn parameters_are_matched_as_they_are_sent() {
    let server = MockServer::start_async().await;
    let mock = server.list_things(|when, then| {
        let when = when.aid("T12345678").a_b("+ &").status([Status::Ok, Status::Empty]).expand(["a", "b"]);
        let when = when.created_at_gte(time()).day(NaiveDate::from_ymd_opt(2026, 11, 22).expect("a day"));
        when.send_query(true).limit(5).dintero_feature_toggles(["x", "y"]).if_unmodified_since_time(time());
        then.ok(&vec![thing()]);
    });
    let call = client(&server).list_things().a_b("+ &").status([Status::Ok, Status::Empty]).expand(["a", "b"]);
    let call = call.created_at_gte(time()).day(NaiveDate::from_ymd_opt(2026, 11, 22).expect("a day"));
    let call = call.send_query(true).limit(5).dintero_feature_toggles(["x", "y"]).if_unmodified_since_time(time());
    assert_eq!(*call.send().await.expect("what was asked for"), [thing()]);
    mock.assert();
    client(&server).list_things().a_b("other").send().await.expect_err("another value");
    mock.assert_calls(1);
}

#[tokio::test]
async fn paths_are_matched_as_they_are_encoded_and_no_further() {
    let server = MockServer::start_async().await;
    let mock = server.get_thing(|when, then| {
        when.thing_id("a/b c.d");
        then.ok(&thing());
    });
    client(&server).get_thing("a/b c.d").send().await.expect("its path");
    for other in ["a/b cxd", "a", "xa/b c.d", "a/b c.dx"] {
        client(&server).get_thing(other).send().await.expect_err(other);
    }
    mock.assert_calls(1);
    let batch = server.update_batch(|when, then| {
        when.ids([1, 2]).body(&vec![Status::Ok]);
        then.ok(&thing());
    });
    client(&server).update_batch([1, 2], [Status::Ok]).send().await.expect("a list in the path");
    batch.assert();
    let day = server.get_day_at(|when, then| {
        when.time(time());
        then.success(206, &vec!["x".to_string()]);
    });
    let call = client(&server).get_day_at(NaiveDate::from_ymd_opt(2026, 11, 22).expect("a day"), time());
    assert_eq!(*call.send().await.expect("a time in the path"), ["x"]);
    day.assert();
}

#[tokio::test]
async fn bodies_and_answers_have_their_types() {
    let server = MockServer::start_async().await;
    let made = server.create_thing(|when, then| {
        when.body(&thing());
        then.created(&thing());
    });
    client(&server).create_thing(thing()).send().await.expect("made");
    client(&server).create_thing(Thing::new("other")).send().await.expect_err("another body");
    made.assert_calls(1);
    let gone = server.delete_thing(|when, then| {
        when.thing_id("x").body(&DeleteThingRequest::new("r"));
        then.no_content();
    });
    let call = client(&server).delete_thing("x").body(DeleteThingRequest::new("r"));
    assert!(call.send().await.expect("gone").is_none());
    gone.assert();
    let circle = || Shape::Circle(Circle::new("round").into());
    let login = server.create_login(|when, then| {
        when.body(&CreateLoginRequest::new("g h"));
        then.ok(&circle());
    });
    let call = client(&server).create_login(CreateLoginRequest::new("g h"));
    assert_eq!(*call.header("authorization", "own").send().await.expect("a form"), circle());
    login.assert();
    let file = server.get_file(|when, then| {
        when.name("a");
        then.ok(b"\x00\xff");
    });
    let answer = client(&server).get_file("a").send().await.expect("a file");
    assert_eq!(answer.into_inner().collect(10).await.expect("small").as_ref(), b"\x00\xff");
    file.assert();
}

#[tokio::test]
async fn documented_errors_are_answers_too() {
    let server = MockServer::start_async().await;
    let body: Error = serde_json::from_str(r#"{"error":{"code":"no_such_thing"}}"#).expect("an error");
    server.list_things(|_, then| {
        then.default_response(404, &body);
    });
    let error = client(&server).list_things().send().await.expect_err("404");
    assert_eq!((error.status().map(|s| s.as_u16()), error.code()), (Some(404), Some("no_such_thing")));
}
