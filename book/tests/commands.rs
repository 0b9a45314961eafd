//! Every command that the book prints is run, and prints what the book says.
//!
//! A page's commands stand in `sh` blocks, run in order in a copy of the course (`commands/course.rs`). What a block may say
//! after its language:
//!
//! | word | of | means |
//! |---|---|---|
//! | `status=1,2` | `sh` | its commands may end so; without: 0 |
//! | `until="words"` | `sh` | it does not end by itself: interrupted when it has printed the words |
//! | `needs=python3,/sys/x` | `sh` | skipped, and said so, where a program or a file is missing |
//! | `labs=page_table/NAME` | `sh`, `text` | before: `labs/src` has this known submission; `page_table:3`: solved up to step 3 |
//! | `workflow` | `yaml` | steps of a GitHub workflow: what they `run` is run |
//! | `output` | `text` | the whole output of the block of commands before it; a line `...` stands for any, `…` for any part of one |
//! | `output=numbers` | `text` | the same, and any number stands for any other: they depend on the machine |
//! | `of="command"` | `text` | lines of the output of this command, in order |
//!
//! What cannot be run here is in [`ELSEWHERE`] with its reason. Commands in sentences are not run; the grader must know their
//! arguments, and cargo their targets.

#[path = "commands/compare.rs"]
mod compare;
#[path = "commands/course.rs"]
mod course;
#[path = "commands/fence.rs"]
mod fence;

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use compare::Numbers;
use course::{Done, Ends, Scratch};
use fence::{Block, blocks};

/// Why what starts shards is not run here.
const DEPLOY: &str = "`.ci/deploy` runs it on a small cluster, under Slurm and under GNU parallel";

/// Lines of commands that are not run here, and why.
const ELSEWHERE: [(&str, &str); 10] = [
    ("cargo test", "the checks run it before everything else, and this test is part of it"),
    ("cargo test -p oracle --test memory_traces -- --ignored", "replays every trace, which takes minutes"),
    ("git clone REPOSITORY course", "where the course lies is not known"),
    ("cd course", "the folder of the clone"),
    ("cargo grader reset page_table", "asks first, and nobody is there to answer"),
    (
        "export COURSE=$PWD CLASS=/shared/handed-in PARTS=/shared/parts SHARDS=8 SEED=20261005 ROSTER=/shared/roster.csv",
        DEPLOY,
    ),
    ("sbatch --array=1-$SHARDS grader/deploy/class.sbatch", DEPLOY),
    ("sbatch --array=3 grader/deploy/class.sbatch", DEPLOY),
    ("grader merge labs.gradebook /shared/parts/*.gradebook", DEPLOY),
    ("seq $SHARDS | parallel --retries 3 --jobs 2 grader/deploy/shard.sh", DEPLOY),
];

/// First words of what is a command wherever it stands.
const PROGRAMS: [&str; 14] = [
    "cargo", "grader", "git", "python3", "sqlite3", "cat", "grep", "ps", "mkdir", "ulimit", "perf",
    "getconf", "sudo", "curl",
];

/// What is to be had at the beginning of a page, beside a fresh course.
fn prepare(page: &str, scratch: &Scratch) {
    match page {
        "formats.md" => {
            for folder in ["../autograder/submission", "../grade/student"] {
                scratch.copy("solutions/src/page_table.rs", &format!("{folder}/page_table.rs"));
            }
            scratch.copy("solutions/src/page_table.rs", "handin/page_table.rs");
            must(
                scratch,
                "python3 -m zipfile -c handin.zip handin/page_table.rs; mkdir ../autograder/results",
            );
        }
        "gradebook.md" => {
            class(scratch);
            must(
                scratch,
                "grader class handed-in --roster roster.csv --lab page_table --gradebook class.gradebook",
            );
        }
        "instructors.md" => class(scratch),
        _ => {}
    }
}

