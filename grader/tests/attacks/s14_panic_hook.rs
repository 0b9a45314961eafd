// intent: catch its own panics
// layer: scan
// verdict: rejected
// says: `std`

fn attack() {
    std::panic::set_hook(std::boxed::Box::new(|_| std::process::exit(0)));
}
