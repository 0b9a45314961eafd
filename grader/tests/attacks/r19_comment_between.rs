// intent: a comment between a macro's name and its sign
// layer: scan
// verdict: rejected
// says: `include_str`

const SECRET: &str = include_str /* , */ ! /* " */ ("/etc/passwd");
fn attack() {}
