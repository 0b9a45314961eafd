// What copy-on-write promises, one module for each criterion of the lab `cow_fork`, in the order of its steps.
//
// A `World` is the machine, the system, and spaces by name. What its programs do goes through a TLB that forgets only what
// it is told to. Pages and frames by their number, addresses in bytes, rights as `rwxu`. Chapter: `cow_fork.md`.

use labs::cow_fork::{CowSpace, OwnerCounts};
use machine::prelude::*;
use rstest::rstest;
use testbench::{
    Machine,
    cow_fork::{StandInTable, World},
};

/// Frames that are in use before the first page: the system's zero frame and the root of one table.
const AT_REST: u64 = 2;

const PRIVATE: Visibility = Visibility::Private;
const SHARED: Visibility = Visibility::Shared;

fn rights(text: &str) -> Rights {
    text.parse().expect("the case spells rights as `rwxu`")
}

/// A world whose one space, `parent`, has no pages.
fn parent(frame_count: u64) -> World {
    let mut world = World::power_on::<CowSpace<StandInTable>>(frame_count);
    world.start("parent").expect("there is a frame for its table");
    world
}

/// The same with the pages 3 and 4, private and writable; the first word of page 3 is 7, page 4 was never written.
fn parent_with_two_pages(frame_count: u64) -> World {
    let mut world = parent(frame_count);
    for page in [3, 4] {
        world.map("parent", page, rights("rw-u"), PRIVATE).expect("the page is new");
    }
    assert_eq!(write(&mut world, "parent", 0x3000, 7), "stored, faults: 1");
    world
}

/// The same with a child that shares both pages.
fn family(frame_count: u64) -> World {
    let mut world = parent_with_two_pages(frame_count);
    world.fork("parent", "child").expect("there are frames for the child's table");
    world
}

fn read(world: &mut World, space: &str, at: u64) -> String {
    match world.access(space, at, Access::USER_READ, 0) {
        Ok(done) => format!("{:#x}, faults: {}", done.value, done.faults),
        Err(failure) => failure.to_string(),
    }
}

fn write(world: &mut World, space: &str, at: u64, value: u64) -> String {
    match world.access(space, at, Access::USER_WRITE, value) {
        Ok(done) => format!("stored, faults: {}", done.faults),
        Err(failure) => failure.to_string(),
    }
}

fn fetch(world: &mut World, space: &str, at: u64) -> String {
    world.access(space, at, Access::USER_FETCH, 0).map_or_else(|failure| failure.to_string(), |_| "ok".into())
}

/// What an access by the kernel reads or stores, and how many faults that took.
fn by_kernel(world: &mut World, at: u64, access: Access, value: u64) -> String {
    match world.access("parent", at, access, value) {
        Ok(done) => format!("{:#x}, faults: {}", done.value, done.faults),
        Err(failure) => failure.to_string(),
    }
}

fn text<E: ToString>(result: Result<(), E>) -> String {
    result.map_or_else(|error| error.to_string(), |()| "ok".into())
}

/// The rights of a page in the table.
fn granted(world: &World, space: &str, page: u64) -> String {
    world.mapping(space, page).map_or("nothing".into(), |(_, rights)| rights.to_string())
}

/// The frame of a page.
fn frame(world: &World, space: &str, page: u64) -> Frame {
    world.mapping(space, page).expect("the page is mapped").0
}

/// Whether two spaces have `page` in one frame.
fn is_one_frame(world: &World, one: &str, other: &str, page: u64) -> bool {
    frame(world, one, page) == frame(world, other, page)
}

/// Asserts that the zero frame belongs to the system and these pages: each is an owner, or none is counted at all.
#[track_caller]
fn zero_frame_has(pages: u64, world: &World) {
    let owners = world.owners(world.zero_frame());
    assert!(owners == 1 || owners == 1 + pages, "{owners} owners: the system and {pages} pages?");
}

/// Number of owners of the frame of a page.
fn owners(world: &World, space: &str, page: u64) -> u64 {
    world.owners(frame(world, space, page))
}

/// Step 1: a frame is freed by its last owner.
mod count {
    use super::*;

    fn four_frames() -> (Machine, OwnerCounts) {
        (Machine::new(4, 4096), OwnerCounts::new(4))
    }

    #[test]
    fn nobody_owns_a_frame_at_first() {
        let (_machine, counts) = four_frames();
        assert_eq!([0, 1, 2, 3].map(|number| counts.owners(Frame::new(number))), [0; 4]);
    }

    #[test]
    fn allocated_frame_has_one_owner() {
        let (mut machine, mut counts) = four_frames();
        let frame = counts.allocate(&mut machine.frames).expect("four are free");
        assert!(machine.is_allocated(frame));
        assert_eq!((counts.owners(frame), machine.frames.in_use()), (1, 1));
    }

    #[test]
    fn frame_that_others_took_is_not_handed_out() {
        let (mut machine, mut counts) = four_frames();
        machine.frames.allocate_run(3).expect("four are free");
        assert!(counts.allocate(&mut machine.frames).is_some());
        assert_eq!(counts.allocate(&mut machine.frames), None);
        assert_eq!(machine.frames.in_use(), 4);
    }

