// intent: stop after the last line of the trace, in a destructor that never ends
// layer: process
// verdict: failed
// says: is there a loop without end?

struct Slow;

impl Drop for Slow {
    fn drop(&mut self) {
        loop {
            core::hint::spin_loop()
        }
    }
}
fn attack() {
    drop(Slow);
}
