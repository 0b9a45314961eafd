//! The same class a second time, with other files beside it: what a gradebook keeps, refuses and corrects.

use super::*;

#[test]
fn names_and_times_are_never_lost_in_silence_and_can_be_corrected() {
    let class = Class::new();
    class.write("in/s01/page_table.rs", course_file("labs/src/page_table.rs"));
    class.write("in/s02/page_table.rs", course_file("solutions/src/page_table.rs"));
    class.write("in/s03/page_table.rs", course_file("labs/src/page_table.rs"));
    class.write("roster.csv", "id,name\ns01,Jane\ns02,Bo\ns0l,Ann\n");
    // Who is not on the roster has a time all the same.
    let times = |day| {
        format!("student,submitted_at\ns02,2026-10-{day}T12:00:00+02:00\ns03,2026-10-04T12:00:00+02:00\n")
    };
    class.write("times.csv", times("06"));
    let layout = Layout::at(&root()).unwrap();
    let rule = "deadline: 2026-10-05T00:00:00+02:00\nlate: { percent_per_day: 10 }\nlabs:\n";
    let text = course_file("fixtures/course.yaml").replacen("labs:\n", rule, 1);
    let course = Course::parse("course.yaml", text).unwrap();
    let run = |roster: Option<&str>, submitted: Option<&str>| {
        let options = ClassOptions {
            labs: vec![LAB.to_owned()],
            seed: Some(7),
            roster: roster.map(|name| class.path(name)),
            submitted: submitted.map(|name| class.path(name)),
            ..ClassOptions::default()
        };
        class::run(&layout, &course, &class.path("in"), &class.path("g"), &options, &Quiet)
    };
    let first = run(Some("roster.csv"), Some("times.csv")).unwrap();
    assert_eq!(first.timeless, ["s01"], "nobody says when s01 came");
    let score = || entry(&Gradebook::open(&class.path("g")).unwrap(), "s02").score();
    assert_eq!(score(), 80.0);

    let before = class.dump("g");
    let refused = |roster, submitted| {
        let error = run(roster, submitted).unwrap_err();
        assert_eq!(class.dump("g"), before, "nothing is written by a run that is refused");
        format!("{error}; {}", miette::Diagnostic::help(&error).unwrap())
    };
    let told = refused(None, Some("times.csv"));
    assert!(
        told.contains("has a roster of 3 students, and this run has none; give --roster again"),
        "{told}"
    );
    let told = refused(Some("roster.csv"), None);
    assert!(
        told.contains(
            "has times of submission for s02, s03, and this run has none for them; give --submitted again"
        ),
        "{told}"
    );

    // Another time, and no time at all for s03; and the roster's misspelt id is put right.
    class.write("times.csv", "student,submitted_at\ns02,2026-10-05T12:00:00+02:00\n");
    class.write("roster.csv", "id,name\ns01,Jane\ns02,Bo\ns03,Ann\n");
    let corrected = run(Some("roster.csv"), Some("times.csv")).unwrap();
    assert_eq!(corrected.timeless, ["s01", "s03"]);
    assert_eq!((score(), corrected.judged), (90.0, 0));
    let book = Gradebook::open(&class.path("g")).unwrap();
    let names: Vec<String> = book.students().unwrap().into_iter().map(|student| student.name).collect();
    assert_eq!(names, ["Jane", "Bo", "Ann"], "s0l has left");
}

#[test]
fn whoever_is_found_on_a_corrected_roster_has_one_row() {
    let class = Class::new();
    class.write("in/doejane_77_1_page_table.rs", course_file("labs/src/page_table.rs"));
    class.write("in/roebo_78_2_page_table.rs", course_file("labs/src/page_table.rs"));
    let run = |roster: &str| {
        class.write("roster.csv", roster);
        let mut command =
            class.command(&["class", "in", "--lab", LAB, "--gradebook", "g", "--roster", "roster.csv"]);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let students = Gradebook::open(&class.path("g")).unwrap().students().unwrap();
        let ids: Vec<String> = students.into_iter().map(|student| student.id).collect();
        (ids, text(&output.stdout))
    };
    assert_eq!(run("id,name\ns1,Jane Doe\ns2,Bob Roe\n").0, ["canvas:78", "s1", "s2"]);
    let (ids, words) = run("id,name\ns1,Jane Doe\ns2,Bo Roe\n");
    assert_eq!(ids, ["s1", "s2"], "{words}");
    assert!(!words.contains("their grades stay"), "{words}");
    let canvas = class.run(&["report", "g", "--csv", "canvas"]);
    let table = text(&canvas.stdout);
    assert!(table.contains("Jane Doe,77,s1,,,0.00") && table.contains("Bo Roe,78,s2,,,0.00"), "{table}");
}

#[test]
fn a_gradebook_has_a_seed_of_its_own_and_grade_can_be_given_it() {
    let class = Class::new();
    class.write("in/s01/page_table.rs", course_file("labs/src/page_table.rs"));
    let run = |book: &str, more: &[&str]| {
        let mut command = class.command(&["class", "in", "--lab", LAB, "--gradebook", book]);
        let output = command.args(more).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        Gradebook::open(&class.path(book)).unwrap().meta().unwrap().seed
    };
    let alone = class.run(&["grade", "in/s01", "--lab", LAB, "--format", "json"]);
    let alone: Report = serde_json::from_slice(&alone.stdout).unwrap();
    let drawn = run("g", &[]);
    assert_ne!(drawn, alone.seed, "who knows the tree's seed knows nothing of the class's");
    assert_eq!(run("g", &[]), drawn);
    assert_eq!(run("other", &["--seed", "20261005"]), 20_261_005);
    assert_eq!(run("other", &[]), 20_261_005, "a gradebook has one seed");
}
