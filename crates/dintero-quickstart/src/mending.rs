//! In place of the quickstart, as long as that does not fit the documents.

fn main() {
    println!("the quickstart does not fit the documents; `cargo xtask generate` tells what of it is to be mended");
}
