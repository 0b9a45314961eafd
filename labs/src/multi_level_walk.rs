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
    #[expect(dead_code, reason = "remove from step 3 on")]
    paging: Paging,
    root: Frame,
}

impl SparsePageTable for MultiLevelPageTable {
    /// Whether `va` exists: 8-byte entries want a sign extension above the indices, 4-byte entries want zeros there.
    ///
    /// # Your task (step 1)
    /// How many bits of the address have a meaning, and what must the others look like? Book: "Splitting an address".
    fn is_canonical(paging: &Paging, va: VirtAddr) -> bool {
        todo!("step 1: does {va:?} exist in {paging:?}?")
    }

    /// The index into the table of `level` that `va` selects; level 0 is the leaf (drawing at the top of this file).
    ///
    /// # Your task (step 1)
    /// Which bits of `va` remain above the offset and the tables below this one? Book: "Splitting an address".
    fn table_index(paging: &Paging, va: VirtAddr, level: Level) -> TableIndex {
        todo!("step 1: cut the index of {level:?} out of {va:?} in {paging:?}")
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
        todo!("step 2: the reserved bits of {bits:#x} at {level:?} in {paging:?}")
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
        let _ = memory;
        todo!("step 3: walk down to {va:?}")
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
        let _ = (memory, frames);
        todo!("step 7: map the large page {page:?} to {frame:?}, {rights}, by an entry of {level:?}")
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
        let _ = (memory, frames);
        todo!("step 8: a new space with the kernel's half of this one")
    }

    /// Frees the root and every table of the lower half, but no mapped frame and no table of the kernel's.
    ///
    /// # Your task (step 8)
    /// When is it too late to ask a table for the tables below it? Book: "Sharing the kernel".
    fn tear_down(self, memory: &mut PhysicalMemory, frames: &mut FrameAllocator) {
        let _ = (memory, frames);
        todo!("step 8: free the tables of the lower half and the root")
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
        let _ = memory;
        todo!("step 4: translate {va:?} for a {access}")
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
        let _ = (memory, frames);
        todo!("step 5: an empty table in {paging:?}")
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
        let _ = (memory, frames);
        todo!("step 5: map {page:?} to {frame:?}, {rights}")
    }

    /// What the table says of `page`: the rights are those of its own entry, whatever the ones above allow.
    ///
    /// # Your task (step 5)
    /// How does this differ from a translation? Book: "Tables on demand".
    #[inline(always)]
    fn lookup(&self, page: Page, memory: &mut PhysicalMemory) -> PageState {
        let _ = memory;
        todo!("step 5: what the table says of {page:?}")
    }

    /// Bytes of all tables that can be reached from the root, shared ones too.
    ///
    /// # Your task (step 5)
    /// Which entries lead to a table, and which to a page? Book: "What a table costs".
    fn table_bytes(&self, memory: &mut PhysicalMemory) -> u64 {
        let _ = memory;
        todo!("step 5: count the tables")
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
        let _ = (memory, frames);
        todo!("step 6: unmap {page:?}")
    }

    /// Replaces the rights in the entry of `page` and nothing else; entries above may still deny them.
    ///
    /// # Your task (step 6)
    /// Which bits of the entry must survive? Book: "Freeing tables".
    fn protect(&mut self, page: Page, rights: Rights, memory: &mut PhysicalMemory) -> Result<(), PageError> {
        let _ = memory;
        todo!("step 6: give {page:?} the rights {rights}")
    }
}
