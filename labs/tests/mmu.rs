// What an MMU and the kernel beside it promise, one module for each criterion of the lab `mmu`, in the order of its
// steps.
//
// Numbers in the cases: pages and frames by their number, rights as `rwxu`, addresses of pages of 4096 bytes. The TLB
// and the tables are stand-ins: no other lab takes part. Chapter: `mmu.md`.

use labs::mmu::{CachingMmu, MappingKernel};
use machine::{memory::MemoryEvent, prelude::*};
use rstest::rstest;
use testbench::{
    Machine,
    mmu::{GivenTables, GivenTlb, Leaf},
};

const READ: Access = Access::USER_READ;
const WRITE: Access = Access::USER_WRITE;
const KERNEL_READ: Access = Access::SUPERVISOR_READ;
const KERNEL_WRITE: Access = Access::SUPERVISOR_WRITE;

fn rights(text: &str) -> Rights {
    text.parse().expect("the case spells rights as `rwxu`")
}

fn space(number: u16) -> Scope {
    Scope::Space(Asid::new(number))
}

/// An entry of a base page; `marks` is `clean` or `dirty`.
fn entry(page: u64, scope: Scope, frame: u64, allowed: &str, marks: &str) -> TlbEntry {
    let (page, frame, size) = (Page::new(page), Frame::new(frame), PageSize::BASE);
    TlbEntry { page, size, scope, frame, rights: rights(allowed), dirty: marks == "dirty" }
}

/// An entry of a large page of 2^`order` base pages.
fn large(page: u64, order: u8, frame: u64) -> TlbEntry {
    TlbEntry { size: PageSize::of_order(order), ..entry(page, space(1), frame, "rw-u", "clean") }
}

fn fault(address: u64, code: u32) -> String {
    let names = [
        (0x01, ErrorCode::PRESENT),
        (0x02, ErrorCode::WRITE),
        (0x04, ErrorCode::USER),
        (0x10, ErrorCode::FETCH),
    ];
    let set = names.into_iter().filter(|(bit, _)| code & bit != 0);
    let code = set.fold(ErrorCode::NONE, |code, (_, bit)| code.with(bit));
    Fault::Page(PageFault::new(VirtAddr::new(address), code)).to_string()
}

/// A CPU in these cases: its MMU in the space 1, the TLB and the tables that it stands on, and memory.
struct Cpu {
    machine: Machine,
    tables: GivenTables,
    tlb: GivenTlb,
    mmu: CachingMmu,
    /// Spaces 1 and 2.
    spaces: [Space; 2],
}

impl Cpu {
    /// Walks cost `walk_reads` reads; 16 frames for pages, all in use and holding 0.
    fn boot(tagging: Tagging, walk_reads: u64) -> Cpu {
        let asids = if tagging == Tagging::Tagged { [1, 2] } else { [0, 0] };
        Cpu::boot_with(tagging, walk_reads, asids)
    }

    /// The same, and the two spaces have these ASIDs.
    fn boot_with(tagging: Tagging, walk_reads: u64, asids: [u16; 2]) -> Cpu {
        let mut machine = Machine::new(24, 4096);
        let tables = GivenTables::new(&mut machine, 64, walk_reads);
        let spaces = asids.map(|asid| Space { root: tables.new_root(&mut machine), asid: Asid::new(asid) });
        (0..16).for_each(|frame| assert!(machine.claim(Frame::new(frame)), "the tables lie elsewhere"));
        let tlb = GivenTlb::new(1, 8);
        let mmu = CachingMmu::new(tables.paging(), Box::new(tlb.clone()), tagging, spaces[0]);
        Cpu { machine, tables, tlb, mmu, spaces }
    }

    fn new() -> Cpu {
        Cpu::boot(Tagging::Tagged, 1)
    }

    /// Its TLB holds these entries, and no table says anything.
    fn holding(entries: &[TlbEntry]) -> Cpu {
        let mut cpu = Cpu::new();
        cpu.hold(entries);
        cpu
    }

    fn hold(&mut self, entries: &[TlbEntry]) {
        entries.iter().for_each(|&entry| assert_eq!(self.tlb.fill(entry), None, "there is room for {entry}"));
    }

    /// Page 5 lies in frame 2 of space 1, page 8 in frame 4 of all spaces.
    fn with_pages(allowed: &str) -> Cpu {
        let mut cpu = Cpu::new();
        cpu.map(1, 0x5, 0x2, allowed);
        cpu.map_leaf(1, 0x8, 0x4, PageSize::BASE, allowed, true);
        cpu
    }

    fn map(&mut self, space: usize, page: u64, frame: u64, allowed: &str) {
        self.map_leaf(space, page, frame, PageSize::BASE, allowed, false);
    }

    fn map_leaf(&mut self, space: usize, page: u64, frame: u64, size: PageSize, allowed: &str, global: bool) {
        let leaf = Leaf { frame: Frame::new(frame), size, rights: rights(allowed), used: Used::default() };
        let root = self.spaces[space - 1].root;
        self.tables.set(&mut self.machine, root, Page::new(page), leaf, global);
    }

    fn protect(&mut self, page: u64, allowed: &str) {
        let (page, rights) = (Page::new(page), rights(allowed));
        self.tables.protect(&mut self.machine, self.spaces[0], page, rights).expect("the page is mapped");
    }

    fn unmap(&mut self, page: u64) {
        self.tables.unmap(&mut self.machine, self.spaces[0], Page::new(page)).expect("the page is mapped");
    }

    /// `PA:0x…`, or the fault in words.
    fn translate(&mut self, va: u64, access: Access) -> String {
        let result = self.mmu.translate(VirtAddr::new(va), access, &self.tables, &mut self.machine.memory);
        result.map_or_else(|fault| fault.to_string(), |address| address.to_string())
    }

    fn read(&mut self, va: u64) -> Result<u64, String> {
        let (va, walker, memory) = (VirtAddr::new(va), &self.tables, &mut self.machine.memory);
        self.mmu.read(va, Privilege::User, walker, memory).map_err(|fault| fault.to_string())
    }

