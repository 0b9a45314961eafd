// What a memory map promises, one module for each criterion of the lab `mmap`, in the order of its steps.
//
// Areas in the cases are written as `10000-12000 rw-p` (hexadecimal bounds, protection, `p`rivate or `s`hared), those of a
// file with descriptor and offset behind: `10000-12000 r--s 3+1000`. Chapter: `mmap.md`.

use labs::mmap::Areas;
use machine::{mmap::OpenMode, prelude::*};
use rstest::rstest;
use testbench::mmap::{kernel, outside};

/// Descriptors of `/data`: 3 and 6 for reading and writing, 4 for reading, 5 for writing.
const DATA: u32 = 3;
const READ_ONLY: u32 = 4;
/// Length of `/data`: seven pages and a half.
const DATA_BYTES: u64 = 0x7800;

const READ: AccessKind = AccessKind::Read;
const WRITE: AccessKind = AccessKind::Write;
const FETCH: AccessKind = AccessKind::Fetch;

fn va(at: u64) -> VirtAddr {
    VirtAddr::new(at)
}

fn page(number: u64) -> Page {
    Page::new(number)
}

/// A process: its map in the space from 0x10000 to 0x40000, and the kernel around it.
struct Process {
    kernel: Kernel,
    map: Areas,
    /// The openings by descriptor, for the texts.
    openings: Vec<(u32, OpenFile)>,
}

impl Process {
    fn new(areas: &[&str]) -> Process {
        let mut kernel = kernel();
        let mut around = outside(&mut kernel);
        around.create("/data", DATA_BYTES);
        for mode in [OpenMode::ReadWrite, OpenMode::Read, OpenMode::Write, OpenMode::ReadWrite] {
            around.open("/data", mode).expect("the file is there");
        }
        let opening = |fd| (fd, kernel.open_file(Descriptor::new(fd)).expect("it was opened"));
        let openings: Vec<(u32, OpenFile)> = (3..=6).map(opening).collect();
        let space = UserSpace { start: va(0x10000), end: va(0x40000) };
        let areas = areas.iter().map(|text| area(text, &openings)).collect();
        Process { kernel, map: Areas::new(space, areas), openings }
    }

    fn text(&self, area: &Area) -> String {
        let sharing = if area.sharing == Sharing::Shared { 's' } else { 'p' };
        let backing = match &area.backing {
            Backing::Anonymous => String::new(),
            Backing::File { file, offset } => {
                let known = self.openings.iter().find(|(_, known)| known == file);
                let name = known.map_or_else(|| "nameless".into(), |(fd, _)| fd.to_string());
                format!(" {name}+{offset:x}")
            }
        };
        format!("{:x}-{:x} {}{sharing}{backing}", area.start.as_u64(), area.end.as_u64(), area.protection)
    }

    fn areas(&self) -> Vec<String> {
        self.map.areas().iter().map(|area| self.text(area)).collect()
    }

    fn unmap(&mut self, at: u64, bytes: u64) -> Result<(), Errno> {
        self.map.unmap(va(at), bytes, &mut self.kernel)
    }

    fn protect(&mut self, at: u64, bytes: u64, protection: &str) -> Result<(), Errno> {
        self.map.protect(va(at), bytes, rights(protection), &mut self.kernel)
    }

    fn map(&mut self, placement: Placement, bytes: u64, what: &str) -> Result<u64, Errno> {
        let request = request(placement, bytes, what);
        self.map.map(request, &mut self.kernel).map(VirtAddr::as_u64)
    }

    fn fault(&mut self, at: u64, kind: AccessKind) -> Result<Filled, Signal> {
        self.map.fault(va(at), kind, &mut self.kernel)
    }

    /// An access as the hardware makes it, with one fault if need be; what the byte was before.
    fn access(&mut self, at: u64, kind: AccessKind, value: Option<u8>) -> u8 {
        if let Some(byte) = outside(&mut self.kernel).access(va(at), kind, value) {
            return byte;
        }
        self.fault(at, kind).expect("the access is allowed");
        let byte = outside(&mut self.kernel).access(va(at), kind, value);
        byte.expect("after the fault the page table lets the access through")
    }

    fn read(&mut self, at: u64) -> u8 {
        self.access(at, READ, None)
    }

    fn write(&mut self, at: u64, value: u8) {
        self.access(at, WRITE, Some(value));
    }

    fn filled(&self) -> Vec<u64> {
        let pages = self.kernel.filled_between(va(0), va(u64::MAX));
        pages.into_iter().map(Page::number).collect()
    }

    fn allowed(&self, number: u64) -> String {
        self.kernel.filled(page(number)).expect("the page is filled").protection.to_string()
    }

    /// Pages of `/data` that the page cache knows to be dirty.
    fn dirty(&mut self) -> Vec<u64> {
        outside(&mut self.kernel).files().into_values().next().expect("the file is there").dirty
    }

    fn disk_writes(&mut self) -> u64 {
        outside(&mut self.kernel).counts().disk_writes
    }

    fn frames_in_use(&mut self) -> u64 {
        outside(&mut self.kernel).counts().frames_in_use
    }

    /// What `read()` says of `/data`.
    fn file_byte(&mut self, offset: u64) -> u8 {
        let byte = outside(&mut self.kernel).read(Descriptor::new(DATA), offset);
        byte.expect("the descriptor is open").expect("the file is that long")
    }

    fn truncate(&mut self, bytes: u64) {
        let file = outside(&mut self.kernel).set_length(Descriptor::new(DATA), bytes).expect("it may be cut");
        self.map.file_shrank(&file, &mut self.kernel);
        outside(&mut self.kernel).drop_pages_behind_end(&file);
    }

