//! Names that are attributes elsewhere.
use machine::prelude::*;

/// A walk remembers its path.
#[derive(Debug, Clone, Default)]
pub struct Walk {
    path: Vec<u64>,
    link: Option<u64>,
    used: u64,
}

impl Walk {
    /// One step on the path.
    pub fn step(&mut self, feature: u64) {
        self.path.push(feature);
        self.link = Some(feature);
        self.used += 1;
        let env = self.used;
        if env != 0 && self.link == Some(feature) {
            debug!("path {:?}, used {}", self.path, self.used);
        }
    }
}