    fn write(&mut self, va: u64, value: u64) -> Result<(), String> {
        let (va, walker, memory) = (VirtAddr::new(va), &self.tables, &mut self.machine.memory);
        self.mmu.write(va, value, Privilege::User, walker, memory).map_err(|fault| fault.to_string())
    }

    fn cached(&mut self, va: u64, access: Access) -> Option<u64> {
        self.mmu.cached(VirtAddr::new(va), access).map(PhysAddr::as_u64)
    }

    fn look_up(&mut self, va: u64, access: Access) -> Result<u64, TlbTrap> {
        self.mmu.look_up(VirtAddr::new(va), access).map(PhysAddr::as_u64)
    }

    fn handle(&mut self, trap: TlbTrap, va: u64, access: Access) -> Result<(), String> {
        let (va, walker, memory) = (VirtAddr::new(va), &self.tables, &mut self.machine.memory);
        self.mmu.handle(trap, va, access, walker, memory).map_err(|fault| fault.to_string())
    }

    /// The entries of the TLB in words, by page.
    fn entries(&self) -> Vec<String> {
        let mut entries = self.tlb.entries().to_vec();
        entries.sort_by_key(|entry| (entry.page, entry.scope));
        entries.iter().map(ToString::to_string).collect()
    }

    /// What the table of space 1 says of the page.
    fn table(&self, page: u64) -> String {
        self.tables.lookup(self.spaces[0], Page::new(page)).to_string()
    }

    /// How many lookups in the TLB hit and missed so far.
    fn lookups(&self) -> (u64, u64) {
        let counts = self.tlb.counts();
        (counts.hits, counts.misses)
    }

    /// How often the table was walked since the last call.
    fn walks(&self) -> usize {
        self.tables.take_walks().len()
    }
}

/// Step 1: one entry.
mod entry {
    use super::{entry, *};

    // Of the user's read, write, fetch, then the supervisor's: which go through?
    #[rstest]
    #[case::kernels_page(&[
        ("r---", [false, false, false, true, false, false]),
        ("r-x-", [false, false, false, true, false, true]),
        ("rw--", [false, false, false, true, true, false]),
        ("rwx-", [false, false, false, true, true, true]),
    ])]
    #[case::users_page(&[
        ("r--u", [true, false, false, true, false, false]),
        ("r-xu", [true, false, true, true, false, true]),
        ("rw-u", [true, true, false, true, true, false]),
        ("rwxu", [true; 6]),
    ])]
    fn rights_bind_the_user_and_the_kernel(#[case] rows: &[(&str, [bool; 6])]) {
        for (allowed, through) in rows {
            for marks in ["clean", "dirty"] {
                let entry = entry(0x5, space(1), 0x2, allowed, marks);
                let got = Access::ALL.map(|access| CachingMmu::permits(&entry, access));
                assert_eq!(got, *through, "{allowed}, {marks}");
            }
        }
    }

    // Rows: entry, bytes of a page, virtual address, physical address.
    #[rstest]
    #[case::base_page(&[
        (entry(0x5, space(1), 0x2, "rw-u", "clean"), 4096, 0x5000, 0x2000),
        (entry(0x5, space(1), 0x2, "rw-u", "clean"), 4096, 0x5fff, 0x2fff),
        (entry(0x2, space(1), 0x5, "rw-u", "clean"), 4096, 0x2010, 0x5010),
        (entry(0x5, space(1), 0x0, "rw-u", "clean"), 4096, 0x5010, 0x10),
    ])]
    #[case::other_sizes(&[
        (entry(0x5, space(1), 0x2, "rw-u", "clean"), 16, 0x5f, 0x2f),
        (entry(0x5, space(1), 0x2, "rw-u", "clean"), 0x1_0000, 0x5_f010, 0x2_f010),
    ])]
    #[case::large_page(&[
        (large(0x200, 9, 0x400), 4096, 0x20_0000, 0x40_0000),
        (large(0x200, 9, 0x400), 4096, 0x20_1010, 0x40_1010),
        (large(0x200, 9, 0x400), 4096, 0x3f_ffff, 0x5f_ffff),
        (large(0x4_0000, 18, 0x0), 4096, 0x7fff_ffff, 0x3fff_ffff),
    ])]
    #[case::far_up(&[
        (entry(0xf_ffff_ffff_ffff, space(1), 0x2, "rw-u", "clean"), 4096, u64::MAX, 0x2fff),
        (entry(0x5, space(1), 0xff_ffff_ffff, "rw-u", "clean"), 4096, 0x5010, 0xf_ffff_ffff_f010),
    ])]
    fn address_lies_as_far_into_the_frames_as_into_the_page(#[case] rows: &[(TlbEntry, u64, u64, u64)]) {
        for (entry, page_bytes, va, address) in rows {
            let paging = Paging::linear(64, *page_bytes);
            let got = CachingMmu::address_of(entry, &paging, VirtAddr::new(*va));
            assert_eq!(got, PhysAddr::new(*address), "address of {va:#x} by {entry}, pages of {page_bytes}");
        }
    }

    #[rstest]
    #[case::of_one_space(false, false, space(7))]
    #[case::dirty(false, true, space(7))]
    #[case::of_every_space(true, false, Scope::Global)]
    fn what_a_walk_found_is_for_its_space_or_for_all(
        #[case] global: bool,
        #[case] dirty: bool,
        #[case] scope: Scope,
    ) {
        let (page, size, frame) = (Page::new(0x200), PageSize::of_order(9), Frame::new(0x400));
        let rights = rights("r-xu");
        let found = Translation { page, size, frame, rights, global, dirty };
        let made = TlbEntry { page, size, scope, frame, rights, dirty };
        assert_eq!(CachingMmu::entry_of(found, Asid::new(7)), made);
    }
}

/// Step 2: what the TLB answers.
mod cached {
    use super::{entry, *};