    #[rstest]
    #[case::two(2)]
    #[case::three(3)]
    #[case::more_than_a_byte_holds(300)]
    #[case::more_than_two_bytes_hold(70_000)]
    fn last_owner_frees_the_frame_and_nobody_before(#[case] owners: u64) {
        let (mut machine, mut counts) = four_frames();
        let frame = counts.allocate(&mut machine.frames).expect("four are free");
        (1..owners).for_each(|_| counts.share(frame));
        for left in (1..owners).rev() {
            counts.release(frame, &mut machine.frames);
            assert_eq!(counts.owners(frame), left);
        }
        assert!(machine.is_allocated(frame), "one owner is left");
        counts.release(frame, &mut machine.frames);
        assert_eq!((counts.owners(frame), machine.frames.in_use()), (0, 0));
    }

    #[test]
    fn every_frame_is_counted_by_itself() {
        let (mut machine, mut counts) = four_frames();
        let mut take = || counts.allocate(&mut machine.frames).expect("four are free");
        let (one, other) = (take(), take());
        counts.share(one);
        counts.share(one);
        counts.release(other, &mut machine.frames);
        assert_eq!((counts.owners(one), counts.owners(other)), (3, 0));
        assert!(machine.is_allocated(one) && !machine.is_allocated(other));
    }

    #[test]
    fn frame_that_comes_again_begins_with_one_owner() {
        let (mut machine, mut counts) = four_frames();
        machine.frames.allocate_run(3).expect("four are free");
        for _ in 0..3 {
            let frame = counts.allocate(&mut machine.frames).expect("one is free");
            assert_eq!(counts.owners(frame), 1);
            counts.release(frame, &mut machine.frames);
        }
    }
}

/// Step 2: pages come and go.
mod pages {
    use super::*;

    #[test]
    fn private_page_is_zero_and_takes_no_frame_but_for_its_table() {
        let mut world = parent(8);
        for page in [3, 4, 5] {
            assert_eq!(text(world.map("parent", page, rights("rw-u"), PRIVATE)), "ok");
        }
        assert_eq!(read(&mut world, "parent", 0x3ff8), "0x0, faults: 0");
        assert_eq!(world.frames_in_use(), AT_REST + 1);
        assert_eq!(frame(&world, "parent", 3), frame(&world, "parent", 5));
    }

    #[test]
    fn page_owns_the_zero_frame_no_longer_than_it_is_there() {
        let mut world = parent(8);
        zero_frame_has(0, &world);
        for page in [3, 4, 5] {
            world.map("parent", page, rights("rw-u"), PRIVATE).expect("the page is new");
        }
        zero_frame_has(3, &world);
        world.unmap("parent", 4).expect("the page is there");
        zero_frame_has(2, &world);
    }

    #[rstest]
    #[case::writable("rw-u", "r--u")]
    #[case::read_only("r--u", "r--u")]
    #[case::executable("rwxu", "r-xu")]
    #[case::for_the_kernel("rw--", "r---")]
    fn table_grants_a_private_page_all_but_writing(#[case] promised: &str, #[case] in_table: &str) {
        let mut world = parent(8);
        world.map("parent", 3, rights(promised), PRIVATE).expect("the page is new");
        assert_eq!(granted(&world, "parent", 3), in_table);
    }

    #[rstest]
    #[case::writable("rw-u")]
    #[case::executable("rwxu")]
    #[case::read_only("r--u")]
    #[case::for_the_kernel_to_read("r---")]
    fn shared_page_has_a_zeroed_frame_of_its_own_and_all_its_rights(#[case] promised: &str) {
        let mut world = parent(8);
        world.map("parent", 3, rights(promised), SHARED).expect("the page is new");
        assert_eq!(granted(&world, "parent", 3), promised);
        assert_eq!(owners(&world, "parent", 3), 1);
        assert_eq!(world.frames_in_use(), AT_REST + 2);
        for at in [0x3000, 0x3ff8] {
            assert_eq!(by_kernel(&mut world, at, Access::SUPERVISOR_READ, 0), "0x0, faults: 0");
        }
    }

    #[test]
    fn page_that_is_there_is_not_mapped_again_whether_a_frame_is_free_or_not() {
        let mut world = parent(AT_REST + 2);
        world.map("parent", 3, rights("r--u"), SHARED).expect("the page is new");
        let before = (world.frames_in_use(), frame(&world, "parent", 3));
        for visibility in [PRIVATE, SHARED] {
            let again = world.map("parent", 3, rights("rw-u"), visibility);
            assert_eq!(text(again), "page 0x3 is already mapped");
        }
        assert_eq!((world.frames_in_use(), frame(&world, "parent", 3)), before);
        assert_eq!(granted(&world, "parent", 3), "r--u");
    }

