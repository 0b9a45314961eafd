//! Grades a whole class into a gradebook, and a gradebook again ([`run`], [`regrade`]).
//!
//! Reading order: [`Download`] (whose files lie where), [`Roster`], [`run`].

mod crew;
mod desk;
mod download;
mod error;
mod identity;
mod kept;
mod plan;
mod regrade;
mod roster;
mod run;
mod submitted;
mod table;

pub(crate) use table::plain;

pub use download::{Content, Download, HandIn, Origin, Who};
pub use error::ClassError;
pub use regrade::{Change, LabChange, Mode, RegradeOptions, Regraded, regrade};
pub use roster::Roster;
pub use run::{ClassOptions, ClassOutcome, ClassProgress, News, run};
