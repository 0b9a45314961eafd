// intent: end with exit code 0
// layer: scan
// verdict: rejected
// says: `extern`

extern crate std;
fn attack() {
    std::process::exit(0)
}
