// What a TLB promises, one module for each criterion of the lab `tlb`, in the order of its steps.
//
// Numbers in the cases: pages and frames by their number, sizes by their order (9: 2 MiB pages of x86-64), rights as
// `rwxu`. Chapter: `tlb.md`.

use labs::tlb::{MipsEntry, SetAssociativeTlb};
use machine::prelude::*;
use rstest::rstest;

/// Orders of large pages of x86-64: 2 MiB and 1 GiB.
const LARGE: u8 = 9;
const HUGE: u8 = 18;
/// The highest page number there is.
const LAST_PAGE: u64 = 0xf_ffff_ffff_ffff;

fn rights(text: &str) -> Rights {
    text.parse().expect("the case spells rights as `rwxu`")
}

fn space(number: u16) -> Scope {
    Scope::Space(Asid::new(number))
}

/// A clean entry that allows all but executing.
fn entry(page: u64, order: u8, scope: Scope, frame: u64) -> TlbEntry {
    let (page, frame, size) = (Page::new(page), Frame::new(frame), PageSize::of_order(order));
    TlbEntry { page, size, scope, frame, rights: rights("rw-u"), dirty: false }
}

/// The entry of a base page in space 1, in the frame of the same number.
fn base(page: u64) -> TlbEntry {
    entry(page, 0, space(1), page)
}

/// A TLB for base pages and large ones, with these entries filled in.
fn tlb(sets: u64, ways: u64, entries: &[TlbEntry]) -> SetAssociativeTlb {
    let sizes = [PageSize::of_order(LARGE), PageSize::of_order(HUGE)];
    let mut tlb = SetAssociativeTlb::new(TlbGeometry::new(sets, ways).with_large_pages(&sizes));
    for &entry in entries {
        assert_eq!(tlb.fill(entry), None, "there is room for {entry}");
    }
    tlb
}

fn lookup(tlb: &mut SetAssociativeTlb, page: u64, asid: u16) -> Option<TlbEntry> {
    tlb.lookup(Page::new(page), Asid::new(asid))
}

/// Which of the `pages` space 1 finds.
fn found(tlb: &mut SetAssociativeTlb, pages: &[u64]) -> Vec<u64> {
    pages.iter().copied().filter(|&page| lookup(tlb, page, 1).is_some()).collect()
}

/// Step 1: where an entry goes, and what it must remember.
mod index {
    use super::*;

    #[rstest]
    #[case::csapp_example(4, 0, 0xf, 3, 0x3)]
    #[case::next_page_next_set(4, 0, 0x10, 0, 0x4)]
    #[case::one_set(1, 0, 0x1234, 0, 0x1234)]
    #[case::last_page(16, 0, LAST_PAGE, 0xf, 0xffff_ffff_ffff)]
    #[case::last_of_a_large_page(8, LARGE, 0x13ff, 1, 0x1)]
    #[case::next_large_page(8, LARGE, 0x1400, 2, 0x1)]
    #[case::large_page_in_one_set(1, LARGE, 0x13ff, 0, 0x9)]
    #[case::huge_page(4, HUGE, 0x1f_ffff, 3, 0x1)]
    #[case::four_mebibytes(2, 10, 0xfff, 1, 0x1)]
    #[case::as_many_sets_as_there_can_be(1 << 16, 0, 0x12_3456_789a, 0x789a, 0x12_3456)]
    fn set_and_tag_are_bits_of_the_page_number(
        #[case] sets: u64,
        #[case] order: u8,
        #[case] page: u64,
        #[case] set: u64,
        #[case] tag: u64,
    ) {
        let (geometry, page) = (TlbGeometry::direct_mapped(sets), Page::new(page));
        let size = PageSize::of_order(order);
        assert_eq!(SetAssociativeTlb::set_of(&geometry, page, size), SetIndex::new(set));
        assert_eq!(SetAssociativeTlb::tag_of(&geometry, page, size), Tag::new(tag));
    }
}

/// Step 2: which pages and spaces an entry is for.
mod whose {
    use super::*;

