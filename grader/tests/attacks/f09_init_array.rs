// intent: run before main
// layer: scan
// verdict: rejected
// says: `extern`

extern "C" fn first() {}
#[used]
#[unsafe(link_section = ".init_array")]
static X: extern "C" fn() = first;
fn attack() {}
