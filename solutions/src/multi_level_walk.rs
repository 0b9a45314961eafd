//! A page table with levels, [`MultiLevelPageTable`]: of a huge, nearly empty space only the used parts take memory.
//!
//! Chapter: `multi_level_walk.md`. Contracts: [`SparsePageTable`], [`PageTable`], which list each error; bits: [`x86`].
//!
//! ```text
//!  virtual address (x86-64, four levels)
//!  | sign extension | index 9 | index 9 | index 9 | index 9 | offset 12 |
//!                        |         |         |         |          |
//!            root     level 3   level 2   level 1   level 0       v
//!             +------> PML4 ---> PDPT ----> PD -----> PT -----> frame + offset
//!                                  |         +-- PS set: a page of 2 MiB, its offset has 21 bits
//!                                  +-- PS set: a page of 1 GiB, its offset has 30 bits
//! ```
//!
//! [`Paging`] says how many levels there are and how wide an index and an entry are: write nothing for one mode only.
//! Steps: 1 cut an address, 2 judge an entry, 3 walk, 4 translate, 5 map, 6 unmap, 7 large pages, 8 share a kernel.

use machine::prelude::*;

/// A page table with the levels of its paging mode; each of its tables fills one frame of simulated memory.
#[derive(Debug)]
pub struct MultiLevelPageTable {
    // begin solution (step 3): #[expect(dead_code, reason = "remove from step 3 on")]
    // end solution
    paging: Paging,
    root: Frame,
}

impl SparsePageTable for MultiLevelPageTable {
    /// Whether `va` exists: 8-byte entries want a sign extension above the indices, 4-byte entries want zeros there.
    ///
    /// # Your task (step 1)
    /// How many bits of the address have a meaning, and what must the others look like? Book: "Splitting an address".
    fn is_canonical(paging: &Paging, va: VirtAddr) -> bool {
        // begin solution (step 1): todo!("step 1: does {va:?} exist in {paging:?}?")
        let unused = u64::BITS - paging.virtual_bits();
        let top = va.as_u64() << unused;
        let extended = if paging.entry_bytes() == 8 { (top as i64 >> unused) as u64 } else { top >> unused };
        extended == va.as_u64()
        // end solution
    }

    /// The index into the table of `level` that `va` selects; level 0 is the leaf (drawing at the top of this file).
    ///
    /// # Your task (step 1)
    /// Which bits of `va` remain above the offset and the tables below this one? Book: "Splitting an address".
    fn table_index(paging: &Paging, va: VirtAddr, level: Level) -> TableIndex {
        // begin solution (step 1): todo!("step 1: cut the index of {level:?} out of {va:?} in {paging:?}")
        TableIndex::new((va.as_u64() >> span_bits(paging, level)) % paging.entry_count())
        // end solution
    }

    /// The bits that must be clear in a present entry with these `bits` at `level`.
    ///
    /// With 8-byte entries: PS above the largest page's level; address bits from `max_phys_bits` to 51; in the entry of
    /// a large page the address bits below the page's size, except PAT; bit 63 where the mode has no execute right.
    /// With 4-byte entries only the third of these. Bits 62 to 52 are ignored, and so is bit 7 (PAT) at level 0.
    ///
    /// # Your task (step 2)
    /// Build the mask rule by rule. For which rules do you have to look at `bits`? Book: "Reserved bits".
    fn reserved_bits(paging: &Paging, level: Level, bits: u64) -> u64 {
        // begin solution (step 2): todo!("step 2: the reserved bits of {bits:#x} at {level:?} in {paging:?}")
        let mut reserved = 0;
        if level != Level::LEAF && maps_page(paging, level, bits) {
            reserved |= offset_mask(paging, level) & x86::FRAME_MASK & !x86::LARGE_PAGE_PAT;
        }
        if paging.entry_bytes() == 8 {
            reserved |= x86::FRAME_MASK & (!0 << paging.max_phys_bits());
            reserved |= if level > paging.largest_leaf() { x86::PAGE_SIZE } else { 0 };
            reserved |= if paging.no_execute() { 0 } else { x86::NO_EXECUTE };
        }
        reserved
        // end solution
    }

