// intent: instantiate types without end
// layer: compiler
// verdict: does_not_compile
// says: 

fn grow<T: Clone>(t: T, n: u32) -> u64 {
    if n == 0 { 0 } else { grow((t.clone(), t), n - 1) }
}
fn attack() {
    grow(1_u8, core::hint::black_box(3));
}