    #[rstest]
    #[case::same_page_same_space(entry(0x5, 0, space(1), 0x9), 0x5, 1, true)]
    #[case::next_page(entry(0x5, 0, space(1), 0x9), 0x6, 1, false)]
    #[case::other_space(entry(0x5, 0, space(1), 0x9), 0x5, 2, false)]
    #[case::space_that_differs_in_a_high_bit(entry(0x5, 0, space(1), 0x9), 0x5, 0x101, false)]
    #[case::space_that_differs_in_the_highest_bit(entry(0x5, 0, space(1), 0x9), 0x5, 0x8001, false)]
    #[case::global_in_any_space(entry(0x5, 0, Scope::Global, 0x9), 0x5, 0xffff, true)]
    #[case::page_that_differs_in_a_high_bit(entry(0x5, 0, space(1), 0x9), 0x1_0000_0000_0005, 1, false)]
    #[case::last_of_a_large_page(entry(0x200, LARGE, space(1), 0x400), 0x3ff, 1, true)]
    #[case::first_after_a_large_page(entry(0x200, LARGE, space(1), 0x400), 0x400, 1, false)]
    #[case::last_before_a_large_page(entry(0x200, LARGE, space(1), 0x400), 0x1ff, 1, false)]
    #[case::large_page_of_another_space(entry(0x200, LARGE, space(1), 0x400), 0x3ff, 0, false)]
    fn entry_is_for_its_pages_in_its_spaces(
        #[case] entry: TlbEntry,
        #[case] page: u64,
        #[case] asid: u16,
        #[case] expected: bool,
    ) {
        assert_eq!(SetAssociativeTlb::matches(&entry, Page::new(page), Asid::new(asid)), expected);
    }

    #[rstest]
    #[case::base_page(entry(0x5, 0, space(1), 0x9), 0x5, 0x9)]
    #[case::first_of_a_large_page(entry(0x200, LARGE, space(1), 0x800), 0x200, 0x800)]
    #[case::inside_a_large_page(entry(0x200, LARGE, space(1), 0x800), 0x2ab, 0x8ab)]
    #[case::last_of_a_huge_page(entry(0x4_0000, HUGE, Scope::Global, 0x0), 0x7_ffff, 0x3_ffff)]
    fn page_lies_as_deep_in_the_frames_as_in_the_pages(
        #[case] entry: TlbEntry,
        #[case] page: u64,
        #[case] frame: u64,
    ) {
        assert_eq!(SetAssociativeTlb::frame_of(&entry, Page::new(page)), Frame::new(frame));
    }
}

/// Step 3: what was filled is found, by who may find it.
mod hit {
    use super::*;

    #[test]
    fn new_tlb_is_empty() {
        let mut tlb = tlb(4, 2, &[]);
        assert!(found(&mut tlb, &[0x0, 0x1, 0x200, LAST_PAGE]).is_empty());
    }

    #[rstest]
    #[case::page_and_frame_0(TlbEntry { rights: rights("r---"), ..entry(0x0, 0, space(0), 0x0) })]
    #[case::everything_allowed(TlbEntry { rights: rights("rwxu"), ..entry(0x7, 0, space(1), 0xff_ffff_ffff) })]
    #[case::last_page_of_the_last_space(entry(LAST_PAGE, 0, space(0xffff), 0x5))]
    #[case::global(entry(0x5, 0, Scope::Global, 0x9))]
    #[case::large(entry(0x200, LARGE, space(1), 0x800))]
    #[case::huge_and_global(entry(0x4_0000, HUGE, Scope::Global, 0x8_0000))]
    fn entry_is_found_as_it_was_filled(#[case] entry: TlbEntry) {
        for (sets, ways) in [(1, 1), (4, 1), (1, 4), (16, 3)] {
            let mut tlb = tlb(sets, ways, &[entry]);
            let asid = if let Scope::Space(asid) = entry.scope { asid } else { Asid::new(0x77) };
            assert_eq!(tlb.lookup(entry.page, asid), Some(entry), "{sets} sets of {ways} ways");
            let last = Page::new(entry.page.number() + entry.size.page_count() - 1);
            assert_eq!(tlb.lookup(last, asid), Some(entry), "{sets} sets of {ways} ways, last page");
        }
    }