    /// The table whose root lies in `root`, as somebody else built it; nothing is read yet.
    fn from_root(paging: Paging, root: Frame) -> Self {
        Self { paging, root }
    }

    /// Follows `va` down the tables, one read a level, and changes nothing. The walk ends at an entry that is not
    /// present, or else has a reserved bit set, or else maps the page.
    ///
    /// # Your task (step 3)
    /// Each entry says where the next table lies. What makes the last one the last? Book: "The walk".
    fn walk(&self, va: VirtAddr, memory: &mut PhysicalMemory) -> Walk {
        // begin solution (step 3): let _ = memory;
        //| todo!("step 3: walk down to {va:?}")
        let mut steps = Vec::new();
        let end = self.descend(va, memory, |step| steps.push(step));
        Walk { steps, end }
        // end solution
    }

    /// Maps a large page, whose entry stands at `level`; at level 0 the same as `map`.
    ///
    /// # Your task (step 7)
    /// How much of `map` stays? And what do `lookup`, `unmap` and `protect` make of a large page? Book: "Large pages".
    fn map_large(
        &mut self,
        page: Page,
        level: Level,
        frame: Frame,
        rights: Rights,
        memory: &mut PhysicalMemory,
        frames: &mut FrameAllocator,
    ) -> Result<(), MapError> {
        // begin solution (step 7): let _ = (memory, frames);
        //| todo!("step 7: map the large page {page:?} to {frame:?}, {rights}, by an entry of {level:?}")
        if level > self.paging.largest_leaf() {
            return Err(MapError::NoSuchPageSize { level });
        }
        if !self.begins_at(level, page.number()) || !self.begins_at(level, frame.number()) {
            return Err(MapError::Misaligned { page, frame });
        }
        self.install(page, level, frame, rights, memory, frames)
        // end solution
    }

    /// A new space: its root entries of the upper half are this one's, its lower half is empty.
    ///
    /// # Your task (step 8)
    /// What do two spaces have to share so that both see a kernel page mapped later? Book: "Sharing the kernel".
    fn new_sharing_kernel(
        &self,
        memory: &mut PhysicalMemory,
        frames: &mut FrameAllocator,
    ) -> Result<Self, MapError> {
        // begin solution (step 8): let _ = (memory, frames);
        //| todo!("step 8: a new space with the kernel's half of this one")
        let space = Self::new(self.paging, memory, frames)?;
        for index in self.paging.entry_count() / 2..self.paging.entry_count() {
            let bits = self.paging.read_entry(self.entry_at(self.root, index), memory);
            self.paging.write_entry(space.entry_at(space.root, index), bits, memory);
        }
        Ok(space)
        // end solution
    }

    /// Frees the root and every table of the lower half, but no mapped frame and no table of the kernel's.
    ///
    /// # Your task (step 8)
    /// When is it too late to ask a table for the tables below it? Book: "Sharing the kernel".
    fn tear_down(self, memory: &mut PhysicalMemory, frames: &mut FrameAllocator) {
        // begin solution (step 8): let _ = (memory, frames);
        //| todo!("step 8: free the tables of the lower half and the root")
        let lower_half = self.paging.entry_count() / 2;
        for table in self.tables_in(self.root, self.paging.root_level(), lower_half, memory) {
            frames.free(table);
        }
        frames.free(self.root);
        // end solution
    }
}

impl PageTable for MultiLevelPageTable {
    /// The frame of the root table.
    fn root(&self) -> Frame {
        self.root
    }

