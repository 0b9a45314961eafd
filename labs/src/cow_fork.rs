//! Share until someone writes: [`CowSpace`] is the memory of a process that forks without copying, [`OwnerCounts`] knows
//! how many pages lie in each frame.
//!
//! Chapter: `cow_fork.md`. The file goes in seven steps, the smallest first: counting owners (1), pages come and go (2),
//! the end of a program (3), page faults (4), fork (5), other rights (6), the kernel writes (7).
//!
//! ```text
//!                 promised  in the table                           owners
//!   parent  0x3   rw-u      rw-u ------------> frame a  "x"        1
//!
//!   fork: nothing is copied, nobody may write
//!   parent  0x3   rw-u      r--u -----+
//!                                     +------> frame a  "x"        2
//!   child   0x3   rw-u      r--u -----+
//!
//!   the child writes "y": page fault, a copy, and the write goes through
//!   parent  0x3   rw-u      r--u ------------> frame a  "x"        1      the next write takes it back
//!   child   0x3   rw-u      rw-u ------------> frame b  "y"        1
//! ```

use machine::prelude::*;

// ---- Step 1: counting owners ------------------------------------------------------------------------------------

/// How many owners each frame has.
#[derive(Debug)]
pub struct OwnerCounts {
    /// By number of the frame. How the counts are kept is yours: change it if you like.
    #[expect(dead_code, reason = "remove when the lab is solved")]
    counts: Vec<u64>,
}

impl FrameOwners for OwnerCounts {
    /// No frame of a machine with `frame_count` frames has an owner.
    ///
    /// # Your task (step 1)
    /// Five short functions. How large may a count become? A frame can be the page of many processes, and of many pages
    /// of each. Book: "Counting owners".
    fn new(frame_count: u64) -> Self {
        todo!("step 1: nobody owns any of {frame_count} frames")
    }

    /// A free frame for its first owner; full of junk. `None` when every frame is in use.
    ///
    /// # Your task (step 1)
    /// Where does a free frame come from, and what must be known of it from now on? Book: "Counting owners".
    fn allocate(&mut self, frames: &mut FrameAllocator) -> Option<Frame> {
        let _ = frames;
        todo!("step 1: a frame for its first owner")
    }

    /// One more owner of `frame`, which has one already.
    ///
    /// # Your task (step 1)
    /// Is anything asked of the allocator here? Book: "Counting owners".
    fn share(&mut self, frame: Frame) {
        todo!("step 1: one more owner of {frame:?}")
    }

    /// One owner of `frame` less. The last one gives it back to `frames`.
    ///
    /// # Your task (step 1)
    /// What goes wrong if the frame goes back one owner too early, and what if one too late? Book: "Counting owners".
    fn release(&mut self, frame: Frame, frames: &mut FrameAllocator) {
        let _ = frames;
        todo!("step 1: one owner of {frame:?} less")
    }

    /// Number of owners of `frame`; 0 if it came not from here or is free again.
    ///
    /// # Your task (step 1)
    /// Who will ask for this number, and to decide what? Book: "Counting owners".
    fn owners(&self, frame: Frame) -> u64 {
        todo!("step 1: how many own {frame:?}")
    }
}

// ---- Step 2: pages come and go ----------------------------------------------------------------------------------

/// The memory of one process, over any page table `T`.
#[derive(Debug)]
pub struct CowSpace<T> {
    /// What the MMU sees.
    table: T,
    /// What the program was promised, page by page. The table alone cannot tell a page that may not be written *yet*
    /// from one that may not be written at all.
    #[expect(dead_code, reason = "remove when the lab is solved")]
    pages: BTreeMap<Page, Promise>,
}

/// What the program was promised of one page.
#[derive(Clone, Copy, Debug)]
#[expect(dead_code, reason = "remove when the lab is solved")]
struct Promise {
    /// What it asked for; the table may grant less.
    rights: Rights,
    /// Who sees what is written.
    visibility: Visibility,
}

impl<T: SpaceTable> CowSpace<T> {
    /// The frame that `page`, which is in the table, lies in.
    #[expect(dead_code, reason = "remove when the lab is solved")]
    fn frame_of(&self, page: Page, system: &mut System<OwnerCounts>) -> Frame {
        match self.table.lookup(page, &mut system.memory) {
            PageState::InMemory(mapping) => mapping.frame,
            state => panic!("{page:?} should be in the table, which says: {state}"),
        }
    }

