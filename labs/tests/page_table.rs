// What a table of one level promises, one module for each criterion of the lab `page_table`, in the order of its steps.
//
// A case is a table of rows that fail for one reason; a row that is not as expected says what was asked in it.
// Numbers in the rows: page sizes and addresses in bytes, pages, frames and blocks by their number, rights as `rwxu`.
// Chapter: `page_table.md`.

use std::fmt::{Arguments, Debug};

use labs::page_table::{Entry, LinearPageTable};
use machine::{memory::MemoryEvent, prelude::*};
use rstest::rstest;
use testbench::Machine;

const GIB: u64 = 1 << 30;
/// The highest number that fits into an entry: 40 bits.
const LAST_FRAME: u64 = 0xff_ffff_ffff;

/// Compares the answer of one row with what is expected; if it is another, the message says what was `asked`.
#[track_caller]
fn same<T: PartialEq<U> + Debug, U: Debug>(got: T, expected: U, asked: Arguments<'_>) {
    assert!(got == expected, "{asked}: expected {expected:?}, got {got:?}");
}

/// Bits of an entry as the book writes them.
fn hex(bits: u64) -> String {
    format!("{bits:#018x}")
}

fn rights(text: &str) -> Rights {
    text.parse().expect("the case spells rights as `rwxu`")
}

/// How `outcome` answers each of [`Access::ALL`]: `ok`, or the error code in hex.
fn row(mut outcome: impl FnMut(Access) -> Result<(), ErrorCode>) -> String {
    let cell = |access| outcome(access).map_or_else(|code| format!("{:02x}", code.bits()), |()| "ok".into());
    Access::ALL.map(cell).join(" ")
}

/// What an entry with `bits` says after `change`.
fn changed(bits: u64, change: impl FnOnce(&mut Entry)) -> String {
    let mut entry = Entry::from_bits(bits);
    change(&mut entry);
    Entry::from_bits(entry.bits()).state().to_string()
}

/// The operating system in these cases: a table, and the machine that it lies in.
struct Os {
    machine: Machine,
    table: LinearPageTable,
}

impl Os {
    /// A machine with room for the table and some frames more.
    fn boot(page_count: u64, page_bytes: u64) -> Os {
        let table_frames = (page_count * 8).div_ceil(page_bytes);
        let mut machine = Machine::new(table_frames + 4, page_bytes);
        let paging = Paging::linear(page_count, page_bytes);
        let table = LinearPageTable::new(paging, &mut machine.memory, &mut machine.frames)
            .expect("the machine has room for the table");
        machine.log();
        Os { machine, table }
    }

    /// 16 pages of 4096 bytes; page 3 lies in frame 5 and allows all but executing.
    fn with_page_3_in_frame_5() -> Os {
        let mut os = Os::boot(16, 4096);
        os.map(0x3, 0x5, "rw-u").expect("page 3 is free");
        os.machine.log();
        os
    }

    fn map(&mut self, page: u64, frame: u64, allowed: &str) -> Result<(), MapError> {
        let (memory, frames) = (&mut self.machine.memory, &mut self.machine.frames);
        self.table.map(Page::new(page), Frame::new(frame), rights(allowed), memory, frames)
    }

    fn unmap(&mut self, page: u64) -> Result<PageState, PageError> {
        self.table.unmap(Page::new(page), &mut self.machine.memory, &mut self.machine.frames)
    }

    fn protect(&mut self, page: u64, allowed: &str) -> Result<(), PageError> {
        self.table.protect(Page::new(page), rights(allowed), &mut self.machine.memory)
    }

    fn lookup(&mut self, page: u64) -> String {
        self.table.lookup(Page::new(page), &mut self.machine.memory).to_string()
    }

    fn page_out(&mut self, page: u64, block: u64) -> Result<Mapping, PageError> {
        self.table.page_out(Page::new(page), Block::new(block), &mut self.machine.memory)
    }

    fn clear_used(&mut self, page: u64) -> Result<Used, PageError> {
        self.table.clear_used(Page::new(page), &mut self.machine.memory)
    }

    fn translate(&mut self, va: u64, access: Access) -> Result<PhysAddr, Fault> {
        self.table.translate(VirtAddr::new(va), access, &mut self.machine.memory)
    }

    /// Where the hardware looks for the entry of `page`.
    fn place_of(&self, page: u64) -> PhysAddr {
        PhysAddr::new(self.table.root().number() * self.machine.memory.frame_bytes() + page * 8)
    }

    /// The entry of `page` as it stands in memory.
    fn raw(&self, page: u64) -> u64 {
        self.machine.peek(self.place_of(page)).expect("the table lies in frames that are allocated")
    }

    /// Puts an entry into memory by hand, unseen by the table.
    fn poke(&mut self, page: u64, bits: u64) {
        let at = self.place_of(page);
        self.machine.poke(at, 8, bits);
    }

    /// All entries as they stand in memory.
    fn all_raw(&self, page_count: u64) -> Vec<u64> {
        (0..page_count).map(|page| self.raw(page)).collect()
    }
}

/// How `os` answers each of [`Access::ALL`] at `va`; a fault must name `va`.
fn accesses_at(os: &mut Os, va: u64) -> String {
    row(|access| match os.translate(va, access) {
        Ok(_) => Ok(()),
        Err(Fault::Page(fault)) => {
            assert_eq!(fault.address(), VirtAddr::new(va), "the fault names another address");
            Err(fault.code())
        }
        Err(fault) => panic!("a linear table has no such fault: {fault}"),
    })
}

/// Step 1: an address is a page number and an offset.
mod split {
    use super::*;

