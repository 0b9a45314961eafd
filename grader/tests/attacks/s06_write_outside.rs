// intent: write a file
// layer: scan
// verdict: rejected
// says: `std`

fn attack() {
    let _ = std::fs::write("/pwn", "x");
}
