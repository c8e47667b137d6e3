//! A second process that outlives the first, and then ends what the first has started: `kill -9` leaves the first no time
//! for it. It must not know what was started.
//!
//! The two hold the ends of one pipe, which closes when the first is gone, however it ended.

use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::time::sleep;

use crate::mark::{MARK_VARIABLE, Mark};

/// What is said when nothing is left to end.
const DISMISSED: u8 = b'.';
/// Looks whether the first process is gone, once its pipe is closed, and how far apart.
const LOOKS_MAX: usize = 500;
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A guard of this process. It is on duty until it is dismissed, or this process is gone.
pub struct Guard(Child);

impl Guard {
    /// Starts `program` with these arguments and the mark of this process as the last one; it has to call
    /// [`stand_guard`].
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(program: &Path, arguments: &[&str]) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.args(arguments).arg(Mark::own().to_string());
        // It belongs to nobody: neither to who started this process nor to the group that a terminal signals.
        command.env_remove(MARK_VARIABLE).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Self(command.spawn()?))
    }

    /// Nothing is left to end.
    pub fn dismiss(mut self) {
        if let Some(pipe) = self.0.stdin.as_mut() {
            // One that is gone already needs no word.
            let _ = pipe.write_all(&[DISMISSED]);
        }
    }
}

/// Waits at the other end of the pipe, which is `pipe`, and if it was not dismissed forces all to end that bears the mark.
/// Blocks its thread until then. Returns how many there were, and how many do not end; none if it was dismissed.
pub async fn stand_guard(mark: Mark, pipe: &mut impl Read) -> Option<(usize, usize)> {
    if is_dismissed(pipe) {
        return None;
    }
    for _ in 0..LOOKS_MAX {
        if !mark.is_alive() {
            return Some(mark.end_all().await);
        }
        sleep(LOOK_EVERY).await;
    }
    // It has let go of its guard and lives on.
    None
}

fn is_dismissed(pipe: &mut impl Read) -> bool {
    let mut word = [0];
    loop {
        match pipe.read(&mut word) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return matches!(read, Ok(1)) && word == [DISMISSED],
        }
    }
}

#[cfg(test)]
mod tests;
