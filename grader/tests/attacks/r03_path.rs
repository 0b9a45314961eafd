// intent: take the reference for its own module
// layer: scan
// verdict: rejected
// says: `path`

#[path = "/HIDDEN"]
mod reference {}
fn attack() {}