    /// Fills `number`, which shows page `index` of `/data`, as a fault in an area of this protection would.
    fn fill_from_file(&mut self, number: u64, index: u64, protection: &str) {
        let file = self.openings[0].1.clone();
        let frame = self.kernel.read_page(&file, index);
        self.kernel.fill(page(number), frame, rights(protection));
    }

    /// Makes `/data` so long, by zeros if it grows.
    fn set_length(&mut self, bytes: u64) {
        outside(&mut self.kernel).set_length(Descriptor::new(DATA), bytes).expect("it is open for writing");
    }
}

fn rights(text: &str) -> Protection {
    text.parse().expect("the case spells protections as `rwx`")
}

/// `rw-p`, `r--s 3+1000`.
fn kind(text: &str) -> (Protection, Sharing, Option<(u32, u64)>) {
    let (attributes, file) = text.split_once(' ').map_or((text, None), |(left, right)| (left, Some(right)));
    let (protection, sharing) = attributes.split_at(3);
    let sharing = if sharing == "s" { Sharing::Shared } else { Sharing::Private };
    let file = file.map(|file| {
        let (fd, offset) = file.split_once('+').expect("descriptor and offset");
        (fd.parse().expect("a descriptor"), u64::from_str_radix(offset, 16).expect("an offset"))
    });
    (rights(protection), sharing, file)
}

fn area(text: &str, openings: &[(u32, OpenFile)]) -> Area {
    let (bounds, rest) = text.split_once(' ').expect("bounds and attributes");
    let (start, end) = bounds.split_once('-').expect("two bounds");
    let bound = |text| va(u64::from_str_radix(text, 16).expect("a bound"));
    let (protection, sharing, file) = kind(rest);
    let backing = match file {
        None => Backing::Anonymous,
        Some((fd, offset)) => {
            let file = openings.iter().find(|(known, _)| *known == fd).expect("an open descriptor").1.clone();
            Backing::File { file, offset }
        }
    };
    Area { start: bound(start), end: bound(end), protection, sharing, backing }
}

fn request(placement: Placement, bytes: u64, what: &str) -> MapRequest {
    let (protection, sharing, file) = kind(what);
    let source = match file {
        None => MapSource::Anonymous,
        Some((fd, offset)) => MapSource::File { descriptor: Descriptor::new(fd), offset },
    };
    MapRequest { placement, bytes, protection, sharing, source }
}

/// Step 1: which area an address lies in.
mod find {
    use super::*;

    const AREAS: [&str; 3] = ["20000-24000 rw-s 3+4000", "10000-12000 rw-p", "12000-13000 r--p 3+1000"];

    #[rstest]
    #[case::first_byte(0x10000, Some("10000-12000 rw-p"))]
    #[case::last_byte_before_a_neighbour(0x11fff, Some("10000-12000 rw-p"))]
    #[case::first_byte_of_the_neighbour(0x12000, Some("12000-13000 r--p 3+1000"))]
    #[case::last_byte_before_a_hole(0x12fff, Some("12000-13000 r--p 3+1000"))]
    #[case::last_byte_of_a_hole(0x1ffff, None)]
    #[case::behind_the_last_area(0x24000, None)]
    fn area_holds_its_first_byte_and_not_its_end(#[case] at: u64, #[case] expected: Option<&str>) {
        let process = Process::new(&AREAS);
        let found = process.map.find(va(at)).map(|area| process.text(&area));
        assert_eq!(found.as_deref(), expected);
    }

    #[test]
    fn all_areas_are_counted_whoever_uses_them() {
        assert_eq!(Process::new(&AREAS).map.mapped_bytes(), 0x7000);
        assert_eq!(Process::new(&[]).map.mapped_bytes(), 0);
    }
}

/// Step 2: where there is room.
mod free {
    use super::*;

    #[rstest]
    #[case::empty_space(&[], 0x1000, Some(0x3f000))]
    #[case::the_whole_space(&[], 0x30000, Some(0x10000))]
    #[case::top_gap_fits_exactly(&["10000-3e000 rw-p"], 0x2000, Some(0x3e000))]
    #[case::top_gap_is_a_page_short(&["20000-3f000 rw-p"], 0x2000, Some(0x1e000))]
    #[case::gap_between_areas(&["10000-20000 rw-p", "23000-40000 rw-p"], 0x2000, Some(0x21000))]
    #[case::higher_gap_before_a_tighter_one(&["11000-3d000 rw-p"], 0x1000, Some(0x3f000))]
    #[case::gap_below_all_areas(&["13000-40000 rw-p"], 0x3000, Some(0x10000))]
    #[case::no_gap_is_large_enough(&["12000-3e000 rw-p"], 0x3000, None)]
    fn highest_gap_that_fits_is_used_from_its_top(
        #[case] areas: &[&str],
        #[case] bytes: u64,
        #[case] expected: Option<u64>,
    ) {
        assert_eq!(Process::new(areas).map.find_free(bytes), expected.map(va));
    }
}

/// Step 3: areas alone, cut and joined.
mod pieces {
    use super::*;