/// A small class: one who solved a lab, and one who did not.
fn class(scratch: &Scratch) {
    scratch.copy("solutions/src/page_table.rs", "handed-in/s01/page_table.rs");
    scratch.copy("fixtures/submissions/page_table/map_replaces.rs", "handed-in/s04/page_table.rs");
    scratch
        .write("roster.csv", "id,name,email,section\ns01,Ada Example,ada@example.org,A\ns04,Jo Example,,B\n");
}

fn must(scratch: &Scratch, script: &str) {
    let done = scratch.run(script, &Ends::default());
    assert!(done.is_as_expected, "{script}: {}{}", done.stdout, done.stderr);
}

/// Puts something into `labs/src`: `lab/known submission`, or `lab:step` for the skeleton solved so far.
fn put_labs(scratch: &Scratch, what: &str) {
    if let Some((lab, step)) = what.split_once(':') {
        must(scratch, &format!("grader skeleton --solve-up-to {step} --lab {lab} --output labs/src"));
    } else if let Some((lab, name)) = what.split_once('/') {
        scratch.copy(&format!("fixtures/submissions/{lab}/{name}.rs"), &format!("labs/src/{lab}.rs"));
    } else {
        panic!("`labs={what}`: expected lab/submission or lab:step");
    }
}

fn pages() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let pages = files.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    pages
        .map(|path| {
            (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap())
        })
        .collect()
}

/// The program or file of `needs=` that is not here.
fn missing(block: &Block) -> Option<&str> {
    let is_program = |name: &str| {
        let found = Command::new("bash").args(["-c", "command -v -- \"$0\"", name]).output();
        found.is_ok_and(|done| done.status.success())
    };
    block
        .list("needs")
        .find(|name| if name.starts_with('/') { !Path::new(name).exists() } else { !is_program(name) })
}

/// A page, its blocks one after the other.
struct Reader<'a> {
    scratch: &'a Scratch,
    page: &'a str,
    last: Option<Done>,
    run: usize,
    problems: Vec<String>,
}

impl Reader<'_> {
    fn problem(&mut self, block: &Block, what: &str) {
        self.problems.push(format!("book/src/{}:{}: {what}", self.page, block.line));
    }

    fn block(&mut self, block: &Block) {
        if let Some(what) = block.word("labs") {
            put_labs(self.scratch, what);
        }
        match block.language.as_str() {
            "sh" => self.commands(block),
            "yaml" if block.word("workflow").is_some() => self.workflow(block),
            "text" => self.text(block),
            _ => {}
        }
    }

    fn commands(&mut self, block: &Block) {
        self.last = None;
        if let Some(name) = missing(block) {
            println!("skipped: book/src/{}:{}: no {name} here", self.page, block.line);
            return;
        }
        let is_elsewhere = |line: &&str| ELSEWHERE.iter().any(|(command, _)| command == line);
        let lines: Vec<&str> = block.text.lines().filter(|line| !is_elsewhere(line)).collect();
        if lines.is_empty() {
            return;
        }
        // Folders that other systems have at the top of theirs stand beside the copy.
        let folder = self.scratch.folder.display().to_string();
        // Word by word, once each: this folder may lie in one of them itself.
        let tops = ["/autograder/", "/grade/", "/tmp/"];
        let moved = |word: &str| match tops.iter().any(|top| word.starts_with(top)) {
            true => format!("{folder}{word}"),
            false => word.to_owned(),
        };
        let script = lines.join("\n").split(' ').map(moved).collect::<Vec<_>>().join(" ");
        let ends = Ends {
            codes: block.list("status").map(str::to_owned).collect(),
            until: block.word("until").map(str::to_owned),
        };
        let done = self.scratch.run(&script, &ends);
        self.run += 1;
        if !done.is_as_expected {
            let (out, complaints) = (last_lines(&done.stdout), last_lines(&done.stderr));
            self.problem(block, &format!("it did not end as expected\n{script}\n{out}{complaints}"));
        }
        self.last = Some(done);
    }

    /// The steps of a workflow that are scripts.
    fn workflow(&mut self, block: &Block) {
        let steps: Vec<serde_yaml::Value> =
            serde_yaml::from_str(&block.text).expect("a workflow is a list of steps");
        for script in steps.iter().filter_map(|step| step["run"].as_str()) {
            let set = format!("export GITHUB_OUTPUT=output.txt\n{script}test -s output.txt");
            let done = self.scratch.run(&set, &Ends::default());
            self.run += 1;
            if !done.is_as_expected {
                self.problem(block, &format!("it did not end as expected\n{}", last_lines(&done.stderr)));
            }
        }
    }

    fn text(&mut self, block: &Block) {
        let wrong = if let Some(command) = block.word("of") {
            let done = self.scratch.run(command, &Ends { codes: vec!["0".into(), "1".into()], until: None });
            self.run += 1;
            compare::excerpt(&block.text, &done.stdout)
        } else if let Some(kind) = block.word("output") {
            let numbers = if kind == "numbers" { Numbers::OfTheMachine } else { Numbers::Exact };
            // What was skipped has printed nothing.
            self.last.as_ref().map_or(Ok(()), |done| compare::output(&block.text, &done.stdout, numbers))
        } else {
            Ok(())
        };
        if let Err(wrong) = wrong {
            self.problem(block, &wrong);
        }
    }
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(12)..].iter().map(|line| format!("    {line}\n")).collect()
}

