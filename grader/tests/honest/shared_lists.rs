//! Reference counts and cells.
extern crate alloc;

use alloc::rc::{Rc, Weak};
use core::cell::{Cell, RefCell};

/// A node.
#[derive(Debug, Default)]
pub struct Node {
    next: RefCell<Option<Rc<Node>>>,
    before: RefCell<Weak<Node>>,
    age: Cell<u64>,
}

/// Two in a ring.
pub fn pair() -> (Rc<Node>, u64) {
    let a = Rc::new(Node::default());
    let b = Rc::new(Node::default());
    *a.next.borrow_mut() = Some(Rc::clone(&b));
    *b.before.borrow_mut() = Rc::downgrade(&a);
    a.age.set(a.age.get() + 1);
    let age = b.before.borrow().upgrade().map_or(0, |a| a.age.get());
    (a, age)
}
