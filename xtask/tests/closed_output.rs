//! A command whose output nobody reads any more ends quietly, as `cargo xtask status | head -1` asks it to.

use std::process::{Command, Stdio};

#[test]
fn nobody_reads_and_no_command_panics() {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let commands: [&[&str]; 6] = [
        &["status"],
        &["status", "--format", "json"],
        &["operations"],
        &["drift", "--rules"],
        &["explain", "no-such-service"],
        &["--help"],
    ];
    // The reader is gone before anything is written.
    let closed = || Stdio::from(std::io::pipe().expect("a pipe").1);
    for arguments in commands {
        let done = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(["--manifest-path", manifest])
            .args(arguments)
            .stdout(closed())
            .stderr(Stdio::piped())
            .output()
            .expect("runs");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(!said.contains("panicked") && done.status.code() != Some(101), "{arguments:?}: {said}");
    }
    for arguments in &commands[4..] {
        let silent = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(["--manifest-path", manifest])
            .args(*arguments)
            .stdout(closed())
            .stderr(closed())
            .status()
            .expect("runs");
        assert!(silent.code().is_some_and(|code| code != 101), "{arguments:?}: {silent}");
    }
}
