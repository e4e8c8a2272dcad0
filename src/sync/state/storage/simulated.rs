//! A disk that can be made to fail at any call, and to lose its power.
//!
//! What was not synced may be there or not after a loss of power, and a test can
//! look at every such disk. Calls are counted, so that a test can stop the world
//! at each in turn.
//!
//! Tests and fuzzing have it; a sidecar does not.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "whoever simulates a disk may panic")]
#![cfg_attr(not(test), expect(dead_code, reason = "fuzzing needs a disk that works, tests one that fails"))]

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard};

use super::{Storage, Stored};

/// A disk. A clone is the same disk.
#[derive(Clone, Debug, Default)]
pub(in crate::sync::state) struct Simulated(Arc<Mutex<World>>);

/// A file that is being written.
#[derive(Debug)]
pub(in crate::sync::state) struct SimulatedFile {
    disk: Simulated,
    inode: usize,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::sync::state) struct Fault {
    /// At which call, counted from 0.
    pub(in crate::sync::state) from: usize,
    /// How many calls.
    pub(in crate::sync::state) calls: usize,
    /// What it says.
    pub(in crate::sync::state) errno: i32,
    /// How much of a call is done before it fails.
    pub(in crate::sync::state) done: Done,
}

/// How much of a call is done that fails.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::sync::state) enum Done {
    Nothing,
    Half,
    All,
}

/// What becomes of bytes that were not synced.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::sync::state) enum Tail {
    Lost,
    Half,
    Kept,
    /// The file is as long as it was, and has zeros.
    Zeros,
}

#[derive(Debug, Default)]
struct World {
    inodes: Vec<Inode>,
    names: BTreeMap<String, usize>,
    /// The names on disk, and what has been done to names since.
    synced: BTreeMap<String, usize>,
    pending: Vec<Naming>,
    calls: usize,
    faults: Vec<Fault>,
    /// From this call on nothing is done any more.
    dead_from: Option<usize>,
}

#[derive(Clone, Debug, Default)]
struct Inode {
    bytes: Vec<u8>,
    synced: usize,
}

#[derive(Clone, Debug)]
enum Naming {
    Give(String, usize),
    Move(String, String, usize),
    Take(String),
}

impl Simulated {
    /// A disk with these files.
    pub(in crate::sync::state) fn of(files: BTreeMap<String, Vec<u8>>) -> Self {
        let mut world = World::default();
        for (name, bytes) in files {
            world.names.insert(name, world.inodes.len());
            world.inodes.push(Inode { synced: bytes.len(), bytes });
        }
        world.synced = world.names.clone();
        Self(Arc::new(Mutex::new(world)))
    }

    /// What can be read.
    pub(in crate::sync::state) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let world = self.world();
        world.names.iter().map(|(name, inode)| (name.clone(), world.inodes[*inode].bytes.clone())).collect()
    }

    /// How many calls there were.
    pub(in crate::sync::state) fn calls(&self) -> usize {
        self.world().calls
    }

    /// Something goes wrong, and nothing else does any more.
    pub(in crate::sync::state) fn fails(&self, fault: Option<Fault>) {
        self.world().faults = fault.into_iter().collect();
    }

    /// Nothing happens from a call on.
    pub(in crate::sync::state) fn dies_at(&self, call: usize) {
        self.world().dead_from = Some(call);
    }

    /// Every disk that could be found after the power was lost now.
    pub(in crate::sync::state) fn after_power_loss(&self) -> Vec<BTreeMap<String, Vec<u8>>> {
        let world = self.world();
        let pending = world.pending.len();
        // All subsets of a few changes of names; of many, all that lack one or have one.
        let chosen: Vec<Vec<bool>> = if pending <= 5 {
            (0..1_u32 << pending).map(|bits| (0..pending).map(|n| bits >> n & 1 == 1).collect()).collect()
        } else {
            let but_one = |one: usize, is: bool| (0..pending).map(|n| (n == one) == is).collect();
            (0..pending).flat_map(|one| [but_one(one, true), but_one(one, false)]).collect()
        };
        let mut found: Vec<BTreeMap<String, Vec<u8>>> = Vec::new();
        for chosen in chosen {
            let mut names = world.synced.clone();
            for (change, _) in world.pending.iter().zip(&chosen).filter(|(_, chosen)| **chosen) {
                change.apply(&mut names);
            }
            for tail in [Tail::Lost, Tail::Half, Tail::Kept, Tail::Zeros] {
                let files = names.iter().map(|(name, inode)| (name.clone(), world.inodes[*inode].left(tail)));
                let files = files.collect();
                if !found.contains(&files) {
                    found.push(files);
                }
            }
        }
        found
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }
}

