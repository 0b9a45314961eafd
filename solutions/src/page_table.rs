//! One table, one level: [`LinearPageTable`] holds an [`Entry`] for each page of a small address space.
//!
//! Chapter: `page_table.md`. The file goes in six steps, the smallest first: addresses (1), the bits of an entry (2),
//! what an entry allows (3), the table in memory (4), translation as the MMU does it (5), pages on disk (6).
//!
//! ```text
//!   virtual address  0x3010      page 0x3        offset 0x010
//!      root frame                   |                 |
//!   +--------------------+          |                 |
//!   | entry of page 0x0  |          |                 |
//!   |        ...         |          |                 |
//!   | entry of page 0x3  | <--------+                 |
//!   |  present, frame 5  | ---------+                 |
//!   |        ...         |          v                 v
//!   +--------------------+      frame 0x5        offset 0x010      0x5010  physical address
//!
//!   bits of an entry   63   62..52   51 ... 12    11..7    6   5   4..3    2    1    0
//!     in memory        NX            frame number          D   A          U/S  R/W   P=1
//!     on disk          ...........  yours: the MMU looks at P alone  ..............  P=0
//!     unallocated      0  .......................................................    P=0
//! ```

use machine::prelude::*;

/// A page table of one level: an array of entries in simulated memory, as long as the address space has pages.
///
/// It lies in frames that follow one another, so the entry of any page is found by arithmetic alone.
#[derive(Debug)]
pub struct LinearPageTable {
    /// How many pages there are, and of what size.
    // begin solution (step 4): #[expect(dead_code, reason = "remove when the lab is solved")]
    // end solution
    paging: Paging,
    /// The first of the frames that the table lies in.
    root: Frame,
}

// ---- Step 1: cutting addresses ----------------------------------------------------------------------------------

impl AddressSplit for LinearPageTable {
    /// The page that `va` lies in. Cannot fail: whether the table has a place for the page is asked later.
    ///
    /// # Your task (step 1)
    /// A page has `2^offset_bits` bytes; page follows page from address 0 on. Which bits of `va` are the same for all
    /// bytes of one page? Book: "Splitting an address". Tool: [`Paging::offset_bits`].
    fn page_of(paging: &Paging, va: VirtAddr) -> Page {
        // begin solution (step 1): todo!("step 1: find the page of {va:?}, page size {:#x}", paging.page_bytes())
        Page::new(va.as_u64() >> paging.offset_bits())
        // end solution
    }

    /// The place of `va` inside its page: 0 to one less than the page's size.
    ///
    /// # Your task (step 1)
    /// Which bits did `page_of` leave behind? Try 0x3010 with pages of 4096 bytes, then of 16, on paper. Book:
    /// "Splitting an address". Tool: [`Paging::page_bytes`], a power of two.
    fn offset_of(paging: &Paging, va: VirtAddr) -> PageOffset {
        // begin solution (step 1): todo!("step 1: find the offset of {va:?}, page size {:#x}", paging.page_bytes())
        PageOffset::new(va.as_u64() & (paging.page_bytes() - 1))
        // end solution
    }

    /// The physical address of the byte at `offset` in `frame`, which has the size of a page.
    ///
    /// # Your task (step 1)
    /// Translation swaps the page number for a frame number. Why can the offset stay? Book: "Splitting an address".
    fn join(paging: &Paging, frame: Frame, offset: PageOffset) -> PhysAddr {
        // begin solution (step 1): todo!("step 1: join {frame:?}, {offset:?}, page size {:#x}", paging.page_bytes())
        PhysAddr::new(frame.number() << paging.offset_bits() | offset.as_u64())
        // end solution
    }
}

// ---- Step 2: the bits of an entry -------------------------------------------------------------------------------

/// One entry of the table: 64 bits, packed as x86 packs them (drawing at the top of this file, bits in [`x86`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry(u64);
// begin solution (step 2):

impl Entry {
    /// What tells a page on disk, even in block 0, from an unallocated one. Any bit but P will do.
    const ON_DISK: u64 = 1 << 1;

    /// Whether one of `bits` is set.
    fn has(&self, bits: u64) -> bool {
        self.0 & bits != 0
    }

    /// The number that stands where x86 keeps the frame: a frame's, or a block's while the page is on disk.
    fn number(&self) -> u64 {
        (self.0 & x86::FRAME_MASK) >> x86::FRAME_SHIFT
    }

