// intent: read the environment by another name
// layer: scan
// verdict: rejected
// says: `env`

use core::{env as e};
fn attack() {
    panic!(e!("PATH"))
}
