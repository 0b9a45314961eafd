// What the policies of page replacement promise, one module for each criterion of the lab `replacement`, in the order of
// its steps.
//
// A case is a number of frames, what happens to pages, and what each access must do. What happens: `3` reads page 3, `3w`
// writes it, `p3` pins it, `u3` unpins it, `f3` takes it out of memory. What an access does: `-` finds its page, `+` loads
// it into a free frame, `1` takes the frame of page 1, `1w` writes page 1 back first, `!` gets no frame.
// Chapter: `replacement.md`.

use labs::replacement::{Clock, EnhancedClock, Fifo, Lru, Opt};
use machine::{pager::Pager, prelude::*, replacement::Outcome};
use rstest::rstest;
use testbench::replacement::{Make, PolicyName, departures};

/// What `policy` does with the accesses of `string`.
fn played(policy: PolicyName, frame_count: usize, string: &str) -> String {
    departures(Make::of::<Fifo, Lru, Clock, EnhancedClock, Opt>(), policy, frame_count, string)
}

/// How many accesses did not find their page.
fn misses(policy: PolicyName, frame_count: usize, string: &str) -> usize {
    played(policy, frame_count, string).split(' ').filter(|&word| word != "-").count()
}

/// The string of Belady's anomaly.
const BELADY: &str = "1 2 3 4 1 2 5 1 2 3 4 5";

/// Pages below 7 in no order, some again and again.
const MIXED: &str = "3 1 4 1 5 2 6 5 3 5 2 4 6 0 3 1 3 2 0 1 2 2 4 3 6 1 4 3 5 5 0 6 1 5 3 2 1 0";

/// Step 1: first in, first out.
mod fifo {
    use super::*;

    #[rstest]
    #[case::free_frames_come_first(3, "1 2 3", "+ + +")]
    #[case::page_that_is_there_is_found(2, "1 2 1 2", "+ + - -")]
    #[case::oldest_leaves(3, "1 2 3 4 5 6 7", "+ + + 1 2 3 4")]
    #[case::being_used_makes_nobody_younger(3, "1 2 3 1 1 4", "+ + + - - 1")]
    #[case::who_comes_back_is_new(2, "1 2 3 1 4", "+ + 1 2 3")]
    #[case::one_frame(1, "1 2 2 1 2", "+ 1 - 2 1")]
    #[case::as_many_frames_as_pages(4, "1 2 3 4 4 3 2 1", "+ + + + - - - -")]
    #[case::belady_with_three_frames(3, BELADY, "+ + + 1 2 3 4 - - 1 2 -")]
    #[case::belady_with_four_frames(4, BELADY, "+ + + + - - 1 2 3 4 5 1")]
    #[case::ostep(3, "0 1 2 0 1 3 0 3 1 2 1", "+ + + - - 0 1 - 2 3 -")]
    #[case::written_pages_are_written_back(3, "1 2w 3 1w 4 2 5 6", "+ + + - 1w - 2w 3")]
    #[case::who_comes_back_is_clean(1, "1w 2 1 2", "+ 1w 2 1")]
    fn first_in_is_first_out(#[case] frames: usize, #[case] string: &str, #[case] expected: &str) {
        assert_eq!(played(PolicyName::Fifo, frames, string), expected);
    }
}

/// Step 2: least recently used.
mod lru {
    use super::*;

