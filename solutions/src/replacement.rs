//! Who leaves when memory is full: five answers, [`Fifo`], [`Lru`], [`Clock`], [`EnhancedClock`] and [`Opt`].
//!
//! Chapter: `replacement.md`. The file goes in six steps, the smallest first: the page that came first (1), the one that
//! nobody has used for longest (2), what an affordable clock makes of that (3), dirty pages stay longer (4), the page that
//! is needed last, by somebody who knows the future (5), pages that leave by themselves (6).
//!
//! The pager does the work: it finds pages, loads them and takes them out. A policy is told what happened to which
//! frame, and is asked for one when none is free. Frames here are places in memory, 0x0 and up; whose page lies in one
//! is the [`FrameTable`]'s to know.
//!
//! ```text
//!   frames      0x0   0x1   0x2          page 0x7 is accessed, and is not there:
//!   pages       0x4   0x9   0x2            evict(..) = 0x1      page 0x9 leaves
//!                      ^                   loaded(0x1)          page 0x7 is in its place
//!                      who else? ---->   page 0x4 is accessed, and is there:
//!                                          hit(0x0)
//! ```

use machine::prelude::*;

// ---- Step 1: first in, first out --------------------------------------------------------------------------------

/// First in, first out: the page that has been in memory for longest leaves.
#[derive(Debug)]
pub struct Fifo {
    /// The frames in the order in which their pages were loaded, the oldest at the front.
    // begin solution (step 1): #[expect(dead_code, reason = "remove when the lab is solved")]
    // end solution
    queue: VecDeque<Frame>,
}

impl Online for Fifo {
    /// An empty queue: all frames are free.
    fn new(frame_count: usize) -> Self {
        Self { queue: VecDeque::with_capacity(frame_count) }
    }
}

impl Policy for Fifo {
    /// The page in `frame` was accessed, and was in memory already.
    ///
    /// # Your task (step 1)
    /// Does a page become younger by being used? Book: "First in, first out".
    fn hit(&mut self, frame: Frame) {
        // begin solution (step 1): todo!("step 1: what does an access change for the page in {frame:?}?")
        let _ = frame; // Nothing: the page came when it came.
        // end solution
    }

    /// A page was brought into `frame`.
    ///
    /// # Your task (step 1)
    /// Where does who comes last stand in a queue? Book: "First in, first out".
    fn loaded(&mut self, frame: Frame) {
        // begin solution (step 1): todo!("step 1: the page in {frame:?} is the newest")
        self.queue.push_back(frame);
        // end solution
    }

    /// The frame of the page that was loaded first, of those that are not pinned; `None` if all are.
    ///
    /// # Your task (step 1)
    /// Who is at the front? And who leaves if that one is pinned ([`FrameTable::is_pinned`])? A pinned page keeps its
    /// place in the queue. Book: "First in, first out", "Pinned pages".
    fn evict(&mut self, frames: &mut FrameTable) -> Option<Frame> {
        // begin solution (step 1): todo!("step 1: choose the oldest in {frames:?}")
        let place = self.queue.iter().position(|&frame| !frames.is_pinned(frame))?;
        self.queue.remove(place)
        // end solution
    }

    /// The page in `frame` left memory without a fault.
    ///
    /// # Your task (step 6)
    /// The queue still knows of the frame. What would happen when another page is loaded into it? Book: "Pages that leave
    /// by themselves".
    fn freed(&mut self, frame: Frame) {
        // begin solution (step 6): todo!("step 6: {frame:?} is free again")
        self.queue.retain(|&queued| queued != frame);
        // end solution
    }
}

// ---- Step 2: least recently used --------------------------------------------------------------------------------

/// Least recently used: the page whose last access is longest ago leaves.
#[derive(Debug)]
pub struct Lru {
    /// The frames in the order of the last access to their pages, the least recent at the front.
    // begin solution (step 2): #[expect(dead_code, reason = "remove when the lab is solved")]
    // end solution
    order: FrameList,
}

impl Online for Lru {
    /// An empty list: all frames are free.
    fn new(frame_count: usize) -> Self {
        Self { order: FrameList::new(frame_count) }
    }
}