impl World {
    /// Counts a call; how much of it is done, and whether it then fails.
    fn call(&mut self) -> (Done, io::Result<()>) {
        let call = self.calls;
        self.calls += 1;
        if self.dead_from.is_some_and(|from| call >= from) {
            return (Done::Nothing, Err(io::Error::from_raw_os_error(5)));
        }
        let hit = self.faults.iter().find(|fault| (fault.from..fault.from + fault.calls).contains(&call));
        hit.map_or((Done::All, Ok(())), |fault| (fault.done, Err(io::Error::from_raw_os_error(fault.errno))))
    }

    fn find(&self, name: &str) -> io::Result<usize> {
        self.names.get(name).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn name(&mut self, change: Naming) {
        change.apply(&mut self.names);
        self.pending.push(change);
    }
}

impl Naming {
    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Give(name, inode) => {
                names.insert(name.clone(), *inode);
            }
            Self::Move(from, to, inode) => {
                names.remove(from);
                names.insert(to.clone(), *inode);
            }
            Self::Take(name) => {
                names.remove(name);
            }
        }
    }
}

impl Inode {
    fn left(&self, tail: Tail) -> Vec<u8> {
        let synced = &self.bytes[..self.synced];
        let rest = &self.bytes[self.synced..];
        match tail {
            Tail::Lost => synced.to_vec(),
            Tail::Half => [synced, &rest[..rest.len() / 2]].concat(),
            Tail::Kept => self.bytes.clone(),
            Tail::Zeros => [synced, &vec![0; rest.len()]].concat(),
        }
    }
}

impl Storage for Simulated {
    type File = SimulatedFile;

    fn place(&self) -> String {
        "simulated".to_owned()
    }

    fn names(&self) -> io::Result<Vec<String>> {
        let mut world = self.world();
        world.call().1?;
        Ok(world.names.keys().cloned().collect())
    }

    fn create(&self, name: &str) -> io::Result<SimulatedFile> {
        let mut world = self.world();
        let (done, result) = world.call();
        if world.names.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let inode = world.inodes.len();
        if done == Done::All {
            world.inodes.push(Inode::default());
            world.name(Naming::Give(name.to_owned(), inode));
        }
        result.map(|()| SimulatedFile { disk: self.clone(), inode })
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Read>> {
        let mut world = self.world();
        world.call().1?;
        let inode = world.find(name)?;
        Ok(Box::new(Cursor::new(world.inodes[inode].bytes.clone())))
    }

    fn sync_file(&self, name: &str) -> io::Result<()> {
        let inode = self.world().find(name)?;
        SimulatedFile { disk: self.clone(), inode }.sync()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut world = self.world();
        let (done, result) = world.call();
        let inode = world.find(from)?;
        assert!(!world.names.contains_key(to), "{to} would be lost");
        if done == Done::All {
            world.name(Naming::Move(from.to_owned(), to.to_owned(), inode));
        }
        result
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut world = self.world();
        let (done, result) = world.call();
        world.find(name)?;
        if done == Done::All {
            world.name(Naming::Take(name.to_owned()));
        }
        result
    }

    fn sync(&self) -> io::Result<()> {
        let mut world = self.world();
        let (done, result) = world.call();
        if done == Done::All {
            world.synced = world.names.clone();
            world.pending.clear();
        }
        result
    }
}

impl Write for SimulatedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut world = self.disk.world();
        let (done, result) = world.call();
        let taken = match done {
            Done::Nothing => 0,
            Done::Half => bytes.len() / 2,
            Done::All => bytes.len(),
        };
        world.inodes[self.inode].bytes.extend(&bytes[..taken]);
        result.map(|()| taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stored for SimulatedFile {
    fn sync(&mut self) -> io::Result<()> {
        let mut world = self.disk.world();
        let (done, result) = world.call();
        let inode = &mut world.inodes[self.inode];
        match done {
            // What could not be written is dropped, as Linux does it.
            Done::Nothing => inode.bytes.truncate(inode.synced),
            Done::Half => inode.synced = inode.synced.midpoint(inode.bytes.len()),
            Done::All => inode.synced = inode.bytes.len(),
        }
        result
    }
}
