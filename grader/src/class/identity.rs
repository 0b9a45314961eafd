//! Which student of the roster a submission belongs to.

use super::download::{Origin, Who};
use super::roster::{Person, Roster};
use crate::gradebook::Student;

/// Whose a submission is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) student: Student,
    /// What a person should know, if the student could not be told for sure.
    pub(super) flag: Option<String>,
}

/// Finds `who` on the roster; who is not on it becomes a student with a flag.
pub(super) fn identify(who: &Who, origin: Origin, roster: Option<&Roster>) -> Identity {
    let Some(roster) = roster else {
        return Identity { student: stranger(who, origin, false), flag: None };
    };
    let fitting = fitting(who, origin, roster);
    match &fitting[..] {
        [person] => Identity { student: person.student.clone(), flag: None },
        [] => {
            let flag = Some("not on the roster".to_owned());
            Identity { student: stranger(who, origin, true), flag }
        }
        several => {
            let ids: Vec<&str> = several.iter().map(|person| person.student.id.as_str()).collect();
            let flag = format!("not on the roster for sure: it fits {}", ids.join(" and "));
            Identity { student: stranger(who, origin, true), flag: Some(flag) }
        }
    }
}

/// Who on the roster fits, by the surest mark that anybody has.
fn fitting<'a>(who: &Who, origin: Origin, roster: &'a Roster) -> Vec<&'a Person> {
    let by = |fits: &dyn Fn(&Person) -> bool| -> Vec<&'a Person> {
        roster.people().iter().filter(|person| fits(person)).collect()
    };
    let has_id = |person: &Person| !who.id.is_empty() && person.student.id == who.id;
    let has_id_in_capitals =
        |person: &Person| !who.id.is_empty() && person.student.id.eq_ignore_ascii_case(&who.id);
    let has_email =
        |person: &Person| !who.email.is_empty() && person.student.email.eq_ignore_ascii_case(&who.email);
    let has_name = |person: &Person| !who.name.is_empty() && same_name(&person.student.name, &who.name);
    let marks: Vec<&dyn Fn(&Person) -> bool> = match origin {
        Origin::Plain => vec![&has_id, &has_id_in_capitals],
        // Numbers of a learning-management system are no ids of the school's, even where they look alike.
        Origin::Canvas if roster.has_canvas_ids => return by(&|person| person.canvas_id == who.id),
        Origin::Moodle if roster.has_moodle_ids => return by(&|person| person.moodle_id == who.id),
        Origin::Canvas | Origin::Moodle => vec![&has_name],
        Origin::Gradescope => vec![&has_id, &has_email, &has_name],
    };
    marks.into_iter().map(by).find(|fitting| !fitting.is_empty()).unwrap_or_default()
}

/// Somebody of whom only the download tells. With a roster, the id says where it comes from, so that it is nobody else's.
fn stranger(who: &Who, origin: Origin, has_roster: bool) -> Student {
    let known = [&who.id, &who.email, &who.name].into_iter().find(|text| !text.is_empty());
    let known = known.map_or("nameless", String::as_str);
    let id = match origin {
        Origin::Canvas if has_roster => format!("canvas:{known}"),
        Origin::Moodle if has_roster => format!("moodle:{known}"),
        _ => known.to_owned(),
    };
    Student { id, name: who.name.clone(), email: who.email.clone(), ..Student::default() }
}

/// Whether both are one name: `Doe, Jane`, `Jane Doe` and Canvas's `doejane`.
fn same_name(full: &str, other: &str) -> bool {
    let other = letters(other);
    let by_parts = |parts: Vec<&str>| {
        // The parts in their order, beginning with each of them in turn: `jane van doe` is also `vandoejane`.
        (0..parts.len()).any(|first| {
            let turned: String =
                parts[first..].iter().chain(&parts[..first]).map(|part| letters(part)).collect();
            turned == other
        })
    };
    by_parts(full.split(',').collect()) || by_parts(full.split([',', ' ']).collect())
}

/// Letters and digits alone, small.
fn letters(text: &str) -> String {
    text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn roster(text: &str) -> Roster {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("roster.csv");
        std::fs::write(&path, text).unwrap();
        Roster::read(&path).unwrap()
    }

    const PLAIN: &str =
        "id,name,email\ns1,Jane Doe,jane@x.edu\ns2,\"van Berg, Bo\",bo@x.edu\n4711,Ann,\n4712,Ann,\n";
    const CANVAS: &str = "id,name,canvas_id\ns1,Jane Doe,12345\n12,Bo,777\n";

    #[rstest]
    #[case::id(PLAIN, Origin::Plain, ("s1", "", ""), "s1")]
    #[case::id_in_capitals(PLAIN, Origin::Plain, ("S1", "", ""), "s1")]
    #[case::canvas_number(CANVAS, Origin::Canvas, ("12345", "doejane", ""), "s1")]
    #[case::canvas_name(PLAIN, Origin::Canvas, ("99", "doejane", ""), "s1")]
    #[case::canvas_name_of_three_parts(PLAIN, Origin::Canvas, ("99", "vanbergbo", ""), "s2")]
    #[case::moodle_name(PLAIN, Origin::Moodle, ("99", "Bo van Berg", ""), "s2")]
    #[case::gradescope_id(PLAIN, Origin::Gradescope, ("s2", "Jane Doe", "jane@x.edu"), "s2")]
    #[case::gradescope_address(PLAIN, Origin::Gradescope, ("", "Somebody", "JANE@x.edu"), "s1")]
    fn marks_lead_to_the_student(
        #[case] list: &str,
        #[case] origin: Origin,
        #[case] (id, name, email): (&str, &str, &str),
        #[case] expected: &str,
    ) {
        let who = Who { id: id.to_owned(), name: name.to_owned(), email: email.to_owned() };
        let found = identify(&who, origin, Some(&roster(list)));
        assert_eq!((found.student.id.as_str(), found.student.on_roster, found.flag), (expected, true, None));
    }

    #[rstest]
    #[case::nobody(PLAIN, Origin::Plain, ("s9", ""), "s9", "not on the roster")]
    #[case::a_number_of_canvas_is_no_id(PLAIN, Origin::Canvas, ("4711", "zoe"), "canvas:4711", "not on the roster")]
    #[case::a_column_is_believed(CANVAS, Origin::Canvas, ("12", "doejane"), "canvas:12", "not on the roster")]
    #[case::two_of_one_name(
        PLAIN, Origin::Moodle, ("5", "Ann"), "moodle:5", "not on the roster for sure: it fits 4711 and 4712")]
    fn who_is_not_found_is_flagged(
        #[case] list: &str,
        #[case] origin: Origin,
        #[case] (id, name): (&str, &str),
        #[case] expected: &str,
        #[case] flag: &str,
    ) {
        let who = Who { id: id.to_owned(), name: name.to_owned(), email: String::new() };
        let found = identify(&who, origin, Some(&roster(list)));
        assert_eq!((found.student.id.as_str(), found.student.on_roster), (expected, false));
        assert_eq!(found.flag.as_deref(), Some(flag));
    }

    #[test]
    fn without_a_roster_the_download_is_believed() {
        let who = Who { id: "4711".to_owned(), name: "doejane".to_owned(), email: String::new() };
        let found = identify(&who, Origin::Canvas, None);
        assert_eq!((found.student.id.as_str(), found.flag), ("4711", None));
    }
}
