//! Who belongs to the class: a CSV file with `id`, `name`, `email`, `section`, or what Canvas and Moodle export.
//!
//! | column | also known as | |
//! |---|---|---|
//! | `id` | `SIS User ID`, `SIS Login ID`, `ID number` | the id that course.yaml, reports and gradebook use |
//! | `name` | `Student`, `Full name` | |
//! | `email` | `Email address` | |
//! | `section` | | |
//! | `canvas_id` | `ID`, where there is a `SIS User ID` too | the number in the names of Canvas's downloads |
//! | `moodle_id` | `Identifier` (`Participant 123`) | the number in the names of Moodle's downloads |
//! | `submitted_at` | | when they handed in, RFC 3339 with offset |

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;

use super::ClassError;
use super::table::{Row, Table, plain};
use crate::course::{closest, policy};
use crate::gradebook::Student;

/// Headers that are understood, as [`plain`] writes them.
const ID: [&str; 3] = ["id", "student id", "id number"];
const CANVAS_OWN_ID: [&str; 2] = ["sis user id", "sis login id"];
const NAME: [&str; 3] = ["name", "student", "full name"];
const EMAIL: [&str; 2] = ["email", "email address"];
const SECTION: [&str; 1] = ["section"];
const CANVAS_ID: [&str; 1] = ["canvas id"];
const MOODLE_ID: [&str; 2] = ["moodle id", "identifier"];
const SUBMITTED_AT: [&str; 1] = ["submitted at"];

/// The class.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    people: Vec<Person>,
    /// Whether it says which number Canvas knows each student by.
    pub(super) has_canvas_ids: bool,
    /// Whether it says which number Moodle knows each student by.
    pub(super) has_moodle_ids: bool,
}

/// One line of the roster.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) student: Student,
    pub(super) canvas_id: String,
    pub(super) moodle_id: String,
    pub(super) submitted_at: Option<Timestamp>,
}

struct Columns {
    id: Vec<usize>,
    name: Option<usize>,
    email: Option<usize>,
    section: Option<usize>,
    canvas_id: Option<usize>,
    moodle_id: Option<usize>,
    submitted_at: Option<usize>,
}

impl Roster {
    /// Reads `path`.
    ///
    /// # Errors
    /// When a column is missing or misspelt, a student has no id, two share one, or there is none; with the line.
    pub fn read(path: &Path) -> Result<Self, ClassError> {
        let table = Table::read(path)?;
        let columns = Columns::of(&table)?;
        let mut roster = Self {
            has_canvas_ids: columns.canvas_id.is_some(),
            has_moodle_ids: columns.moodle_id.is_some(),
            ..Self::default()
        };
        let mut seen = Seen::default();
        for row in &table.rows {
            if is_no_student(row, &columns) {
                continue;
            }
            let person = columns.person(&table, row)?;
            seen.check(&table, row.line, &person)?;
            roster.people.push(person);
        }
        if roster.people.is_empty() {
            let problem = "nobody stands below the names of the columns".to_owned();
            return Err(table.wrong(1, problem, "give each student a line, or leave --roster out"));
        }
        Ok(roster)
    }

    /// Everybody on it.
    pub fn students(&self) -> impl Iterator<Item = &Student> {
        self.people.iter().map(|person| &person.student)
    }

    pub(super) fn people(&self) -> &[Person] {
        &self.people
    }

    /// Whether somebody has that id.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.students().any(|student| student.id == id)
    }
}

/// Canvas's second line says how many points each column is worth; a line of commas is nobody.
fn is_no_student(row: &Row, columns: &Columns) -> bool {
    let is_empty = row.values.iter().all(String::is_empty);
    is_empty || row.value(columns.name).starts_with("Points Possible")
}

impl Columns {
    fn of(table: &Table) -> Result<Self, ClassError> {
        let is_canvas = table.column(&CANVAS_OWN_ID).is_some();
        let mut id: Vec<usize> = Vec::new();
        if is_canvas {
            id.extend(CANVAS_OWN_ID.iter().filter_map(|name| table.column(&[name])));
        }
        // A Canvas export's own `ID` comes last: not everybody has one of the school's.
        id.extend(table.column(&ID));
        let columns = Self {
            id,
            name: table.column(&NAME),
            email: table.column(&EMAIL),
            section: table.column(&SECTION),
            canvas_id: table.column(&CANVAS_ID).or_else(|| table.column(&["id"]).filter(|_| is_canvas)),
            moodle_id: table.column(&MOODLE_ID),
            submitted_at: table.column(&SUBMITTED_AT),
        };
        columns.check(table)?;
        Ok(columns)
    }

