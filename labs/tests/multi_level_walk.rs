// What a page table with levels promises, one module for each criterion of the lab `multi_level_walk`.
//
// Tables that are read are built by hand, entry by entry: a `map` and a `walk` that are wrong in the same way would
// agree with each other. Expected values were worked out with the manual (Intel SDM 3A, chapter 4), not with a solution.
// A case is a table of rows that fail for one reason; a row that is not as expected says what was asked in it.
// Chapter: multi_level_walk.md.

use std::fmt::{self, Arguments, Debug, Display};

use labs::multi_level_walk::MultiLevelPageTable;
use machine::{memory::MemoryEvent, prelude::*};
use rstest::rstest;
use testbench::Machine;

const FOUR: Paging = Paging::x86_64();
const FIVE: Paging = Paging::x86_64_five_level();
const SHORT: Paging = Paging::x86_32();

/// Compares the answer of one row with what is expected; if it is another, the message says what was `asked`.
#[track_caller]
fn same<T: PartialEq<U> + Debug, U: Debug>(got: T, expected: U, asked: Arguments<'_>) {
    assert!(got == expected, "{asked}: expected {expected:x?}, got {got:x?}");
}

/// Tables built by hand, of which one way down is used: the entries from the root down, and the address they lead to.
#[derive(Clone)]
struct Built {
    mode: Paging,
    va: u64,
    entries: Vec<(u64, u64)>,
}

/// Four levels: root in frame 1, indices 1, 3, 5, 7, page in frame 9.
fn four() -> Built {
    let entries = vec![(0x1008, 0x2007), (0x2018, 0x3007), (0x3028, 0x4007), (0x4038, 0x9007)];
    Built { mode: FOUR, va: 0x80_c0a0_7123, entries }
}

/// Five levels: root in frame 1, indices 2, 1, 3, 5, 7, page in frame 9.
fn five() -> Built {
    let mut entries = four().entries;
    entries[0].0 = 0x5008;
    entries.insert(0, (0x1010, 0x5007));
    Built { mode: FIVE, va: 0x0002_0080_c0a0_7123, entries }
}

/// 4-byte entries: root in frame 1, indices 3 and 7, page in frame 9.
fn short() -> Built {
    Built { mode: SHORT, va: 0xc0_7123, entries: vec![(0x100c, 0x4007), (0x401c, 0x9007)] }
}

impl Built {
    fn mode(mut self, mode: Paging) -> Self {
        self.mode = mode;
        self
    }

    fn va(mut self, va: u64) -> Self {
        self.va = va;
        self
    }

    /// The entry at `level` replaced.
    fn set(mut self, level: u8, bits: u64) -> Self {
        let place = self.entries.len() - 1 - usize::from(level);
        self.entries[place].1 = bits;
        self
    }

    /// The entry at `level` with these bits turned round.
    fn flip(self, level: u8, bits: u64) -> Self {
        let place = self.entries.len() - 1 - usize::from(level);
        let before = self.entries[place].1;
        self.set(level, before ^ bits)
    }

    fn machine(&self) -> Machine {
        let mut m = Machine::new(32, 4096);
        for &(at, bits) in &self.entries {
            m.poke(PhysAddr::new(at), self.mode.entry_bytes(), bits);
        }
        m.log();
        m
    }

    fn table(&self) -> MultiLevelPageTable {
        MultiLevelPageTable::from_root(self.mode, Frame::new(1))
    }

    fn page(&self) -> Page {
        Page::new(self.va >> 12)
    }

    fn walk(&self) -> (Walk, Machine) {
        let mut m = self.machine();
        (self.table().walk(VirtAddr::new(self.va), &mut m.memory), m)
    }

    fn translate(&self, access: Access) -> (Result<PhysAddr, Fault>, Machine) {
        let mut m = self.machine();
        (self.table().translate(VirtAddr::new(self.va), access, &mut m.memory), m)
    }

    /// What stands in the entries now, from the root down.
    fn bits_now(&self, m: &Machine) -> Vec<u64> {
        self.entries.iter().map(|&(at, _)| entry(m, &self.mode, at)).collect()
    }

    /// The walk that reads the first `count` entries and ends so.
    fn expect(&self, count: usize, end: WalkEnd) -> Walk {
        let top = self.entries.len() - 1;
        let step = |(place, &(at, bits)): (usize, &(u64, u64))| WalkStep {
            level: Level::new((top - place) as u8),
            index: TableIndex::new(at % 4096 / self.mode.entry_bytes()),
            entry_at: PhysAddr::new(at),
            bits,
        };
        Walk { steps: self.entries[..count].iter().enumerate().map(step).collect(), end }
    }
}

impl Display for Built {
    /// The address and the entries that it goes by, from the root down.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x} by the entries", self.va)?;
        self.entries.iter().try_for_each(|(_, bits)| write!(f, " {bits:#x}"))
    }
}

fn entry(m: &Machine, mode: &Paging, at: u64) -> u64 {
    m.peek_entry(PhysAddr::new(at), mode.entry_bytes()).expect("a frame that is allocated")
}

fn pa(address: u64) -> PhysAddr {
    PhysAddr::new(address)
}

fn mapped(address: u64) -> WalkEnd {
    WalkEnd::Mapped { address: pa(address) }
}

/// Numbers in hex, one behind the other.
fn listed(numbers: &[u64]) -> String {
    let words: Vec<String> = numbers.iter().map(|number| format!("{number:x}")).collect();
    words.join(" ")
}

/// The addresses that were read since the last look, in order; nothing may have been written.
fn reads_alone(m: &mut Machine) -> Vec<u64> {
    let log = m.log();
    assert_eq!(log.write_count, 0, "nothing may be written: {:x?}", log.events);
    reads(&log.events)
}

fn reads(events: &[MemoryEvent]) -> Vec<u64> {
    let at = |event: &MemoryEvent| match event {
        MemoryEvent::Read { at, .. } => Some(at.as_u64()),
        _ => None,
    };
    events.iter().filter_map(at).collect()
}

/// The addresses that were written since the last look, each once, in ascending order; every write changed something.
fn written(m: &mut Machine) -> Vec<u64> {
    let mut addresses = Vec::new();
    for event in m.log().events {
        if let MemoryEvent::Write { at, before, value } = event {
            assert_ne!(before, value, "{at} was written and did not change");
            addresses.push(at.as_u64());
        }
    }
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

/// The error code of a page fault at `va`; anything else fails.
#[track_caller]
fn code(va: u64, result: Result<PhysAddr, Fault>) -> u32 {
    match result {
        Err(Fault::Page(fault)) => {
            assert_eq!(fault.address(), VirtAddr::new(va), "the address of the fault");
            fault.code().bits()
        }
        other => panic!("expected a page fault, got {other:x?}"),
    }
}

/// An empty table of `mode` in a machine of `frame_count` frames; nothing has been logged yet.
fn empty(mode: Paging, frame_count: u64) -> (MultiLevelPageTable, Machine) {
    let mut m = Machine::new(frame_count, 4096);
    let table = MultiLevelPageTable::new(mode, &mut m.memory, &mut m.frames).expect("a frame for the root");
    m.log();
    (table, m)
}

fn map(table: &mut MultiLevelPageTable, m: &mut Machine, page: u64, frame: u64, rights: Rights) {
    let mapped = table.map(Page::new(page), Frame::new(frame), rights, &mut m.memory, &mut m.frames);
    assert_eq!(mapped, Ok(()), "map page {page:#x}");
}

fn rights(text: &str) -> Rights {
    text.parse().expect("rights such as `rw-u`")
}

fn in_memory(frame: u64, level: u8, text: &str, used: Used) -> PageState {
    let (frame, level) = (Frame::new(frame), Level::new(level));
    PageState::InMemory(Mapping { frame, level, rights: rights(text), used })
}

const NOTHING: [u64; 0] = [];
const UNUSED: Used = Used { accessed: false, dirty: false };
const READ: Used = Used { accessed: true, dirty: false };
const WRITTEN: Used = Used { accessed: true, dirty: true };
/// Bits of an entry that the contract says nothing of: available to software, and 62 to 52.
const FREE_BITS: u64 = 0x7ff0_0000_0000_0e00;

mod split {
    use super::*;

    // Rows: address, whether it exists.
    #[rstest]
    #[case::four_levels_both_halves(FOUR, &[
        (0, true),
        (0x0000_7fff_ffff_ffff, true),
        (0xffff_8000_0000_0000, true),
        (0xffff_ffff_ffff_ffff, true),
    ])]
    #[case::four_levels_hole(FOUR, &[
        (0x0000_8000_0000_0000, false),
        (0x0001_0000_0000_0000, false),
        (0x8000_0000_0000_0000, false),
        (0x7fff_8000_0000_0000, false),
        (0xfffe_8000_0000_0000, false),
        (0xffff_7fff_ffff_ffff, false),
    ])]
    #[case::five_levels(FIVE, &[
        (0x0000_8000_0000_0000, true),
        (0x00ff_ffff_ffff_ffff, true),
        (0x0100_0000_0000_0000, false),
        (0xfeff_ffff_ffff_ffff, false),
        (0xff00_0000_0000_0000, true),
    ])]
    #[case::short_has_no_sign(SHORT, &[
        (0xffff_ffff, true),
        (0x8000_0000, true),
        (0x1_0000_0000, false),
        (0xffff_ffff_8000_0000, false),
    ])]
    fn canonical(#[case] mode: Paging, #[case] rows: &[(u64, bool)]) {
        for &(va, exists) in rows {
            let got = MultiLevelPageTable::is_canonical(&mode, VirtAddr::new(va));
            same(got, exists, format_args!("whether {va:#018x} exists"));
        }
    }

    // Rows: address, its indices in hex from the leaf up.
    #[rstest]
    #[case::four_levels(FOUR, &[
        (0, "0 0 0 0"),
        (0xfff, "0 0 0 0"),
        (0x1000, "1 0 0 0"),
        (0x1f_ffff, "1ff 0 0 0"),
        (0x20_0000, "0 1 0 0"),
        (0x4000_0000, "0 0 1 0"),
        (0x80_0000_0000, "0 0 0 1"),
        (0x80_c0a0_7123, "7 5 3 1"),
    ])]
    #[case::four_levels_ends_of_the_halves(FOUR, &[
        (0x7fff_ffff_ffff, "1ff 1ff 1ff ff"),
        (0xffff_8000_0000_0000, "0 0 0 100"),
        (u64::MAX, "1ff 1ff 1ff 1ff"),
    ])]
    #[case::five_levels(FIVE, &[
        (0x0002_0080_c0a0_7123, "7 5 3 1 2"),
        (0xff00_0000_0000_0000, "0 0 0 0 100"),
    ])]
    #[case::short(SHORT, &[
        (0xc0_7123, "7 3"),
        (0x3f_ffff, "3ff 0"),
        (0x40_0000, "0 1"),
        (0xffff_ffff, "3ff 3ff"),
    ])]
    fn indices(#[case] mode: Paging, #[case] rows: &[(u64, &str)]) {
        for &(va, expected) in rows {
            let index = |level| MultiLevelPageTable::table_index(&mode, VirtAddr::new(va), Level::new(level));
            let indices: Vec<u64> = (0..mode.levels()).map(|level| index(level).as_u64()).collect();
            same(listed(&indices), expected, format_args!("indices of {va:#x}, from the leaf up"));
        }
    }
}

mod reserved {
    use super::*;

    const NX: u64 = 1 << 63;
    /// Address bits 51 to 46.
    const ABOVE_46: u64 = 0x000f_c000_0000_0000;

