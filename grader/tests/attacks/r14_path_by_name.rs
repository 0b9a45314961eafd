// intent: as r13, with the word alone
// layer: scan
// verdict: rejected
// says: `path`

macro_rules! m {
    ($a:ident) => { #[$a = "/HIDDEN"] mod r {} };
}
m!(path);
fn attack() {}