    /// The rights that the bits say.
    fn rights(&self) -> Rights {
        let rights = Rights::READ;
        let rights = if self.has(x86::WRITABLE) { rights.writable() } else { rights };
        let rights = if self.has(x86::USER) { rights.user() } else { rights };
        if self.has(x86::NO_EXECUTE) { rights } else { rights.executable() }
    }

    /// The bits that say `rights`; all others are clear.
    fn rights_bits(rights: Rights) -> u64 {
        let writable = if rights.can_write() { x86::WRITABLE } else { 0 };
        let user = if rights.is_user() { x86::USER } else { 0 };
        let no_execute = if rights.can_execute() { 0 } else { x86::NO_EXECUTE };
        writable | user | no_execute
    }
}
// end solution

impl PageTableEntry for Entry {
    /// The entry of a page that is nowhere: all 64 bits clear.
    fn unallocated() -> Self {
        Self(0)
    }

    /// The entry with these bits, as they were read from memory.
    fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The entry's bits, as they go to memory.
    fn bits(&self) -> u64 {
        self.0
    }

    /// The entry of a page that lies in `frame` (40 bits, the caller checks that): present, with `rights`, neither
    /// accessed nor dirty. Frame 0 is a frame like any other.
    ///
    /// # Your task (step 2)
    /// The frame's *number* stands where x86 keeps it ([`x86::FRAME_SHIFT`]), whatever the page size. Of the bits for
    /// the rights, two allow something when they are set: which one forbids? Book: "The bits of an entry".
    fn in_memory(frame: Frame, rights: Rights) -> Self {
        // begin solution (step 2): todo!("step 2: pack {frame:?} with {rights} into 64 bits")
        Self(frame.number() << x86::FRAME_SHIFT | Self::rights_bits(rights) | x86::PRESENT)
        // end solution
    }

    /// The entry of a page that lies on disk in `block` (40 bits, the caller checks that).
    ///
    /// # Your task (step 2)
    /// The MMU must see P clear; the other 63 bits are yours. Block 0 is a block like any other: how will
    /// [`state`](Self::state) tell a page in block 0 from an unallocated one? Book: "Three states of a page".
    fn on_disk(block: Block) -> Self {
        // begin solution (step 2): todo!("step 2: remember {block:?} in an entry that is not present")
        Self(block.number() << x86::FRAME_SHIFT | Self::ON_DISK)
        // end solution
    }

    /// What the entry says of its page. The level of a [`Mapping`] is [`Level::LEAF`] in this lab.
    ///
    /// # Your task (step 2)
    /// Which bit must be asked first, since it decides what the others mean? Book: "Three states of a page".
    fn state(&self) -> PageState {
        // begin solution (step 2): todo!("step 2: say what {:#018x} means", self.0)
        if self.has(x86::PRESENT) {
            PageState::InMemory(Mapping {
                frame: Frame::new(self.number()),
                level: Level::LEAF,
                rights: self.rights(),
                used: Used { accessed: self.has(x86::ACCESSED), dirty: self.has(x86::DIRTY) },
            })
        } else if *self == Self::unallocated() {
            PageState::Unallocated
        } else {
            PageState::OnDisk(Block::new(self.number()))
        }
        // end solution
    }

    // ---- Step 3: what an entry allows ---------------------------------------------------------------------------

    /// Whether `access` may go through: the frame it reaches, or the error code of the page fault.
    ///
    /// CR0.WP and EFER.NXE are set: nobody writes without the right to write, not even the kernel, and the CPU tells
    /// fetches from reads. The code says what the access was; and P, that the page *was* present.
    ///
    /// # Your task (step 3)
    /// Which bits of the code tell of the access, and which one of the entry? And which question about the entry comes
    /// first, because without it no other bit means anything? Book: "Page faults".
    fn check(&self, access: Access) -> Result<Frame, ErrorCode> {
        // begin solution (step 3): todo!("step 3: decide whether a {access} may use {:#018x}", self.0)
        let code = error_code(access);
        if !self.has(x86::PRESENT) {
            return Err(code);
        }
        let rights = self.rights();
        let forbidden = (access.is_user() && !rights.is_user())
            || (access.is_write() && !rights.can_write())
            || (access.is_fetch() && !rights.can_execute());
        if forbidden { Err(code.with(ErrorCode::PRESENT)) } else { Ok(Frame::new(self.number())) }
        // end solution
    }