    #[rstest]
    #[case::no_frame_for_its_table(AT_REST, PRIVATE)]
    #[case::no_frame_for_a_shared_page(AT_REST, SHARED)]
    #[case::one_frame_for_a_shared_page_and_its_table(AT_REST + 1, SHARED)]
    fn map_without_frames_keeps_none(#[case] frame_count: u64, #[case] visibility: Visibility) {
        let mut world = parent(frame_count);
        assert_eq!(text(world.map("parent", 3, rights("rw-u"), visibility)), "out of frames");
        assert_eq!(world.frames_in_use(), AT_REST);
        zero_frame_has(0, &world);
        assert_eq!(text(world.unmap("parent", 3)), "page 0x3 is not mapped");
    }

    #[rstest]
    #[case::private(PRIVATE)]
    #[case::shared(SHARED)]
    fn page_that_no_table_has_place_for_is_out_of_range(#[case] visibility: Visibility) {
        let mut world = parent(8);
        let mapped = world.map("parent", 1 << 35, rights("rw-u"), visibility);
        assert_eq!(text(mapped), "page 0x800000000 is out of range");
        assert_eq!(world.frames_in_use(), AT_REST);
        zero_frame_has(0, &world);
    }

    #[test]
    fn unmapped_page_gives_its_frame_back() {
        let mut world = parent(8);
        world.map("parent", 3, rights("rw-u"), SHARED).expect("the page is new");
        write(&mut world, "parent", 0x3000, 7);
        assert_eq!(text(world.unmap("parent", 3)), "ok");
        assert_eq!((world.frames_in_use(), granted(&world, "parent", 3)), (AT_REST, "nothing".into()));
        assert_eq!(text(world.unmap("parent", 3)), "page 0x3 is not mapped");
    }

    #[test]
    fn page_that_comes_again_is_zero_whatever_the_tlb_knew() {
        let mut world = parent(8);
        world.map("parent", 3, rights("rw-u"), SHARED).expect("the page is new");
        assert_eq!(write(&mut world, "parent", 0x3000, 7), "stored, faults: 0");
        world.unmap("parent", 3).expect("the page is there");
        world.map("parent", 3, rights("rw-u"), PRIVATE).expect("the page is new");
        assert_eq!(read(&mut world, "parent", 0x3000), "0x0, faults: 0");
    }
}

/// Step 3: a program ends.
mod ends {
    use super::*;

    /// Pages 3 and 5 are private, 4 and 0x200 shared; they need two tables.
    const USED: [u64; 4] = [3, 4, 5, 0x200];

    /// `parent` with pages of both kinds that it has used.
    fn with_four_pages() -> World {
        let mut world = parent(12);
        for (page, visibility) in USED.into_iter().zip([PRIVATE, SHARED, PRIVATE, SHARED]) {
            world.map("parent", page, rights("rw-u"), visibility).expect("the page is new");
            read(&mut world, "parent", page * 0x1000);
        }
        write(&mut world, "parent", 0x4000, 7);
        world
    }

    #[test]
    fn exec_takes_every_page_away_and_leaves_the_space() {
        let mut world = with_four_pages();
        world.exec("parent").expect("the space is there");
        assert_eq!(USED.map(|page| granted(&world, "parent", page)), ["nothing"; 4]);
        assert_eq!(world.frames_in_use(), AT_REST);
        zero_frame_has(0, &world);
        assert_eq!(text(world.map("parent", 4, rights("rw-u"), PRIVATE)), "ok");
    }

    #[test]
    fn tlb_forgets_every_page_of_the_old_program() {
        let mut world = with_four_pages();
        assert_eq!(USED.map(|page| world.is_cached("parent", page)), [true; 4]);
        world.exec("parent").expect("the space is there");
        assert_eq!(USED.map(|page| world.is_cached("parent", page)), [false; 4]);
    }

    #[test]
    fn new_program_reads_nothing_of_the_old_one() {
        let mut world = with_four_pages();
        world.exec("parent").expect("the space is there");
        world.map("parent", 4, rights("rw-u"), SHARED).expect("the page is new");
        assert_eq!(read(&mut world, "parent", 0x4000), "0x0, faults: 0");
    }

    #[test]
    fn exit_leaves_the_zero_frame_and_nothing_else() {
        let mut world = with_four_pages();
        world.exit("parent").expect("the space is there");
        assert_eq!(world.frames_in_use(), AT_REST - 1);
        zero_frame_has(0, &world);
    }

    #[rstest]
    #[case::without_pages(&[])]
    #[case::with_one_page_that_was_never_written(&[3])]
    fn exit_of_a_space_without_frames_frees_its_table(#[case] pages: &[u64]) {
        let mut world = parent(4);
        for &page in pages {
            world.map("parent", page, rights("rw-u"), PRIVATE).expect("the page is new");
        }
        world.exit("parent").expect("the space is there");
        assert_eq!(world.frames_in_use(), AT_REST - 1);
        zero_frame_has(0, &world);
    }

    #[test]
    fn exit_of_one_leaves_the_pages_of_the_other() {
        let mut world = with_four_pages();
        world.start("other").expect("there are frames");
        world.map("other", 3, rights("rw-u"), PRIVATE).expect("the page is new");
        world.exit("other").expect("the space is there");
        assert_eq!(read(&mut world, "parent", 0x3000), "0x0, faults: 0");
        assert_eq!(read(&mut world, "parent", 0x4000), "0x7, faults: 0");
    }
}