    #[rstest]
    #[case::unused_since_longest_leaves(3, "1 2 3 1 4", "+ + + - 2")]
    #[case::order_of_use_counts(3, "1 2 3 3 2 1 4 5 6", "+ + + - - - 3 2 1")]
    #[case::page_in_the_middle_is_used(3, "1 2 3 2 4 5 6", "+ + + - 1 3 2")]
    #[case::last_page_is_used_again(3, "1 2 3 3 4 5", "+ + + - 1 2")]
    #[case::a_new_page_has_been_used(2, "1 2 3 2 4", "+ + 1 - 3")]
    #[case::a_write_is_a_use(2, "1 2 1w 3 4", "+ + - 2 1w")]
    #[case::one_frame(1, "1 2 2 1 2", "+ 1 - 2 1")]
    #[case::as_many_frames_as_pages(4, "1 2 3 4 4 3 2 1", "+ + + + - - - -")]
    #[case::belady_with_three_frames(3, BELADY, "+ + + 1 2 3 4 - - 5 1 2")]
    #[case::belady_with_four_frames(4, BELADY, "+ + + + - - 3 - - 4 5 1")]
    #[case::ostep(3, "0 1 2 0 1 3 0 3 1 2 1", "+ + + - - 2 - - - 0 -")]
    fn least_recently_used_leaves(#[case] frames: usize, #[case] string: &str, #[case] expected: &str) {
        assert_eq!(played(PolicyName::Lru, frames, string), expected);
    }

    /// The stack property: what is in a memory is in every larger one too, so an access that hits goes on to hit.
    #[test]
    fn every_hit_is_a_hit_with_more_frames() {
        let found = |frames| -> Vec<bool> {
            played(PolicyName::Lru, frames, MIXED).split(' ').map(|word| word == "-").collect()
        };
        for frames in 1..7 {
            let (small, large) = (found(frames), found(frames + 1));
            assert!(
                small.iter().zip(&large).all(|(small, large)| small <= large),
                "{frames} frames and one more"
            );
        }
    }

    /// One frame too few for a loop, and every page leaves just before it is needed.
    #[test]
    fn a_loop_that_is_one_page_too_long_never_hits() {
        let string = ["0 1 2 3 4"; 6].join(" ");
        assert_eq!([4, 5].map(|frames| misses(PolicyName::Lru, frames, &string)), [30, 5]);
    }
}

/// Step 3: a clock with one bit.
mod clock {
    use super::*;

    #[rstest]
    #[case::all_used_then_first_leaves(3, "1 2 3 4", "+ + + 1")]
    #[case::hand_goes_on_from_where_it_was(3, "1 2 3 4 5 6 7", "+ + + 1 2 3 4")]
    #[case::used_page_gets_a_second_chance(3, "1 2 3 4 2 5 6", "+ + + 1 - 3 2")]
    #[case::all_used_again(3, "1 2 3 4 2 3 5", "+ + + 1 - - 2")]
    #[case::second_chance_is_used_up(3, "1 2 3 4 3 5 2 3 6", "+ + + 1 - 2 3 4 5")]
    #[case::hand_stands_behind_the_newest(4, "1 2 3 4 5 3 6 7", "+ + + + 1 - 2 4")]
    #[case::hits_do_not_move_the_hand(3, "1 2 3 1 2 3 4 5 6", "+ + + - - - 1 2 3")]
    #[case::one_frame(1, "1 2 2 1 2", "+ 1 - 2 1")]
    #[case::as_many_frames_as_pages(4, "1 2 3 4 4 3 2 1", "+ + + + - - - -")]
    #[case::belady_with_three_frames(3, BELADY, "+ + + 1 2 3 4 - - 1 2 -")]
    #[case::belady_with_four_frames(4, BELADY, "+ + + + - - 1 2 3 4 5 1")]
    #[case::dirty_makes_no_difference(2, "1w 2 3", "+ + 1w")]
    fn hand_finds_who_was_not_used(#[case] frames: usize, #[case] string: &str, #[case] expected: &str) {
        assert_eq!(played(PolicyName::Clock, frames, string), expected);
    }
}

/// Step 4: a clock with two bits.
mod enhanced {
    use super::*;

