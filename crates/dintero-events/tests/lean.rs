//! What a program that only receives builds along.

use std::process::Command;

#[test]
fn no_http_client_and_no_async_runtime() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "-p", "dintero-events", "-e", "normal", "--prefix", "none"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let told = String::from_utf8(tree.stdout).unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let names: Vec<&str> = told.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains(&"dintero-types") && names.contains(&"hmac"), "{told}");
    for heavy in ["reqwest", "hyper", "tokio", "rustls", "dintero-client", "progenitor-client"] {
        assert!(!names.contains(&heavy), "{heavy} is built along");
    }
}
