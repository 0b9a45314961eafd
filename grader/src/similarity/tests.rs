//! What changes of a copy do not hide it, and what is no copy.

use super::*;

const SKELETON: &str = "
//! A lab.
use machine::prelude::*;
pub struct Table { entries: Vec<u64>, len: usize }
impl Table {
    /// The entry of a page.
    pub fn lookup(&self, page: u64) -> Option<u64> { todo!(\"step 1: look up {page}\") }
    pub fn map(&mut self, page: u64, frame: u64) -> Result<(), Error> { todo!(\"step 2: map {page} {frame}\") }
}
";

const ORIGINAL: &str = "
use machine::prelude::*;
pub struct Table { entries: Vec<u64>, len: usize }
impl Table {
    pub fn lookup(&self, page: u64) -> Option<u64> {
        let index = usize::try_from(page).ok()?;
        let word = self.entries.get(index).copied()?;
        if word & PRESENT == 0 {
            return None;
        }
        let frame = (word >> 12) & MASK;
        Some(frame)
    }
    pub fn map(&mut self, page: u64, frame: u64) -> Result<(), Error> {
        let index = page as usize;
        if index >= self.len {
            return Err(Error::OutOfRange(page));
        }
        let before = self.entries[index];
        if before & PRESENT != 0 {
            return Err(Error::AlreadyMapped { page, frame: before >> 12 });
        }
        self.entries[index] = (frame << 12) | PRESENT;
        Ok(())
    }
}
";

/// [`ORIGINAL`] with other names, other numbers, comments, and its functions in the other order.
const DISGUISED: &str = "
use machine::prelude::*;
pub struct Table { entries: Vec<u64>, len: usize }
impl Table {
    /// My own comment.
    #[inline]
    pub fn map(&mut self, p: u64, f: u64) -> Result<(), Error> {
        let slot = p as usize; // where it goes
        if slot >= self.len { return Err(Error::OutOfRange(p)); }
        let old = self.entries[slot];
        if old & VALID != 0x0 { return Err(Error::AlreadyMapped { page, frame: old >> 0xc }); }
        self.entries[slot] = (f << 0xc) | VALID;
        Ok(())
    }

    pub fn lookup(&self, p: u64) -> Option<u64> {
        let place = usize::try_from(p).ok()?;
        let e = self.entries.get(place).copied()?;
        if e & VALID == 0x0 { return None; }
        let result = (e >> 0xc) & BITS;
        Some(result)
    }
}
";

/// Somebody else's way to do the same.
const INDEPENDENT: &str = "
use machine::prelude::*;
pub struct Table { entries: Vec<u64>, len: usize }
impl Table {
    pub fn lookup(&self, page: u64) -> Option<u64> {
        self.entries
            .iter()
            .enumerate()
            .find(|(at, entry)| *at as u64 == page && **entry % 2 == 1)
            .map(|(_, entry)| entry / 4096 % 1_048_576)
    }
    pub fn map(&mut self, page: u64, frame: u64) -> Result<(), Error> {
        match self.entries.get_mut(page as usize) {
            None => Err(Error::OutOfRange(page)),
            Some(entry) if *entry % 2 == 1 => Err(Error::AlreadyMapped { page, frame: *entry / 4096 }),
            Some(entry) => {
                *entry = frame * 4096 + 1;
                Ok(())
            }
        }
    }
}
";

fn source<'a>(student: &'a str, text: &'a str) -> Source<'a> {
    Source { student, text }
}

#[test]
fn other_names_and_another_order_do_not_hide_a_copy() {
    let given = Given::new(&[SKELETON]);
    let sources = [source("ann", ORIGINAL), source("bob", DISGUISED), source("eve", INDEPENDENT)];
    let pairs = similar(&given, &sources, WORTH_A_LOOK);
    assert_eq!(pairs.len(), 1, "{pairs:?}");
    assert_eq!((pairs[0].one.as_str(), pairs[0].other.as_str()), ("ann", "bob"));
    assert!(pairs[0].score > 0.9, "{pairs:?}");
}

#[test]
fn passages_say_which_lines_to_read() {
    let given = Given::new(&[SKELETON]);
    let sources = [source("ann", ORIGINAL), source("bob", DISGUISED)];
    let pairs = similar(&given, &sources, WORTH_A_LOOK);
    let lines = |passage: &Passage| format!("{:?} {:?}", passage.one, passage.other);
    let told: Vec<_> = pairs[0].passages.iter().map(lines).collect();
    // `map` stands on lines 14 to 25 of the one and on 8 to 14 of the other, `lookup` on 5 to 13 and on 16 to 22.
    assert_eq!(told, ["15..=24 8..=13", "6..=12 17..=21"]);
}

#[test]
fn what_was_given_makes_nobody_alike() {
    let given = Given::new(&[SKELETON]);
    let untouched = [source("ann", SKELETON), source("bob", SKELETON)];
    assert_eq!(similar(&given, &untouched, 0.0), []);
}

#[test]
fn the_order_of_the_sources_changes_nothing() {
    let given = Given::new(&[SKELETON]);
    let mut sources = [source("ann", ORIGINAL), source("bob", DISGUISED), source("eve", INDEPENDENT)];
    let forward = similar(&given, &sources, 0.0);
    sources.reverse();
    assert_eq!(similar(&given, &sources, 0.0), forward);
}

#[test]
fn what_everybody_wrote_is_no_pair_but_two_of_many_still_are() {
    let given = Given::new(&[SKELETON]);
    let names: Vec<String> = (0..20).map(|number| format!("student {number:02}")).collect();
    let everybody: Vec<_> = names.iter().map(|name| source(name, ORIGINAL)).collect();
    assert_eq!(similar(&given, &everybody, 0.0), []);
    let two = [source("x", INDEPENDENT), source("y", INDEPENDENT)];
    let class: Vec<_> = everybody.into_iter().chain(two).collect();
    let pairs = similar(&given, &class, WORTH_A_LOOK);
    assert_eq!(pairs.len(), 1, "{pairs:?}");
    assert_eq!((pairs[0].one.as_str(), pairs[0].score), ("x", 1.0));
}

#[test]
fn what_is_no_rust_is_in_no_pair() {
    let given = Given::new(&[SKELETON]);
    let broken = [source("ann", "fn a( {{ \" "), source("bob", "fn a( {{ \" ")];
    assert_eq!(similar(&given, &broken, 0.0), []);
}
