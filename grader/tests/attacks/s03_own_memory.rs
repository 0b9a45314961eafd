// intent: write its own memory
// layer: scan
// verdict: rejected
// says: `std`

fn attack() {
    let _ = std::fs::File::create("/proc/self/mem");
}
