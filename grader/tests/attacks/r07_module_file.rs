// intent: find a file that lies beside it
// layer: scan
// verdict: rejected
// says: `mod`

mod tests;
fn attack() {}
