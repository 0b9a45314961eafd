//! The plots that a chapter can have, `{{#plot NAME ARGUMENT}}`, from what was measured or is measured now.
//!
//! `misses TRACE`: what replacement policies cost on a captured trace, from `fixtures/traces/misses.csv`, which a test holds
//! against the traces. `tables`: the memory of page tables, counted on the
//! reference. `belady`: the misses of the reference's policies on Belady's string.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result, anyhow, bail};
use machine::{
    page::{Frame, Page},
    page_table::PageTable,
    paging::Paging,
    rights::Rights,
};
use solutions::multi_level_walk::MultiLevelPageTable;
use testbench::{
    Machine,
    replacement::{PolicyName, departures},
};

use player::plot::{Axes, Curve, Plot, count};

use crate::reference;

/// The plot that a page asks for.
pub fn plot(root: &Path, request: &str) -> Result<String> {
    let (name, argument) = request.split_once(' ').unwrap_or((request, ""));
    let plot = match name {
        "misses" => misses(root, argument.trim())?,
        "tables" => tables()?,
        "belady" => belady(),
        _ => bail!("no plot `{name}`; there are: misses TRACE, tables, belady"),
    };
    Ok(plot.html())
}

/// Misses by frames of four policies on one captured trace.
fn misses(root: &Path, trace: &str) -> Result<Plot> {
    let path = root.join("fixtures/traces/misses.csv");
    let table = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut by_policy: BTreeMap<&str, BTreeMap<u64, u64>> = BTreeMap::new();
    let mut known = Vec::new();
    for line in table.lines().skip(1) {
        let mut fields = line.split(',');
        let (Some(name), Some(policy), Some(frames), Some(misses)) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            bail!("{}: expected trace,policy,frames,misses in `{line}`", path.display());
        };
        if known.last() != Some(&name) {
            known.push(name);
        }
        if name == trace {
            let number = |text: &str| text.parse().with_context(|| format!("`{text}` is no number: {line}"));
            by_policy.entry(policy).or_default().insert(number(frames)?, number(misses)?);
        }
    }
    let Some(places) = by_policy.values().next().map(|values| values.keys().copied().collect::<Vec<_>>())
    else {
        bail!("no trace `{trace}` in {}; there are: {}", path.display(), known.join(", "));
    };
    let named = [("fifo", "FIFO"), ("clock", "CLOCK"), ("lru", "LRU"), ("opt", "OPT")];
    let curves: Vec<Curve> = named
        .into_iter()
        .filter_map(|(policy, name)| {
            let values = by_policy.get(policy)?.values().copied().collect();
            Some(Curve { name: name.to_owned(), values })
        })
        .collect();
    let ends = |curve: &Curve| {
        let (first, last) = (curve.values.first().copied(), curve.values.last().copied());
        format!("{} from {} to {}", curve.name, count(first.unwrap_or(0)), count(last.unwrap_or(0)))
    };
    Ok(Plot {
        title: format!("Misses of {trace}, by the frames it gets"),
        description: curves.iter().map(ends).collect::<Vec<_>>().join("; "),
        across: "frames",
        up: "misses",
        places,
        curves,
        unit: count,
        axes: Axes::Logarithmic(10),
    })
}

/// Misses by frames on the string that shows Belady's anomaly.
fn belady() -> Plot {
    const STRING: &str = "1 2 3 4 1 2 5 1 2 3 4 5";
    let places: Vec<u64> = (1..=6).collect();
    let curve = |name: &str, policy| {
        // A word for each access; a hit is a dash.
        let misses = |&frames: &u64| {
            let words = departures(reference::policies(), policy, frames as usize, STRING);
            words.split_whitespace().filter(|word| *word != "-").count() as u64
        };
        Curve { name: name.to_owned(), values: places.iter().map(misses).collect() }
    };
    let curves = vec![
        curve("FIFO", PolicyName::Fifo),
        curve("CLOCK", PolicyName::Clock),
        curve("LRU", PolicyName::Lru),
        curve("OPT", PolicyName::Opt),
    ];
    Plot {
        title: format!("Misses of {STRING}, by frames"),
        description: "FIFO misses 9 times with three frames and 10 times with four; LRU and OPT never miss more with more \
                      frames."
            .to_owned(),
        across: "frames",
        up: "misses",
        places,
        curves,
        unit: count,
        axes: Axes::Linear(2),
    }
}

/// Bytes of tables by mapped pages: one table for the whole space, and the tree for neighbours and for hermits.
fn tables() -> Result<Plot> {
    const PLACES: [u64; 6] = [1, 4, 16, 64, 256, 1024];
    let tree =
        |distance: u64| PLACES.iter().map(|&pages| tree_bytes(pages, distance)).collect::<Result<Vec<u64>>>();
    let paging = Paging::x86_64();
    let whole = 1 << (paging.virtual_bits() - paging.offset_bits());
    let linear = vec![whole * paging.entry_bytes(); PLACES.len()];
    let curve = |name: &str, values| Curve { name: name.to_owned(), values };
    Ok(Plot {
        title: "Memory for page tables, by mapped pages".to_owned(),
        description: "One table for a space of 48 bits takes 512 GiB whatever is mapped. Four levels take 16 KiB for one \
                      page; for neighbours hardly more, for pages that lie 1 GiB apart 8 KiB more each."
            .to_owned(),
        across: "mapped pages",
        up: "bytes of tables",
        places: PLACES.to_vec(),
        curves: vec![
            curve("one table", linear),
            curve("four levels, pages 1 GiB apart", tree(1 << 18)?),
            curve("four levels, neighbours", tree(1)?),
        ],
        unit: bytes,
        axes: Axes::Logarithmic(1024),
    })
}

/// What the reference's tree takes for `pages` pages of which each is `distance` pages from the next.
fn tree_bytes(pages: u64, distance: u64) -> Result<u64> {
    let Machine { mut memory, mut frames } = Machine::new(4096, Paging::x86_64().page_bytes());
    let said = |error| anyhow!("the reference cannot map {pages} pages: {error}");
    let mut table = MultiLevelPageTable::new(Paging::x86_64(), &mut memory, &mut frames).map_err(said)?;
    for number in 0..pages {
        let page = Page::new(number * distance);
        table.map(page, Frame::new(0), Rights::READ, &mut memory, &mut frames).map_err(said)?;
    }
    Ok(table.table_bytes(&mut memory))
}

/// A number of bytes in the largest unit that keeps it whole, or nearly.
fn bytes(value: u64) -> String {
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let power = (value.max(1).ilog2() / 10).min(4);
    let whole = value >> (10 * power);
    format!("{whole} {}", units[power as usize])
}