    // Rows: bytes of a page, where the byte lies, its address, its page.
    #[rstest]
    #[case::pages_of_4096_bytes(&[
        (4096, "address 0", 0x0, 0x0),
        (4096, "last byte of page 0", 0xfff, 0x0),
        (4096, "first byte of page 1", 0x1000, 0x1),
        (4096, "inside page 3", 0x3010, 0x3),
        (4096, "highest address", u64::MAX, 0xf_ffff_ffff_ffff),
    ])]
    #[case::small_pages(&[
        (16, "last byte of page 0", 0xf, 0x0),
        (16, "first byte of page 1", 0x10, 0x1),
        (16, "first byte of page 0x301", 0x3010, 0x301),
    ])]
    #[case::large_pages(&[
        (0x1_0000, "last byte of page 3", 0x3_ffff, 0x3),
        (GIB, "last byte of page 0", 0x3fff_ffff, 0x0),
        (GIB, "first byte of page 1", 0x4000_0000, 0x1),
        (GIB, "highest address", u64::MAX, 0x3_ffff_ffff),
    ])]
    fn page_number_is_what_stands_above_the_offset(#[case] rows: &[(u64, &str, u64, u64)]) {
        for &(page_bytes, place, va, page) in rows {
            let va = VirtAddr::new(va);
            let got = LinearPageTable::page_of(&Paging::linear(16, page_bytes), va);
            same(got, Page::new(page), format_args!("page of {va}, {place}, pages of {page_bytes} bytes"));
        }
    }

    // Rows: bytes of a page, where the byte lies, its address, its offset.
    #[rstest]
    #[case::pages_of_4096_bytes(&[
        (4096, "address 0", 0x0, 0x0),
        (4096, "last byte of page 0", 0xfff, 0xfff),
        (4096, "first byte of page 1", 0x1000, 0x0),
        (4096, "inside page 3", 0x3010, 0x10),
        (4096, "highest address", u64::MAX, 0xfff),
    ])]
    #[case::small_pages(&[
        (16, "last byte of page 0", 0xf, 0xf),
        (16, "first byte of page 1", 0x10, 0x0),
        (16, "inside page 0x301", 0x3019, 0x9),
    ])]
    #[case::large_pages(&[
        (0x1_0000, "inside page 3", 0x3_f010, 0xf010),
        (GIB, "last byte of page 1", 0x7fff_ffff, 0x3fff_ffff),
        (GIB, "first byte of page 1", 0x4000_0000, 0x0),
    ])]
    fn offset_is_what_the_page_number_leaves(#[case] rows: &[(u64, &str, u64, u64)]) {
        for &(page_bytes, place, va, offset) in rows {
            let va = VirtAddr::new(va);
            let got = LinearPageTable::offset_of(&Paging::linear(16, page_bytes), va);
            let asked = format_args!("offset of {va}, {place}, pages of {page_bytes} bytes");
            same(got, PageOffset::new(offset), asked);
        }
    }

    // Rows: bytes of a page, frame, offset, physical address.
    #[rstest]
    #[case::frames_of_4096_bytes(&[
        (4096, 0x0, 0x0, 0x0),
        (4096, 0x0, 0xfff, 0xfff),
        (4096, 0x5, 0x10, 0x5010),
        (4096, 0x5, 0xfff, 0x5fff),
    ])]
    #[case::frames_above_32_bits(&[
        (4096, 0x1_0000_0000, 0x0, 0x1000_0000_0000),
        (4096, LAST_FRAME, 0xfff, 0xf_ffff_ffff_ffff),
    ])]
    #[case::small_frames(&[(16, 0x301, 0xf, 0x301f), (16, LAST_FRAME, 0x0, 0xfff_ffff_fff0)])]
    #[case::large_frames(&[(0x1_0000, 0x3, 0xf010, 0x3_f010), (GIB, 0x3, 0x3fff_ffff, 0xffff_ffff)])]
    fn physical_address_is_frame_and_offset(#[case] rows: &[(u64, u64, u64, u64)]) {
        for &(page_bytes, frame, offset, address) in rows {
            let (frame, offset) = (Frame::new(frame), PageOffset::new(offset));
            let joined = LinearPageTable::join(&Paging::linear(16, page_bytes), frame, offset);
            let asked = format_args!("{frame:?} and {offset:?}, pages of {page_bytes} bytes");
            same(joined, PhysAddr::new(address), asked);
        }
    }

    #[test]
    fn what_was_split_joins_to_the_same_address_at_every_page_size() {
        for offset_bits in 4..=30 {
            let paging = Paging::linear(1, 1 << offset_bits);
            for address in
                [0, 1, 0xf, 0x10, 0xdead_beef, 1 << 62, 0x0123_4567_89ab_cdef, u64::MAX - 1, u64::MAX]
            {
                let va = VirtAddr::new(address);
                // If every page lies in the frame of its own number, every address stays as it is.
                let frame = Frame::new(LinearPageTable::page_of(&paging, va).number());
                let joined = LinearPageTable::join(&paging, frame, LinearPageTable::offset_of(&paging, va));
                assert_eq!(joined, PhysAddr::new(address), "with {offset_bits} bits of offset");
            }
        }
    }
}

/// Step 2: an entry is 64 bits.
mod pack {
    use super::*;

    // Rows: frame, rights, bits.
    #[rstest]
    #[case::every_right_has_its_bit(&[
        (0x5, "r---", 0x8000_0000_0000_5001),
        (0x5, "rw--", 0x8000_0000_0000_5003),
        (0x5, "r--u", 0x8000_0000_0000_5005),
        (0x5, "r-x-", 0x0000_0000_0000_5001),
        (0x5, "rwxu", 0x0000_0000_0000_5007),
    ])]
    #[case::lowest_frames(&[
        (0x0, "rw-u", 0x8000_0000_0000_0007),
        (0x1, "rwxu", 0x0000_0000_0000_1007),
    ])]
    #[case::frame_above_32_bits(&[(0x1_0000_0000, "rwx-", 0x0000_1000_0000_0003)])]
    #[case::last_frame(&[
        (LAST_FRAME, "rwxu", 0x000f_ffff_ffff_f007),
        (LAST_FRAME, "r---", 0x800f_ffff_ffff_f001),
    ])]
    fn entry_in_memory_has_the_bits_of_x86(#[case] rows: &[(u64, &str, u64)]) {
        for &(frame, allowed, bits) in rows {
            let entry = Entry::in_memory(Frame::new(frame), rights(allowed));
            same(hex(entry.bits()), hex(bits), format_args!("frame {frame:#x} with {allowed}"));
        }
    }

    // Rows: bits, what they say.
    #[rstest]
    #[case::all_clear(&[(0x0000_0000_0000_0000, "unallocated")])]
    #[case::rights_and_marks(&[
        (0x0000_0000_0000_0001, "frame 0x0 r-x- --"),
        (0x8000_0000_0000_5007, "frame 0x5 rw-u --"),
        (0x8000_0000_0000_5025, "frame 0x5 r--u a-"),
        (0x0000_0000_0000_5067, "frame 0x5 rwxu ad"),
        (0x8000_0000_0000_5043, "frame 0x5 rw-- -d"),
    ])]
    #[case::frame_of_40_bits(&[(0x800f_ffff_ffff_f001, "frame 0xffffffffff r--- --")])]
    #[case::bits_that_the_course_ignores(&[(0x7ff0_0000_0000_5f99, "frame 0x5 r-x- --")])]
    fn bits_from_memory_are_read_as_the_mmu_reads_them(#[case] rows: &[(u64, &str)]) {
        for &(bits, state) in rows {
            let got = Entry::from_bits(bits).state().to_string();
            same(got, state, format_args!("{bits:#018x}"));
        }
    }

    #[test]
    fn packed_entry_says_what_was_packed() {
        for frame in [0x0, 0x5, 0x1_0000_0003, LAST_FRAME] {
            for text in ["r---", "rw--", "r-x-", "rwx-", "r--u", "rw-u", "r-xu", "rwxu"] {
                let (frame, rights) = (Frame::new(frame), rights(text));
                let mapping = Mapping { frame, level: Level::LEAF, rights, used: Used::default() };
                let state = Entry::in_memory(frame, rights).state();
                same(state, PageState::InMemory(mapping), format_args!("{frame:?} with {text}"));
            }
        }
    }

    #[rstest]
    #[case::block_0(&[0x0])]
    #[case::block_with_the_bits_of_an_entry(&[0x1, 0x67])]
    #[case::blocks_above_32_bits(&[0x1_0000_0000, LAST_FRAME])]
    fn page_on_disk_is_not_present_and_keeps_its_block(#[case] blocks: &[u64]) {
        for &block in blocks {
            let bits = Entry::on_disk(Block::new(block)).bits();
            assert_eq!(bits & x86::PRESENT, 0, "block {block:#x}: the MMU takes {bits:#018x} for present");
            let state = Entry::from_bits(bits).state();
            same(state, PageState::OnDisk(Block::new(block)), format_args!("block {block:#x}, {bits:#018x}"));
        }
    }
}