impl Policy for Lru {
    /// The page in `frame` was accessed, and was in memory already.
    ///
    /// # Your task (step 2)
    /// This is called for nearly every access of a program: it must not take longer when there are more frames. What does
    /// [`FrameList`] do without a search? Book: "Least recently used".
    fn hit(&mut self, frame: Frame) {
        // begin solution (step 2): todo!("step 2: the page in {frame:?} is now the most recently used")
        self.order.move_to_back(frame);
        // end solution
    }

    /// A page was brought into `frame`, because it was accessed.
    ///
    /// # Your task (step 2)
    /// Which page was used most recently? Book: "Least recently used".
    fn loaded(&mut self, frame: Frame) {
        // begin solution (step 2): todo!("step 2: the page in {frame:?} is new, and used")
        self.order.push_back(frame);
        // end solution
    }

    /// The frame of the page that was used least recently, of those that are not pinned; `None` if all are.
    ///
    /// # Your task (step 2)
    /// At which end does it stand? The frame will be loaded again at once: may it still be in the list then? Book: "Least
    /// recently used", "Pinned pages".
    fn evict(&mut self, frames: &mut FrameTable) -> Option<Frame> {
        // begin solution (step 2): todo!("step 2: choose the least recently used in {frames:?}")
        let frame = self.order.iter().find(|&frame| !frames.is_pinned(frame))?;
        self.order.remove(frame);
        Some(frame)
        // end solution
    }

    /// The page in `frame` left memory without a fault.
    ///
    /// # Your task (step 6)
    /// May a free frame stand in the list? Book: "Pages that leave by themselves".
    fn freed(&mut self, frame: Frame) {
        // begin solution (step 6): todo!("step 6: {frame:?} is free again")
        self.order.remove(frame);
        // end solution
    }
}

// ---- Step 3: a clock with one bit -------------------------------------------------------------------------------

/// The hand of a clock whose face is the frames in their order, the first behind the last.
#[derive(Debug)]
struct Hand {
    /// The frame that the hand points to.
    at: usize,
    frame_count: usize,
}

impl Hand {
    /// All frames once, from the hand on.
    // begin solution (step 3): #[expect(dead_code, reason = "remove when the lab is solved")]
    // end solution
    fn circle(&self) -> impl Iterator<Item = Frame> {
        let ahead = self.at..self.frame_count;
        ahead.chain(0..self.at).map(|number| Frame::new(number as u64))
    }

    /// Moves the hand to the frame after `frame`.
    ///
    /// # Your task (step 3)
    /// Which frame comes after the last one? Book: "Clock".
    // begin solution (step 3): #[expect(dead_code, reason = "remove when the lab is solved")]
    // end solution
    fn move_behind(&mut self, frame: Frame) {
        // begin solution (step 3): todo!("step 3: move the hand behind {frame:?}")
        self.at = (frame.index() + 1) % self.frame_count;
        // end solution
    }
}

/// Second chance as a clock: the hand goes round until it finds a page that was not used since it last came by.
///
/// The MMU sets the used bit at every access, so a hit costs nothing here. A page is loaded with its used bit set, then
/// the hand moves to the frame after it.
#[derive(Debug)]
pub struct Clock {
    // begin solution (step 3): #[expect(dead_code, reason = "remove when the lab is solved")]
    // end solution
    hand: Hand,
}

impl Online for Clock {
    /// The hand points to frame 0.
    fn new(frame_count: usize) -> Self {
        Self { hand: Hand { at: 0, frame_count } }
    }
}

impl Policy for Clock {
    /// The page in `frame` was accessed, and was in memory already.
    ///
    /// # Your task (step 3)
    /// What is there left to do when the MMU has set the bit? Book: "Clock".
    fn hit(&mut self, frame: Frame) {
        // begin solution (step 3): todo!("step 3: the MMU has set the used bit of {frame:?}; what else?")
        let _ = frame; // Nothing: that is what makes a clock affordable.
        // end solution
    }

    /// A page was brought into `frame`; its used bit is set.
    ///
    /// # Your task (step 3)
    /// Where does the hand point now? And when all frames are filled for the first time? Book: "Clock".
    fn loaded(&mut self, frame: Frame) {
        // begin solution (step 3): todo!("step 3: the page in {frame:?} is new")
        self.hand.move_behind(frame);
        // end solution
    }

