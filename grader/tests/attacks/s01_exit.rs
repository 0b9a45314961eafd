// intent: end with exit code 0
// layer: scan
// verdict: rejected
// says: `std`

fn attack() {
    std::process::exit(0)
}
