// intent: abort in the middle of a panic
// layer: process
// verdict: failed
// says:

struct Panics;

impl Drop for Panics {
    fn drop(&mut self) {
        panic!()
    }
}

fn attack() {
    let _again = Panics;
    panic!()
}
