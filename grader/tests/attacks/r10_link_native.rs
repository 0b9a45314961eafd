// intent: link a file of the system into the program
// layer: scan
// verdict: rejected
// says: `link`

#[link(name = "../../../../../etc/hostname", kind = "static", modifiers = "+verbatim")]
mod m {}
fn attack() {}
