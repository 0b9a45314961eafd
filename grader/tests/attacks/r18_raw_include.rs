// intent: a raw word for a macro
// layer: scan
// verdict: rejected
// says: `include_str`

const SECRET: &str = r#include_str!("/etc/passwd");
fn attack() {}
