//! The memory map of a process: [`Areas`] knows what is mapped where, and what a page fault means.
//!
//! Chapter: `mmap.md`. The file goes in nine steps, the smallest first: the area of an address (1), free room (2), cutting
//! and joining areas (3), `munmap` (4), `mmap` (5), `mprotect` (6), page faults (7), `msync` (8), pages that are given up
//! (9). Files, page cache and page table are given, in [`Kernel`].
//!
//! ```text
//!   munmap of the middle:   0x10000 |------ rw-p file+0x0 ------| 0x14000
//!                           0x10000 |-----|             |-------| 0x14000
//!                                    +0x0                 +0x3000          one area has become two
//!
//!   an access:  page table says no --> area? --> allowed? --> page of the file? --> fill the page, try again
//!                                      MAPERR     ACCERR       SIGBUS               minor, major
//! ```

use machine::prelude::*;

/// The areas of one process.
#[derive(Debug)]
pub struct Areas {
    /// Where areas may lie.
    // begin solution (step 2): #[expect(dead_code, reason = "remove when the lab is solved")]
    // end solution
    space: UserSpace,
    /// By address. They do not overlap, and no two that could be one stand side by side.
    areas: Vec<Area>,
}

// ---- Step 3: cutting and joining areas --------------------------------------------------------------------------

impl AreaPieces for Areas {
    /// The part of `area` from `start` to `end`, which lie in it and are multiples of the page size.
    ///
    /// # Your task (step 3)
    /// An area of a file begins at 0x10000 and shows the file from 0x3000 on. Which byte of the file stands at 0x12000?
    /// Book: "Cutting an area".
    fn part(area: &Area, start: VirtAddr, end: VirtAddr) -> Area {
        // begin solution (step 3): todo!("step 3: cut {start:?} to {end:?} out of {area:?}")
        let mut backing = area.backing.clone();
        if let Backing::File { offset, .. } = &mut backing {
            *offset += start.as_u64() - area.start.as_u64();
        }
        Area { start, end, backing, ..*area }
        // end solution
    }

    /// Whether `right` begins where `left` ends and goes on in every way as `left` does: as if it had been cut from it.
    ///
    /// # Your task (step 3)
    /// Which fields must be the same, and which must go on? Could [`part`](Self::part) tell? Book: "Joining areas".
    fn joins(left: &Area, right: &Area) -> bool {
        // begin solution (step 3): todo!("step 3: decide whether {left:?} and {right:?} are one area")
        // What `left` would have there if it were longer.
        left.end == right.start && Self::part(left, right.start, right.end) == *right
        // end solution
    }
}
// begin solution (step 1):

impl Areas {
    /// Index of the first area that ends above `at`: the one that holds `at`, or the next one above it.
    fn first_above(&self, at: VirtAddr) -> usize {
        self.areas.partition_point(|area| area.end <= at)
    }
}
// end solution
// begin solution (step 4):

impl Areas {
    /// Makes `at` a bound: the area that it lies inside of becomes two.
    fn cut_at(&mut self, at: VirtAddr) {
        let index = self.first_above(at);
        if let Some(area) = self.areas.get_mut(index).filter(|area| area.start < at) {
            let upper = Self::part(area, at, area.end);
            area.end = at;
            self.areas.insert(index + 1, upper);
        }
    }

    /// Empties all filled pages of `area`. The dirty bit of an entry is gone with it; a shared file's is handed on.
    fn empty(area: &Area, kernel: &mut Kernel) {
        for page in kernel.filled_between(area.start, area.end) {
            let dirty = kernel.unfill(page).is_some_and(|filled| filled.dirty);
            let shared_page = file_page(area, page).filter(|_| area.sharing == Sharing::Shared);
            if let Some((file, index)) = shared_page.filter(|_| dirty) {
                kernel.mark_dirty(file, index);
            }
        }
    }
}

