//! Who handed in what: the submissions of a folder, each with its student and its time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;

use super::ClassError;
use super::download::{Content, Download, HandIn, Origin};
use super::identity::{Identity, identify};
use super::roster::Roster;
use super::submitted::Times;
use crate::course::Course;
use crate::gradebook::{CANVAS_ID, MOODLE_ID, Shard, Student};

/// A submission that is to be graded.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) student: String,
    pub(super) hand_in: HandIn,
    pub(super) submitted_at: Option<Timestamp>,
    pub(super) notes: Vec<String>,
    /// Names of whatever else the same student handed in, in the class's folder.
    others: Vec<String>,
}

/// A class before it is graded.
#[derive(Debug)]
pub(super) struct Plan {
    /// Everybody of this shard, whether they handed in or not.
    pub(super) students: Vec<Student>,
    /// What they handed in, by student.
    pub(super) submissions: Vec<Planned>,
    /// What lies in the folder and is nobody's submission.
    pub(super) unread: Vec<String>,
    /// Ids of those whose each entry of the folder is, by its name; of all shards.
    pub(super) owners: BTreeMap<String, BTreeSet<String>>,
    /// Whose times of submission were given, without a roster that has them, and who handed nothing in.
    pub(super) idle_times: Vec<String>,
}

impl Plan {
    /// Reads roster, times and folder, and brings them together. `earlier` are the ids of those who are known to have handed in
    /// before, whose files may be gone.
    pub(super) fn make(
        course: &Course,
        folder: &Path,
        roster: Option<&Path>,
        times: Option<&Path>,
        shard: Option<Shard>,
        earlier: &[String],
    ) -> Result<Self, ClassError> {
        let roster = roster.map(Roster::read).transpose()?;
        if let Some(roster) = &roster {
            check_extensions(course, roster)?;
        }
        let times = times.map(Times::read).transpose()?.unwrap_or_default();
        let download = Download::read(folder, &course.lab_names())?;
        let is_ours = |id: &str| shard.is_none_or(|shard| shard.has(id));
        let mut students: BTreeMap<String, Student> = BTreeMap::new();
        let mut known_times = BTreeMap::new();
        for person in roster.iter().flat_map(Roster::people) {
            if is_ours(&person.student.id) {
                students.insert(person.student.id.clone(), person.student.clone());
                known_times.extend(person.submitted_at.map(|at| (person.student.id.clone(), at)));
            }
        }
        // What is said in a file for this purpose comes before a column of the roster.
        known_times.extend(times.each());
        let mut submissions: BTreeMap<String, Planned> = BTreeMap::new();
        let mut submitters: BTreeSet<String> = earlier.iter().cloned().collect();
        let mut owners: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for hand_in in download.hand_ins {
            let Identity { student, flag } = identify(&hand_in.who, download.origin, roster.as_ref());
            let id = student.id.clone();
            submitters.insert(id.clone());
            owners.entry(hand_in.name.clone()).or_default().insert(id.clone());
            if !is_ours(&id) {
                continue;
            }
            let student = students.entry(id.clone()).or_insert(student);
            know_by_number(student, &hand_in.who.id, download.origin, roster.as_ref());
            match submissions.get_mut(&id) {
                Some(first) => first.collide(&hand_in),
                None => {
                    let known_time = known_times.get(&id).copied();
                    submissions.insert(id.clone(), Planned::new(id, hand_in, flag, known_time));
                }
            }
        }
        let is_known =
            |id: &str| submitters.contains(id) || roster.as_ref().is_some_and(|roster| roster.has(id));
        let idle_times = times.unknown(is_known);
        if let (Some(_), Some(id)) = (&roster, idle_times.first()) {
            return Err(times.of_nobody(id));
        }
        Ok(Self {
            students: students.into_values().collect(),
            submissions: submissions.into_values().collect(),
            unread: download.unread,
            owners,
            idle_times,
        })
    }
}

impl Planned {
    fn new(student: String, hand_in: HandIn, flag: Option<String>, known_time: Option<Timestamp>) -> Self {
        let mut notes: Vec<String> = flag.into_iter().collect();
        notes.extend(hand_in.notes.iter().cloned());
        // What the learning-management system says is surer than what a person wrote down.
        let submitted_at = hand_in.submitted_at.or(known_time);
        Self { student, hand_in, submitted_at, notes, others: Vec::new() }
    }

    /// Two submissions of one student: neither is graded, because nobody said which one counts.
    fn collide(&mut self, second: &HandIn) {
        self.others.push(second.name.clone());
        let first = &self.hand_in.name;
        let all = format!("{first} and {}", self.others.join(" and "));
        let count = self.others.len() + 1;
        self.hand_in.content = Content::Odd(format!(
            "{all} are {count} submissions of one student, {}, and nothing says which one counts; keep that one alone",
            self.student
        ));
    }
}

