//! A pointer that is read without a lock and replaced whole.
//!
//! What is replaced is never freed by a reader: freeing a large policy takes long
//! enough to be felt by whoever happens to be the last one to read it. A thread
//! of its own waits until nobody else has it, and frees it there.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use arc_swap::ArcSwapOption;

/// The thread that frees what was replaced.
const REAPER: &str = "reaper";
/// How often it looks whether a reader has let go. Readers never hold on for long.
const LOOK: Duration = Duration::from_millis(5);

/// The pointer. `None` until it is first set.
#[derive(Debug)]
pub(super) struct Cell<T> {
    current: ArcSwapOption<T>,
    /// Where what was replaced goes; `None` if there can be no thread. The thread
    /// begins with the first replacement and ends with the cell.
    reaper: OnceLock<Option<Sender<Arc<T>>>>,
}

impl<T> Default for Cell<T> {
    fn default() -> Self {
        Self { current: ArcSwapOption::empty(), reaper: OnceLock::new() }
    }
}

impl<T: Send + Sync + 'static> Cell<T> {
    /// Lends what is there to `f`; `None` before there is anything.
    pub(super) fn read<R>(&self, f: impl FnOnce(&T) -> R) -> Option<R> {
        // Not `load_full`: that bumps a count every core would fight over.
        self.current.load().as_deref().map(f)
    }

    /// Replaces what is there.
    pub(super) fn replace(&self, next: T) {
        let Some(replaced) = self.current.swap(Some(Arc::new(next))) else { return };
        if let Some(reaper) = self.reaper.get_or_init(spawn) {
            // The thread ends only after the cell. If it were gone all the same, this
            // would free it here, which is slow and not wrong.
            let _ = reaper.send(replaced);
        }
    }
}

/// Starts the thread that frees.
fn spawn<T: Send + Sync + 'static>() -> Option<Sender<Arc<T>>> {
    let (sender, receiver) = channel();
    let reaper = thread::Builder::new().name(REAPER.to_owned());
    reaper.spawn(move || reap(&receiver)).ok().map(|_| sender)
}

/// Frees what arrives, each as soon as nobody else has it.
fn reap<T>(replaced: &Receiver<Arc<T>>) {
    let mut held: Vec<Arc<T>> = Vec::new();
    loop {
        let arrived = if held.is_empty() {
            replaced.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            replaced.recv_timeout(LOOK)
        };
        match arrived {
            Ok(arrived) => held.push(arrived),
            Err(RecvTimeoutError::Timeout) => {}
            // Without its cell nobody can be reading any more.
            Err(RecvTimeoutError::Disconnected) => return,
        }
        // Nobody can take it up again, so a count of one stays one.
        held.retain(|one| Arc::strong_count(one) > 1);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    /// Tells on which thread it was freed.
    struct Told(u32, Sender<(u32, String)>);

    impl Drop for Told {
        fn drop(&mut self) {
            let thread = thread::current().name().unwrap_or_default().to_owned();
            // The test may be over.
            let _ = self.1.send((self.0, thread));
        }
    }

    const BOUND: Duration = Duration::from_secs(10);

    #[test]
    fn f40_what_is_replaced_is_never_freed_by_its_last_reader() {
        let (freed, heard) = channel();
        let cell = Cell::default();
        assert!(cell.read(|_: &Told| ()).is_none());
        cell.replace(Told(1, freed.clone()));
        let (reading, replaced) = (Barrier::new(2), Barrier::new(2));
        thread::scope(|scope| {
            let reader = scope.spawn(|| {
                cell.read(|told| {
                    reading.wait();
                    replaced.wait();
                    // Still whole, although replaced.
                    told.0
                })
            });
            reading.wait();
            cell.replace(Told(2, freed.clone()));
            assert_eq!(cell.read(|told| told.0), Some(2));
            assert!(heard.try_recv().is_err(), "freed under its reader");
            replaced.wait();
            assert_eq!(reader.join().unwrap(), Some(1));
        });
        assert_eq!(heard.recv_timeout(BOUND).unwrap(), (1, REAPER.to_owned()));
    }

    #[test]
    fn f40_a_slow_reader_does_not_hold_up_the_others() {
        let (freed, heard) = channel();
        let cell = Cell::default();
        for version in 1..=50 {
            cell.replace(Told(version, freed.clone()));
        }
        cell.read(|_| {
            cell.replace(Told(51, freed.clone()));
            for version in 1..50 {
                assert_eq!(heard.recv_timeout(BOUND).unwrap(), (version, REAPER.to_owned()));
            }
        });
        assert_eq!(heard.recv_timeout(BOUND).unwrap(), (50, REAPER.to_owned()));
    }
}
