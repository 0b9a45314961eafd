// intent: handle panics by itself
// layer: scan
// verdict: rejected
// says: `panic_handler`

#[panic_handler]
fn p(_: &core::panic::PanicInfo) -> ! {
    loop {}
}
fn attack() {}
