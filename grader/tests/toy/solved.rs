//! The toy lab, solved.
use machine::prelude::*;

/// Counts.
#[derive(Debug, Default)]
pub struct Counter {
    sum: u64,
}

impl Counter {
    /// Adds `n`.
    pub fn add(&mut self, n: u64) -> u64 {
        self.sum += n;
        self.sum
    }

    /// Doubles the sum.
    pub fn double(&mut self) -> u64 {
        let parts: Vec<u64> = vec![self.sum; 2];
        self.sum = parts.iter().sum();
        self.sum
    }
}
