//! What fuzzing came upon, replayed.

#[path = "../fuzz/targets.rs"]
mod targets;

fn replay(target: &str, check: fn(&[u8])) {
    let dir = format!("{}/fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for entry in std::fs::read_dir(dir).unwrap() {
        check(&std::fs::read(entry.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count > 0, "the corpus of {target} is gone");
}

#[test]
fn event_signatures() {
    replay("event_signature", targets::event_signature);
}

#[test]
fn dintero_signatures() {
    replay("dintero_signature", targets::dintero_signature);
}

#[test]
fn payloads() {
    replay("parse", targets::parse);
}