    // Rows: access, and where it leads if the entry `page 5: frame 2` lets it through.
    #[rstest]
    #[case::read_only("r--u", "clean", [true, false, false, true, false, false])]
    #[case::writable_but_clean("rw-u", "clean", [true, false, false, true, false, false])]
    #[case::writable_and_dirty("rw-u", "dirty", [true, true, false, true, true, false])]
    #[case::read_only_and_dirty("r--u", "dirty", [true, false, false, true, false, false])]
    #[case::code("r-xu", "clean", [true, false, true, true, false, true])]
    #[case::kernels("rw--", "dirty", [false, false, false, true, true, false])]
    fn entry_that_does_not_let_the_access_through_is_dropped(
        #[case] allowed: &str,
        #[case] marks: &str,
        #[case] through: [bool; 6],
    ) {
        for (access, through) in Access::ALL.into_iter().zip(through) {
            let entries = [
                entry(0x5, space(1), 0x2, allowed, marks),
                entry(0x5, space(2), 0x3, allowed, marks),
                entry(0x6, space(1), 0x4, allowed, marks),
            ];
            let mut cpu = Cpu::holding(&entries);
            assert_eq!(cpu.cached(0x5010, access), through.then_some(0x2010), "{access}");
            assert_eq!(cpu.entries().len(), if through { 3 } else { 2 }, "entries after a {access}");
            assert_eq!(cpu.lookups(), (1, 0), "hits and misses of a {access}");
        }
    }

    #[rstest]
    #[case::nothing_there(&[], None)]
    #[case::other_space(&[entry(0x5, space(2), 0x3, "rw-u", "dirty")], None)]
    #[case::neighbours(&[entry(0x4, space(1), 0x3, "rw-u", "dirty"), entry(0x6, space(1), 0x3, "rw-u", "dirty")], None)]
    #[case::every_space(&[entry(0x5, Scope::Global, 0x3, "rw-u", "dirty")], Some(0x3010))]
    #[case::large_page(&[large(0x4, 2, 0x8)], Some(0x9010))]
    fn entry_of_this_space_or_of_all_answers(#[case] entries: &[TlbEntry], #[case] address: Option<u64>) {
        let mut cpu = Cpu::holding(entries);
        assert_eq!(cpu.cached(0x5010, READ), address);
        assert_eq!(cpu.entries().len(), entries.len(), "a lookup drops nothing");
        assert_eq!(cpu.walks(), 0, "no table is read");
    }

    #[test]
    fn dropped_whatever_its_size_and_scope() {
        let all = |allowed| entry(0x5, Scope::Global, 0x3, allowed, "clean");
        for entry in [large(0x4, 2, 0x8), all("r--u"), all("rw-u")] {
            for access in [WRITE, KERNEL_WRITE] {
                let mut cpu = Cpu::holding(&[entry]);
                assert_eq!(cpu.cached(0x5010, access), None, "{entry}");
                assert_eq!(cpu.entries(), [""; 0], "after {entry}");
            }
        }
    }

    #[rstest]
    #[case::first_page_of_the_upper_half(0xffff_8000_0000_0000)]
    #[case::upper_half(0xffff_8000_0000_5000)]
    #[case::lower_half(0x7fff_0000_5000)]
    #[case::last_page_of_all(0xffff_ffff_ffff_f000)]
    fn every_bit_above_the_offset_is_the_pages(#[case] start: u64) {
        let number = start >> 12;
        let beside = [number ^ 1 << 51, number ^ 1 << 36, number ^ 1 << 32];
        let beside = beside.map(|other| entry(other, space(1), 0x3, "rw-u", "clean"));
        let mut cpu = Cpu::holding(&beside);
        cpu.hold(&[entry(number, space(1), 0x2, "rw-u", "clean")]);
        assert_eq!(cpu.cached(start + 0x10, READ), Some(0x2010));
        assert_eq!(cpu.cached(start + 0x10, WRITE), None);
        assert_eq!((cpu.entries().len(), cpu.cached(start + 0x10, READ)), (3, None), "that one was dropped");
    }

    #[rstest]
    #[case::zero(0x0, 0x1)]
    #[case::of_more_than_8_bits(0x100, 0x0)]
    #[case::of_16_bits(0xf001, 0x1)]
    fn every_bit_of_the_asid_counts(#[case] asid: u16, #[case] other: u16) {
        let mut cpu = Cpu::boot_with(Tagging::Tagged, 1, [asid, other]);
        cpu.hold(&[
            entry(0x5, space(other), 0x3, "rw-u", "clean"),
            entry(0x5, space(asid), 0x2, "rw-u", "clean"),
        ]);
        assert_eq!(cpu.cached(0x5010, READ), Some(0x2010));
        assert_eq!(cpu.cached(0x5010, WRITE), None);
        assert_eq!(cpu.entries(), [format!("page 0x5 asid {other:#x}: frame 0x3 rw-u clean")]);
    }
}

/// Step 3: the walk behind the TLB.
mod translate {
    use super::*;

    #[rstest]
    #[case::one_level(1)]
    #[case::four_levels(4)]
    fn miss_costs_one_walk_and_a_hit_no_memory(#[case] walk_reads: u64) {
        let mut cpu = Cpu::boot(Tagging::Tagged, walk_reads);
        cpu.map(1, 0x5, 0x2, "rw-u");
        cpu.machine.log();
        for (va, reads) in [(0x5010, walk_reads), (0x5010, 0), (0x5fff, 0)] {
            let address = PhysAddr::new(va - 0x3000);
            assert_eq!(cpu.translate(va, READ), address.to_string());
            assert_eq!(cpu.machine.log().read_count, reads, "reads of memory at {va:#x}");
        }
        assert_eq!(cpu.entries(), ["page 0x5 asid 0x1: frame 0x2 rw-u clean"]);
        assert_eq!(cpu.table(0x5), "frame 0x2 rw-u a-");
        assert_eq!((cpu.tlb.counts().fills, cpu.lookups()), (1, (2, 1)));
    }

