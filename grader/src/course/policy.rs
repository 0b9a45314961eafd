//! When a submission is late, and what that costs: deadline, extensions, grace days, percent per started day.
//!
//! ```text
//!   due             +1 day           +2 days          +3 days
//!    |----------------|----------------|----------------|
//!   in time  1 day late    2 days late      3 days late       a started day counts as a whole one
//! ```
//!
//! A day ends when the clock of the deadline's zone shows the deadline's time again. Where the deadline names its zone
//! (`[Europe/Berlin]`), the day on which the clocks change has 23 or 25 hours; with an offset alone every day has 24.

use jiff::fmt::temporal::{Pieces, TimeZoneAnnotation};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{Timestamp, ToSpan, Zoned};

use super::Lab;

/// Where the names of time zones come from, with a few of them.
const KNOWN_ZONES: &str = "the IANA database: Europe/Berlin, America/New_York, Asia/Kolkata, UTC; or leave the name out and give the offset alone";
/// Beyond so many days nobody counts.
const DAYS_MOST: u32 = 9999;

/// When work is due, and what being late costs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Policy {
    /// When all labs are due that have no deadline of their own; without one nothing is late.
    pub deadline: Option<Zoned>,
    /// What being late costs.
    pub late: Late,
    /// Later deadlines of single students.
    pub extensions: Vec<Extension>,
}

/// What being late costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Late {
    /// Percent of the points reached that each started day takes.
    pub percent_per_day: f64,
    /// Most percent that is taken.
    pub cap_percent: f64,
    /// Days that every student may be late at no cost, in all.
    pub grace_days: u32,
}

impl Default for Late {
    /// Being late is noted and costs nothing.
    fn default() -> Self {
        Self { percent_per_day: 0.0, cap_percent: 100.0, grace_days: 0 }
    }
}

/// A later deadline of one student.
#[derive(Debug, Clone, PartialEq)]
pub struct Extension {
    /// The student's id, as in the roster.
    pub student: String,
    /// The lab that it is for; none means all.
    pub lab: Option<String>,
    /// The deadline instead of the others'.
    pub until: Zoned,
}

/// How late one lab of one submission is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lateness {
    /// When it was due for this student, if there is a deadline.
    pub due: Option<Timestamp>,
    /// Started days after that.
    pub days: u32,
    /// How many of them grace days pay for.
    pub excused: u32,
    /// Percent of the points reached that is taken.
    pub percent: f64,
}

impl Lateness {
    /// What is left of `score` points, rounded to 0.01.
    #[must_use]
    pub fn reduce(&self, score: f64) -> f64 {
        let left = score * (100.0 - self.percent) / 100.0;
        (left * 100.0).round() / 100.0
    }
}

impl Policy {
    /// When `lab` is due for `student`.
    #[must_use]
    pub fn due<'a>(&'a self, student: &str, lab: &'a Lab) -> Option<&'a Zoned> {
        let own = |extension: &&Extension| extension.student == student;
        let of_lab = |extension: &&Extension| extension.lab.as_ref() == Some(&lab.lab);
        let of_all = |extension: &&Extension| extension.lab.is_none();
        let mut extensions = self.extensions.iter().filter(own);
        let extension =
            extensions.clone().find(of_lab).or_else(|| extensions.find(of_all)).map(|each| &each.until);
        let general = lab.deadline.as_ref().or(self.deadline.as_ref())?;
        // An extension of all labs must not shorten the time for a lab that is due later anyway.
        Some(extension.filter(|until| *until > general).unwrap_or(general))
    }

    /// How late each of `labs` is, handed in together by `student` at the time `at`.
    ///
    /// Grace days go to the labs that were due first; labs that are due at the same time spend them together.
    #[must_use]
    pub fn lateness(&self, student: &str, labs: &[&Lab], at: Timestamp) -> Vec<Lateness> {
        let due: Vec<Option<&Zoned>> = labs.iter().map(|lab| self.due(student, lab)).collect();
        let mut moments: Vec<&Zoned> = due.iter().copied().flatten().collect();
        moments.sort();
        moments.dedup();
        let mut grace_left = self.late.grace_days;
        let mut of_moment = Vec::new();
        for moment in moments {
            let days = days_late(moment, at);
            let excused = days.min(grace_left);
            grace_left -= excused;
            of_moment.push((moment, self.cost(moment, days, excused)));
        }
        let lateness = |due: &Option<&Zoned>| {
            let found = due.and_then(|due| of_moment.iter().find(|(moment, _)| *moment == due));
            found.map(|(_, lateness)| lateness.clone()).unwrap_or_default()
        };
        due.iter().map(lateness).collect()
    }