    #[test]
    fn same_set_and_same_tag_are_not_the_same_page() {
        // 0x14 and 0x15 have the same tag; 0x14, 0x24 and 0x4_0000_0014 the same set.
        let mut tlb = tlb(4, 2, &[base(0x14)]);
        assert_eq!(found(&mut tlb, &[0x14, 0x15, 0x24, 0x4_0000_0014]), [0x14]);
    }

    #[test]
    fn each_space_has_its_own_entry_for_a_page() {
        let (one, two) = (entry(0xa, 0, space(1), 100), entry(0xa, 0, space(2), 170));
        let mut tlb = tlb(2, 2, &[one, two]);
        assert_eq!(lookup(&mut tlb, 0xa, 1), Some(one));
        assert_eq!(lookup(&mut tlb, 0xa, 2), Some(two));
        assert_eq!(lookup(&mut tlb, 0xa, 0), None);
    }

    #[test]
    fn all_ways_of_a_set_are_used() {
        let pages: Vec<u64> = (0..8).map(|number| number * 4).collect();
        let entries: Vec<TlbEntry> = pages.iter().map(|&page| base(page)).collect();
        let mut tlb = tlb(4, 8, &entries);
        assert_eq!(found(&mut tlb, &pages), pages);
    }

    #[rstest]
    #[case::same_page(base(0x205), base(0x205), &[])]
    #[case::other_space(entry(0x205, 0, space(2), 0x1), base(0x205), &[2])]
    #[case::space_that_differs_in_the_highest_bit(entry(0x205, 0, space(0x8001), 0x1), base(0x205), &[0x8001])]
    #[case::global_over_one(entry(0x205, 0, space(2), 0x1), entry(0x205, 0, Scope::Global, 0x3), &[])]
    #[case::large_over_small(base(0x205), entry(0x200, LARGE, space(1), 0x800), &[])]
    #[case::small_over_large(entry(0x200, LARGE, space(1), 0x800), base(0x3ff), &[])]
    #[case::large_beside_small(base(0x1ff), entry(0x200, LARGE, space(1), 0x800), &[1])]
    #[case::huge_over_large(entry(0x200, LARGE, space(1), 0x800), entry(0x0, HUGE, space(1), 0x0), &[])]
    fn what_would_answer_for_the_same_page_goes(
        #[case] old: TlbEntry,
        #[case] new: TlbEntry,
        #[case] still_finds_the_old_one: &[u16],
    ) {
        for (sets, ways) in [(1, 2), (4, 2), (8, 4)] {
            let mut tlb = tlb(sets, ways, &[old]);
            assert_eq!(tlb.fill(new), None, "what is replaced is not evicted");
            let finders: Vec<u16> = [0, 1, 2, 0x8001]
                .into_iter()
                .filter(|&asid| tlb.lookup(old.page, Asid::new(asid)) == Some(old))
                .collect();
            let expected: &[u16] = if old == new { &[1] } else { still_finds_the_old_one };
            assert_eq!(finders, expected, "{sets} sets of {ways} ways");
            let asid = if new.scope == Scope::Global { 5 } else { 1 };
            assert_eq!(tlb.lookup(new.page, Asid::new(asid)), Some(new), "{sets} sets of {ways} ways");
        }
    }
}

/// Step 4: the least recently used entry of a full set leaves.
mod lru {
    use super::*;

    #[test]
    fn oldest_leaves_if_nobody_was_used() {
        let mut tlb = tlb(1, 3, &[base(0x1), base(0x2), base(0x3)]);
        assert_eq!(tlb.fill(base(0x4)), Some(base(0x1)));
        assert_eq!(tlb.fill(base(0x5)), Some(base(0x2)));
        assert_eq!(found(&mut tlb, &[0x1, 0x2, 0x3, 0x4, 0x5]), [0x3, 0x4, 0x5]);
    }

