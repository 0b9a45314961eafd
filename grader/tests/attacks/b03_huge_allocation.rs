// intent: take all memory at once
// layer: process
// verdict: failed
// says: asked for more memory

fn attack() {
    core::hint::black_box(vec![1_u8; core::hint::black_box(1_usize << 46)].len());
}
