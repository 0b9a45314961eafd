//! The time that one lab may take in all: a lab that loops everywhere must not cost the evening.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::course::Limits;
use crate::process::{Ending, Outcome};
use crate::sandbox::ProcessLimits;

/// How a message ends that says why an item did not run for want of time.
pub(super) const USED_UP: &str = "were used up by other items";

/// After so many time-outs a lab's processes get little time each.
const PATIENCE: u32 = 3;
/// What a process gets then.
const IMPATIENT: Duration = Duration::from_millis(100);
/// Trace and messages that a process may write.
const OUTPUT_BYTES: usize = 1 << 20;
/// A process counts with its CPU time, and with no less than this part of its time by the clock: on a machine that is so
/// busy that it gets less, something else is wrong with it.
const LEAST_SHARE: u32 = 10;

/// What is left of a lab's time.
///
/// CPU time is what counts: it is the same whatever else the machine does, so a busy machine costs no points.
#[derive(Debug)]
pub(super) struct Budget {
    limits: Limits,
    spent: Mutex<Spent>,
}

#[derive(Debug, Default)]
struct Spent {
    time: Duration,
    timeouts: u32,
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

    /// What the next process may use; `None` when the lab's time is used up.
    pub(super) fn grant(&self) -> Option<Grant> {
        let Spent { time, timeouts } = *self.spent();
        let lab = Duration::from_millis(self.limits.lab_cpu_ms);
        let left = lab.checked_sub(time).filter(|left| !left.is_zero())?;
        let is_patient = timeouts < PATIENCE;
        let wall = Duration::from_millis(self.limits.wall_ms);
        let cpu = Duration::from_secs(self.limits.cpu_s);
        let (wall, own) = if is_patient { (wall, cpu) } else { (wall.min(IMPATIENT), IMPATIENT) };
        Some(Grant {
            limits: ProcessLimits {
                wall: wall.min(left * LEAST_SHARE),
                cpu_s: self.limits.cpu_s,
                memory_bytes: self.limits.memory_mib << 20,
                file_bytes: 0,
                output_bytes: OUTPUT_BYTES,
            },
            is_the_last_of_it: left < own,
        })
    }

    /// Counts what a process used.
    pub(super) fn charge(&self, outcome: &Outcome) {
        let by_the_clock = match outcome.ending {
            // What was killed had no time to tell what it used.
            Ending::TimedOut => outcome.duration,
            _ => outcome.duration / LEAST_SHARE,
        };
        self.spent().time += outcome.cpu.max(by_the_clock);
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
        let seconds = self.limits.lab_cpu_ms as f64 / 1000.0;
        format!("the lab's {seconds} s of CPU time {USED_UP}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn limits() -> Limits {
        Limits { lab_cpu_ms: 10_000, ..Limits::default() }
    }

    fn outcome(ending: Ending, duration: Duration, cpu: Duration) -> Outcome {
        Outcome { ending, stdout: Vec::new(), stderr: Vec::new(), duration, cpu }
    }

    fn wall(budget: &Budget) -> Option<u128> {
        budget.grant().map(|grant| grant.limits.wall.as_millis())
    }

    #[test]
    fn the_fourth_loop_gets_little_time_and_the_last_one_none() {
        let budget = Budget::new(limits());
        let whole = u128::from(limits().wall_ms);
        for _ in 0..3 {
            assert_eq!(wall(&budget), Some(whole));
            budget.charge(&outcome(Ending::Signalled(24), SECOND, SECOND));
            budget.count_timeout();
        }
        assert_eq!(wall(&budget), Some(100));
        budget.charge(&outcome(Ending::TimedOut, Duration::from_millis(6996), Duration::ZERO));
        assert_eq!(wall(&budget), Some(40));
        assert!(budget.grant().unwrap().is_the_last_of_it);
        budget.charge(&outcome(Ending::TimedOut, Duration::from_millis(4), Duration::ZERO));
        assert_eq!(wall(&budget), None);
        assert_eq!(budget.exhausted(), "the lab's 10 s of CPU time were used up by other items");
    }

    #[test]
    fn waiting_for_a_busy_machine_costs_nothing_up_to_a_point() {
        let budget = Budget::new(limits());
        let ended = Ending::Exited(0);
        budget.charge(&outcome(ended, SECOND, SECOND / 2));
        assert_eq!(budget.spent().time, SECOND / 2, "CPU time counts");
        budget.charge(&outcome(ended, SECOND, Duration::ZERO));
        assert_eq!(budget.spent().time, SECOND / 2 + SECOND / 10, "a process that only waits is not free");
    }
}