    #[rstest]
    #[case::clean_before_dirty(4, "1w 2 3w 4 5", "+ + + + 2")]
    #[case::dirty_and_unused_before_used(3, "1w 2 3 4 5 6", "+ + + 2 3 1w")]
    #[case::all_dirty(3, "1w 2w 3w 4 5", "+ + + 1w 2w")]
    #[case::unused_dirty_before_used_clean(3, "1 2w 3 4 3 5 6", "+ + + 1 - 2w 3")]
    #[case::written_after_it_was_loaded(3, "1 2 3 4 2w 3 5 2 6", "+ + + 1 - - 3 - 4")]
    #[case::hand_goes_on_from_where_it_was(3, "1 2 3 4 5 6 7", "+ + + 1 2 3 4")]
    #[case::one_frame(1, "1w 2 2 1 2w 1", "+ 1w - 2 1 2w")]
    #[case::as_many_frames_as_pages(4, "1w 2 3w 4 4 3 2 1", "+ + + + - - - -")]
    #[case::reads_alone_go_as_clock_does(3, "1 2 3 4 3 5 2 3 6", "+ + + 1 - 2 3 4 5")]
    fn best_class_leaves(#[case] frames: usize, #[case] string: &str, #[case] expected: &str) {
        assert_eq!(played(PolicyName::EnhancedClock, frames, string), expected);
    }
}

/// Step 5: the optimum.
mod opt {
    use super::*;

    #[rstest]
    #[case::used_last_leaves(2, "1 2 3 1 2", "+ + 2 - 1")]
    #[case::never_used_again_is_the_latest(3, "1 2 3 4 1 3", "+ + + 2 - -")]
    #[case::of_many_the_lowest_frame(3, "1 2 3 4 5 6", "+ + + 1 4 5")]
    #[case::next_use_and_not_the_last_one(2, "1 2 3 1 2 1", "+ + 2 - 3 -")]
    #[case::only_the_future_counts(2, "1 1 1 2 3 2 1", "+ - - + 1 - 3")]
    #[case::one_frame(1, "1 2 2 1 2", "+ 1 - 2 1")]
    #[case::as_many_frames_as_pages(4, "1 2 3 4 4 3 2 1", "+ + + + - - - -")]
    #[case::belady_with_three_frames(3, BELADY, "+ + + 3 - - 4 - - 1 3 -")]
    #[case::belady_with_four_frames(4, BELADY, "+ + + + - - 4 - - - 1 -")]
    #[case::ostep(3, "0 1 2 0 1 3 0 3 1 2 1", "+ + + - - 2 - - - 0 -")]
    fn next_needed_last_leaves(#[case] frames: usize, #[case] string: &str, #[case] expected: &str) {
        assert_eq!(played(PolicyName::Opt, frames, string), expected);
    }

    /// Which page leaves at the third access to two frames, the first three accesses being to pages 0, 1 and 2.
    fn third_takes_the_frame_of(future: &[Page]) -> Option<Page> {
        let (mut pager, mut opt) = (Pager::new(2, 3), Opt::new(2, future));
        let outcomes = [0, 1, 2].map(|page| pager.access(&mut opt, Page::new(page), AccessKind::Read));
        match outcomes {
            [Ok(Outcome::Loaded), Ok(Outcome::Loaded), Ok(Outcome::Replaced(departed))] => {
                Some(departed.page)
            }
            _ => None,
        }
    }

    #[test]
    fn after_two_million_accesses_is_not_never() {
        let mut future: Vec<Page> = [0, 1, 2].map(Page::new).into();
        future.resize(1 << 21, Page::new(2));
        future.push(Page::new(0));
        assert_eq!(third_takes_the_frame_of(&future), Some(Page::new(1)), "page 0 is needed once more");
    }

    #[test]
    fn without_a_future_no_page_is_used_again() {
        assert_eq!(third_takes_the_frame_of(&[]), Some(Page::new(0)));
    }

