//! The cache that makes paging bearable: [`SetAssociativeTlb`] keeps translations in sets and ways, [`MipsEntry`] packs
//! one as a real TLB does.
//!
//! Chapter: `tlb.md`. The file goes in eight steps, the smallest first: where an entry goes (1), whose it is (2),
//! looking up and filling (3), who leaves (4), flushing (5), what the table says (6), what it is worth (7), a real
//! entry (8).
//!
//! ```text
//!   page number of a base page        |          tag          | set |
//!   page number inside a large page   |     tag     | set | in page |
//!                                                      |
//!     set 0   oldest [ entry ] [ entry ] ...  newest   |
//!     set 1   oldest [ entry ] [ entry ] ...  newest <-+       at most `ways` entries
//!     ...
//! ```

use machine::prelude::*;

/// A TLB of any number of sets and ways.
#[derive(Debug)]
pub struct SetAssociativeTlb {
    /// How many sets and ways there are, and for pages of which sizes.
    // begin solution (step 3): #[expect(dead_code, reason = "remove when the lab is solved")]
    // end solution
    geometry: TlbGeometry,
    /// The entries of each set, from the least to the most recently used one; free ways take no place.
    // begin solution (step 3): #[expect(dead_code, reason = "remove when the lab is solved")]
    // end solution
    sets: Vec<Vec<TlbEntry>>,
    /// What happened so far (from step 7 on).
    // begin solution (step 7): #[expect(dead_code, reason = "remove when the lab is solved")]
    // end solution
    counts: TlbCounts,
}

impl SetAssociative for SetAssociativeTlb {
    // ---- Step 1: where an entry goes --------------------------------------------------------------------------------

    /// The set that holds the entry of `page`, if its page has this size. `page` may be any page of a large page.
    ///
    /// Pages of one size that follow one another go to sets that follow one another; page 0 goes to set 0.
    ///
    /// # Your task (step 1)
    /// Why the lowest bits of the number, and not the highest? And which of them say nothing, if the page is a large one?
    /// Book: "Index and tag". Tools: [`TlbGeometry::sets`], a power of two; [`PageSize::order`].
    fn set_of(geometry: &TlbGeometry, page: Page, size: PageSize) -> SetIndex {
        // begin solution (step 1): todo!("step 1: find the set of {page:?}, {size:?}, in {geometry:?}")
        SetIndex::new((page.number() >> size.order()) & (geometry.sets() - 1))
        // end solution
    }

    /// What an entry in that set must remember of the page number: the bits that neither choose the set nor lie inside
    /// the page, moved down to bit 0.
    ///
    /// # Your task (step 1)
    /// How many bits choose the set? How many if there is only one? Book: "Index and tag".
    fn tag_of(geometry: &TlbGeometry, page: Page, size: PageSize) -> Tag {
        // begin solution (step 1): todo!("step 1: find the tag of {page:?}, {size:?}, in {geometry:?}")
        Tag::new(page.number() >> size.order() >> geometry.sets().trailing_zeros())
        // end solution
    }

    // ---- Step 2: whose entry it is ----------------------------------------------------------------------------------

    /// Whether `entry` translates `page` for the space `asid`.
    ///
    /// # Your task (step 2)
    /// Two questions: is the page one of the entry's, and is the space? When does the second not matter? Book: "Whose
    /// entry it is".
    fn matches(entry: &TlbEntry, page: Page, asid: Asid) -> bool {
        // begin solution (step 2): todo!("step 2: does {entry} translate {page:?} for {asid:?}?")
        let same_page = page.number() >> entry.size.order() == entry.page.number() >> entry.size.order();
        let same_space = match entry.scope {
            Scope::Global => true,
            Scope::Space(owner) => owner == asid,
        };
        same_page && same_space
        // end solution
    }

    /// The frame that holds `page`, any page of those that `entry` translates.
    ///
    /// # Your task (step 2)
    /// A large page lies in frames that follow one another. How far into it is `page`? Book: "Large pages".
    fn frame_of(entry: &TlbEntry, page: Page) -> Frame {
        // begin solution (step 2): todo!("step 2: find the frame of {page:?} in {entry}")
        Frame::new(entry.frame.number() + (page.number() - entry.page.number()))
        // end solution
    }

    // ---- Step 3: looking up and filling (here and in `Tlb` below) ---------------------------------------------------

