// intent: print the exact text of success
// layer: scan
// verdict: rejected
// says: `std`

fn attack() {
    std::println!("ok"); std::process::exit(0)
}
