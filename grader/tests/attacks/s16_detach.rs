// intent: leave a thread behind
// layer: scan
// verdict: rejected
// says: `std`

fn attack() {
    std::thread::spawn(|| loop {});
}
