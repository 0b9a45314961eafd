// What a table of one level promises, one module for each criterion of the lab `page_table`, in the order of its steps.
//
// Numbers in the cases: page sizes and addresses in bytes, pages, frames and blocks by their number, rights as `rwxu`.
// Chapter: `page_table.md`.

use labs::page_table::{Entry, LinearPageTable};
use machine::{memory::MemoryEvent, prelude::*};
use rstest::rstest;
use testbench::Machine;

const GIB: u64 = 1 << 30;
/// The highest number that fits into an entry: 40 bits.
const LAST_FRAME: u64 = 0xff_ffff_ffff;

/// All accesses, in the order in which a row of verdicts names them.
const ACCESSES: [Access; 6] = [
    Access::USER_READ,
    Access::USER_WRITE,
    Access::USER_FETCH,
    Access::SUPERVISOR_READ,
    Access::SUPERVISOR_WRITE,
    Access::SUPERVISOR_FETCH,
];

fn rights(text: &str) -> Rights {
    text.parse().expect("the case spells rights as `rwxu`")
}

/// How `outcome` answers each of [`ACCESSES`]: `ok`, or the error code in hex.
fn row(mut outcome: impl FnMut(Access) -> Result<(), ErrorCode>) -> String {
    let cell = |access| outcome(access).map_or_else(|code| format!("{:02x}", code.bits()), |()| "ok".into());
    ACCESSES.map(cell).join(" ")
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

/// How `os` answers each of [`ACCESSES`] at `va`; a fault must name `va`.
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

    #[rstest]
    #[case::address_0(4096, 0x0, 0x0)]
    #[case::last_byte_of_page_0(4096, 0xfff, 0x0)]
    #[case::first_byte_of_page_1(4096, 0x1000, 0x1)]
    #[case::inside_page_3(4096, 0x3010, 0x3)]
    #[case::highest_address(4096, u64::MAX, 0xf_ffff_ffff_ffff)]
    #[case::last_byte_of_16(16, 0xf, 0x0)]
    #[case::first_byte_after_16(16, 0x10, 0x1)]
    #[case::pages_of_16_bytes(16, 0x3010, 0x301)]
    #[case::pages_of_64_kib(0x1_0000, 0x3_ffff, 0x3)]
    #[case::last_byte_of_a_gib(GIB, 0x3fff_ffff, 0x0)]
    #[case::first_byte_after_a_gib(GIB, 0x4000_0000, 0x1)]
    #[case::highest_page_of_a_gib(GIB, u64::MAX, 0x3_ffff_ffff)]
    fn page_number_is_what_stands_above_the_offset(
        #[case] page_bytes: u64,
        #[case] va: u64,
        #[case] page: u64,
    ) {
        let paging = Paging::linear(16, page_bytes);
        assert_eq!(LinearPageTable::page_of(&paging, VirtAddr::new(va)), Page::new(page));
    }

    #[rstest]
    #[case::address_0(4096, 0x0, 0x0)]
    #[case::last_byte_of_page_0(4096, 0xfff, 0xfff)]
    #[case::first_byte_of_page_1(4096, 0x1000, 0x0)]
    #[case::inside_page_3(4096, 0x3010, 0x10)]
    #[case::highest_address(4096, u64::MAX, 0xfff)]
    #[case::last_byte_of_16(16, 0xf, 0xf)]
    #[case::first_byte_after_16(16, 0x10, 0x0)]
    #[case::pages_of_16_bytes(16, 0x3019, 0x9)]
    #[case::pages_of_64_kib(0x1_0000, 0x3_f010, 0xf010)]
    #[case::last_byte_of_a_gib(GIB, 0x7fff_ffff, 0x3fff_ffff)]
    #[case::first_byte_after_a_gib(GIB, 0x4000_0000, 0x0)]
    fn offset_is_what_the_page_number_leaves(#[case] page_bytes: u64, #[case] va: u64, #[case] offset: u64) {
        let paging = Paging::linear(16, page_bytes);
        assert_eq!(LinearPageTable::offset_of(&paging, VirtAddr::new(va)), PageOffset::new(offset));
    }

    #[rstest]
    #[case::start_of_frame_0(4096, 0x0, 0x0, 0x0)]
    #[case::last_byte_of_frame_0(4096, 0x0, 0xfff, 0xfff)]
    #[case::inside_frame_5(4096, 0x5, 0x10, 0x5010)]
    #[case::last_byte_of_frame_5(4096, 0x5, 0xfff, 0x5fff)]
    #[case::last_frame(4096, LAST_FRAME, 0xfff, 0xf_ffff_ffff_ffff)]
    #[case::frame_above_32_bits(4096, 0x1_0000_0000, 0x0, 0x1000_0000_0000)]
    #[case::frames_of_16_bytes(16, 0x301, 0xf, 0x301f)]
    #[case::last_frame_of_16_bytes(16, LAST_FRAME, 0x0, 0xfff_ffff_fff0)]
    #[case::frames_of_64_kib(0x1_0000, 0x3, 0xf010, 0x3_f010)]
    #[case::frames_of_a_gib(GIB, 0x3, 0x3fff_ffff, 0xffff_ffff)]
    fn physical_address_is_frame_and_offset(
        #[case] page_bytes: u64,
        #[case] frame: u64,
        #[case] offset: u64,
        #[case] address: u64,
    ) {
        let paging = Paging::linear(16, page_bytes);
        let joined = LinearPageTable::join(&paging, Frame::new(frame), PageOffset::new(offset));
        assert_eq!(joined, PhysAddr::new(address));
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

    #[rstest]
    #[case::read_only_for_the_kernel(0x5, "r---", 0x8000_0000_0000_5001)]
    #[case::writable(0x5, "rw--", 0x8000_0000_0000_5003)]
    #[case::for_user_code(0x5, "r--u", 0x8000_0000_0000_5005)]
    #[case::executable(0x5, "r-x-", 0x0000_0000_0000_5001)]
    #[case::everything(0x5, "rwxu", 0x0000_0000_0000_5007)]
    #[case::frame_0(0x0, "rw-u", 0x8000_0000_0000_0007)]
    #[case::frame_1(0x1, "rwxu", 0x0000_0000_0000_1007)]
    #[case::frame_above_32_bits(0x1_0000_0000, "rwx-", 0x0000_1000_0000_0003)]
    #[case::last_frame(LAST_FRAME, "rwxu", 0x000f_ffff_ffff_f007)]
    #[case::last_frame_without_execute(LAST_FRAME, "r---", 0x800f_ffff_ffff_f001)]
    fn entry_in_memory_has_the_bits_of_x86(#[case] frame: u64, #[case] allowed: &str, #[case] bits: u64) {
        let entry = Entry::in_memory(Frame::new(frame), rights(allowed));
        assert_eq!(format!("{:#018x}", entry.bits()), format!("{bits:#018x}"));
    }

    #[rstest]
    #[case::all_clear(0x0000_0000_0000_0000, "unallocated")]
    #[case::present_alone(0x0000_0000_0000_0001, "frame 0x0 r-x- --")]
    #[case::not_accessed_not_dirty(0x8000_0000_0000_5007, "frame 0x5 rw-u --")]
    #[case::accessed(0x8000_0000_0000_5025, "frame 0x5 r--u a-")]
    #[case::dirty_and_accessed(0x0000_0000_0000_5067, "frame 0x5 rwxu ad")]
    #[case::dirty_alone(0x8000_0000_0000_5043, "frame 0x5 rw-- -d")]
    #[case::frame_of_40_bits(0x800f_ffff_ffff_f001, "frame 0xffffffffff r--- --")]
    #[case::bits_that_the_course_ignores(0x7ff0_0000_0000_5f99, "frame 0x5 r-x- --")]
    fn bits_from_memory_are_read_as_the_mmu_reads_them(#[case] bits: u64, #[case] state: &str) {
        assert_eq!(Entry::from_bits(bits).state().to_string(), state);
    }

    #[rstest]
    #[case::frame_0(0x0)]
    #[case::frame_5(0x5)]
    #[case::frame_above_32_bits(0x1_0000_0003)]
    #[case::last_frame(LAST_FRAME)]
    fn packed_entry_says_what_was_packed(#[case] frame: u64) {
        for text in ["r---", "rw--", "r-x-", "rwx-", "r--u", "rw-u", "r-xu", "rwxu"] {
            let (frame, rights) = (Frame::new(frame), rights(text));
            let mapping = Mapping { frame, level: Level::LEAF, rights, used: Used::default() };
            assert_eq!(Entry::in_memory(frame, rights).state(), PageState::InMemory(mapping));
        }
    }

    #[rstest]
    #[case::block_0(0x0)]
    #[case::block_1(0x1)]
    #[case::block_with_the_bits_of_an_entry(0x67)]
    #[case::block_above_32_bits(0x1_0000_0000)]
    #[case::last_block(LAST_FRAME)]
    fn page_on_disk_is_not_present_and_keeps_its_block(#[case] block: u64) {
        let bits = Entry::on_disk(Block::new(block)).bits();
        assert_eq!(bits & x86::PRESENT, 0, "the MMU takes {bits:#018x} for present");
        assert_eq!(Entry::from_bits(bits).state(), PageState::OnDisk(Block::new(block)));
    }
}

/// Step 3: rights are checked, and a refusal has a code.
mod check {
    use super::*;

    //                                 user           supervisor
    //                                 read wr fetch  read wr fetch
    #[rstest]
    #[case::nothing_but_reading("r---", "05 07 15 ok 03 11")]
    #[case::write("rw--", "05 07 15 ok ok 11")]
    #[case::execute("r-x-", "05 07 15 ok 03 ok")]
    #[case::write_and_execute("rwx-", "05 07 15 ok ok ok")]
    #[case::user("r--u", "ok 07 15 ok 03 11")]
    #[case::user_and_write("rw-u", "ok ok 15 ok ok 11")]
    #[case::user_and_execute("r-xu", "ok 07 ok ok 03 ok")]
    #[case::everything("rwxu", "ok ok ok ok ok ok")]
    fn rights_decide_who_may_do_what(#[case] allowed: &str, #[case] verdicts: &str) {
        let entry = Entry::in_memory(Frame::new(0x5), rights(allowed));
        assert_eq!(row(|access| entry.check(access).map(|_| ())), verdicts);
    }

    #[test]
    fn unallocated_page_is_not_present_for_any_access() {
        assert_eq!(row(|access| Entry::unallocated().check(access).map(|_| ())), "04 06 14 00 02 10");
    }

    #[rstest]
    #[case::block_0(0x0)]
    #[case::block_with_the_bits_of_an_entry(0x67)]
    #[case::last_block(LAST_FRAME)]
    fn page_on_disk_is_not_present_for_any_access(#[case] block: u64) {
        let entry = Entry::on_disk(Block::new(block));
        assert_eq!(row(|access| entry.check(access).map(|_| ())), "04 06 14 00 02 10");
    }

    #[test]
    fn rights_left_in_an_entry_that_is_not_present_mean_nothing() {
        let entry = Entry::from_bits(0x0000_0000_0000_5066);
        assert_eq!(row(|access| entry.check(access).map(|_| ())), "04 06 14 00 02 10");
    }

    #[rstest]
    #[case::frame_0(0x0)]
    #[case::frame_5(0x5)]
    #[case::last_frame(LAST_FRAME)]
    fn allowed_access_reaches_the_frame(#[case] frame: u64) {
        let entry = Entry::in_memory(Frame::new(frame), rights("rwxu"));
        for access in ACCESSES {
            assert_eq!(entry.check(access), Ok(Frame::new(frame)), "{access}");
        }
    }

    #[rstest]
    #[case::clean(0x0000_0000_0000_5007)]
    #[case::accessed(0x0000_0000_0000_5027)]
    #[case::dirty(0x0000_0000_0000_5067)]
    #[case::bits_that_the_course_ignores(0x7ff0_0000_0000_5f9f)]
    fn other_bits_do_not_forbid_an_access(#[case] bits: u64) {
        for access in ACCESSES {
            assert_eq!(Entry::from_bits(bits).check(access), Ok(Frame::new(0x5)), "{access}");
        }
    }
}

/// Step 3: single bits of an entry change, the others stay.
mod mark {
    use super::*;

    #[rstest]
    #[case::read_sets_accessed(0x5007, AccessKind::Read, "frame 0x5 rwxu a-")]
    #[case::fetch_sets_accessed(0x5007, AccessKind::Fetch, "frame 0x5 rwxu a-")]
    #[case::write_sets_both(0x5007, AccessKind::Write, "frame 0x5 rwxu ad")]
    #[case::write_after_read(0x5027, AccessKind::Write, "frame 0x5 rwxu ad")]
    #[case::second_read(0x5027, AccessKind::Read, "frame 0x5 rwxu a-")]
    #[case::read_keeps_dirty(0x5067, AccessKind::Read, "frame 0x5 rwxu ad")]
    #[case::fetch_keeps_dirty(0x5067, AccessKind::Fetch, "frame 0x5 rwxu ad")]
    #[case::read_of_a_dirty_page_whose_a_was_cleared(0x5047, AccessKind::Read, "frame 0x5 rwxu ad")]
    fn access_leaves_its_mark(#[case] bits: u64, #[case] kind: AccessKind, #[case] state: &str) {
        assert_eq!(changed(bits, |entry| entry.mark_used(kind)), state);
    }

    #[rstest]
    #[case::both(0x8000_0000_0000_5067, "frame 0x5 rw-u --")]
    #[case::accessed_alone(0x0000_0000_0000_5021, "frame 0x5 r-x- --")]
    #[case::dirty_alone(0x0000_0000_0000_5043, "frame 0x5 rwx- --")]
    #[case::neither(0x8000_0000_0000_5005, "frame 0x5 r--u --")]
    #[case::last_frame(0x800f_ffff_ffff_f067, "frame 0xffffffffff rw-u --")]
    fn clearing_takes_both_marks_and_nothing_else(#[case] bits: u64, #[case] state: &str) {
        assert_eq!(changed(bits, Entry::clear_used), state);
    }

    #[rstest]
    #[case::write_is_taken(0x8000_0000_0000_5007, "r--u", "frame 0x5 r--u --")]
    #[case::write_is_given(0x8000_0000_0000_5005, "rw-u", "frame 0x5 rw-u --")]
    #[case::execute_is_taken(0x0000_0000_0000_5005, "r--u", "frame 0x5 r--u --")]
    #[case::execute_is_given(0x8000_0000_0000_5005, "r-xu", "frame 0x5 r-xu --")]
    #[case::user_is_taken(0x8000_0000_0000_5007, "rw--", "frame 0x5 rw-- --")]
    #[case::user_is_given(0x8000_0000_0000_5003, "rw-u", "frame 0x5 rw-u --")]
    #[case::everything_is_taken(0x0000_0000_0000_5007, "r---", "frame 0x5 r--- --")]
    #[case::everything_is_given(0x8000_0000_0000_5001, "rwxu", "frame 0x5 rwxu --")]
    #[case::the_same_again(0x8000_0000_0000_5007, "rw-u", "frame 0x5 rw-u --")]
    #[case::accessed_stays(0x8000_0000_0000_5027, "r---", "frame 0x5 r--- a-")]
    #[case::dirty_stays_without_the_right_to_write(0x8000_0000_0000_5067, "r--u", "frame 0x5 r--u ad")]
    #[case::last_frame_stays(0x000f_ffff_ffff_f007, "r---", "frame 0xffffffffff r--- --")]
    fn new_rights_replace_the_old_ones(#[case] bits: u64, #[case] allowed: &str, #[case] state: &str) {
        assert_eq!(changed(bits, |entry| entry.set_rights(rights(allowed))), state);
    }
}

/// Step 4: an empty table.
mod new {
    use super::*;

    #[rstest]
    #[case::one_page(1, 4096)]
    #[case::sixteen_pages(16, 4096)]
    #[case::a_frame_full_of_entries(512, 4096)]
    #[case::one_entry_more_than_a_frame(513, 4096)]
    #[case::two_entries_in_a_frame(64, 16)]
    #[case::an_odd_number_of_entries(63, 16)]
    #[case::pages_of_64_kib(100, 0x1_0000)]
    fn new_table_has_no_page(#[case] page_count: u64, #[case] page_bytes: u64) {
        let mut os = Os::boot(page_count, page_bytes);
        for page in 0..page_count {
            assert_eq!(os.raw(page), 0, "the entry of page {page:#x}");
            assert_eq!(os.lookup(page), "unallocated", "page {page:#x}");
        }
    }

    #[rstest]
    #[case::one_page(1, 4096, 1)]
    #[case::a_frame_full_of_entries(512, 4096, 1)]
    #[case::one_entry_more_than_a_frame(513, 4096, 2)]
    #[case::two_frames_full_of_entries(1024, 4096, 2)]
    #[case::two_entries_in_a_frame(64, 16, 32)]
    #[case::an_odd_number_of_entries(63, 16, 32)]
    fn new_table_takes_the_frames_that_its_entries_fill(
        #[case] page_count: u64,
        #[case] page_bytes: u64,
        #[case] frames: u64,
    ) {
        let os = Os::boot(page_count, page_bytes);
        assert_eq!(os.machine.frames.in_use(), frames);
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

    #[rstest]
    #[case::one_page(1, 4096, 8)]
    #[case::sixteen_pages(16, 4096, 128)]
    #[case::a_frame_full_of_entries(512, 4096, 4096)]
    #[case::one_entry_more_than_a_frame(513, 4096, 4104)]
    #[case::small_pages(64, 16, 512)]
    #[case::a_million_pages(1 << 20, 4096, 8 << 20)]
    fn table_has_an_entry_for_every_page(
        #[case] page_count: u64,
        #[case] page_bytes: u64,
        #[case] bytes: u64,
    ) {
        let mut os = Os::boot(page_count, page_bytes);
        assert_eq!(os.table.table_bytes(&mut os.machine.memory), bytes);
        os.map(0x0, 0x0, "r---").expect("page 0 is free");
        assert_eq!(os.table.table_bytes(&mut os.machine.memory), bytes, "with a page mapped");
    }
}

/// Step 4: pages get frames and lose them.
mod map {
    use super::*;

    #[rstest]
    #[case::first_page(0x0, 0x5, "rw-u", "frame 0x5 rw-u --")]
    #[case::last_page(0xf, 0x5, "rw-u", "frame 0x5 rw-u --")]
    #[case::frame_0(0x3, 0x0, "r---", "frame 0x0 r--- --")]
    #[case::page_0_to_frame_0(0x0, 0x0, "rwxu", "frame 0x0 rwxu --")]
    #[case::frame_above_32_bits(0x3, 0x1_0000_0001, "r-x-", "frame 0x100000001 r-x- --")]
    #[case::last_frame(0x3, LAST_FRAME, "rwxu", "frame 0xffffffffff rwxu --")]
    fn mapped_page_is_found(
        #[case] page: u64,
        #[case] frame: u64,
        #[case] allowed: &str,
        #[case] state: &str,
    ) {
        let mut os = Os::boot(16, 4096);
        assert_eq!(os.map(page, frame, allowed), Ok(()));
        for other in 0..16 {
            assert_eq!(
                os.lookup(other),
                if other == page { state } else { "unallocated" },
                "page {other:#x}"
            );
        }
    }

    #[rstest]
    #[case::first_page(16, 4096, 0x0)]
    #[case::page_3(16, 4096, 0x3)]
    #[case::last_page(16, 4096, 0xf)]
    #[case::first_entry_of_the_second_frame(1024, 4096, 0x200)]
    #[case::last_entry_of_the_second_frame(1024, 4096, 0x3ff)]
    #[case::second_entry_of_a_small_frame(64, 16, 0x1)]
    #[case::last_of_small_pages(63, 16, 0x3e)]
    fn mapping_changes_the_entry_of_the_page_alone(
        #[case] page_count: u64,
        #[case] page_bytes: u64,
        #[case] page: u64,
    ) {
        let mut os = Os::boot(page_count, page_bytes);
        let mut expected = vec![0; page_count as usize];
        expected[page as usize] = 0x8000_0000_0000_5007;
        os.map(page, 0x5, "rw-u").expect("the page is free");
        assert_eq!(os.all_raw(page_count), expected);
    }

    #[rstest]
    #[case::one_beyond(0x10, 0x5, "page 0x10 to frame 0x5 is out of range")]
    #[case::place_that_does_not_fit_64_bits(1 << 61, 0x5, "page 0x2000000000000000 to frame 0x5 is out of range")]
    #[case::highest_page(u64::MAX, 0x5, "page 0xffffffffffffffff to frame 0x5 is out of range")]
    #[case::frame_of_41_bits(0x4, LAST_FRAME + 1, "page 0x4 to frame 0x10000000000 is out of range")]
    #[case::highest_frame(0x4, u64::MAX, "page 0x4 to frame 0xffffffffffffffff is out of range")]
    #[case::page_in_memory(0x3, 0x6, "page 0x3 is already mapped")]
    #[case::page_in_memory_to_the_same_frame(0x3, 0x5, "page 0x3 is already mapped")]
    #[case::range_comes_first(0x3, LAST_FRAME + 1, "page 0x3 to frame 0x10000000000 is out of range")]
    fn map_that_fails_changes_nothing(#[case] page: u64, #[case] frame: u64, #[case] error: &str) {
        let mut os = Os::with_page_3_in_frame_5();
        let (entries, in_use) = (os.all_raw(16), os.machine.frames.in_use());
        let refused = os.map(page, frame, "r---").expect_err("this cannot be mapped");
        assert_eq!(refused.to_string(), error);
        assert_eq!(os.all_raw(16), entries);
        assert_eq!(os.machine.frames.in_use(), in_use);
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

    #[rstest]
    #[case::read_only(0x8000_0000_0000_5001, "frame 0x5 r--- --")]
    #[case::frame_0(0x0000_0000_0000_0007, "frame 0x0 rwxu --")]
    #[case::accessed_by_the_mmu(0x8000_0000_0000_5027, "frame 0x5 rw-u a-")]
    #[case::dirty_too(0x8000_0000_0000_5067, "frame 0x5 rw-u ad")]
    #[case::last_frame(0x000f_ffff_ffff_f007, "frame 0xffffffffff rwxu --")]
    fn unmap_says_what_was_there_and_leaves_nothing(#[case] bits: u64, #[case] state: &str) {
        let mut os = Os::with_page_3_in_frame_5();
        os.poke(0x3, bits);
        assert_eq!(os.unmap(0x3).map(|was| was.to_string()), Ok(state.into()));
        assert_eq!(os.raw(0x3), 0);
        assert_eq!(os.lookup(0x3), "unallocated");
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

    #[rstest]
    #[case::hole(0x4, "page 0x4 is not mapped")]
    #[case::first_page(0x0, "page 0x0 is not mapped")]
    #[case::last_page(0xf, "page 0xf is not mapped")]
    #[case::one_beyond(0x10, "page 0x10 is out of range")]
    #[case::place_that_does_not_fit_64_bits(1 << 61, "page 0x2000000000000000 is out of range")]
    #[case::highest_page(u64::MAX, "page 0xffffffffffffffff is out of range")]
    fn page_that_is_not_there_is_neither_unmapped_nor_protected(#[case] page: u64, #[case] error: &str) {
        let mut os = Os::with_page_3_in_frame_5();
        let entries = os.all_raw(16);
        assert_eq!(os.unmap(page).expect_err("nothing is there").to_string(), error);
        assert_eq!(os.protect(page, "rwxu").expect_err("nothing is there").to_string(), error);
        assert_eq!(os.all_raw(16), entries);
    }

    #[rstest]
    #[case::fewer_rights(0x8000_0000_0000_5007, "r---", "frame 0x5 r--- --")]
    #[case::more_rights(0x8000_0000_0000_5001, "rwxu", "frame 0x5 rwxu --")]
    #[case::page_that_the_mmu_wrote_to(0x8000_0000_0000_5067, "r--u", "frame 0x5 r--u ad")]
    #[case::page_that_the_mmu_read(0x8000_0000_0000_5027, "rw--", "frame 0x5 rw-- a-")]
    #[case::frame_0(0x8000_0000_0000_0007, "r-xu", "frame 0x0 r-xu --")]
    fn protect_changes_the_rights_alone(#[case] bits: u64, #[case] allowed: &str, #[case] state: &str) {
        let mut os = Os::with_page_3_in_frame_5();
        os.map(0x4, 0x5, "rw-u").expect("page 4 is free");
        os.poke(0x3, bits);
        assert_eq!(os.protect(0x3, allowed), Ok(()));
        assert_eq!(os.lookup(0x3), state);
        assert_eq!(os.lookup(0x4), "frame 0x5 rw-u --", "the other page of the frame");
    }

    #[rstest]
    #[case::mapped_page(0x3, "frame 0x5 rw-u --")]
    #[case::hole(0x4, "unallocated")]
    #[case::last_page(0xf, "unallocated")]
    #[case::one_beyond(0x10, "unallocated")]
    #[case::place_that_does_not_fit_64_bits(1 << 61, "unallocated")]
    #[case::highest_page(u64::MAX, "unallocated")]
    fn lookup_writes_nothing(#[case] page: u64, #[case] state: &str) {
        let mut os = Os::with_page_3_in_frame_5();
        assert_eq!(os.lookup(page), state);
        assert_eq!(os.machine.log().write_count, 0);
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

    #[rstest]
    #[case::first_byte_of_the_page(16, 4096, 0x3, 0x5, 0x3000, 0x5000)]
    #[case::inside_the_page(16, 4096, 0x3, 0x5, 0x3010, 0x5010)]
    #[case::last_byte_of_the_page(16, 4096, 0x3, 0x5, 0x3fff, 0x5fff)]
    #[case::address_0(16, 4096, 0x0, 0x5, 0x0, 0x5000)]
    #[case::frame_0(16, 4096, 0x3, 0x0, 0x3010, 0x10)]
    #[case::last_byte_of_the_space(16, 4096, 0xf, 0x5, 0xffff, 0x5fff)]
    #[case::second_frame_of_the_table(1024, 4096, 0x200, 0x5, 0x20_0123, 0x5123)]
    #[case::last_frame(16, 4096, 0x3, LAST_FRAME, 0x3fff, 0xf_ffff_ffff_ffff)]
    #[case::small_page(64, 16, 0x3f, 0x5, 0x3f9, 0x59)]
    #[case::frame_above_32_bits_of_small_pages(64, 16, 0x1, 0x1_0000_0000, 0x1f, 0x10_0000_000f)]
    #[case::pages_of_64_kib(16, 0x1_0000, 0x2, 0x7, 0x2_ffff, 0x7_ffff)]
    #[case::pages_of_2_mib(4, 2 << 20, 0x3, 0x2, 0x7f_ffff, 0x5f_ffff)]
    fn address_is_translated(
        #[case] page_count: u64,
        #[case] page_bytes: u64,
        #[case] page: u64,
        #[case] frame: u64,
        #[case] va: u64,
        #[case] pa: u64,
    ) {
        let mut os = Os::boot(page_count, page_bytes);
        os.map(page, frame, "rwxu").expect("the page is free");
        for access in ACCESSES {
            assert_eq!(os.translate(va, access), Ok(PhysAddr::new(pa)), "{access}");
        }
    }

    #[rstest]
    #[case::allowed(0x3010)]
    #[case::forbidden(0x7010)]
    #[case::unmapped(0x4010)]
    #[case::last_byte_of_the_space(0xffff)]
    fn translation_reads_one_entry_and_no_more(#[case] va: u64) {
        let mut os = Os::with_page_3_in_frame_5();
        os.map(0x7, 0x5, "r---").expect("page 7 is free");
        os.machine.log();
        for access in ACCESSES {
            let _ = os.translate(va, access);
            let log = os.machine.log();
            assert_eq!(log.read_count, 1, "{access}");
            let entry = os.place_of(va >> 12);
            assert!(matches!(log.events[0], MemoryEvent::Read { at, .. } if at == entry), "{access}");
        }
    }

    #[rstest]
    #[case::one_beyond(0x1_0000)]
    #[case::far_beyond(0x8000_0000_0000_0000)]
    #[case::highest_address(u64::MAX)]
    fn beyond_the_last_page_nothing_is_present_and_nothing_is_read(#[case] va: u64) {
        let mut os = Os::with_page_3_in_frame_5();
        assert_eq!(accesses_at(&mut os, va), "04 06 14 00 02 10");
        let log = os.machine.log();
        assert_eq!((log.read_count, log.write_count), (0, 0));
    }

    #[rstest]
    #[case::first_byte_of_a_hole(0x4000)]
    #[case::last_byte_before_the_page(0x2fff)]
    #[case::last_byte_of_the_space(0xffff)]
    #[case::address_0(0x0)]
    fn unmapped_page_faults_as_not_present(#[case] va: u64) {
        let mut os = Os::with_page_3_in_frame_5();
        assert_eq!(accesses_at(&mut os, va), "04 06 14 00 02 10");
    }

    #[rstest]
    #[case::nothing_but_reading("r---", "05 07 15 ok 03 11")]
    #[case::write("rw--", "05 07 15 ok ok 11")]
    #[case::execute("r-x-", "05 07 15 ok 03 ok")]
    #[case::write_and_execute("rwx-", "05 07 15 ok ok ok")]
    #[case::user("r--u", "ok 07 15 ok 03 11")]
    #[case::user_and_write("rw-u", "ok ok 15 ok ok 11")]
    #[case::user_and_execute("r-xu", "ok 07 ok ok 03 ok")]
    #[case::everything("rwxu", "ok ok ok ok ok ok")]
    fn forbidden_access_faults_with_its_code(#[case] allowed: &str, #[case] verdicts: &str) {
        let mut os = Os::boot(16, 4096);
        os.map(0x3, 0x5, allowed).expect("page 3 is free");
        assert_eq!(accesses_at(&mut os, 0x3010), verdicts);
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

    #[rstest]
    #[case::read(0x8000_0000_0000_5007, Access::USER_READ, 0x8000_0000_0000_5027)]
    #[case::supervisor_read(0x8000_0000_0000_5007, Access::SUPERVISOR_READ, 0x8000_0000_0000_5027)]
    #[case::fetch(0x0000_0000_0000_5007, Access::USER_FETCH, 0x0000_0000_0000_5027)]
    #[case::write(0x8000_0000_0000_5007, Access::USER_WRITE, 0x8000_0000_0000_5067)]
    #[case::supervisor_write(0x8000_0000_0000_5003, Access::SUPERVISOR_WRITE, 0x8000_0000_0000_5063)]
    #[case::write_after_read(0x8000_0000_0000_5027, Access::USER_WRITE, 0x8000_0000_0000_5067)]
    #[case::read_of_a_dirty_page_whose_a_was_cleared(0x5047, Access::USER_READ, 0x5067)]
    #[case::frame_0(0x0000_0000_0000_0007, Access::USER_WRITE, 0x0000_0000_0000_0067)]
    #[case::bits_that_the_course_ignores(0x7ff0_0000_0000_5f9f, Access::USER_WRITE, 0x7ff0_0000_0000_5fff)]
    fn access_marks_the_entry_in_memory(#[case] before: u64, #[case] access: Access, #[case] after: u64) {
        let mut os = Os::with_page_3_in_frame_5();
        os.map(0x7, 0x5, "rw-u").expect("page 7 is free");
        os.poke(0x3, before);
        os.machine.log();
        os.translate(0x3010, access).expect("the rights allow it");
        assert_eq!(format!("{:#018x}", os.raw(0x3)), format!("{after:#018x}"));
        assert_eq!(os.raw(0x7), 0x8000_0000_0000_5007, "another page of the same frame");
        for event in os.machine.log().events {
            if let MemoryEvent::Write { before, value, .. } = event {
                assert_ne!(before, value, "a bit that is set is not written again");
            }
        }
    }

    #[rstest]
    #[case::second_read(0x8000_0000_0000_5027, Access::USER_READ)]
    #[case::second_fetch(0x0000_0000_0000_5027, Access::USER_FETCH)]
    #[case::second_write(0x8000_0000_0000_5067, Access::USER_WRITE)]
    #[case::read_after_write(0x8000_0000_0000_5067, Access::SUPERVISOR_READ)]
    #[case::fetch_after_write(0x0000_0000_0000_5067, Access::SUPERVISOR_FETCH)]
    fn marked_entry_is_not_written_again(#[case] bits: u64, #[case] access: Access) {
        let mut os = Os::with_page_3_in_frame_5();
        os.poke(0x3, bits);
        os.machine.log();
        os.translate(0x3010, access).expect("the rights allow it");
        assert_eq!(os.machine.log().write_count, 0);
        assert_eq!(os.raw(0x3), bits);
    }

    #[rstest]
    #[case::user_access_to_a_kernel_page(0x0000_0000_0000_5003, &[Access::USER_READ, Access::USER_WRITE])]
    #[case::user_fetch_of_a_kernel_page(0x0000_0000_0000_5003, &[Access::USER_FETCH])]
    #[case::write_to_a_read_only_page(0x0000_0000_0000_5005, &[Access::USER_WRITE, Access::SUPERVISOR_WRITE])]
    #[case::fetch_of_data(0x8000_0000_0000_5007, &[Access::USER_FETCH, Access::SUPERVISOR_FETCH])]
    #[case::write_to_an_accessed_page(0x0000_0000_0000_5025, &[Access::USER_WRITE])]
    #[case::unallocated(0x0, &ACCESSES)]
    fn fault_leaves_no_mark(#[case] bits: u64, #[case] accesses: &[Access]) {
        let mut os = Os::with_page_3_in_frame_5();
        os.poke(0x3, bits);
        os.machine.log();
        for &access in accesses {
            os.translate(0x3010, access).expect_err("the rights forbid it");
            assert_eq!(os.machine.log().write_count, 0, "{access}");
            assert_eq!(os.raw(0x3), bits, "{access}");
        }
    }
}

/// Step 6: pages leave memory and come back.
mod disk {
    use super::*;

    #[rstest]
    #[case::clean(0x8000_0000_0000_5007, "frame 0x5 rw-u --")]
    #[case::read(0x8000_0000_0000_5027, "frame 0x5 rw-u a-")]
    #[case::written(0x8000_0000_0000_5067, "frame 0x5 rw-u ad")]
    #[case::read_only(0x0000_0000_0000_5021, "frame 0x5 r-x- a-")]
    #[case::frame_0(0x8000_0000_0000_0001, "frame 0x0 r--- --")]
    fn page_out_says_what_the_page_had(#[case] bits: u64, #[case] mapping: &str) {
        let mut os = Os::with_page_3_in_frame_5();
        os.poke(0x3, bits);
        assert_eq!(os.page_out(0x3, 0x2a).map(|was| was.to_string()), Ok(mapping.into()));
    }

    #[rstest]
    #[case::block_0(0x0, "on disk, block 0x0")]
    #[case::block_2a(0x2a, "on disk, block 0x2a")]
    #[case::block_with_the_bits_of_an_entry(0x67, "on disk, block 0x67")]
    #[case::last_block(LAST_FRAME, "on disk, block 0xffffffffff")]
    fn page_on_disk_is_remembered_and_faults(#[case] block: u64, #[case] state: &str) {
        let mut os = Os::with_page_3_in_frame_5();
        os.page_out(0x3, block).expect("page 3 is in memory");
        assert_eq!(os.lookup(0x3), state);
        assert_eq!(accesses_at(&mut os, 0x3010), "04 06 14 00 02 10");
        assert_eq!(os.lookup(0x3), state, "after the faults");
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

    #[rstest]
    #[case::block_0(0x0, "on disk, block 0x0")]
    #[case::block_2a(0x2a, "on disk, block 0x2a")]
    fn unmap_takes_a_page_on_disk_too(#[case] block: u64, #[case] state: &str) {
        let mut os = Os::with_page_3_in_frame_5();
        os.page_out(0x3, block).expect("page 3 is in memory");
        assert_eq!(os.unmap(0x3).map(|was| was.to_string()), Ok(state.into()));
        assert_eq!(os.raw(0x3), 0);
        assert_eq!(os.unmap(0x3), Err(PageError::NotMapped { page: Page::new(0x3) }));
    }

    #[rstest]
    #[case::block_0(0x0)]
    #[case::block_2a(0x2a)]
    fn page_on_disk_has_no_rights_no_marks_and_no_frame(#[case] block: u64) {
        let mut os = Os::with_page_3_in_frame_5();
        os.page_out(0x3, block).expect("page 3 is in memory");
        let (page, entry) = (Page::new(0x3), os.raw(0x3));
        assert_eq!(os.protect(0x3, "rwxu"), Err(PageError::NotMapped { page }));
        assert_eq!(os.clear_used(0x3), Err(PageError::NotMapped { page }));
        assert_eq!(os.page_out(0x3, 0x1), Err(PageError::NotMapped { page }));
        assert_eq!(os.raw(0x3), entry);
    }

    #[rstest]
    #[case::hole(0x4, "page 0x4 is not mapped")]
    #[case::last_page(0xf, "page 0xf is not mapped")]
    #[case::one_beyond(0x10, "page 0x10 is out of range")]
    #[case::place_that_does_not_fit_64_bits(1 << 61, "page 0x2000000000000000 is out of range")]
    #[case::highest_page(u64::MAX, "page 0xffffffffffffffff is out of range")]
    fn page_that_is_not_there_has_no_marks_and_nothing_to_page_out(#[case] page: u64, #[case] error: &str) {
        let mut os = Os::with_page_3_in_frame_5();
        let entries = os.all_raw(16);
        assert_eq!(os.page_out(page, 0x2a).expect_err("nothing is there").to_string(), error);
        assert_eq!(os.clear_used(page).expect_err("nothing is there").to_string(), error);
        assert_eq!(os.all_raw(16), entries);
    }

    #[rstest]
    #[case::neither(0x8000_0000_0000_5007, "--", "frame 0x5 rw-u --")]
    #[case::accessed(0x8000_0000_0000_5025, "a-", "frame 0x5 r--u --")]
    #[case::both(0x0000_0000_0000_5067, "ad", "frame 0x5 rwxu --")]
    #[case::dirty_alone(0x0000_0000_0000_5043, "-d", "frame 0x5 rwx- --")]
    #[case::frame_0(0x8000_0000_0000_0067, "ad", "frame 0x0 rw-u --")]
    fn clearing_says_what_was_marked_and_keeps_the_rest(
        #[case] bits: u64,
        #[case] used: &str,
        #[case] state: &str,
    ) {
        let mut os = Os::with_page_3_in_frame_5();
        os.poke(0x3, bits);
        assert_eq!(os.clear_used(0x3).map(|was| was.to_string()), Ok(used.into()));
        assert_eq!(os.lookup(0x3), state);
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
fn scenarios() {
    testbench::page_table::snapshots::<LinearPageTable>(|name, trace| insta::assert_snapshot!(name, trace));
}
