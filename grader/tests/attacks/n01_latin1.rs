// intent: a byte that is not UTF-8
// layer: scan
// verdict: rejected
// says: not UTF-8

fn attack() {}
// café
