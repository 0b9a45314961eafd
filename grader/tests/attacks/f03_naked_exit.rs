// intent: exit_group(0) in a naked function, which -F unsafe_code misses on 1.95
// layer: scan
// verdict: rejected
// says: `unsafe`

#[unsafe(naked)]
extern "C" fn x() {
    core::arch::naked_asm!("xor edi,edi", "mov eax,231", "syscall")
}
fn attack() {
    x()
}
