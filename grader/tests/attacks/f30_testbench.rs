// intent: call the testbench that judges it
// layer: scan
// verdict: rejected
// says: `extern`

extern crate testbench;
fn attack() {
    testbench::play()
}
