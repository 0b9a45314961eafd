//! Imports of everything that may come in handy.
#![allow(unused_imports)]
use core::any::Any;
use core::cmp::{max, min, Ordering, Reverse};
use core::convert::TryFrom;
use core::hint::black_box;
use core::iter::{self, FromIterator, Peekable};
use core::marker::PhantomData;
use core::mem::{replace, size_of, swap, take};
use core::num::{NonZeroU64, Wrapping};
use core::ops::{ControlFlow, Deref, DerefMut, RangeInclusive};
use core::{array, char, fmt, slice, str, u64};
use machine::prelude::*;
use machine::*;

/// Swaps and takes.
pub fn shuffle(a: &mut Vec<u64>, b: &mut Vec<u64>) -> usize {
    swap(a, b);
    black_box(take(a).len()) + size_of::<NonZeroU64>() + max(1, min(2, replace(b, vec![]).len()))
}