    // Rows: mode, level, bits of the entry, those of them that are reserved.
    #[rstest]
    #[case::pt(&[
        (FOUR, 0, 0x1, ABOVE_46),
        (FOUR, 0, 0x81, ABOVE_46),
        (FOUR, 0, !0, ABOVE_46),
    ])]
    #[case::pd(&[
        (FOUR, 1, 0x2001, ABOVE_46),
        (FOUR, 1, 0x81, ABOVE_46 | 0x001f_e000),
        (FOUR, 1, !0, ABOVE_46 | 0x001f_e000),
        (FOUR.without_gigabyte_pages(), 1, 0x81, ABOVE_46 | 0x001f_e000),
    ])]
    #[case::pdpt(&[
        (FOUR, 2, 0x1, ABOVE_46),
        (FOUR, 2, 0x81, ABOVE_46 | 0x3fff_e000),
        (FOUR.without_gigabyte_pages(), 2, 0x81, ABOVE_46 | 0x80),
    ])]
    #[case::pml4(&[(FOUR, 3, 0x1, ABOVE_46 | 0x80), (FOUR, 3, 0x81, ABOVE_46 | 0x80)])]
    #[case::five_levels(&[
        (FIVE, 2, 0x81, ABOVE_46 | 0x3fff_e000),
        (FIVE, 3, 0x81, ABOVE_46 | 0x80),
        (FIVE, 4, 0x81, ABOVE_46 | 0x80),
    ])]
    #[case::physical_bits(&[
        (FOUR.with_max_phys_bits(32), 0, 0x1, 0x000f_ffff_0000_0000),
        (FOUR.with_max_phys_bits(51), 1, 0x1, 0x0008_0000_0000_0000),
        (FOUR.with_max_phys_bits(52), 0, !0, 0),
        (FOUR.with_max_phys_bits(52), 1, 0x81, 0x001f_e000),
    ])]
    #[case::no_execute_right(&[
        (FOUR.without_no_execute(), 0, 0x1, ABOVE_46 | NX),
        (FOUR.without_no_execute(), 1, 0x1, ABOVE_46 | NX),
        (FOUR.without_no_execute(), 2, 0x81, ABOVE_46 | NX | 0x3fff_e000),
        (FOUR.without_no_execute(), 3, 0x1, ABOVE_46 | NX | 0x80),
    ])]
    #[case::short(&[
        (SHORT, 0, 0x1, 0),
        (SHORT, 0, 0xffff_ffff, 0),
        (SHORT, 1, 0xffff_ff7f, 0),
        (SHORT, 1, 0x81, 0x003f_e000),
        (SHORT, 1, 0xffff_ffff, 0x003f_e000),
    ])]
    fn mask(#[case] rows: &[(Paging, u8, u64, u64)]) {
        for &(mode, level, bits, expected) in rows {
            let mask = MultiLevelPageTable::reserved_bits(&mode, Level::new(level), bits);
            same(mask, expected, format_args!("reserved bits of {bits:#x} at level {level}"));
        }
    }
}

mod walk {
    use super::*;

    // Rows: tables, entries that are read, physical address.
    #[rstest]
    #[case::four_levels(&[
        (four(), 4, 0x9123),
        (four().va(0x80_c0a0_7000), 4, 0x9000),
        (four().va(0x80_c0a0_7fff), 4, 0x9fff),
    ])]
    #[case::five_levels(&[(five(), 5, 0x9123)])]
    #[case::short(&[(short(), 2, 0x9123)])]
    #[case::lowest_and_highest_frame(&[
        (four().set(0, 0x1), 4, 0x123),
        (four().set(0, 0x3fff_ffff_f001), 4, 0x3fff_ffff_f123),
        (short().set(0, 0xffff_f001), 2, 0xffff_f123),
    ])]
    #[case::two_mebibytes(&[
        (four().set(1, 0x60_0087), 3, 0x60_7123),
        (four().set(1, 0x60_0087).va(0x80_c0bf_ffff), 3, 0x7f_ffff),
        (four().set(1, 0x60_1087), 3, 0x60_7123),
        (five().set(1, 0x60_0087), 4, 0x60_7123),
    ])]
    #[case::one_gibibyte(&[
        (four().set(2, 0x4000_0087), 2, 0x40a0_7123),
        (four().set(2, 0x4000_0087).va(0x80_ffff_ffff), 2, 0x7fff_ffff),
        (four().set(2, 0x4000_1087), 2, 0x40a0_7123),
        (five().set(2, 0x4000_0087), 3, 0x40a0_7123),
    ])]
    #[case::four_mebibytes(&[
        (short().set(1, 0x80_0087), 1, 0x80_7123),
        (short().set(1, 0x80_0087).va(0xff_ffff), 1, 0xbf_ffff),
        (short().set(1, 0x80_1087), 1, 0x80_7123),
        (short().set(1, 0xffc0_0087), 1, 0xffc0_7123),
    ])]
    #[case::bit_7_of_the_last_level_is_pat(&[
        (four().set(0, 0x9087), 4, 0x9123),
        (short().set(0, 0x9087), 2, 0x9123),
    ])]
    #[case::ignored_bits_and_rights(&[
        (four().flip(2, 0x7ff0_0000_0000_0000), 4, 0x9123),
        (four().flip(0, 0x7ff0_0000_0000_0000), 4, 0x9123),
        (four().set(1, 0x7ff0_0000_0060_0e87), 3, 0x60_7123),
        (four().flip(1, 0xf58), 4, 0x9123),
        (four().set(3, 0x8000_0000_0000_2001).set(0, 0x8000_0000_0000_9001), 4, 0x9123),
    ])]
    fn mapped_page(#[case] rows: &[(Built, usize, u64)]) {
        for (built, read_count, address) in rows {
            let (walk, mut m) = built.walk();
            same(walk, built.expect(*read_count, mapped(*address)), format_args!("{built}"));
            let expected: Vec<u64> = built.entries[..*read_count].iter().map(|&(at, _)| at).collect();
            same(reads_alone(&mut m), expected, format_args!("{built}, one read a level"));
        }
    }

    // Rows: tables, entries that are read.
    #[rstest]
    #[case::every_level(&[
        (four().set(3, 0), 1),
        (four().set(2, 0), 2),
        (four().set(1, 0), 3),
        (four().set(0, 0), 4),
        (five().set(4, 0), 1),
        (five().set(3, 0), 2),
    ])]
    #[case::other_bits_set(&[(four().set(2, !1), 2), (four().set(1, 0x60_0086), 3)])]
    #[case::other_bits_set_where_one_is_reserved(&[
        (four().set(3, 1 << 63 | 0x2006).mode(FOUR.without_no_execute()), 1),
        (four().set(0, 1 << 63 | 0x9006).mode(FOUR.without_no_execute()), 4),
        (four().set(1, 1 << 50 | 0x4006), 3),
    ])]
    #[case::short(&[(short().set(1, 0), 1), (short().set(0, 0xffff_fffe), 2)])]
    fn not_present(#[case] rows: &[(Built, usize)]) {
        for (built, read_count) in rows {
            let (walk, mut m) = built.walk();
            same(walk, built.expect(*read_count, WalkEnd::NotPresent), format_args!("{built}"));
            same(reads_alone(&mut m).len(), *read_count, format_args!("reads for {built}"));
        }
    }

    // Rows: tables, entries that are read.
    #[rstest]
    #[case::ps_above_the_largest_page(&[
        (four().flip(3, 0x80), 1),
        (five().flip(4, 0x80), 1),
        (five().flip(3, 0x80), 2),
        (four().set(2, 0x4000_0087).mode(FOUR.without_gigabyte_pages()), 2),
    ])]
    #[case::address_bits_above_the_cpus(&[
        (four().flip(3, 1 << 46), 1),
        (four().flip(2, 1 << 51), 2),
        (four().flip(1, 1 << 46), 3),
        (four().flip(0, 1 << 51), 4),
    ])]
    #[case::address_bits_inside_a_large_page(&[
        (four().set(1, 0x60_2087), 3),
        (four().set(1, 0x70_0087), 3),
        (four().set(2, 0x4000_2087), 2),
        (four().set(2, 0x6000_0087), 2),
    ])]
    #[case::four_mebibytes(&[(short().set(1, 0x80_2087), 1), (short().set(1, 0xa0_0087), 1)])]
    #[case::bit_63_without_execute_right(&[
        (four().flip(3, 1 << 63).mode(FOUR.without_no_execute()), 1),
        (four().flip(0, 1 << 63).mode(FOUR.without_no_execute()), 4),
    ])]
    fn reserved_bit(#[case] rows: &[(Built, usize)]) {
        for (built, read_count) in rows {
            let (walk, mut m) = built.walk();
            same(walk, built.expect(*read_count, WalkEnd::ReservedBit), format_args!("{built}"));
            same(reads_alone(&mut m).len(), *read_count, format_args!("reads for {built}"));
        }
    }

    #[rstest]
    #[case::eight_byte_entries(&[
        four().va(0x0000_8000_0000_0000),
        four().va(0xffff_7fff_ffff_ffff),
        four().va(0x4000_0080_c0a0_7123),
        five().va(0xfe02_0080_c0a0_7123),
    ])]
    #[case::short(&[short().va(0x1_00c0_7123), short().va(0xffff_ffff_00c0_7123)])]
    fn address_that_does_not_exist_reads_nothing(#[case] tables: &[Built]) {
        for built in tables {
            let (walk, mut m) = built.walk();
            same(walk, Walk { steps: vec![], end: WalkEnd::NonCanonical }, format_args!("{built}"));
            same(reads_alone(&mut m), NOTHING, format_args!("reads for {built}"));
        }
    }

    #[test]
    fn last_byte_of_the_space() {
        let four = vec![(0x1ff8, 0x2003), (0x2ff8, 0x3003), (0x3ff8, 0x4003), (0x4ff8, 0x9003)];
        let mut five = vec![(0x1ff8, 0x5003), (0x5ff8, 0x2003)];
        five.extend(&four[1..]);
        let short = vec![(0x1ffc, 0x4003), (0x4ffc, 0x9003)];
        for (mode, va, entries) in
            [(FOUR, u64::MAX, four), (FIVE, u64::MAX, five), (SHORT, 0xffff_ffff, short)]
        {
            let built = Built { mode, va, entries };
            let expected = built.expect(built.entries.len(), mapped(0x9fff));
            same(built.walk().0, expected, format_args!("{built}"));
        }
    }

    #[test]
    fn tables_may_lie_anywhere_even_in_frame_0() {
        let entries = vec![(0x0ff8, 0x1f003), (0x1f000, 0x11003), (0x11000, 0x3003), (0x3000, 0x9003)];
        let built = Built { mode: FOUR, va: 0xffff_ff80_0000_0abc, entries };
        let mut m = built.machine();
        let table = MultiLevelPageTable::from_root(FOUR, Frame::new(0));
        let walk = table.walk(VirtAddr::new(built.va), &mut m.memory);
        assert_eq!(walk, built.expect(4, mapped(0x9abc)));
        assert_eq!(table.root(), Frame::new(0));
    }

    #[test]
    fn one_table_may_serve_several_levels() {
        // A root whose last entry names the root itself: the tables can be seen as pages.
        let built = Built { mode: FOUR, va: 0xffff_ffff_ffff_f010, entries: vec![(0x1ff8, 0x1003)] };
        let (walk, mut m) = built.walk();
        assert_eq!(walk.end, mapped(0x1010));
        assert_eq!(reads_alone(&mut m), [0x1ff8; 4]);
    }

    #[test]
    fn from_root_and_root_touch_no_memory() {
        let built = four();
        let mut m = built.machine();
        let table = built.table();
        assert_eq!(table.root(), Frame::new(1));
        assert_eq!(reads_alone(&mut m), NOTHING);
        // What a walk reads, it reads when it is asked.
        table.walk(VirtAddr::new(built.va), &mut m.memory);
        assert_eq!(reads_alone(&mut m).len(), 4);
    }
}

mod rights {
    use super::*;

    const NX: u64 = 1 << 63;
    /// Their error codes when the page is present, without I/D.
    const CODES: [u32; 6] = [0x5, 0x7, 0x5, 0x1, 0x3, 0x1];
    const FETCH: u32 = 0x10;

    /// The sixteen settings of WP, SMEP, SMAP and NXE.
    fn settings() -> impl Iterator<Item = (Paging, [bool; 4])> {
        (0..16).map(|setting: u32| {
            let on = [0, 1, 2, 3].map(|bit| setting >> bit & 1 == 1);
            let [wp, smep, smap, nxe] = on;
            let mode = if wp { FOUR } else { FOUR.without_write_protect() };
            let mode = if smep { mode.with_smep() } else { mode };
            let mode = if smap { mode.with_smap() } else { mode };
            (if nxe { mode } else { mode.without_no_execute() }, on)
        })
    }

