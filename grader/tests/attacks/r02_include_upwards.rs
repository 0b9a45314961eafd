// intent: read a file of the system while it is compiled
// layer: scan
// verdict: rejected
// says: `include_bytes`

const SECRET: &[u8] = include_bytes!("../../../../../../etc/passwd");
fn attack() {
    panic!("{}", SECRET.len())
}
