//! Where things are in a course: one method a path, so that no other file spells one.
//!
//! The course's root is the folder that holds `fixtures/course.yaml`; it is found from any folder below it.

use std::path::{Path, PathBuf};

use miette::Diagnostic;
use thiserror::Error;

/// The folders of one course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    root: PathBuf,
}

/// There is no course where one was looked for.
#[derive(Debug, Error, Diagnostic)]
pub enum LayoutError {
    /// No folder upwards holds a course.
    #[error("no course found: neither {} nor a folder above it has fixtures/course.yaml", from.display())]
    #[diagnostic(help("change into the course's folder, or name it with --course DIR"))]
    NotFound {
        /// Where the search began.
        from: PathBuf,
    },
    /// The folder that was named holds none.
    #[error("{} is not a course: it has no fixtures/course.yaml", folder.display())]
    #[diagnostic(help("--course takes the folder that holds fixtures, labs and grader"))]
    NotACourse {
        /// The folder that was named.
        folder: PathBuf,
    },
    /// A folder cannot be reached.
    #[error("cannot use the folder {}", folder.display())]
    Unreachable {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Layout {
    /// The course that `folder` belongs to: `folder` itself or the nearest one above it.
    ///
    /// # Errors
    /// When there is none, or `folder` cannot be reached.
    pub fn find(folder: &Path) -> Result<Self, LayoutError> {
        let from = absolute(folder)?;
        from.ancestors()
            .find(|above| above.join(COURSE_FILE).is_file())
            .map(|root| Self { root: root.to_path_buf() })
            .ok_or_else(|| LayoutError::NotFound { from: from.clone() })
    }

    /// The course whose root is `folder`.
    ///
    /// # Errors
    /// When it holds none, or cannot be reached.
    pub fn at(folder: &Path) -> Result<Self, LayoutError> {
        let root = absolute(folder)?;
        if root.join(COURSE_FILE).is_file() {
            Ok(Self { root })
        } else {
            let folder = folder.to_path_buf();
            Err(LayoutError::NotACourse { folder })
        }
    }

    /// The course's root, an absolute path.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The course file.
    #[must_use]
    pub fn course_yaml(&self) -> PathBuf {
        self.root.join(COURSE_FILE)
    }

    /// The folder of the student's files.
    #[must_use]
    pub fn labs_dir(&self) -> PathBuf {
        self.root.join("labs/src")
    }

    /// The student's file of a lab.
    #[must_use]
    pub fn lab_source(&self, lab: &str) -> PathBuf {
        self.labs_dir().join(format!("{lab}.rs"))
    }

    /// The student's progress.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.root.join("labs/progress.txt")
    }

    /// The folder of the solved files.
    #[must_use]
    pub fn solutions_dir(&self) -> PathBuf {
        self.root.join("solutions/src")
    }

    /// The solved file of a lab.
    #[must_use]
    pub fn solution_source(&self, lab: &str) -> PathBuf {
        self.solutions_dir().join(format!("{lab}.rs"))
    }

    /// The skeleton of a lab as a hand-out keeps it, where there is no solution to make it from.
    #[must_use]
    pub fn kept_skeleton(&self, lab: &str) -> PathBuf {
        self.root.join(format!("fixtures/skeletons/{lab}.rs"))
    }

    /// Whether this tree has solutions (a hand-out has none).
    #[must_use]
    pub fn has_solutions(&self) -> bool {
        self.solutions_dir().is_dir()
    }

    /// The tests of a lab.
    #[must_use]
    pub fn tests_source(&self, lab: &str) -> PathBuf {
        self.root.join(format!("labs/tests/{lab}.rs"))
    }

    /// The generated list of a lab's tests.
    #[must_use]
    pub fn cases_manifest(&self, lab: &str) -> PathBuf {
        self.root.join(format!("labs/tests/{lab}.cases"))
    }

    /// The folder of the snapshots, the visible scenarios' keys.
    #[must_use]
    pub fn snapshots_dir(&self) -> PathBuf {
        self.root.join("labs/tests/snapshots")
    }

    /// The key of a scenario (`name` or `otherlab/name`) as `lab` must answer it.
    #[must_use]
    pub fn snapshot(&self, lab: &str, scenario: &str) -> PathBuf {
        let name = scenario.replace('/', "__");
        self.snapshots_dir().join(format!("{lab}__{name}.snap"))
    }

    /// The folder of a lab's visible scenarios.
    #[must_use]
    pub fn scenarios_dir(&self, lab: &str) -> PathBuf {
        self.root.join("fixtures/scenarios").join(lab)
    }

    /// The file of a visible scenario: `name` lies in the lab's folder, `otherlab/name` in the other's.
    #[must_use]
    pub fn scenario(&self, lab: &str, scenario: &str) -> PathBuf {
        let (folder, name) = scenario.split_once('/').unwrap_or((lab, scenario));
        self.scenarios_dir(folder).join(format!("{name}.yaml"))
    }

    /// The folder of a lab's hand-written hidden scenarios.
    #[must_use]
    pub fn hidden_dir(&self, lab: &str) -> PathBuf {
        self.root.join("solutions/hidden").join(lab)
    }

    /// The program that runs one scenario of a lab.
    #[must_use]
    pub fn probe_source(&self, lab: &str) -> PathBuf {
        self.root.join(format!("fixtures/testbench/probes/{lab}.rs"))
    }

    /// What plugs a submission's lab into programs that are built once.
    #[must_use]
    pub fn plug_source(&self, lab: &str) -> PathBuf {
        self.root.join(format!("fixtures/socket/plugs/{lab}.rs"))
    }

    /// The program that replays a memory trace on a lab.
    #[must_use]
    pub fn replay_source(&self, lab: &str) -> PathBuf {
        self.root.join(format!("fixtures/testbench/probes/{lab}_replay.rs"))
    }

    /// Whether `submission` is the course's own code: its labs or solutions, as they lie in this tree. A folder of anybody's
    /// files may lie in the tree too, and is not.
    #[must_use]
    pub fn is_own_code(&self, submission: &Path) -> bool {
        let real = |path: &Path| path.canonicalize().ok();
        let own = ["", "labs", "labs/src", "solutions", "solutions/src"];
        let own: Vec<PathBuf> = own.iter().filter_map(|folder| real(&self.root.join(folder))).collect();
        let Some(path) = real(submission) else { return false };
        let is_own_file = |folder: &Path| folder.ends_with("src") && own.iter().any(|own| own == folder);
        own.contains(&path) || path.parent().is_some_and(is_own_file)
    }

    /// The folder of the captured memory traces.
    #[must_use]
    pub fn traces_dir(&self) -> PathBuf {
        self.root.join("fixtures/traces")
    }

    /// The folder of a lab's known-right and known-wrong submissions.
    #[must_use]
    pub fn submissions_dir(&self, lab: &str) -> PathBuf {
        self.root.join("fixtures/submissions").join(lab)
    }

    /// What the known mistakes look like.
    #[must_use]
    pub fn mistakes_yaml(&self) -> PathBuf {
        self.root.join("fixtures/mistakes.yaml")
    }

    /// The source folder of the book.
    #[must_use]
    pub fn book_dir(&self) -> PathBuf {
        self.root.join("book/src")
    }

    /// Where the grader keeps what it builds and remembers.
    #[must_use]
    pub fn work_dir(&self) -> PathBuf {
        self.root.join("target/grader")
    }

    /// Where the programs are that are built once for all submissions.
    #[must_use]
    pub fn programs_dir(&self) -> PathBuf {
        self.work_dir().join("programs")
    }

    /// `path` as a person in the root would write it; unchanged when it lies elsewhere.
    #[must_use]
    pub fn relative<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }
}

