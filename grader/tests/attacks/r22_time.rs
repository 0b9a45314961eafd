// intent: tell time by the host's clock
// layer: compiler
// verdict: does_not_compile
// says: Instant

use core::time::Instant;
fn attack() {}