/// Step 3: rights are checked, and a refusal has a code.
mod check {
    use super::*;

    // Rows: rights, then user read, write, fetch, supervisor read, write, fetch.
    #[rstest]
    #[case::kernel_page_to_read(&[
        ("r---", "05 07 15 ok 03 11"),
        ("r-x-", "05 07 15 ok 03 ok"),
    ])]
    #[case::kernel_page_to_write(&[
        ("rw--", "05 07 15 ok ok 11"),
        ("rwx-", "05 07 15 ok ok ok"),
    ])]
    #[case::user_page_to_read(&[
        ("r--u", "ok 07 15 ok 03 11"),
        ("r-xu", "ok 07 ok ok 03 ok"),
    ])]
    #[case::user_page_to_write(&[
        ("rw-u", "ok ok 15 ok ok 11"),
        ("rwxu", "ok ok ok ok ok ok"),
    ])]
    fn rights_decide_who_may_do_what(#[case] rows: &[(&str, &str)]) {
        for &(allowed, verdicts) in rows {
            let entry = Entry::in_memory(Frame::new(0x5), rights(allowed));
            let got = row(|access| entry.check(access).map(|_| ()));
            same(got, verdicts, format_args!("all accesses to a page with {allowed}"));
        }
    }

    #[test]
    fn unallocated_page_is_not_present_for_any_access() {
        assert_eq!(row(|access| Entry::unallocated().check(access).map(|_| ())), "04 06 14 00 02 10");
    }

    #[test]
    fn page_on_disk_is_not_present_for_any_access() {
        // Block 0x67 has the bits of an entry.
        for block in [0x0, 0x67, LAST_FRAME] {
            let entry = Entry::on_disk(Block::new(block));
            let got = row(|access| entry.check(access).map(|_| ()));
            same(got, "04 06 14 00 02 10", format_args!("block {block:#x}"));
        }
    }

    #[test]
    fn rights_left_in_an_entry_that_is_not_present_mean_nothing() {
        let entry = Entry::from_bits(0x0000_0000_0000_5066);
        assert_eq!(row(|access| entry.check(access).map(|_| ())), "04 06 14 00 02 10");
    }

    #[test]
    fn allowed_access_reaches_the_frame() {
        for frame in [0x0, 0x5, LAST_FRAME] {
            let entry = Entry::in_memory(Frame::new(frame), rights("rwxu"));
            for access in Access::ALL {
                same(entry.check(access), Ok(Frame::new(frame)), format_args!("{access}, frame {frame:#x}"));
            }
        }
    }

    #[test]
    fn other_bits_do_not_forbid_an_access() {
        // Clean, accessed, dirty, and with all the bits that the course ignores.
        for bits in [0x5007, 0x5027, 0x5067, 0x7ff0_0000_0000_5f9f] {
            for access in Access::ALL {
                let got = Entry::from_bits(bits).check(access);
                same(got, Ok(Frame::new(0x5)), format_args!("{access}, entry {bits:#018x}"));
            }
        }
    }
}

/// Step 3: single bits of an entry change, the others stay.
mod mark {
    use super::*;

    // Rows: access, what the entry says then.
    #[rstest]
    #[case::clean_page(0x5007, &[
        (AccessKind::Read, "frame 0x5 rwxu a-"),
        (AccessKind::Fetch, "frame 0x5 rwxu a-"),
        (AccessKind::Write, "frame 0x5 rwxu ad"),
    ])]
    #[case::accessed_page(0x5027, &[
        (AccessKind::Write, "frame 0x5 rwxu ad"),
        (AccessKind::Read, "frame 0x5 rwxu a-"),
    ])]
    #[case::dirty_page(0x5067, &[
        (AccessKind::Read, "frame 0x5 rwxu ad"),
        (AccessKind::Fetch, "frame 0x5 rwxu ad"),
    ])]
    #[case::dirty_page_whose_a_was_cleared(0x5047, &[(AccessKind::Read, "frame 0x5 rwxu ad")])]
    fn access_leaves_its_mark(#[case] bits: u64, #[case] rows: &[(AccessKind, &str)]) {
        for &(kind, state) in rows {
            let got = changed(bits, |entry| entry.mark_used(kind));
            same(got, state, format_args!("{kind:?}, entry {bits:#018x}"));
        }
    }

    // Rows: bits, what the entry says then.
    #[rstest]
    #[case::any_marks(&[
        (0x8000_0000_0000_5067, "frame 0x5 rw-u --"),
        (0x0000_0000_0000_5021, "frame 0x5 r-x- --"),
        (0x0000_0000_0000_5043, "frame 0x5 rwx- --"),
        (0x8000_0000_0000_5005, "frame 0x5 r--u --"),
    ])]
    #[case::last_frame(&[(0x800f_ffff_ffff_f067, "frame 0xffffffffff rw-u --")])]
    fn clearing_takes_both_marks_and_nothing_else(#[case] rows: &[(u64, &str)]) {
        for &(bits, state) in rows {
            let got = changed(bits, Entry::clear_used);
            same(got, state, format_args!("entry {bits:#018x}"));
        }
    }

    // Rows: bits, new rights, what the entry says then.
    #[rstest]
    #[case::write(&[
        (0x8000_0000_0000_5007, "r--u", "frame 0x5 r--u --"),
        (0x8000_0000_0000_5005, "rw-u", "frame 0x5 rw-u --"),
    ])]
    #[case::execute(&[
        (0x0000_0000_0000_5005, "r--u", "frame 0x5 r--u --"),
        (0x8000_0000_0000_5005, "r-xu", "frame 0x5 r-xu --"),
    ])]
    #[case::user(&[
        (0x8000_0000_0000_5007, "rw--", "frame 0x5 rw-- --"),
        (0x8000_0000_0000_5003, "rw-u", "frame 0x5 rw-u --"),
    ])]
    #[case::everything_and_nothing(&[
        (0x0000_0000_0000_5007, "r---", "frame 0x5 r--- --"),
        (0x8000_0000_0000_5001, "rwxu", "frame 0x5 rwxu --"),
        (0x8000_0000_0000_5007, "rw-u", "frame 0x5 rw-u --"),
    ])]
    #[case::marks_and_frame_stay(&[
        (0x8000_0000_0000_5027, "r---", "frame 0x5 r--- a-"),
        (0x8000_0000_0000_5067, "r--u", "frame 0x5 r--u ad"),
        (0x000f_ffff_ffff_f007, "r---", "frame 0xffffffffff r--- --"),
    ])]
    fn new_rights_replace_the_old_ones(#[case] rows: &[(u64, &str, &str)]) {
        for &(bits, allowed, state) in rows {
            let got = changed(bits, |entry| entry.set_rights(rights(allowed)));
            same(got, state, format_args!("{allowed}, entry {bits:#018x}"));
        }
    }

    #[test]
    fn bits_that_the_course_ignores_stay() {
        let mut clean = Entry::from_bits(0x7ff0_0000_0000_5fff);
        clean.clear_used();
        assert_eq!(hex(clean.bits()), "0x7ff0000000005f9f");
        let mut read_only = Entry::from_bits(0x7ff0_0000_0000_5fff);
        read_only.set_rights(rights("r---"));
        assert_eq!(hex(read_only.bits()), "0xfff0000000005ff9");
    }
}