    /// An empty TLB.
    ///
    /// # Your task (step 3)
    /// Each set needs a list of its own. Book: "Sets and ways".
    fn new(geometry: TlbGeometry) -> Self {
        // begin solution (step 3): todo!("step 3: make an empty TLB of {geometry:?}")
        let sets = (0..geometry.sets()).map(|_| Vec::new()).collect();
        Self { geometry, sets, counts: TlbCounts::default() }
        // end solution
    }

    // ---- Step 6: what the table says --------------------------------------------------------------------------------

    /// Caches what the page table says of `page` after a miss, and returns the entry that had to leave for it.
    ///
    /// `found` is the state of the page, or of the large page that it lies in: the mapping's level says which, and `paging`
    /// how large that is. A page that is not in memory is not cached.
    ///
    /// # Your task (step 6)
    /// `page` may lie in the middle of a large page: where does the entry begin? What would go wrong if the TLB
    /// remembered that a page is *not* there? Book: "After a miss". Tools: [`PageSize::of_level`], `fill`.
    fn refill(&mut self, page: Page, scope: Scope, found: PageState, paging: &Paging) -> Option<TlbEntry> {
        // begin solution (step 6): todo!("step 6: cache {page:?}, {scope}: {found} in {paging:?}")
        let PageState::InMemory(mapping) = found else {
            return None;
        };
        let size = PageSize::of_level(mapping.level, paging);
        let page = Page::new(page.number() & !(size.page_count() - 1));
        let Mapping { frame, rights, used, .. } = mapping;
        self.fill(TlbEntry { page, size, scope, frame, rights, dirty: used.dirty })
        // end solution
    }

    // ---- Step 7: what it is worth -----------------------------------------------------------------------------------

    /// Bytes of address space that the entries held now translate, if a page of the base size has `page_bytes` bytes.
    ///
    /// # Your task (step 7)
    /// Why are large pages worth so much here? Book: "Reach". Tool: [`PageSize::page_count`].
    fn reach(&self, page_bytes: u64) -> u64 {
        // begin solution (step 7): todo!("step 7: add up what is held, pages of {page_bytes} bytes")
        self.sets.iter().flatten().map(|entry| entry.size.page_count() * page_bytes).sum()
        // end solution
    }

    /// The mean time of an access in picoseconds, rounded down; `None` if there was no lookup.
    ///
    /// Each lookup stands for one access: the TLB is asked, on a miss the tables are read, then memory is accessed.
    ///
    /// # Your task (step 7)
    /// What does every access pay, and what do only the misses? Book: "What a miss costs".
    fn effective_access_ps(counts: &TlbCounts, times: &AccessTimes) -> Option<u64> {
        // begin solution (step 7): todo!("step 7: the mean of {counts} with {times:?}")
        let lookups = counts.hits + counts.misses;
        let every_access = times.tlb_ps + times.memory_ps;
        let walks = counts.misses * times.reads_per_walk * times.memory_ps;
        (lookups * every_access + walks).checked_div(lookups)
        // end solution
    }
}

// ---- Steps 3 to 5: the cache itself ---------------------------------------------------------------------------------

impl Tlb for SetAssociativeTlb {
    /// The entry that translates `page` for the space `asid`, if there is one: a hit. It is the most recently used one
    /// of its set from now on (step 4), and hits and misses are counted (step 7).
    ///
    /// # Your task (step 3)
    /// A page may be a base page or lie in a large page, and the number does not tell. In which sets can its entry stand?
    /// Book: "Large pages". Tool: [`TlbGeometry::page_sizes`].
    fn lookup(&mut self, page: Page, asid: Asid) -> Option<TlbEntry> {
        // begin solution (step 3): todo!("step 3: look for {page:?} of {asid:?}")
        let place = self.place_of(page, asid);
        // end solution
        // begin solution (step 7):
        match place {
            Some(_) => self.counts.hits += 1,
            None => self.counts.misses += 1,
        }
        // end solution
        // begin solution (step 3):
        let (set, way) = place?;
        let entry = self.sets[set][way];
        // end solution
        // begin solution (step 4):
        // Everything used later moves up by one, and the entry goes to the end.
        self.sets[set][way..].rotate_left(1);
        // end solution
        // begin solution (step 3):
        Some(entry)
        // end solution
    }