    #[rstest]
    #[case::upper_half("10000-14000 rw-p", 0x12000, 0x14000, "12000-14000 rw-p")]
    #[case::lower_half_of_a_file("10000-14000 r--p 3+1000", 0x10000, 0x12000, "10000-12000 r--p 3+1000")]
    #[case::upper_half_of_a_file("10000-14000 r--p 3+1000", 0x12000, 0x14000, "12000-14000 r--p 3+3000")]
    #[case::middle_of_a_shared_file("10000-14000 rw-s 4+0", 0x11000, 0x12000, "11000-12000 rw-s 4+1000")]
    fn part_shows_what_the_whole_has_shown(
        #[case] whole: &str,
        #[case] start: u64,
        #[case] end: u64,
        #[case] expected: &str,
    ) {
        let process = Process::new(&[]);
        let part = Areas::part(&area(whole, &process.openings), va(start), va(end));
        assert_eq!(process.text(&part), expected);
    }

    #[rstest]
    #[case::same_attributes("10000-12000 rw-p", "12000-13000 rw-p", true)]
    #[case::hole_between("10000-12000 rw-p", "13000-14000 rw-p", false)]
    #[case::other_protection("10000-12000 rw-p", "12000-13000 r--p", false)]
    #[case::offset_goes_on("10000-12000 r--p 3+1000", "12000-13000 r--p 3+3000", true)]
    #[case::offset_does_not_go_on("10000-12000 r--p 3+1000", "12000-13000 r--p 3+1000", false)]
    #[case::other_sharing("10000-12000 r--p 3+1000", "12000-13000 r--s 3+3000", false)]
    #[case::other_opening_of_the_file("10000-12000 r--p 3+1000", "12000-13000 r--p 6+3000", false)]
    #[case::file_beside_anonymous("10000-12000 rw-p", "12000-13000 rw-p 3+2000", false)]
    fn areas_join_if_one_could_have_been_cut_from_the_other(
        #[case] left: &str,
        #[case] right: &str,
        #[case] expected: bool,
    ) {
        let process = Process::new(&[]);
        let [left, right] = [left, right].map(|text| area(text, &process.openings));
        assert_eq!(Areas::joins(&left, &right), expected);
    }
}

/// Step 4: munmap.
mod unmap {
    use super::*;

    #[rstest]
    #[case::middle(0x12000, 0x1000, &["10000-12000 r--p 3+1000", "13000-14000 r--p 3+4000", "20000-22000 rw-p"])]
    #[case::first_page(0x10000, 0x1000, &["11000-14000 r--p 3+2000", "20000-22000 rw-p"])]
    #[case::last_byte_takes_its_page(0x13000, 0x1, &["10000-13000 r--p 3+1000", "20000-22000 rw-p"])]
    #[case::exactly_one_area(0x20000, 0x2000, &["10000-14000 r--p 3+1000"])]
    #[case::from_one_area_into_another(0x12000, 0xf000, &["10000-12000 r--p 3+1000", "21000-22000 rw-p"])]
    #[case::hole_alone(0x14000, 0xc000, &["10000-14000 r--p 3+1000", "20000-22000 rw-p"])]
    #[case::everything_and_below(0x0, 0x40000, &[])]
    fn rest_of_each_area_stays(#[case] at: u64, #[case] bytes: u64, #[case] expected: &[&str]) {
        let mut process = Process::new(&["10000-14000 r--p 3+1000", "20000-22000 rw-p"]);
        assert_eq!(process.unmap(at, bytes), Ok(()));
        assert_eq!(process.areas(), expected);
    }

    #[test]
    fn filled_pages_of_the_range_are_emptied_and_no_others() {
        let mut process = Process::new(&["10000-14000 rw-p"]);
        for number in 0x10..0x14 {
            let frame = process.kernel.copy_frame(process.kernel.zero_frame());
            process.kernel.fill(page(number), frame, Protection::READ_WRITE);
        }
        process.unmap(0x11000, 0x2000).expect("the range is fine");
        assert_eq!(process.filled(), [0x10, 0x13]);
        assert_eq!(process.frames_in_use(), 2);
    }

    #[test]
    fn dirty_bit_of_a_shared_page_goes_to_the_page_cache() {
        let mut process =
            Process::new(&["10000-13000 rw-s 3+2000", "20000-22000 rw-p 3+0", "30000-32000 rw-s 6+0"]);
        let file = process.openings[0].1.clone();
        for (number, index) in [(0x10, 2), (0x11, 3), (0x12, 4), (0x31, 1)] {
            let frame = process.kernel.read_page(&file, index);
            process.kernel.fill(page(number), frame, Protection::READ_WRITE);
        }
        let copy = process.kernel.copy_frame(process.kernel.zero_frame());
        process.kernel.fill(page(0x20), copy, Protection::READ_WRITE);
        process.kernel.read_page(&file, 0);
        for at in [0x11000, 0x20000, 0x31000] {
            outside(&mut process.kernel).access(va(at), WRITE, Some(1)).expect("the page is writable");
        }
        process.unmap(0x31000, 0x1000).expect("the range is fine");
        assert_eq!(process.dirty(), [1], "of the one page that was written");
        process.unmap(0x10000, 0x12000).expect("the range is fine");
        assert_eq!(process.dirty(), [1, 3], "the private copy is nobody's business");
    }

    #[rstest]
    #[case::only_read("r--")]
    #[case::touched_in_no_way("---")]
    fn what_may_not_be_written_any_more_has_been_written(#[case] now: &str) {
        let mut process = Process::new(&[&format!("10000-12000 {now}s 3+2000")]);
        process.fill_from_file(0x10, 2, "rw-");
        process.fill_from_file(0x11, 3, "rw-");
        outside(&mut process.kernel).access(va(0x10000), WRITE, Some(1)).expect("the page is writable");
        [0x10, 0x11].into_iter().for_each(|number| process.kernel.allow(page(number), rights(now)));
        process.unmap(0x10000, 0x2000).expect("the range is fine");
        assert_eq!(process.dirty(), [2]);
    }