    #[rstest]
    #[case::first_was_used(&[0x1], [0x2, 0x3, 0x1])]
    #[case::middle_was_used(&[0x2], [0x1, 0x3, 0x2])]
    #[case::all_were_used_backwards(&[0x3, 0x2, 0x1], [0x3, 0x2, 0x1])]
    #[case::one_was_used_twice(&[0x1, 0x2, 0x1], [0x3, 0x2, 0x1])]
    #[case::misses_are_no_use(&[0x9, 0x11], [0x1, 0x2, 0x3])]
    fn order_of_use_is_the_order_of_leaving(#[case] used: &[u64], #[case] leaving: [u64; 3]) {
        let mut tlb = tlb(1, 3, &[base(0x1), base(0x2), base(0x3)]);
        found(&mut tlb, used);
        let left = [0x4, 0x5, 0x6].map(|page| tlb.fill(base(page)));
        assert_eq!(left, leaving.map(|page| Some(base(page))));
    }

    #[test]
    fn filling_again_is_a_use_and_evicts_nobody() {
        let mut tlb = tlb(1, 2, &[base(0x1), base(0x2)]);
        let written = TlbEntry { dirty: true, ..base(0x1) };
        assert_eq!(tlb.fill(written), None);
        assert_eq!(tlb.fill(base(0x3)), Some(base(0x2)));
        assert_eq!(tlb.fill(base(0x4)), Some(written));
    }

    #[test]
    fn other_sets_keep_their_entries() {
        let mut tlb = tlb(4, 1, &[base(0x8), base(0x9)]);
        assert_eq!(tlb.fill(base(0xc)), Some(base(0x8)));
        assert_eq!(found(&mut tlb, &[0x8, 0x9, 0xc]), [0x9, 0xc]);
    }

    #[test]
    fn set_of_another_size_makes_no_room() {
        // The large page stands in set 1 with the odd base pages.
        let large = entry(0x200, LARGE, space(1), 0x800);
        let mut tlb = tlb(2, 1, &[large, base(0x2)]);
        assert_eq!(tlb.fill(base(0x3)), Some(large));
        assert_eq!(found(&mut tlb, &[0x2, 0x3, 0x2ff]), [0x2, 0x3]);
    }

    #[test]
    fn free_way_is_taken_before_anybody_leaves() {
        let mut tlb = tlb(1, 2, &[base(0x1), base(0x2)]);
        let global = entry(0x2, 0, Scope::Global, 0x7);
        assert_eq!(tlb.fill(global), None, "page 2 of space 1 goes for it");
        assert_eq!(tlb.fill(base(0x3)), Some(base(0x1)));
    }
}

/// Step 5: entries are dropped when the table has changed.
mod flush {
    use super::*;

    fn full() -> SetAssociativeTlb {
        let entries = [
            base(0x10),
            entry(0x10, 0, space(2), 0x20),
            entry(0x200, LARGE, space(1), 0x800),
            entry(0xf0, 0, Scope::Global, 0x30),
            entry(0x400, LARGE, Scope::Global, 0xa00),
        ];
        tlb(2, 8, &entries)
    }

    fn page(page: u64, asid: u16) -> Flush {
        Flush::Page { page: Page::new(page), asid: Asid::new(asid) }
    }

