// intent: a path under a condition that holds
// layer: scan
// verdict: rejected
// says: `path`

#[cfg_attr(not(any()), path = "/HIDDEN")]
mod r {}
fn attack() {}
