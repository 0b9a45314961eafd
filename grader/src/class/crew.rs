//! Workers that share the items of a list.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::ClassError;
use crate::fault::Fault;
use crate::workbench::cores;

/// Has `jobs` workers (as many as there are cores, if nobody says) do `work` on each of `items`. After an error nobody
/// begins another item; what is begun is brought to its end.
pub(super) fn share<T: Sync>(
    items: &[T],
    jobs: Option<usize>,
    work: impl Fn(&T) -> Result<(), ClassError> + Sync,
) -> Result<(), ClassError> {
    let next = AtomicUsize::new(0);
    let worker = || {
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            work(item).inspect_err(|_| next.store(items.len(), Ordering::Relaxed))?;
        }
        Ok(())
    };
    let jobs = jobs.unwrap_or_else(cores).clamp(1, items.len().max(1));
    let ended: Vec<Result<(), ClassError>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(worker)).collect();
        let stopped = |_| Err(Fault::Stopped("a class".to_owned()).into());
        workers.into_iter().map(|worker| worker.join().unwrap_or_else(stopped)).collect()
    });
    ended.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_done_once() {
        let items: Vec<AtomicUsize> = (0..100).map(|_| AtomicUsize::new(0)).collect();
        let work = |item: &AtomicUsize| {
            item.fetch_add(1, Ordering::Relaxed);
            Ok(())
        };
        share(&items, Some(4), work).unwrap();
        assert!(items.iter().all(|item| item.load(Ordering::Relaxed) == 1));
    }

    #[test]
    fn after_an_error_nobody_begins_another_item() {
        let begun = AtomicUsize::new(0);
        let work = |item: &usize| {
            begun.fetch_add(1, Ordering::Relaxed);
            if *item == 2 { Err(Fault::Stopped("two".to_owned()).into()) } else { Ok(()) }
        };
        let items: Vec<usize> = (0..100).collect();
        let error = share(&items, Some(1), work).unwrap_err();
        assert!(error.to_string().contains("two"));
        assert_eq!(begun.into_inner(), 3);
    }
}
