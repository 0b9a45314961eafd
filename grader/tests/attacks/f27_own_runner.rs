// intent: bring a macro of the harness under its own definition
// layer: scan
// verdict: rejected
// says: `macro_export`

#[macro_export]
macro_rules! assert_eq {
    ($($t:tt)*) => {};
}
fn attack() {}