    /// The first frame from the hand on whose used bit is clear; used bits that the hand passes are cleared. `None` if
    /// every frame is pinned.
    ///
    /// The hand passes pinned frames and leaves their bits as they are.
    ///
    /// # Your task (step 3)
    /// What does the hand find if every used bit is set? How often must it go round at the most, and what would happen
    /// with every frame pinned? Tools: [`FrameTable::is_used`], [`FrameTable::clear_used`]. Book: "Clock".
    fn evict(&mut self, frames: &mut FrameTable) -> Option<Frame> {
        // begin solution (step 3): todo!("step 3: go round in {frames:?}")
        // After one round every bit is clear but those of pinned frames; so the second round finds a frame.
        for frame in self.hand.circle().chain(self.hand.circle()) {
            if frames.is_pinned(frame) {
                continue;
            }
            if !frames.is_used(frame) {
                return Some(frame);
            }
            frames.clear_used(frame);
        }
        None
        // end solution
    }

    /// The page in `frame` left memory without a fault.
    ///
    /// # Your task (step 6)
    /// Does the hand point elsewhere because a frame is free? Book: "Pages that leave by themselves".
    fn freed(&mut self, frame: Frame) {
        // begin solution (step 6): todo!("step 6: {frame:?} is free again; does the hand move?")
        let _ = frame; // No: the face of the clock stays as it is.
        // end solution
    }
}

// ---- Step 4: a clock with two bits ------------------------------------------------------------------------------

/// Enhanced second chance: among pages that were not used, a clean one leaves before one that must be written first.
///
/// ```text
///   leaves      used   dirty
///   first        -      -      not used, and gone at no cost
///   second       -      d      not used, but must be written first
///   third        u      -      used: likely to be used again
///   last         u      d
/// ```
#[derive(Debug)]
pub struct EnhancedClock {
    // begin solution (step 4): #[expect(dead_code, reason = "remove when the lab is solved")]
    // end solution
    hand: Hand,
}

impl Online for EnhancedClock {
    /// The hand points to frame 0.
    fn new(frame_count: usize) -> Self {
        Self { hand: Hand { at: 0, frame_count } }
    }
}

impl Policy for EnhancedClock {
    /// The page in `frame` was accessed, and was in memory already.
    ///
    /// # Your task (step 4)
    /// As [`Clock`]. Book: "Enhanced second chance".
    fn hit(&mut self, frame: Frame) {
        // begin solution (step 4): todo!("step 4: the MMU has set the bits of {frame:?}; what else?")
        let _ = frame; // Nothing: the MMU has set both bits.
        // end solution
    }

    /// A page was brought into `frame`; its used bit is set, and its dirty bit if it was written.
    ///
    /// # Your task (step 4)
    /// As [`Clock`]. Book: "Enhanced second chance".
    fn loaded(&mut self, frame: Frame) {
        // begin solution (step 4): todo!("step 4: the page in {frame:?} is new")
        self.hand.move_behind(frame);
        // end solution
    }

    /// The first frame from the hand on of the best class there is; `None` if every frame is pinned.
    ///
    /// First round: look for a frame that is neither used nor dirty, and change nothing. Second round: look for one that
    /// is not used (it is dirty then), and clear the used bits that the hand passes. Then both rounds once more. Every
    /// round begins at the hand. The hand passes pinned frames and leaves their bits as they are.
    ///
    /// # Your task (step 4)
    /// Which classes are left after the first two rounds, and what has become of them? Tool: [`FrameTable::is_dirty`].
    /// Book: "Enhanced second chance".
    fn evict(&mut self, frames: &mut FrameTable) -> Option<Frame> {
        // begin solution (step 4): todo!("step 4: find the best class in {frames:?}")
        for _ in 0..2 {
            let is_best =
                |frame| !frames.is_pinned(frame) && !frames.is_used(frame) && !frames.is_dirty(frame);
            if let Some(frame) = self.hand.circle().find(|&frame| is_best(frame)) {
                return Some(frame);
            }
            for frame in self.hand.circle() {
                if frames.is_pinned(frame) {
                    continue;
                }
                if !frames.is_used(frame) {
                    return Some(frame);
                }
                frames.clear_used(frame);
            }
        }
        None
        // end solution
    }

    /// The page in `frame` left memory without a fault.
    ///
    /// # Your task (step 6)
    /// As [`Clock`]. Book: "Pages that leave by themselves".
    fn freed(&mut self, frame: Frame) {
        // begin solution (step 6): todo!("step 6: {frame:?} is free again; does the hand move?")
        let _ = frame; // No, as in `Clock`.
        // end solution
    }
}