/// Notes the number by which a learning-management system knows a student, which its download says, where the roster does not
/// say it: a table for that system needs it.
fn know_by_number(student: &mut Student, number: &str, origin: Origin, roster: Option<&Roster>) {
    let (column, is_said) = match origin {
        Origin::Canvas => (CANVAS_ID, roster.is_some_and(|roster| roster.has_canvas_ids)),
        Origin::Moodle => (MOODLE_ID, roster.is_some_and(|roster| roster.has_moodle_ids)),
        Origin::Plain | Origin::Gradescope => return,
    };
    if !(is_said && student.on_roster) {
        student.columns.entry(column.to_owned()).or_insert_with(|| number.to_owned());
    }
}

fn check_extensions(course: &Course, roster: &Roster) -> Result<(), ClassError> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for extension in &course.policy.extensions {
        let nth = seen.entry(extension.student.as_str()).or_default();
        if !roster.has(&extension.student) {
            let ids: Vec<String> = roster.students().map(|student| student.id.clone()).collect();
            let near = crate::course::closest(&extension.student, &ids);
            return Err(ClassError::ExtensionOfNobody {
                path: course.text.name().into(),
                line: course.text.line_of_extension(&extension.student, *nth),
                student: extension.student.clone(),
                advice: match near {
                    Some(id) => format!("did you mean `{id}`? extensions name students by the roster's ids"),
                    None => "extensions name students by the roster's ids".to_owned(),
                },
            });
        }
        *nth += 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const COURSE: &str = "\
title: t
deadline: 2026-10-05T12:00:00Z
extensions:
  - student: s1
    until: 2026-10-06T12:00:00Z
  - student: s22
    until: 2026-10-07T12:00:00Z
labs:
  - lab: tlb
    title: Cache
    chapter: tlb.md
    types: [Tlb]
    criteria: [{ name: Hits, step: 1, points: 100, cases: [a] }]
";

    /// The course without deadline and extensions.
    fn course_without_dates() -> String {
        let (title, labs) = (COURSE.find("deadline:").unwrap(), COURSE.find("labs:").unwrap());
        format!("{}{}", &COURSE[..title], &COURSE[labs..])
    }

    struct Place(tempfile::TempDir);

    impl Place {
        fn new(roster: &str, times: &str, submissions: &[&str]) -> Self {
            let place = Self(tempfile::tempdir().unwrap());
            std::fs::write(place.0.path().join("roster.csv"), roster).unwrap();
            std::fs::write(place.0.path().join("times.csv"), times).unwrap();
            for id in submissions {
                std::fs::create_dir_all(place.0.path().join("in").join(id)).unwrap();
            }
            place
        }

        fn plan(&self, course: &str, shard: Option<&str>) -> Result<Plan, ClassError> {
            let course = Course::parse("course.yaml", course.to_owned()).unwrap();
            let path = |name: &str| self.0.path().join(name);
            let shard = shard.map(|text| text.parse().unwrap());
            Plan::make(
                &course,
                &path("in"),
                Some(&path("roster.csv")),
                Some(&path("times.csv")),
                shard,
                &["s8".to_owned()],
            )
        }
    }

    #[test]
    fn an_extension_for_somebody_else_is_an_error_with_its_line() {
        let place = Place::new("id\ns1\ns2\n", "student,submitted_at\n", &["s1"]);
        let error = place.plan(COURSE, None).unwrap_err();
        assert_eq!(error.to_string(), "course.yaml:6: the extension is for `s22`, who is not on the roster");
        let help = miette::Diagnostic::help(&error).unwrap().to_string();
        assert!(help.starts_with("did you mean `s2`?"), "{help}");
        assert!(place.plan(&COURSE.replace("s22", "s2"), None).is_ok());
    }

    #[test]
    fn times_come_from_the_file_before_the_rosters_column() {
        let roster = "id,submitted_at\ns1,2026-10-05T09:00:00Z\ns2,2026-10-05T10:00:00Z\ns22,\ns3,\n";
        let times = "student,submitted_at\ns2,2026-10-05T11:00:00Z\n";
        let plan = Place::new(roster, times, &["s1", "s2", "s3", "s9"]).plan(COURSE, None).unwrap();
        let time = |planned: &Planned| planned.submitted_at.map(|at| at.to_string());
        let times: Vec<_> = plan.submissions.iter().map(time).collect();
        let [nine, eleven] = ["2026-10-05T09:00:00Z", "2026-10-05T11:00:00Z"].map(|at| Some(at.to_owned()));
        assert_eq!(times, [nine, eleven, None, None]);
        assert_eq!(plan.students.len(), 5, "everybody of the roster, and s9");
        assert_eq!(plan.submissions[3].notes, ["not on the roster"]);
    }

    #[test]
    fn a_time_is_for_somebody_of_the_roster_or_of_the_folder() {
        // s8 handed in before; the files are gone.
        let times = "student,submitted_at\ns9,2026-10-05T11:00:00Z\ns2,2026-10-05T11:00:00Z\ns8,2026-10-05T11:00:00Z\n";
        let course = &COURSE.replace("s22", "s2");
        let plan = Place::new("id\ns1\ns2\n", times, &["s1", "s9"]).plan(course, None).unwrap();
        let nine = plan.submissions.iter().find(|planned| planned.student == "s9").unwrap();
        assert_eq!(nine.submitted_at.unwrap().to_string(), "2026-10-05T11:00:00Z");
        let error = Place::new("id\ns1\ns2\n", times, &["s1"]).plan(course, None).unwrap_err().to_string();
        assert!(error.ends_with("times.csv:2: `s9` is not on the roster and handed nothing in"), "{error}");
        for shard in ["1/2", "2/2"] {
            let place = Place::new("id\ns1\ns2\n", times, &["s1", "s9"]);
            assert!(place.plan(course, Some(shard)).is_ok(), "each shard knows everybody who handed in");
        }
    }

    #[test]
    fn without_a_roster_times_of_nobody_are_listed() {
        let place = Place::new(
            "",
            "student,submitted_at\ns1,2026-10-05T11:00:00Z\ns7,2026-10-05T11:00:00Z\n",
            &["s1"],
        );
        let course = Course::parse("course.yaml", COURSE.to_owned()).unwrap();
        let (folder, times) = (place.0.path().join("in"), place.0.path().join("times.csv"));
        let plan = Plan::make(&course, &folder, None, Some(&times), None, &[]).unwrap();
        assert_eq!(plan.idle_times, ["s7"]);
    }

    #[test]
    fn canvas_number_is_noted_where_only_the_download_says_it() {
        let plan = |roster: &str| {
            let place = Place::new(roster, "student,submitted_at\n", &[]);
            std::fs::create_dir_all(place.0.path().join("in")).unwrap();
            for file in ["doejane_77_1_tlb.rs", "roebo_78_2_tlb.rs"] {
                std::fs::write(place.0.path().join("in").join(file), "").unwrap();
            }
            let plan = place.plan(&course_without_dates(), None).unwrap();
            let number = |student: &Student| student.columns.get(CANVAS_ID).cloned().unwrap_or_default();
            plan.students
                .iter()
                .map(|student| format!("{} {}", student.id, number(student)))
                .collect::<Vec<_>>()
        };
        assert_eq!(plan("id,name\ns1,Jane Doe\ns2,Ann\n"), ["canvas:78 78", "s1 77", "s2 "]);
        assert_eq!(plan("id,name,canvas_id\ns1,Jane Doe,78\n"), ["canvas:77 77", "s1 78"]);
    }

    #[test]
    fn moodles_number_is_noted_where_only_the_download_says_it() {
        let folders = ["Jane Doe_5_assignsubmission_file_", "Bo Roe_6_assignsubmission_file_"];
        let place = Place::new("id,name\ns1,Jane Doe\n", "student,submitted_at\n", &folders);
        let plan = place.plan(&course_without_dates(), None).unwrap();
        let number = |student: &Student| format!("{} {}", student.id, student.columns[MOODLE_ID]);
        assert_eq!(plan.students.iter().map(number).collect::<Vec<_>>(), ["moodle:6 6", "s1 5"]);
    }

    #[test]
    fn all_submissions_of_one_student_are_named() {
        let place = Place::new("id\ns1\n", "student,submitted_at\n", &["s1", "S1"]);
        std::fs::write(place.0.path().join("in/s1.zip"), "").unwrap();
        let plan = place.plan(&course_without_dates(), None).unwrap();
        let refusal = plan.submissions[0].hand_in.read(&["tlb"], &[]).unwrap_err().to_string();
        assert_eq!(
            refusal,
            "S1 and s1 and s1.zip are 3 submissions of one student, s1, and nothing says which one counts; keep that one \
             alone"
        );
    }

    #[test]
    fn shards_share_out_students_and_submissions() {
        let ids: Vec<String> = (0..40).map(|number| format!("s{number}")).collect();
        let roster = format!("id\n{}\n", ids.join("\n"));
        let handed_in: Vec<&str> = ids.iter().map(String::as_str).take(20).collect();
        let place = Place::new(&roster, "student,submitted_at\n", &handed_in);
        let plans = ["1/3", "2/3", "3/3"].map(|shard| place.plan(COURSE, Some(shard)).unwrap());
        let mut students: Vec<_> =
            plans.iter().flat_map(|plan| &plan.students).map(|each| &each.id).collect();
        students.sort();
        students.dedup();
        assert_eq!(students.len(), 40);
        assert_eq!(plans.iter().map(|plan| plan.students.len()).sum::<usize>(), 40);
        assert_eq!(plans.iter().map(|plan| plan.submissions.len()).sum::<usize>(), 20);
    }
}
