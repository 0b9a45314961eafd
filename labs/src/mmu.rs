//! The MMU of a CPU: [`CachingMmu`] puts a TLB before the page table; [`MappingKernel`] changes mappings that TLBs have
//! cached.
//!
//! Chapter: `mmu.md`. The file goes in seven steps, the smallest first: one entry (1), what the TLB answers (2), the
//! walk behind it (3), accesses of two pages (4), context switches (5), shootdowns (6), a TLB that software refills
//! (7).
//!
//! ```text
//!   va, access
//!      |
//!      v          hit, and the entry lets the access through
//!     TLB  --------------------------------------------------------> physical address
//!      |  ^                                                               ^
//!      |  +------------------------ fill <------------------------+       |
//!      |                                                          |       |
//!      +--- no entry, or one that does not ---> walk the table ---+-------+
//!           (then it is dropped)                     |
//!                                                    +--> page fault
//! ```
//!
//! The TLB, the walker and the kernel's tools are given; which TLB and which page table stand behind them does not
//! matter.

use machine::prelude::*;

/// The MMU of one CPU: a TLB, and what it must know to ask the walker.
#[derive(Debug)]
pub struct CachingMmu {
    /// How an address is cut.
    #[expect(dead_code, reason = "remove when the lab is solved")]
    paging: Paging,
    /// The cache of translations, this CPU's own.
    #[expect(dead_code, reason = "remove when the lab is solved")]
    tlb: Box<dyn Tlb>,
    /// Whether the TLB can tell spaces apart.
    #[expect(dead_code, reason = "remove when the lab is solved")]
    tagging: Tagging,
    /// The space that runs: its table, and its tag in the TLB.
    space: Space,
}

// ---- Step 1: one entry ------------------------------------------------------------------------------------------

impl EntryUse for CachingMmu {
    /// Whether the rights of `entry` allow `access`. Whether the entry is dirty is not asked here.
    ///
    /// CR0.WP and EFER.NXE are set: the kernel too writes only what may be written, and no execute means nobody.
    ///
    /// # Your task (step 1)
    /// Three rights, and each forbids some accesses when it is missing. Which? Book: "What a hit must ask".
    fn permits(entry: &TlbEntry, access: Access) -> bool {
        todo!("step 1: may a {access} go through an entry that allows {}?", entry.rights)
    }

    /// The physical address of `va`, which lies in a page that `entry` translates.
    ///
    /// # Your task (step 1)
    /// A large page has many frames, one after another. How far into the page does `va` lie? Tools:
    /// [`Paging::offset_bits`], [`Paging::page_bytes`]. Book: "What a hit must ask".
    fn address_of(entry: &TlbEntry, paging: &Paging, va: VirtAddr) -> PhysAddr {
        todo!("step 1: find {va:?} in {entry}, page size {:#x}", paging.page_bytes())
    }

    /// The entry for what a walk in the space `asid` found.
    ///
    /// # Your task (step 1)
    /// For whom does a translation hold that is the same in every space? Book: "What a walk brings back".
    fn entry_of(found: Translation, asid: Asid) -> TlbEntry {
        todo!("step 1: make an entry of {found:?} for {asid:?}")
    }
}

impl Mmu for CachingMmu {
    /// An MMU with this TLB, running in `space`.
    fn new(paging: Paging, tlb: Box<dyn Tlb>, tagging: Tagging, space: Space) -> Self {
        Self { paging, tlb, tagging, space }
    }

    /// The space it runs in.
    fn space(&self) -> Space {
        self.space
    }

    // ---- Step 2: what the TLB answers ---------------------------------------------------------------------------

    /// The physical address of `va`, if an entry of the TLB lets `access` through: its rights allow it, and if it is a
    /// write, the entry is dirty already. An entry that does not let the access through is dropped.
    ///
    /// Costs: one lookup in the TLB, and no memory.
    ///
    /// # Your task (step 2)
    /// Why may a write not go through an entry that is clean, even if it has the right? And who could be wrong if an
    /// entry refuses, the program or the entry? Book: "Hit and miss", "The first write".
    fn cached(&mut self, va: VirtAddr, access: Access) -> Option<PhysAddr> {
        todo!("step 2: ask the TLB about {va:?} for a {access}")
    }

