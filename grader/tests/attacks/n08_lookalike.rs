// intent: a word that looks like another
// layer: scan
// verdict: rejected
// says: `ѕtd`

fn ѕtd() {}
fn attack() {}
