// intent: read the hidden tests while it is compiled
// layer: scan
// verdict: rejected
// says: `include_str`

const SECRET: &str = include_str!("/HIDDEN");
fn attack() {
    panic!("{SECRET}")
}