    // Rows: rights in the table, access, the fault's error code (0: none).
    #[rstest]
    #[case::user_write("r--u", WRITE, 0x07)]
    #[case::user_fetch("rw-u", Access::USER_FETCH, 0x15)]
    #[case::users_read_of_the_kernels("rw--", READ, 0x05)]
    #[case::kernels_write("r--u", KERNEL_WRITE, 0x03)]
    #[case::kernels_fetch("rw-u", Access::SUPERVISOR_FETCH, 0x11)]
    fn only_the_walk_refuses_and_nothing_stays(
        #[case] allowed: &str,
        #[case] access: Access,
        #[case] code: u32,
    ) {
        let mut cpu = Cpu::with_pages(allowed);
        assert_eq!(cpu.translate(0x5123, access), fault(0x5123, code), "with an empty TLB");
        assert_eq!(cpu.entries(), [""; 0]);
        assert_eq!(cpu.table(0x5), format!("frame 0x2 {} --", rights(allowed)));
        cpu.translate(0x5000, KERNEL_READ);
        cpu.walks();
        assert_eq!(cpu.translate(0x5123, access), fault(0x5123, code), "with an entry that refuses");
        assert_eq!((cpu.entries(), cpu.walks()), (vec![], 1));
    }

    #[test]
    fn page_that_is_not_there_is_asked_for_each_time() {
        let mut cpu = Cpu::new();
        assert_eq!(cpu.translate(0x5010, READ), fault(0x5010, 0x04));
        assert_eq!(cpu.translate(0x5010, KERNEL_WRITE), fault(0x5010, 0x02));
        assert_eq!((cpu.walks(), cpu.entries()), (2, vec![]));
        cpu.map(1, 0x5, 0x2, "rw-u");
        assert_eq!(cpu.translate(0x5010, READ), "PA:0x2010");
    }

    #[test]
    fn raised_right_is_found_by_a_walk() {
        let mut cpu = Cpu::with_pages("r--u");
        cpu.translate(0x5000, READ);
        cpu.protect(0x5, "rwxu");
        assert_eq!(cpu.translate(0x5010, Access::USER_FETCH), "PA:0x2010");
        assert_eq!(cpu.entries(), ["page 0x5 asid 0x1: frame 0x2 rwxu clean"]);
        assert_eq!(cpu.walks(), 2);
    }

    #[test]
    fn entry_answers_until_it_is_dropped_whatever_the_table_says() {
        let mut cpu = Cpu::with_pages("rw-u");
        cpu.translate(0x5000, WRITE);
        cpu.walks();
        cpu.unmap(0x5);
        assert_eq!(cpu.translate(0x5010, WRITE), "PA:0x2010");
        assert_eq!(cpu.walks(), 0);
        assert_eq!(cpu.translate(0x5010, Access::USER_FETCH), fault(0x5010, 0x14));
        assert_eq!(cpu.entries(), [""; 0]);
    }

    #[test]
    fn global_page_is_cached_for_every_space() {
        let mut cpu = Cpu::with_pages("rw-u");
        assert_eq!(cpu.translate(0x8010, READ), "PA:0x4010");
        assert_eq!(cpu.entries(), ["page 0x8 global: frame 0x4 rw-u clean"]);
    }

    #[test]
    fn large_page_needs_one_walk_for_all_its_pages() {
        let mut cpu = Cpu::new();
        cpu.map_leaf(1, 0x4, 0x8, PageSize::of_order(2), "rw-u", false);
        assert_eq!(cpu.translate(0x6010, READ), "PA:0xa010");
        assert_eq!(cpu.translate(0x4000, READ), "PA:0x8000");
        assert_eq!(cpu.translate(0x7fff, READ), "PA:0xbfff");
        assert_eq!(cpu.walks(), 1);
        assert_eq!(cpu.translate(0x3fff, READ), fault(0x3fff, 0x04));
        assert_eq!(cpu.entries(), ["page 0x4 asid 0x1: frame 0x8 rw-u clean (0x4 pages)"]);
    }
}

/// Step 3: D is set in the table before a write goes through.
mod dirty {
    use super::*;

    // Rows: access, walks that it costs, A and D in the table after it, the entry.
    #[rstest]
    #[case::read_then_write(&[(READ, 1, "a-", "clean"), (WRITE, 1, "ad", "dirty"), (WRITE, 0, "ad", "dirty")])]
    #[case::write_at_once(&[(WRITE, 1, "ad", "dirty"), (WRITE, 0, "ad", "dirty"), (READ, 0, "ad", "dirty")])]
    #[case::reads_never(&[(READ, 1, "a-", "clean"), (KERNEL_READ, 0, "a-", "clean"), (READ, 0, "a-", "clean")])]
    #[case::kernels_write(&[(READ, 1, "a-", "clean"), (KERNEL_WRITE, 1, "ad", "dirty"), (WRITE, 0, "ad", "dirty")])]
    #[case::refused(&[(READ, 1, "a-", "clean"), (Access::USER_FETCH, 1, "a-", ""), (READ, 1, "a-", "clean")])]
    fn first_write_walks_and_the_next_does_not(#[case] rows: &[(Access, usize, &str, &str)]) {
        let mut cpu = Cpu::with_pages("rw-u");
        for (number, (access, walks, used, marks)) in rows.iter().enumerate() {
            cpu.translate(0x5010, *access);
            let asked = format!("access {number}, a {access}");
            assert_eq!(cpu.walks(), *walks, "walks of {asked}");
            assert_eq!(cpu.table(0x5), format!("frame 0x2 rw-u {used}"), "table after {asked}");
            let entries = if marks.is_empty() {
                vec![]
            } else {
                vec![format!("page 0x5 asid 0x1: frame 0x2 rw-u {marks}")]
            };
            assert_eq!(cpu.entries(), entries, "TLB after {asked}");
        }
    }

    #[test]
    fn page_that_others_have_written_is_dirty_in_the_first_entry() {
        let mut cpu = Cpu::with_pages("rw-u");
        cpu.translate(0x5010, WRITE);
        cpu.tlb.clone().flush(Flush::All);
        cpu.translate(0x5010, READ);
        assert_eq!(cpu.entries(), ["page 0x5 asid 0x1: frame 0x2 rw-u dirty"]);
    }

    #[test]
    fn write_through_a_clean_entry_faults_if_the_table_forbids_it_by_now() {
        let mut cpu = Cpu::with_pages("rw-u");
        cpu.translate(0x5010, READ);
        cpu.protect(0x5, "r--u");
        assert_eq!(cpu.translate(0x5010, WRITE), fault(0x5010, 0x07));
        assert_eq!((cpu.entries(), cpu.table(0x5)), (vec![], "frame 0x2 r--u a-".into()));
    }
}