    // A row is a page by its rights, a column an access, in the order of `Access::ALL`. `.` passes, `F` faults,
    // `w` faults if WP is set, `e` if SMEP is, `a` if SMAP is, `A` if WP or SMAP is.
    #[rstest]
    #[case::kernel_page(&[
        (0x9001, "FFF.w."),
        (0x9001 | NX, "FFF.wF"),
        (0x9003, "FFF..."),
        (0x9003 | NX, "FFF..F"),
    ])]
    #[case::user_page(&[
        (0x9005, ".F.aAe"),
        (0x9005 | NX, ".FFaAF"),
        (0x9007, "...aae"),
        (0x9007 | NX, "..FaaF"),
    ])]
    fn truth_table(#[case] rows: &[(u64, &str)]) {
        for &(leaf, row) in rows {
            for (mode, [wp, smep, smap, nxe]) in settings() {
                let built = four().set(0, leaf).mode(mode);
                for ((access, column), mut fault) in Access::ALL.into_iter().zip(row.chars()).zip(CODES) {
                    let (result, mut m) = built.translate(access);
                    let mut faults = match column {
                        '.' => false,
                        'F' => true,
                        'w' => wp,
                        'e' => smep,
                        'a' => smap,
                        'A' => wp || smap,
                        _ => unreachable!("a letter of the table"),
                    };
                    if !nxe && leaf & NX != 0 {
                        // Bit 63 is reserved then, whoever asks.
                        (faults, fault) = (true, fault | 0x8);
                    }
                    if access.is_fetch() && (smep || nxe) {
                        fault |= FETCH;
                    }
                    let expected = if faults { Err(fault) } else { Ok(pa(0x9123)) };
                    let result = result.map_err(|fault| code(built.va, Err(fault)));
                    let asked = format_args!(
                        "{access}, entry {leaf:#x}, WP {wp}, SMEP {smep}, SMAP {smap}, NXE {nxe}"
                    );
                    same(result, expected, asked);
                    if faults {
                        assert_eq!(reads_alone(&mut m), [0x1008, 0x2018, 0x3028, 0x4038]);
                    }
                }
            }
        }
    }

    // One entry on the way denies, all others allow everything.
    // Rows: tables, the level that denies, the right, access, error code.
    #[rstest]
    #[case::user(&[
        (four(), 3, 0x4, Access::USER_READ, 0x5),
        (four(), 2, 0x4, Access::USER_WRITE, 0x7),
        (four(), 1, 0x4, Access::USER_FETCH, 0x15),
        (four(), 0, 0x4, Access::USER_READ, 0x5),
        (five(), 4, 0x4, Access::USER_READ, 0x5),
    ])]
    #[case::write(&[
        (four(), 3, 0x2, Access::USER_WRITE, 0x7),
        (four(), 2, 0x2, Access::SUPERVISOR_WRITE, 0x3),
        (four(), 1, 0x2, Access::USER_WRITE, 0x7),
        (four(), 0, 0x2, Access::SUPERVISOR_WRITE, 0x3),
        (five(), 4, 0x2, Access::USER_WRITE, 0x7),
    ])]
    #[case::fetch(&[
        (four(), 3, NX, Access::USER_FETCH, 0x15),
        (four(), 2, NX, Access::SUPERVISOR_FETCH, 0x11),
        (four(), 1, NX, Access::USER_FETCH, 0x15),
        (four(), 0, NX, Access::SUPERVISOR_FETCH, 0x11),
        (five(), 4, NX, Access::USER_FETCH, 0x15),
    ])]
    #[case::short(&[
        (short(), 1, 0x4, Access::USER_READ, 0x5),
        (short(), 1, 0x2, Access::SUPERVISOR_WRITE, 0x3),
        (short(), 0, 0x4, Access::USER_WRITE, 0x7),
    ])]
    #[case::large_page(&[
        (four().set(1, 0x60_0087), 3, 0x4, Access::USER_READ, 0x5),
        (four().set(1, 0x60_0087), 1, 0x2, Access::USER_WRITE, 0x7),
        (four().set(2, 0x4000_0087), 3, NX, Access::SUPERVISOR_FETCH, 0x11),
        (four().set(2, 0x4000_0087), 2, NX, Access::USER_FETCH, 0x15),
    ])]
    fn one_level_denies(#[case] rows: &[(Built, u8, u64, Access, u32)]) {
        for (built, level, right, access, expected) in rows {
            let before = built.translate(*access).0;
            assert!(before.is_ok(), "{access} at {built}, before the right is taken away: {before:x?}");
            let built = built.clone().flip(*level, *right);
            let got = code(built.va, built.translate(*access).0);
            same(got, *expected, format_args!("{access} at {built}"));
        }
    }

    // SMEP and SMAP guard what user code may reach, and it may reach a page only if every level says so.
    // Rows: tables, access.
    #[rstest]
    #[case::kernel_entry_on_the_way(&[
        (four().flip(3, 0x4).mode(FOUR.with_smap()), Access::SUPERVISOR_WRITE),
        (four().flip(0, 0x4).mode(FOUR.with_smap()), Access::SUPERVISOR_READ),
        (four().flip(2, 0x4).mode(FOUR.with_smep()), Access::SUPERVISOR_FETCH),
    ])]
    #[case::what_smep_and_smap_do_not_bind(&[
        (four().mode(FOUR.with_smep()), Access::SUPERVISOR_WRITE),
        (four().mode(FOUR.with_smap()), Access::SUPERVISOR_FETCH),
        (four().mode(FOUR.with_smap().with_smep()), Access::USER_FETCH),
    ])]
    #[case::no_wp_and_read_only_above(&[
        (four().flip(2, 0x2).mode(FOUR.without_write_protect()), Access::SUPERVISOR_WRITE),
    ])]
    fn supervisor_passes(#[case] rows: &[(Built, Access)]) {
        for (built, access) in rows {
            same(built.translate(*access).0, Ok(pa(0x9123)), format_args!("{access} at {built}"));
        }
    }

    // I/D tells fetches apart only with SMEP, or with 8-byte entries and NXE.
    // Rows: tables, code of a user's fetch, code of the supervisor's.
    #[rstest]
    #[case::nxe_or_smep(&[
        (four(), 0x14, 0x10),
        (four().mode(FOUR.without_no_execute().with_smep()), 0x14, 0x10),
        (short().mode(SHORT.with_smep()), 0x14, 0x10),
    ])]
    #[case::neither(&[
        (four().mode(FOUR.without_no_execute()), 0x4, 0x0),
        (short(), 0x4, 0x0),
    ])]
    fn code_of_a_fetch_that_finds_nothing(#[case] rows: &[(Built, u32, u32)]) {
        for (built, user, supervisor) in rows {
            let built = built.clone().set(0, 0);
            let codes = Access::ALL.map(|access| code(built.va, built.translate(access).0));
            let expected = [0x4, 0x6, *user, 0x0, 0x2, *supervisor];
            same(codes, expected, format_args!("read, write, fetch by user and supervisor at {built}"));
        }
    }

    // Rows: tables, access, error code.
    #[rstest]
    #[case::user(&[
        (four().flip(0, 1 << 50), Access::USER_READ, 0xd),
        (four().flip(1, 1 << 46), Access::USER_WRITE, 0xf),
        (four().flip(3, 0x80), Access::USER_FETCH, 0x1d),
        (short().set(1, 0x80_2087), Access::USER_FETCH, 0xd),
    ])]
    #[case::supervisor(&[
        (four().set(1, 0x60_2087), Access::SUPERVISOR_READ, 0x9),
        (five().flip(4, 0x80), Access::SUPERVISOR_WRITE, 0xb),
        (four().set(2, 0x4002_0087), Access::SUPERVISOR_FETCH, 0x19),
    ])]
    fn code_of_a_reserved_bit(#[case] rows: &[(Built, Access, u32)]) {
        for (built, access, expected) in rows {
            let got = code(built.va, built.translate(*access).0);
            same(got, *expected, format_args!("{access} at {built}"));
        }
    }

    // The first entry that stops the walk decides; rights are looked at when no entry did.
    // Rows: tables, error code of a user's write, entries that are read.
    #[rstest]
    #[case::denied_above(&[
        (four().flip(3, 0x4).set(0, 0), 0x6, 4),
        (four().flip(3, 0x6).flip(1, 1 << 50), 0xf, 3),
    ])]
    #[case::reserved_or_missing_above(&[
        (four().flip(3, 0x80).set(2, 0), 0xf, 1),
        (four().set(3, 0).flip(2, 1 << 50), 0x6, 1),
    ])]
    #[case::all_in_one(&[
        (four().set(1, !1), 0x6, 3),
        (four().set(0, 0x0008_0000_0000_9001), 0xf, 4),
    ])]
    fn order_of_causes(#[case] rows: &[(Built, u32, usize)]) {
        for (built, expected, read_count) in rows {
            let (result, mut m) = built.translate(Access::USER_WRITE);
            same(code(built.va, result), *expected, format_args!("user write at {built}"));
            let asked = format_args!("reads for {built}, none below the entry that decides");
            same(reads_alone(&mut m).len(), *read_count, asked);
        }
    }

    // Rows: tables, physical address, entries that are read.
    #[rstest]
    #[case::small_page(&[
        (four().va(0x80_c0a0_7fff), 0x9fff, 4),
        (five(), 0x9123, 5),
        (short(), 0x9123, 2),
    ])]
    #[case::large_page(&[
        (four().set(1, 0x60_1087).va(0x80_c0bf_ffff), 0x7f_ffff, 3),
        (four().set(2, 0x4000_1087).va(0x80_ffff_ffff), 0x7fff_ffff, 2),
        (short().set(1, 0x80_1087).va(0xff_ffff), 0xbf_ffff, 1),
    ])]
    fn one_read_a_level(#[case] rows: &[(Built, u64, usize)]) {
        for (built, address, read_count) in rows {
            for access in Access::ALL {
                let (result, mut m) = built.translate(access);
                same(result, Ok(pa(*address)), format_args!("{access} at {built}"));
                let expected: Vec<u64> = built.entries[..*read_count].iter().map(|&(at, _)| at).collect();
                same(reads(&m.log().events), expected, format_args!("reads of {access} at {built}"));
            }
        }
    }

    #[rstest]
    #[case::eight_byte_entries(&[
        four().va(0x0000_8080_c0a0_7123),
        four().va(0x8000_0080_c0a0_7123),
        five().va(0x0102_0080_c0a0_7123),
    ])]
    #[case::short(&[short().va(0x1_00c0_7123)])]
    fn address_that_does_not_exist(#[case] tables: &[Built]) {
        for built in tables {
            let (result, mut m) = built.translate(Access::SUPERVISOR_READ);
            same(result, Err(Fault::NonCanonical(VirtAddr::new(built.va))), format_args!("{built}"));
            same(reads_alone(&mut m), NOTHING, format_args!("reads for {built}"));
        }
    }
}

mod used {
    use super::*;