    /// Sets what the MMU sets when an access of this kind goes through: A, and D for a write.
    ///
    /// # Your task (step 3)
    /// Does a later read make a written page clean again? Book: "Accessed and dirty".
    fn mark_used(&mut self, kind: AccessKind) {
        // begin solution (step 3): todo!("step 3: note a {kind:?} in {:#018x}", self.0)
        self.0 |= x86::ACCESSED;
        if kind == AccessKind::Write {
            self.0 |= x86::DIRTY;
        }
        // end solution
    }

    /// Clears A and D; everything else stays.
    ///
    /// # Your task (step 3)
    /// Why does the system clear bits that the MMU sets? Book: "Accessed and dirty".
    fn clear_used(&mut self) {
        // begin solution (step 3): todo!("step 3: clear A and D in {:#018x}", self.0)
        self.0 &= !(x86::ACCESSED | x86::DIRTY);
        // end solution
    }

    /// Replaces the rights of an entry whose page is in memory; everything else stays, also bits that nobody named.
    ///
    /// # Your task (step 3)
    /// A right that is not among `rights` has to go: is it enough to set bits? Book: "The bits of an entry".
    fn set_rights(&mut self, rights: Rights) {
        // begin solution (step 3): todo!("step 3: give {:#018x} the rights {rights}", self.0)
        self.0 &= !(x86::WRITABLE | x86::USER | x86::NO_EXECUTE);
        self.0 |= Self::rights_bits(rights);
        // end solution
    }
}
// begin solution (step 3):

/// What the error code says of the access itself, whatever the entry looked like.
fn error_code(access: Access) -> ErrorCode {
    let code = match access.kind() {
        AccessKind::Read => ErrorCode::NONE,
        AccessKind::Write => ErrorCode::WRITE,
        AccessKind::Fetch => ErrorCode::FETCH,
    };
    if access.is_user() { code.with(ErrorCode::USER) } else { code }
}
// end solution

// ---- Step 4: the table in memory --------------------------------------------------------------------------------

impl LinearPageTable {
    /// Where in memory the entry of `page` lies; `None` if the table has no place for the page.
    ///
    /// # Your task (step 4)
    /// The entry of page 0 is the first thing in the root frame. How far behind it lies the entry of page 3? Which is
    /// the last page that has one ([`Paging::page_count`])? The other functions begin here. Book: "A table in memory".
    // begin solution (step 4): #[expect(dead_code, reason = "remove when the lab is solved")]
    // end solution
    fn place_of(&self, page: Page) -> Option<PhysAddr> {
        // begin solution (step 4): todo!("step 4: find the place of the entry of {page:?}")
        if page.number() >= Self::page_count(&self.paging) {
            return None;
        }
        let start = Self::join(&self.paging, self.root, PageOffset::new(0));
        Some(PhysAddr::new(start.as_u64() + page.number() * self.paging.entry_bytes()))
        // end solution
    }
    // begin solution (step 4):

    /// The number of pages, and so of entries. Panics if the mode has levels: this table is not made for it.
    fn page_count(paging: &Paging) -> u64 {
        paging.page_count().expect("a linear table needs a linear paging mode")
    }

    /// The entry of `page` and where it lies.
    fn find(&self, page: Page, memory: &mut PhysicalMemory) -> Result<(PhysAddr, Entry), PageError> {
        let at = self.place_of(page).ok_or(PageError::OutOfRange { page })?;
        Ok((at, Entry::from_bits(memory.read_u64(at))))
    }

    /// The entry of `page`, where it lies, and the mapping it says; a page that is not in memory is not mapped.
    fn find_in_memory(
        &self,
        page: Page,
        memory: &mut PhysicalMemory,
    ) -> Result<(PhysAddr, Entry, Mapping), PageError> {
        let (at, entry) = self.find(page, memory)?;
        match entry.state() {
            PageState::InMemory(mapping) => Ok((at, entry, mapping)),
            PageState::Unallocated | PageState::OnDisk(_) => Err(PageError::NotMapped { page }),
        }
    }
    // end solution
}

impl PageTable for LinearPageTable {
    /// The frame where the table begins.
    fn root(&self) -> Frame {
        self.root
    }

