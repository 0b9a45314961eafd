//! When a flurry of file events is over: editors save by several steps, and people save twice.

use std::time::{Duration, Instant};

/// So long nothing may happen before a save counts as done.
pub const QUIET: Duration = Duration::from_millis(30);
/// After so long it counts as done whatever happens: somebody may write without end.
const LONGEST: Duration = Duration::from_millis(400);

/// A flurry that may be going on.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Settling {
    since: Option<(Instant, Instant)>,
}

impl Settling {
    /// Something happened at `now`.
    pub(super) fn hear(&mut self, now: Instant) {
        let first = self.since.map_or(now, |(first, _)| first);
        self.since = Some((first, now));
    }

    /// How long to wait from `now` until the flurry may be over; `None` when there is none.
    pub(super) fn wait(&self, now: Instant) -> Option<Duration> {
        let (first, last) = self.since?;
        let due = (last + QUIET).min(first + LONGEST);
        Some(due.saturating_duration_since(now))
    }

    /// Whether a flurry is over at `now`; then the next one may begin.
    ///
    /// A file that is `half_written` (gone or empty for a moment) keeps it going up to the longest time.
    pub(super) fn is_over(&mut self, now: Instant, half_written: bool) -> bool {
        let Some((first, last)) = self.since else {
            return false;
        };
        let is_over = now >= first + LONGEST || (now >= last + QUIET && !half_written);
        if is_over {
            self.since = None;
        } else if half_written && now >= last + QUIET {
            self.since = Some((first, now));
        }
        is_over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn two_events_in_a_row_are_one_flurry() {
        let start = Instant::now();
        let mut settling = Settling::default();
        assert_eq!((settling.wait(start), settling.is_over(start, false)), (None, false));
        settling.hear(start);
        settling.hear(start + 20 * MS);
        assert!(!settling.is_over(start + 40 * MS, false));
        assert_eq!(settling.wait(start + 40 * MS), Some(10 * MS));
        assert!(settling.is_over(start + 50 * MS, false));
        assert!(!settling.is_over(start + 90 * MS, false), "it is told once");
    }

    #[test]
    fn a_file_that_is_gone_is_waited_for_but_not_for_ever() {
        let start = Instant::now();
        let mut settling = Settling::default();
        settling.hear(start);
        assert!(!settling.is_over(start + 30 * MS, true));
        assert_eq!(settling.wait(start + 30 * MS), Some(30 * MS));
        let mut back = settling;
        assert!(back.is_over(start + 60 * MS, false));
        assert!(settling.is_over(start + LONGEST, true));
    }

    #[test]
    fn events_without_end_do_not_keep_a_verdict_back() {
        let start = Instant::now();
        let mut settling = Settling::default();
        let over = (0..100).find(|index| {
            let now = start + 10 * *index * MS;
            settling.hear(now);
            settling.is_over(now, false)
        });
        assert_eq!(over, Some(40));
    }
}