/// Step 4: a page fault is repaired, or it is an error.
mod faults {
    use super::*;

    #[test]
    fn first_write_gives_the_page_a_frame_of_its_own() {
        let mut world = parent_with_two_pages(8);
        assert_eq!(read(&mut world, "parent", 0x3000), "0x7, faults: 0");
        assert_eq!(read(&mut world, "parent", 0x3008), "0x0, faults: 0");
        assert_eq!((granted(&world, "parent", 3), owners(&world, "parent", 3)), ("rw-u".into(), 1));
        zero_frame_has(1, &world);
    }

    #[test]
    fn second_write_does_not_fault() {
        let mut world = parent_with_two_pages(8);
        assert_eq!(write(&mut world, "parent", 0x3ff8, 8), "stored, faults: 0");
    }

    #[test]
    fn neighbour_of_a_written_page_stays_zero() {
        let mut world = parent_with_two_pages(8);
        assert_eq!(read(&mut world, "parent", 0x4000), "0x0, faults: 0");
        assert_eq!(granted(&world, "parent", 4), "r--u");
    }

    #[test]
    fn page_is_zero_after_somebody_else_has_written() {
        let mut world = parent_with_two_pages(8);
        world.start("other").expect("there are frames");
        world.map("other", 3, rights("rw-u"), PRIVATE).expect("the page is new");
        assert_eq!(read(&mut world, "other", 0x3000), "0x0, faults: 0");
    }

    //                                       read          write         fetch
    #[rstest]
    #[case::nothing_but_reading("r--u", "0x0, faults: 0", REFUSED, REFUSED)]
    #[case::writing("rw-u", "0x0, faults: 0", "stored, faults: 1", REFUSED)]
    #[case::executing("r-xu", "0x0, faults: 0", REFUSED, "ok")]
    #[case::everything("rwxu", "0x0, faults: 0", "stored, faults: 1", "ok")]
    #[case::not_for_user_code("rwx-", REFUSED, REFUSED, REFUSED)]
    fn what_was_not_promised_is_refused(
        #[case] promised: &str,
        #[case] when_read: &str,
        #[case] when_written: &str,
        #[case] when_fetched: &str,
    ) {
        let mut world = parent(8);
        world.map("parent", 3, rights(promised), PRIVATE).expect("the page is new");
        assert_eq!(read(&mut world, "parent", 0x3010), when_read);
        assert_eq!(fetch(&mut world, "parent", 0x3010), when_fetched);
        assert_eq!(write(&mut world, "parent", 0x3010, 7), when_written);
    }

    const REFUSED: &str = "segmentation fault at VA:0x3010";

    // The code of the kernel's fault has no USER in it.
    //                                       write            then fetch
    #[rstest]
    #[case::page_of_user_code("rw-u", "0x7, faults: 1", REFUSED, "rw-u")]
    #[case::page_to_read("r--u", REFUSED, REFUSED, "r--u")]
    #[case::page_to_execute("r-xu", REFUSED, "0x0, faults: 0", "r-xu")]
    #[case::page_of_the_kernel("rw--", "0x7, faults: 1", REFUSED, "rw--")]
    #[case::code_of_the_kernel("rwx-", "0x7, faults: 1", "0x7, faults: 0", "rwx-")]
    fn kernel_may_do_what_was_promised_with_or_without_the_right_of_user_code(
        #[case] promised: &str,
        #[case] when_written: &str,
        #[case] when_fetched: &str,
        #[case] in_table: &str,
    ) {
        let mut world = parent(8);
        world.map("parent", 3, rights(promised), PRIVATE).expect("the page is new");
        assert_eq!(by_kernel(&mut world, 0x3010, Access::SUPERVISOR_WRITE, 7), when_written);
        assert_eq!(by_kernel(&mut world, 0x3010, Access::SUPERVISOR_FETCH, 0), when_fetched);
        assert_eq!(granted(&world, "parent", 3), in_table);
    }

    #[test]
    fn wild_accesses_get_no_page() {
        let mut world = parent_with_two_pages(8);
        let in_use = world.frames_in_use();
        assert_eq!(write(&mut world, "parent", 0x2ff8, 1), "segmentation fault at VA:0x2ff8");
        assert_eq!(read(&mut world, "parent", 0x5000), "segmentation fault at VA:0x5000");
        assert_eq!(write(&mut world, "parent", 0, 1), "segmentation fault at VA:0x0");
        assert_eq!(read(&mut world, "parent", 0x5ffd), "segmentation fault at VA:0x5ffd");
        assert_eq!((world.frames_in_use(), granted(&world, "parent", 5)), (in_use, "nothing".into()));
    }

    #[test]
    fn refused_write_to_a_shared_page_changes_nothing() {
        let mut world = parent(8);
        world.map("parent", 3, rights("r--u"), SHARED).expect("the page is new");
        assert_eq!(write(&mut world, "parent", 0x3010, 7), REFUSED);
        assert_eq!(granted(&world, "parent", 3), "r--u");
    }