    // Rows: tables, access, the entries then in hex, from the root down.
    #[rstest]
    #[case::read_and_fetch(&[
        (four(), Access::USER_READ, "2027 3027 4027 9027"),
        (four(), Access::USER_FETCH, "2027 3027 4027 9027"),
        (four(), Access::SUPERVISOR_READ, "2027 3027 4027 9027"),
    ])]
    #[case::write(&[
        (four(), Access::USER_WRITE, "2027 3027 4027 9067"),
        (four(), Access::SUPERVISOR_WRITE, "2027 3027 4027 9067"),
        (five(), Access::USER_WRITE, "5027 2027 3027 4027 9067"),
    ])]
    #[case::short(&[
        (short(), Access::USER_READ, "4027 9027"),
        (short(), Access::USER_WRITE, "4027 9067"),
        (short().set(1, 0x80_0087), Access::USER_WRITE, "8000e7 9007"),
    ])]
    #[case::large_page(&[
        (four().set(1, 0x60_0087), Access::USER_READ, "2027 3027 6000a7 9007"),
        (four().set(1, 0x60_0087), Access::USER_WRITE, "2027 3027 6000e7 9007"),
        (four().set(2, 0x4000_0087), Access::USER_WRITE, "2027 400000e7 4007 9007"),
    ])]
    #[case::other_bits_stay(&[
        (four().set(0, 0x7ff0_0000_0000_9f9f), Access::USER_WRITE, "2027 3027 4027 7ff0000000009fff"),
        (four().set(0, 0x9047), Access::USER_READ, "2027 3027 4027 9067"),
    ])]
    #[case::write_without_wp(&[
        (four().set(0, 0x9001).mode(FOUR.without_write_protect()), Access::SUPERVISOR_WRITE, "2027 3027 4027 9061"),
    ])]
    fn success_marks_the_way(#[case] rows: &[(Built, Access, &str)]) {
        for (built, access, expected) in rows {
            let (result, mut m) = built.translate(*access);
            assert!(result.is_ok(), "{access} at {built}: {result:x?}");
            let now = built.bits_now(&m);
            same(listed(&now), *expected, format_args!("the entries after {access} at {built}"));
            let pairs = built.entries.iter().zip(now);
            let changed = pairs.filter(|((_, was), now)| was != now).map(|((at, _), _)| *at);
            let mut changed: Vec<u64> = changed.collect();
            changed.sort_unstable();
            same(written(&mut m), changed, format_args!("where {access} at {built} has written"));
        }
    }

    // Rows: tables, access.
    #[rstest]
    #[case::walk_that_ends_early(&[
        (four().va(0x8000_80c0_a071_2300), Access::USER_READ),
        (four().set(0, 0x9006), Access::USER_WRITE),
        (four().flip(0, 1 << 51), Access::USER_WRITE),
    ])]
    #[case::right_that_is_missing(&[
        (four().flip(0, 0x2), Access::USER_WRITE),
        (four().flip(2, 0x2), Access::SUPERVISOR_WRITE),
        (four().flip(0, 0x4), Access::USER_READ),
        (four().flip(0, 1 << 63), Access::USER_FETCH),
        (short().flip(0, 0x2), Access::USER_WRITE),
    ])]
    #[case::smep_and_smap(&[
        (four().mode(FOUR.with_smep()), Access::SUPERVISOR_FETCH),
        (four().mode(FOUR.with_smap()), Access::SUPERVISOR_WRITE),
    ])]
    fn failure_marks_nothing(#[case] rows: &[(Built, Access)]) {
        for (built, access) in rows {
            let (result, mut m) = built.translate(*access);
            assert!(result.is_err(), "{access} at {built}: {result:x?}");
            same(written(&mut m), NOTHING, format_args!("where {access} at {built} has written"));
        }
    }

    #[test]
    fn bits_that_are_set_are_not_written_again() {
        let small = [(four(), 4, 0x4038), (five(), 5, 0x4038), (short(), 2, 0x401c)];
        let large = [
            (four().set(1, 0x60_0087), 3, 0x3028),
            (four().set(2, 0x4000_0087), 2, 0x2018),
            (five().set(1, 0x60_0087), 4, 0x3028),
            (short().set(1, 0x80_0087), 1, 0x100c),
        ];
        for (built, levels, leaf_at) in small.into_iter().chain(large) {
            let (table, mut m) = (built.table(), built.machine());
            let go = |m: &mut Machine, access| {
                table.translate(VirtAddr::new(built.va), access, &mut m.memory).expect("allowed");
                written(m)
            };
            let first = go(&mut m, Access::USER_READ).len();
            same(first, levels, format_args!("{built}: the first read sets A everywhere"));
            let second = go(&mut m, Access::USER_READ);
            same(second, NOTHING, format_args!("{built}: the second read finds it set"));
            let write = go(&mut m, Access::USER_WRITE);
            same(write, [leaf_at], format_args!("{built}: the first write adds D"));
            same(go(&mut m, Access::USER_WRITE), NOTHING, format_args!("{built}: the second write"));
            same(go(&mut m, Access::USER_READ), NOTHING, format_args!("{built}: a read after it"));
        }
    }

    #[test]
    fn bits_that_the_kernel_clears_are_set_anew() {
        let built = four();
        let (table, mut m) = (built.table(), built.machine());
        let go = |m: &mut Machine| {
            table.translate(VirtAddr::new(built.va), Access::USER_WRITE, &mut m.memory).expect("allowed");
            written(m)
        };
        go(&mut m);
        m.poke(pa(0x4038), 8, 0x9007);
        assert_eq!(go(&mut m), [0x4038]);
        m.poke(pa(0x2018), 8, 0x3007);
        assert_eq!(go(&mut m), [0x2018]);
        assert_eq!(built.bits_now(&m), [0x2027, 0x3027, 0x4027, 0x9067]);
    }

    #[test]
    fn a_4_byte_entry_leaves_its_neighbours_alone() {
        let built = short();
        let mut m = built.machine();
        m.poke(pa(0x4018), 4, 0xaaaa_aaa0);
        m.poke(pa(0x4020), 4, 0x5555_5550);
        let result = built.table().translate(VirtAddr::new(built.va), Access::USER_WRITE, &mut m.memory);
        assert_eq!(result, Ok(pa(0x9123)));
        assert_eq!(m.peek(pa(0x4018)), Some(0x0000_9067_aaaa_aaa0));
        assert_eq!(m.peek(pa(0x4020)), Some(0x0000_0000_5555_5550));
    }
}

mod map {
    use super::*;

    /// What the contract promises of the entry of a fresh page: everything but the bits that are software's own.
    fn promised(bits: u64) -> u64 {
        bits & !FREE_BITS
    }

    /// The entries that a walk to `page` reads, from the root down.
    fn way(table: &MultiLevelPageTable, m: &mut Machine, page: u64) -> Vec<WalkStep> {
        let steps = table.walk(VirtAddr::new(page << 12), &mut m.memory).steps;
        m.log();
        steps
    }

    #[test]
    fn an_empty_table_is_one_clear_frame() {
        for mode in [FOUR, FIVE, SHORT] {
            let (table, mut m) = empty(mode, 8);
            let levels = mode.levels();
            same(m.frames.in_use(), 1, format_args!("frames of a table of {levels} levels"));
            assert!(m.is_allocated(table.root()), "the root of a table of {levels} levels is not allocated");
            let root = table.root().number() * 4096;
            for at in (root..root + 4096).step_by(8) {
                let present = m.peek(pa(at)).map(|bits| bits & 0x0000_0001_0000_0001);
                same(present, Some(0), format_args!("P of the entries at {at:#x}, {levels} levels"));
            }
            same(table.table_bytes(&mut m.memory), 4096, format_args!("bytes of a table of {levels} levels"));
            let state = table.lookup(Page::new(0), &mut m.memory);
            same(state, PageState::Unallocated, format_args!("page 0 of a table of {levels} levels"));
        }
    }

    #[test]
    fn no_frame_for_the_root() {
        let mut m = Machine::new(0, 4096);
        let table = MultiLevelPageTable::new(FOUR, &mut m.memory, &mut m.frames);
        assert_eq!(table.err(), Some(MapError::OutOfFrames));
    }