/// The file behind `area`, and the number of its page that `page` shows.
fn file_page(area: &Area, page: Page) -> Option<(&OpenFile, u64)> {
    let Backing::File { file, offset } = &area.backing else { return None };
    Some((file, offset / PAGE_BYTES + page.number() - page_of(area.start).number()))
}
// end solution
// begin solution (step 5):

impl Areas {
    /// Joins all neighbours that can be joined.
    fn join_neighbours(&mut self) {
        self.areas.dedup_by(|right, left| {
            let joins = Self::joins(left, right);
            left.end = if joins { right.end } else { left.end };
            joins
        });
    }

    /// Where a new area of `bytes`, whole pages, is to lie.
    fn place(&self, placement: Placement, bytes: u64) -> Result<VirtAddr, Errno> {
        let fits = |at| end_of(at, bytes).filter(|&end| end <= self.space.end);
        let next = |at| self.areas.get(self.first_above(at));
        match placement {
            Placement::Fixed(at) if fits(at).is_none() => Err(Errno::NoMemory),
            Placement::Fixed(at) if !is_page_start(at) => Err(Errno::Invalid),
            Placement::Fixed(at) if at < self.space.start => Err(Errno::NotPermitted),
            Placement::Fixed(at) => Ok(at),
            Placement::Hint(hint) if page_of(hint) != Page::new(0) => {
                let at = VirtAddr::new(page_of(hint).number() * PAGE_BYTES).max(self.space.start);
                match fits(at) {
                    Some(end) if next(at).is_none_or(|area| end <= area.start) => Ok(at),
                    _ => self.place(Placement::Anywhere, bytes),
                }
            }
            _ => self.find_free(bytes).ok_or(Errno::NoMemory),
        }
    }
}

/// Whether the file of `area`, if there is one, can be mapped like this.
fn check_file(area: &Area) -> Result<(), Errno> {
    let Backing::File { file, offset } = &area.backing else { return Ok(()) };
    if offset.checked_add(area.bytes()).is_none_or(|end| end > FILE_BYTES_MAX) {
        return Err(Errno::Overflow);
    }
    if file.can_read() && may_have(area, area.protection) { Ok(()) } else { Err(Errno::Access) }
}

/// Whether `area` may have `protection`: what is written into a shared area is written into the file.
fn may_have(area: &Area, protection: Protection) -> bool {
    let Backing::File { file, .. } = &area.backing else { return true };
    area.sharing == Sharing::Private || file.can_write() || !protection.can_write()
}
// end solution
// begin solution (step 6):

impl Areas {
    /// Lets the hardware allow for all filled pages of `area` what the area allows, as far as it may.
    fn allow_filled(area: &Area, kernel: &mut Kernel) {
        for page in kernel.filled_between(area.start, area.end) {
            let may_write = area.sharing == Sharing::Shared
                || kernel.filled(page).is_some_and(|filled| kernel.is_own(filled.frame));
            let protection = if may_write { area.protection } else { area.protection.without_write() };
            kernel.allow(page, protection);
        }
    }
}
// end solution
// begin solution (step 7):

/// Whether `protection` allows the access. On x86 there is no right to read: what allows anything allows that.
fn allows(protection: Protection, kind: AccessKind) -> bool {
    match kind {
        AccessKind::Read => protection != Protection::NONE,
        AccessKind::Write => protection.can_write(),
        AccessKind::Fetch => protection.can_execute(),
    }
}

/// The frame that holds what `page` of `area` holds before anybody writes, and what it cost to get it.
fn source(area: &Area, page: Page, kernel: &mut Kernel) -> Result<(Frame, Filled), Signal> {
    let Some((file, index)) = file_page(area, page) else {
        return Ok((kernel.zero_frame(), Filled::Minor));
    };
    if index >= kernel.file_bytes(file).div_ceil(PAGE_BYTES) {
        return Err(Signal::Bus);
    }
    match kernel.cached(file, index) {
        Some(frame) => Ok((frame, Filled::Minor)),
        None => Ok((kernel.read_page(file, index), Filled::Major)),
    }
}
// end solution
// begin solution (step 8):

