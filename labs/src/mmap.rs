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
    #[expect(dead_code, reason = "remove when the lab is solved")]
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
        todo!("step 3: cut {start:?} to {end:?} out of {area:?}")
    }

    /// Whether `right` begins where `left` ends and goes on in every way as `left` does: as if it had been cut from it.
    ///
    /// # Your task (step 3)
    /// Which fields must be the same, and which must go on? Could [`part`](Self::part) tell? Book: "Joining areas".
    fn joins(left: &Area, right: &Area) -> bool {
        todo!("step 3: decide whether {left:?} and {right:?} are one area")
    }
}

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
        todo!("step 1: find the area of {at:?}")
    }

    /// Bytes that all areas have together, filled or not.
    ///
    /// # Your task (step 1)
    /// Does it matter here whether anybody has ever touched a page? Book: "Mapped and resident".
    fn mapped_bytes(&self) -> u64 {
        todo!("step 1: add up the sizes of the areas")
    }

    // ---- Step 2: free room --------------------------------------------------------------------------------------

    /// Where `bytes` (a multiple of the page size, not 0) are free: as high in the space as possible.
    ///
    /// # Your task (step 2)
    /// Go down from the end of the space, from gap to gap. Which end of a gap does the new area touch? And which gap
    /// has no area below it? Book: "Finding room".
    fn find_free(&self, bytes: u64) -> Option<VirtAddr> {
        todo!("step 2: find {bytes:#x} free bytes")
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
        let _ = kernel;
        todo!("step 4: unmap {bytes:#x} bytes from {at:?} on")
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
        let _ = kernel;
        todo!("step 5: map as {request:?} asks")
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
        let _ = kernel;
        todo!("step 6: make {bytes:#x} bytes from {at:?} on {protection}")
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
        let _ = kernel;
        todo!("step 7: decide what a {kind:?} at {at:?} means")
    }

    /// Bytes of the pages that are filled, the frame of zeros not counted.
    ///
    /// # Your task (step 7)
    /// Why would it be misleading to count the frame of zeros? Book: "Mapped and resident".
    fn resident_bytes(&self, kernel: &Kernel) -> u64 {
        let _ = kernel;
        todo!("step 7: count the filled pages")
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
        let _ = kernel;
        todo!("step 8: write {bytes:#x} bytes from {at:?} on back")
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
        let _ = kernel;
        todo!("step 9: empty {bytes:#x} bytes from {at:?} on")
    }

    /// A file became shorter: unmaps from the page table, through whatever [`OpenFile`] they were mapped, all pages that
    /// begin at or behind its end, the process's own copies in private areas too. The areas stay.
    ///
    /// # Your task (step 9)
    /// What would a page that stays filled show? Are two openings one file? Book: "Given up". Tool: [`OpenFile::inode`].
    fn file_shrank(&mut self, file: &OpenFile, kernel: &mut Kernel) {
        let _ = kernel;
        todo!("step 9: forget what {file:?} has not any more")
    }
}
