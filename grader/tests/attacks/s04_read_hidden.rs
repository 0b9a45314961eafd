// intent: read hidden tests
// layer: scan
// verdict: rejected
// says: `std`

fn attack() {
    let _ = std::fs::read("/HIDDEN");
}
