// intent: take the place of main
// layer: scan
// verdict: rejected
// says: `unsafe`

#[unsafe(no_mangle)]
pub extern "C" fn main() -> i32 {
    0
}
fn attack() {}
