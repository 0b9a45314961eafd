// intent: include by a macro's argument
// layer: scan
// verdict: rejected
// says: `include`

macro_rules! m {
    ($a:ident) => { $a!("/HIDDEN"); };
}
m!(include);
fn attack() {}
