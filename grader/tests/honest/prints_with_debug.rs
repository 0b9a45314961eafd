//! Everything printed, as one does at the third file of the evening.
use machine::prelude::*;

/// Talks.
pub fn talk(n: u64) -> u64 {
    trace!("n = {n:#x}");
    debug!("unsafe? no. std? no. include_str!(\"x\")? no");
    info!("{}", format!("{n:>8}"));
    warn!("odd: {}", n % 2 == 1);
    error!("{:?}", (n, "asm!(\"nop\")"));
    n
}
