//! The grader: builds a submission, runs it in processes of its own, compares what it did with what was asked.
//!
//! Reading order: [`verdict`] (what comes out), [`course`] and [`layout`] (what goes in).

pub mod course;
pub mod layout;
pub mod verdict;
pub mod limits;
pub mod sandbox;
pub mod process;
pub mod interrupt;