    #[rstest]
    #[case::page_of_one_space(page(0x10, 1), 1, ".2L*G")]
    #[case::page_of_the_other_space(page(0x10, 2), 1, "1.L*G")]
    #[case::page_that_is_not_held(page(0x11, 1), 0, "12L*G")]
    #[case::last_page_of_a_large_one(page(0x3ff, 1), 1, "12.*G")]
    #[case::large_page_of_another_space(page(0x200, 2), 0, "12L*G")]
    #[case::global_page_from_any_space(page(0xf0, 3), 1, "12L.G")]
    #[case::inside_a_large_global_page(page(0x4ab, 0), 1, "12L*.")]
    #[case::space_1(Flush::Space(Asid::new(1)), 2, ".2.*G")]
    #[case::space_without_entries(Flush::Space(Asid::new(0)), 0, "12L*G")]
    #[case::space_that_differs_in_the_highest_bit(Flush::Space(Asid::new(0x8001)), 0, "12L*G")]
    #[case::all_but_global(Flush::AllButGlobal, 3, "...*G")]
    #[case::all(Flush::All, 5, ".....")]
    fn flush_takes_what_it_names_and_nothing_else(
        #[case] what: Flush,
        #[case] count: u64,
        #[case] kept: &str,
    ) {
        let mut tlb = full();
        assert_eq!(tlb.flush(what), count);
        let questions = [('1', 0x10, 1), ('2', 0x10, 2), ('L', 0x2aa, 1), ('*', 0xf0, 3), ('G', 0x5ff, 3)];
        let answers: String = questions
            .iter()
            .map(|&(letter, page, asid)| if lookup(&mut tlb, page, asid).is_some() { letter } else { '.' })
            .collect();
        assert_eq!(answers, kept);
        assert_eq!(tlb.flush(what), 0, "the second time");
    }

    #[test]
    fn flushed_way_is_free_again() {
        let mut tlb = tlb(1, 2, &[base(0x1), base(0x2)]);
        tlb.flush(page(0x2, 1));
        assert_eq!(tlb.fill(base(0x3)), None);
        assert_eq!(tlb.fill(base(0x4)), Some(base(0x1)));
    }
}

/// Step 6: what the page table said after a miss.
mod refill {
    use super::*;

    fn in_memory(level: u8, frame: u64, dirty: bool) -> PageState {
        let (frame, level, rights) = (Frame::new(frame), Level::new(level), rights("rw-u"));
        PageState::InMemory(Mapping { frame, level, rights, used: Used { accessed: true, dirty } })
    }

    #[rstest]
    #[case::base_page(Paging::x86_64(), 0x2ab, 0, 0x9, entry(0x2ab, 0, space(1), 0x9))]
    #[case::middle_of_two_mebibytes(Paging::x86_64(), 0x2ab, 1, 0x800, entry(0x200, LARGE, space(1), 0x800))]
    #[case::end_of_a_gibibyte(Paging::x86_64(), 0x7_ffff, 2, 0x0, entry(0x4_0000, HUGE, space(1), 0x0))]
    #[case::middle_of_four_mebibytes(Paging::x86_32(), 0x6ab, 1, 0x800, entry(0x400, 10, space(1), 0x800))]
    #[case::last_page(Paging::x86_64(), LAST_PAGE, 0, 0x9, entry(LAST_PAGE, 0, space(1), 0x9))]
    #[case::last_large_page(Paging::x86_64(), LAST_PAGE, 1, 0x800, entry(LAST_PAGE - 0x1ff, LARGE, space(1), 0x800))]
    fn page_in_memory_is_cached_from_its_first_page_on(
        #[case] paging: Paging,
        #[case] page: u64,
        #[case] level: u8,
        #[case] frame: u64,
        #[case] cached: TlbEntry,
    ) {
        let geometry = TlbGeometry::new(4, 2).with_large_pages(&[cached.size]);
        for dirty in [false, true] {
            let mut tlb = SetAssociativeTlb::new(geometry.clone());
            let found = in_memory(level, frame, dirty);
            assert_eq!(tlb.refill(Page::new(page), space(1), found, &paging), None);
            assert_eq!(lookup(&mut tlb, page, 1), Some(TlbEntry { dirty, ..cached }));
            assert_eq!(lookup(&mut tlb, page, 2), None);
        }
    }

    #[rstest]
    #[case::unallocated(PageState::Unallocated)]
    #[case::on_disk(PageState::OnDisk(Block::new(0)))]
    fn page_that_is_not_in_memory_is_not_cached_and_drives_nobody_out(#[case] state: PageState) {
        let mut tlb = tlb(1, 1, &[base(0x1)]);
        assert_eq!(tlb.refill(Page::new(0x2), space(1), state, &Paging::x86_64()), None);
        assert_eq!(found(&mut tlb, &[0x1, 0x2]), [0x1]);
    }

