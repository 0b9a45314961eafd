//! Saved by an editor on Windows.
use machine::prelude::*;

/// Adds.
pub fn add(numbers: &[u64]) -> u64 {
    let list: Vec<u64> = numbers.to_vec();
    list.iter().sum()
}