/// Step 4: an empty table.
mod new {
    use super::*;

    // Rows: pages, bytes of a page.
    #[rstest]
    #[case::one_frame(&[(1, 4096), (16, 4096), (512, 4096), (100, 0x1_0000)])]
    #[case::several_frames(&[(513, 4096), (64, 16), (63, 16)])]
    fn new_table_has_no_page(#[case] rows: &[(u64, u64)]) {
        for &(page_count, page_bytes) in rows {
            let mut os = Os::boot(page_count, page_bytes);
            for page in 0..page_count {
                assert_eq!(os.raw(page), 0, "the entry of page {page:#x} of {page_count}");
                assert_eq!(os.lookup(page), "unallocated", "page {page:#x} of {page_count}");
            }
        }
    }

    // Rows: pages, bytes of a page, frames.
    #[rstest]
    #[case::one_frame(&[(1, 4096, 1), (512, 4096, 1)])]
    #[case::two_frames(&[(513, 4096, 2), (1024, 4096, 2)])]
    #[case::two_entries_in_a_frame(&[(64, 16, 32), (63, 16, 32)])]
    fn new_table_takes_the_frames_that_its_entries_fill(#[case] rows: &[(u64, u64, u64)]) {
        for &(page_count, page_bytes, frames) in rows {
            let os = Os::boot(page_count, page_bytes);
            let asked = format_args!("frames for {page_count} pages of {page_bytes} bytes");
            same(os.machine.frames.in_use(), frames, asked);
        }
    }

    #[rstest]
    #[case::no_frame(512, &[0, 1, 2, 3])]
    #[case::one_frame_too_few(1536, &[0, 1])]
    #[case::frames_that_do_not_follow_one_another(1024, &[1])]
    #[case::more_than_the_machine_has(4096, &[])]
    fn new_table_without_room_takes_no_frame(#[case] page_count: u64, #[case] in_use: &[u64]) {
        let mut machine = Machine::new(if in_use == [1] { 3 } else { 4 }, 4096);
        in_use.iter().for_each(|&frame| assert!(machine.claim(Frame::new(frame))));
        let paging = Paging::linear(page_count, 4096);
        let refused = LinearPageTable::new(paging, &mut machine.memory, &mut machine.frames);
        assert_eq!(refused.err(), Some(MapError::OutOfFrames));
        assert_eq!(machine.frames.in_use(), in_use.len() as u64);
    }

    #[test]
    fn new_table_fits_into_the_last_free_frames() {
        let mut machine = Machine::new(4, 4096);
        assert!(machine.claim(Frame::new(0)) && machine.claim(Frame::new(3)));
        let paging = Paging::linear(1024, 4096);
        let table = LinearPageTable::new(paging, &mut machine.memory, &mut machine.frames);
        assert_eq!(table.expect("two frames are free, one behind the other").root(), Frame::new(1));
    }

    #[test]
    fn two_tables_have_nothing_in_common() {
        let mut os = Os::boot(16, 4096);
        let (memory, frames) = (&mut os.machine.memory, &mut os.machine.frames);
        let other =
            LinearPageTable::new(Paging::linear(16, 4096), memory, frames).expect("there is room for two");
        os.map(0x3, 0x5, "rw-u").expect("page 3 is free");
        assert_ne!(other.root(), os.table.root());
        assert_eq!(other.lookup(Page::new(0x3), &mut os.machine.memory), PageState::Unallocated);
    }

    // Rows: pages, bytes of a page, bytes of the table.
    #[rstest]
    #[case::one_frame(&[(1, 4096, 8), (16, 4096, 128), (512, 4096, 4096)])]
    #[case::several_frames(&[(513, 4096, 4104), (64, 16, 512), (1 << 20, 4096, 8 << 20)])]
    fn table_has_an_entry_for_every_page(#[case] rows: &[(u64, u64, u64)]) {
        for &(page_count, page_bytes, bytes) in rows {
            let mut os = Os::boot(page_count, page_bytes);
            let before = os.table.table_bytes(&mut os.machine.memory);
            same(before, bytes, format_args!("bytes for {page_count} pages"));
            os.map(0x0, 0x0, "r---").expect("page 0 is free");
            let after = os.table.table_bytes(&mut os.machine.memory);
            same(after, bytes, format_args!("bytes for {page_count} pages, one of them mapped"));
        }
    }
}

/// Step 4: pages get frames and lose them.
mod map {
    use super::*;