    #[rstest]
    #[case::of_more_than_32_bits(0x1_0000_0000)]
    #[case::in_pages_of_more_than_32_bits(0x1000_0000_0000)]
    fn offset_in_the_file_may_be_huge(#[case] offset: u64) {
        let mut process = Process::new(&[&format!("10000-13000 rw-s 3+{offset:x}")]);
        process.set_length(offset + 0x3000);
        let index = offset / 0x1000 + 1;
        process.fill_from_file(0x11, index, "rw-");
        process.fill_from_file(0x12, 1, "rw-");
        outside(&mut process.kernel).access(va(0x11000), WRITE, Some(1)).expect("the page is writable");
        process.unmap(0x10000, 0x2000).expect("the range is fine");
        assert_eq!(process.dirty(), [index]);
    }
}

/// Step 5: mmap.
mod map {
    use super::*;
    use Placement::{Anywhere, Fixed, Hint};

    #[rstest]
    #[case::fixed(Fixed(va(0x14000)), 0x1001, "r-xp", 0x14000, &["10000-12000 rw-p", "14000-16000 r-xp", "20000-22000 r--p 3+1000"])]
    #[case::fixed_inside_an_area(Fixed(va(0x11000)), 0x1000, "r-xp", 0x11000, &["10000-11000 rw-p", "11000-12000 r-xp", "20000-22000 r--p 3+1000"])]
    #[case::fixed_on_the_same_kind(Fixed(va(0x11000)), 0x2000, "rw-p", 0x11000, &["10000-13000 rw-p", "20000-22000 r--p 3+1000"])]
    #[case::file_goes_on_above(Fixed(va(0x22000)), 0x1000, "r--p 3+3000", 0x22000, &["10000-12000 rw-p", "20000-23000 r--p 3+1000"])]
    #[case::anywhere_is_the_top(Anywhere, 0x1000, "rw-p", 0x3f000, &["10000-12000 rw-p", "20000-22000 r--p 3+1000", "3f000-40000 rw-p"])]
    #[case::hint_is_free(Hint(va(0x12fff)), 0xe000, "r--p", 0x12000, &["10000-12000 rw-p", "12000-20000 r--p", "20000-22000 r--p 3+1000"])]
    #[case::hint_ends_in_an_area(Hint(va(0x12000)), 0xf000, "rwxp", 0x31000, &["10000-12000 rw-p", "20000-22000 r--p 3+1000", "31000-40000 rwxp"])]
    #[case::hint_begins_in_an_area(Hint(va(0x11000)), 0x2000, "rwxp", 0x3e000, &["10000-12000 rw-p", "20000-22000 r--p 3+1000", "3e000-40000 rwxp"])]
    #[case::hint_ends_above_the_space(Hint(va(0x3e000)), 0x3000, "rwxp", 0x3d000, &["10000-12000 rw-p", "20000-22000 r--p 3+1000", "3d000-40000 rwxp"])]
    #[case::shared_without_a_file(Anywhere, 0x2000, "rw-s", 0x3e000, &["10000-12000 rw-p", "20000-22000 r--p 3+1000", "3e000-40000 rw-s nameless+0"])]
    fn new_area_lies_where_it_was_asked_for(
        #[case] placement: Placement,
        #[case] bytes: u64,
        #[case] what: &str,
        #[case] at: u64,
        #[case] expected: &[&str],
    ) {
        let mut process = Process::new(&["10000-12000 rw-p", "20000-22000 r--p 3+1000"]);
        assert_eq!(process.map(placement, bytes, what), Ok(at));
        assert_eq!(process.areas(), expected);
    }

    #[test]
    fn new_area_between_two_of_its_kind_makes_one_of_three() {
        let mut process = Process::new(&["10000-12000 rw-s 3+1000", "13000-14000 rw-s 3+4000"]);
        assert_eq!(process.map(Fixed(va(0x12000)), 0x1000, "rw-s 3+3000"), Ok(0x12000));
        assert_eq!(process.areas(), ["10000-14000 rw-s 3+1000"]);
    }

    #[test]
    fn hint_below_the_space_is_its_start_and_page_0_is_no_hint() {
        let mut process = Process::new(&[]);
        assert_eq!(process.map(Hint(va(0xfff)), 0x1000, "rw-p"), Ok(0x3f000));
        assert_eq!(process.map(Hint(va(0x1000)), 0x1000, "rw-p"), Ok(0x10000));
    }

    #[test]
    fn pages_below_a_fixed_area_are_emptied_and_none_is_filled() {
        let mut process = Process::new(&["10000-13000 rw-p"]);
        for number in 0x10..0x13 {
            process.kernel.fill(page(number), process.kernel.zero_frame(), Protection::READ);
        }
        process.map(Fixed(va(0x11000)), 0x1000, "rw-p").expect("the request is fine");
        assert_eq!(process.filled(), [0x10, 0x12]);
    }

    #[test]
    fn written_page_below_a_fixed_area_is_not_lost_to_its_file() {
        let mut process = Process::new(&["10000-12000 rw-s 3+2000"]);
        process.fill_from_file(0x11, 3, "rw-");
        outside(&mut process.kernel).access(va(0x11000), WRITE, Some(1)).expect("the page is writable");
        process.map(Fixed(va(0x11000)), 0x1000, "rw-p").expect("the request is fine");
        assert_eq!((process.dirty(), process.filled()), (vec![3], vec![]));
    }