impl Areas {
    /// The parts of areas that lie from `start` to `end`, and whether they leave no hole there.
    fn parts(&self, start: VirtAddr, end: VirtAddr) -> (Vec<Area>, Result<(), Errno>) {
        let touching = self.areas[self.first_above(start)..].iter().take_while(|area| area.start < end);
        let parts: Vec<Area> =
            touching.map(|area| Self::part(area, area.start.max(start), area.end.min(end))).collect();
        let whole = parts.iter().map(Area::bytes).sum::<u64>() == end.as_u64() - start.as_u64();
        (parts, if whole { Ok(()) } else { Err(Errno::NoMemory) })
    }
}
// end solution

impl MemoryMap for Areas {
    /// The map of a space that has these `areas` already, in any order.
    fn new(space: UserSpace, mut areas: Vec<Area>) -> Self {
        areas.sort_by_key(|area| area.start);
        Self { space, areas }
    }

    /// All areas, by address.
    fn areas(&self) -> Vec<Area> {
        self.areas.clone()
    }

    // ---- Step 1: the area of an address -------------------------------------------------------------------------

    /// The area that the byte at `at` lies in.
    ///
    /// # Your task (step 1)
    /// Which of the two bounds belongs to the area? Every fault begins here: a map of a thousand areas should not look at
    /// all of them. Book: "Areas". Tool: [`slice::partition_point`].
    fn find(&self, at: VirtAddr) -> Option<Area> {
        // begin solution (step 1): todo!("step 1: find the area of {at:?}")
        self.areas.get(self.first_above(at)).filter(|area| area.start <= at).cloned()
        // end solution
    }

    /// Bytes that all areas have together, filled or not.
    ///
    /// # Your task (step 1)
    /// Does it matter here whether anybody has ever touched a page? Book: "Mapped and resident".
    fn mapped_bytes(&self) -> u64 {
        // begin solution (step 1): todo!("step 1: add up the sizes of the areas")
        self.areas.iter().map(Area::bytes).sum()
        // end solution
    }

    // ---- Step 2: free room --------------------------------------------------------------------------------------

    /// Where `bytes` (a multiple of the page size, not 0) are free: as high in the space as possible.
    ///
    /// # Your task (step 2)
    /// Go down from the end of the space, from gap to gap. Which end of a gap does the new area touch? And which gap
    /// has no area below it? Book: "Finding room".
    fn find_free(&self, bytes: u64) -> Option<VirtAddr> {
        // begin solution (step 2): todo!("step 2: find {bytes:#x} free bytes")
        let below = self.areas.iter().rev().map(|area| (area.end, area.start));
        let mut top = self.space.end;
        for (gap_start, next_top) in below.chain([(self.space.start, self.space.start)]) {
            if top.as_u64() - gap_start.as_u64() >= bytes {
                return Some(VirtAddr::new(top.as_u64() - bytes));
            }
            top = next_top;
        }
        None
        // end solution
    }

    // ---- Step 4: munmap -----------------------------------------------------------------------------------------