/// Step 4: accesses of two pages.
mod straddle {
    use super::*;

    /// Pages 5, 6 and 7 in frames 6, 2 and 3; every 4 bytes of memory hold their own physical address.
    fn three_pages() -> Cpu {
        let mut cpu = Cpu::new();
        for (page, frame) in [(0x5, 0x6), (0x6, 0x2), (0x7, 0x3)] {
            cpu.map(1, page, frame, "rw-u");
        }
        for at in (0..0x1_0000).step_by(4) {
            cpu.machine.poke(PhysAddr::new(at), 4, at);
        }
        cpu
    }

    #[rstest]
    #[case::start_of_a_page(0x5000, 0x6004_0000_6000, 1)]
    #[case::inside(0x5014, 0x6018_0000_6014, 1)]
    #[case::end_of_a_page(0x5ff8, 0x6ffc_0000_6ff8, 1)]
    #[case::two_pages(0x5ffc, 0x2000_0000_6ffc, 2)]
    #[case::frames_that_follow_one_another(0x6ffc, 0x3000_0000_2ffc, 2)]
    fn halves_come_from_where_their_pages_lie(#[case] va: u64, #[case] value: u64, #[case] lookups: u64) {
        let mut cpu = three_pages();
        assert_eq!(cpu.read(va), Ok(value));
        assert_eq!(cpu.lookups(), (0, lookups), "hits and misses of the read");
        assert_eq!(cpu.write(va, 0xaaaa_aaaa_bbbb_bbbb), Ok(()));
        assert_eq!(cpu.lookups(), (lookups, lookups), "hits and misses after the write");
        let halves = [value as u32, (value >> 32) as u32].map(u64::from);
        let now = halves.map(|at| cpu.machine.peek_entry(PhysAddr::new(at), 4));
        assert_eq!(now, [Some(0xbbbb_bbbb), Some(0xaaaa_aaaa)]);
        let stored = cpu.machine.log().events.len();
        assert_eq!(cpu.read(va), Ok(0xaaaa_aaaa_bbbb_bbbb));
        assert!(stored > 0, "memory sees the stores");
    }

    // Rows: rights of page 5 and of page 6 (`-`: not there), the fault of a write at 0x5ffc, marks of page 5 after it.
    #[rstest]
    #[case::second_is_read_only("rw-u", "r--u", 0x6000, 0x07, "ad")]
    #[case::second_is_not_there("rw-u", "-", 0x6000, 0x06, "ad")]
    #[case::first_is_read_only("r--u", "rw-u", 0x5ffc, 0x07, "--")]
    #[case::both_refuse("r--u", "r--u", 0x5ffc, 0x07, "--")]
    fn fault_in_either_page_leaves_no_half_done_write(
        #[case] first: &str,
        #[case] second: &str,
        #[case] address: u64,
        #[case] code: u32,
        #[case] used: &str,
    ) {
        let mut cpu = three_pages();
        cpu.protect(0x5, first);
        if second == "-" {
            cpu.unmap(0x6)
        } else {
            cpu.protect(0x6, second)
        }
        assert_eq!(cpu.write(0x5ffc, 0xaaaa_aaaa_bbbb_bbbb), Err(fault(address, code)));
        let halves = [0x6ffc, 0x2000].map(|at| cpu.machine.peek_entry(PhysAddr::new(at), 4));
        assert_eq!(halves, [Some(0x6ffc), Some(0x2000)], "memory");
        assert_eq!(cpu.table(0x5), format!("frame 0x6 {} {used}", rights(first)));
    }

    #[test]
    fn fault_of_a_read_names_the_first_byte_in_its_page() {
        for (gone, address) in [(0x6, 0x6000), (0x5, 0x5ffc)] {
            let mut cpu = three_pages();
            cpu.unmap(gone);
            assert_eq!(cpu.read(0x5ffc), Err(fault(address, 0x04)));
        }
    }

    #[rstest]
    #[case::both_are_there(true)]
    #[case::upper_page_is_not_there(false)]
    fn nothing_is_loaded_before_both_pages_are_known(#[case] both: bool) {
        let mut cpu = three_pages();
        if !both {
            cpu.unmap(0x6);
        }
        cpu.machine.log();
        assert_eq!(cpu.read(0x5ffc).is_ok(), both);
        let events = cpu.machine.log().events;
        let of_a_page = |event: &MemoryEvent| match event {
            MemoryEvent::Read { at, .. } | MemoryEvent::Write { at, .. } => at.as_u64() < 0x1_0000,
            _ => false,
        };
        let known = events.iter().rposition(|event| !of_a_page(event)).expect("the tables are read");
        assert!(!events[..known].iter().any(of_a_page), "the tables are read first: {events:?}");
        assert_eq!(events.iter().any(of_a_page), both, "{events:?}");
    }

    #[test]
    fn kernel_reads_its_own_page() {
        let mut cpu = three_pages();
        cpu.protect(0x6, "rw--");
        let (va, memory) = (VirtAddr::new(0x5ffc), &mut cpu.machine.memory);
        assert_eq!(cpu.mmu.read(va, Privilege::Supervisor, &cpu.tables, memory), Ok(0x2000_0000_6ffc));
        assert_eq!(cpu.mmu.write(va, 7, Privilege::Supervisor, &cpu.tables, memory), Ok(()));
        assert_eq!(cpu.read(0x5ffc), Err(fault(0x6000, 0x05)));
    }

    /// Translates each page to the frame of its two lowest bits.
    #[derive(Debug)]
    struct Wrapped;

    impl PageWalker for Wrapped {
        fn walk(
            &self,
            _: Frame,
            va: VirtAddr,
            _: Access,
            _: &mut PhysicalMemory,
        ) -> Result<Translation, Fault> {
            let page = Page::new(va.as_u64() >> 12);
            let (frame, size) = (Frame::new(page.number() & 3), PageSize::BASE);
            Ok(Translation { page, size, frame, rights: rights("rw-u"), global: false, dirty: true })
        }
    }