    #[test]
    fn refill_says_who_left() {
        let mut tlb = tlb(1, 1, &[base(0x1)]);
        let found = in_memory(0, 0x9, false);
        assert_eq!(tlb.refill(Page::new(0x2), Scope::Global, found, &Paging::x86_64()), Some(base(0x1)));
        assert_eq!(lookup(&mut tlb, 0x2, 7), Some(entry(0x2, 0, Scope::Global, 0x9)));
    }
}

/// Step 7: counts, and what they mean.
mod worth {
    use super::*;

    #[test]
    fn everything_that_happens_is_counted() {
        let mut tlb = tlb(1, 2, &[]);
        assert_eq!(tlb.counts(), TlbCounts::default());
        tlb.fill(base(0x1));
        tlb.fill(base(0x2));
        tlb.fill(TlbEntry { dirty: true, ..base(0x2) });
        tlb.fill(base(0x3));
        found(&mut tlb, &[0x1, 0x2, 0x3, 0x2]);
        assert_eq!(tlb.counts(), TlbCounts { hits: 3, misses: 1, fills: 4, evictions: 1, flushed: 0 });
        tlb.refill(Page::new(0x9), space(1), PageState::Unallocated, &Paging::x86_64());
        tlb.flush(Flush::All);
        tlb.flush(Flush::All);
        assert_eq!(tlb.counts(), TlbCounts { hits: 3, misses: 1, fills: 4, evictions: 1, flushed: 2 });
    }

    #[rstest]
    #[case::nothing(&[], 4096, 0)]
    #[case::two_base_pages(&[base(0x1), base(0x2)], 4096, 8192)]
    #[case::large(&[base(0x1), entry(0x200, LARGE, space(1), 0x0)], 4096, 4096 + (2 << 20))]
    #[case::huge(&[entry(0x4_0000, HUGE, Scope::Global, 0x0)], 4096, 1 << 30)]
    fn reach_is_what_the_entries_held_translate(
        #[case] entries: &[TlbEntry],
        #[case] page_bytes: u64,
        #[case] reach: u64,
    ) {
        assert_eq!(tlb(4, 4, entries).reach(page_bytes), reach);
    }

    #[rstest]
    #[case::four_of_five_hit(4, 1, 0, 10_000, 1, Some(12_000))]
    #[case::ninety_nine_of_a_hundred_hit(99, 1, 0, 10_000, 1, Some(10_100))]
    #[case::none_hits(0, 7, 500, 10_000, 4, Some(50_500))]
    #[case::rounded_down(2, 1, 0, 100, 1, Some(133))]
    #[case::exact_where_a_hit_rate_is_not(437, 563, 0, 10_000, 4, Some(32_520))]
    #[case::billions_of_accesses(2_997_000_007, 3_000_000, 500, 100_000, 4, Some(100_899))]
    #[case::no_lookup(0, 0, 500, 10_000, 4, None)]
    fn mean_time_of_an_access(
        #[case] hits: u64,
        #[case] misses: u64,
        #[case] tlb_ps: u64,
        #[case] memory_ps: u64,
        #[case] reads_per_walk: u64,
        #[case] expected: Option<u64>,
    ) {
        // What else was counted costs nothing.
        let counts = TlbCounts { hits, misses, fills: 50, evictions: 20, flushed: 30 };
        let times = AccessTimes { tlb_ps, memory_ps, reads_per_walk };
        assert_eq!(SetAssociativeTlb::effective_access_ps(&counts, &times), expected);
    }
}

/// Step 8: an entry as the R3000 has it.
mod mips {
    use super::*;

    fn words(entry: &TlbEntry) -> Result<(u32, u32), String> {
        MipsEntry::pack(entry)
            .map(|packed| (packed.entry_hi(), packed.entry_lo()))
            .map_err(|error| error.to_string())
    }

    fn with(text: &str, dirty: bool, entry: TlbEntry) -> TlbEntry {
        TlbEntry { rights: rights(text), dirty, ..entry }
    }

