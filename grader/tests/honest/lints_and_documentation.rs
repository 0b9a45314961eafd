//! Attributes as editors and lints propose them.
#![allow(clippy::needless_range_loop, dead_code)]
#![doc = "More words."]

/// Sums.
///
/// ```
/// let x: std::vec::Vec<u8> = unsafe_looking();
/// ```
#[must_use = "it is the sum"]
#[inline(always)]
#[track_caller]
#[expect(clippy::let_and_return, reason = "path, link and feature are only words here")]
pub fn sum(numbers: &[u64]) -> u64 {
    let mut sum = 0_u64;
    for at in 0..numbers.len() {
        sum = sum.wrapping_add(numbers[at]);
    }
    #[cfg(debug_assertions)]
    debug_assert!(numbers.len() < 1_000);
    let sum = sum;
    sum
}

#[deprecated(note = "use sum", since = "0.1.0")]
#[cold]
#[rustfmt::skip]
fn old( ) { }

#[non_exhaustive]
#[repr(transparent)]
#[derive(Debug)]
struct Thin(u64);