    #[test]
    fn write_without_a_free_frame_leaves_the_page_as_it_was() {
        let mut world = parent_with_two_pages(AT_REST + 2);
        let zero_frame = frame(&world, "parent", 4);
        assert_eq!(write(&mut world, "parent", 0x4000, 8), "out of frames");
        assert_eq!((frame(&world, "parent", 4), granted(&world, "parent", 4)), (zero_frame, "r--u".into()));
        assert_eq!(read(&mut world, "parent", 0x4000), "0x0, faults: 0");
    }

    #[test]
    fn only_page_of_its_table_is_copied_with_one_free_frame() {
        let mut world = parent(AT_REST + 2);
        world.map("parent", 3, rights("rw-u"), PRIVATE).expect("the page is new");
        assert_eq!(write(&mut world, "parent", 0x3000, 7), "stored, faults: 1");
    }
}

/// A system with a space whose page 3 is private and was never written.
fn system_with_page_3(promised: &str) -> (System<OwnerCounts>, CowSpace<StandInTable>) {
    let Machine { memory, frames } = Machine::new(12, 4096);
    let mut system = System::<OwnerCounts>::power_on(Paging::x86_64(), memory, frames);
    let mut space = CowSpace::<StandInTable>::new(&mut system).expect("there are frames");
    space.map(Page::new(3), rights(promised), PRIVATE, &mut system).expect("the page is new");
    (system, space)
}

/// A fault of user code in page 3; `kind` is what the code says beside PRESENT and USER.
fn fault_in_page_3(kind: ErrorCode) -> PageFault {
    PageFault::new(VirtAddr::new(0x3010), ErrorCode::PRESENT.with(ErrorCode::USER).with(kind))
}

/// What a fault that needs no repair may not change: frame and rights of page 3, and the frames in use.
fn standing(space: &CowSpace<StandInTable>, system: &System<OwnerCounts>) -> (Option<(Frame, Rights)>, u64) {
    (space.table().mapping(Page::new(3)), system.frames.in_use())
}

/// Step 4: a fault that two threads have is handled twice.
mod twice {
    use super::*;

    #[test]
    fn fault_that_was_repaired_already_changes_nothing() {
        let (mut system, mut space) = system_with_page_3("rw-u");
        let fault = fault_in_page_3(ErrorCode::WRITE);
        assert_eq!(space.handle_fault(fault, &mut system), Ok(()));
        let before = standing(&space, &system);
        assert_eq!(space.handle_fault(fault, &mut system), Ok(()));
        assert_eq!(standing(&space, &system), before);
    }

    #[rstest]
    #[case::read(ErrorCode::NONE)]
    #[case::fetch(ErrorCode::FETCH)]
    fn fault_of_an_access_that_the_table_allows_by_now_changes_nothing(#[case] kind: ErrorCode) {
        let (mut system, mut space) = system_with_page_3("rwxu");
        let before = standing(&space, &system);
        assert_eq!(space.handle_fault(fault_in_page_3(kind), &mut system), Ok(()));
        assert_eq!(standing(&space, &system), before);
    }
}

/// Step 5: a fork shares everything.
mod share {
    use super::*;

    #[test]
    fn fork_copies_nothing_and_counts_an_owner_more() {
        let mut world = parent_with_two_pages(12);
        let in_use = world.frames_in_use();
        world.fork("parent", "child").expect("there are frames");
        // The child's root, and its one table.
        assert_eq!(world.frames_in_use(), in_use + 2);
        assert!(is_one_frame(&world, "parent", "child", 3) && is_one_frame(&world, "parent", "child", 4));
        assert_eq!(owners(&world, "parent", 3), 2);
    }

    #[test]
    fn neither_side_may_write_a_private_page() {
        let world = family(12);
        for space in ["parent", "child"] {
            assert_eq!([3, 4].map(|page| granted(&world, space, page)), ["r--u"; 2], "{space}");
        }
    }

    #[test]
    fn child_reads_what_the_parent_has_written() {
        let mut world = family(12);
        assert_eq!(read(&mut world, "child", 0x3000), "0x7, faults: 0");
        assert_eq!(read(&mut world, "child", 0x4000), "0x0, faults: 0");
    }

    #[rstest]
    #[case::user_code("rw-u", Access::USER_WRITE)]
    #[case::kernel("rw--", Access::SUPERVISOR_WRITE)]
    fn parent_faults_though_the_tlb_knew_that_it_may_write(#[case] promised: &str, #[case] write: Access) {
        let mut world = parent(12);
        world.map("parent", 3, rights(promised), PRIVATE).expect("the page is new");
        let faults = |world: &mut World, value| {
            world.access("parent", 0x3000, write, value).expect("writing was promised").faults
        };
        assert_eq!(faults(&mut world, 7), 1);
        assert_eq!(faults(&mut world, 7), 0);
        world.fork("parent", "child").expect("there are frames");
        assert_eq!(faults(&mut world, 8), 1);
        let child = world.access("child", 0x3000, Access::SUPERVISOR_READ, 0).expect("reading was promised");
        assert_eq!((child.value, child.faults), (7, 0));
    }