    #[test]
    fn shared_memory_without_a_file_is_as_long_as_it_was_asked_for() {
        let mut process = Process::new(&[]);
        process.map(Fixed(va(0x20000)), 0x2001, "rw-s").expect("the request is fine");
        process.map(Fixed(va(0x23000)), 0x1000, "rw-s").expect("the request is fine");
        let areas = process.map.areas();
        assert_eq!(areas.len(), 2, "each is a file of its own");
        let Backing::File { file, .. } = &areas[0].backing else { panic!("it needs a file") };
        assert_eq!(process.kernel.file_bytes(file), 0x3000);
    }
}

/// Step 5: what mmap and munmap refuse.
mod errors {
    use super::*;
    use Placement::{Anywhere, Fixed};

    const OLD: &str = "20000-22000 rw-p";

    #[rstest]
    #[case::no_bytes(Anywhere, 0, "rw-p", Errno::Invalid)]
    #[case::offset_inside_a_page(Anywhere, 0x1000, "r--p 9+800", Errno::Invalid)]
    #[case::closed_descriptor_before_length(Anywhere, 0, "r--p 9+0", Errno::BadDescriptor)]
    #[case::length_overflows(Anywhere, u64::MAX, "rw-p", Errno::NoMemory)]
    #[case::fixed_inside_a_page(Fixed(va(0x20001)), 0x1000, "rw-p", Errno::Invalid)]
    #[case::fixed_inside_a_page_below_the_space(Fixed(va(0xf001)), 0x1000, "rw-p", Errno::Invalid)]
    #[case::fixed_below_the_space(Fixed(va(0xf000)), 0x12000, "rw-p", Errno::NotPermitted)]
    #[case::fixed_above_the_space_before_alignment(Fixed(va(0x3f001)), 0x1000, "rw-p", Errno::NoMemory)]
    #[case::file_offset_overflows(Fixed(va(0x20000)), 0x1000, "r--s 5+7ffffffffffff000", Errno::Overflow)]
    #[case::file_not_readable(Fixed(va(0x20000)), 0x1000, "---p 5+0", Errno::Access)]
    #[case::shared_file_not_writable(Fixed(va(0x20000)), 0x1000, "rw-s 4+0", Errno::Access)]
    fn refused_request_changes_nothing(
        #[case] placement: Placement,
        #[case] bytes: u64,
        #[case] what: &str,
        #[case] errno: Errno,
    ) {
        let mut process = Process::new(&[OLD]);
        assert_eq!(process.map(placement, bytes, what), Err(errno));
        assert_eq!(process.areas(), [OLD]);
    }

    #[test]
    fn what_is_not_written_needs_no_file_for_writing() {
        let mut process = Process::new(&[]);
        assert_eq!(process.map(Anywhere, 0x1000, "rw-p 4+0"), Ok(0x3f000));
        assert_eq!(process.map(Anywhere, 0x1000, "r--s 4+7fffffffffffe000"), Ok(0x3e000));
    }

    #[test]
    fn unmap_refuses_empty_crooked_and_endless_ranges() {
        let mut process = Process::new(&[OLD]);
        for (at, bytes) in [(0x20000, 0), (0x20001, 0x1000), (0x20000, 0x20001), (0x20000, u64::MAX)] {
            assert_eq!(process.unmap(at, bytes), Err(Errno::Invalid), "{bytes:#x} bytes from {at:#x} on");
        }
        assert_eq!(process.areas(), [OLD]);
        assert_eq!(process.unmap(0x20000, 0x20000), Ok(()), "up to the end of the space");
    }
}

/// Step 6: mprotect.
mod protect {
    use super::*;

    #[rstest]
    #[case::middle(0x12000, 0x1000, "r--", Ok(()), &["10000-12000 rw-p", "12000-13000 r--p", "13000-14000 rw-p", "14000-16000 r--p", "20000-24000 rw-s 3+1000"])]
    #[case::joins_above(0x12000, 0x2000, "r--", Ok(()), &["10000-12000 rw-p", "12000-16000 r--p", "20000-24000 rw-s 3+1000"])]
    #[case::file(0x21000, 0x1, "---", Ok(()), &["10000-14000 rw-p", "14000-16000 r--p", "20000-21000 rw-s 3+1000", "21000-22000 ---s 3+2000", "22000-24000 rw-s 3+3000"])]
    #[case::up_to_a_hole(0x15000, 0x2000, "rwx", Err(Errno::NoMemory), &["10000-14000 rw-p", "14000-15000 r--p", "15000-16000 rwxp", "20000-24000 rw-s 3+1000"])]
    #[case::over_a_hole(0x14000, 0xd000, "rw-", Err(Errno::NoMemory), &["10000-16000 rw-p", "20000-24000 rw-s 3+1000"])]
    #[case::from_a_hole_on(0x1f000, 0x2000, "r--", Err(Errno::NoMemory), &["10000-14000 rw-p", "14000-16000 r--p", "20000-24000 rw-s 3+1000"])]
    #[case::inside_a_page(0x18001, 0, "r--", Err(Errno::Invalid), &["10000-14000 rw-p", "14000-16000 r--p", "20000-24000 rw-s 3+1000"])]
    #[case::end_overflows(0x10000, u64::MAX - 0xffff, "r--", Err(Errno::NoMemory), &["10000-14000 rw-p", "14000-16000 r--p", "20000-24000 rw-s 3+1000"])]
    fn areas_are_cut_changed_and_joined_up_to_the_first_hole(
        #[case] at: u64,
        #[case] bytes: u64,
        #[case] protection: &str,
        #[case] outcome: Result<(), Errno>,
        #[case] expected: &[&str],
    ) {
        let mut process = Process::new(&["10000-14000 rw-p", "14000-16000 r--p", "20000-24000 rw-s 3+1000"]);
        assert_eq!(process.protect(at, bytes, protection), outcome);
        assert_eq!(process.areas(), expected);
    }

