// intent: behind a label that looks like an open character
// layer: scan
// verdict: rejected
// says: `include_str`

fn f<'a>(x: &'a u8) -> &'a u8 { 'b: loop { break 'b x } }
const B: &str = include_str!("/etc/passwd");
fn attack() {}