    /// Puts `entry` in, as the most recently used one of its set, and returns the entry that had to leave for it.
    ///
    /// First every entry goes that would answer for a page that `entry` answers for, of whatever size and scope: it is
    /// replaced, not evicted. Then, if all ways of the set are taken still, the least recently used one is evicted.
    ///
    /// # Your task (step 3)
    /// Two entries for one page: which one would a lookup find? When do two entries have a page in common, if one is large
    /// or global? Leave [`evict`](Self::evict) to step 4. Book: "One answer".
    fn fill(&mut self, entry: TlbEntry) -> Option<TlbEntry> {
        // begin solution (step 3): todo!("step 3: put in {entry}")
        for set in &mut self.sets {
            set.retain(|held| !overlap(held, &entry));
        }
        let set = index(Self::set_of(&self.geometry, entry.page, entry.size));
        let is_full = self.sets[set].len() as u64 == self.geometry.ways();
        let evicted = if is_full { self.evict(set) } else { None };
        self.sets[set].push(entry);
        // end solution
        // begin solution (step 7):
        self.counts.fills += 1;
        self.counts.evictions += u64::from(evicted.is_some());
        // end solution
        // begin solution (step 3):
        evicted
        // end solution
    }

    /// Drops every entry that `what` names, and returns how many those were.
    ///
    /// # Your task (step 5)
    /// For each of the four kinds: which entries go, and do global ones? What reads a process that was given the number
    /// of one that ended, if nobody flushed? Book: "Flushing".
    fn flush(&mut self, what: Flush) -> u64 {
        // begin solution (step 5): todo!("step 5: flush {what}")
        let names = |entry: &TlbEntry| match what {
            Flush::Page { page, asid } => Self::matches(entry, page, asid),
            Flush::Space(asid) => entry.scope == Scope::Space(asid),
            Flush::AllButGlobal => entry.scope != Scope::Global,
            Flush::All => true,
        };
        let mut flushed = 0;
        for set in &mut self.sets {
            let before = set.len();
            set.retain(|entry| !names(entry));
            flushed += (before - set.len()) as u64;
        }
        // end solution
        // begin solution (step 7):
        self.counts.flushed += flushed;
        // end solution
        // begin solution (step 5):
        flushed
        // end solution
    }

    /// What happened since the TLB was made.
    ///
    /// # Your task (step 7)
    /// `lookup`, `fill` and `flush` must count from now on. Is an entry that a fill replaced an eviction? Book: "What a
    /// miss costs".
    fn counts(&self) -> TlbCounts {
        // begin solution (step 7): todo!("step 7: count what happens")
        self.counts
        // end solution
    }
}

impl SetAssociativeTlb {
    /// Takes the least recently used entry out of the set with this number, which is full.
    ///
    /// # Your task (step 4)
    /// Here it leaves; but what must `lookup` do, so that the order is that of use and not that of filling? Book: "Who
    /// leaves".
    // begin solution (step 3): #[expect(dead_code, reason = "remove when the lab is solved")]
    // end solution
    fn evict(&mut self, set: usize) -> Option<TlbEntry> {
        // begin solution (step 4): todo!("step 4: choose who leaves set {set}")
        Some(self.sets[set].remove(0))
        // end solution
    }
    // begin solution (step 3):

    /// Set and way of the entry that answers for `page` in `asid`: each size of page has a set where it would stand.
    fn place_of(&self, page: Page, asid: Asid) -> Option<(usize, usize)> {
        self.geometry.page_sizes().iter().find_map(|&size| {
            let set = index(Self::set_of(&self.geometry, page, size));
            let way = self.sets[set].iter().position(|entry| Self::matches(entry, page, asid))?;
            Some((set, way))
        })
    }
    // end solution
}
// begin solution (step 3):

/// Whether there is a page that both entries translate for one space.
fn overlap(one: &TlbEntry, other: &TlbEntry) -> bool {
    let order = one.size.max(other.size).order();
    let share_a_page = one.page.number() >> order == other.page.number() >> order;
    let share_a_space =
        one.scope == other.scope || one.scope == Scope::Global || other.scope == Scope::Global;
    share_a_page && share_a_space
}

/// The place of a set in the list of sets.
fn index(set: SetIndex) -> usize {
    set.as_u64() as usize
}
// end solution