    // Rows: page, frame, rights, what the table says of the page then.
    #[rstest]
    #[case::first_and_last_page(&[
        (0x0, 0x5, "rw-u", "frame 0x5 rw-u --"),
        (0xf, 0x5, "rw-u", "frame 0x5 rw-u --"),
    ])]
    #[case::frame_0(&[
        (0x3, 0x0, "r---", "frame 0x0 r--- --"),
        (0x0, 0x0, "rwxu", "frame 0x0 rwxu --"),
    ])]
    #[case::frames_above_32_bits(&[
        (0x3, 0x1_0000_0001, "r-x-", "frame 0x100000001 r-x- --"),
        (0x3, LAST_FRAME, "rwxu", "frame 0xffffffffff rwxu --"),
    ])]
    fn mapped_page_is_found(#[case] rows: &[(u64, u64, &str, &str)]) {
        for &(page, frame, allowed, state) in rows {
            let mut os = Os::boot(16, 4096);
            let asked = format!("page {page:#x} to frame {frame:#x}");
            same(os.map(page, frame, allowed), Ok(()), format_args!("{asked}"));
            for other in 0..16 {
                let expected = if other == page { state } else { "unallocated" };
                same(os.lookup(other), expected, format_args!("{asked}, page {other:#x} then"));
            }
        }
    }

    #[rstest]
    #[case::table_of_one_frame(16, 4096, &[0x0, 0x3, 0xf])]
    #[case::second_frame_of_the_table(1024, 4096, &[0x200, 0x3ff])]
    #[case::two_entries_in_a_frame(63, 16, &[0x1, 0x3e])]
    fn mapping_changes_the_entry_of_the_page_alone(
        #[case] page_count: u64,
        #[case] page_bytes: u64,
        #[case] pages: &[u64],
    ) {
        for &page in pages {
            let mut os = Os::boot(page_count, page_bytes);
            os.map(page, 0x5, "rw-u").expect("the page is free");
            for other in 0..page_count {
                let expected = if other == page { 0x8000_0000_0000_5007 } else { 0 };
                let asked = format_args!("the entry of page {other:#x}, page {page:#x} mapped");
                same(hex(os.raw(other)), hex(expected), asked);
            }
        }
    }

    // Rows: page, frame, error.
    #[rstest]
    #[case::one_beyond(&[(0x10, 0x5, "page 0x10 to frame 0x5 is out of range")])]
    #[case::page_number_of_33_bits(&[
        (0x1_0000_0004, 0x5, "page 0x100000004 to frame 0x5 is out of range"),
    ])]
    #[case::place_that_does_not_fit_64_bits(&[
        (1 << 61, 0x5, "page 0x2000000000000000 to frame 0x5 is out of range"),
        (u64::MAX, 0x5, "page 0xffffffffffffffff to frame 0x5 is out of range"),
    ])]
    #[case::frame_of_41_bits(&[
        (0x4, LAST_FRAME + 1, "page 0x4 to frame 0x10000000000 is out of range"),
        (0x4, u64::MAX, "page 0x4 to frame 0xffffffffffffffff is out of range"),
    ])]
    #[case::page_in_memory(&[
        (0x3, 0x6, "page 0x3 is already mapped"),
        (0x3, 0x5, "page 0x3 is already mapped"),
    ])]
    #[case::range_comes_first(&[(0x3, LAST_FRAME + 1, "page 0x3 to frame 0x10000000000 is out of range")])]
    fn map_that_fails_changes_nothing(#[case] rows: &[(u64, u64, &str)]) {
        for &(page, frame, error) in rows {
            let mut os = Os::with_page_3_in_frame_5();
            let (entries, in_use) = (os.all_raw(16), os.machine.frames.in_use());
            let refused = os.map(page, frame, "r---").map_err(|refused| refused.to_string());
            same(refused, Err(error.to_owned()), format_args!("page {page:#x} to frame {frame:#x}"));
            assert_eq!(os.all_raw(16), entries, "page {page:#x} to frame {frame:#x}");
            assert_eq!(os.machine.frames.in_use(), in_use, "page {page:#x} to frame {frame:#x}");
        }
    }

    #[test]
    fn full_machine_still_maps() {
        let mut os = Os::boot(16, 4096);
        while os.machine.frames.allocate().is_some() {}
        assert_eq!(os.map(0x3, 0x0, "rw-u"), Ok(()));
    }

    #[test]
    fn two_pages_may_share_a_frame() {
        let mut os = Os::with_page_3_in_frame_5();
        assert_eq!(os.map(0x7, 0x5, "r---"), Ok(()));
        assert_eq!(os.lookup(0x3), "frame 0x5 rw-u --");
        assert_eq!(os.lookup(0x7), "frame 0x5 r--- --");
        os.unmap(0x3).expect("page 3 is mapped");
        assert_eq!(os.lookup(0x7), "frame 0x5 r--- --");
    }

    // Rows: bits, what they say.
    #[rstest]
    #[case::rights_and_marks(&[
        (0x8000_0000_0000_5001, "frame 0x5 r--- --"),
        (0x8000_0000_0000_5027, "frame 0x5 rw-u a-"),
        (0x8000_0000_0000_5067, "frame 0x5 rw-u ad"),
    ])]
    #[case::frame_0_and_the_last(&[
        (0x0000_0000_0000_0007, "frame 0x0 rwxu --"),
        (0x000f_ffff_ffff_f007, "frame 0xffffffffff rwxu --"),
    ])]
    fn unmap_says_what_was_there_and_leaves_nothing(#[case] rows: &[(u64, &str)]) {
        for &(bits, state) in rows {
            let mut os = Os::with_page_3_in_frame_5();
            os.poke(0x3, bits);
            let was = os.unmap(0x3).map(|was| was.to_string());
            same(was, Ok(state.to_owned()), format_args!("entry {bits:#018x}"));
            same(hex(os.raw(0x3)), hex(0), format_args!("what unmap leaves of {bits:#018x}"));
            assert_eq!(os.lookup(0x3), "unallocated");
        }
    }

    #[test]
    fn unmap_leaves_the_frame_to_the_caller() {
        let mut os = Os::boot(16, 4096);
        let frame = os.machine.frames.allocate().expect("there is room");
        os.map(0x3, frame.number(), "rw-u").expect("page 3 is free");
        os.unmap(0x3).expect("page 3 is mapped");
        assert!(os.machine.is_allocated(frame), "another page may lie in the frame too");
    }

    #[test]
    fn page_mapped_again_is_as_new() {
        let mut os = Os::with_page_3_in_frame_5();
        os.poke(0x3, 0x000f_ffff_ffff_f067);
        os.unmap(0x3).expect("page 3 is mapped");
        os.map(0x3, 0x6, "r---").expect("page 3 is free again");
        assert_eq!(os.lookup(0x3), "frame 0x6 r--- --");
    }

    // Rows: page, error.
    #[rstest]
    #[case::hole(&[
        (0x4, "page 0x4 is not mapped"),
        (0x0, "page 0x0 is not mapped"),
        (0xf, "page 0xf is not mapped"),
    ])]
    #[case::one_beyond(&[(0x10, "page 0x10 is out of range")])]
    #[case::place_that_does_not_fit_64_bits(&[
        (1 << 61, "page 0x2000000000000000 is out of range"),
        (u64::MAX, "page 0xffffffffffffffff is out of range"),
    ])]
    #[case::page_number_of_33_bits(&[(0x1_0000_0003, "page 0x100000003 is out of range")])]
    fn page_that_is_not_there_is_neither_unmapped_nor_protected(#[case] rows: &[(u64, &str)]) {
        for &(page, error) in rows {
            let mut os = Os::with_page_3_in_frame_5();
            let entries = os.all_raw(16);
            let unmapped = os.unmap(page).map_err(|refused| refused.to_string());
            same(unmapped, Err(error.to_owned()), format_args!("unmap page {page:#x}"));
            let protected = os.protect(page, "rwxu").map_err(|refused| refused.to_string());
            same(protected, Err(error.to_owned()), format_args!("protect page {page:#x}"));
            assert_eq!(os.all_raw(16), entries, "page {page:#x}");
        }
    }

    // Rows: bits, new rights, what the table says then.
    #[rstest]
    #[case::fewer_rights_and_more(&[
        (0x8000_0000_0000_5007, "r---", "frame 0x5 r--- --"),
        (0x8000_0000_0000_5001, "rwxu", "frame 0x5 rwxu --"),
    ])]
    #[case::page_that_the_mmu_marked(&[
        (0x8000_0000_0000_5067, "r--u", "frame 0x5 r--u ad"),
        (0x8000_0000_0000_5027, "rw--", "frame 0x5 rw-- a-"),
    ])]
    #[case::frame_0(&[(0x8000_0000_0000_0007, "r-xu", "frame 0x0 r-xu --")])]
    fn protect_changes_the_rights_alone(#[case] rows: &[(u64, &str, &str)]) {
        for &(bits, allowed, state) in rows {
            let mut os = Os::with_page_3_in_frame_5();
            os.map(0x4, 0x5, "rw-u").expect("page 4 is free");
            os.poke(0x3, bits);
            same(os.protect(0x3, allowed), Ok(()), format_args!("{allowed}, entry {bits:#018x}"));
            same(os.lookup(0x3), state, format_args!("{allowed}, entry {bits:#018x}"));
            assert_eq!(os.lookup(0x4), "frame 0x5 rw-u --", "the other page of the frame");
        }
    }

    #[test]
    fn protect_leaves_the_bits_that_the_course_ignores() {
        let mut os = Os::with_page_3_in_frame_5();
        os.poke(0x3, 0x7ff0_0000_0000_5fff);
        assert_eq!(os.protect(0x3, "r---"), Ok(()));
        assert_eq!(hex(os.raw(0x3)), "0xfff0000000005ff9");
    }

    // Rows: page, what the table says of it.
    #[rstest]
    #[case::page_of_the_table(&[(0x3, "frame 0x5 rw-u --"), (0x4, "unallocated"), (0xf, "unallocated")])]
    #[case::page_beyond(&[(0x10, "unallocated"), (1 << 61, "unallocated"), (u64::MAX, "unallocated")])]
    #[case::page_number_of_33_bits(&[(0x1_0000_0003, "unallocated")])]
    fn lookup_writes_nothing(#[case] rows: &[(u64, &str)]) {
        for &(page, state) in rows {
            let mut os = Os::with_page_3_in_frame_5();
            same(os.lookup(page), state, format_args!("page {page:#x}"));
            same(os.machine.log().write_count, 0, format_args!("writes of the look at page {page:#x}"));
        }
    }

    #[test]
    fn lookup_sees_what_the_mmu_marked() {
        let mut os = Os::with_page_3_in_frame_5();
        os.poke(0x3, 0x8000_0000_0000_5067);
        assert_eq!(os.lookup(0x3), "frame 0x5 rw-u ad");
    }
}

