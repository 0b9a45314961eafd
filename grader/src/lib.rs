//! The grader: builds a submission, runs it in processes of its own, compares what it did with what was asked.
//!
//! Reading order: [`verdict`] (what comes out), [`course`] and [`layout`] (what goes in), [`grade`] (the whole way:
//! [`intake`], [`scan`], [`compile`], [`judge`]), [`diagnosis`] (which known mistake it looks like), [`score`] and
//! [`report`] (points and words), [`journal`] and [`hints`] (the student's progress), [`skeleton`] and [`lint`] (how a
//! course is kept in order), [`replay`] (memory traces on a submission), [`watch`] (the student's loop). An instructor's are
//! `class`, `gradebook` and `class_report`, `formats` (what learning-management systems read) and `similarity` (which
//! submissions to look at side by side).

pub mod cache;
#[cfg(feature = "instructor")]
pub mod class;
#[cfg(feature = "instructor")]
pub mod class_report;
pub mod colour;
pub mod compile;
pub mod course;
pub mod diagnosis;
pub mod doctor;
pub mod exam;
pub mod fault;
pub mod files;
#[cfg(feature = "instructor")]
pub mod formats;
pub mod grade;
#[cfg(feature = "instructor")]
pub mod gradebook;
#[cfg(feature = "instructor")]
pub mod handout;
pub mod harness;
pub mod hash;
pub mod hints;
pub mod intake;
pub mod interrupt;
pub mod journal;
pub mod judge;
pub mod keys;
pub mod layout;
pub mod lint;
pub mod outline;
pub mod process;
pub mod progress;
pub mod replay;
pub mod report;
pub mod sandbox;
pub mod scan;
pub mod score;
#[cfg(feature = "instructor")]
pub mod similarity;
pub mod skeleton;
pub mod sysroot;
pub mod text;
pub mod toolchain;
pub mod verdict;
pub mod watch;
pub mod workbench;
