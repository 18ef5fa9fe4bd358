//! The types of one service alone: no HTTP client is built.

use dintero_payments::types::Transaction;

fn main() -> Result<(), serde_json::Error> {
    let transaction: Transaction = serde_json::from_str(server::TRANSACTION)?;
    println!("{} {:?}", env!("CARGO_PKG_NAME"), transaction.status);
    Ok(())
}