    /// An empty table of `paging.page_count()` entries of 8 bytes, in frames that follow one another.
    ///
    /// A frame has the size of a page; `frames` hands it out full of junk. The last one may be longer than needed.
    ///
    /// # Errors
    /// [`MapError::OutOfFrames`] if there is no such run of free frames; nothing stays allocated then.
    ///
    /// # Your task (step 4)
    /// How many frames do the entries fill? What would the MMU read in an entry that nobody has written? Book: "A table
    /// in memory". Tools: [`FrameAllocator::allocate_run`], [`PhysicalMemory::zero_frame`].
    fn new(
        paging: Paging,
        memory: &mut PhysicalMemory,
        frames: &mut FrameAllocator,
    ) -> Result<Self, MapError> {
        // begin solution (step 4): let _ = (memory, frames);
        //| todo!("step 4: make an empty table for {paging:?}")
        let frame_count = (Self::page_count(&paging) * paging.entry_bytes()).div_ceil(paging.page_bytes());
        let root = frames.allocate_run(frame_count).ok_or(MapError::OutOfFrames)?;
        for number in root.number()..root.number() + frame_count {
            memory.zero_frame(Frame::new(number));
        }
        Ok(Self { paging, root })
        // end solution
    }

    /// Bytes that all the entries take up, used or not.
    ///
    /// # Your task (step 4)
    /// How large is the table of a process that uses three pages of 2^20? Book: "What a table costs".
    fn table_bytes(&self, memory: &mut PhysicalMemory) -> u64 {
        // begin solution (step 4): let _ = memory;
        //| todo!("step 4: add up the bytes of all entries")
        let _ = memory; // The size does not depend on what the table holds.
        Self::page_count(&self.paging) * self.paging.entry_bytes()
        // end solution
    }

    /// What the table says of `page`; nothing is written. A page that the table has no place for is unallocated.
    ///
    /// # Your task (step 4)
    /// Here `place_of` and step 2 meet. Book: "A table in memory". Tool: [`PhysicalMemory::read_u64`].
    fn lookup(&self, page: Page, memory: &mut PhysicalMemory) -> PageState {
        // begin solution (step 4): let _ = memory;
        //| todo!("step 4: look up {page:?}")
        self.find(page, memory).map_or(PageState::Unallocated, |(_, entry)| entry.state())
        // end solution
    }

    /// Makes `page`, which is unallocated or on disk, translate to `frame` with `rights`; the new entry is neither
    /// accessed nor dirty. Any number of pages may share a frame. On an error nothing changes.
    ///
    /// # Errors
    /// In this order: [`MapError::OutOfRange`] if the table has no place for the page or an entry none for the frame's
    /// number (40 bits); [`MapError::AlreadyMapped`] if the page is in memory.
    ///
    /// # Your task (step 4)
    /// What must you know of the page before you write? `frames` is for tables that grow; does this one? Book: "Mapping
    /// and unmapping". Tool: [`PhysicalMemory::write_u64`].
    fn map(
        &mut self,
        page: Page,
        frame: Frame,
        rights: Rights,
        memory: &mut PhysicalMemory,
        frames: &mut FrameAllocator,
    ) -> Result<(), MapError> {
        // begin solution (step 4): let _ = (memory, frames);
        //| todo!("step 4: map {page:?} to {frame:?} with {rights}")
        let _ = frames; // Every entry has had its place from the start.
        let (at, entry) = self.find(page, memory).map_err(|_| MapError::OutOfRange { page, frame })?;
        if frame.number() > x86::FRAME_MASK >> x86::FRAME_SHIFT {
            return Err(MapError::OutOfRange { page, frame });
        }
        if let PageState::InMemory(_) = entry.state() {
            return Err(MapError::AlreadyMapped { page });
        }
        memory.write_u64(at, Entry::in_memory(frame, rights).bits());
        Ok(())
        // end solution
    }

    /// Makes `page` unallocated and returns what it was, so that the caller can free its frame or its block.
    ///
    /// # Errors
    /// [`PageError::OutOfRange`]; [`PageError::NotMapped`] if the page is unallocated already.
    ///
    /// # Your task (step 4)
    /// Which bits may stay behind? Whose is the frame, if another page lies there too? Book: "Mapping and unmapping".
    fn unmap(
        &mut self,
        page: Page,
        memory: &mut PhysicalMemory,
        frames: &mut FrameAllocator,
    ) -> Result<PageState, PageError> {
        // begin solution (step 4): let _ = (memory, frames);
        //| todo!("step 4: unmap {page:?}")
        let _ = frames; // The frame is the caller's: another page may lie in it too.
        let (at, entry) = self.find(page, memory)?;
        if entry == Entry::unallocated() {
            return Err(PageError::NotMapped { page });
        }
        memory.write_u64(at, Entry::unallocated().bits());
        Ok(entry.state())
        // end solution
    }