    #[test]
    fn shared_file_that_is_not_open_for_writing_stops_it() {
        let mut process =
            Process::new(&["10000-11000 r--p 4+0", "11000-12000 r--s 4+1000", "12000-13000 r--p"]);
        assert_eq!(process.protect(0x10000, 0x3000, "rw-"), Err(Errno::Access));
        assert_eq!(process.areas(), ["10000-11000 rw-p 4+0", "11000-12000 r--s 4+1000", "12000-13000 r--p"]);
        assert_eq!(process.protect(0x11000, 0x1000, "r-x"), Ok(()));
    }

    #[test]
    fn filled_pages_obey_at_once() {
        let mut process = Process::new(&["10000-13000 r--p 3+0", "20000-21000 r--s 3+0", "30000-31000 rw-p"]);
        let file = process.openings[0].1.clone();
        let cached = process.kernel.read_page(&file, 0);
        let own = process.kernel.copy_frame(cached);
        let zeros = process.kernel.zero_frame();
        for (number, frame) in [(0x10, cached), (0x11, own), (0x20, cached), (0x30, zeros)] {
            process.kernel.fill(page(number), frame, Protection::READ);
        }
        for at in [0x10000, 0x20000, 0x30000] {
            process.protect(at, 0x1000, "rwx").expect("something is mapped there");
        }
        assert_eq!(
            process.allowed(0x10),
            "r-x",
            "the page of the file must not be written through a private area"
        );
        assert_eq!(process.allowed(0x11), "r--", "this page is behind the range");
        assert_eq!(process.allowed(0x20), "rwx");
        assert_eq!(process.allowed(0x30), "r-x", "nobody may write the frame of zeros");
        process.protect(0x11000, 0x1000, "rw-").expect("something is mapped there");
        assert_eq!(process.allowed(0x11), "rw-", "the page is the process's own");
        process.protect(0x11000, 0x1000, "---").expect("something is mapped there");
        assert_eq!(process.allowed(0x11), "---");
        assert_eq!(process.filled(), [0x10, 0x11, 0x20, 0x30], "no page is lost");
    }

    // Rows: the protections of a page, one after the other.
    #[rstest]
    #[case::shared_file("s 3+0", "rwx", &["r-x", "r--", "rw-", "--x", "---", "-w-", "r--"])]
    #[case::private_file("p 3+0", "r-x", &["r--", "r-x", "--x", "---", "r--"])]
    fn each_right_goes_and_comes_by_itself(#[case] area: &str, #[case] first: &str, #[case] then: &[&str]) {
        let mut process = Process::new(&[&format!("10000-11000 {first}{area}")]);
        process.fill_from_file(0x10, 0, first);
        for protection in then {
            process.protect(0x10000, 0x1000, protection).expect("something is mapped there");
            assert_eq!(process.allowed(0x10), *protection);
        }
    }
}

/// Step 7: what a fault means.
mod fault {
    use super::*;

    #[rstest]
    #[case::hole(0x1f000, READ, Err(Signal::SegvMaperr))]
    #[case::write_not_allowed(0x10000, WRITE, Err(Signal::SegvAccerr))]
    #[case::fetch_not_allowed(0x11000, FETCH, Err(Signal::SegvAccerr))]
    #[case::zeros(0x11fff, READ, Ok(Filled::Minor))]
    #[case::writable_is_readable(0x12000, READ, Ok(Filled::Minor))]
    #[case::page_on_disk(0x20000, READ, Ok(Filled::Major))]
    #[case::page_in_the_cache(0x21000, READ, Ok(Filled::Minor))]
    #[case::last_page_of_the_file(0x23fff, FETCH, Ok(Filled::Major))]
    #[case::page_behind_the_file(0x24000, READ, Err(Signal::Bus))]
    #[case::rights_before_the_file(0x26000, WRITE, Err(Signal::SegvAccerr))]
    fn fault_is_decided_by_area_rights_and_file(
        #[case] at: u64,
        #[case] kind: AccessKind,
        #[case] expected: Result<Filled, Signal>,
    ) {
        let mut process = Process::new(&[
            "10000-11000 r--p",
            "11000-12000 rw-p",
            "12000-13000 -w-p",
            "13000-14000 ---p",
            "20000-26000 rwxp 3+4000",
            "26000-28000 r--s 3+a000",
        ]);
        let file = process.openings[0].1.clone();
        process.kernel.read_page(&file, 5);
        assert_eq!(process.fault(at, kind), expected);
        assert_eq!(process.filled().len(), usize::from(expected.is_ok()), "one page is filled, or none");
    }

    #[rstest]
    #[case::nothing(0, READ)]
    #[case::nothing_to_be_written(0, WRITE)]
    #[case::of_more_than_32_bits(0x1_0000_0000, READ)]
    #[case::in_pages_of_more_than_32_bits(0x1000_0000_0000, READ)]
    fn file_that_ends_where_the_area_begins_has_no_page_for_it(#[case] end: u64, #[case] kind: AccessKind) {
        for sharing in ["s", "p"] {
            let mut process = Process::new(&[&format!("10000-11000 rw-{sharing} 3+{end:x}")]);
            process.set_length(end);
            assert_eq!(process.fault(0x10000, kind), Err(Signal::Bus), "{sharing}");
            process.set_length(end + 1);
            assert_eq!(process.fault(0x10000, kind), Ok(Filled::Major), "{sharing}, with one byte");
        }
    }

