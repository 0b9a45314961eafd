//! The time that one lab may take in all: a lab that loops everywhere must not cost the evening.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::course::Limits;
use crate::process::{Ending, Outcome};
use crate::sandbox::{OUT_OF_CPU_TIME, ProcessLimits};

/// How a message ends that says why an item did not run for want of time.
pub(super) const USED_UP: &str = "were used up by other items";

/// After so many time-outs a lab's processes get little time each.
const PATIENCE: u32 = 3;
/// What a process gets then, in CPU time.
const IMPATIENT: Duration = Duration::from_millis(100);
/// Trace and messages that a process may write.
const OUTPUT_BYTES: usize = 1 << 20;
/// A process counts with its CPU time, and with no less than this part of its time by the clock, nor is it waited for any
/// longer: on a machine that is so busy that it gets less, something else is wrong with it.
const LEAST_SHARE: u32 = 10;

/// What little a process uses is not counted, nor what it uses beyond whole grains: a millisecond more or less must not decide
/// which items run.
const GRAIN: Duration = Duration::from_millis(50);

fn in_grains(time: Duration) -> Duration {
    GRAIN * u32::try_from(time.as_nanos() / GRAIN.as_nanos()).unwrap_or(u32::MAX)
}

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

impl Grant {
    /// The same with no more than so much CPU time, and no more by the clock than that may take.
    pub(super) fn of_at_most(mut self, cpu: Duration) -> Self {
        self.limits.cpu = self.limits.cpu.min(cpu);
        self.limits.wall = self.limits.wall.min(self.limits.cpu * LEAST_SHARE);
        self
    }
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
        let whole = Duration::from_secs(self.limits.cpu_s);
        let own = if timeouts < PATIENCE { whole } else { whole.min(IMPATIENT) };
        let limits = ProcessLimits {
            wall: Duration::from_millis(self.limits.wall_ms),
            cpu: whole,
            memory_bytes: self.limits.memory_mib << 20,
            file_bytes: 0,
            output_bytes: OUTPUT_BYTES,
        };
        let grant = Grant { limits, is_the_last_of_it: left < own };
        Some(grant.of_at_most(own.min(left)))
    }

    /// Counts what a process used that was granted `limits`.
    pub(super) fn charge(&self, outcome: &Outcome, limits: &ProcessLimits) {
        let used = match outcome.ending {
            // What was killed had no time to tell all that it used; where no CPU time is limited the clock ends a loop.
            Ending::TimedOut => outcome.cpu.max(limits.cpu),
            Ending::Signalled(signal) if OUT_OF_CPU_TIME.contains(&signal) => limits.cpu,
            _ => in_grains(outcome.cpu.max(outcome.duration / LEAST_SHARE)),
        };
        self.spent().time += used;
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

    fn charge(budget: &Budget, ending: Ending, duration: Duration, cpu: Duration) {
        let limits = budget.grant().unwrap().limits;
        let outcome = Outcome { ending, stdout: Vec::new(), stderr: Vec::new(), duration, cpu };
        budget.charge(&outcome, &limits);
    }

    /// CPU time and time by the clock of the next process, in milliseconds.
    fn granted(budget: &Budget) -> Option<(u128, u128)> {
        budget.grant().map(|Grant { limits, .. }| (limits.cpu.as_millis(), limits.wall.as_millis()))
    }

    #[test]
    fn the_fourth_loop_gets_little_time_and_the_last_one_none() {
        let budget = Budget::new(limits());
        for _ in 0..3 {
            assert_eq!(granted(&budget), Some((1000, 10_000)));
            charge(&budget, Ending::Signalled(27), SECOND * 2, SECOND * 11 / 10);
            budget.count_timeout();
        }
        assert_eq!(granted(&budget), Some((100, 1000)));
        assert!(!budget.grant().unwrap().is_the_last_of_it);
        charge(&budget, Ending::TimedOut, SECOND * 7, Duration::from_millis(6996));
        assert_eq!(granted(&budget), Some((4, 40)));
        assert!(budget.grant().unwrap().is_the_last_of_it);
        charge(&budget, Ending::TimedOut, Duration::from_millis(40), Duration::ZERO);
        assert_eq!(granted(&budget), None);
        assert_eq!(budget.exhausted(), "the lab's 10 s of CPU time were used up by other items");
    }

    #[test]
    fn waiting_for_a_busy_machine_costs_nothing_up_to_a_point() {
        let budget = Budget::new(limits());
        let ended = Ending::Exited(0);
        charge(&budget, ended, SECOND, SECOND / 2);
        assert_eq!(budget.spent().time, SECOND / 2, "CPU time counts");
        charge(&budget, ended, SECOND, Duration::ZERO);
        assert_eq!(budget.spent().time, SECOND / 2 + SECOND / 10, "a process that only waits is not free");
    }

    #[test]
    fn milliseconds_do_not_decide_what_runs() {
        let [one, other] = [40, 49].map(|millis| {
            let budget = Budget::new(limits());
            let used = Duration::from_millis(millis);
            for _ in 0..100 {
                charge(&budget, Ending::Exited(0), used, used);
            }
            charge(&budget, Ending::Exited(0), SECOND, SECOND + used);
            budget.spent().time
        });
        assert_eq!((one, other), (SECOND, SECOND));
    }
}
