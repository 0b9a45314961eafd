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

    /// An item of `lab` was judged.
    fn judged(&self, lab: &str, item: &CaseResult) {
        let _ = (lab, item);
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