    // The first page costs every table on its way; the second those that are not there yet.
    // Rows: first page, second page, frames in use after the first, after the second.
    #[rstest]
    #[case::neighbours(FOUR, &[
        (0x0, 0x1ff, 4, 4),
        (0x1ff, 0x200, 4, 5),
        (0x3_ffff, 0x4_0000, 4, 6),
    ])]
    #[case::far_from_each_other(FOUR, &[
        (0x0, 0x7_ffff_ffff, 4, 7),
        (0x0, 0xf_ffff_ffff_ffff, 4, 7),
        (0x7_ffff_ffff, 0xf_fff8_0000_0000, 4, 7),
    ])]
    #[case::five_levels(FIVE, &[(0x0, 0x1, 5, 5), (0xfff_ffff_ffff, 0xf_f000_0000_0000, 5, 9)])]
    #[case::short(SHORT, &[(0x0, 0x3ff, 2, 2), (0x3ff, 0x400, 2, 3), (0x0, 0xf_ffff, 2, 3)])]
    fn tables_on_demand(#[case] mode: Paging, #[case] rows: &[(u64, u64, u64, u64)]) {
        for &(first, second, after_first, after_second) in rows {
            let (mut table, mut m) = empty(mode, 16);
            map(&mut table, &mut m, first, 0x11, rights("rw-u"));
            let size = (m.frames.in_use(), table.table_bytes(&mut m.memory));
            same(size, (after_first, after_first * 4096), format_args!("frames and bytes, page {first:#x}"));
            map(&mut table, &mut m, second, 0x22, rights("r-x-"));
            let size = (m.frames.in_use(), table.table_bytes(&mut m.memory));
            let asked = format_args!("frames and bytes, pages {first:#x} and {second:#x}");
            same(size, (after_second, after_second * 4096), asked);
            let execute = if mode == SHORT { "rwxu" } else { "rw-u" };
            for (page, frame, allowed) in [(first, 0x11, execute), (second, 0x22, "r-x-")] {
                let end = table.walk(VirtAddr::new(page << 12 | 0xabc), &mut m.memory).end;
                same(end, mapped(frame << 12 | 0xabc), format_args!("a walk to page {page:#x}"));
                let state = table.lookup(Page::new(page), &mut m.memory);
                same(state, in_memory(frame, 0, allowed, UNUSED), format_args!("page {page:#x}"));
            }
        }
    }

    // Rows: mode, rights, bits of the entry.
    #[rstest]
    #[case::eight_bytes(&[
        (FOUR, "r---", 0x8000_0000_0001_1001),
        (FOUR, "rw--", 0x8000_0000_0001_1003),
        (FOUR, "r-x-", 0x1_1001),
        (FOUR, "r--u", 0x8000_0000_0001_1005),
        (FOUR, "rwxu", 0x1_1007),
        (FIVE, "rw-u", 0x8000_0000_0001_1007),
    ])]
    #[case::no_execute_right_in_the_mode(&[(FOUR.without_no_execute(), "rw-u", 0x1_1007)])]
    #[case::short(&[(SHORT, "r--u", 0x1_1005), (SHORT, "rwxu", 0x1_1007)])]
    fn the_entry_as_the_cpu_reads_it(#[case] rows: &[(Paging, &str, u64)]) {
        for &(mode, text, expected) in rows {
            let (mut table, mut m) = empty(mode, 8);
            map(&mut table, &mut m, 0x605, 0x11, rights(text));
            let steps = way(&table, &mut m, 0x605);
            let levels = mode.levels();
            same(steps.len(), usize::from(levels), format_args!("reads of a walk, {levels} levels"));
            let bits = promised(steps[steps.len() - 1].bits);
            same(bits, expected, format_args!("the entry of frame 0x11 with {text}, {levels} levels"));
        }
    }

    #[test]
    fn a_page_without_rights_takes_none_from_its_neighbour() {
        for mode in [FOUR, FIVE, SHORT] {
            for [first, second] in [["r---", "rwxu"], ["rwxu", "r---"]] {
                let (mut table, mut m) = empty(mode, 8);
                map(&mut table, &mut m, 0, 0x11, rights(first));
                map(&mut table, &mut m, 1, 0x22, rights(second));
                let free = if first == "rwxu" { 0x000 } else { 0x1000 };
                let asked = format!("page 0 is {first}, page 1 {second}, {} levels", mode.levels());
                for access in [Access::USER_WRITE, Access::USER_FETCH] {
                    let result = table.translate(VirtAddr::new(free), access, &mut m.memory);
                    assert!(result.is_ok(), "{asked}: {access} at {free:#x}: {result:x?}");
                    let result = table.translate(VirtAddr::new(free ^ 0x1000), access, &mut m.memory);
                    assert!(result.is_err(), "{asked}: {access} at {:#x}: {result:x?}", free ^ 0x1000);
                }
            }
        }
    }

    #[test]
    fn new_tables_are_cleared() {
        for (mode, count) in [(FOUR, 0x200), (FIVE, 0x200), (SHORT, 0x400)] {
            let (mut table, mut m) = empty(mode, 8);
            map(&mut table, &mut m, 7, 0x11, rights("rwxu"));
            for level in 0..mode.levels() {
                // The neighbours of every entry on the way to page 7.
                for index in (0..count).filter(|&index| index != if level == 0 { 7 } else { 0 }) {
                    let page = index << (mode.index_bits() * u32::from(level));
                    let sign = if page >> (mode.virtual_bits() - 13) == 0 || mode == SHORT { 0 } else { !0 };
                    let va = page << 12 | sign << (mode.virtual_bits() - 1);
                    let walk = table.walk(VirtAddr::new(va), &mut m.memory);
                    assert_eq!(walk.end, WalkEnd::NotPresent, "{va:#x}, {} levels", mode.levels());
                    let bits = walk.steps.last().map(|step| step.bits);
                    assert_eq!(bits, Some(0), "the entry of {va:#x}, {} levels", mode.levels());
                }
            }
        }
    }

    // Rows: mode, page, frame.
    #[rstest]
    #[case::page_that_is_not_canonical(&[
        (FOUR, 0x8_0000_0000, 0),
        (FOUR, 0xf_fff7_ffff_ffff, 0),
        (FOUR, 0xf_ffff_ffff, 0),
        (FIVE, 0x1000_0000_0000, 0),
        (SHORT, 0x10_0000, 0),
        (SHORT, 0xf_ffff_fff8_0000, 0),
    ])]
    #[case::page_of_more_than_64_bits_of_address(&[
        (FOUR, 1 << 52, 0),
        (FOUR, 0xffff_fff8_0000_0000, 0),
        (FOUR, u64::MAX, 0),
    ])]
    #[case::frame(&[
        (FOUR, 0, 1 << 34),
        (FOUR.with_max_phys_bits(52), 0, 1 << 40),
        (FOUR.with_max_phys_bits(32), 0, 1 << 20),
        (FOUR, 0, 1 << 52),
        (SHORT, 0, 0x10_0000),
    ])]
    fn out_of_range(#[case] rows: &[(Paging, u64, u64)]) {
        for &(mode, page, frame) in rows {
            let (mut table, mut m) = empty(mode, 8);
            let (page, frame) = (Page::new(page), Frame::new(frame));
            let result = table.map(page, frame, rights("rw-u"), &mut m.memory, &mut m.frames);
            let asked = format!("map {page:?} to {frame:?}, {} levels", mode.levels());
            same(result, Err(MapError::OutOfRange { page, frame }), format_args!("{asked}"));
            same(m.frames.in_use(), 1, format_args!("frames in use, {asked}"));
            same(written(&mut m), NOTHING, format_args!("writes, {asked}"));
        }
    }

    #[test]
    fn highest_and_lowest_frame() {
        let highest = [
            (FOUR, 0x3_ffff_ffff),
            (FOUR.with_max_phys_bits(52), 0xff_ffff_ffff),
            (FOUR.with_max_phys_bits(32), 0xf_ffff),
            (SHORT, 0xf_ffff),
        ];
        for (mode, frame) in [(FOUR, 0)].into_iter().chain(highest) {
            let (mut table, mut m) = empty(mode, 8);
            map(&mut table, &mut m, 0, frame, rights("r--u"));
            map(&mut table, &mut m, 1, frame, rights("rw--"));
            for va in [0x123, 0x1123] {
                let end = table.walk(VirtAddr::new(va), &mut m.memory).end;
                same(end, mapped(frame << 12 | 0x123), format_args!("{va:#x}, mapped to frame {frame:#x}"));
            }
        }
    }

    #[test]
    fn a_page_in_memory_is_not_mapped_again() {
        let (mut table, mut m) = empty(FOUR, 8);
        map(&mut table, &mut m, 5, 0x11, rights("r---"));
        m.log();
        let page = Page::new(5);
        let result = table.map(page, Frame::new(0x22), rights("rwxu"), &mut m.memory, &mut m.frames);
        assert_eq!(result, Err(MapError::AlreadyMapped { page }));
        reads_alone(&mut m);
        assert_eq!(table.lookup(page, &mut m.memory), in_memory(0x11, 0, "r---", UNUSED));
        // A frame that no entry can hold is the first thing said.
        let frame = Frame::new(1 << 34);
        let result = table.map(page, frame, rights("rwxu"), &mut m.memory, &mut m.frames);
        assert_eq!(result, Err(MapError::OutOfRange { page, frame }));
    }

    #[test]
    fn what_is_not_present_is_overwritten_whole() {
        let built = four().set(0, 0x7ff0_0000_0012_3f7e);
        let (mut table, mut m) = (built.table(), built.machine());
        assert_eq!(table.lookup(built.page(), &mut m.memory), PageState::Unallocated);
        map(&mut table, &mut m, built.page().number(), 0x9, rights("r-xu"));
        assert_eq!(promised(entry(&m, &FOUR, 0x4038)), 0x9005);
        let built = four().set(2, 0xffff_ffff_ffff_fffe);
        let (mut table, mut m) = (built.table(), built.machine());
        map(&mut table, &mut m, built.page().number(), 0x9, rights("r-xu"));
        assert_eq!(table.walk(VirtAddr::new(built.va), &mut m.memory).end, mapped(0x9123));
    }

    #[test]
    fn entries_that_stand_above_keep_what_they_deny() {
        let built = four().flip(3, 0x2).flip(2, 0x4).flip(1, 1 << 63).set(0, 0);
        let (mut table, mut m) = (built.table(), built.machine());
        map(&mut table, &mut m, built.page().number(), 0x9, rights("rwxu"));
        assert_eq!(built.bits_now(&m)[..3], [0x2005, 0x3003, 0x8000_0000_0000_4007]);
        assert_eq!(table.lookup(built.page(), &mut m.memory), in_memory(0x9, 0, "rwxu", UNUSED));
        let result = table.translate(VirtAddr::new(built.va), Access::SUPERVISOR_WRITE, &mut m.memory);
        assert_eq!(code(built.va, result), 0x3);
    }

    #[test]
    fn lookup_reads_the_entry_and_leaves_it() {
        let entries = [
            (0x9007, "rwxu", UNUSED),
            (0x9027, "rwxu", READ),
            (0x9067, "rwxu", WRITTEN),
            (0x8000_0000_0000_9005, "r--u", UNUSED),
            (0x8000_0000_0000_9003, "rw--", UNUSED),
            (0x7ff0_0000_0000_9f9d, "r-xu", UNUSED),
        ];
        for (bits, text, used) in entries {
            let built = four().flip(3, 0x6).set(0, bits);
            let mut m = built.machine();
            let state = built.table().lookup(built.page(), &mut m.memory);
            same(state, in_memory(0x9, 0, text, used), format_args!("entry {bits:#x}"));
            same(written(&mut m), NOTHING, format_args!("writes of lookup, entry {bits:#x}"));
        }
    }

    #[test]
    fn lookup_finds_nothing() {
        // A hole in the root, and pages that do not exist.
        let pages =
            [(FOUR, 0x1000_0000), (FOUR, 0x8_0000_0000), (FOUR, 1 << 52 | 0x80c_0a07), (SHORT, 0x10_0000)];
        for (mode, page) in pages {
            let mut m = four().machine();
            let table = MultiLevelPageTable::from_root(mode, Frame::new(1));
            let state = table.lookup(Page::new(page), &mut m.memory);
            same(state, PageState::Unallocated, format_args!("page {page:#x}, {} levels", mode.levels()));
        }
    }

    // 64 pages, as far from each other as can be: every one has its own tables, and still they are few.
    #[test]
    fn table_memory_of_a_sparse_space() {
        for (mode, bit, frame_count) in [(FOUR, 39, 1 + 64 * 3), (FIVE, 48, 1 + 64 * 4), (SHORT, 22, 1 + 64)]
        {
            let (mut table, mut m) = empty(mode, 300);
            for number in 0..64 {
                map(&mut table, &mut m, number << bit >> 12, number, rights("rw-u"));
            }
            let size = (m.frames.in_use(), table.table_bytes(&mut m.memory));
            let asked = format_args!("frames and bytes, {} levels", mode.levels());
            same(size, (frame_count, frame_count * 4096), asked);
        }
    }

    #[test]
    fn large_pages_are_no_tables() {
        let built = four().set(1, 0x60_0087);
        let mut m = built.machine();
        // A page of 1 GiB whose address is not in this machine's memory, and a bit 7 in the last level.
        m.poke(pa(0x2020), 8, 0x4000_0087);
        m.poke(pa(0x3030), 8, 0x6007);
        m.poke(pa(0x6000), 8, 0x7087);
        assert_eq!(built.table().table_bytes(&mut m.memory), 4 * 4096);
    }
}

mod out_of_frames {
    use super::*;

    // `free_frames` frames are left when the page is mapped; below `needed` of them the map fails and changes nothing.
    #[rstest]
    #[case::four_levels(FOUR, 3)]
    #[case::five_levels(FIVE, 4)]
    #[case::short(SHORT, 1)]
    fn half_way_down(#[case] mode: Paging, #[case] needed: u64) {
        for free_frames in 0..=needed {
            let (mut table, mut m) = empty(mode, 1 + free_frames);
            let page = Page::new(0x12345);
            let result = table.map(page, Frame::new(9), rights("rw-u"), &mut m.memory, &mut m.frames);
            if free_frames == needed {
                assert_eq!(result, Ok(()));
                continue;
            }
            assert_eq!(result, Err(MapError::OutOfFrames), "with {free_frames} free");
            assert_eq!(m.frames.in_use(), 1, "nothing leaks with {free_frames} free");
            assert_eq!(table.table_bytes(&mut m.memory), 4096);
            let end = table.walk(VirtAddr::new(page.number() << 12), &mut m.memory);
            assert_eq!(
                (end.steps.len(), end.end),
                (1, WalkEnd::NotPresent),
                "no entry of the root has changed"
            );
        }
    }

    #[test]
    fn below_a_table_that_is_there() {
        let built = four().set(1, 0);
        let (mut table, mut m) = (built.table(), built.machine());
        let all: Vec<Frame> = core::iter::from_fn(|| m.frames.allocate()).collect();
        let in_use = m.frames.in_use();
        let result = table.map(built.page(), Frame::new(9), rights("rw-u"), &mut m.memory, &mut m.frames);
        assert_eq!(result, Err(MapError::OutOfFrames));
        assert_eq!((m.frames.in_use(), built.bits_now(&m)), (in_use, vec![0x2007, 0x3007, 0, 0x9007]));
        // One frame given back is enough.
        m.frames.free(all[0]);
        map(&mut table, &mut m, built.page().number(), 9, rights("rw-u"));
        assert_eq!((m.frames.in_use(), built.bits_now(&m)[..2].to_vec()), (in_use, vec![0x2007, 0x3007]));
    }

    #[test]
    fn a_failed_map_can_be_tried_again() {
        let (mut table, mut m) = empty(FOUR, 6);
        let (a, b) = (m.frames.allocate().expect("free"), m.frames.allocate().expect("free"));
        let page = Page::new(0x605);
        m.frames.free(a);
        let hoarded = [m.frames.allocate().expect("free"), m.frames.allocate().expect("free")];
        let result = table.map(page, Frame::new(9), rights("rw-u"), &mut m.memory, &mut m.frames);
        assert_eq!(result, Err(MapError::OutOfFrames), "two frames are left");
        m.frames.free(b);
        map(&mut table, &mut m, 0x605, 9, rights("rw-u"));
        assert_eq!(m.frames.in_use(), 6);
        assert!(hoarded.iter().all(|&frame| m.is_allocated(frame)), "frames of others are not touched");
    }

    #[test]
    fn a_page_whose_tables_are_there_needs_no_frame() {
        let (mut table, mut m) = empty(FOUR, 4);
        map(&mut table, &mut m, 0, 9, rights("rw-u"));
        map(&mut table, &mut m, 0x1ff, 9, rights("rw-u"));
        let mut again = |page, m: &mut Machine| {
            table.map(Page::new(page), Frame::new(9), rights("rw-u"), &mut m.memory, &mut m.frames)
        };
        assert_eq!(again(0x200, &mut m), Err(MapError::OutOfFrames));
        // The other errors come first.
        let page = Page::new(0x1ff);
        assert_eq!(again(0x1ff, &mut m), Err(MapError::AlreadyMapped { page }));
        let (page, frame) = (Page::new(1 << 40), Frame::new(9));
        assert_eq!(again(1 << 40, &mut m), Err(MapError::OutOfRange { page, frame }));
    }
}

mod unmap {
    use super::*;

    fn unmap(table: &mut MultiLevelPageTable, m: &mut Machine, page: u64) -> Result<PageState, PageError> {
        table.unmap(Page::new(page), &mut m.memory, &mut m.frames)
    }

    #[test]
    fn says_what_the_page_was() {
        let entries =
            [(0x9007, "rwxu", UNUSED), (0x8000_0000_0000_9025, "r--u", READ), (0x9063, "rwx-", WRITTEN)];
        for (bits, text, used) in entries {
            let built = four().set(0, bits);
            let (mut table, mut m) = (built.table(), built.machine());
            m.poke(pa(0x4040), 8, 0xa007);
            let was = unmap(&mut table, &mut m, built.page().number());
            same(was, Ok(in_memory(0x9, 0, text, used)), format_args!("entry {bits:#x}"));
            let now = built.bits_now(&m);
            same(now, [0x2007, 0x3007, 0x4007, 0], format_args!("the entries then, the last was {bits:#x}"));
            assert_eq!(entry(&m, &FOUR, 0x4040), 0xa007, "the neighbour stays");
            let again = unmap(&mut table, &mut m, built.page().number());
            same(again, Err(PageError::NotMapped { page: built.page() }), format_args!("a second time"));
        }
    }

