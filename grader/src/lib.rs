//! The grader: builds a submission, runs it in processes of its own, compares what it did with what was asked.
//!
//! Reading order: [`verdict`] (what comes out), [`course`] and [`layout`] (what goes in).

pub mod course;
pub mod harness;
pub mod hash;
pub mod intake;
pub mod interrupt;
pub mod layout;
pub mod limits;
pub mod process;
pub mod progress;
pub mod sandbox;
pub mod text;
pub mod toolchain;
pub mod verdict;
