// intent: fill the disk
// layer: scan
// verdict: rejected
// says: `std`

fn attack() {
    let _ = std::fs::write("fill", [0; 4096]);
}
