// intent: as f06, with a raw word
// layer: scan
// verdict: rejected
// says: `no_mangle`

#[r#no_mangle]
pub fn main() -> i32 {
    0
}
fn attack() {}
