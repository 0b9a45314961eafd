//! What a trace can be replayed on, and how a user names it.

use std::fmt;
use std::str::FromStr;

use testbench::replacement::PolicyName;

/// What a trace is replayed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A policy of page replacement.
    Policy {
        /// Which one.
        policy: PolicyName,
        /// How many frames it has.
        frames: u32,
    },
    /// A TLB.
    Tlb(TlbShape),
}

/// Sets and ways of a TLB, written `16x4`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TlbShape {
    /// Number of sets, a power of two.
    pub sets: u32,
    /// Entries of each set.
    pub ways: u32,
}

impl Subject {
    /// As the arguments of the program that replays on it.
    pub(super) fn arguments(self) -> [String; 2] {
        match self {
            Self::Policy { policy, frames } => [policy.argument().to_owned(), frames.to_string()],
            Self::Tlb(TlbShape { sets, ways }) => [sets.to_string(), ways.to_string()],
        }
    }
}

impl fmt::Display for TlbShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.sets, self.ways)
    }
}

impl FromStr for TlbShape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse().ok().filter(|&number: &u32| (1..=1 << 16).contains(&number));
        let shape = text
            .split_once('x')
            .and_then(|(sets, ways)| Some(Self { sets: number(sets)?, ways: number(ways)? }));
        shape
            .filter(|shape| shape.sets.is_power_of_two())
            .ok_or_else(|| "expected SETSxWAYS, each from 1 to 65536, sets a power of two: 16x4".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("16x4", Some((16, 4)))]
    #[case("1x16", Some((1, 16)))]
    #[case("3x4", None)]
    #[case("0x4", None)]
    #[case("16", None)]
    #[case("16x4x2", None)]
    #[case("131072x1", None)]
    fn shapes(#[case] text: &str, #[case] shape: Option<(u32, u32)>) {
        let parsed = text.parse::<TlbShape>().ok().map(|shape| (shape.sets, shape.ways));
        assert_eq!(parsed, shape);
    }
}
