//! Words of the language used as names.

/// What kind of entry.
#[derive(Debug)]
pub struct Entry {
    r#type: u8,
    r#match: bool,
}

impl Entry {
    /// Makes one.
    pub fn r#try(r#type: u8) -> Self {
        Self { r#type, r#match: r#type > 3 }
    }

    /// Both.
    pub fn both(&self) -> (u8, bool) {
        (self.r#type, self.r#match)
    }
}
