// intent: behind literals that a careless lexer reads on
// layer: scan
// verdict: rejected
// says: `include_str`

const A: (&str, char, u8, &[u8], &core::ffi::CStr) = (r##""# "##, '"', b'"', br#"\"#, c"\"");
const B: &str = include_str!("/etc/passwd");
fn attack() {}
