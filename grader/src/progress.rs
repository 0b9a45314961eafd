//! What the grader is doing, told to whoever watches.

use crate::verdict::CaseResult;

/// Receives what happens during a run; all methods may be called from several threads.
pub trait Progress: Sync {
    /// A long piece of work begins or goes on; `words` replace those said before.
    fn say(&self, words: &str);

    /// Of `of` equal parts of what was said, `done` are done.
    fn counted(&self, done: usize, of: usize) {
        let _ = (done, of);
    }

    /// The file of `lab` compiles; what it does is judged next.
    fn compiled(&self, lab: &str) {
        let _ = lab;
    }

    /// An item of `lab` was judged.
    fn judged(&self, lab: &str, item: &CaseResult) {
        let _ = (lab, item);
    }

    /// Whether nobody waits for the result any more; what was not run yet is then left out.
    fn is_outdated(&self) -> bool {
        false
    }

    /// All of `lab` was judged.
    fn finished(&self, lab: &str) {
        let _ = lab;
    }
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn say(&self, _: &str) {}
}