    // ---- Step 3: the walk behind it -----------------------------------------------------------------------------

    /// Translates `va` for `access`: by the TLB if it can, else by one walk, whose result is put into the TLB.
    ///
    /// Costs: one lookup in the TLB, and no memory if it can; else one walk more.
    ///
    /// # Errors
    /// The fault of the walk; then no entry of the TLB translates the page.
    ///
    /// # Your task (step 3)
    /// The walk asks for the rights and sets A and D; so for which access must it be made? Book: "Hit and miss".
    fn translate(
        &mut self,
        va: VirtAddr,
        access: Access,
        walker: &dyn PageWalker,
        memory: &mut PhysicalMemory,
    ) -> Result<PhysAddr, Fault> {
        let _ = (walker, memory);
        todo!("step 3: translate {va:?} for a {access}")
    }

    // ---- Step 4: accesses of two pages --------------------------------------------------------------------------

    /// Loads 8 bytes (little-endian) from `va`, a multiple of 4: the lower half lies at `va`, the upper half at `va +
    /// 4`, which may be the first byte of the next page.
    ///
    /// Each page is translated once, the lower one first; nothing is loaded before both are. (The address after the
    /// highest one is 0.)
    ///
    /// # Errors
    /// The first fault. It names the first byte of the access in the page that faulted.
    ///
    /// # Your task (step 4)
    /// The next page may lie in any frame. Tool: [`PhysicalMemory::read_u32`]. Book: "An access of two pages".
    fn read(
        &mut self,
        va: VirtAddr,
        by: Privilege,
        walker: &dyn PageWalker,
        memory: &mut PhysicalMemory,
    ) -> Result<u64, Fault> {
        let _ = (walker, memory);
        todo!("step 4: load 8 bytes from {va:?} as {by:?}")
    }

    /// Stores 8 bytes (little-endian) at `va`, a multiple of 4, as `read` loads them.
    ///
    /// # Errors
    /// As `read`; no byte is stored then. (A and D of the lower page stay set if the upper one faulted.)
    ///
    /// # Your task (step 4)
    /// When is it certain that the store will be a whole one? Tool: [`PhysicalMemory::write_u32`].
    fn write(
        &mut self,
        va: VirtAddr,
        value: u64,
        by: Privilege,
        walker: &dyn PageWalker,
        memory: &mut PhysicalMemory,
    ) -> Result<(), Fault> {
        let _ = (walker, memory);
        todo!("step 4: store {value:#x} at {va:?} as {by:?}")
    }

    // ---- Step 5: context switches -------------------------------------------------------------------------------

    /// Runs in `space` from now on.
    ///
    /// Untagged: every entry goes but the global ones, even if the space stays the same. Tagged: nothing goes.
    ///
    /// # Your task (step 5)
    /// What would the next process read through an entry that stays, if nothing tells whose it is? Book: "Context
    /// switches".
    fn switch_to(&mut self, space: Space) {
        todo!("step 5: run in {space:?}")
    }

    /// Drops the entries of the TLB that `what` names, and returns how many those were.
    ///
    /// # Your task (step 5)
    /// One line: the TLB can do it. Only the kernel knows when it must. Book: "Who must be told".
    fn invalidate(&mut self, what: Flush) -> u64 {
        todo!("step 5: drop {what}")
    }
}

// ---- Step 6: shootdowns -----------------------------------------------------------------------------------------

/// The part of the kernel that changes mappings. It keeps nothing: what it must know stands in the tables.
#[derive(Debug)]
pub struct MappingKernel;