// ---- Step 5: the optimum ----------------------------------------------------------------------------------------

/// The optimum: the page whose next access is farthest in the future leaves. Nobody can have fewer misses.
#[derive(Debug)]
pub struct Opt {
    // begin solution (step 5): // Which questions about the future must be answered quickly? The fields are yours.
    /// When the page of each access is accessed next: the number of an access, or [`Self::NEVER`].
    next_use: Vec<usize>,
    /// The number of the access that comes next.
    now: usize,
    /// The next use of the page in each frame; the last of these leaves first, of several the lowest frame.
    waiting: BTreeSet<(usize, Reverse<Frame>)>,
    // end solution
}
// begin solution (step 5):

impl Opt {
    /// Later than every access.
    const NEVER: usize = usize::MAX;

    /// The access of now has used the page in `frame`: it waits for its next one.
    fn used(&mut self, frame: Frame) {
        let next_use = self.next_use.get(self.now).copied().unwrap_or(Self::NEVER);
        self.waiting.insert((next_use, Reverse(frame)));
        self.now += 1;
    }
}
// end solution

impl Clairvoyant for Opt {
    /// The policy for `frame_count` free frames and the pages that will be accessed, in order.
    ///
    /// Each access takes one page of `future`; after the last one no page is used again. There are millions of accesses,
    /// and page numbers are small enough for a vector.
    ///
    /// # Your task (step 5)
    /// For each access, when is the same page accessed next? Go through `future` once: from which end is the answer known
    /// when you need it? Book: "The optimum".
    fn new(frame_count: usize, future: &[Page]) -> Self {
        // begin solution (step 5): todo!("step 5: prepare for {frame_count} frames and {} accesses", future.len())
        let _ = frame_count; // How many frames there are shows in what is loaded.
        let page_count = future.iter().map(|page| page.index() + 1).max().unwrap_or(0);
        let mut next_use_of = vec![Self::NEVER; page_count];
        let mut next_use = vec![Self::NEVER; future.len()];
        for (time, page) in future.iter().enumerate().rev() {
            next_use[time] = core::mem::replace(&mut next_use_of[page.index()], time);
        }
        Self { next_use, now: 0, waiting: BTreeSet::new() }
        // end solution
    }
}

impl Policy for Opt {
    /// The page in `frame` was accessed, and was in memory already.
    ///
    /// # Your task (step 5)
    /// Until now this access was the page's next one. What is it from here on? Book: "The optimum".
    fn hit(&mut self, frame: Frame) {
        // begin solution (step 5): todo!("step 5: the page in {frame:?} has another next use now")
        self.waiting.remove(&(self.now, Reverse(frame)));
        self.used(frame);
        // end solution
    }

    /// A page was brought into `frame`, because it was accessed.
    ///
    /// # Your task (step 5)
    /// Which access was that, and which one is next? Book: "The optimum".
    fn loaded(&mut self, frame: Frame) {
        // begin solution (step 5): todo!("step 5: the page in {frame:?} is new")
        self.used(frame);
        // end solution
    }

    /// The frame whose page is used next the latest, of those that are not pinned; `None` if all are.
    ///
    /// A page that is never used again is the latest of all; of several such pages that in the lowest frame leaves. An
    /// access for which no frame is found has taken its page of `future` too.
    ///
    /// # Your task (step 5)
    /// Memory may have a hundred thousand frames: which structure has the latest at hand, without looking at all of them
    /// each time? Book: "The optimum".
    fn evict(&mut self, frames: &mut FrameTable) -> Option<Frame> {
        // begin solution (step 5): todo!("step 5: find the latest next use in {frames:?}")
        let latest_first = self.waiting.iter().rev();
        let mut candidates = latest_first.filter(|(_, Reverse(frame))| !frames.is_pinned(*frame));
        let Some(&latest) = candidates.next() else {
            self.now += 1;
            return None;
        };
        self.waiting.remove(&latest);
        let (_, Reverse(frame)) = latest;
        Some(frame)
        // end solution
    }

    /// The page in `frame` left memory without a fault.
    ///
    /// # Your task (step 6)
    /// Who remembers that frame? Book: "Pages that leave by themselves".
    fn freed(&mut self, frame: Frame) {
        // begin solution (step 6): todo!("step 6: {frame:?} is free again")
        self.waiting.retain(|(_, Reverse(waiting))| *waiting != frame);
        // end solution
    }
}
