// intent: reach the crate's root by another name
// layer: scan
// verdict: rejected
// says: `extern`

extern crate self as labs;
fn attack() {}
