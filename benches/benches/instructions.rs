//! How many instructions it takes to decode a page, by callgrind: the same twice on any machine.
//!
//! Without arguments this runs itself under valgrind, each case for few and for many turns, so that what the program does
//! besides falls out. With a case and a number of turns it is that case.

use std::{hint::black_box, process::Command};

use dintero_benches::{hand, page, page_with_unknown};
use dintero_shop::types::Transaction;
use dintero_types::reading::{How, json, read};

const FEW: u64 = 1;
const MANY: u64 = 4;

fn decode<T: serde::de::DeserializeOwned>(text: &str) {
    black_box(serde_json::from_slice::<Vec<T>>(black_box(text.as_bytes())).unwrap());
}

/// As the client does it: a body is read once as UTF-8, and unknown fields are kept and told.
fn read_as_client(text: &str) {
    let how = How { scope: 1, strict: false };
    black_box(read(black_box(text.as_bytes()), how, json::<Vec<Transaction>>).unwrap());
}

type Case = (&'static str, &'static str, fn(&str));

/// Hand-written types on the client's way: what the types alone make.
fn read_by_hand(text: &str) {
    black_box(json::<Vec<hand::Transaction>>(black_box(text.as_bytes())).unwrap());
}

const CASES: [Case; 7] = [
    ("by hand", "plain", decode::<hand::Transaction>),
    ("generated", "plain", decode::<Transaction>),
    ("generated, as the client reads", "plain", read_as_client),
    ("by-hand types, UTF-8 seen once", "plain", read_by_hand),
    ("by hand, 30 % unknown", "unknown", decode::<hand::Transaction>),
    ("generated, 30 % unknown, as the client reads", "unknown", read_as_client),
    ("by-hand types, 30 % unknown, UTF-8 seen once", "unknown", read_by_hand),
];

fn run(case: &Case, turns: u64) {
    let text = if case.1 == "plain" { page(100) } else { page_with_unknown(100) };
    for _ in 0..turns {
        (case.2)(&text);
    }
}

/// Instructions of the whole program.
fn counted(case: &Case, turns: u64) -> Option<u64> {
    let own = std::env::current_exe().ok()?;
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(own).arg(case.0).arg(turns.to_string());
    let told = String::from_utf8(command.output().ok()?.stderr).ok()?;
    let line = told.lines().find_map(|line| line.split_once("Collected :"))?;
    line.1.trim().parse().ok()
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if let [name, turns] = arguments.as_slice() {
        let case = CASES.iter().find(|case| case.0 == name).expect("a case");
        return run(case, turns.parse().expect("a number of turns"));
    }
    let mut hand = (1, 1);
    for case in &CASES {
        let (Some(few), Some(many)) = (counted(case, FEW), counted(case, MANY)) else {
            return println!("valgrind is not here, or gave no count");
        };
        let each = (many - few) / (MANY - FEW);
        match (case.0.starts_with("by hand"), case.1) {
            (true, "plain") => hand.0 = each,
            (true, _) => hand.1 = each,
            _ => {}
        }
        let base = if case.1 == "plain" { hand.0 } else { hand.1 };
        println!("{:<46} {each:>11} instructions, {:.3} of by hand", case.0, each as f64 / base as f64);
    }
}
