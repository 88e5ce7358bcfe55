//! `cargo xtask bench`: how long an import takes and how much memory, beside programs that do the same.

mod bill;
mod fleet;
mod line;

use crate::Place;
use std::fs;
use std::time::Instant;

/// Runs the bench that `words` name.
pub fn bench(place: &Place, words: &[String]) -> Result<(), String> {
    let folder = place.target.join("bench");
    fs::create_dir_all(&folder).map_err(|why| format!("cannot make {}: {why}", folder.display()))?;
    let rows: u64 = words.get(1).and_then(|w| w.parse().ok()).unwrap_or(1_000_000);
    let start = Instant::now();
    let bill = bill::write(&place.root, &folder.join(format!("focus-{rows}.csv")), rows)?;
    println!("{} bytes {} {} lines {} groups {} columns {} {:?}", bill.rows, bill.bytes, bill.bytes / bill.rows, bill.lines, bill.sums.len(), bill.columns, start.elapsed());
    Ok(())
}
