//! Quizzes from `book/quizzes/NAME.yaml`: questions whose answers are folded away.
//!
//! Main type: [`Quiz`]. No script is needed: every answer, and every option of a choice, is a `<details>`.

use std::{fmt::Write, fs, path::Path};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::{course::Course, links::Page, reference};

/// A file of questions.
#[derive(Debug)]
pub struct Quiz {
    name: String,
    yaml: String,
    questions: Vec<Question>,
}

/// A question; its texts are Markdown.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    ask: String,
    /// What could be answered; exactly one is right.
    #[serde(default)]
    options: Vec<Choice>,
    /// The answer, where there are no options.
    answer: Option<String>,
    /// Lines of a run, quoted in the answer.
    trace: Option<Quote>,
    /// Why the answer is what it is.
    why: Option<String>,
    /// What follows from it.
    matters: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Choice {
    text: String,
    #[serde(default)]
    right: bool,
    /// What speaks for or against it.
    why: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Quote {
    run: String,
    steps: Vec<usize>,
}

impl Quiz {
    /// Reads the quiz `name`.
    pub fn load(root: &Path, name: &str) -> Result<Self> {
        let folder = root.join("book/quizzes");
        let path = folder.join(format!("{name}.yaml"));
        let Ok(yaml) = fs::read_to_string(&path) else {
            let mut known: Vec<String> = fs::read_dir(&folder)
                .into_iter()
                .flatten()
                .flatten()
                .filter_map(|file| Some(file.path().file_stem()?.to_string_lossy().into_owned()))
                .collect();
            known.sort();
            bail!("no quiz `{name}`; there are: {}", known.join(", "));
        };
        let questions: Vec<Question> =
            serde_yaml::from_str(&yaml).with_context(|| format!("book/quizzes/{name}.yaml"))?;
        for question in &questions {
            question.check().with_context(|| format!("book/quizzes/{name}.yaml, \"{}\"", question.ask))?;
        }
        Ok(Self { name: name.to_owned(), yaml, questions })
    }

    /// Its file, as problems name it.
    pub fn file(&self) -> String {
        format!("book/quizzes/{}.yaml", self.name)
    }

    /// The quiz as Markdown, and its links with their lines in the file.
    pub fn render(&self, root: &Path, course: &Course) -> Result<(String, Page)> {
        let mut out = String::from("<div class=\"vm-quiz\">\n");
        for question in &self.questions {
            question.render(&mut out, root, course)?;
        }
        out.push_str("\n</div>\n");
        // Links stand in the YAML as they stand in the page, so the file is read as if it were one.
        let plain: String = self.yaml.lines().map(|line| format!("{}\n", line.trim_start())).collect();
        Ok((out, Page::read(&plain)))
    }
}

impl Question {
    fn check(&self) -> Result<()> {
        ensure!(
            self.why.is_some() || self.matters.is_some() || !self.options.is_empty(),
            "neither `why` nor `matters`"
        );
        if self.options.is_empty() {
            ensure!(self.answer.is_some(), "neither `answer` nor `options`");
        } else {
            let right = self.options.iter().filter(|choice| choice.right).count();
            ensure!(right == 1, "{right} options are right; expected one");
        }
        Ok(())
    }

    fn render(&self, out: &mut String, root: &Path, course: &Course) -> Result<()> {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "\n<details>\n<summary>{}</summary>\n", inline(&self.ask));
        for choice in &self.options {
            let class = if choice.right { "vm-right" } else { "vm-wrong-answer" };
            let _ = writeln!(
                out,
                "<details class=\"{class}\">\n<summary>{}</summary>\n\n{}\n\n</details>\n",
                inline(&choice.text),
                choice.why.trim()
            );
        }
        if let Some(answer) = &self.answer {
            let _ = writeln!(out, "{}\n", answer.trim());
        }
        if let Some(quote) = &self.trace {
            let _ = writeln!(out, "```text\n{}```\n", quote.lines(root, course)?);
        }
        for (label, words) in [("Why", &self.why), ("Why it matters", &self.matters)] {
            if let Some(words) = words {
                let _ = writeln!(out, "**{label}:** {}\n", words.trim());
            }
        }
        out.push_str("</details>\n");
        Ok(())
    }
}

impl Quote {
    /// The compared lines of the steps.
    fn lines(&self, root: &Path, course: &Course) -> Result<String> {
        let recording = reference::record(root, course, &self.run)?;
        let mut out = String::new();
        for step in &self.steps {
            let heading = format!("step {step}: ");
            let mut lines = recording.text.lines().skip_while(|line| !line.starts_with(&heading));
            let first = lines.next().with_context(|| format!("{} has no step {step}", self.run))?;
            let _ = writeln!(out, "{first}");
            for line in
                lines.take_while(|line| line.starts_with("  ")).filter(|line| !line.starts_with("  ~"))
            {
                let _ = writeln!(out, "{line}");
            }
        }
        Ok(out)
    }
}

/// Markdown of one line as HTML: what stands in a `<summary>` is not read as Markdown.
fn inline(markdown: &str) -> String {
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, pulldown_cmark::Parser::new(markdown.trim()));
    html.trim().trim_start_matches("<p>").trim_end_matches("</p>").replace('\n', " ")
}