    /// Gives `page`, which is in memory, other rights; all other bits of its entry stay as they are.
    ///
    /// # Errors
    /// [`PageError::OutOfRange`]; [`PageError::NotMapped`] if the page is unallocated or on disk.
    ///
    /// # Your task (step 4)
    /// What would a kernel lose that unmapped the page and mapped it again? Book: "Mapping and unmapping".
    fn protect(&mut self, page: Page, rights: Rights, memory: &mut PhysicalMemory) -> Result<(), PageError> {
        // begin solution (step 4): let _ = memory;
        //| todo!("step 4: give {page:?} the rights {rights}")
        let (at, mut entry, _) = self.find_in_memory(page, memory)?;
        entry.set_rights(rights);
        memory.write_u64(at, entry.bits());
        Ok(())
        // end solution
    }

    // ---- Step 5: translation ------------------------------------------------------------------------------------

    /// Translates `va` as the MMU does for `access`: the physical address, or the page fault.
    ///
    /// Costs: one read of memory. An access that succeeds sets A, and D if it is a write; an entry whose bits are set
    /// already is not written again. An access that fails changes nothing.
    ///
    /// # Errors
    /// [`Fault::Page`]. Beyond the last page: as a page that is not present, and nothing is read.
    ///
    /// # Your task (step 5)
    /// Steps 1 to 4 are the parts; put them in order. What must be known before A is set, and when would it be wasted
    /// work to write the entry again? Book: "Translating".
    fn translate(
        &self,
        va: VirtAddr,
        access: Access,
        memory: &mut PhysicalMemory,
    ) -> Result<PhysAddr, Fault> {
        // begin solution (step 5): let _ = memory;
        //| todo!("step 5: translate {va:?} for a {access}")
        let page_fault = |code| Fault::Page(PageFault::new(va, code));
        let page = Self::page_of(&self.paging, va);
        let (at, before) = self.find(page, memory).map_err(|_| page_fault(error_code(access)))?;
        let frame = before.check(access).map_err(page_fault)?;

        let mut after = before;
        after.mark_used(access.kind());
        if after != before {
            memory.write_u64(at, after.bits());
        }
        Ok(Self::join(&self.paging, frame, Self::offset_of(&self.paging, va)))
        // end solution
    }
}

// ---- Step 6: pages on disk --------------------------------------------------------------------------------------

impl DemandPaging for LinearPageTable {
    /// Records that `page` left memory for `block` (40 bits, the caller checks that), and returns the mapping it had:
    /// its dirty bit says whether the block must be written. Accesses fault until `map` brings it back.
    ///
    /// # Errors
    /// [`PageError::OutOfRange`]; [`PageError::NotMapped`] if the page is not in memory.
    ///
    /// # Your task (step 6)
    /// When is the last moment to look at the dirty bit? Book: "Out to disk and back".
    fn page_out(
        &mut self,
        page: Page,
        block: Block,
        memory: &mut PhysicalMemory,
    ) -> Result<Mapping, PageError> {
        // begin solution (step 6): let _ = memory;
        //| todo!("step 6: move {page:?} out to {block:?}")
        let (at, _, mapping) = self.find_in_memory(page, memory)?;
        memory.write_u64(at, Entry::on_disk(block).bits());
        Ok(mapping)
        // end solution
    }

    /// Clears A and D of `page`, which is in memory, and returns what they were; the MMU will set them again. All other
    /// bits of its entry stay as they are.
    ///
    /// # Errors
    /// As [`page_out`](Self::page_out).
    ///
    /// # Your task (step 6)
    /// How does a kernel find pages that nobody has used for a while, with one bit a page? Book: "Accessed and dirty".
    fn clear_used(&mut self, page: Page, memory: &mut PhysicalMemory) -> Result<Used, PageError> {
        // begin solution (step 6): let _ = memory;
        //| todo!("step 6: clear A and D of {page:?}")
        let (at, mut entry, mapping) = self.find_in_memory(page, memory)?;
        entry.clear_used();
        memory.write_u64(at, entry.bits());
        Ok(mapping.used)
        // end solution
    }
}