    #[test]
    fn after_the_highest_address_comes_address_0() {
        let mut cpu = three_pages();
        let va = VirtAddr::new(u64::MAX - 3);
        let read = cpu.mmu.read(va, Privilege::User, &Wrapped, &mut cpu.machine.memory);
        assert_eq!(read, Ok(0x0000_0000_0000_3ffc));
    }
}

/// Step 5: context switches.
mod switch {
    use super::{entry, *};

    fn visit_both(tagging: Tagging) -> Cpu {
        let mut cpu = Cpu::boot(tagging, 1);
        cpu.map(1, 0x5, 0x2, "rw-u");
        cpu.map(2, 0x5, 0x3, "rw-u");
        cpu.map_leaf(1, 0x8, 0x4, PageSize::BASE, "rw-u", true);
        assert_eq!(cpu.translate(0x5000, READ), "PA:0x2000");
        assert_eq!(cpu.translate(0x8000, READ), "PA:0x4000");
        cpu.mmu.switch_to(cpu.spaces[1]);
        cpu
    }

    #[rstest]
    #[case::untagged(Tagging::Untagged, &["page 0x8 global: frame 0x4 rw-u clean"])]
    #[case::tagged(Tagging::Tagged, &[
        "page 0x5 asid 0x1: frame 0x2 rw-u clean",
        "page 0x8 global: frame 0x4 rw-u clean",
    ])]
    fn switch_drops_what_nothing_tells_apart(#[case] tagging: Tagging, #[case] left: &[&str]) {
        let mut cpu = visit_both(tagging);
        assert_eq!(cpu.entries(), left);
        assert_eq!(cpu.mmu.space(), cpu.spaces[1]);
        cpu.walks();
        assert_eq!(cpu.translate(0x5000, READ), "PA:0x3000", "from the other table");
        assert_eq!(cpu.translate(0x8000, READ), "PA:0x4000");
        assert_eq!(cpu.walks(), 1);
    }

    #[rstest]
    #[case::untagged(Tagging::Untagged, 1)]
    #[case::tagged(Tagging::Tagged, 0)]
    fn way_back_costs_walks_only_without_tags(#[case] tagging: Tagging, #[case] walks: usize) {
        let mut cpu = visit_both(tagging);
        cpu.walks();
        cpu.mmu.switch_to(cpu.spaces[0]);
        assert_eq!(cpu.translate(0x5000, READ), "PA:0x2000");
        assert_eq!(cpu.walks(), walks);
    }

    #[rstest]
    #[case::from_asid_0([0, 1])]
    #[case::to_asid_0([1, 0])]
    #[case::of_more_than_8_bits([0x101, 0x1])]
    #[case::of_another_table([3, 3])]
    fn switch_with_tags_drops_nothing_whatever_the_asids(#[case] asids: [u16; 2]) {
        let mut cpu = Cpu::boot_with(Tagging::Tagged, 1, asids);
        cpu.map(1, 0x5, 0x2, "rw-u");
        cpu.map(2, 0x6, 0x3, "rw-u");
        assert_eq!(cpu.translate(0x5000, READ), "PA:0x2000");
        cpu.mmu.switch_to(cpu.spaces[1]);
        assert_eq!(cpu.translate(0x6000, READ), "PA:0x3000");
        cpu.mmu.switch_to(cpu.spaces[0]);
        assert_eq!(cpu.entries().len(), 2);
    }

    #[rstest]
    #[case::untagged(Tagging::Untagged, 1)]
    #[case::tagged(Tagging::Tagged, 2)]
    fn switch_to_the_same_space_is_a_switch(#[case] tagging: Tagging, #[case] left: usize) {
        let mut cpu = visit_both(tagging);
        cpu.mmu.switch_to(cpu.spaces[0]);
        cpu.translate(0x5000, READ);
        cpu.mmu.switch_to(cpu.spaces[0]);
        assert_eq!(cpu.entries().len(), left);
    }

    #[rstest]
    #[case::page(Flush::Page { page: Page::new(0x5), asid: Asid::new(1) }, 1)]
    #[case::page_of_another_space(Flush::Page { page: Page::new(0x6), asid: Asid::new(1) }, 0)]
    #[case::global_page(Flush::Page { page: Page::new(0x8), asid: Asid::new(1) }, 1)]
    #[case::space(Flush::Space(Asid::new(2)), 2)]
    #[case::all_but_global(Flush::AllButGlobal, 3)]
    #[case::all(Flush::All, 4)]
    fn invalidate_drops_what_it_is_told(#[case] what: Flush, #[case] dropped: u64) {
        let mut cpu = Cpu::holding(&[
            entry(0x5, space(1), 0x2, "rw-u", "clean"),
            entry(0x5, space(2), 0x3, "rw-u", "clean"),
            entry(0x6, space(2), 0x5, "rw-u", "clean"),
            entry(0x8, Scope::Global, 0x4, "rw-u", "clean"),
        ]);
        assert_eq!(cpu.mmu.invalidate(what), dropped);
        assert_eq!(cpu.entries().len() as u64, 4 - dropped);
    }
}

/// Step 6: shootdowns.
mod shootdown {
    use super::*;

    /// A machine that notes what the kernel does. One page of 64 is mapped: page 5, to frame 2.
    #[derive(Debug)]
    struct Desk {
        cpus: u64,
        mapping: Mapping,
        done: Vec<String>,
    }

    const SPACE: Space = Space { root: Frame::new(0x30), asid: Asid::new(0x107) };

    fn desk(cpus: u64, allowed: &str, used: Used) -> Desk {
        let mapping = Mapping { frame: Frame::new(0x2), level: Level::LEAF, rights: rights(allowed), used };
        Desk { cpus, mapping, done: vec![] }
    }

    impl Desk {
        fn change(&mut self, space: Space, page: Page) -> Result<Mapping, PageError> {
            assert_eq!(space, SPACE);
            match page.number() {
                0x5 => {
                    self.done.push("table".into());
                    Ok(self.mapping)
                }
                0..0x40 => Err(PageError::NotMapped { page }),
                _ => Err(PageError::OutOfRange { page }),
            }
        }