    /// By trying every choice at every miss, which nobody could do with longer strings.
    #[rstest]
    #[case::two_frames(2)]
    #[case::three_frames(3)]
    #[case::four_frames(4)]
    fn no_choice_of_victims_has_fewer_misses(#[case] frames: usize) {
        fn fewest(memory: &[u8], frames: usize, string: &[u8]) -> usize {
            let Some((page, rest)) = string.split_first() else { return 0 };
            if memory.contains(page) {
                return fewest(memory, frames, rest);
            }
            if memory.len() < frames {
                return 1 + fewest(&[memory, &[*page]].concat(), frames, rest);
            }
            let without = |place: usize| {
                let mut memory = memory.to_vec();
                memory[place] = *page;
                1 + fewest(&memory, frames, rest)
            };
            (0..frames).map(without).min().unwrap_or(0)
        }
        let string = "3 1 4 1 5 2 6 5 3 5 2 4 6 1";
        let pages: Vec<u8> = string.split(' ').map(|page| page.parse().expect("a page")).collect();
        assert_eq!(misses(PolicyName::Opt, frames, string), fewest(&[], frames, &pages));
    }
}

/// Step 5: whoever decides, a pinned page stays.
mod pins {
    use super::*;

    #[rstest]
    #[case::fifo(PolicyName::Fifo, "1 2 3 p1 4 u1 5 6", "+ + + 2 1 3")]
    #[case::lru(PolicyName::Lru, "1 2 3 p1 4 u1 5 6", "+ + + 2 1 3")]
    #[case::clock(PolicyName::Clock, "1 2 3 p1 4 5 u1 6", "+ + + 2 3 1")]
    #[case::enhanced_clock(PolicyName::EnhancedClock, "1 2 3 p1 4 5 u1 6", "+ + + 2 3 1")]
    #[case::opt(PolicyName::Opt, "1 2 3 p1 4 5 u1 6 3 2", "+ + + 2 4 1 - 6")]
    #[case::clock_leaves_the_bit_of_a_pinned_page(PolicyName::Clock, "1 2 3 p1 4 u1 3 5 6", "+ + + 2 - 3 1")]
    fn pinned_page_stays_and_keeps_its_turn(
        #[case] policy: PolicyName,
        #[case] string: &str,
        #[case] expected: &str,
    ) {
        assert_eq!(played(policy, 3, string), expected);
    }

    #[rstest]
    #[case::fifo(PolicyName::Fifo, "1 2 p1 p2 3 u2 4", "+ + ! 2")]
    #[case::lru(PolicyName::Lru, "1 2 p1 p2 3 1 u2 u1 4", "+ + ! - 2")]
    #[case::clock(PolicyName::Clock, "1 2 p1 p2 3 u2 4", "+ + ! 2")]
    #[case::enhanced_clock(PolicyName::EnhancedClock, "1 2w p1 p2 3 u2 4", "+ + ! 2w")]
    #[case::opt(PolicyName::Opt, "1 2 p1 p2 3 u1 u2 3 4 2", "+ + ! 1 3 -")]
    fn nobody_leaves_while_all_are_pinned(
        #[case] policy: PolicyName,
        #[case] string: &str,
        #[case] expected: &str,
    ) {
        assert_eq!(played(policy, 2, string), expected);
    }

    #[rstest]
    #[case::fifo(PolicyName::Fifo, "1 2 3 p1 p2 p3 4 u1 u2 u3 5 6 7", "+ + + ! 1 2 3")]
    #[case::lru(PolicyName::Lru, "1 2 3 2 p1 p2 p3 4 u1 u2 u3 5 6 7", "+ + + - ! 1 3 2")]
    #[case::clock(PolicyName::Clock, "1 2 3 4 2 p2 p3 p4 5 u2 u3 u4 6", "+ + + 1 - ! 3")]
    #[case::enhanced_clock(PolicyName::EnhancedClock, "1 2 3 4 2 p2 p3 p4 5 u2 u3 u4 6", "+ + + 1 - ! 3")]
    #[case::opt(PolicyName::Opt, "1 2 3 p1 p2 p3 4 u1 u2 u3 5 1 3 2", "+ + + ! 2 - - 1")]
    fn nothing_has_changed_when_nobody_could_leave(
        #[case] policy: PolicyName,
        #[case] string: &str,
        #[case] expected: &str,
    ) {
        assert_eq!(played(policy, 3, string), expected);
    }