// ---- Step 8: a real entry -------------------------------------------------------------------------------------------

/// An entry as the TLB of the MIPS R3000 keeps it: two words (drawing and bits in [`mips`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MipsEntry {
    /// Page number and ASID.
    entry_hi: u32,
    /// Frame number and flags.
    entry_lo: u32,
}

impl MipsTlbEntry for MipsEntry {
    /// The entry with these words, as the instruction TLBR reads them.
    fn from_words(entry_hi: u32, entry_lo: u32) -> Self {
        Self { entry_hi, entry_lo }
    }

    /// The word with page number and ASID.
    fn entry_hi(&self) -> u32 {
        self.entry_hi
    }

    /// The word with frame number and flags.
    fn entry_lo(&self) -> u32 {
        self.entry_lo
    }

    /// The words for `entry`: V is set; D is set if the page may be written *and* is dirty already; G is set and the ASID
    /// is 0 if the entry is global; all other bits are clear. User code and fetches have no bit.
    ///
    /// # Errors
    /// In this order: [`MipsError::LargePage`], [`MipsError::PageTooHigh`], [`MipsError::AsidTooHigh`],
    /// [`MipsError::FrameTooHigh`].
    ///
    /// # Your task (step 8)
    /// Numbers of 20, 6 and 20 bits: what becomes of a larger one, if nobody asks? Book: "A real entry".
    fn pack(entry: &TlbEntry) -> Result<Self, MipsError> {
        // begin solution (step 8): todo!("step 8: pack {entry} into two words")
        let asid = match entry.scope {
            Scope::Space(asid) => u64::from(asid.number()),
            Scope::Global => 0,
        };
        if entry.size != PageSize::BASE {
            return Err(MipsError::LargePage);
        }
        let page =
            field(entry.page.number(), mips::PAGE_SHIFT, mips::PAGE_MASK).ok_or(MipsError::PageTooHigh)?;
        let asid = field(asid, mips::ASID_SHIFT, mips::ASID_MASK).ok_or(MipsError::AsidTooHigh)?;
        let frame = field(entry.frame.number(), mips::FRAME_SHIFT, mips::FRAME_MASK)
            .ok_or(MipsError::FrameTooHigh)?;
        let writes_go_through = entry.rights.can_write() && entry.dirty;
        let dirty = if writes_go_through { mips::DIRTY } else { 0 };
        let global = if entry.scope == Scope::Global { mips::GLOBAL } else { 0 };
        Ok(Self { entry_hi: page | asid, entry_lo: frame | mips::VALID | dirty | global })
        // end solution
    }

    /// What the words say; `None` if V is clear. An entry whose D is set may be written and is dirty, another one neither.
    ///
    /// # Your task (step 8)
    /// Where do "user" and "execute" come from, if no bit says so? Book: "A real entry". Tool: [`mips::KERNEL_START`].
    fn unpack(&self) -> Option<TlbEntry> {
        // begin solution (step 8): todo!("step 8: read {:#010x} {:#010x}", self.entry_hi, self.entry_lo)
        let has = |bit| self.entry_lo & bit != 0;
        if !has(mips::VALID) {
            return None;
        }
        let address = self.entry_hi & mips::PAGE_MASK;
        let asid = (self.entry_hi & mips::ASID_MASK) >> mips::ASID_SHIFT;
        let rights = Rights::READ.executable();
        let rights = if has(mips::DIRTY) { rights.writable() } else { rights };
        let is_user = u64::from(address) < mips::KERNEL_START.as_u64();
        Some(TlbEntry {
            page: Page::new((address >> mips::PAGE_SHIFT).into()),
            size: PageSize::BASE,
            scope: if has(mips::GLOBAL) { Scope::Global } else { Scope::Space(Asid::new(asid as u16)) },
            frame: Frame::new((self.entry_lo >> mips::FRAME_SHIFT).into()),
            rights: if is_user { rights.user() } else { rights },
            dirty: has(mips::DIRTY),
        })
        // end solution
    }
}
// begin solution (step 8):

/// `number` in the place of `mask`, from bit `shift` on; `None` if it does not fit there.
fn field(number: u64, shift: u32, mask: u32) -> Option<u32> {
    let fits = number <= u64::from(mask >> shift);
    fits.then_some((number as u32) << shift)
}
// end solution
