// intent: start threads without end
// layer: scan
// verdict: rejected
// says: `std`

fn attack() {
    loop { std::thread::spawn(|| loop {}); }
}