    /// The program may not do this at `address`.
    #[expect(dead_code, reason = "remove when the lab is solved")]
    fn refused<A>(address: VirtAddr) -> Result<A, SpaceError> {
        Err(SpaceError::SegmentationFault { address })
    }
}

impl<T: SpaceTable> AddressSpace for CowSpace<T> {
    type Table = T;
    type Owners = OwnerCounts;

    /// A space without pages. On an error nothing stays allocated.
    ///
    /// # Errors
    /// [`SpaceError::OutOfFrames`] if there is no frame for its table.
    fn new(system: &mut System<OwnerCounts>) -> Result<Self, SpaceError> {
        let table = T::new(system.paging, &mut system.memory, &mut system.frames)?;
        Ok(Self { table, pages: BTreeMap::new() })
    }

    /// The table that the MMU walks while the process runs.
    fn table(&self) -> &T {
        &self.table
    }

    /// Promises that `page` is there, zero at first, and allows what `rights` say.
    ///
    /// A private page lies in the zero frame, where nobody may write whatever was promised; it is an owner more of it. A
    /// shared page takes a frame of its own and zeroes it. On an error nothing has changed: no frame, no count.
    ///
    /// # Errors
    /// [`SpaceError::AlreadyMapped`] before any other; [`SpaceError::OutOfRange`] if the table has no place for the page;
    /// [`SpaceError::OutOfFrames`]. Where both of these are true, either. What the table's `map` says becomes one of these
    /// by `?` or `into()`.
    ///
    /// # Your task (step 2)
    /// Find the frame, then the rights that the table may grant. The table may have no frame left for itself: whose is
    /// the page's frame then? Book: "A page costs nothing". Tools: [`System::zero_frame`], [`Rights::read_only`],
    /// [`PhysicalMemory::zero_frame`].
    fn map(
        &mut self,
        page: Page,
        rights: Rights,
        visibility: Visibility,
        system: &mut System<OwnerCounts>,
    ) -> Result<(), SpaceError> {
        let _ = system;
        todo!("step 2: promise {page:?} with {rights}, {visibility:?}")
    }

    /// Takes `page` away: its frame has an owner less, and the TLB must not know the page any more.
    ///
    /// # Errors
    /// [`SpaceError::NotMapped`].
    ///
    /// # Your task (step 2)
    /// Who may still be using the frame? And where may the translation still stand, now that it is out of the table?
    /// Book: "What the TLB still knows". Tool: `system.tlb`.
    fn unmap(&mut self, page: Page, system: &mut System<OwnerCounts>) -> Result<(), SpaceError> {
        let _ = system;
        todo!("step 2: take {page:?} away")
    }

    // ---- Step 3: the end of a program ---------------------------------------------------------------------------

    /// Takes all pages away, shared ones too, because the process begins another program. The space stays.
    ///
    /// # Your task (step 3)
    /// What would the new program read, where the old one had a page, if the TLB were not told? Book: "The end of a
    /// program".
    fn exec(&mut self, system: &mut System<OwnerCounts>) {
        let _ = system;
        todo!("step 3: take all pages away")
    }

    /// Ends the space: its pages and its table are gone, and every frame that nobody else owns is free.
    ///
    /// # Your task (step 3)
    /// Frames hold pages, and frames hold tables. Who gives back which? Book: "The end of a program". Tool:
    /// [`SpaceTable::free_tables`].
    fn exit(self, system: &mut System<OwnerCounts>) {
        let _ = system;
        todo!("step 3: end the space")
    }

    // ---- Step 4: page faults ------------------------------------------------------------------------------------