    // Rows: mode, page, whether it lies beyond the last.
    #[rstest]
    #[case::hole(&[(FOUR, 0x1000_0000, false), (FOUR, 0x80c_0a08, false)])]
    #[case::page_that_does_not_exist(&[
        (FOUR, 0x8_0000_0000, true),
        (FOUR, 0xf_fff7_ffff_ffff, true),
        (FOUR, 1 << 52 | 0x80c_0a07, true),
        (FOUR, u64::MAX, true),
        (FIVE, 0x1000_0000_0000, true),
        (SHORT, 0x10_0000, true),
    ])]
    fn nothing_to_unmap_or_protect(#[case] rows: &[(Paging, u64, bool)]) {
        for &(mode, page, beyond) in rows {
            let mut m = four().machine();
            let mut table = MultiLevelPageTable::from_root(mode, Frame::new(1));
            let page = Page::new(page);
            let expected =
                if beyond { PageError::OutOfRange { page } } else { PageError::NotMapped { page } };
            let levels = mode.levels();
            let unmapped = unmap(&mut table, &mut m, page.number());
            same(unmapped, Err(expected), format_args!("unmap {page:?}, {levels} levels"));
            let protected = table.protect(page, rights("r---"), &mut m.memory);
            same(protected, Err(expected), format_args!("protect {page:?}, {levels} levels"));
            same(written(&mut m), NOTHING, format_args!("writes, {page:?}, {levels} levels"));
        }
    }

    #[test]
    fn what_is_not_present_is_not_mapped_whatever_its_other_bits() {
        for level in 0..4 {
            let built = four().set(level, !1);
            let (mut table, mut m) = (built.table(), built.machine());
            let expected = PageError::NotMapped { page: built.page() };
            let unmapped = unmap(&mut table, &mut m, built.page().number());
            same(unmapped, Err(expected), format_args!("unmap, {built}"));
            let protected = table.protect(built.page(), rights("r---"), &mut m.memory);
            same(protected, Err(expected), format_args!("protect, {built}"));
            same(written(&mut m), NOTHING, format_args!("writes, {built}"));
        }
    }

    // Rows: first page, second page, frames in use after the first is unmapped, and after the second.
    #[rstest]
    #[case::four_levels(FOUR, &[
        (0x0, 0x1ff, 4, 1),
        (0x1ff, 0x200, 4, 1),
        (0x3_ffff, 0x4_0000, 4, 1),
        (0x0, 0x7_ffff_ffff, 4, 1),
    ])]
    #[case::kernel_keeps_the_tables_below_the_root(FOUR, &[
        (0x0, 0xf_fff8_0000_0000, 4, 2),
        (0xf_fff8_0000_0000, 0xf_ffff_ffff_ffff, 5, 3),
        (0xf_fff8_0000_0000, 0xf_fff8_0000_01ff, 4, 2),
    ])]
    #[case::five_levels(FIVE, &[(0xfff_ffff_ffff, 0x0, 5, 1), (0xf_f000_0000_0000, 0x0, 6, 2)])]
    #[case::short(SHORT, &[
        (0x0, 0x7_ffff, 2, 1),
        (0x8_0000, 0x7_ffff, 3, 2),
        (0xf_fc00, 0xf_ffff, 2, 2),
    ])]
    fn empty_tables_are_freed(#[case] mode: Paging, #[case] rows: &[(u64, u64, u64, u64)]) {
        for &(first, second, after_first, after_second) in rows {
            let (mut table, mut m) = empty(mode, 16);
            map(&mut table, &mut m, first, 0x11, rights("rwxu"));
            map(&mut table, &mut m, second, 0x22, rights("rwxu"));
            let was = unmap(&mut table, &mut m, first);
            same(was, Ok(in_memory(0x11, 0, "rwxu", UNUSED)), format_args!("unmap page {first:#x}"));
            let size = (m.frames.in_use(), table.table_bytes(&mut m.memory));
            let asked = format_args!("frames and bytes without page {first:#x}, with page {second:#x}");
            same(size, (after_first, after_first * 4096), asked);
            let state = table.lookup(Page::new(first), &mut m.memory);
            same(state, PageState::Unallocated, format_args!("page {first:#x}"));
            let state = table.lookup(Page::new(second), &mut m.memory);
            same(state, in_memory(0x22, 0, "rwxu", UNUSED), format_args!("page {second:#x}"));
            let was = unmap(&mut table, &mut m, second);
            same(was, Ok(in_memory(0x22, 0, "rwxu", UNUSED)), format_args!("unmap page {second:#x}"));
            let size = (m.frames.in_use(), table.table_bytes(&mut m.memory));
            let asked = format_args!("frames and bytes without pages {first:#x} and {second:#x}");
            same(size, (after_second, after_second * 4096), asked);
            let end = table.walk(VirtAddr::new(first << 12), &mut m.memory).end;
            same(end, WalkEnd::NotPresent, format_args!("a walk to page {first:#x}"));
        }
    }

    #[test]
    fn a_table_that_names_a_large_page_is_in_use() {
        let built = four();
        let (mut table, mut m) = (built.table(), built.machine());
        m.poke(pa(0x3ff8), 8, 0x60_0087);
        let in_use = m.frames.in_use();
        assert!(unmap(&mut table, &mut m, built.page().number()).is_ok());
        assert_eq!((entry(&m, &FOUR, 0x1008), entry(&m, &FOUR, 0x2018)), (0x2007, 0x3007));
        assert_eq!((entry(&m, &FOUR, 0x3028), entry(&m, &FOUR, 0x3ff8)), (0, 0x60_0087));
        assert_eq!((m.frames.in_use(), m.is_allocated(Frame::new(4))), (in_use - 1, false));
    }

    #[test]
    fn what_is_not_present_keeps_no_table() {
        let built = four();
        let (mut table, mut m) = (built.table(), built.machine());
        m.poke(pa(0x4ff8), 8, 0x1234_5678_9abc_def0);
        assert!(unmap(&mut table, &mut m, built.page().number()).is_ok());
        let allocated = [1, 2, 3, 4].map(|frame| m.is_allocated(Frame::new(frame)));
        assert_eq!(allocated, [true, false, false, false]);
        assert_eq!(entry(&m, &FOUR, 0x1008), 0);
    }

    #[test]
    fn the_last_and_the_first_entry_of_a_table_count() {
        for index in [0u64, 0x1ff] {
            let built = four();
            let (mut table, mut m) = (built.table(), built.machine());
            m.poke(pa(0x4000 + index * 8), 8, 0xa001);
            assert!(unmap(&mut table, &mut m, built.page().number()).is_ok());
            assert_eq!(entry(&m, &FOUR, 0x3028), 0x4007, "entry {index:#x} is in use");
        }
    }

    #[test]
    fn the_page_itself_is_not_freed() {
        let (mut table, mut m) = empty(FOUR, 16);
        let frame = m.frames.allocate().expect("a free frame");
        map(&mut table, &mut m, 5, frame.number(), rights("rw-u"));
        assert!(unmap(&mut table, &mut m, 5).is_ok());
        assert!(m.is_allocated(frame));
        assert_eq!(m.frames.in_use(), 2);
    }

    #[test]
    fn a_page_can_be_mapped_again() {
        let (mut table, mut m) = empty(FOUR, 4);
        for round in 0..3 {
            map(&mut table, &mut m, 0x605 << (9 * round), 0x11, rights("rw-u"));
            assert!(unmap(&mut table, &mut m, 0x605 << (9 * round)).is_ok());
            assert_eq!(m.frames.in_use(), 1, "round {round}");
        }
    }

    // Rows: mode, bits, new rights, bits then.
    #[rstest]
    #[case::rights(&[
        (FOUR, 0x9007, "r-xu", 0x9005),
        (FOUR, 0x9007, "rw-u", 0x8000_0000_0000_9007),
        (FOUR, 0x9007, "rwx-", 0x9003),
        (FOUR, 0x8000_0000_0000_9001, "rwxu", 0x9007),
        (FOUR.without_no_execute(), 0x9007, "r--u", 0x9005),
    ])]
    #[case::other_bits_stay(&[
        (FOUR, 0x9067, "r-xu", 0x9065),
        (FOUR, 0xfff0_3fff_ffff_ffff, "r-x-", 0x7ff0_3fff_ffff_fff9),
        (FOUR, 0x9025, "r-xu", 0x9025),
    ])]
    fn protect_changes_rights_alone(#[case] rows: &[(Paging, u64, &str, u64)]) {
        for &(mode, bits, text, expected) in rows {
            let built = four().mode(mode).set(0, bits);
            let (mut table, mut m) = (built.table(), built.machine());
            let asked = format!("protect entry {bits:#x} with {text}");
            let result = table.protect(built.page(), rights(text), &mut m.memory);
            same(result, Ok(()), format_args!("{asked}"));
            let expected = [0x2007, 0x3007, 0x4007, expected];
            same(built.bits_now(&m), expected, format_args!("the entries then, {asked}"));
            same(m.frames.in_use(), 4, format_args!("frames in use, {asked}"));
        }
    }

    #[test]
    fn protect_in_4_byte_entries() {
        let built = short().set(0, 0xffff_ffff);
        let (mut table, mut m) = (built.table(), built.machine());
        assert_eq!(table.protect(built.page(), rights("r---"), &mut m.memory), Ok(()));
        assert_eq!(m.peek(pa(0x4018)), Some(0xffff_fff9_0000_0000));
    }

    #[test]
    fn protect_raises_what_the_entries_above_allow() {
        let (mut table, mut m) = empty(FOUR, 8);
        map(&mut table, &mut m, 5, 0x11, rights("r---"));
        let write = |table: &MultiLevelPageTable, m: &mut Machine| {
            table.translate(VirtAddr::new(0x5abc), Access::USER_WRITE, &mut m.memory)
        };
        assert_eq!(code(0x5abc, write(&table, &mut m)), 0x7);
        assert_eq!(table.protect(Page::new(5), rights("rw-u"), &mut m.memory), Ok(()));
        assert_eq!(write(&table, &mut m), Ok(pa(0x11abc)));
        assert_eq!(table.protect(Page::new(5), rights("r--u"), &mut m.memory), Ok(()));
        assert_eq!(code(0x5abc, write(&table, &mut m)), 0x7);
        assert_eq!(table.lookup(Page::new(5), &mut m.memory), in_memory(0x11, 0, "r--u", WRITTEN));
    }

    #[test]
    fn protect_leaves_the_entries_above_alone() {
        let built = four().flip(2, 0x6).flip(3, 1 << 63);
        let (mut table, mut m) = (built.table(), built.machine());
        assert_eq!(table.protect(built.page(), rights("rwxu"), &mut m.memory), Ok(()));
        assert_eq!(built.bits_now(&m), [0x8000_0000_0000_2007, 0x3001, 0x4007, 0x9007]);
        let result = table.translate(VirtAddr::new(built.va), Access::USER_WRITE, &mut m.memory);
        assert_eq!(code(built.va, result), 0x7);
    }
}

mod large {
    use super::*;

    fn map_large(
        table: &mut MultiLevelPageTable,
        m: &mut Machine,
        page: u64,
        level: u8,
        frame: u64,
    ) -> Result<(), MapError> {
        let (page, level, frame) = (Page::new(page), Level::new(level), Frame::new(frame));
        table.map_large(page, level, frame, rights("rwxu"), &mut m.memory, &mut m.frames)
    }