    #[rstest]
    #[case::written(with("rwxu", true, entry(0x12345, 0, space(5), 0x678)), 0x1234_5140, 0x0067_8600)]
    #[case::not_written_yet(
        with("rwxu", false, entry(0x12345, 0, space(5), 0x678)),
        0x1234_5140,
        0x0067_8200
    )]
    #[case::dirty_but_read_only_now(
        with("r-xu", true, entry(0x12345, 0, space(5), 0x678)),
        0x1234_5140,
        0x0067_8200
    )]
    #[case::global(with("rwx-", true, entry(0xc0000, 0, Scope::Global, 0x678)), 0xc000_0000, 0x0067_8700)]
    #[case::all_zero(with("r-xu", false, entry(0x0, 0, space(0), 0x0)), 0x0, 0x200)]
    #[case::all_ones(with("rwx-", true, entry(0xf_ffff, 0, space(63), 0xf_ffff)), 0xffff_ffc0, 0xffff_f600)]
    fn entry_becomes_two_words(#[case] entry: TlbEntry, #[case] entry_hi: u32, #[case] entry_lo: u32) {
        assert_eq!(words(&entry), Ok((entry_hi, entry_lo)));
    }

    #[rstest]
    #[case::one_page_too_high(entry(0x10_0000, 0, space(0), 0x0), "the page number needs more than 20 bits")]
    #[case::everything_too_high(
        entry(0x10_0000, 0, space(64), 0x10_0000),
        "the page number needs more than 20 bits"
    )]
    #[case::one_asid_too_high(entry(0x0, 0, space(64), 0x10_0000), "the ASID needs more than 6 bits")]
    #[case::one_frame_too_high(
        entry(0x0, 0, space(63), 0x10_0000),
        "the frame number needs more than 20 bits"
    )]
    #[case::two_base_pages_in_one(entry(0x2, 1, space(0), 0x2), "an R3000 has no large pages")]
    #[case::large_and_too_high(entry(0x10_0000, LARGE, space(64), 0x0), "an R3000 has no large pages")]
    fn what_does_not_fit_is_refused(#[case] entry: TlbEntry, #[case] error: &str) {
        assert_eq!(words(&entry), Err(error.into()));
    }

    #[rstest]
    #[case::not_valid(0x1234_5140, 0x0067_8d00, None)]
    #[case::writes_go_through(
        0x1234_5140,
        0x0067_8600,
        Some(with("rwxu", true, entry(0x12345, 0, space(5), 0x678)))
    )]
    #[case::writes_trap(
        0x1234_5140,
        0x0067_8200,
        Some(with("r-xu", false, entry(0x12345, 0, space(5), 0x678)))
    )]
    #[case::last_space(
        0x1234_5fc0,
        0x0067_8600,
        Some(with("rwxu", true, entry(0x12345, 0, space(63), 0x678)))
    )]
    #[case::valid_and_all_else_zero(0x0, 0x200, Some(with("r-xu", false, entry(0x0, 0, space(0), 0x0))))]
    #[case::last_user_page(0x7fff_f000, 0x200, Some(with("r-xu", false, entry(0x7_ffff, 0, space(0), 0x0))))]
    #[case::first_kernel_page(
        0x8000_0000,
        0x200,
        Some(with("r-x-", false, entry(0x8_0000, 0, space(0), 0x0)))
    )]
    #[case::global_with_an_asid(
        0xffff_ffc0,
        0xffff_f700,
        Some(with("rwx-", true, entry(0xf_ffff, 0, Scope::Global, 0xf_ffff)))
    )]
    #[case::unnamed_bits(
        0x1234_517f,
        0x0067_8aff,
        Some(with("r-xu", false, entry(0x12345, 0, space(5), 0x678)))
    )]
    fn words_say_what_they_say(
        #[case] entry_hi: u32,
        #[case] entry_lo: u32,
        #[case] entry: Option<TlbEntry>,
    ) {
        assert_eq!(MipsEntry::from_words(entry_hi, entry_lo).unpack(), entry);
    }
}

#[test]
#[cfg(not(judged))] // The grader plays them itself, a process each.
fn scenarios() {
    testbench::tlb::snapshots::<SetAssociativeTlb>(|name, trace| insta::assert_snapshot!(name, trace));
}
