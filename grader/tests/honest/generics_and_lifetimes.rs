//! Lifetimes where the compiler asks for them.
use machine::prelude::*;

/// Looks at a slice.
#[derive(Debug)]
pub struct View<'a, T> {
    items: &'a [T],
}

impl<'a, T: Ord> View<'a, T> {
    /// The largest, by a rule.
    pub fn best(&self, better: impl for<'x> Fn(&'x T, &'x T) -> bool) -> Option<&'a T> {
        let mut items = self.items.iter();
        let first = items.next()?;
        Some(items.fold(first, |best, item| if better(item, best) { item } else { best }))
    }

    /// All in order, boxed.
    pub fn sorted(&self) -> Box<dyn Iterator<Item = &'a T> + 'a> {
        let mut all: Vec<&'a T> = self.items.iter().collect();
        all.sort();
        Box::new(all.into_iter())
    }
}