        /// What was done, the CPUs of one flush in order.
        fn done(&self) -> String {
            let mut done = self.done.clone();
            for run in done.chunk_by_mut(|a, b| a.starts_with("flush") && b.starts_with("flush")) {
                run.sort();
            }
            done.join("; ")
        }

        /// The same, if a CPU was told. If none was, it is all one whether a table that stays as it is was written.
        fn told(&self) -> String {
            let done = self.done();
            if done == "table" { String::new() } else { done }
        }
    }

    impl Platform for Desk {
        fn cpu_count(&self) -> u64 {
            self.cpus
        }

        fn lookup(&mut self, space: Space, page: Page) -> PageState {
            assert_eq!(space, SPACE);
            if page == Page::new(0x5) { PageState::InMemory(self.mapping) } else { PageState::Unallocated }
        }

        fn unmap(&mut self, space: Space, page: Page) -> Result<Mapping, PageError> {
            self.change(space, page)
        }

        fn protect(&mut self, space: Space, page: Page, rights: Rights) -> Result<(), PageError> {
            self.change(space, page)?;
            self.mapping.rights = rights;
            Ok(())
        }

        fn clear_used(&mut self, space: Space, page: Page) -> Result<Used, PageError> {
            let used = self.change(space, page)?.used;
            self.mapping.used = Used::default();
            Ok(used)
        }

        fn flush(&mut self, cpu: machine::mmu::Cpu, what: Flush) {
            self.done.push(format!("flush {what} on {cpu}"));
        }

        fn free(&mut self, frame: Frame) {
            self.done.push(format!("free {frame:?}"));
        }
    }

    const USED: Used = Used { accessed: true, dirty: true };

    #[rstest]
    #[case::one_cpu(1, &["cpu 0"])]
    #[case::three_cpus(3, &["cpu 0", "cpu 1", "cpu 2"])]
    #[case::six_cpus(6, &["cpu 0", "cpu 1", "cpu 2", "cpu 3", "cpu 4", "cpu 5"])]
    fn unmap_changes_the_table_then_every_tlb_then_frees(#[case] cpus: u64, #[case] flushed: &[&str]) {
        let mut desk = desk(cpus, "rw-u", USED);
        let was = desk.mapping;
        assert_eq!(MappingKernel::unmap(SPACE, Page::new(0x5), &mut desk), Ok(was));
        let flushes: String =
            flushed.iter().map(|cpu| format!("flush page 0x5 of asid 0x107 on {cpu}; ")).collect();
        assert_eq!(desk.done(), format!("table; {flushes}free PFN:0x2"));
    }

    // Rows: rights before and after, and whether the CPUs are stopped.
    #[rstest]
    #[case::raised(&[
        ("r---", "rwxu", false),
        ("r--u", "rw-u", false),
        ("rw--", "rwx-", false),
        ("rwx-", "rwxu", false),
    ])]
    #[case::lowered(&[("rwxu", "r---", true), ("rw-u", "r--u", true), ("r-xu", "r--u", true), ("r--u", "r---", true)])]
    #[case::both(&[("rw-u", "r-xu", true), ("r-x-", "rw--", true), ("rw-u", "rwx-", true), ("rwx-", "r-xu", true)])]
    #[case::same(&[("rw-u", "rw-u", false), ("r---", "r---", false)])]
    fn protect_flushes_if_a_right_was_taken_away(#[case] rows: &[(&str, &str, bool)]) {
        for (before, after, flushed) in rows {
            let mut desk = desk(2, before, USED);
            assert_eq!(MappingKernel::protect(SPACE, Page::new(0x5), rights(after), &mut desk), Ok(()));
            assert_eq!(desk.mapping.rights, rights(after));
            let flushes =
                "table; flush page 0x5 of asid 0x107 on cpu 0; flush page 0x5 of asid 0x107 on cpu 1";
            assert_eq!(desk.told(), if *flushed { flushes } else { "" }, "from {before} to {after}");
        }
    }

    #[rstest]
    #[case::both(USED, true)]
    #[case::accessed(Used { accessed: true, dirty: false }, true)]
    #[case::dirty(Used { accessed: false, dirty: true }, true)]
    #[case::neither(Used { accessed: false, dirty: false }, false)]
    fn clearing_a_mark_flushes(#[case] used: Used, #[case] flushed: bool) {
        let mut desk = desk(1, "rw-u", used);
        assert_eq!(MappingKernel::clear_used(SPACE, Page::new(0x5), &mut desk), Ok(used));
        assert_eq!(desk.mapping.used, Used::default());
        assert_eq!(desk.told(), if flushed { "table; flush page 0x5 of asid 0x107 on cpu 0" } else { "" });
    }

    #[test]
    fn what_fails_disturbs_nobody() {
        let mut desk = desk(2, "rw-u", USED);
        let (hole, beyond) = (Page::new(0x6), Page::new(0x40));
        let refused =
            [(hole, PageError::NotMapped { page: hole }), (beyond, PageError::OutOfRange { page: beyond })];
        for (page, error) in refused {
            assert_eq!(MappingKernel::unmap(SPACE, page, &mut desk), Err(error));
            assert_eq!(MappingKernel::protect(SPACE, page, rights("r---"), &mut desk), Err(error));
            assert_eq!(MappingKernel::clear_used(SPACE, page, &mut desk), Err(error));
        }
        assert_eq!(desk.done(), "");
    }

    #[rstest]
    #[case::usual(7, "flush asid 0x7 on cpu 0; flush asid 0x7 on cpu 1")]
    #[case::zero(0, "flush asid 0x0 on cpu 0; flush asid 0x0 on cpu 1")]
    #[case::of_more_than_8_bits(0x107, "flush asid 0x107 on cpu 0; flush asid 0x107 on cpu 1")]
    fn recycled_asid_leaves_every_tlb(#[case] asid: u16, #[case] flushes: &str) {
        let mut desk = desk(2, "rw-u", USED);
        MappingKernel::recycle(Asid::new(asid), &mut desk);
        assert_eq!(desk.done(), flushes);
    }
}