#[test]
fn every_command_of_the_book_prints_what_the_book_says() {
    let scratch = Scratch::new();
    let grader = scratch.grader();
    assert!(grader.is_file(), "no {}: build it: cargo build --release -p grader", grader.display());
    let mut problems = Vec::new();
    let mut run = 0;
    let only = std::env::var("PAGE").ok();
    for (name, text) in pages() {
        let blocks = blocks(&text);
        let has_commands = blocks.iter().any(|block| block.language == "sh" || block.word("of").is_some());
        if !has_commands || only.as_ref().is_some_and(|only| *only != name) {
            continue;
        }
        let start = std::time::Instant::now();
        scratch.renew();
        prepare(&name, &scratch);
        let mut reader = Reader { scratch: &scratch, page: &name, last: None, run: 0, problems: Vec::new() };
        blocks.iter().for_each(|block| reader.block(block));
        println!("{name}: {} blocks, {:.1} s", reader.run, start.elapsed().as_secs_f64());
        run += reader.run;
        problems.extend(reader.problems);
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(only.is_some() || run > 40, "only {run} blocks were run");
}

#[test]
fn commands_stand_where_they_are_run() {
    let mut problems = Vec::new();
    let mut used: BTreeMap<&str, bool> = ELSEWHERE.iter().map(|(command, _)| (*command, false)).collect();
    for (name, text) in pages() {
        for block in blocks(&text) {
            let at = format!("book/src/{name}:{}", block.line);
            let known: &[&str] = match block.language.as_str() {
                "sh" => &["status", "until", "needs", "labs"],
                "text" => &["output", "of", "labs", "trace"],
                "yaml" => &["workflow"],
                _ => &[],
            };
            for word in block.words.keys().filter(|word| !known.contains(&word.as_str())) {
                problems.push(format!("{at}: `{word}` means nothing in a block of {}", block.language));
            }
            for line in block.text.lines() {
                if let Some(is_used) = used.get_mut(line) {
                    *is_used |= block.language == "sh";
                }
                let first = line.split_whitespace().next().unwrap_or_default();
                let is_command = PROGRAMS.contains(&first) || first == "$";
                let is_run = ["sh", "inline", "rust"].contains(&block.language.as_str())
                    || block.word("workflow").is_some();
                if is_command && line.contains(' ') && !is_run {
                    problems
                        .push(format!("{at}: commands stand in a block of `sh`, where they are run: {line}"));
                }
            }
        }
    }
    problems.extend(
        used.iter().filter(|(_, used)| !**used).map(|(command, _)| format!("no page has `{command}`")),
    );
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The options that `grader NAME --help` lists, or all commands' names.
fn help(scratch: &Scratch, command: &[&str]) -> String {
    let done =
        Command::new(scratch.grader()).args(command).arg("--help").output().expect("the grader is built");
    format!("{} ", String::from_utf8_lossy(&done.stdout))
}

/// What is wrong with a command of the grader that stands in a sentence.
fn wrong_of_grader(scratch: &Scratch, words: &[&str]) -> Option<String> {
    let names = help(scratch, &[]);
    let listed = || names.lines().filter(|line| line.starts_with("  ") && !line.trim().starts_with('-'));
    let is_name = |word: &str| listed().any(|line| line.split_whitespace().next() == Some(word));
    let command: Vec<&str> = words.first().filter(|word| is_name(word)).into_iter().copied().collect();
    if let Some(first) =
        words.first().filter(|word| command.is_empty() && word.chars().all(char::is_lowercase))
    {
        return Some(format!("the grader has no command `{first}`"));
    }
    // Without a command it grades.
    let options = help(scratch, if command.is_empty() { &["grade"] } else { &command });
    let is_option = |word: &&&str| word.starts_with("--") && word.len() > 2;
    let unknown = |word: &&&str| {
        let name = word.split('=').next().unwrap_or(word);
        !options.contains(&format!("{name} ")) && !options.contains(&format!("{name}\n"))
    };
    let found = words.iter().filter(is_option).find(unknown)?;
    Some(format!("`grader {}` has no option `{found}`", command.join(" ")))
}

/// What is wrong with another cargo command: a package or a target that is not there.
fn wrong_of_cargo(metadata: &serde_json::Value, words: &[&str]) -> Option<String> {
    let after = |names: [&'static str; 2]| {
        words.windows(2).filter(move |pair| names.contains(&pair[0])).map(|pair| pair[1])
    };
    let packages = metadata["packages"].as_array().expect("cargo lists packages");
    let package = after(["-p", "--package"]).next();
    let known = |name: &str| packages.iter().find(|one| one["name"] == name);
    if let Some(name) = package.filter(|name| known(name).is_none()) {
        return Some(format!("the workspace has no package `{name}`"));
    }
    for (option, kind) in
        [("--test", "test"), ("--bench", "bench"), ("--example", "example"), ("--bin", "bin")]
    {
        for name in after([option, option]).filter(|name| !name.chars().all(char::is_uppercase)) {
            let has = |one: &serde_json::Value| {
                let targets = one["targets"].as_array().into_iter().flatten();
                targets.into_iter().any(|target| target["name"] == name && target["kind"][0] == kind)
            };
            if !package.and_then(known).is_some_and(has) {
                return Some(format!("{} has no {kind} `{name}`", package.unwrap_or("no package")));
            }
        }
    }
    None
}

#[test]
fn commands_in_sentences_name_what_is_there() {
    let scratch = Scratch::new();
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let listed = Command::new(cargo)
        .args(["metadata", "--offline", "--locked", "--no-deps", "--format-version", "1"])
        .current_dir(&scratch.root)
        .output()
        .expect("cargo can be started");
    let metadata: serde_json::Value = serde_json::from_slice(&listed.stdout).expect("cargo prints JSON");
    let mut problems = Vec::new();
    let mut seen = 0;
    for (name, text) in pages() {
        for block in blocks(&text).iter().filter(|block| block.language == "inline") {
            let words: Vec<&str> = block.text.split_whitespace().collect();
            let wrong = match words.as_slice() {
                ["cargo", "grader", rest @ ..] | ["grader", rest @ ..] => wrong_of_grader(&scratch, rest),
                ["cargo", rest @ ..] if !rest.is_empty() => wrong_of_cargo(&metadata, rest),
                _ => continue,
            };
            seen += 1;
            problems.extend(
                wrong.map(|wrong| format!("book/src/{name}:{}: {wrong}: {}", block.line, block.text)),
            );
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(seen > 20, "only {seen} commands were found");
}
