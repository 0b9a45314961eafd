// intent: export a symbol with the attribute of older editions
// layer: scan
// verdict: rejected
// says: `export_name`

#[export_name = "malloc"]
pub fn m() {}
fn attack() {}