    fn check(&self, table: &Table) -> Result<(), ClassError> {
        let known: Vec<String> =
            [&ID[..1], &NAME[..1], &EMAIL[..1], &SECTION, &CANVAS_ID, &MOODLE_ID[..1], &SUBMITTED_AT]
                .concat()
                .iter()
                .map(|name| name.replace(' ', "_"))
                .collect();
        let columns = format!("the columns are {}; others are kept in the gradebook", known.join(", "));
        if self.id.is_empty() && self.email.is_none() && self.moodle_id.is_none() {
            let seen = table.headers.join(", ");
            return Err(table.wrong(1, format!("no column `id`; saw {seen}"), &columns));
        }
        let used: Vec<usize> = self.all().collect();
        for (index, header) in table.headers.iter().enumerate().filter(|(index, _)| !used.contains(index)) {
            let name = plain(header).replace(' ', "_");
            let meant = closest(&name, &known).filter(|meant| is_slip(&name, meant));
            if let Some(meant) = meant.filter(|meant| table.column(&[&plain(meant)]).is_none()) {
                let problem = format!("an unknown column `{header}`; did you mean `{meant}`?");
                return Err(table.wrong(1, problem, &columns));
            }
            if table.headers[..index].iter().any(|other| plain(other) == plain(header)) {
                return Err(table.wrong(1, format!("two columns are called `{header}`"), &columns));
            }
        }
        Ok(())
    }

    fn all(&self) -> impl Iterator<Item = usize> {
        let single = [self.name, self.email, self.section, self.canvas_id, self.moodle_id, self.submitted_at];
        self.id.iter().copied().chain(single.into_iter().flatten())
    }

    fn person(&self, table: &Table, row: &Row) -> Result<Person, ClassError> {
        let email = row.value(self.email);
        // Moodle writes `Participant 123456`.
        let moodle_id = row.value(self.moodle_id).trim_start_matches("Participant ").trim();
        let given = self.id.iter().map(|column| row.value(Some(*column))).find(|id| !id.is_empty());
        let id = given.unwrap_or(if self.id.is_empty() && !email.is_empty() { email } else { "" });
        let id = if id.is_empty() && self.id.is_empty() { moodle_id } else { id };
        if id.is_empty() {
            let advice = "give every student an id; remove lines that are no students";
            return Err(table.wrong(row.line, "this student has no id".to_owned(), advice));
        }
        let submitted_at = match row.value(self.submitted_at) {
            "" => None,
            text => {
                let moment = policy::moment(text).map_err(|problem| {
                    table.wrong(row.line, problem, "a time of submission says its offset from UTC")
                })?;
                Some(moment.timestamp())
            }
        };
        let filled = table.headers.iter().zip(&row.values).filter(|(header, _)| !header.is_empty());
        Ok(Person {
            student: Student {
                id: id.to_owned(),
                name: row.value(self.name).to_owned(),
                email: email.to_owned(),
                section: row.value(self.section).to_owned(),
                on_roster: true,
                columns: filled.map(|(header, value)| (header.clone(), value.clone())).collect(),
            },
            canvas_id: row.value(self.canvas_id).to_owned(),
            moodle_id: moodle_id.to_owned(),
            submitted_at,
        })
    }
}

/// Whether `name` is `meant` with two letters in each other's place, or with one letter more or less.
fn is_slip(name: &str, meant: &str) -> bool {
    let (mut more, mut fewer) = (Vec::new(), meant.chars().collect::<Vec<_>>());
    for letter in name.chars() {
        match fewer.iter().position(|other| *other == letter) {
            Some(index) => drop(fewer.swap_remove(index)),
            None => more.push(letter),
        }
    }
    more.len() + fewer.len() <= 1
}