/// Step 5: what the MMU does for an access.
mod translate {
    use super::*;

    // Rows: page, frame, virtual address, physical address.
    #[rstest]
    #[case::every_byte_of_the_page(16, 4096, &[
        (0x3, 0x5, 0x3000, 0x5000),
        (0x3, 0x5, 0x3010, 0x5010),
        (0x3, 0x5, 0x3fff, 0x5fff),
    ])]
    #[case::page_0_and_frame_0(16, 4096, &[(0x0, 0x5, 0x0, 0x5000), (0x3, 0x0, 0x3010, 0x10)])]
    #[case::last_page_and_last_frame(16, 4096, &[
        (0xf, 0x5, 0xffff, 0x5fff),
        (0x3, LAST_FRAME, 0x3fff, 0xf_ffff_ffff_ffff),
    ])]
    #[case::second_frame_of_the_table(1024, 4096, &[(0x200, 0x5, 0x20_0123, 0x5123)])]
    #[case::small_pages(64, 16, &[(0x3f, 0x5, 0x3f9, 0x59), (0x1, 0x1_0000_0000, 0x1f, 0x10_0000_000f)])]
    #[case::pages_of_64_kib(16, 0x1_0000, &[(0x2, 0x7, 0x2_ffff, 0x7_ffff)])]
    #[case::pages_of_2_mib(4, 2 << 20, &[(0x3, 0x2, 0x7f_ffff, 0x5f_ffff)])]
    fn address_is_translated(
        #[case] page_count: u64,
        #[case] page_bytes: u64,
        #[case] rows: &[(u64, u64, u64, u64)],
    ) {
        for &(page, frame, va, pa) in rows {
            let mut os = Os::boot(page_count, page_bytes);
            os.map(page, frame, "rwxu").expect("the page is free");
            for access in Access::ALL {
                let asked = format_args!("{access} at {va:#x}, page {page:#x} in frame {frame:#x}");
                same(os.translate(va, access), Ok(PhysAddr::new(pa)), asked);
            }
        }
    }

    #[rstest]
    #[case::allowed(&[0x3010])]
    #[case::forbidden(&[0x7010])]
    #[case::unmapped(&[0x4010, 0xffff])]
    fn translation_reads_one_entry_and_no_more(#[case] addresses: &[u64]) {
        let mut os = Os::with_page_3_in_frame_5();
        os.map(0x7, 0x5, "r---").expect("page 7 is free");
        os.machine.log();
        for &va in addresses {
            let entry = os.place_of(va >> 12);
            for access in Access::ALL {
                let _ = os.translate(va, access);
                let log = os.machine.log();
                same(log.read_count, 1, format_args!("reads of {access} at {va:#x}"));
                let is_entry = matches!(log.events[0], MemoryEvent::Read { at, .. } if at == entry);
                assert!(is_entry, "{access} at {va:#x} has read something that is not the page's entry");
            }
        }
    }

    #[rstest]
    #[case::one_beyond(&[0x1_0000])]
    #[case::far_beyond(&[0x8000_0000_0000_0000, u64::MAX])]
    fn beyond_the_last_page_nothing_is_present_and_nothing_is_read(#[case] addresses: &[u64]) {
        for &va in addresses {
            let mut os = Os::with_page_3_in_frame_5();
            same(accesses_at(&mut os, va), "04 06 14 00 02 10", format_args!("address {va:#x}"));
            let log = os.machine.log();
            same((log.read_count, log.write_count), (0, 0), format_args!("reads and writes for {va:#x}"));
        }
    }

    #[test]
    fn unmapped_page_faults_as_not_present() {
        let mut os = Os::with_page_3_in_frame_5();
        for va in [0x0, 0x2fff, 0x4000, 0xffff] {
            same(accesses_at(&mut os, va), "04 06 14 00 02 10", format_args!("address {va:#x}"));
        }
    }

    // Rows: rights, then user read, write, fetch, supervisor read, write, fetch.
    #[rstest]
    #[case::kernel_page(&[
        ("r---", "05 07 15 ok 03 11"),
        ("rw--", "05 07 15 ok ok 11"),
        ("r-x-", "05 07 15 ok 03 ok"),
        ("rwx-", "05 07 15 ok ok ok"),
    ])]
    #[case::user_page(&[
        ("r--u", "ok 07 15 ok 03 11"),
        ("rw-u", "ok ok 15 ok ok 11"),
        ("r-xu", "ok 07 ok ok 03 ok"),
        ("rwxu", "ok ok ok ok ok ok"),
    ])]
    fn forbidden_access_faults_with_its_code(#[case] rows: &[(&str, &str)]) {
        for &(allowed, verdicts) in rows {
            let mut os = Os::boot(16, 4096);
            os.map(0x3, 0x5, allowed).expect("page 3 is free");
            let got = accesses_at(&mut os, 0x3010);
            same(got, verdicts, format_args!("all accesses to a page with {allowed}"));
        }
    }

    #[test]
    fn translation_follows_the_table_as_it_stands() {
        let mut os = Os::with_page_3_in_frame_5();
        os.protect(0x3, "r---").expect("page 3 is mapped");
        assert_eq!(accesses_at(&mut os, 0x3010), "05 07 15 ok 03 11");
        os.unmap(0x3).expect("page 3 is mapped");
        assert_eq!(accesses_at(&mut os, 0x3010), "04 06 14 00 02 10");
        os.map(0x3, 0x6, "rwxu").expect("page 3 is free again");
        assert_eq!(os.translate(0x3010, Access::USER_READ), Ok(PhysAddr::new(0x6010)));
    }
}