    #[test]
    fn shared_page_is_written_by_both_without_a_fault() {
        let mut world = parent(12);
        world.map("parent", 3, rights("rw-u"), SHARED).expect("the page is new");
        world.fork("parent", "child").expect("there are frames");
        assert_eq!(write(&mut world, "child", 0x3000, 8), "stored, faults: 0");
        assert_eq!(read(&mut world, "parent", 0x3000), "0x8, faults: 0");
        assert_eq!(write(&mut world, "parent", 0x3000, 9), "stored, faults: 0");
        assert_eq!(read(&mut world, "child", 0x3000), "0x9, faults: 0");
    }

    #[rstest]
    #[case::read_only("r--u", "r--u", "r--u")]
    #[case::executable("rwxu", "r-xu", "rwxu")]
    #[case::for_the_kernel("rw--", "r---", "rw--")]
    fn child_has_the_parents_rights_and_may_write_after_a_fault(
        #[case] promised: &str,
        #[case] in_table: &str,
        #[case] after_a_write: &str,
    ) {
        let mut world = parent(12);
        world.map("parent", 3, rights(promised), PRIVATE).expect("the page is new");
        world.fork("parent", "child").expect("there are frames");
        assert_eq!(granted(&world, "child", 3), in_table);
        let written = world.access("child", 0x3000, Access::SUPERVISOR_WRITE, 8);
        assert_eq!(written.is_ok(), promised.contains('w'));
        assert_eq!(granted(&world, "child", 3), after_a_write);
    }

    #[test]
    fn page_that_the_child_maps_is_no_page_of_the_parent() {
        let mut world = family(12);
        world.map("child", 5, rights("rw-u"), PRIVATE).expect("the page is new");
        assert_eq!(granted(&world, "parent", 5), "nothing");
        assert_eq!(text(world.unmap("child", 3)), "ok");
        assert_eq!(read(&mut world, "parent", 0x3000), "0x7, faults: 0");
    }
}

/// Step 5: whoever writes gets a copy, unless nobody else is left.
mod copy {
    use super::*;

    #[rstest]
    #[case::child_first("child", "parent")]
    #[case::parent_first("parent", "child")]
    fn first_to_write_copies_and_the_other_keeps_the_frame(#[case] first: &str, #[case] second: &str) {
        let mut world = family(12);
        let shared = frame(&world, "parent", 3);
        assert_eq!(write(&mut world, first, 0x3008, 8), "stored, faults: 1");
        assert_ne!(frame(&world, first, 3), shared);
        assert_eq!(read(&mut world, first, 0x3000), "0x7, faults: 0");
        assert_eq!((frame(&world, second, 3), granted(&world, second, 3)), (shared, "r--u".into()));
        assert_eq!(write(&mut world, second, 0x3008, 9), "stored, faults: 1");
        assert_eq!((frame(&world, second, 3), granted(&world, second, 3)), (shared, "rw-u".into()));
        assert_eq!(read(&mut world, first, 0x3008), "0x8, faults: 0");
    }

    #[test]
    fn whole_page_is_copied() {
        let mut world = parent_with_two_pages(12);
        write(&mut world, "parent", 0x3ff8, 9);
        world.fork("parent", "child").expect("there are frames");
        write(&mut world, "child", 0x3800, 8);
        assert_eq!(read(&mut world, "child", 0x3000), "0x7, faults: 0");
        assert_eq!(read(&mut world, "child", 0x3ff8), "0x9, faults: 0");
    }

    #[test]
    fn last_owner_takes_the_frame_back_without_a_free_one() {
        let mut world = family(12);
        let shared = frame(&world, "parent", 3);
        world.exit("child").expect("the space is there");
        while world.start(&format!("filler{}", world.frames_in_use())).is_ok() {}
        assert_eq!(write(&mut world, "parent", 0x3000, 8), "stored, faults: 1");
        assert_eq!(frame(&world, "parent", 3), shared);
    }

    #[test]
    fn fault_of_a_read_gives_the_last_owner_no_right_to_write() {
        let (mut system, mut space) = system_with_page_3("rw-u");
        space.handle_fault(fault_in_page_3(ErrorCode::WRITE), &mut system).expect("writing was promised");
        let child = space.fork(&mut system).expect("there are frames");
        child.exit(&mut system);
        let before = standing(&space, &system);
        assert_eq!(space.handle_fault(fault_in_page_3(ErrorCode::NONE), &mut system), Ok(()));
        assert_eq!(standing(&space, &system), before);
    }

    #[test]
    fn three_generations_share_and_part() {
        let mut world = family(16);
        world.fork("child", "grandchild").expect("there are frames");
        assert_eq!(owners(&world, "grandchild", 3), 3);
        assert_eq!(write(&mut world, "child", 0x3000, 8), "stored, faults: 1");
        assert_eq!(owners(&world, "grandchild", 3), 2);
        assert!(is_one_frame(&world, "parent", "grandchild", 3));
        assert_eq!(read(&mut world, "grandchild", 0x3000), "0x7, faults: 0");
    }

