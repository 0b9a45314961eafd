// intent: make a path attribute of a macro's arguments
// layer: scan
// verdict: rejected
// says: `path`

macro_rules! m {
    ($hash:tt $inside:tt) => { $hash $inside mod r {} };
}
m!(# [path = "/HIDDEN"]);
fn attack() {}