/// Step 5: what an access leaves behind.
mod used {
    use super::*;

    // Rows: bits before, access, bits after.
    #[rstest]
    #[case::read_and_fetch(&[
        (0x8000_0000_0000_5007, Access::USER_READ, 0x8000_0000_0000_5027),
        (0x8000_0000_0000_5007, Access::SUPERVISOR_READ, 0x8000_0000_0000_5027),
        (0x0000_0000_0000_5007, Access::USER_FETCH, 0x0000_0000_0000_5027),
    ])]
    #[case::write(&[
        (0x8000_0000_0000_5007, Access::USER_WRITE, 0x8000_0000_0000_5067),
        (0x8000_0000_0000_5003, Access::SUPERVISOR_WRITE, 0x8000_0000_0000_5063),
    ])]
    #[case::write_after_read(&[(0x8000_0000_0000_5027, Access::USER_WRITE, 0x8000_0000_0000_5067)])]
    #[case::read_of_a_dirty_page_whose_a_was_cleared(&[(0x5047, Access::USER_READ, 0x5067)])]
    #[case::frame_0_and_bits_that_the_course_ignores(&[
        (0x0000_0000_0000_0007, Access::USER_WRITE, 0x0000_0000_0000_0067),
        (0x7ff0_0000_0000_5f9f, Access::USER_WRITE, 0x7ff0_0000_0000_5fff),
    ])]
    fn access_marks_the_entry_in_memory(#[case] rows: &[(u64, Access, u64)]) {
        for &(before, access, after) in rows {
            let mut os = Os::with_page_3_in_frame_5();
            os.map(0x7, 0x5, "rw-u").expect("page 7 is free");
            os.poke(0x3, before);
            os.machine.log();
            os.translate(0x3010, access).expect("the rights allow it");
            same(hex(os.raw(0x3)), hex(after), format_args!("{access}, entry {before:#018x}"));
            assert_eq!(os.raw(0x7), 0x8000_0000_0000_5007, "another page of the same frame");
            for event in os.machine.log().events {
                if let MemoryEvent::Write { before, value, .. } = event {
                    assert_ne!(before, value, "{access}: a bit that is set is not written again");
                }
            }
        }
    }

    // Rows: bits, access.
    #[rstest]
    #[case::second_time(&[
        (0x8000_0000_0000_5027, Access::USER_READ),
        (0x0000_0000_0000_5027, Access::USER_FETCH),
        (0x8000_0000_0000_5067, Access::USER_WRITE),
    ])]
    #[case::after_a_write(&[
        (0x8000_0000_0000_5067, Access::SUPERVISOR_READ),
        (0x0000_0000_0000_5067, Access::SUPERVISOR_FETCH),
    ])]
    fn marked_entry_is_not_written_again(#[case] rows: &[(u64, Access)]) {
        for &(bits, access) in rows {
            let mut os = Os::with_page_3_in_frame_5();
            os.poke(0x3, bits);
            os.machine.log();
            os.translate(0x3010, access).expect("the rights allow it");
            same(os.machine.log().write_count, 0, format_args!("writes of {access}, entry {bits:#018x}"));
            same(hex(os.raw(0x3)), hex(bits), format_args!("{access}"));
        }
    }

    // Rows: bits, access.
    #[rstest]
    #[case::user_access_to_a_kernel_page(&[
        (0x0000_0000_0000_5003, Access::USER_READ),
        (0x0000_0000_0000_5003, Access::USER_WRITE),
        (0x0000_0000_0000_5003, Access::USER_FETCH),
    ])]
    #[case::write_to_a_read_only_page(&[
        (0x0000_0000_0000_5005, Access::USER_WRITE),
        (0x0000_0000_0000_5005, Access::SUPERVISOR_WRITE),
        (0x0000_0000_0000_5025, Access::USER_WRITE),
    ])]
    #[case::fetch_of_data(&[
        (0x8000_0000_0000_5007, Access::USER_FETCH),
        (0x8000_0000_0000_5007, Access::SUPERVISOR_FETCH),
    ])]
    #[case::unallocated(&Access::ALL.map(|access| (0x0, access)))]
    fn fault_leaves_no_mark(#[case] rows: &[(u64, Access)]) {
        for &(bits, access) in rows {
            let mut os = Os::with_page_3_in_frame_5();
            os.poke(0x3, bits);
            os.machine.log();
            os.translate(0x3010, access).expect_err("the rights forbid it");
            same(os.machine.log().write_count, 0, format_args!("writes of {access}, entry {bits:#018x}"));
            same(hex(os.raw(0x3)), hex(bits), format_args!("the entry after {access}"));
        }
    }
}

/// Step 6: pages leave memory and come back.
mod disk {
    use super::*;