/// Step 7: a TLB that software refills.
mod software {
    use super::{entry, *};

    #[rstest]
    #[case::no_entry(0x6010, READ, "dirty", Err(TlbTrap::Refill))]
    #[case::hit(0x5010, READ, "clean", Ok(0x2010))]
    #[case::write_to_dirty(0x5010, WRITE, "dirty", Ok(0x2010))]
    #[case::write_to_clean(0x5010, WRITE, "clean", Err(TlbTrap::Modified))]
    #[case::no_right(0x5010, Access::USER_FETCH, "dirty", Err(TlbTrap::Refused))]
    #[case::no_right_to_write(0x7010, WRITE, "clean", Err(TlbTrap::Refused))]
    #[case::write_to_clean_for_all(0x8010, WRITE, "clean", Err(TlbTrap::Modified))]
    #[case::write_to_dirty_for_all(0x8010, WRITE, "dirty", Ok(0x5010))]
    #[case::write_to_a_clean_large_page(0x13010, WRITE, "dirty", Err(TlbTrap::Modified))]
    fn hardware_answers_or_traps_and_drops_nothing(
        #[case] va: u64,
        #[case] access: Access,
        #[case] marks: &str,
        #[case] answer: Result<u64, TlbTrap>,
    ) {
        let entries = [
            entry(0x5, space(1), 0x2, "rw-u", marks),
            entry(0x6, space(2), 0x3, "rw-u", marks),
            entry(0x7, space(1), 0x4, "r--u", marks),
            entry(0x8, Scope::Global, 0x5, "rw-u", marks),
            large(0x10, 2, 0x20),
        ];
        let mut cpu = Cpu::holding(&entries);
        assert_eq!(cpu.look_up(va, access), answer);
        assert_eq!((cpu.entries().len(), cpu.walks()), (5, 0));
        let (hits, misses) = cpu.lookups();
        assert_eq!(hits + misses, 1, "lookups in the TLB");
    }

    // Rows: rights in the table, access, the traps until it goes through or faults, and its end.
    #[rstest]
    #[case::reads("rw-u", READ, &[TlbTrap::Refill], "PA:0x2010", "a-")]
    #[case::writes("rw-u", WRITE, &[TlbTrap::Refill, TlbTrap::Modified], "PA:0x2010", "ad")]
    #[case::fetches("r-xu", Access::USER_FETCH, &[TlbTrap::Refill], "PA:0x2010", "a-")]
    #[case::kernel_writes("rw--", KERNEL_WRITE, &[TlbTrap::Refill, TlbTrap::Modified], "PA:0x2010", "ad")]
    #[case::write_refused("r--u", WRITE, &[TlbTrap::Refill, TlbTrap::Refused], "", "a-")]
    #[case::user_refused("rw--", READ, &[TlbTrap::Refill], "", "--")]
    fn instruction_runs_again_until_it_is_done(
        #[case] allowed: &str,
        #[case] access: Access,
        #[case] traps: &[TlbTrap],
        #[case] address: &str,
        #[case] used: &str,
    ) {
        let mut cpu = Cpu::with_pages(allowed);
        let mut seen = vec![];
        let end = loop {
            match cpu.look_up(0x5010, access) {
                Ok(address) => break PhysAddr::new(address).to_string(),
                Err(trap) => seen.push(trap),
            }
            if cpu.handle(seen[seen.len() - 1], 0x5010, access).is_err() {
                assert_eq!(cpu.entries(), [""; 0], "a fault leaves no entry");
                break String::new();
            }
            assert!(seen.len() < 4, "the traps do not end: {seen:?}");
        };
        assert_eq!((seen.as_slice(), end.as_str()), (traps, address));
        assert_eq!(cpu.table(0x5), format!("frame 0x2 {} {used}", rights(allowed)));
        assert_eq!(cpu.walks(), traps.len());
    }

    // Rows: rights before and after, the access that they are raised for, the entry that its trap leaves.
    #[rstest]
    #[case::writes("r--u", "rw-u", WRITE, "rw-u dirty")]
    #[case::fetches("r--u", "r-xu", Access::USER_FETCH, "r-xu clean")]
    #[case::reads_of_the_user("r---", "r--u", READ, "r--u clean")]
    #[case::kernel_fetches("rw--", "rwx-", Access::SUPERVISOR_FETCH, "rwx- clean")]
    fn refused_by_an_old_entry_finds_the_raised_right(
        #[case] before: &str,
        #[case] after: &str,
        #[case] access: Access,
        #[case] entry: &str,
    ) {
        let mut cpu = Cpu::with_pages(before);
        assert_eq!(cpu.handle(TlbTrap::Refill, 0x5010, KERNEL_READ), Ok(()));
        cpu.protect(0x5, after);
        assert_eq!(cpu.look_up(0x5010, access), Err(TlbTrap::Refused));
        assert_eq!(cpu.handle(TlbTrap::Refused, 0x5010, access), Ok(()));
        assert_eq!(cpu.look_up(0x5010, access), Ok(0x2010));
        assert_eq!(cpu.entries(), [format!("page 0x5 asid 0x1: frame 0x2 {entry}")]);
    }

    #[test]
    fn write_to_a_clean_entry_faults_if_the_table_forbids_it_by_now() {
        let mut cpu = Cpu::with_pages("rw-u");
        assert_eq!(cpu.handle(TlbTrap::Refill, 0x5010, WRITE), Ok(()));
        cpu.protect(0x5, "r--u");
        assert_eq!(cpu.look_up(0x5010, WRITE), Err(TlbTrap::Modified));
        assert_eq!(cpu.handle(TlbTrap::Modified, 0x5010, WRITE), Err(fault(0x5010, 0x07)));
        assert_eq!((cpu.entries(), cpu.table(0x5)), (vec![], "frame 0x2 r--u a-".into()));
    }
}

#[test]
#[cfg(not(judged))] // The grader plays them itself, a process each.
fn scenarios() {
    testbench::mmu::snapshots::<CachingMmu, MappingKernel>(|name, trace| {
        insta::assert_snapshot!(name, trace)
    });
}
