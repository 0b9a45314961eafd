//! The preprocessor: puts players, task boxes and quizzes into the chapters, and checks what they point to.
//!
//! Main type: [`Labs`]. A directive stands alone on its line and outside of fences. Whatever is unknown or stale is a
//! problem with its file and line, and problems fail the build, all of them at once.

use std::{
    collections::BTreeMap,
    fmt::Display,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use mdbook_preprocessor::{
    Preprocessor, PreprocessorContext,
    book::{Book, BookItem, Chapter},
};
use player::Run;

use crate::{
    course::Course,
    includes,
    links::{self, Page},
    plots, prose, quiz, reference, task,
};

/// The preprocessor `labs` of book.toml.
pub struct Labs;

impl Preprocessor for Labs {
    fn name(&self) -> &str {
        "labs"
    }

    fn supports_renderer(&self, renderer: &str) -> Result<bool> {
        Ok(renderer == "html")
    }

    fn run(&self, context: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let mut work = Work::new(&context.root, &context.config.book.src)?;
        book.for_each_mut(|item| {
            if let BookItem::Chapter(chapter) = item {
                work.chapter(chapter);
            }
        });
        work.check_course();
        work.problems.extend(links::check(&work.source, &work.pages));
        if !work.problems.is_empty() {
            work.problems.sort();
            bail!("{} problem(s)\n{}", work.problems.len(), work.problems.join("\n"));
        }
        Ok(book)
    }
}

/// What is known while the chapters are gone through.
pub struct Work {
    /// The course's folder.
    pub root: PathBuf,
    /// The folder of the chapters.
    pub source: PathBuf,
    /// The course.
    pub course: Course,
    /// Every page as written, by its path below `source`.
    pages: BTreeMap<String, Page>,
    /// Task boxes by lab: the page that has it.
    tasks: BTreeMap<String, String>,
    problems: Vec<String>,
}

/// The place of a line that something is said about.
#[derive(Clone, Copy)]
struct Place<'a> {
    path: &'a Path,
    line: usize,
}

impl Work {
    fn new(book: &Path, source: &Path) -> Result<Self> {
        let book = std::path::absolute(book)?;
        let root = book.parent().context("the book lies in the course")?.to_owned();
        Ok(Self {
            source: book.join(source),
            course: Course::load(&root)?,
            root,
            pages: BTreeMap::new(),
            tasks: BTreeMap::new(),
            problems: Vec::new(),
        })
    }

    fn problem(&mut self, at: Place<'_>, what: impl Display) {
        let path = self.source.join(at.path);
        let shown = path.strip_prefix(&self.root).unwrap_or(&path).display();
        self.problems.push(format!("{shown}:{}: {what}", at.line));
    }

    fn chapter(&mut self, chapter: &mut Chapter) {
        let Some(path) = chapter.source_path.clone() else { return };
        let name = path.to_string_lossy().replace('\\', "/");
        self.pages.insert(name.clone(), Page::read(&chapter.content));
        for (line, wrong) in prose::problems(&chapter.content) {
            self.problem(Place { path: &path, line }, wrong);
        }
        let mut out = String::with_capacity(chapter.content.len());
        let mut fence: Option<Fence> = None;
        for (index, line) in chapter.content.lines().enumerate() {
            let at = Place { path: &path, line: index + 1 };
            match &mut fence {
                Some(open) if open.is_closed_by(line) => {
                    let quoted = fence.take();
                    if let Some(Fence { trace: Some(trace), line, lines, .. }) = quoted {
                        self.check_quoted(Place { path: &path, line }, &trace, &lines);
                    }
                    out.push_str(line);
                }
                Some(open) => {
                    open.lines.push(line.to_owned());
                    self.check_include(at, line);
                    out.push_str(line);
                }
                None => {
                    if let Some(open) = Fence::open(line, at.line) {
                        if open.language == "rust"
                            && !chapter.content.lines().nth(index + 1).is_some_and(includes::is_include)
                        {
                            self.problem(at, "Rust in the book is included from where it is compiled: `{{#include file:anchor}}` on the fence's first line");
                        }
                        out.push_str(&open.heading());
                        fence = Some(open);
                    } else {
                        out.push_str(&self.line(at, &name, line));
                    }
                }
            }
            out.push('\n');
        }
        chapter.content = out;
    }