    // Rows: mode, page, level, frame, frames in use then, where the first and the last byte of the page lie.
    #[rstest]
    #[case::two_mebibytes(&[
        (FOUR, 0x600, 1, 0x400, 3, 0x40_0000, 0x5f_ffff),
        (FOUR, 0xf_ffff_ffff_fe00, 1, 0, 3, 0, 0x1f_ffff),
        (FOUR.without_gigabyte_pages(), 0, 1, 0x200, 3, 0x20_0000, 0x3f_ffff),
        (FIVE, 0x600, 1, 0x400, 4, 0x40_0000, 0x5f_ffff),
    ])]
    #[case::one_gibibyte(&[
        (FOUR, 0x4_0000, 2, 0x8_0000, 2, 0x8000_0000, 0xbfff_ffff),
        (FIVE, 0x4_0000, 2, 0, 3, 0, 0x3fff_ffff),
    ])]
    #[case::four_mebibytes(&[(SHORT, 0x800, 1, 0xf_fc00, 1, 0xffc0_0000, 0xffff_ffff)])]
    fn maps_every_page_at_once(#[case] rows: &[(Paging, u64, u8, u64, u64, u64, u64)]) {
        for &(mode, page, level, frame, frames_in_use, first, last) in rows {
            let asked = format!("large page {page:#x} at level {level} of {}", mode.levels());
            let (mut table, mut m) = empty(mode, 8);
            same(map_large(&mut table, &mut m, page, level, frame), Ok(()), format_args!("{asked}"));
            let size = (m.frames.in_use(), table.table_bytes(&mut m.memory));
            same(size, (frames_in_use, frames_in_use * 4096), format_args!("frames and bytes, {asked}"));
            let state = in_memory(frame, level, "rwxu", UNUSED);
            let page_count = (last - first + 1) / 4096;
            for inside in [0, 1, page_count - 1] {
                let got = table.lookup(Page::new(page + inside), &mut m.memory);
                same(got, state, format_args!("page {inside:#x} of it, {asked}"));
            }
            let start = VirtAddr::new(page << 12);
            let end = VirtAddr::new((page << 12) + (last - first));
            let read = table.translate(start, Access::USER_READ, &mut m.memory);
            same(read, Ok(pa(first)), format_args!("read at {start}, {asked}"));
            let write = table.translate(end, Access::USER_WRITE, &mut m.memory);
            same(write, Ok(pa(last)), format_args!("write at {end}, {asked}"));
            let used = in_memory(frame, level, "rwxu", WRITTEN);
            let got = table.lookup(Page::new(page), &mut m.memory);
            same(got, used, format_args!("one entry, one A, one D, {asked}"));
        }
    }

    #[test]
    fn the_entry_as_the_cpu_reads_it() {
        let pages = [
            (FOUR, 1, "rw-u", 0x8000_0000_4000_0087),
            (FOUR, 2, "r-x-", 0x4000_0081),
            (SHORT, 1, "r--u", 0x4000_0085),
        ];
        for (mode, level, text, expected) in pages {
            let asked = format!("frame 0x40000 with {text} at level {level} of {}", mode.levels());
            let (mut table, mut m) = empty(mode, 8);
            let (page, level, frame) = (Page::new(0), Level::new(level), Frame::new(0x4_0000));
            let result = table.map_large(page, level, frame, rights(text), &mut m.memory, &mut m.frames);
            same(result, Ok(()), format_args!("{asked}"));
            let last = table.walk(VirtAddr::new(0), &mut m.memory).steps.pop().expect("an entry was read");
            same((last.level, last.bits & !FREE_BITS), (level, expected), format_args!("the entry, {asked}"));
        }
    }

    #[test]
    fn at_the_leaf_it_is_map() {
        let (mut table, mut m) = empty(FOUR, 8);
        assert_eq!(map_large(&mut table, &mut m, 0x605, 0, 0x11), Ok(()));
        assert_eq!(m.frames.in_use(), 4);
        assert_eq!(table.lookup(Page::new(0x605), &mut m.memory), in_memory(0x11, 0, "rwxu", UNUSED));
        let steps = table.walk(VirtAddr::new(0x60_5000), &mut m.memory).steps;
        assert_eq!(steps[3].bits & !FREE_BITS, 0x1_1007, "no PS bit at the leaf");
    }

    const fn no_size(level: u8) -> MapError {
        MapError::NoSuchPageSize { level: Level::new(level) }
    }

    const fn misaligned(page: u64, frame: u64) -> MapError {
        MapError::Misaligned { page: Page::new(page), frame: Frame::new(frame) }
    }

    const fn beyond(page: u64, frame: u64) -> MapError {
        MapError::OutOfRange { page: Page::new(page), frame: Frame::new(frame) }
    }

    // Each row meets the conditions of the errors that come later, too.
    // Rows: mode, page, level, frame, error.
    #[rstest]
    #[case::no_such_size(&[
        (FOUR, 0x1, 3, 0, no_size(3)),
        (FIVE, 0x1, 4, 0, no_size(4)),
        (FOUR.without_gigabyte_pages(), 0, 2, 0, no_size(2)),
        (SHORT, 0, 2, 0, no_size(2)),
    ])]
    #[case::misaligned_page(&[
        (FOUR, 0x8_0000_0001, 1, 0x200, misaligned(0x8_0000_0001, 0x200)),
        (FOUR, 0x100, 1, 0x200, misaligned(0x100, 0x200)),
        (FOUR, 0x200, 2, 0, misaligned(0x200, 0)),
        (SHORT, 0x200, 1, 0, misaligned(0x200, 0)),
    ])]
    #[case::misaligned_frame(&[
        (FOUR, 0x200, 1, 0x201, misaligned(0x200, 0x201)),
        (FOUR, 0x4_0000, 2, 0x2_0000, misaligned(0x4_0000, 0x2_0000)),
        (SHORT, 0, 1, 0x200, misaligned(0, 0x200)),
        (FOUR, 0, 1, 1 << 34 | 1, misaligned(0, 1 << 34 | 1)),
        (SHORT, 0, 1, 0x10_0001, misaligned(0, 0x10_0001)),
    ])]
    #[case::out_of_range(&[
        (FOUR, 0x8_0000_0000, 1, 0x200, beyond(0x8_0000_0000, 0x200)),
        (SHORT, 0x10_0000, 1, 0, beyond(0x10_0000, 0)),
        (FOUR, 0, 1, 1 << 34, beyond(0, 1 << 34)),
        (FOUR, 1, 0, 1 << 34, beyond(1, 1 << 34)),
        (SHORT, 0, 1, 0x10_0000, beyond(0, 0x10_0000)),
    ])]
    #[case::no_frame_for_a_table(&[(FOUR, 0, 1, 0, MapError::OutOfFrames)])]
    fn errors(#[case] rows: &[(Paging, u64, u8, u64, MapError)]) {
        for &(mode, page, level, frame, expected) in rows {
            let asked = format!("page {page:#x} to frame {frame:#x} at level {level} of {}", mode.levels());
            let (mut table, mut m) = empty(mode, 1);
            let result = map_large(&mut table, &mut m, page, level, frame);
            same(result, Err(expected), format_args!("{asked}"));
            same(m.frames.in_use(), 1, format_args!("frames in use, {asked}"));
            same(written(&mut m), NOTHING, format_args!("writes, {asked}"));
        }
    }

    #[test]
    fn out_of_frames_half_way() {
        let (mut table, mut m) = empty(FOUR, 2);
        assert_eq!(map_large(&mut table, &mut m, 0, 1, 0), Err(MapError::OutOfFrames));
        assert_eq!((m.frames.in_use(), table.table_bytes(&mut m.memory)), (1, 4096));
        assert_eq!(map_large(&mut table, &mut m, 0, 2, 0), Ok(()), "a larger page needs a table less");
    }

    // What stands in the way of `page` at `level`, in tables that hold page 0x605 and a large page at 0x40000 and take
    // all frames there are: this is said before that no frame is free.
    // Rows: page, level.
    #[rstest]
    #[case::a_page_and_its_tables(&[(0x605, 0), (0x600, 1), (0x0, 2)])]
    #[case::a_large_page(&[(0x4_0001, 0), (0x4_0000, 0), (0x4_0200, 1), (0x4_0000, 2)])]
    fn already_mapped(#[case] rows: &[(u64, u8)]) {
        for &(page, level) in rows {
            let (mut table, mut m) = empty(FOUR, 4);
            map(&mut table, &mut m, 0x605, 0x11, rights("rw-u"));
            assert_eq!(map_large(&mut table, &mut m, 0x4_0000, 2, 0), Ok(()));
            m.log();
            let expected = Err(MapError::AlreadyMapped { page: Page::new(page) });
            let result = map_large(&mut table, &mut m, page, level, 0);
            same(result, expected, format_args!("map_large, page {page:#x} at level {level}"));
            if level == 0 {
                let frame = Frame::new(9);
                let result = table.map(Page::new(page), frame, rights("r---"), &mut m.memory, &mut m.frames);
                same(result, expected, format_args!("map, page {page:#x}"));
            }
            same(written(&mut m), NOTHING, format_args!("writes, page {page:#x} at level {level}"));
            same(m.frames.in_use(), 4, format_args!("frames in use, page {page:#x} at level {level}"));
        }
    }

    #[test]
    fn a_table_is_in_the_way_even_if_nothing_is_in_it() {
        let rows = [
            (four().set(0, 0), 1),
            (four().set(0, 0x9006), 1),
            (four().set(1, 0), 2),
            (five().set(0, 0), 1),
            (short().set(0, 0), 1),
        ];
        for (built, level) in rows {
            let (mut table, mut m) = (built.table(), built.machine());
            let in_use = m.frames.in_use();
            let of_level = u32::from(level) * built.mode.index_bits();
            let page = built.page().number() >> of_level << of_level;
            let result = map_large(&mut table, &mut m, page, level, 0);
            let expected = Err(MapError::AlreadyMapped { page: Page::new(page) });
            same(result, expected, format_args!("level {level}, {built}"));
            same(written(&mut m), NOTHING, format_args!("writes, {built}"));
            same(m.frames.in_use(), in_use, format_args!("frames in use, {built}"));
        }
    }

    #[test]
    fn once_its_pages_are_gone_a_large_page_fits() {
        let (mut table, mut m) = empty(FOUR, 8);
        map(&mut table, &mut m, 0x605, 0x11, rights("rw-u"));
        map(&mut table, &mut m, 0x800, 0x11, rights("rw-u"));
        assert!(map_large(&mut table, &mut m, 0x600, 1, 0x200).is_err());
        assert!(table.unmap(Page::new(0x605), &mut m.memory, &mut m.frames).is_ok());
        assert_eq!(map_large(&mut table, &mut m, 0x600, 1, 0x200), Ok(()));
        assert_eq!(m.frames.in_use(), 4);
    }

    // Rows: tables, level of the large page's entry, its frame, rights and marks.
    #[rstest]
    #[case::two_mebibytes(&[
        (four().set(1, 0x60_0087), 1, 0x600, "rwxu", UNUSED),
        (four().set(1, 0xfff0_0000_0060_1fe5), 1, 0x600, "r--u", WRITTEN),
    ])]
    #[case::other_sizes(&[
        (four().set(2, 0x4000_10a3), 2, 0x4_0000, "rwx-", READ),
        (four().set(2, 0x8000_0000_4000_0087), 2, 0x4_0000, "rw-u", UNUSED),
        (five().set(2, 0x4000_0087), 2, 0x4_0000, "rwxu", UNUSED),
        (short().set(1, 0x80_1085), 1, 0x800, "r-xu", UNUSED),
    ])]
    fn lookup_answers_for_all_of_it(#[case] rows: &[(Built, u8, u64, &str, Used)]) {
        for (built, level, frame, text, used) in rows {
            let mut m = built.machine();
            let state = built.table().lookup(built.page(), &mut m.memory);
            same(state, in_memory(*frame, *level, text, *used), format_args!("{built}"));
            same(written(&mut m), NOTHING, format_args!("writes of lookup, {built}"));
        }
    }

    // Rows: tables, level of the large page's entry.
    #[rstest]
    #[case::any_page_inside(&[
        (four().set(1, 0x60_0087), 1),
        (four().set(1, 0x60_0087).va(0x80_c0a0_1000), 1),
        (four().set(1, 0x60_0087).va(0x80_c0bf_f000), 1),
    ])]
    #[case::any_size(&[
        (four().set(2, 0x4000_0087), 2),
        (five().set(1, 0x60_0087), 1),
        (short().set(1, 0x80_0087), 1),
    ])]
    fn a_part_of_it_cannot_be_changed(#[case] rows: &[(Built, u8)]) {
        for (built, level) in rows {
            let (mut table, mut m) = (built.table(), built.machine());
            let (page, level) = (built.page(), Level::new(*level));
            let expected = PageError::InsideLargePage { page, level };
            let unmapped = table.unmap(page, &mut m.memory, &mut m.frames);
            same(unmapped, Err(expected), format_args!("unmap, {built}"));
            let protected = table.protect(page, rights("r---"), &mut m.memory);
            same(protected, Err(expected), format_args!("protect, {built}"));
            same(written(&mut m), NOTHING, format_args!("writes, {built}"));
        }
    }

    // Named by its first page; the tables above it, which are empty then, are freed.
    // Rows: tables, level of the large page's entry, its frame, its bits without the right to write, number of tables.
    #[rstest]
    #[case::two_mebibytes(&[
        (four().set(1, 0x60_00c7).va(0x80_c0a0_0000), 1, 0x600, 0x60_00c5, 3),
        (four().set(1, 0x60_11c7).va(0x80_c0a0_0000), 1, 0x600, 0x60_11c5, 3),
    ])]
    #[case::other_sizes(&[
        (four().set(2, 0x4000_00c7).va(0x80_c000_0000), 2, 0x4_0000, 0x4000_00c5, 2),
        (short().set(1, 0x80_00c7).va(0xc0_0000), 1, 0x800, 0x80_00c5, 1),
    ])]
    fn the_whole_of_it_can(#[case] rows: &[(Built, u8, u64, u64, u64)]) {
        for (built, level, frame, read_only, table_count) in rows {
            let (mut table, mut m) = (built.table(), built.machine());
            let leaf = built.entries[built.entries.len() - 1 - usize::from(*level)].0;
            let protected = table.protect(built.page(), rights("r-xu"), &mut m.memory);
            same(protected, Ok(()), format_args!("protect, {built}"));
            same(entry(&m, &built.mode, leaf), *read_only, format_args!("the entry then, {built}"));
            let was = in_memory(*frame, *level, "r-xu", Used { accessed: false, dirty: true });
            let in_use = m.frames.in_use();
            let unmapped = table.unmap(built.page(), &mut m.memory, &mut m.frames);
            same(unmapped, Ok(was), format_args!("unmap, {built}"));
            let freed = in_use - m.frames.in_use();
            same(freed, table_count - 1, format_args!("every table above it but the root is freed, {built}"));
            let steps = table.walk(VirtAddr::new(built.va), &mut m.memory).steps.len();
            same(steps, 1, format_args!("reads of a walk then, {built}"));
            same(table.table_bytes(&mut m.memory), 4096, format_args!("bytes of tables then, {built}"));
        }
    }

    #[test]
    fn a_large_page_of_the_kernel_keeps_the_table_below_the_root() {
        let (mut table, mut m) = empty(FOUR, 8);
        assert_eq!(map_large(&mut table, &mut m, 0xf_ffff_ffff_fe00, 1, 0), Ok(()));
        assert!(table.unmap(Page::new(0xf_ffff_ffff_fe00), &mut m.memory, &mut m.frames).is_ok());
        assert_eq!(m.frames.in_use(), 2);
    }
}

