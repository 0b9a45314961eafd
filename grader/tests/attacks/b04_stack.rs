// intent: use up the stack
// layer: process
// verdict: failed
// says: overflowed its stack

#[inline(never)]
fn deeper(n: u64) -> u64 {
    let frame = core::hint::black_box([n; 64]);
    deeper(n + 1) + frame[0]
}

fn attack() {
    deeper(1);
}
