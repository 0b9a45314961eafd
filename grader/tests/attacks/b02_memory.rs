// intent: take all memory, piece by piece
// layer: process
// verdict: failed
// says:

fn attack() {
    let mut all = Vec::new();
    loop {
        all.push(core::hint::black_box([1_u64; 512]));
    }
}
