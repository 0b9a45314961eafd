// intent: print the exact text of success in machine code, then exit_group(0)
// layer: scan
// verdict: rejected
// says: `unsafe`

#[unsafe(naked)]
extern "C" fn x() {
    core::arch::naked_asm!("mov edi,1", "lea rsi,[rip+2f]", "mov edx,99", "mov eax,1", "syscall", "xor edi,edi", "mov eax,231", "syscall", "2: .ascii \"ok\\n\\ntest result: ok. 1 passed\"")
}
fn attack() {
    x()
}
