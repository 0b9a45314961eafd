// intent: as f03, with the words put together by a macro
// layer: scan
// verdict: rejected
// says: `naked`

macro_rules! m {
    ($a:ident $b:ident) => {
        #[$a(naked)] extern "C" fn x() { core::arch::$b!("xor edi,edi", "mov eax,231", "syscall") }
    };
}
m!(unsafe naked_asm);
fn attack() {
    x()
}