    /// Takes the pages from `at` on, `bytes` rounded up to pages, out of the map; `munmap(2)`.
    ///
    /// Areas that reach beyond the range are cut, filled pages of the range are emptied; a page that nobody has mapped is
    /// no error. A file page that was written through a shared area is marked dirty in the page cache.
    ///
    /// # Errors
    /// [`Errno::Invalid`] if `at` is no multiple of the page size, `bytes` is 0 or the range ends above the space.
    ///
    /// # Your task (step 4)
    /// If both ends of the range are bounds of areas, what is left to do? And who knows, when an entry of the page table is
    /// gone, that its page was written? Book: "Unmapping". Tools: [`Kernel::filled_between`], [`Kernel::unfill`].
    fn unmap(&mut self, at: VirtAddr, bytes: u64, kernel: &mut Kernel) -> Result<(), Errno> {
        // begin solution (step 4): let _ = kernel;
        //| todo!("step 4: unmap {bytes:#x} bytes from {at:?} on")
        let end = end_of(at, bytes).filter(|&end| end <= self.space.end && bytes > 0 && is_page_start(at));
        let end = end.ok_or(Errno::Invalid)?;
        self.cut_at(at);
        self.cut_at(end);
        let gone = self.first_above(at)..self.first_above(end);
        self.areas.drain(gone).for_each(|area| Self::empty(&area, kernel));
        Ok(())
        // end solution
    }

    // ---- Step 5: mmap -------------------------------------------------------------------------------------------

    /// Makes an area, and says where; `mmap(2)`. No page is filled by this.
    ///
    /// `Anywhere` is the highest free range. `Hint` is there, rounded down to a page and up to the start of the space, if
    /// the range is free in the space, else anywhere; a hint in page 0 is none. `Fixed` is there, and what was there is
    /// unmapped. A file is remembered as its [`OpenFile`]. Shared anonymous memory is a file too, without a name.
    ///
    /// # Errors
    /// In this order, and then nothing has changed. `Invalid`: the offset in the file is no multiple of the page size.
    /// `BadDescriptor`: not open. `Invalid`: 0 bytes. `NoMemory`: no room, in 64 bits, below the space's end, between the
    /// areas. `Invalid`: a fixed place that begins no page. `NotPermitted`: a fixed place below the space. `Overflow`: the
    /// range in the file ends above [`FILE_BYTES_MAX`]. `Access`: the file is not open for reading, whatever the
    /// protection, or the area is to be shared and writable and the file is not open for writing.
    ///
    /// # Your task (step 5)
    /// Start with an anonymous area at a fixed place; then files, then the other placements. What must be checked before
    /// the old areas go? Book: "Mapping". Tools: [`Kernel::open_file`], [`Kernel::nameless_file`].
    fn map(&mut self, request: MapRequest, kernel: &mut Kernel) -> Result<VirtAddr, Errno> {
        // begin solution (step 5): let _ = kernel;
        //| todo!("step 5: map as {request:?} asks")
        let opened = match request.source {
            MapSource::Anonymous => None,
            MapSource::File { descriptor, offset } if offset.is_multiple_of(PAGE_BYTES) => {
                Some((kernel.open_file(descriptor).ok_or(Errno::BadDescriptor)?, offset))
            }
            MapSource::File { .. } => return Err(Errno::Invalid),
        };
        if request.bytes == 0 {
            return Err(Errno::Invalid);
        }
        let bytes = request.bytes.checked_next_multiple_of(PAGE_BYTES).ok_or(Errno::NoMemory)?;
        let start = self.place(request.placement, bytes)?;
        let backing = match opened {
            Some((file, offset)) => Backing::File { file, offset },
            None if request.sharing == Sharing::Private => Backing::Anonymous,
            None => Backing::File { file: kernel.nameless_file(bytes), offset: 0 },
        };
        let end = VirtAddr::new(start.as_u64() + bytes);
        let MapRequest { protection, sharing, .. } = request;
        let area = Area { start, end, protection, sharing, backing };
        check_file(&area)?;
        self.unmap(start, bytes, kernel)?;
        self.areas.insert(self.first_above(start), area);
        self.join_neighbours();
        Ok(start)
        // end solution
    }

    // ---- Step 6: mprotect ---------------------------------------------------------------------------------------