    /// How late something is that was due at `due` and came at the time `at`, with all grace days still to spend.
    #[must_use]
    pub fn late_by(&self, due: &Zoned, at: Timestamp) -> Lateness {
        let days = days_late(due, at);
        self.cost(due, days, days.min(self.late.grace_days))
    }

    fn cost(&self, due: &Zoned, days: u32, excused: u32) -> Lateness {
        let percent = self.late.percent_per_day * f64::from(days - excused);
        Lateness { due: Some(due.timestamp()), days, excused, percent: percent.min(self.late.cap_percent) }
    }

    /// Whether anything of this says what is late.
    #[must_use]
    pub fn has_deadline(&self, labs: &[&Lab]) -> bool {
        self.deadline.is_some() || labs.iter().any(|lab| lab.deadline.is_some())
    }
}

/// How many days of `due`'s zone had started at the time `at`; 0 when it is in time.
#[must_use]
pub fn days_late(due: &Zoned, at: Timestamp) -> u32 {
    let seconds = at.duration_since(due.timestamp()).as_secs();
    // The shortest day has 23 hours and the longest 25, so the true count lies near this one, never below it by more.
    let about = u32::try_from(seconds / (25 * 60 * 60)).unwrap_or(0);
    let in_time =
        |days: &u32| due.checked_add(i64::from(*days).days()).is_ok_and(|end| at <= end.timestamp());
    (about..DAYS_MOST).find(in_time).unwrap_or(DAYS_MOST)
}

/// Reads a time: RFC 3339 with its offset, and the zone's name behind it if a person wants one.
///
/// # Errors
/// In words, when it is no time, or says no zone, or its offset is not the zone's.
pub fn moment(text: &str) -> Result<Zoned, String> {
    let example = "write it as 2026-10-05T23:59:00+02:00, or 2026-10-05T23:59:00+02:00[Europe/Berlin]";
    let pieces = Pieces::parse(text).map_err(|_| format!("`{text}` is no time; {example}"))?;
    if pieces.time().is_none() {
        return Err(format!("`{text}` has no time of day; {example}"));
    }
    if pieces.offset().is_none() {
        return Err(format!("`{text}` does not say its offset from UTC; {example}"));
    }
    if let Some(zone) = pieces.time_zone_annotation() {
        return in_zone(text, &pieces, zone);
    }
    let at: Timestamp = text.parse().map_err(|error| format!("`{text}` is no time: {error}"))?;
    let offset = pieces.to_numeric_offset().unwrap_or(Offset::UTC);
    Ok(at.to_zoned(TimeZone::fixed(offset)))
}

/// A time that names its zone, which must know the offset at that time.
fn in_zone(text: &str, pieces: &Pieces<'_>, zone: &TimeZoneAnnotation<'_>) -> Result<Zoned, String> {
    let zone = zone.to_time_zone().map_err(|_| {
        format!("`{text}` names a time zone that is not known; zones are called as in {KNOWN_ZONES}")
    })?;
    let clock = pieces.date().to_datetime(pieces.time().unwrap_or_default());
    text.parse::<Zoned>().map_err(|_| match zone.to_ambiguous_timestamp(clock).offset() {
        AmbiguousOffset::Unambiguous { offset } => {
            let right = shown(offset);
            let name = &text[text.find('[').unwrap_or(text.len())..];
            format!("`{text}` contradicts itself: the offset of that zone is {right} at that time; write {clock}{right}{name}")
        }
        AmbiguousOffset::Gap { before, after } => format!(
            "`{text}` never comes: that night the clocks of the zone go forward, from {} to {}; write a time before or after it",
            shown(before),
            shown(after)
        ),
        AmbiguousOffset::Fold { before, after } => format!(
            "`{text}` contradicts itself: the clocks of the zone show this time twice that night, with the offsets {} and {}; \
             write one of them",
            shown(before),
            shown(after)
        ),
    })
}