mod spaces {
    use super::*;

    const KERNEL: u64 = 0xf_fff8_0000_0000;

    fn share(table: &MultiLevelPageTable, m: &mut Machine) -> MultiLevelPageTable {
        let space = table.new_sharing_kernel(&mut m.memory, &mut m.frames).expect("a frame for the root");
        m.log();
        space
    }

    // Rows: mode, page of the kernel, page of the user.
    #[rstest]
    #[case::eight_byte_entries(&[
        (FOUR, 0xf_fff8_0000_0000, 0x7_ffff_ffff),
        (FOUR, 0xf_ffff_ffff_ffff, 0),
        (FIVE, 0xf_f000_0000_0000, 0xfff_ffff_ffff),
    ])]
    #[case::short(&[(SHORT, 0x8_0000, 0x7_ffff), (SHORT, 0xf_ffff, 0)])]
    fn the_upper_half_is_shared_and_the_lower_is_not(#[case] rows: &[(Paging, u64, u64)]) {
        for &(mode, kernel, user) in rows {
            let asked = format!("kernel page {kernel:#x}, user page {user:#x}, {} levels", mode.levels());
            let (mut first, mut m) = empty(mode, 16);
            map(&mut first, &mut m, kernel, 0x11, rights("rwx-"));
            map(&mut first, &mut m, user, 0x22, rights("rwxu"));
            let in_use = m.frames.in_use();
            let mut second = share(&first, &mut m);
            assert_ne!(second.root(), first.root(), "{asked}");
            same(m.frames.in_use(), in_use + 1, format_args!("a root is all it takes, {asked}"));
            let state = second.lookup(Page::new(kernel), &mut m.memory);
            same(state, in_memory(0x11, 0, "rwx-", UNUSED), format_args!("the kernel's, {asked}"));
            let state = second.lookup(Page::new(user), &mut m.memory);
            same(state, PageState::Unallocated, format_args!("the user's, {asked}"));
            // The same user page can lie somewhere else in each space.
            map(&mut second, &mut m, user, 0x33, rights("rwxu"));
            for (space, address) in [(&first, 0x22000), (&second, 0x33000)] {
                let result = space.translate(VirtAddr::new(user << 12), Access::USER_READ, &mut m.memory);
                same(result, Ok(pa(address)), format_args!("the user's in both spaces, {asked}"));
            }
        }
    }

    #[test]
    fn shared_tables_are_counted_in_every_space() {
        let (mut first, mut m) = empty(FOUR, 16);
        map(&mut first, &mut m, KERNEL, 0x11, rights("rwx-"));
        map(&mut first, &mut m, 0, 0x22, rights("rwxu"));
        let second = share(&first, &mut m);
        assert_eq!(first.table_bytes(&mut m.memory), 7 * 4096);
        assert_eq!(second.table_bytes(&mut m.memory), 4 * 4096);
        assert_eq!(m.frames.in_use(), 8);
    }

    #[test]
    fn what_one_space_does_to_the_kernel_the_other_sees() {
        let (mut first, mut m) = empty(FOUR, 32);
        map(&mut first, &mut m, KERNEL, 0x11, rights("rwx-"));
        let mut second = share(&first, &mut m);
        // A page in tables that are not there yet, below the shared one.
        map(&mut first, &mut m, KERNEL + 0x4_0000, 0x22, rights("rwx-"));
        assert_eq!(
            second.lookup(Page::new(KERNEL + 0x4_0000), &mut m.memory),
            in_memory(0x22, 0, "rwx-", UNUSED)
        );
        let va = VirtAddr::new(KERNEL << 12);
        assert_eq!(second.translate(va, Access::SUPERVISOR_WRITE, &mut m.memory), Ok(pa(0x11000)));
        assert_eq!(first.lookup(Page::new(KERNEL), &mut m.memory), in_memory(0x11, 0, "rwx-", WRITTEN));
        assert_eq!(second.protect(Page::new(KERNEL), rights("r---"), &mut m.memory), Ok(()));
        assert_eq!(code(va.as_u64(), first.translate(va, Access::SUPERVISOR_WRITE, &mut m.memory)), 0x3);
        for page in [KERNEL, KERNEL + 0x4_0000] {
            assert!(second.unmap(Page::new(page), &mut m.memory, &mut m.frames).is_ok());
            assert_eq!(first.lookup(Page::new(page), &mut m.memory), PageState::Unallocated);
        }
        assert_eq!(m.frames.in_use(), 3, "two roots and the table that both name");
        map(&mut first, &mut m, KERNEL + 1, 0x33, rights("rwx-"));
        assert_eq!(second.lookup(Page::new(KERNEL + 1), &mut m.memory), in_memory(0x33, 0, "rwx-", UNUSED));
    }

    #[test]
    fn root_entries_are_copied_from_the_middle_on() {
        for (built, below, above) in
            [(four(), 0x17f8, 0x1800), (five(), 0x17f8, 0x1800), (short(), 0x17fc, 0x1800)]
        {
            let (table, mut m) = (built.table(), built.machine());
            m.poke(pa(below), built.mode.entry_bytes(), 0xa007);
            m.poke(pa(above), built.mode.entry_bytes(), 0xb023);
            let last = 0x2000 - built.mode.entry_bytes();
            m.poke(pa(last), built.mode.entry_bytes(), 0xc003);
            let root = share(&table, &mut m).root().number() * 4096;
            let copied =
                [0x1000 + 8, below, above, last].map(|at| entry(&m, &built.mode, root + at - 0x1000));
            let levels = built.mode.levels();
            let expected = [0, 0, 0xb023, 0xc003];
            same(copied, expected, format_args!("entries of the new root, {levels} levels"));
        }
    }

    #[test]
    fn a_kernel_of_large_pages_in_the_root() {
        let (mut first, mut m) = empty(SHORT, 8);
        let (page, level, frame) = (Page::new(0xc_0000), Level::new(1), Frame::new(0x400));
        let result = first.map_large(page, level, frame, rights("rwx-"), &mut m.memory, &mut m.frames);
        assert_eq!(result, Ok(()));
        let second = share(&first, &mut m);
        assert_eq!(second.lookup(page, &mut m.memory), in_memory(0x400, 1, "rwx-", UNUSED));
        second.tear_down(&mut m.memory, &mut m.frames);
        assert_eq!(m.frames.in_use(), 1);
        assert_eq!(first.lookup(page, &mut m.memory), in_memory(0x400, 1, "rwx-", UNUSED));
    }

    #[test]
    fn no_frame_for_a_second_root() {
        let (table, mut m) = empty(FOUR, 1);
        let space = table.new_sharing_kernel(&mut m.memory, &mut m.frames);
        assert_eq!(space.err(), Some(MapError::OutOfFrames));
        assert_eq!(m.frames.in_use(), 1);
        reads_alone(&mut m);
    }

    #[test]
    fn the_last_frame_is_enough_for_a_second_root() {
        let (mut first, mut m) = empty(SHORT, 3);
        map(&mut first, &mut m, 0xf_ffff, 0x11, rights("rwx-"));
        let second = share(&first, &mut m);
        assert_eq!(m.frames.in_use(), 3);
        let state = second.lookup(Page::new(0xf_ffff), &mut m.memory);
        assert_eq!(state, in_memory(0x11, 0, "rwx-", UNUSED));
    }

    #[test]
    fn tear_down_frees_the_lower_half() {
        // Pages of the space that ends, page of the kernel, frames in use then.
        let spaces: [(Paging, &[u64], u64, u64); 3] = [
            (FOUR, &[0x0, 0x1, 0x200, 0x4_0000, 0x7_ffff_ffff], KERNEL, 5),
            (FIVE, &[0x0, 0x7_ffff_ffff, 0xfff_ffff_ffff], 0xf_f000_0000_0000, 6),
            (SHORT, &[0x0, 0x1, 0x400, 0x7_ffff], 0x8_0000, 3),
        ];
        for (mode, pages, kernel, in_use) in spaces {
            let levels = mode.levels();
            let (mut first, mut m) = empty(mode, 32);
            map(&mut first, &mut m, kernel, 0x11, rights("rwx-"));
            let mut second = share(&first, &mut m);
            let data = m.frames.allocate().expect("a free frame");
            for &page in pages {
                map(&mut second, &mut m, page, data.number(), rights("rwxu"));
            }
            let root = second.root();
            second.tear_down(&mut m.memory, &mut m.frames);
            assert!(!m.is_allocated(root), "{levels} levels: the root is freed");
            assert!(m.is_allocated(data), "{levels} levels: pages belong to somebody else");
            let asked = format_args!("{levels} levels: the first space's tables are left, and the page");
            same(m.frames.in_use(), in_use, asked);
            let state = first.lookup(Page::new(kernel), &mut m.memory);
            same(
                state,
                in_memory(0x11, 0, "rwx-", UNUSED),
                format_args!("{levels} levels: the kernel's page"),
            );
        }
    }

    #[test]
    fn the_first_space_may_end_first() {
        let (mut first, mut m) = empty(FOUR, 16);
        map(&mut first, &mut m, KERNEL, 0x11, rights("rwx-"));
        map(&mut first, &mut m, 0, 0x22, rights("rwxu"));
        let second = share(&first, &mut m);
        first.tear_down(&mut m.memory, &mut m.frames);
        assert_eq!(m.frames.in_use(), 4);
        assert_eq!(second.walk(VirtAddr::new(KERNEL << 12), &mut m.memory).end, mapped(0x11000));
    }

    // Rows: tables, which of the frames 1 to 4 are in use then.
    #[rstest]
    #[case::large_page_and_what_is_not_present(&[
        (four().set(1, 0x87), [false, false, false, true]),
        (four().set(2, 0x87), [false, false, true, true]),
        (four().set(1, 0x4006), [false, false, false, true]),
    ])]
    #[case::bit_7_in_the_last_level(&[(four().set(0, 0x87), [false, false, false, false])])]
    fn tear_down_follows_tables_alone(#[case] rows: &[(Built, [bool; 4])]) {
        for (built, expected) in rows {
            let mut m = built.machine();
            assert!(m.claim(Frame::new(0)));
            built.table().tear_down(&mut m.memory, &mut m.frames);
            let allocated = [1, 2, 3, 4].map(|frame| m.is_allocated(Frame::new(frame)));
            same(allocated, *expected, format_args!("frames 1 to 4 after the end of {built}"));
            assert!(m.is_allocated(Frame::new(0)), "the page of {built} is freed");
        }
    }
}

#[test]
#[cfg(not(judged))] // The grader plays them itself, a process each.
fn scenarios() {
    testbench::multi_level_walk::snapshots::<MultiLevelPageTable>(|name, trace| {
        insta::assert_snapshot!(name, trace);
    });
}