    #[test]
    fn private_pages_are_filled_without_the_right_to_write() {
        let mut process = Process::new(&["10000-11000 rw-p", "20000-21000 rwxp 3+0", "30000-31000 rw-s 3+0"]);
        assert_eq!([0x10008, 0x20008, 0x30008].map(|at| process.read(at)), [0, 0x18, 0x18]);
        assert_eq!([0x10, 0x20, 0x30].map(|number| process.allowed(number)), ["r--", "r-x", "rw-"]);
    }

    #[test]
    fn frame_of_zeros_is_not_counted() {
        let mut process = Process::new(&["10000-14000 rw-p", "20000-24000 r--s 3+0"]);
        assert_eq!(process.map.resident_bytes(&process.kernel), 0);
        process.read(0x10000);
        process.write(0x11000, 1);
        process.read(0x20000);
        process.read(0x21000);
        assert_eq!(process.map.resident_bytes(&process.kernel), 0x3000);
        assert_eq!(process.map.mapped_bytes(), 0x8000);
    }

    #[test]
    fn page_that_nobody_may_touch_any_more_is_counted() {
        let mut process = Process::new(&["10000-12000 rw-p"]);
        process.write(0x10000, 1);
        process.protect(0x10000, 0x2000, "---").expect("something is mapped there");
        assert_eq!(process.map.resident_bytes(&process.kernel), 0x1000);
    }
}

/// Step 7: private pages are copied when they are written, shared ones never.
mod copy {
    use super::*;

    #[test]
    fn private_write_is_seen_by_nobody_else() {
        let mut process = Process::new(&["10000-11000 rw-p 3+0", "20000-21000 rw-p 3+0"]);
        assert_eq!(process.read(0x10002), 0x12);
        process.write(0x10002, 0xee);
        process.write(0x20003, 0xdd);
        assert_eq!([0x10002, 0x10003, 0x20002, 0x20003].map(|at| process.read(at)), [0xee, 0x13, 0x12, 0xdd]);
        assert_eq!([2, 3].map(|at| process.file_byte(at)), [0x12, 0x13]);
    }

    #[test]
    fn shared_write_is_seen_by_all_even_by_a_private_page_not_written_yet() {
        let mut process =
            Process::new(&["10000-11000 rw-s 3+0", "20000-21000 r--s 4+0", "30000-31000 rw-p 3+0"]);
        assert_eq!(process.read(0x30002), 0x12);
        process.write(0x10002, 0xee);
        assert_eq!([0x20002, 0x30002].map(|at| process.read(at)), [0xee, 0xee]);
        assert_eq!(process.file_byte(2), 0xee);
        process.write(0x30003, 0xdd);
        assert_eq!(process.read(0x10003), 0x13);
    }

    #[test]
    fn area_needs_neither_descriptor_nor_path() {
        let mut process = Process::new(&[]);
        process.map(Placement::Fixed(va(0x10000)), 0x1000, "r--s 4+1000").expect("the file is open");
        let mut around = outside(&mut process.kernel);
        around.close(Descriptor::new(READ_ONLY)).expect("it was open");
        around.unlink("/data");
        assert_eq!(process.fault(0x10000, READ), Ok(Filled::Major));
        assert_eq!(process.read(0x10001), 0x21);
    }

    #[test]
    fn area_that_is_gone_leaves_the_file() {
        let mut process = Process::new(&[]);
        process.map(Placement::Fixed(va(0x10000)), 0x3000, "r--s 4+0").expect("the file is open");
        process.read(0x11000);
        process.openings.clear();
        let mut around = outside(&mut process.kernel);
        (3..=6).for_each(|fd| around.close(Descriptor::new(fd)).expect("it was open"));
        around.unlink("/data");
        around.drop_dead_files();
        assert_eq!(process.frames_in_use(), 1, "the area still has the file");
        process.unmap(0x10000, 0x3000).expect("the range is fine");
        outside(&mut process.kernel).drop_dead_files();
        assert_eq!(process.frames_in_use(), 0);
    }
}

/// Step 8: msync.
mod sync {
    use super::*;

    /// Every page of these areas has been written.
    fn written() -> Process {
        let mut process =
            Process::new(&["10000-13000 rw-s 3+2000", "14000-15000 rw-s 3+0", "20000-22000 rw-p 3+5000"]);
        [0x10000, 0x11000, 0x12000, 0x14000, 0x20000, 0x21000]
            .into_iter()
            .for_each(|at| process.write(at, 0xaa));
        process
    }

    #[rstest]
    #[case::one_page(0x11000, 0x1000, Ok(()), &[0x11])]
    #[case::part_of_a_page(0x11000, 0x1001, Ok(()), &[0x11, 0x12])]
    #[case::private_area(0x20000, 0x2000, Ok(()), &[])]
    #[case::over_holes(0xf000, 0x6000, Err(Errno::NoMemory), &[0x10, 0x11, 0x12, 0x14])]
    #[case::inside_a_page(0x11001, 0x1000, Err(Errno::Invalid), &[])]
    #[case::end_overflows(0x11000, u64::MAX - 0xffff, Err(Errno::NoMemory), &[])]
    fn dirty_pages_of_shared_areas_in_the_range_are_written(
        #[case] at: u64,
        #[case] bytes: u64,
        #[case] outcome: Result<(), Errno>,
        #[case] cleaned: &[u64],
    ) {
        let mut process = written();
        assert_eq!(process.map.sync(va(at), bytes, &mut process.kernel), outcome);
        assert_eq!(process.disk_writes(), cleaned.len() as u64);
        for number in [0x10, 0x11, 0x12, 0x14] {
            let dirty = process.kernel.filled(page(number)).expect("the page stays filled").dirty;
            assert_eq!(dirty, !cleaned.contains(&number), "page {number:#x}");
        }
    }

