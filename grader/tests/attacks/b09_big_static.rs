// intent: make the compiler write 16 GiB
// layer: compiler
// verdict: does_not_compile
// says: 

pub static BIG: [u8; 1 << 34] = [1; 1 << 34];
fn attack() {}