    /// Translates `va`: canonical? Then level by level: present, no reserved bit? Then: do *all* levels allow it?
    ///
    /// WP binds the supervisor to R/W; SMEP keeps it from fetching, SMAP from reading and writing what is the user's.
    /// Error code: P unless an entry was not present; RSVD (and P) for a reserved bit; W/R and U/S as the access is;
    /// I/D for a fetch, if the mode has SMEP or the execute right. A and D only if the access succeeds.
    ///
    /// # Your task (step 4)
    /// What must you remember on the way down to read none twice? Book: "Rights over the levels", "Accessed and dirty".
    fn translate(
        &self,
        va: VirtAddr,
        access: Access,
        memory: &mut PhysicalMemory,
    ) -> Result<PhysAddr, Fault> {
        // begin solution (step 4): let _ = memory;
        //| todo!("step 4: translate {va:?} for a {access}")
        let (mut path, mut depth) = ([(PhysAddr::new(0), 0); 5], 0);
        let end = self.descend(va, memory, |step| {
            path[depth] = (step.entry_at, step.bits);
            depth += 1;
        });
        let path = &path[..depth];
        let fault = |why| Err(Fault::Page(PageFault::new(va, error_code(&self.paging, access).with(why))));
        let address = match end {
            WalkEnd::NonCanonical => return Err(Fault::NonCanonical(va)),
            WalkEnd::NotPresent => return fault(ErrorCode::NONE),
            WalkEnd::ReservedBit => return fault(ErrorCode::PRESENT.with(ErrorCode::RESERVED)),
            WalkEnd::Mapped { address } => address,
        };
        // NX takes away what the other bits grant; turned round, it is combined by the same AND.
        let granted = path.iter().fold(!0, |granted, (_, bits)| granted & (bits ^ x86::NO_EXECUTE));
        if !is_allowed(&self.paging, access, rights_of(&self.paging, granted ^ x86::NO_EXECUTE)) {
            return fault(ErrorCode::PRESENT);
        }
        for (place, &(entry_at, bits)) in path.iter().enumerate() {
            let is_dirty = access.is_write() && place + 1 == depth;
            let used = bits | x86::ACCESSED | if is_dirty { x86::DIRTY } else { 0 };
            if used != bits {
                self.paging.write_entry(entry_at, used, memory);
            }
        }
        Ok(address)
        // end solution
    }

    /// An empty table: one frame, the root, and no entry in it.
    ///
    /// # Your task (step 5)
    /// What is in a frame that the allocator has just handed out? Book: "Tables on demand".
    fn new(
        paging: Paging,
        memory: &mut PhysicalMemory,
        frames: &mut FrameAllocator,
    ) -> Result<Self, MapError> {
        // begin solution (step 5): let _ = (memory, frames);
        //| todo!("step 5: an empty table in {paging:?}")
        let root = frames.allocate().ok_or(MapError::OutOfFrames)?;
        memory.zero_frame(root);
        Ok(Self { paging, root })
        // end solution
    }

    /// Maps `page` to `frame`. Tables that are missing on the way are made, cleared, and linked by entries that allow
    /// everything; entries that stand on the way already stay as they are. On an error nothing has changed.
    ///
    /// # Your task (step 5)
    /// If the last of three new tables cannot be had, what has to be undone? Book: "Tables on demand".
    fn map(
        &mut self,
        page: Page,
        frame: Frame,
        rights: Rights,
        memory: &mut PhysicalMemory,
        frames: &mut FrameAllocator,
    ) -> Result<(), MapError> {
        // begin solution (step 5): let _ = (memory, frames);
        //| todo!("step 5: map {page:?} to {frame:?}, {rights}")
        self.install(page, Level::LEAF, frame, rights, memory, frames)
        // end solution
    }

    /// What the table says of `page`: the rights are those of its own entry, whatever the ones above allow.
    ///
    /// # Your task (step 5)
    /// How does this differ from a translation? Book: "Tables on demand".
    #[inline(always)]
    fn lookup(&self, page: Page, memory: &mut PhysicalMemory) -> PageState {
        // begin solution (step 5): let _ = memory;
        //| todo!("step 5: what the table says of {page:?}")
        self.last_entry(page, memory).map_or(PageState::Unallocated, |last| self.state_of(last))
        // end solution
    }

