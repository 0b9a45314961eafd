// intent: as r16, by a macro's arguments
// layer: scan
// verdict: rejected
// says: `env`

macro_rules! m {
    ($b:tt) => { env $b ("PATH") };
}
fn attack() {
    panic!("{}", m!(!))
}