impl Shootdown for MappingKernel {
    /// Unmaps `page` and frees its frame, when no TLB can lead there any more. Returns the mapping it had.
    ///
    /// # Errors
    /// Those of [`Platform::unmap`]; nothing is flushed then, and nothing freed.
    ///
    /// # Your task (step 6)
    /// Table, TLBs, frame: what could another CPU do between the first and the second, in each order? Book: "Who must
    /// be told".
    fn unmap(space: Space, page: Page, platform: &mut dyn Platform) -> Result<Mapping, PageError> {
        let _ = platform;
        todo!("step 6: unmap {page:?} of {space:?}")
    }

    /// Gives `page` other rights; when this returns, no access goes through that they forbid.
    ///
    /// A shootdown stops every CPU; it is made only if a right was taken away.
    ///
    /// # Errors
    /// Those of [`Platform::protect`]; nothing is flushed then.
    ///
    /// # Your task (step 6)
    /// What does a TLB do with an entry that allows too little (step 2)? And with one that allows too much?
    fn protect(
        space: Space,
        page: Page,
        rights: Rights,
        platform: &mut dyn Platform,
    ) -> Result<(), PageError> {
        let _ = platform;
        todo!("step 6: protect {page:?} of {space:?} as {rights}")
    }

    /// Clears A and D of `page` and returns what they were; when this returns, the next access sets A again, the next
    /// write D. Where neither was set, nothing is flushed.
    ///
    /// # Errors
    /// Those of [`Platform::clear_used`]; nothing is flushed then.
    ///
    /// # Your task (step 6)
    /// An entry of a TLB remembers that D is set. Who writes through it tomorrow, and who will know? Book: "Marks that
    /// TLBs remember".
    fn clear_used(space: Space, page: Page, platform: &mut dyn Platform) -> Result<Used, PageError> {
        let _ = platform;
        todo!("step 6: clear A and D of {page:?} of {space:?}")
    }

    /// Makes `asid` free for another space: no TLB keeps an entry of it. Global entries stay.
    ///
    /// # Your task (step 6)
    /// Which of the [`Flush`]es is it, and on which CPUs?
    fn recycle(asid: Asid, platform: &mut dyn Platform) {
        let _ = platform;
        todo!("step 6: make {asid:?} free for another space")
    }
}

// ---- Step 7: a TLB that software refills ------------------------------------------------------------------------

impl SoftwareManaged for CachingMmu {
    /// The hardware's part: the physical address of `va`, if an entry lets `access` through as in `cached`.
    ///
    /// Costs: one lookup in the TLB, and no memory. Drops nothing.
    ///
    /// # Errors
    /// [`TlbTrap::Refill`] if there is no entry; [`TlbTrap::Refused`] if its rights do not allow the access;
    /// [`TlbTrap::Modified`] if they do, but the access is a write and the entry is clean.
    ///
    /// # Your task (step 7)
    /// The same questions as in step 2, but each answer has a name. Book: "The same in software".
    fn look_up(&mut self, va: VirtAddr, access: Access) -> Result<PhysAddr, TlbTrap> {
        todo!("step 7: look {va:?} up for a {access}, or trap")
    }

    /// The kernel's part: answers a trap with one walk and puts its result into the TLB; then the CPU runs the
    /// instruction again.
    ///
    /// The handler of [`TlbTrap::Refill`] is short and does not know what the access does: it walks as for a read by
    /// the same privilege. The handlers of the other two walk for `access` itself.
    ///
    /// # Errors
    /// The fault of the walk; then no entry of the TLB translates the page.
    ///
    /// # Your task (step 7)
    /// How many traps has the first write to a page that no entry translates? Book: "The same in software".
    fn handle(
        &mut self,
        trap: TlbTrap,
        va: VirtAddr,
        access: Access,
        walker: &dyn PageWalker,
        memory: &mut PhysicalMemory,
    ) -> Result<(), Fault> {
        let _ = (walker, memory);
        todo!("step 7: answer the trap `{trap}` of a {access} at {va:?}")
    }
}
