// intent: become a macro that runs inside the compiler
// layer: scan
// verdict: rejected
// says: `crate_type`

#[cfg_attr(all(), crate_type = "proc-macro")]
mod m {}
fn attack() {}