/// On which line each id, address and number was seen first.
#[derive(Default)]
struct Seen(BTreeMap<(&'static str, String), u64>);

impl Seen {
    fn check(&mut self, table: &Table, line: u64, person: &Person) -> Result<(), ClassError> {
        let marks = [
            ("id", person.student.id.clone()),
            ("email", person.student.email.to_lowercase()),
            ("canvas_id", person.canvas_id.clone()),
            ("moodle_id", person.moodle_id.clone()),
        ];
        for (what, mark) in marks.into_iter().filter(|(_, mark)| !mark.is_empty()) {
            let problem = format!("the {what} `{mark}` is another student's already, on line");
            if let Some(first) = self.0.insert((what, mark), line) {
                let advice = "every student stands once on the roster";
                return Err(table.wrong(line, format!("{problem} {first}"), advice));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn read(text: &str) -> Result<Roster, ClassError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("roster.csv");
        std::fs::write(&path, text).unwrap();
        Roster::read(&path)
    }

    #[rstest]
    #[case::own(
        "id,name,email,section\ns1,\"Doe, Jane\",jane@x.edu,A\n\ns2,Bo,,B\n",
        &[("s1", "Doe, Jane", "", ""), ("s2", "Bo", "", "")])]
    #[case::semicolons("id;name\ns1;Doe, Jane\n", &[("s1", "Doe, Jane", "", "")])]
    #[case::tabs("id\tname\r\ns1\tJane\r\n", &[("s1", "Jane", "", "")])]
    #[case::spreadsheet("\u{feff}ID , Name\r\n s1 , Jane \r\n", &[("s1", "Jane", "", "")])]
    #[case::canvas(
        "Student,ID,SIS User ID,SIS Login ID,Section,Labs (77)\n    Points Possible,,,,,600\n\
         \"Doe, Jane\",4711,u100,jane,A,\nGuest,4712,,guest7,A,\nTest,4713,,,A,\n",
        &[("u100", "Doe, Jane", "4711", ""), ("guest7", "Guest", "4712", ""), ("4713", "Test", "4713", "")])]
    #[case::moodle(
        "Identifier,Full name,Email address,Status\nParticipant 900,Jane Doe,jane@x.edu,Submitted\n",
        &[("jane@x.edu", "Jane Doe", "", "900")])]
    #[case::moodle_with_numbers(
        "Identifier,Full name,ID number,Email address\nParticipant 900,Jane Doe,u100,jane@x.edu\n",
        &[("u100", "Jane Doe", "", "900")])]
    #[case::own_with_canvas("id,canvas_id\ns1,4711\n", &[("s1", "", "4711", "")])]
    #[case::anything_else_is_kept("id,favourite song\ns1,Yesterday\n", &[("s1", "", "", "")])]
    fn rosters_are_understood(#[case] text: &str, #[case] expected: &[(&str, &str, &str, &str)]) {
        let roster = read(text).unwrap();
        let short = |person: &Person| {
            let Person { student, canvas_id, moodle_id, .. } = person.clone();
            (student.id, student.name, canvas_id, moodle_id)
        };
        let found: Vec<_> = roster.people.iter().map(short).collect();
        let found: Vec<_> = found
            .iter()
            .map(|(id, name, canvas, moodle)| (id.as_str(), name.as_str(), canvas.as_str(), moodle.as_str()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn every_column_is_kept_for_reports() {
        let roster = read("id,Labs (77)\ns1,12\n").unwrap();
        let columns = &roster.people[0].student.columns;
        assert_eq!(columns.get("Labs (77)").map(String::as_str), Some("12"));
    }

    #[rstest]
    #[case::twice(
        "id,name\ns1,Jane\ns2,Bo\ns1,Joe\n",
        4,
        "the id `s1` is another student's already, on line 2"
    )]
    #[case::address_twice("id,email\ns1,A@x\ns2,a@x\n", 3, "the email `a@x`")]
    #[case::no_id("id,name\n,Jane\n", 2, "has no id")]
    #[case::no_column("student_nr;name\ns1;Jane\n", 1, "no column `id`; saw student_nr, name")]
    #[case::empty("", 1, "it is empty")]
    #[case::nobody("id,name\n", 1, "nobody stands below the names of the columns")]
    #[case::misspelt("id,emial\ns1,a@x\n", 1, "did you mean `email`?")]
    #[case::short_line("id,name\ns1,Jane\ns2\n", 3, "1 values, and the first line has 2 columns")]
    #[case::no_zone("id,submitted_at\ns1,2026-10-05T12:00:00\n", 2, "does not say its offset")]
    #[case::column_twice("id,note,Note\ns1,a,b\n", 1, "two columns are called `Note`")]
    fn what_is_wrong_is_told_with_its_line(#[case] text: &str, #[case] line: u64, #[case] words: &str) {
        let error = read(text).unwrap_err();
        let message = error.to_string();
        assert!(message.contains(words), "{message}");
        assert!(message.contains(&format!("roster.csv:{line}: ")), "{message}");
    }
}
