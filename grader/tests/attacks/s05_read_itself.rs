// intent: read its own program
// layer: scan
// verdict: rejected
// says: `std`

fn attack() {
    let _ = std::env::current_exe();
}
