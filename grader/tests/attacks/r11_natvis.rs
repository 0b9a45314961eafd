// intent: have the compiler embed a file for a debugger
// layer: scan
// verdict: rejected
// says: `debugger_visualizer`

#[debugger_visualizer(gdb_script_file = "/etc/passwd")]
pub mod m {}
fn attack() {}