    /// Bytes of all tables that can be reached from the root, shared ones too.
    ///
    /// # Your task (step 5)
    /// Which entries lead to a table, and which to a page? Book: "What a table costs".
    fn table_bytes(&self, memory: &mut PhysicalMemory) -> u64 {
        // begin solution (step 5): let _ = memory;
        //| todo!("step 5: count the tables")
        let below = self.tables_in(self.root, self.paging.root_level(), self.paging.entry_count(), memory);
        (1 + below.len() as u64) * self.paging.page_bytes()
        // end solution
    }

    /// Clears the entry of `page`, frees the tables that have no present entry any more, and returns what `page` was.
    /// The tables that the root's upper half names are never freed, because other spaces may use them.
    ///
    /// # Your task (step 6)
    /// Where must an empty table be forgotten before its frame goes back? Book: "Freeing tables".
    fn unmap(
        &mut self,
        page: Page,
        memory: &mut PhysicalMemory,
        frames: &mut FrameAllocator,
    ) -> Result<PageState, PageError> {
        // begin solution (step 6): let _ = (memory, frames);
        //| todo!("step 6: unmap {page:?}")
        let last = self.mapped_entry(page, memory)?;
        self.paging.write_entry(last.entry_at, 0, memory);
        let count = self.paging.entry_count();
        let va = VirtAddr::new(page.number() * self.paging.page_bytes());
        for parent in self.walk(va, memory).steps.iter().rev().skip(1) {
            let is_kernel = parent.level == self.paging.root_level() && parent.index.as_u64() >= count / 2;
            let table = frame_in(parent.bits);
            if is_kernel || self.entries(table, count, memory).iter().any(|bits| bits & x86::PRESENT != 0) {
                break;
            }
            self.paging.write_entry(parent.entry_at, 0, memory);
            frames.free(table);
        }
        Ok(self.state_of(last))
        // end solution
    }

    /// Replaces the rights in the entry of `page` and nothing else; entries above may still deny them.
    ///
    /// # Your task (step 6)
    /// Which bits of the entry must survive? Book: "Freeing tables".
    fn protect(&mut self, page: Page, rights: Rights, memory: &mut PhysicalMemory) -> Result<(), PageError> {
        // begin solution (step 6): let _ = memory;
        //| todo!("step 6: give {page:?} the rights {rights}")
        let last = self.mapped_entry(page, memory)?;
        let kept = last.bits & !(x86::WRITABLE | x86::USER | x86::NO_EXECUTE);
        self.paging.write_entry(last.entry_at, kept | bits_of(&self.paging, rights), memory);
        Ok(())
        // end solution
    }
}
// begin solution (step 1):

/// How many bits of an address lie below the index of `level`.
fn span_bits(paging: &Paging, level: Level) -> u32 {
    paging.offset_bits() + u32::from(level.number()) * paging.index_bits()
}

/// The bits of an address that are the place inside a page of an entry at `level`.
fn offset_mask(paging: &Paging, level: Level) -> u64 {
    (1 << span_bits(paging, level)) - 1
}

/// Whether a present entry maps a page; else it names the table below.
fn maps_page(paging: &Paging, level: Level, bits: u64) -> bool {
    level == Level::LEAF || (level <= paging.largest_leaf() && bits & x86::PAGE_SIZE != 0)
}
// end solution
// begin solution (step 3):

/// The frame that an entry names: the next table's, or the page's.
fn frame_in(bits: u64) -> Frame {
    Frame::new((bits & x86::FRAME_MASK) >> x86::FRAME_SHIFT)
}

impl MultiLevelPageTable {
    fn entry_at(&self, table: Frame, index: u64) -> PhysAddr {
        PhysAddr::new((table.number() << x86::FRAME_SHIFT) + index * self.paging.entry_bytes())
    }

