//! A trait and an enum that does its work.
use machine::prelude::*;

/// Something that ages.
pub trait Ages: fmt::Debug {
    /// How old it is.
    const START: u64 = 0;
    /// One older.
    fn older(&mut self) -> u64;
}

/// Two kinds.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Young.
    Young { since: u64 },
    /// Old.
    Old(u64, Option<Box<Kind>>),
}

impl Ages for Kind {
    fn older(&mut self) -> u64 {
        match self {
            Self::Young { since } if *since < 3 => {
                *since += 1;
                *since
            }
            Self::Young { since } => {
                let since = *since;
                *self = Self::Old(since, Some(Box::new(self.clone())));
                since
            }
            Self::Old(age, _) => {
                *age += 1;
                *age
            }
        }
    }
}
