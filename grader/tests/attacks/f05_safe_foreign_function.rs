// intent: call _exit as a safe foreign function
// layer: scan
// verdict: rejected
// says: `unsafe`

unsafe extern "C" {
    safe fn _exit(code: i32) -> !;
}
fn attack() {
    _exit(0)
}