    #[test]
    fn copy_of_a_copy_is_shared_again() {
        let mut world = family(16);
        write(&mut world, "child", 0x3000, 8);
        world.fork("child", "grandchild").expect("there are frames");
        assert_eq!(write(&mut world, "child", 0x3000, 9), "stored, faults: 1");
        assert_eq!(read(&mut world, "grandchild", 0x3000), "0x8, faults: 0");
        assert_eq!(read(&mut world, "parent", 0x3000), "0x7, faults: 0");
    }

    #[test]
    fn promise_of_reading_alone_holds_on_both_sides() {
        let mut world = parent(12);
        world.map("parent", 3, rights("r--u"), PRIVATE).expect("the page is new");
        world.fork("parent", "child").expect("there are frames");
        for space in ["parent", "child"] {
            assert_eq!(write(&mut world, space, 0x3000, 1), "segmentation fault at VA:0x3000");
        }
    }
}

/// Step 5: frames run out, and come back.
mod back {
    use super::*;

    /// How a fork of `parent`, whose pages need two tables, ends where so many frames are free.
    #[rstest]
    #[case::none_for_the_root(0)]
    #[case::one_for_the_root(1)]
    #[case::one_for_the_first_table(2)]
    fn fork_without_frames_is_as_if_nobody_had_called(#[case] free: u64) {
        let mut world = parent(AT_REST + 3 + free);
        for page in [3, 0x200] {
            world.map("parent", page, rights("rw-u"), PRIVATE).expect("the page is new");
        }
        write(&mut world, "parent", 0x3000, 7);
        let before = (world.frames_in_use(), frame(&world, "parent", 3));
        assert_eq!(text(world.fork("parent", "child")), "out of frames");
        assert_eq!((world.frames_in_use(), frame(&world, "parent", 3)), before);
        assert_eq!(owners(&world, "parent", 3), 1);
        assert_eq!(write(&mut world, "parent", 0x3000, 8), "stored, faults: 0");
    }

    #[test]
    fn copy_without_a_frame_leaves_both_sides_as_they_were() {
        let mut world = family(AT_REST + 4);
        assert_eq!(write(&mut world, "child", 0x3000, 8), "out of frames");
        assert!(is_one_frame(&world, "parent", "child", 3));
        assert_eq!(owners(&world, "child", 3), 2);
        assert_eq!(read(&mut world, "child", 0x3000), "0x7, faults: 0");
    }

    #[test]
    fn exit_frees_exactly_what_nobody_else_holds() {
        let mut world = family(12);
        let in_use = world.frames_in_use();
        write(&mut world, "child", 0x4000, 8);
        assert_eq!(world.frames_in_use(), in_use + 1);
        world.exit("child").expect("the space is there");
        // The child's root, its table and its copy of page 4.
        assert_eq!(world.frames_in_use(), in_use - 2);
        assert_eq!(read(&mut world, "parent", 0x3000), "0x7, faults: 0");
    }

    #[test]
    fn parent_may_go_first() {
        let mut world = family(12);
        world.exit("parent").expect("the space is there");
        assert_eq!(write(&mut world, "child", 0x3000, 8), "stored, faults: 1");
        world.exit("child").expect("the space is there");
        assert_eq!(world.frames_in_use(), AT_REST - 1);
    }
}

/// Step 6: promises change.
mod promise {
    use super::*;

    #[test]
    fn right_to_write_waits_for_the_fault_while_the_frame_is_shared() {
        let mut world = family(12);
        for page in [3, 4] {
            world.protect("child", page, rights("rw-u")).expect("the page is there");
            assert_eq!(granted(&world, "child", page), "r--u");
        }
        write(&mut world, "child", 0x3000, 8);
        assert_eq!(read(&mut world, "parent", 0x3000), "0x7, faults: 0");
    }

    #[test]
    fn right_to_write_comes_at_once_to_the_only_owner_and_to_a_shared_page() {
        let mut world = parent_with_two_pages(12);
        world.map("parent", 5, rights("r--u"), SHARED).expect("the page is new");
        world.protect("parent", 3, rights("r--u")).expect("the page is there");
        for page in [3, 5] {
            world.protect("parent", page, rights("rw-u")).expect("the page is there");
            assert_eq!(granted(&world, "parent", page), "rw-u");
        }
        assert_eq!(write(&mut world, "parent", 0x3000, 8), "stored, faults: 0");
    }

    #[test]
    fn shared_page_of_two_may_be_written_at_once() {
        let mut world = parent(12);
        world.map("parent", 3, rights("r--u"), SHARED).expect("the page is new");
        world.fork("parent", "child").expect("there are frames");
        world.protect("child", 3, rights("rw-u")).expect("the page is there");
        assert_eq!(
            (granted(&world, "child", 3), granted(&world, "parent", 3)),
            ("rw-u".into(), "r--u".into())
        );
        assert_eq!(write(&mut world, "child", 0x3000, 8), "stored, faults: 0");
        assert_eq!(read(&mut world, "parent", 0x3000), "0x8, faults: 0");
    }

    #[test]
    fn page_that_waits_for_its_copy_can_become_read_only() {
        let mut world = family(12);
        world.protect("child", 3, rights("r--u")).expect("the page is there");
        assert_eq!(write(&mut world, "child", 0x3000, 8), "segmentation fault at VA:0x3000");
        assert_eq!(write(&mut world, "parent", 0x3000, 8), "stored, faults: 1");
    }