    // Rows: bits, the mapping that they hold.
    #[rstest]
    #[case::rights_and_marks(&[
        (0x8000_0000_0000_5007, "frame 0x5 rw-u --"),
        (0x8000_0000_0000_5027, "frame 0x5 rw-u a-"),
        (0x8000_0000_0000_5067, "frame 0x5 rw-u ad"),
        (0x0000_0000_0000_5021, "frame 0x5 r-x- a-"),
    ])]
    #[case::frame_0(&[(0x8000_0000_0000_0001, "frame 0x0 r--- --")])]
    fn page_out_says_what_the_page_had(#[case] rows: &[(u64, &str)]) {
        for &(bits, mapping) in rows {
            let mut os = Os::with_page_3_in_frame_5();
            os.poke(0x3, bits);
            let was = os.page_out(0x3, 0x2a).map(|was| was.to_string());
            same(was, Ok(mapping.to_owned()), format_args!("entry {bits:#018x}"));
        }
    }

    // Rows: block, what the table says of the page.
    #[rstest]
    #[case::block_0(&[(0x0, "on disk, block 0x0")])]
    #[case::block_with_the_bits_of_an_entry(&[
        (0x2a, "on disk, block 0x2a"),
        (0x67, "on disk, block 0x67"),
    ])]
    #[case::last_block(&[(LAST_FRAME, "on disk, block 0xffffffffff")])]
    fn page_on_disk_is_remembered_and_faults(#[case] rows: &[(u64, &str)]) {
        for &(block, state) in rows {
            let mut os = Os::with_page_3_in_frame_5();
            os.page_out(0x3, block).expect("page 3 is in memory");
            same(os.lookup(0x3), state, format_args!("page 3 after page-out"));
            let got = accesses_at(&mut os, 0x3010);
            same(got, "04 06 14 00 02 10", format_args!("all accesses to a page {state}"));
            same(os.lookup(0x3), state, format_args!("page 3 after the faults"));
        }
    }

    #[test]
    fn map_brings_a_page_back_from_disk() {
        let mut os = Os::with_page_3_in_frame_5();
        os.translate(0x3010, Access::USER_WRITE).expect("page 3 may be written");
        os.page_out(0x3, 0x0).expect("page 3 is in memory");
        assert_eq!(os.map(0x3, 0x9, "r--u"), Ok(()));
        assert_eq!(os.lookup(0x3), "frame 0x9 r--u --");
        assert_eq!(os.translate(0x3010, Access::USER_READ), Ok(PhysAddr::new(0x9010)));
    }

    #[test]
    fn page_on_disk_stays_there_when_map_fails() {
        let mut os = Os::with_page_3_in_frame_5();
        os.page_out(0x3, 0x2a).expect("page 3 is in memory");
        os.map(0x3, LAST_FRAME + 1, "r--u").expect_err("no entry can hold this frame's number");
        assert_eq!(os.lookup(0x3), "on disk, block 0x2a");
    }

    #[test]
    fn unmap_takes_a_page_on_disk_too() {
        for block in [0x0, 0x2a].map(Block::new) {
            let mut os = Os::with_page_3_in_frame_5();
            os.page_out(0x3, block.number()).expect("page 3 is in memory");
            same(os.unmap(0x3), Ok(PageState::OnDisk(block)), format_args!("unmap, {block:?}"));
            same(hex(os.raw(0x3)), hex(0), format_args!("what unmap leaves of {block:?}"));
            let again = Err(PageError::NotMapped { page: Page::new(0x3) });
            same(os.unmap(0x3), again, format_args!("second unmap, {block:?}"));
        }
    }

    #[test]
    fn page_on_disk_has_no_rights_no_marks_and_no_frame() {
        for block in [0x0, 0x2a].map(Block::new) {
            let mut os = Os::with_page_3_in_frame_5();
            os.page_out(0x3, block.number()).expect("page 3 is in memory");
            let (page, entry) = (Page::new(0x3), os.raw(0x3));
            let refusal = PageError::NotMapped { page };
            same(os.protect(0x3, "rwxu"), Err(refusal), format_args!("protect, {block:?}"));
            same(os.clear_used(0x3), Err(refusal), format_args!("clear_used, {block:?}"));
            same(os.page_out(0x3, 0x1), Err(refusal), format_args!("page_out, {block:?}"));
            same(hex(os.raw(0x3)), hex(entry), format_args!("the entry, {block:?}"));
        }
    }

    // Rows: page, error.
    #[rstest]
    #[case::hole(&[(0x4, "page 0x4 is not mapped"), (0xf, "page 0xf is not mapped")])]
    #[case::page_beyond(&[
        (0x10, "page 0x10 is out of range"),
        (0x1_0000_0003, "page 0x100000003 is out of range"),
        (1 << 61, "page 0x2000000000000000 is out of range"),
        (u64::MAX, "page 0xffffffffffffffff is out of range"),
    ])]
    fn page_that_is_not_there_has_no_marks_and_nothing_to_page_out(#[case] rows: &[(u64, &str)]) {
        for &(page, error) in rows {
            let mut os = Os::with_page_3_in_frame_5();
            let entries = os.all_raw(16);
            let paged_out = os.page_out(page, 0x2a).map_err(|refused| refused.to_string());
            same(paged_out, Err(error.to_owned()), format_args!("page out page {page:#x}"));
            let cleared = os.clear_used(page).map_err(|refused| refused.to_string());
            same(cleared, Err(error.to_owned()), format_args!("clear the marks of page {page:#x}"));
            assert_eq!(os.all_raw(16), entries, "page {page:#x}");
        }
    }

    // Rows: bits, marks, what the table says then.
    #[rstest]
    #[case::any_marks(&[
        (0x8000_0000_0000_5007, "--", "frame 0x5 rw-u --"),
        (0x8000_0000_0000_5025, "a-", "frame 0x5 r--u --"),
        (0x0000_0000_0000_5067, "ad", "frame 0x5 rwxu --"),
        (0x0000_0000_0000_5043, "-d", "frame 0x5 rwx- --"),
    ])]
    #[case::frame_0(&[(0x8000_0000_0000_0067, "ad", "frame 0x0 rw-u --")])]
    fn clearing_says_what_was_marked_and_keeps_the_rest(#[case] rows: &[(u64, &str, &str)]) {
        for &(bits, used, state) in rows {
            let mut os = Os::with_page_3_in_frame_5();
            os.poke(0x3, bits);
            let was = os.clear_used(0x3).map(|was| was.to_string());
            same(was, Ok(used.to_owned()), format_args!("the marks in {bits:#018x}"));
            same(os.lookup(0x3), state, format_args!("entry {bits:#018x}, marks cleared"));
        }
    }

    #[test]
    fn clearing_leaves_the_bits_that_the_course_ignores() {
        let mut os = Os::with_page_3_in_frame_5();
        os.poke(0x3, 0x7ff0_0000_0000_5fff);
        assert_eq!(os.clear_used(0x3), Ok(Used { accessed: true, dirty: true }));
        assert_eq!(hex(os.raw(0x3)), "0x7ff0000000005f9f");
    }

    #[test]
    fn cleared_marks_are_set_again_by_the_next_access() {
        let mut os = Os::with_page_3_in_frame_5();
        os.translate(0x3010, Access::USER_WRITE).expect("page 3 may be written");
        assert_eq!(os.clear_used(0x3), Ok(Used { accessed: true, dirty: true }));
        os.translate(0x3010, Access::USER_READ).expect("page 3 may be read");
        assert_eq!(os.lookup(0x3), "frame 0x5 rw-u a-");
        os.translate(0x3010, Access::USER_WRITE).expect("page 3 may be written");
        assert_eq!(os.lookup(0x3), "frame 0x5 rw-u ad");
    }
}

#[test]
#[cfg(not(judged))] // The grader plays them itself, a process each.
fn scenarios() {
    testbench::page_table::snapshots::<LinearPageTable>(|name, trace| insta::assert_snapshot!(name, trace));
}
