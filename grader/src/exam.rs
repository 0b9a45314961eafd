//! What one lab is judged by: its tests, visible scenarios with their keys, and hidden scenarios, in the course's order.
//!
//! All of it comes from the grader's own tree. [`Exam::read`] gathers it once; [`Exam::digest`] names it for the cache.

use std::fs;
use std::path::Path;

use testbench::generate::seed_of;
use testbench::lab::{self, LabSpec};

use crate::course::{Criterion, Lab, pattern_matches};
use crate::fault::Fault;
use crate::hash::Hasher;
use crate::judge::trace::Trace;
use crate::keys;
use crate::layout::Layout;
use crate::verdict::Kind;

/// Everything that one lab is judged by.
#[derive(Debug)]
pub struct Exam<'a> {
    /// The lab.
    pub lab: &'a Lab,
    /// What is judged, in the course's order.
    pub items: Vec<Item>,
    /// Names of all tests of the lab, sorted, whether they count or not.
    pub tests: Vec<String>,
    /// The reference's file; without it there are no hidden items.
    pub reference: Option<Vec<u8>>,
    digest: String,
}

/// One judged item.
#[derive(Debug)]
pub struct Item {
    /// Its name.
    pub name: String,
    /// The criterion that it counts for.
    pub criterion: String,
    /// What is to be done.
    pub task: Task,
}

/// What an item asks for.
#[derive(Debug)]
pub enum Task {
    /// Run the test of that name.
    Test,
    /// Play a scenario and compare with the key.
    Visible {
        /// The scenario.
        yaml: String,
        /// What must come out.
        key: Trace,
    },
    /// Play a scenario and compare with what the reference does.
    Hidden {
        /// The scenario.
        yaml: String,
    },
}

impl Item {
    /// The item's kind, as the score sees it.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.task {
            Task::Test => Kind::Case,
            Task::Visible { .. } => Kind::Scenario,
            Task::Hidden { .. } => Kind::Hidden,
        }
    }

    /// The scenario to play, if the item is one.
    #[must_use]
    pub fn scenario(&self) -> Option<&str> {
        match &self.task {
            Task::Test => None,
            Task::Visible { yaml, .. } | Task::Hidden { yaml } => Some(yaml),
        }
    }
}

impl<'a> Exam<'a> {
    /// Gathers what `lab` is judged by; `seed` makes the generated scenarios.
    ///
    /// # Errors
    /// When a file is missing, or a scenario does not fit its lab.
    pub fn read(layout: &Layout, lab: &'a Lab, seed: u64) -> Result<Self, Fault> {
        let tests = manifest(&layout.cases_manifest(&lab.lab))?;
        let reference = reference(layout, lab)?;
        let reader = Reader {
            layout,
            lab,
            seed,
            written: match reference {
                Some(_) => written(layout, lab)?,
                None => Vec::new(),
            },
            generate: reference.is_some(),
        };
        let mut items = Vec::new();
        for criterion in &lab.criteria {
            let stale = |pattern: &&String| !tests.iter().any(|name| pattern_matches(pattern, name));
            if criterion.cases.iter().any(|pattern| stale(&pattern)) {
                return Err(Fault::Manifest { lab: lab.lab.clone(), path: layout.cases_manifest(&lab.lab) });
            }
            let of_criterion = tests.iter().filter(|name| criterion.has_case(name));
            items.extend(of_criterion.map(|name| item(name, criterion, Task::Test)));
            reader.visible(criterion, &mut items)?;
            reader.hidden(criterion, &mut items)?;
        }
        let mut exam = Self { lab, items, tests, reference, digest: String::new() };
        exam.digest = exam.compute_digest(layout)?;
        Ok(exam)
    }

    /// A digest of everything that can change a verdict on the course's side.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    fn compute_digest(&self, layout: &Layout) -> Result<String, Fault> {
        let lab = &self.lab.lab;
        let mut hasher = Hasher::new("exam");
        hasher.text("lab", lab);
        hasher.text("types", &self.lab.types.join(" "));
        hasher.text("limits", &format!("{:?}", self.lab.limits));
        for path in [layout.tests_source(lab), layout.probe_source(lab)] {
            hasher.file(&path).map_err(Fault::file(&path))?;
        }
        let plug = layout.plug_source(lab);
        if plug.is_file() {
            hasher.file(&plug).map_err(Fault::file(&plug))?;
        }
        hasher.text("tests", &self.tests.join("\n"));
        hasher.bytes("reference", self.reference.as_deref().unwrap_or_default());
        for item in &self.items {
            hasher.text("criterion", &item.criterion);
            hasher.text("item", &item.name);
            hasher.text("kind", &format!("{:?}", item.kind()));
            hasher.text("scenario", item.scenario().unwrap_or_default());
            if let Task::Visible { key, .. } = &item.task {
                hasher.text("key", &key.compared().join("\n"));
            }
        }
        Ok(hasher.finish())
    }
}