/// An offset as RFC 3339 writes it, `+02:00`.
fn shown(offset: Offset) -> String {
    let sign = if offset.is_negative() { '-' } else { '+' };
    let minutes = offset.seconds().unsigned_abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn lab(name: &str, deadline: Option<&str>) -> Lab {
        let deadline = deadline.map(|text| moment(text).unwrap());
        Lab { lab: name.to_owned(), deadline, ..Lab::default() }
    }

    fn at(text: &str) -> Timestamp {
        moment(text).unwrap().timestamp()
    }

    #[rstest]
    #[case::on_the_second("2026-10-05T23:59:00+02:00", "2026-10-05T21:59:00Z", 0)]
    #[case::a_second_late("2026-10-05T23:59:00+02:00", "2026-10-05T21:59:01Z", 1)]
    #[case::one_whole_day("2026-10-05T23:59:00+02:00", "2026-10-06T21:59:00Z", 1)]
    #[case::the_second_day("2026-10-05T23:59:00+02:00", "2026-10-06T21:59:01Z", 2)]
    #[case::long_before("2026-10-05T23:59:00+02:00", "2020-01-01T00:00:00Z", 0)]
    #[case::a_year_late("2025-10-05T00:00:00Z", "2026-10-05T00:00:00Z", 365)]
    #[case::for_ever("1990-10-05T00:00:00Z", "2600-10-05T00:00:00Z", 9999)]
    // Clocks go back on 25 October 2026 in Berlin: the day that starts at the deadline has 25 hours.
    #[case::autumn_day_of_25_hours("2026-10-24T23:59:00+02:00[Europe/Berlin]", "2026-10-25T22:59:00Z", 1)]
    #[case::autumn_day_is_over("2026-10-24T23:59:00+02:00[Europe/Berlin]", "2026-10-25T22:59:01Z", 2)]
    #[case::offset_alone_has_24("2026-10-24T23:59:00+02:00", "2026-10-25T22:59:00Z", 2)]
    // Clocks go forward on 29 March 2026: 23 hours.
    #[case::spring_day_of_23_hours("2026-03-28T23:59:00+01:00[Europe/Berlin]", "2026-03-29T21:59:00Z", 1)]
    #[case::spring_day_is_over("2026-03-28T23:59:00+01:00[Europe/Berlin]", "2026-03-29T21:59:01Z", 2)]
    fn started_days_are_counted(#[case] due: &str, #[case] handed_in: &str, #[case] days: u32) {
        assert_eq!(days_late(&moment(due).unwrap(), at(handed_in)), days);
    }

    #[rstest]
    #[case::no_time("tomorrow", "is no time")]
    #[case::no_time_of_day("2026-10-05", "has no time of day")]
    #[case::no_zone("2026-10-05T23:59:00", "does not say its offset from UTC")]
    #[case::zone_without_offset("2026-10-05T23:59:00[Europe/Berlin]", "does not say its offset from UTC")]
    #[case::offset_of_winter(
        "2026-10-05T23:59:00+01:00[Europe/Berlin]",
        "the offset of that zone is +02:00 at that time; write 2026-10-05T23:59:00+02:00[Europe/Berlin]"
    )]
    #[case::offset_of_half_an_hour(
        "2026-10-05T23:59:00+05:00[America/St_Johns]",
        "the offset of that zone is -02:30 at that time; write 2026-10-05T23:59:00-02:30[America/St_Johns]"
    )]
    #[case::hour_that_is_left_out(
        "2026-03-29T02:30:00+01:00[Europe/Berlin]",
        "go forward, from +01:00 to +02:00"
    )]
    #[case::hour_that_comes_twice(
        "2026-10-25T02:30:00+03:00[Europe/Berlin]",
        "the offsets +02:00 and +01:00"
    )]
    #[case::unknown_zone("2026-10-05T23:59:00+02:00[Europe/Berlni]", "names a time zone that is not known")]
    #[case::short_for_a_zone("2026-10-05T23:59:00+02:00[CEST]", "names a time zone that is not known")]
    #[case::no_such_day("2026-02-30T23:59:00+01:00", "is no time")]
    fn a_time_that_is_not_clear_is_refused(#[case] text: &str, #[case] words: &str) {
        let error = moment(text).unwrap_err();
        assert!(error.contains(words) && error.contains(text), "{error}");
        assert!(!error.contains("reject"), "the words of the library are not the reader's: {error}");
    }

    #[rstest]
    #[case::in_time("2026-10-05T12:00:00Z", 0, 0, 0.0)]
    #[case::grace_pays("2026-10-07T11:00:00Z", 2, 2, 0.0)]
    #[case::grace_is_used_up("2026-10-08T13:00:00Z", 4, 2, 20.0)]
    #[case::the_cap("2026-12-08T13:00:00Z", 65, 2, 50.0)]
    fn each_started_day_costs_until_the_cap(
        #[case] handed_in: &str,
        #[case] days: u32,
        #[case] excused: u32,
        #[case] percent: f64,
    ) {
        let policy = Policy {
            deadline: Some(moment("2026-10-05T12:00:00+00:00").unwrap()),
            late: Late { percent_per_day: 10.0, cap_percent: 50.0, grace_days: 2 },
            extensions: Vec::new(),
        };
        let lateness = policy.lateness("s1", &[&lab("tlb", None)], at(handed_in)).remove(0);
        assert_eq!((lateness.days, lateness.excused, lateness.percent), (days, excused, percent));
        assert_eq!(lateness.reduce(87.5), 87.5 * (100.0 - percent) / 100.0);
    }

    #[test]
    fn labs_that_are_due_together_spend_grace_days_together_and_the_first_due_come_first() {
        let policy = Policy {
            deadline: Some(moment("2026-10-05T12:00:00Z").unwrap()),
            late: Late { percent_per_day: 10.0, grace_days: 3, ..Late::default() },
            extensions: Vec::new(),
        };
        let labs = [lab("later", Some("2026-10-07T12:00:00Z")), lab("one", None), lab("two", None)];
        let labs: Vec<&Lab> = labs.iter().collect();
        let found = policy.lateness("s1", &labs, at("2026-10-07T13:00:00Z"));
        let counts: Vec<_> = found.iter().map(|each| (each.days, each.excused, each.percent)).collect();
        assert_eq!(counts, [(1, 0, 10.0), (3, 3, 0.0), (3, 3, 0.0)]);
    }

    #[test]
    fn an_extension_is_one_students_and_never_shortens() {
        let extension = |lab: Option<&str>, until| Extension {
            student: "s1".to_owned(),
            lab: lab.map(str::to_owned),
            until: moment(until).unwrap(),
        };
        let policy = Policy {
            deadline: Some(moment("2026-10-05T12:00:00Z").unwrap()),
            extensions: vec![
                extension(None, "2026-10-10T12:00:00Z"),
                extension(Some("tlb"), "2026-10-12T12:00:00Z"),
            ],
            ..Policy::default()
        };
        let due = |student, lab: &Lab| policy.due(student, lab).unwrap().timestamp().to_string();
        assert_eq!(due("s1", &lab("mmu", None)), "2026-10-10T12:00:00Z");
        assert_eq!(due("s1", &lab("tlb", None)), "2026-10-12T12:00:00Z");
        assert_eq!(due("s1", &lab("mmap", Some("2026-11-01T12:00:00Z"))), "2026-11-01T12:00:00Z");
        assert_eq!(due("s2", &lab("tlb", None)), "2026-10-05T12:00:00Z");
        assert_eq!(Policy::default().due("s1", &lab("tlb", None)), None);
    }

    #[test]
    fn without_a_deadline_nothing_is_late() {
        let late = Policy::default().lateness("s1", &[&lab("tlb", None)], at("2026-10-05T12:00:00Z"));
        assert_eq!(late, [Lateness::default()]);
        assert_eq!(late[0].reduce(33.33), 33.33);
    }
}