    /// A line outside of fences, its directive carried out.
    fn line(&mut self, at: Place<'_>, page: &str, line: &str) -> String {
        self.check_include(at, line);
        let Some(directive) = line.trim().strip_prefix("{{#").and_then(|rest| rest.strip_suffix("}}")) else {
            if let Some((_, rest)) = line.split_once("{{#") {
                let verb = rest.split([' ', '}']).next().unwrap_or_default();
                if ["trace", "task", "quiz", "plot"].contains(&verb) {
                    self.problem(at, format!("`{{{{#{verb} ...}}}}` stands alone on its line"));
                }
            }
            return line.to_owned();
        };
        let (verb, rest) = directive.split_once(' ').unwrap_or((directive, ""));
        let done = match verb {
            "trace" => self.trace(rest),
            "task" => self.task(rest.trim(), page),
            "quiz" => self.quiz(rest.trim(), page),
            "plot" => plots::plot(&self.root, rest.trim()),
            "include" | "title" => return line.to_owned(),
            _ => Err(anyhow::anyhow!(
                "no directive `{verb}`; there are: trace, task, quiz, plot, include, title"
            )),
        };
        done.unwrap_or_else(|error| {
            self.problem(at, format!("{error:#}"));
            String::new()
        })
    }

    /// `lab/scenario`, or several, each followed by the name of its tab in quotes.
    fn trace(&self, arguments: &str) -> Result<String> {
        let mut parts = arguments.split('"').map(str::trim);
        let mut runs = Vec::new();
        while let Some(name) = parts.next().filter(|name| !name.is_empty()) {
            let recording = reference::record(&self.root, &self.course, name)?;
            runs.push((parts.next().unwrap_or("Reference").to_owned(), recording.json));
        }
        let runs: Vec<Run<'_>> = runs.iter().map(|(name, json)| Run { name, json }).collect();
        Ok(format!("\n{}", player::figure(&runs)?))
    }

    fn task(&mut self, lab: &str, page: &str) -> Result<String> {
        let lab = self.course.lab(lab)?;
        let text = task::task_box(&self.root, lab, page)?;
        self.tasks.insert(lab.lab.clone(), page.to_owned());
        Ok(text)
    }

    fn quiz(&mut self, name: &str, page: &str) -> Result<String> {
        let quiz = quiz::Quiz::load(&self.root, name)?;
        let (text, pages) = quiz.render(&self.root, &self.course)?;
        // Its links are checked as those of the page it stands in, and reported with its own file.
        self.pages.insert(format!("{page}\0{}", quiz.file()), pages);
        Ok(text)
    }

    /// Lines quoted from a trace must stand in it, in this order.
    fn check_quoted(&mut self, at: Place<'_>, trace: &str, lines: &[String]) {
        let recording = match reference::record(&self.root, &self.course, trace) {
            Ok(recording) => recording,
            Err(error) => return self.problem(at, format!("{error:#}")),
        };
        let mut played = recording.text.lines();
        for (index, line) in lines.iter().enumerate() {
            if !played.any(|said| said == line) {
                let at = Place { line: at.line + 1 + index, ..at };
                return self.problem(at, format!("the trace {trace} does not say this, or not here: {line}"));
            }
        }
    }

    fn check_include(&mut self, at: Place<'_>, line: &str) {
        let folder = self.source.join(at.path.parent().unwrap_or(Path::new("")));
        for wrong in includes::problems(&folder, line) {
            self.problem(at, wrong);
        }
    }

    /// Every lab has its task box in its chapter, and every criterion a section that explains it.
    fn check_course(&mut self) {
        for lab in &self.course.labs {
            if self.tasks.get(&lab.lab) != Some(&lab.chapter) {
                let (chapter, name) = (&lab.chapter, &lab.lab);
                self.problems
                    .push(format!("book/src/{chapter}:1: the line `{{{{#task {name}}}}}` is missing"));
            }
            for criterion in &lab.criteria {
                let (page, anchor) = criterion.chapter.split_once('#').unwrap_or((&criterion.chapter, ""));
                if !self.pages.get(page).is_some_and(|page| anchor.is_empty() || page.has(anchor)) {
                    self.problems.push(format!(
                        "fixtures/course.yaml:1: the criterion \"{}\" of {} names {}, which is not in the book",
                        criterion.name, lab.lab, criterion.chapter
                    ));
                }
            }
        }
    }
}

/// A fenced block.
struct Fence {
    mark: String,
    language: String,
    /// The trace that the block quotes: ```` ```text trace=lab/scenario ````.
    trace: Option<String>,
    line: usize,
    lines: Vec<String>,
}

impl Fence {
    fn open(line: &str, number: usize) -> Option<Self> {
        let rest = line.trim_start();
        let sign = rest.chars().next().filter(|sign| ['`', '~'].contains(sign))?;
        let mark: String = rest.chars().take_while(|other| *other == sign).collect();
        if mark.len() < 3 {
            return None;
        }
        let mut words = rest[mark.len()..].split_whitespace();
        let language = words.next().unwrap_or_default().to_owned();
        let trace = words.find_map(|word| word.strip_prefix("trace=")).map(str::to_owned);
        Some(Self { mark, language, trace, line: number, lines: Vec::new() })
    }

    fn is_closed_by(&self, line: &str) -> bool {
        let line = line.trim();
        line.starts_with(&self.mark) && line.chars().all(|other| self.mark.starts_with(other))
    }

    fn heading(&self) -> String {
        format!("{}{}", self.mark, self.language)
    }
}
