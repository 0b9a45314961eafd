// intent: sleep past the limit on processor time
// layer: scan
// verdict: rejected
// says: `std`

fn attack() {
    std::thread::sleep(core::time::Duration::from_secs(3600));
}
