// intent: make a system call
// layer: scan
// verdict: rejected
// says: `unsafe`

fn attack() {
    unsafe { core::arch::asm!("syscall", in("rax") 231, in("rdi") 0) };
}
