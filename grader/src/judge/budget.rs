//! The time that one lab may take in all: a lab that loops everywhere must not cost the evening.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::course::Limits;
use crate::limits::ProcessLimits;

/// How a message ends that says why an item did not run for want of time.
pub(super) const USED_UP: &str = "were used up by other items";

/// After so many time-outs a lab's processes get little time each.
const PATIENCE: u32 = 3;
/// What a process gets then.
const IMPATIENT: Duration = Duration::from_millis(100);
/// Trace and messages that a process may write.
const OUTPUT_BYTES: usize = 1 << 20;

/// What is left of a lab's time.
///
/// The clock runs only while it is the lab's turn ([`Budget::turn`]), so that one lab's loops do not cost another's time.
#[derive(Debug)]
pub(super) struct Budget {
    limits: Limits,
    spent: Mutex<Spent>,
}

#[derive(Debug, Default)]
struct Spent {
    before: Duration,
    turn: Option<Instant>,
    timeouts: u32,
}

/// The lab's clock is running.
#[must_use = "the clock stops when this is dropped"]
pub(super) struct Turn<'a>(&'a Budget);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut spent = self.0.spent();
        let turn = spent.turn.take().map_or(Duration::ZERO, |since| since.elapsed());
        spent.before += turn;
    }
}

/// What the next process may use, and whether its time is cut by what is left of the lab's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) limits: ProcessLimits,
    pub(super) is_the_last_of_it: bool,
}

impl Budget {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, spent: Mutex::default() }
    }

    fn spent(&self) -> MutexGuard<'_, Spent> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the lab's clock run.
    pub(super) fn turn(&self) -> Turn<'_> {
        self.spent().turn = Some(Instant::now());
        Turn(self)
    }

    /// What the next process may use; `None` when the lab's time is used up.
    pub(super) fn grant(&self) -> Option<Grant> {
        let spent = self.spent();
        let time = spent.before + spent.turn.map_or(Duration::ZERO, |since| since.elapsed());
        let lab = Duration::from_millis(self.limits.lab_wall_ms);
        let left = lab.checked_sub(time).filter(|left| !left.is_zero())?;
        let own = Duration::from_millis(self.limits.wall_ms);
        let own = if spent.timeouts >= PATIENCE { own.min(IMPATIENT) } else { own };
        Some(Grant {
            limits: ProcessLimits {
                wall: own.min(left),
                cpu_s: self.limits.cpu_s,
                memory_bytes: self.limits.memory_mib << 20,
                file_bytes: 0,
                output_bytes: OUTPUT_BYTES,
            },
            is_the_last_of_it: left < own,
        })
    }

    /// Counts a time-out.
    pub(super) fn count_timeout(&self) {
        self.spent().timeouts += 1;
    }

    /// Whether something of this lab has timed out.
    pub(super) fn has_timeouts(&self) -> bool {
        self.spent().timeouts > 0
    }

    /// Why a process is not started any more; ends in [`USED_UP`].
    pub(super) fn exhausted(&self) -> String {
        let seconds = self.limits.lab_wall_ms as f64 / 1000.0;
        format!("the lab's {seconds} s {USED_UP}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wall(budget: &Budget) -> Option<u128> {
        budget.grant().map(|grant| grant.limits.wall.as_millis())
    }

    #[test]
    fn the_fourth_loop_gets_little_time_and_the_last_one_none() {
        let budget = Budget::new(Limits::default());
        for _ in 0..3 {
            assert_eq!(wall(&budget), Some(1000));
            budget.spent().before += Duration::from_secs(1);
            budget.count_timeout();
        }
        assert_eq!(wall(&budget), Some(100));
        budget.spent().before += Duration::from_millis(6950);
        assert_eq!(wall(&budget), Some(50));
        assert!(budget.grant().unwrap().is_the_last_of_it);
        budget.spent().before += Duration::from_millis(50);
        assert_eq!(wall(&budget), None);
        assert_eq!(budget.exhausted(), "the lab's 10 s were used up by other items");
    }

    #[test]
    fn the_clock_runs_only_in_the_labs_turn() {
        let budget = Budget::new(Limits::default());
        let turn = budget.turn();
        drop(turn);
        let before = budget.spent().before;
        assert!(budget.spent().turn.is_none());
        drop(budget.turn());
        assert!(budget.spent().before >= before);
    }
}
