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
    // begin solution (step 1): #[expect(dead_code, reason = "remove when the lab is solved")]
    // end solution
    counts: Vec<u64>,
}

impl FrameOwners for OwnerCounts {
    /// No frame of a machine with `frame_count` frames has an owner.
    ///
    /// # Your task (step 1)
    /// Five short functions. How large may a count become? A frame can be the page of many processes, and of many pages
    /// of each. Book: "Counting owners".
    fn new(frame_count: u64) -> Self {
        // begin solution (step 1): todo!("step 1: nobody owns any of {frame_count} frames")
        Self { counts: vec![0; frame_count as usize] }
        // end solution
    }

    /// A free frame for its first owner; full of junk. `None` when every frame is in use.
    ///
    /// # Your task (step 1)
    /// Where does a free frame come from, and what must be known of it from now on? Book: "Counting owners".
    fn allocate(&mut self, frames: &mut FrameAllocator) -> Option<Frame> {
        // begin solution (step 1): let _ = frames;
        //| todo!("step 1: a frame for its first owner")
        let frame = frames.allocate()?;
        self.counts[frame.number() as usize] = 1;
        Some(frame)
        // end solution
    }

    /// One more owner of `frame`, which has one already.
    ///
    /// # Your task (step 1)
    /// Is anything asked of the allocator here? Book: "Counting owners".
    fn share(&mut self, frame: Frame) {
        // begin solution (step 1): todo!("step 1: one more owner of {frame:?}")
        self.counts[frame.number() as usize] += 1;
        // end solution
    }

    /// One owner of `frame` less. The last one gives it back to `frames`.
    ///
    /// # Your task (step 1)
    /// What goes wrong if the frame goes back one owner too early, and what if one too late? Book: "Counting owners".
    fn release(&mut self, frame: Frame, frames: &mut FrameAllocator) {
        // begin solution (step 1): let _ = frames;
        //| todo!("step 1: one owner of {frame:?} less")
        let count = &mut self.counts[frame.number() as usize];
        *count -= 1;
        if *count == 0 {
            frames.free(frame);
        }
        // end solution
    }

    /// Number of owners of `frame`; 0 if it came not from here or is free again.
    ///
    /// # Your task (step 1)
    /// Who will ask for this number, and to decide what? Book: "Counting owners".
    fn owners(&self, frame: Frame) -> u64 {
        // begin solution (step 1): todo!("step 1: how many own {frame:?}")
        self.counts[frame.number() as usize]
        // end solution
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
    // begin solution (step 2): #[expect(dead_code, reason = "remove when the lab is solved")]
    // end solution
    pages: BTreeMap<Page, Promise>,
}

/// What the program was promised of one page.
#[derive(Clone, Copy, Debug)]
// begin solution (step 2): #[expect(dead_code, reason = "remove when the lab is solved")]
// end solution
struct Promise {
    /// What it asked for; the table may grant less.
    rights: Rights,
    /// Who sees what is written.
    visibility: Visibility,
}

impl<T: SpaceTable> CowSpace<T> {
    /// The frame that `page`, which is in the table, lies in.
    // begin solution (step 2): #[expect(dead_code, reason = "remove when the lab is solved")]
    // end solution
    fn frame_of(&self, page: Page, system: &mut System<OwnerCounts>) -> Frame {
        match self.table.lookup(page, &mut system.memory) {
            PageState::InMemory(mapping) => mapping.frame,
            state => panic!("{page:?} should be in the table, which says: {state}"),
        }
    }

    /// The program may not do this at `address`.
    // begin solution (step 4): #[expect(dead_code, reason = "remove when the lab is solved")]
    // end solution
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
        // begin solution (step 2): let _ = system;
        //| todo!("step 2: promise {page:?} with {rights}, {visibility:?}")
        if self.pages.contains_key(&page) {
            return Err(SpaceError::AlreadyMapped { page });
        }
        let (frame, granted) = match visibility {
            Visibility::Private => {
                system.owners.share(system.zero_frame());
                (system.zero_frame(), rights.read_only())
            }
            Visibility::Shared => {
                let frame = system.owners.allocate(&mut system.frames).ok_or(SpaceError::OutOfFrames)?;
                system.memory.zero_frame(frame);
                (frame, rights)
            }
        };
        if let Err(error) = self.table.map(page, frame, granted, &mut system.memory, &mut system.frames) {
            system.owners.release(frame, &mut system.frames);
            return Err(error.into());
        }
        self.pages.insert(page, Promise { rights, visibility });
        Ok(())
        // end solution
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
        // begin solution (step 2): let _ = system;
        //| todo!("step 2: take {page:?} away")
        self.pages.remove(&page).ok_or(SpaceError::NotMapped { page })?;
        let frame = self.frame_of(page, system);
        self.table.unmap(page, &mut system.memory, &mut system.frames).expect("the page is in the table");
        system.owners.release(frame, &mut system.frames);
        system.tlb.flush_page(page);
        Ok(())
        // end solution
    }

    // ---- Step 3: the end of a program ---------------------------------------------------------------------------

    /// Takes all pages away, shared ones too, because the process begins another program. The space stays.
    ///
    /// # Your task (step 3)
    /// What would the new program read, where the old one had a page, if the TLB were not told? Book: "The end of a
    /// program".
    fn exec(&mut self, system: &mut System<OwnerCounts>) {
        // begin solution (step 3): let _ = system;
        //| todo!("step 3: take all pages away")
        while let Some((&page, _)) = self.pages.first_key_value() {
            self.unmap(page, system).expect("the page is there");
        }
        // end solution
    }