    #[rstest]
    #[case::write("r-xu", ["ok", "segmentation fault at VA:0x3000", "ok"])]
    #[case::execute("rw-u", ["ok", "ok", "segmentation fault at VA:0x3000"])]
    #[case::user("rwx-", ["segmentation fault at VA:0x3000"; 3])]
    fn lost_right_is_lost_though_the_tlb_knew_it(#[case] left: &str, #[case] answers: [&str; 3]) {
        let mut world = parent(12);
        world.map("parent", 3, rights("rwxu"), PRIVATE).expect("the page is new");
        write(&mut world, "parent", 0x3000, 7);
        let uses = [Access::USER_READ, Access::USER_WRITE, Access::USER_FETCH];
        for (access, answer) in uses.into_iter().zip(answers) {
            world.protect("parent", 3, rights("rwxu")).expect("the page is there");
            assert!(world.access("parent", 0x3000, access, 7).is_ok(), "{access}: the TLB knows that now");
            world.protect("parent", 3, rights(left)).expect("the page is there");
            assert_eq!(text(world.access("parent", 0x3000, access, 7).map(|_| ())), answer, "{access}");
        }
    }

    #[test]
    fn hole_has_no_rights_to_change() {
        let mut world = parent(8);
        assert_eq!(text(world.protect("parent", 3, rights("rw-u"))), "page 0x3 is not mapped");
        assert_eq!(granted(&world, "parent", 3), "nothing");
    }
}

/// Step 7: the kernel writes.
mod kernel {
    use super::*;

    #[test]
    fn write_into_a_shared_frame_copies_and_is_seen_at_once() {
        let mut world = family(12);
        assert_eq!(read(&mut world, "child", 0x3000), "0x7, faults: 0");
        assert_eq!(text(world.copy_out("child", 0x3000, &[8])), "ok");
        assert_eq!(read(&mut world, "child", 0x3000), "0x8, faults: 0");
        assert_eq!(read(&mut world, "parent", 0x3000), "0x7, faults: 0");
        assert_eq!(write(&mut world, "child", 0x3008, 9), "stored, faults: 0");
    }

    #[test]
    fn write_into_an_untouched_page_spares_the_zero_frame() {
        let mut world = parent_with_two_pages(12);
        world.map("parent", 5, rights("rw-u"), PRIVATE).expect("the page is new");
        assert_eq!(text(world.copy_out("parent", 0x4010, &[8])), "ok");
        assert_eq!(read(&mut world, "parent", 0x4010), "0x8, faults: 0");
        assert_eq!(read(&mut world, "parent", 0x5010), "0x0, faults: 0");
    }

    #[test]
    fn words_may_lie_on_two_pages() {
        let mut world = family(12);
        assert_eq!(text(world.copy_out("child", 0x3ff0, &[1, 2, 3])), "ok");
        assert_eq!(read(&mut world, "child", 0x3ff8), "0x2, faults: 0");
        assert_eq!(read(&mut world, "child", 0x4000), "0x3, faults: 0");
        assert_eq!(read(&mut world, "parent", 0x4000), "0x0, faults: 0");
    }

    #[rstest]
    #[case::read_only("r--u")]
    #[case::not_for_user_code("rw--")]
    fn kernel_stops_where_user_code_may_not_write(#[case] promised: &str) {
        let mut world = parent_with_two_pages(12);
        world.map("parent", 5, rights(promised), PRIVATE).expect("the page is new");
        let stored = world.copy_out("parent", 0x4ff8, &[1, 2]);
        assert_eq!(text(stored), "segmentation fault at VA:0x5000");
        assert_eq!(read(&mut world, "parent", 0x4ff8), "0x1, faults: 0");
        assert_eq!(owners(&world, "parent", 4), 1);
    }

    #[test]
    fn nothing_to_write_is_no_error_anywhere() {
        let mut world = family(12);
        for at in [0x3000, 0x5000] {
            assert_eq!(text(world.copy_out("parent", at, &[])), "ok");
        }
        assert!(is_one_frame(&world, "parent", "child", 3));
    }

    #[test]
    fn hole_stops_the_kernel() {
        let mut world = parent(8);
        let stored = world.copy_out("parent", 0x3008, &[1]);
        assert_eq!(text(stored), "segmentation fault at VA:0x3008");
        assert_eq!(world.frames_in_use(), AT_REST);
    }

    #[test]
    fn kernel_runs_out_of_frames_like_everybody() {
        let mut world = parent_with_two_pages(AT_REST + 2);
        assert_eq!(text(world.copy_out("parent", 0x3ff8, &[1, 2])), "out of frames");
        assert_eq!(read(&mut world, "parent", 0x3ff8), "0x1, faults: 0");
        assert_eq!(read(&mut world, "parent", 0x4000), "0x0, faults: 0");
    }
}

#[test]
#[cfg(not(judged))] // The grader plays them itself, a process each.
fn scenarios() {
    testbench::cow_fork::snapshots::<CowSpace<StandInTable>>(|name, trace| {
        insta::assert_snapshot!(name, trace)
    });
}
