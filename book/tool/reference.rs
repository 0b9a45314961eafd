//! Plays scenarios on the reference, so that what the book shows is what the code does.
//!
//! A new lab is one more row of [`REFERENCE`].

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};
use solutions::{
    cow_fork::CowSpace,
    mmap::Areas,
    mmu::{CachingMmu, MappingKernel},
    multi_level_walk::MultiLevelPageTable,
    page_table::LinearPageTable,
    replacement::{Clock, EnhancedClock, Fifo, Lru, Opt},
    tlb::SetAssociativeTlb,
};
use testbench::{
    cow_fork, mmap, mmu, multi_level_walk, page_table,
    record::{Label, Recording},
    replacement,
    scenario::ScenarioError,
    tlb,
};

use crate::course::Course;

type Record = fn(&Path, &str, &Label<'_>) -> Result<Recording, ScenarioError>;

/// What plays the scenarios of each lab.
static REFERENCE: [(&str, Record); 7] = [
    ("page_table", page_table::record::<LinearPageTable>),
    ("multi_level_walk", multi_level_walk::record::<MultiLevelPageTable>),
    ("tlb", tlb::record::<SetAssociativeTlb>),
    ("mmu", mmu::record::<CachingMmu, MappingKernel>),
    ("replacement", replacement_record),
    ("cow_fork", cow_fork::record::<CowSpace<cow_fork::StandInTable>>),
    ("mmap", mmap::record::<Areas>),
];

/// The policies of the reference.
pub fn policies() -> replacement::Make {
    replacement::Make::of::<Fifo, Lru, Clock, EnhancedClock, Opt>()
}

fn replacement_record(path: &Path, yaml: &str, label: &Label<'_>) -> Result<Recording, ScenarioError> {
    replacement::record(policies(), path, yaml, label)
}

/// The labs whose scenarios can be played.
pub fn labs() -> impl Iterator<Item = &'static str> {
    REFERENCE.iter().map(|(lab, _)| *lab)
}

/// Plays `name`, which is `lab/scenario`, or `lab/other/scenario` for a scenario that the lab shares with another.
pub fn record(root: &Path, course: &Course, name: &str) -> Result<Recording> {
    let (lab, scenario) =
        name.split_once('/').with_context(|| format!("`{name}` names no scenario; expected lab/scenario"))?;
    let Some((_, record)) = REFERENCE.iter().find(|(known, _)| *known == lab) else {
        bail!("no lab `{lab}` to play; there are: {}", labs().collect::<Vec<_>>().join(", "));
    };
    let known = course.scenarios(root, lab)?;
    if !known.contains(scenario) {
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        bail!("the lab {lab} has no scenario `{scenario}`; it has: {}", known.join(", "));
    }
    let (folder, file) = scenario.split_once('/').unwrap_or((lab, scenario));
    let path = root.join(format!("fixtures/scenarios/{folder}/{file}.yaml"));
    let yaml = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(record(&path, &yaml, &Label { by: "reference", case: scenario })?)
}