    /// Ends the space: its pages and its table are gone, and every frame that nobody else owns is free.
    ///
    /// # Your task (step 3)
    /// Frames hold pages, and frames hold tables. Who gives back which? Book: "The end of a program". Tool:
    /// [`SpaceTable::free_tables`].
    fn exit(self, system: &mut System<OwnerCounts>) {
        // begin solution (step 3): let _ = system;
        //| todo!("step 3: end the space")
        let mut space = self;
        space.exec(system);
        space.table.free_tables(&mut system.memory, &mut system.frames);
        // end solution
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
        // begin solution (step 4): let _ = system;
        //| todo!("step 4: answer the {fault}")
        let page = self.allowed(fault.address(), fault.code(), system)?;
        if fault.code().contains(ErrorCode::WRITE) { self.make_writable(page, system) } else { Ok(()) }
        // end solution
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
        // begin solution (step 5): let _ = system;
        //| todo!("step 5: make a child that shares every frame")
        let mut child = Self::new(system)?;
        for (&page, &promise) in &self.pages {
            let frame = self.frame_of(page, system);
            if let Err(error) = child.adopt(page, frame, promise, system) {
                child.exit(system);
                return Err(error);
            }
        }
        // Nothing can fail from here on, so the parent need never be put back.
        for (&page, promise) in &self.pages {
            self.table
                .protect(page, promise.while_shared(), &mut system.memory)
                .expect("the page is in the table");
        }
        system.tlb.flush_space();
        Ok(child)
        // end solution
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
        // begin solution (step 6): let _ = system;
        //| todo!("step 6: promise {rights} for {page:?}")
        let promise = self.pages.get_mut(&page).ok_or(SpaceError::NotMapped { page })?;
        promise.rights = rights;
        let promise = *promise;
        let frame = self.frame_of(page, system);
        let is_alone = system.owners.owners(frame) == 1;
        let granted = if is_alone { rights } else { promise.while_shared() };
        self.table.protect(page, granted, &mut system.memory).expect("the page is in the table");
        system.tlb.flush_page(page);
        Ok(())
        // end solution
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
        // begin solution (step 7): let _ = system;
        //| todo!("step 7: store {words:x?} from {at:?} on")
        let user_write = ErrorCode::USER.with(ErrorCode::WRITE);
        for (index, &word) in (0..).zip(words) {
            let va = VirtAddr::new(at.as_u64() + 8 * index);
            let page = self.allowed(va, user_write, system)?;
            self.make_writable(page, system)?;
            let frame = self.frame_of(page, system);
            system.memory.write_u64(system.place_of(va, frame), word);
        }
        Ok(())
        // end solution
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
    // begin solution (step 4): #[expect(dead_code, reason = "remove when the lab is solved")]
    // end solution
    fn make_writable(&mut self, page: Page, system: &mut System<OwnerCounts>) -> Result<(), SpaceError> {
        // begin solution (step 4): let _ = system;
        //| todo!("step 4: let {page:?} be written")
        let promise = self.pages[&page];
        let frame = self.frame_of(page, system);
        if promise.visibility == Visibility::Private && system.owners.owners(frame) > 1 {
            let own = system.owners.allocate(&mut system.frames).ok_or(SpaceError::OutOfFrames)?;
            system.memory.copy_frame(frame, own);
            let (memory, frames) = (&mut system.memory, &mut system.frames);
            self.table.unmap(page, memory, frames).expect("the page is in the table");
            // The table had a place for the page a moment ago, so it has one now.
            self.table.map(page, own, promise.rights, memory, frames)?;
            system.owners.release(frame, frames);
        } else {
            self.table.protect(page, promise.rights, &mut system.memory).expect("the page is in the table");
        }
        system.tlb.flush_page(page);
        Ok(())
        // end solution
    }
    // begin solution (step 4):

    /// The page of `address`, if the program was promised that an access with this error code goes through.
    fn allowed(
        &self,
        address: VirtAddr,
        code: ErrorCode,
        system: &System<OwnerCounts>,
    ) -> Result<Page, SpaceError> {
        let page = system.page_of(address);
        let Some(promise) = self.pages.get(&page) else { return Self::refused(address) };
        let refused = (code.contains(ErrorCode::WRITE) && !promise.rights.can_write())
            || (code.contains(ErrorCode::USER) && !promise.rights.is_user())
            || (code.contains(ErrorCode::FETCH) && !promise.rights.can_execute());
        if refused { Self::refused(address) } else { Ok(page) }
    }
    // end solution
    // begin solution (step 5):

    /// Takes over `page` from the parent, in the same frame. On an error nothing has changed.
    fn adopt(
        &mut self,
        page: Page,
        frame: Frame,
        promise: Promise,
        system: &mut System<OwnerCounts>,
    ) -> Result<(), SpaceError> {
        let granted = promise.while_shared();
        self.table.map(page, frame, granted, &mut system.memory, &mut system.frames)?;
        system.owners.share(frame);
        self.pages.insert(page, promise);
        Ok(())
    }
    // end solution
}
// begin solution (step 5):

impl Promise {
    /// What the table may grant while the frame has other owners.
    fn while_shared(&self) -> Rights {
        match self.visibility {
            Visibility::Private => self.rights.read_only(),
            Visibility::Shared => self.rights,
        }
    }
}
// end solution
