//! A partner: its own login, and calls on behalf of its merchants.

mod local;

use dintero::AccountId;
use std::error::Error;

#[tokio::main]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let (_mock, dintero) = local::start(&["management-auth", "payments"]).await?;

    // With the partner's own account: who its merchants are.
    let accounts = dintero.management_auth().list_accounts().send().await?;
    println!("{} merchants", accounts.len());

    // With the same login, for a merchant: its id goes into the token's audience and into the paths.
    // Connections, retries and limits are shared; each account has a token of its own.
    let merchant: AccountId = "T87654321".parse()?;
    let on_behalf = dintero.for_account(merchant);
    let transactions = on_behalf.payments().list_transactions().limit(10).send().await?;
    println!("{} transactions of the merchant", transactions.len());
    Ok(())
}