    #[rstest]
    #[case::fifo(PolicyName::Fifo, "11 - 12")]
    #[case::lru(PolicyName::Lru, "11 - 13")]
    #[case::clock(PolicyName::Clock, "11 - 12")]
    #[case::enhanced_clock(PolicyName::EnhancedClock, "11 - 12")]
    #[case::opt(PolicyName::Opt, "11 - 13")]
    fn however_many_are_pinned_another_one_is_found(#[case] policy: PolicyName, #[case] expected: &str) {
        let string = "1 2 3 4 5 6 7 8 9 10 11 12 p1 p2 p3 p4 p5 p6 p7 p8 p9 p10 13 12 11";
        assert_eq!(played(policy, 12, string), format!("+ + + + + + + + + + + + {expected}"));
    }
}

/// Step 6: pages that leave by themselves.
mod forget {
    use super::*;

    #[rstest]
    #[case::fifo(PolicyName::Fifo, "1 2 3 f2 4 5 6 7", "+ + + + 1 3 4")]
    #[case::lru(PolicyName::Lru, "1 2 3 f2 4 1 5 6", "+ + + + - 3 4")]
    #[case::clock(PolicyName::Clock, "1 2 3 f2 4 5 6", "+ + + + 3 1")]
    #[case::enhanced_clock(PolicyName::EnhancedClock, "1 2 3 f1 4 5 6", "+ + + + 2 3")]
    #[case::opt(PolicyName::Opt, "1 2 3 f2 4 5 4 3 1 2", "+ + + + 1 - - 5 1")]
    #[case::opt_of_a_page_that_is_used_again(PolicyName::Opt, "1 2 3 f2 4 2 3 1", "+ + + + 4 - -")]
    #[case::opt_of_a_page_that_is_not(PolicyName::Opt, "1 2 3 f1 4 5 4 5 3 2", "+ + + + 2 - - - 4")]
    fn frame_is_free_and_its_page_is_no_victim(
        #[case] policy: PolicyName,
        #[case] string: &str,
        #[case] expected: &str,
    ) {
        assert_eq!(played(policy, 3, string), expected);
    }

    #[rstest]
    #[case::fifo(PolicyName::Fifo, "1 3 4 5")]
    #[case::lru(PolicyName::Lru, "1 3 4 5")]
    #[case::clock(PolicyName::Clock, "3 4 5 1")]
    #[case::enhanced_clock(PolicyName::EnhancedClock, "3 4 5 1")]
    #[case::opt(PolicyName::Opt, "1 7 8 9")]
    fn the_others_leave_in_the_order_they_had(#[case] policy: PolicyName, #[case] expected: &str) {
        assert_eq!(played(policy, 5, "1 2 3 4 5 f2 6 7 8 9 10"), format!("+ + + + + + {expected}"));
    }

    #[rstest]
    #[case::fifo(PolicyName::Fifo)]
    #[case::lru(PolicyName::Lru)]
    #[case::clock(PolicyName::Clock)]
    #[case::enhanced_clock(PolicyName::EnhancedClock)]
    #[case::opt(PolicyName::Opt)]
    fn a_memory_that_was_emptied_is_as_new(#[case] policy: PolicyName) {
        assert_eq!(played(policy, 2, "1 2 f2 f1 3 4 5"), "+ + + + 3");
    }
}

#[test]
#[cfg(not(judged))] // The grader plays them itself, a process each.
fn scenarios() {
    let make = Make::of::<Fifo, Lru, Clock, EnhancedClock, Opt>();
    testbench::replacement::snapshots(make, |name, trace| insta::assert_snapshot!(name, trace));
}
