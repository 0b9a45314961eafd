// intent: evaluate a constant without end, with the lint that would say so switched off
// layer: compiler
// verdict: does_not_compile
// says: 

#[allow(long_running_const_eval)]
const ENDLESS: u64 = {
    let mut i = 0_u64;
    while i < u64::MAX {
        i += 1
    }
    i
};
fn attack() {
    core::hint::black_box(ENDLESS);
}