fn item(name: &str, criterion: &Criterion, task: Task) -> Item {
    Item { name: name.to_owned(), criterion: criterion.name.clone(), task }
}

/// The names that a lab's list of tests holds.
///
/// # Errors
/// When the list cannot be read.
pub fn manifest(path: &Path) -> Result<Vec<String>, Fault> {
    let text = fs::read_to_string(path).map_err(Fault::file(path))?;
    let names = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    names.sort();
    Ok(names)
}

fn reference(layout: &Layout, lab: &Lab) -> Result<Option<Vec<u8>>, Fault> {
    let path = layout.solution_source(&lab.lab);
    match fs::read(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Fault::file(&path)(error)),
    }
}

/// A hidden scenario that a person wrote.
struct Written {
    name: String,
    criterion: String,
    yaml: String,
}

fn written(layout: &Layout, lab: &Lab) -> Result<Vec<Written>, Fault> {
    let folder = layout.hidden_dir(&lab.lab);
    let mut paths = match fs::read_dir(&folder) {
        Ok(entries) => entries
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(Fault::file(&folder))?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(Fault::file(&folder)(error)),
    };
    paths.retain(|path| path.extension().is_some_and(|end| end == "yaml"));
    paths.sort();
    paths.iter().map(|path| read_written(layout, lab, path)).collect()
}

fn read_written(layout: &Layout, lab: &Lab, path: &Path) -> Result<Written, Fault> {
    let yaml = fs::read_to_string(path).map_err(Fault::file(path))?;
    let shown = layout.relative(path);
    let head = (spec(lab)?.check)(shown, &yaml).map_err(|error| Fault::Scenario(error.to_string()))?;
    let known = |name: &String| lab.criterion(name).is_some();
    let criterion = head.criterion.filter(known).ok_or_else(|| {
        let names: Vec<_> = lab.criteria.iter().map(|each| each.name.as_str()).collect();
        let names = names.join(", ");
        Fault::Scenario(format!("{}: `criterion` must name one of: {names}", shown.display()))
    })?;
    let name = path.file_stem().unwrap_or_default();
    Ok(Written { name: name.to_string_lossy().into_owned(), criterion, yaml })
}

fn spec(lab: &Lab) -> Result<&'static LabSpec, Fault> {
    lab::find(&lab.lab)
        .ok_or_else(|| Fault::NotInTestbench { what: "driver".to_owned(), lab: lab.lab.clone() })
}

/// Reads the scenarios of single criteria.
struct Reader<'a> {
    layout: &'a Layout,
    lab: &'a Lab,
    seed: u64,
    written: Vec<Written>,
    generate: bool,
}

impl Reader<'_> {
    fn visible(&self, criterion: &Criterion, items: &mut Vec<Item>) -> Result<(), Fault> {
        for name in &criterion.scenarios {
            let path = self.layout.scenario(&self.lab.lab, name);
            let yaml = fs::read_to_string(&path).map_err(Fault::file(&path))?;
            let key = key(self.layout, self.lab, name)?;
            items.push(item(name, criterion, Task::Visible { yaml, key }));
        }
        Ok(())
    }

    fn hidden(&self, criterion: &Criterion, items: &mut Vec<Item>) -> Result<(), Fault> {
        let written = self.written.iter();
        for written in written.filter(|written| written.criterion == criterion.name) {
            let yaml = written.yaml.clone();
            items.push(item(&written.name, criterion, Task::Hidden { yaml }));
        }
        if !self.generate {
            return Ok(());
        }
        for (name, count) in &criterion.generated {
            let generators = spec(self.lab)?.generators;
            let generator = generators.iter().find(|each| each.name == name);
            let generator = generator.ok_or_else(|| Fault::NotInTestbench {
                what: format!("generator `{name}`"),
                lab: self.lab.lab.clone(),
            })?;
            for index in 0..*count {
                let seed = seed_of(self.seed, &self.lab.lab, name, index);
                let yaml = (generator.generate)(seed);
                // People count from one.
                let name = format!("{name}#{}", index + 1);
                items.push(item(&name, criterion, Task::Hidden { yaml }));
            }
        }
        Ok(())
    }
}

/// The key of a visible scenario: the body of its snapshot.
fn key(layout: &Layout, lab: &Lab, scenario: &str) -> Result<Trace, Fault> {
    let path = layout.snapshot(&lab.lab, scenario);
    let no_key = || Fault::NoKey {
        scenario: scenario.to_owned(),
        lab: lab.lab.clone(),
        path: layout.relative(&path).to_path_buf(),
    };
    let text = fs::read_to_string(&path).map_err(|_| no_key())?;
    Ok(Trace::parse(keys::body(&text).ok_or_else(no_key)?))
}
