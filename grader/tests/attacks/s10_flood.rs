// intent: write without end
// layer: scan
// verdict: rejected
// says: `std`

fn attack() {
    loop { std::print!("A"); }
}
