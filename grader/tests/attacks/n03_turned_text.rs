// intent: text that reads otherwise than it is
// layer: scan
// verdict: rejected
// says: turns the text

fn attack() {}
// ‮ } if is_admin ⁦ begin