    #[rstest]
    #[case::only_read("r--")]
    #[case::touched_in_no_way("---")]
    fn what_may_not_be_written_any_more_is_written_back(#[case] now: &str) {
        let mut process = written();
        process.protect(0x11000, 0x2000, now).expect("something is mapped there");
        assert_eq!(process.map.sync(va(0x11000), 0x2000, &mut process.kernel), Ok(()));
        assert_eq!(process.disk_writes(), 2);
    }
}

/// Step 9: pages that are given up.
mod given_up {
    use super::*;

    fn dont_need(process: &mut Process, at: u64, bytes: u64) -> Result<(), Errno> {
        process.map.dont_need(va(at), bytes, &mut process.kernel)
    }

    #[test]
    fn pages_of_the_range_are_filled_anew_and_the_areas_stay() {
        let areas = ["10000-12000 rw-p", "12000-14000 rw-p 3+0", "20000-21000 rw-s 3+1000"];
        let mut process = Process::new(&areas);
        [0x10000, 0x11000, 0x12001, 0x13001, 0x20001].into_iter().for_each(|at| process.write(at, 0xaa));
        assert_eq!(dont_need(&mut process, 0x11000, 0x2000), Ok(()));
        assert_eq!(process.filled(), [0x10, 0x13, 0x20]);
        assert_eq!([0x10000, 0x11000, 0x12001, 0x13001].map(|at| process.read(at)), [0xaa, 0, 0x11, 0xaa]);
        assert_eq!(dont_need(&mut process, 0x12000, 0xf000), Err(Errno::NoMemory), "there is a hole");
        assert_eq!(process.read(0x20001), 0xaa, "what was shared is not lost");
        assert_eq!(process.dirty(), [1]);
        assert_eq!(process.areas(), areas);
    }

    #[rstest]
    #[case::zeros_that_were_only_read("rw-p", "r--")]
    #[case::page_of_a_file_that_was_only_read("rw-p 3+0", "r--")]
    #[case::page_that_nobody_may_touch("---p", "---")]
    #[case::page_of_a_file_that_nobody_may_touch("---p 3+0", "---")]
    #[case::shared_page_that_nobody_may_touch("---s 3+0", "---")]
    #[case::shared_page_that_may_be_read("r--s 3+0", "r--")]
    fn whatever_a_page_is_filled_with_goes(#[case] area: &str, #[case] protection: &str) {
        let mut process = Process::new(&[&format!("10000-12000 {area}")]);
        for number in [0x10, 0x11] {
            if area.ends_with("3+0") {
                process.fill_from_file(number, number - 0x10, protection);
            } else {
                process.kernel.fill(page(number), process.kernel.zero_frame(), rights(protection));
            }
        }
        assert_eq!(dont_need(&mut process, 0x10000, 0x1000), Ok(()));
        assert_eq!(process.filled(), [0x11]);
    }

    #[test]
    fn ranges_that_make_no_sense_are_refused() {
        let mut process = Process::new(&["10000-12000 rw-p"]);
        process.write(0x10000, 0xaa);
        assert_eq!(dont_need(&mut process, 0x10001, 0), Err(Errno::Invalid));
        assert_eq!(dont_need(&mut process, 0x10000, u64::MAX), Err(Errno::Invalid));
        assert_eq!(dont_need(&mut process, 0x10000, u64::MAX - 0xffff), Err(Errno::Invalid));
        assert_eq!(dont_need(&mut process, 0x30000, 0), Ok(()));
        assert_eq!(process.filled(), [0x10]);
    }

    #[test]
    fn pages_behind_the_new_end_go_whoever_mapped_them() {
        let mut process =
            Process::new(&["10000-13000 rw-s 3+1000", "20000-22000 rw-p 4+2000", "30000-32000 rw-p"]);
        [0x10000, 0x11000, 0x12000, 0x20000, 0x21000, 0x30000]
            .into_iter()
            .for_each(|at| process.write(at, 0xaa));
        process.truncate(0x2001);
        assert_eq!(process.filled(), [0x10, 0x11, 0x20, 0x30]);
        process.truncate(0x2000);
        assert_eq!(process.filled(), [0x10, 0x30]);
        assert_eq!(process.fault(0x20000, READ), Err(Signal::Bus));
        assert_eq!(process.areas().len(), 3);
    }

    #[test]
    fn pages_behind_the_new_end_go_from_every_area_of_the_file() {
        let areas = [
            "10000-12000 rw-p 3+0",
            "14000-16000 r--s 3+0",
            "18000-1a000 ---p 3+0",
            "20000-22000 ---s 4+0",
            "24000-26000 r-xp 6+0",
        ];
        let mut process = Process::new(&areas);
        for first in [0x10, 0x14, 0x18, 0x20, 0x24] {
            process.fill_from_file(first, 0, "---");
            process.fill_from_file(first + 1, 1, "---");
        }
        process.truncate(0x1000);
        assert_eq!(process.filled(), [0x10, 0x14, 0x18, 0x20, 0x24]);
        assert_eq!(process.areas(), areas);
    }
}

#[test]
#[cfg(not(judged))] // The grader plays them itself, a process each.
fn scenarios() {
    testbench::mmap::snapshots::<Areas>(|name, trace| insta::assert_snapshot!(name, trace));
}
