// intent: include a file as documentation
// layer: scan
// verdict: rejected
// says: `include_str`

#[doc = include_str!("/etc/passwd")]
fn attack() {}
