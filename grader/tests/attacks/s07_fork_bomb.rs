// intent: start programs without end
// layer: scan
// verdict: rejected
// says: `std`

fn attack() {
    loop { let _ = std::process::Command::new("/bin/sleep").spawn(); }
}