const COURSE_FILE: &str = "fixtures/course.yaml";

fn absolute(folder: &Path) -> Result<PathBuf, LayoutError> {
    folder.canonicalize().map_err(|source| LayoutError::Unreachable { folder: folder.to_path_buf(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_course_is_found_from_a_folder_far_below() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("labs/src/deep");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::create_dir_all(root.path().join("fixtures")).unwrap();
        std::fs::write(root.path().join("fixtures/course.yaml"), "").unwrap();
        let layout = Layout::find(&deep).unwrap();
        assert_eq!(layout, Layout::at(root.path()).unwrap());
        assert!(Layout::at(&deep).is_err());
    }

    #[test]
    fn what_lies_in_the_tree_is_own_code_only_where_own_code_belongs() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout { root: folder.path().to_path_buf() };
        for own in ["labs/src", "solutions/src", "handed-in/labs/src"] {
            std::fs::create_dir_all(folder.path().join(own)).unwrap();
            std::fs::write(folder.path().join(own).join("tlb.rs"), "").unwrap();
        }
        let is_own = |path: &str| layout.is_own_code(&folder.path().join(path));
        assert!(["", "labs", "labs/src", "solutions/src", "labs/src/tlb.rs"].into_iter().all(is_own));
        let others = ["handed-in", "handed-in/labs/src", "handed-in/labs/src/tlb.rs", "nothing.zip"];
        assert!(!others.into_iter().any(is_own));
    }

    #[test]
    fn a_scenario_of_another_lab_has_a_key_of_its_own() {
        let layout = Layout { root: PathBuf::from("/course") };
        let scenario = layout.scenario("multi_level_walk", "page_table/two-pages");
        let snapshot = layout.snapshot("multi_level_walk", "page_table/two-pages");
        assert_eq!(layout.relative(&scenario), Path::new("fixtures/scenarios/page_table/two-pages.yaml"));
        assert_eq!(
            layout.relative(&snapshot),
            Path::new("labs/tests/snapshots/multi_level_walk__page_table__two-pages.snap")
        );
    }
}
