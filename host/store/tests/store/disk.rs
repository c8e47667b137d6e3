//! A disk in memory that can lose its power: of what was not synced, any sectors may survive, in any order, torn within
//! a write. It can fail a sync, and it can lie about one. There are two files on it, the store's and its journal.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use fastrand::Rng;
use redb::StorageBackend;

const SECTOR: usize = 512;

/// One of its files.
#[derive(Clone, Debug)]
pub(crate) struct Disk {
    state: Arc<Mutex<State>>,
    /// Which.
    file: usize,
}

#[derive(Debug)]
struct State {
    random: Rng,
    files: [Contents; 2],
    /// Writes and syncs until the power goes.
    power: Option<u64>,
    /// One sync in so many is answered but not done; none if zero.
    lies: u8,
    failing_syncs: u8,
    syncs: u64,
}

#[derive(Default, Debug)]
struct Contents {
    /// What a reader sees while there is power.
    live: Vec<u8>,
    /// What has reached the platter.
    durable: Vec<u8>,
    /// What has not.
    pending: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Length(usize),
    Write(usize, Vec<u8>),
}

impl Disk {
    pub(crate) fn new(seed: u64) -> Self {
        Self::holding(seed, Vec::new())
    }

    pub(crate) fn holding(seed: u64, bytes: Vec<u8>) -> Self {
        Self::of(seed, [bytes, Vec::new()])
    }

    fn of(seed: u64, files: [Vec<u8>; 2]) -> Self {
        let files = files.map(|bytes| Contents { durable: bytes.clone(), live: bytes, pending: Vec::new() });
        let random = Rng::with_seed(seed);
        let state = State { random, files, power: None, lies: 0, failing_syncs: 0, syncs: 0 };
        Self { state: Arc::new(Mutex::new(state)), file: 0 }
    }

    /// The other file on the same disk.
    pub(crate) fn journal(&self) -> Self {
        Self { state: self.state.clone(), file: 1 }
    }

    /// A sound disk with what a reader sees on this one: what a process that was killed leaves.
    pub(crate) fn copy(&self) -> Self {
        let state = self.state();
        Self::of(0, [0, 1].map(|file| state.files[file].live.clone()))
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.state().files[self.file].live.clone()
    }

    pub(crate) fn syncs(&self) -> u64 {
        self.state().syncs
    }

    /// From now on, one sync in `lies` is a lie.
    pub(crate) fn lie(&self, lies: u8) {
        self.state().lies = lies;
    }

    /// The next sync fails, and those after it work again.
    pub(crate) fn fail_next_sync(&self) {
        self.state().failing_syncs = 1;
    }

    /// The power goes after so many more writes and syncs.
    pub(crate) fn power_goes_after(&self, changes: u64) {
        self.state().power = Some(changes);
    }

    pub(crate) fn has_power(&self) -> bool {
        self.state().power != Some(0)
    }

    /// The same disk after the power has come back.
    pub(crate) fn after_power_loss(&self) -> Disk {
        let mut state = self.state();
        let survival = [0.0, 0.1, 0.5, 0.9, 1.0][state.random.usize(..5)];
        let files = [0, 1].map(|file| {
            let mut bytes = std::mem::take(&mut state.files[file].durable);
            for change in std::mem::take(&mut state.files[file].pending) {
                survive(&mut bytes, &change, || state.random.f64() < survival);
            }
            bytes
        });
        let disk = Disk::of(state.random.u64(..), files);
        disk.lie(state.lies);
        disk
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics with the disk in hand")
    }
}

impl State {
    fn spend(&mut self) -> io::Result<()> {
        match &mut self.power {
            Some(0) => Err(io::Error::other("the power is gone")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn change(&mut self, file: usize, change: Change) -> io::Result<()> {
        self.spend()?;
        survive(&mut self.files[file].live, &change, || true);
        self.files[file].pending.push(change);
        Ok(())
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state().files[self.file].live.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        let state = self.state();
        let bytes = state.files[self.file]
            .live
            .get(offset..offset + out.len())
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.state().change(self.file, Change::Length(usize::try_from(len).map_err(io::Error::other)?))
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.state();
        state.spend()?;
        state.syncs += 1;
        if state.failing_syncs > 0 {
            state.failing_syncs -= 1;
            return Err(io::Error::other("the disk could not sync"));
        }
        let lies = state.lies;
        if lies > 0 && state.random.u8(..lies) == 0 {
            return Ok(());
        }
        let file = &mut state.files[self.file];
        for change in std::mem::take(&mut file.pending) {
            survive(&mut file.durable, &change, || true);
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        self.state().change(self.file, Change::Write(offset, data.to_vec()))
    }
}

/// Makes of a change what `survives`, asked for each sector that it touches.
fn survive(bytes: &mut Vec<u8>, change: &Change, mut survives: impl FnMut() -> bool) {
    match change {
        Change::Length(length) => {
            if survives() {
                bytes.resize(*length, 0);
            }
        }
        Change::Write(offset, data) => {
            let mut from = 0;
            while from < data.len() {
                let position = offset + from;
                let to = data.len().min(from + SECTOR - position % SECTOR);
                if survives() {
                    let end = position + to - from;
                    bytes.resize(bytes.len().max(end), 0);
                    bytes[position..end].copy_from_slice(&data[from..to]);
                }
                from = to;
            }
        }
    }
}
