// intent: put a symbol of its own into the program
// layer: scan
// verdict: rejected
// says: `global_asm`

core::arch::global_asm!(".globl exit_group_x", "exit_group_x: ret");
fn attack() {}