    /// Gives the pages from `at` on, `bytes` rounded up to pages, another protection; `mprotect(2)`.
    ///
    /// Pages that are filled already obey at once: pages of the process's own and pages of shared areas get the new
    /// protection, all others the new protection without writing.
    ///
    /// # Errors
    /// [`Errno::Invalid`] if `at` is no multiple of the page size; [`Errno::NoMemory`] if the range does not fit into 64
    /// bits. Then area by area upwards, those before the error stay changed: `NoMemory` at the first page that nobody has
    /// mapped; [`Errno::Access`] at a shared area that is to be writable and whose file is not open for writing.
    ///
    /// # Your task (step 6)
    /// A filled page of a private area may lie in the page cache. What if the hardware let a write through there? Book:
    /// "Protecting". Tools: [`Kernel::filled`], [`Kernel::is_own`], [`Kernel::allow`].
    fn protect(
        &mut self,
        at: VirtAddr,
        bytes: u64,
        protection: Protection,
        kernel: &mut Kernel,
    ) -> Result<(), Errno> {
        // begin solution (step 6): let _ = kernel;
        //| todo!("step 6: make {bytes:#x} bytes from {at:?} on {protection}")
        if !is_page_start(at) {
            return Err(Errno::Invalid);
        }
        let end = end_of(at, bytes).ok_or(Errno::NoMemory)?;
        self.cut_at(at);
        self.cut_at(end);
        let inside = self.first_above(at)..self.first_above(end);
        let mut next = at;
        let mut outcome = Ok(());
        for area in &mut self.areas[inside] {
            if area.start != next {
                break;
            }
            if !may_have(area, protection) {
                outcome = Err(Errno::Access);
                break;
            }
            area.protection = protection;
            Self::allow_filled(area, kernel);
            next = area.end;
        }
        self.join_neighbours();
        outcome.and(if next == end { Ok(()) } else { Err(Errno::NoMemory) })
        // end solution
    }

    // ---- Step 7: page faults ------------------------------------------------------------------------------------

    /// Decides what an access means that the page table did not let through, and fills the page if it can.
    ///
    /// The source of a page is the page of the page cache, or the frame of zeros where there is no file. Shared: the page
    /// is filled with the source and allows all that the area allows. Private: the same without writing; a write fills the
    /// page with a copy of the source, which allows all.
    ///
    /// # Errors
    /// In this order: [`Signal::SegvMaperr`] where no area is; [`Signal::SegvAccerr`] if the area does not allow the access
    /// (as on x86, any protection but none allows reading); [`Signal::Bus`] if the file ends before the page begins.
    ///
    /// # Your task (step 7)
    /// Three questions in order, then one for the frame: who else sees what is written into it? Book: "The fault decision".
    /// Tools: [`Kernel::cached`], [`Kernel::read_page`], [`Kernel::fill`], [`Kernel::copy_frame`].
    fn fault(&mut self, at: VirtAddr, kind: AccessKind, kernel: &mut Kernel) -> Result<Filled, Signal> {
        // begin solution (step 7): let _ = kernel;
        //| todo!("step 7: decide what a {kind:?} at {at:?} means")
        let area = self.find(at).ok_or(Signal::SegvMaperr)?;
        if !allows(area.protection, kind) {
            return Err(Signal::SegvAccerr);
        }
        let page = page_of(at);
        let (frame, filled) = source(&area, page, kernel)?;
        if area.sharing == Sharing::Shared {
            kernel.fill(page, frame, area.protection);
        } else if kind == AccessKind::Write {
            let copy = kernel.copy_frame(frame);
            kernel.fill(page, copy, area.protection);
        } else {
            kernel.fill(page, frame, area.protection.without_write());
        }
        Ok(filled)
        // end solution
    }

    /// Bytes of the pages that are filled, the frame of zeros not counted.
    ///
    /// # Your task (step 7)
    /// Why would it be misleading to count the frame of zeros? Book: "Mapped and resident".
    fn resident_bytes(&self, kernel: &Kernel) -> u64 {
        // begin solution (step 7): let _ = kernel;
        //| todo!("step 7: count the filled pages")
        let pages = kernel.filled_between(self.space.start, self.space.end).into_iter();
        let filled = pages.filter_map(|page| kernel.filled(page));
        filled.filter(|filled| filled.frame != kernel.zero_frame()).count() as u64 * PAGE_BYTES
        // end solution
    }

