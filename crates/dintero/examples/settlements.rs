//! The settlements of a month, their attachments saved to files: what bookkeeping asks for.

mod local;

use std::error::Error;
use std::io::Write;

#[tokio::main]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let (_mock, dintero) = local::start(&["payments"]).await?;
    let payments = dintero.payments();
    let folder = std::env::temp_dir().join(format!("settlements-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;

    // Page after page comes by itself.
    let mut settlements = payments.list_settlements().limit(50).items();
    let mut saved = 0;
    while let Some(settlement) = settlements.next().await {
        let settlement = settlement?;
        let Some(id) = &settlement.id else { continue };
        for amount in settlement.amounts.iter().flatten() {
            println!("settlement {id}: {amount:?}");
        }
        for attachment in settlement.attachments.iter().flatten() {
            let Some(attachment_id) = &attachment.id else { continue };
            // A name of the shop's own: one that came from outside never chooses where a file is written.
            saved += 1;
            let mut file = std::fs::File::create(folder.join(format!("{saved}.report")))?;
            let mut body = payments.download_settlement_attachment(id, attachment_id).send().await?.into_inner();
            // It is written as it comes, and never lies in memory as a whole.
            while let Some(chunk) = body.next_chunk().await {
                file.write_all(&chunk?)?;
            }
        }
    }
    println!("{saved} attachments in {}", folder.display());
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
