//! Operators of its own.
use core::fmt;
use core::ops::{Add, Index, IndexMut, Not};

/// A number of pages.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pages(pub u64);

impl Add for Pages {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Not for Pages {
    type Output = bool;
    fn not(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x} pages", self.0)
    }
}

/// A row.
#[derive(Debug, Default)]
pub struct Row([u64; 4]);

impl Index<usize> for Row {
    type Output = u64;
    fn index(&self, at: usize) -> &u64 {
        &self.0[at]
    }
}

impl IndexMut<usize> for Row {
    fn index_mut(&mut self, at: usize) -> &mut u64 {
        &mut self.0[at]
    }
}