    /// Answers a page fault of the process: afterwards the same access goes through, or it is an error.
    ///
    /// The fault's code says what the access was ([`ErrorCode::WRITE`], [`ErrorCode::USER`], [`ErrorCode::FETCH`]). A
    /// write that was promised is made possible, see [`make_writable`](Self::make_writable). A fault that needs no repair
    /// (any more) changes nothing.
    ///
    /// # Errors
    /// [`SpaceError::SegmentationFault`] with the address of the access, if its page is not there or was not promised to
    /// allow it; [`SpaceError::OutOfFrames`].
    ///
    /// # Your task (step 4)
    /// The table has refused the access. Who else must be asked, and what is it if both refuse? Book: "A fault that is
    /// no error". Tools: [`System::page_of`], [`ErrorCode::contains`].
    fn handle_fault(&mut self, fault: PageFault, system: &mut System<OwnerCounts>) -> Result<(), SpaceError> {
        let _ = system;
        todo!("step 4: answer the {fault}")
    }

    // ---- Step 5: fork -------------------------------------------------------------------------------------------

    /// A child with the same pages, promises and contents. No page is copied: every frame has an owner more.
    ///
    /// From now on no private page may be written in the table of this space or of the child, and the TLB has forgotten
    /// what it knew of this space. Shared pages stay as they are. On an error everything is as if nobody had called.
    ///
    /// # Errors
    /// [`SpaceError::OutOfFrames`] if there are not enough frames for the child's table.
    ///
    /// # Your task (step 5)
    /// Which of all this can fail, and can it come first? Why must the parent lose the right to write, though it was
    /// there before? And who knows nothing of the lost right, unless it is told? Book: "Fork".
    fn fork(&mut self, system: &mut System<OwnerCounts>) -> Result<Self, SpaceError> {
        let _ = system;
        todo!("step 5: make a child that shares every frame")
    }

    // ---- Step 6: other rights -----------------------------------------------------------------------------------

    /// Promises other rights for `page`. If they let it be written, it may be written in the table at once exactly if
    /// the page is shared or the only owner of its frame.
    ///
    /// # Errors
    /// [`SpaceError::NotMapped`].
    ///
    /// # Your task (step 6)
    /// The program asks for `rw-u` between a fork and its first write. What would happen if the table granted it? And
    /// when it takes a right away, who must be told? Book: "Promises change".
    fn protect(
        &mut self,
        page: Page,
        rights: Rights,
        system: &mut System<OwnerCounts>,
    ) -> Result<(), SpaceError> {
        let _ = system;
        todo!("step 6: promise {rights} for {page:?}")
    }

    // ---- Step 7: the kernel writes ------------------------------------------------------------------------------

    /// The kernel stores `words`, 8 bytes each, from `at` on (a multiple of 8), as if user code did. It writes to
    /// physical addresses: no MMU looks at rights, and none raises a fault.
    ///
    /// # Errors
    /// [`SpaceError::SegmentationFault`] with the address of the first word that user code may not write;
    /// [`SpaceError::OutOfFrames`]. The words before it are stored.
    ///
    /// # Your task (step 7)
    /// A store of the program would have faulted, and the fault would have copied the page. Who does that here? Words may
    /// lie on more than one page. Book: "The kernel writes". Tools: [`System::place_of`], [`PhysicalMemory::write_u64`].
    fn copy_out(
        &mut self,
        at: VirtAddr,
        words: &[u64],
        system: &mut System<OwnerCounts>,
    ) -> Result<(), SpaceError> {
        let _ = system;
        todo!("step 7: store {words:x?} from {at:?} on")
    }
}

// ---- What the steps share ---------------------------------------------------------------------------------------

impl<T: SpaceTable> CowSpace<T> {
    /// Makes `page`, which was promised to be writable, writable in the table. The content stays.
    ///
    /// If the page is private and its frame has other owners, it gets a frame of its own with the same content. If it is
    /// the only owner, or shared, it keeps its frame. On an error nothing has changed.
    ///
    /// # Errors
    /// [`SpaceError::OutOfFrames`] if a copy was needed and no frame was free.
    ///
    /// # Your task (step 4)
    /// This is copy-on-write; a fault (step 4) and the kernel (step 7) both end here. In which order do you take, copy,
    /// map and give back, so that an error can leave everything as it was? Book: "Copy, or take it back". Tools:
    /// [`PhysicalMemory::copy_frame`], [`FrameOwners::owners`].
    #[expect(dead_code, reason = "remove when the lab is solved")]
    fn make_writable(&mut self, page: Page, system: &mut System<OwnerCounts>) -> Result<(), SpaceError> {
        let _ = system;
        todo!("step 4: let {page:?} be written")
    }
}