    // ---- Step 8: msync ------------------------------------------------------------------------------------------

    /// Has what was written to the pages from `at` on, `bytes` rounded up to pages, written to disk, as far as they are
    /// shared with a file; `msync(2)` with `MS_SYNC`.
    ///
    /// # Errors
    /// [`Errno::Invalid`] if `at` is no multiple of the page size; [`Errno::NoMemory`] if the range does not fit into 64
    /// bits, and when all areas of the range have been written, if there was a page in it that nobody has mapped.
    ///
    /// # Your task (step 8)
    /// The range is given in addresses, the file knows offsets. And what does a private area have to say to the file?
    /// Book: "Back to disk". Tool: [`Kernel::write_back`].
    fn sync(&mut self, at: VirtAddr, bytes: u64, kernel: &mut Kernel) -> Result<(), Errno> {
        // begin solution (step 8): let _ = kernel;
        //| todo!("step 8: write {bytes:#x} bytes from {at:?} on back")
        if !is_page_start(at) {
            return Err(Errno::Invalid);
        }
        let (parts, whole) = self.parts(at, end_of(at, bytes).ok_or(Errno::NoMemory)?);
        for part in parts {
            if let Backing::File { file, offset } = &part.backing
                && part.sharing == Sharing::Shared
            {
                kernel.write_back(file, offset / PAGE_BYTES, part.bytes() / PAGE_BYTES);
            }
        }
        whole
        // end solution
    }

    // ---- Step 9: pages that are given up ------------------------------------------------------------------------

    /// Empties the pages from `at` on, `bytes` rounded up to pages: the next access fills them anew from their source;
    /// `madvise(2)` with `MADV_DONTNEED`. The areas stay. Dirty file pages of shared areas are marked as by `unmap`.
    ///
    /// # Errors
    /// [`Errno::Invalid`] if `at` is no multiple of the page size or the range does not fit into 64 bits;
    /// [`Errno::NoMemory`] when all is done, if there was a page in the range that nobody has mapped.
    ///
    /// # Your task (step 9)
    /// What does a private page that was written read as afterwards? Book: "Given up". `unmap` has done this before.
    fn dont_need(&mut self, at: VirtAddr, bytes: u64, kernel: &mut Kernel) -> Result<(), Errno> {
        // begin solution (step 9): let _ = kernel;
        //| todo!("step 9: empty {bytes:#x} bytes from {at:?} on")
        let end = end_of(at, bytes).filter(|_| is_page_start(at)).ok_or(Errno::Invalid)?;
        let (parts, whole) = self.parts(at, end);
        parts.iter().for_each(|part| Self::empty(part, kernel));
        whole
        // end solution
    }

    /// A file became shorter: unmaps from the page table, through whatever [`OpenFile`] they were mapped, all pages that
    /// begin at or behind its end, the process's own copies in private areas too. The areas stay.
    ///
    /// # Your task (step 9)
    /// What would a page that stays filled show? Are two openings one file? Book: "Given up". Tool: [`OpenFile::inode`].
    fn file_shrank(&mut self, file: &OpenFile, kernel: &mut Kernel) {
        // begin solution (step 9): let _ = kernel;
        //| todo!("step 9: forget what {file:?} has not any more")
        let page_count = kernel.file_bytes(file).div_ceil(PAGE_BYTES);
        for area in &self.areas {
            for page in kernel.filled_between(area.start, area.end) {
                let shown = file_page(area, page);
                if shown.is_some_and(|(of, index)| of.inode() == file.inode() && index >= page_count) {
                    kernel.unfill(page);
                }
            }
        }
        // end solution
    }
}