    /// Follows `va` down and shows `visit` every entry that was read.
    // Always a part of its caller: what that does not use is then not made, and a mode that is known costs nothing.
    #[inline(always)]
    fn descend(&self, va: VirtAddr, memory: &mut PhysicalMemory, mut visit: impl FnMut(WalkStep)) -> WalkEnd {
        if !Self::is_canonical(&self.paging, va) {
            return WalkEnd::NonCanonical;
        }
        // An entry names the next table if it has P set, and PS and all reserved bits clear. One comparison a level tells
        // that; what else an entry is, is asked of the last one alone.
        let (mut level, mut table, mut bits) = (self.paging.root_level(), self.root, 0);
        let judged = x86::PRESENT | x86::PAGE_SIZE | Self::reserved_bits(&self.paging, level, 0);
        for next in self.paging.levels_down() {
            level = next;
            let index = Self::table_index(&self.paging, va, level);
            let entry_at = self.entry_at(table, index.as_u64());
            bits = self.paging.read_entry(entry_at, memory);
            visit(WalkStep { level, index, entry_at, bits });
            if bits & judged != x86::PRESENT {
                break;
            }
            table = frame_in(bits);
        }
        if bits & x86::PRESENT == 0 {
            return WalkEnd::NotPresent;
        }
        if bits & Self::reserved_bits(&self.paging, level, bits) != 0 {
            return WalkEnd::ReservedBit;
        }
        let inside = offset_mask(&self.paging, level);
        WalkEnd::Mapped { address: PhysAddr::new(bits & x86::FRAME_MASK & !inside | va.as_u64() & inside) }
    }
}
// end solution
// begin solution (step 4):

fn rights_of(paging: &Paging, bits: u64) -> Rights {
    let mut rights = Rights::READ;
    rights = if bits & x86::WRITABLE != 0 { rights.writable() } else { rights };
    rights = if bits & x86::USER != 0 { rights.user() } else { rights };
    let may_fetch = bits & x86::NO_EXECUTE == 0 || !paging.no_execute();
    if may_fetch { rights.executable() } else { rights }
}

fn is_allowed(paging: &Paging, access: Access, granted: Rights) -> bool {
    let bars_supervisor = if access.is_fetch() { paging.smep() } else { paging.smap() };
    let may_enter = if granted.is_user() { access.is_user() || !bars_supervisor } else { !access.is_user() };
    let ignores_read_only = !access.is_user() && !paging.write_protect();
    may_enter
        && (!access.is_write() || granted.can_write() || ignores_read_only)
        && (!access.is_fetch() || granted.can_execute())
}

/// What an error code says of the access, whatever the cause.
fn error_code(paging: &Paging, access: Access) -> ErrorCode {
    let tells_fetches = paging.smep() || paging.no_execute();
    let bit = |on, bit| if on { bit } else { ErrorCode::NONE };
    bit(access.is_write(), ErrorCode::WRITE)
        .with(bit(access.is_user(), ErrorCode::USER))
        .with(bit(access.is_fetch() && tells_fetches, ErrorCode::FETCH))
}
// end solution
// begin solution (step 5):

fn bits_of(paging: &Paging, rights: Rights) -> u64 {
    let bit = |on, bit| if on { bit } else { 0 };
    bit(rights.can_write(), x86::WRITABLE)
        | bit(rights.is_user(), x86::USER)
        | bit(paging.no_execute() && !rights.can_execute(), x86::NO_EXECUTE)
}

impl MultiLevelPageTable {
    /// The entry at which the walk to `page` ends; none if the page does not exist.
    #[inline(always)]
    fn last_entry(&self, page: Page, memory: &mut PhysicalMemory) -> Option<WalkStep> {
        let va = page.number().checked_mul(self.paging.page_bytes()).map(VirtAddr::new)?;
        let mut last = None;
        self.descend(va, memory, |step| last = Some(step));
        last
    }

