// intent: run for ever
// layer: process
// verdict: failed
// says: is there a loop without end?

fn attack() {
    loop {
        core::hint::black_box(3_u64);
    }
}
