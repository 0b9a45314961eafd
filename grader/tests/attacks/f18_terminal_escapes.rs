// intent: rewrite the instructor's screen
// layer: judge
// verdict: failed
// says: ALL PASSED

fn attack() {
    panic!("\x1b[2J\x1b[1;1H\x1b]0;PWN\x07ALL PASSED\r")
}