    /// The entry of `page`, if it is in memory and the first (or only) page that the entry maps.
    fn mapped_entry(&self, page: Page, memory: &mut PhysicalMemory) -> Result<WalkStep, PageError> {
        let last = self.last_entry(page, memory).ok_or(PageError::OutOfRange { page })?;
        match self.begins_at(last.level, page.number()) {
            _ if last.bits & x86::PRESENT == 0 => Err(PageError::NotMapped { page }),
            false => Err(PageError::InsideLargePage { page, level: last.level }),
            true => Ok(last),
        }
    }

    /// Whether a page of an entry at `level` may begin at this page or frame number.
    fn begins_at(&self, level: Level, number: u64) -> bool {
        number.is_multiple_of(1 << (span_bits(&self.paging, level) - self.paging.offset_bits()))
    }

    /// What the last entry of a walk says of the page.
    fn state_of(&self, last: WalkStep) -> PageState {
        if last.bits & x86::PRESENT == 0 {
            return PageState::Unallocated;
        }
        // Of an entry of the last level nothing is cut off: the usual case need not wait for the mask.
        let bits = match last.level {
            Level::LEAF => last.bits,
            level => last.bits & !offset_mask(&self.paging, level),
        };
        PageState::InMemory(Mapping {
            frame: frame_in(bits),
            level: last.level,
            rights: rights_of(&self.paging, last.bits),
            used: Used { accessed: last.bits & x86::ACCESSED != 0, dirty: last.bits & x86::DIRTY != 0 },
        })
    }

    /// `map`, for a page whose entry stands at `level`.
    fn install(
        &mut self,
        page: Page,
        level: Level,
        frame: Frame,
        rights: Rights,
        memory: &mut PhysicalMemory,
        frames: &mut FrameAllocator,
    ) -> Result<(), MapError> {
        let frame_bits = self.paging.max_phys_bits() - self.paging.offset_bits();
        let last = if frame.number() >> frame_bits == 0 { self.last_entry(page, memory) } else { None };
        let last = last.ok_or(MapError::OutOfRange { page, frame })?;
        if last.bits & x86::PRESENT != 0 || last.level < level {
            return Err(MapError::AlreadyMapped { page });
        }
        let mut tables = Vec::new();
        for _ in level.number()..last.level.number() {
            let Some(table) = frames.allocate() else {
                tables.into_iter().for_each(|table| frames.free(table));
                return Err(MapError::OutOfFrames);
            };
            tables.push(table);
        }
        // From the page up: nobody sees the new tables before the last write.
        let ps = if level == Level::LEAF { 0 } else { x86::PAGE_SIZE };
        let mut bits = frame.number() << x86::FRAME_SHIFT | x86::PRESENT | ps | bits_of(&self.paging, rights);
        for (number, table) in (level.number()..).zip(tables) {
            memory.zero_frame(table);
            let va = VirtAddr::new(page.number() * self.paging.page_bytes());
            let index = Self::table_index(&self.paging, va, Level::new(number));
            self.paging.write_entry(self.entry_at(table, index.as_u64()), bits, memory);
            bits = table.number() << x86::FRAME_SHIFT | x86::PRESENT | x86::WRITABLE | x86::USER;
        }
        self.paging.write_entry(last.entry_at, bits, memory);
        Ok(())
    }

    /// The first `count` entries of `table`.
    fn entries(&self, table: Frame, count: u64, memory: &mut PhysicalMemory) -> Vec<u64> {
        (0..count).map(|index| self.paging.read_entry(self.entry_at(table, index), memory)).collect()
    }

    /// All tables that the first `count` entries of `table` lead to.
    fn tables_in(&self, table: Frame, level: Level, count: u64, memory: &mut PhysicalMemory) -> Vec<Frame> {
        let Some(below) = level.below() else { return Vec::new() };
        let mut tables = Vec::new();
        for bits in self.entries(table, count, memory) {
            if bits & x86::PRESENT != 0 && !maps_page(&self.paging, level, bits) {
                tables.push(frame_in(bits));
                tables.extend(self.tables_in(frame_in(bits), below, self.paging.entry_count(), memory));
            }
        }
        tables
    }
}
// end solution
