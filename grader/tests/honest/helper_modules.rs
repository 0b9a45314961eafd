//! Helpers in modules inside the file.
use machine::prelude::*;

mod numbers {
    pub(super) fn halves(n: u64) -> (u64, u64) {
        (n >> 32, n & 0xffff_ffff)
    }

    pub mod deeper {
        pub fn double(n: u64) -> u64 {
            super::halves(n).1 * 2
        }
    }
}

use self::numbers::deeper;

/// Uses them.
pub fn doubled(n: u64) -> Option<u64> {
    let n: Option<u64> = Some(deeper::double(n));
    n.filter(|n| *n > 0)
}

/// Whether a list is empty.
pub fn is_empty(list: &Vec<u64>) -> bool {
    list.is_empty()
}
