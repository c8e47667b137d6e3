//! Which process: a number that the kernel gives again, and the moment it started, which makes the two unique. It must
//! not know who started it.

use std::fs;

use rustix::process::{Pid, kill_process_group};

/// A process that leads a group of its own. Both numbers can be kept and looked at by a later host, until the machine
/// starts anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Identity {
    pub pid: u32,
    /// Since the machine started, in the kernel's clock ticks.
    pub start_ticks: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signal {
    /// Asks: `SIGTERM`.
    Terminate,
    /// Forces: `SIGKILL`.
    Kill,
    /// As from the keyboard: `SIGINT`.
    Interrupt,
    /// The terminal is gone: `SIGHUP`.
    HangUp,
}

/// What `/proc/PID/stat` says of a process.
pub(crate) struct Stat {
    state: u8,
    pub(crate) group: u32,
    pub(crate) session: u32,
    start_ticks: u64,
}

impl Identity {
    /// Of this process; zero ticks where the system does not say.
    #[must_use]
    pub fn own() -> Self {
        let pid = std::process::id();
        Self::of(pid).unwrap_or(Self { pid, start_ticks: 0 })
    }

    /// Of the process that has this number now.
    pub(crate) fn of(pid: u32) -> Option<Self> {
        Some(Self { pid, start_ticks: Stat::of(pid)?.start_ticks })
    }

    /// Whether this very process runs. One that has ended and was not yet asked for its status does not.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.stat().is_some_and(|stat| stat.runs())
    }

    /// Signals its whole group; whether anybody was there. While the process can be seen, also after its end, its
    /// number is not given again, so nobody else is met.
    pub fn signal_group(&self, signal: Signal) -> bool {
        let leads = self.stat().is_some_and(|stat| stat.group == self.pid);
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        match pid {
            Some(pid) if leads => kill_process_group(pid, signal.into()).is_ok(),
            _ => false,
        }
    }

    fn stat(&self) -> Option<Stat> {
        Stat::of(self.pid).filter(|stat| stat.start_ticks == self.start_ticks)
    }
}

impl Signal {
    /// As the system counts.
    #[must_use]
    pub fn number(self) -> i32 {
        rustix::process::Signal::from(self).as_raw()
    }
}

impl From<Signal> for rustix::process::Signal {
    fn from(signal: Signal) -> Self {
        match signal {
            Signal::Terminate => Self::TERM,
            Signal::Kill => Self::KILL,
            Signal::Interrupt => Self::INT,
            Signal::HangUp => Self::HUP,
        }
    }
}

impl Stat {
    pub(crate) fn of(pid: u32) -> Option<Self> {
        Self::parse(&fs::read(format!("/proc/{pid}/stat")).ok()?)
    }

    /// The second field is the program's name in parentheses, in which anything may stand, so counting begins after
    /// the last one: state is field 3, group field 5, session field 6, start
    /// field 22.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let (_, after) = text.rsplit_once(") ")?;
        let field = |number: usize| after.split_ascii_whitespace().nth(number - 3);
        let state = *field(3)?.as_bytes().first()?;
        let (group, session) = (field(5)?.parse().ok()?, field(6)?.parse().ok()?);
        Some(Self { state, group, session, start_ticks: field(22)?.parse().ok()? })
    }

    /// Neither a zombie nor dead.
    pub(crate) fn runs(&self) -> bool {
        !matches!(self.state, b'Z' | b'X' | b'x')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_shift_the_fields() {
        let text = b"77 (a ) (b) S 1 70 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 991 20 21\n";
        let stat = Stat::parse(text).unwrap();
        assert_eq!((stat.group, stat.session, stat.start_ticks, stat.runs()), (70, 3, 991, true));
        assert!(Stat::parse(b"77 (a) S 1").is_none() && Stat::parse(b"").is_none());
    }

    #[test]
    fn the_same_number_with_another_start_is_another_process() {
        let this = Identity::of(std::process::id()).unwrap();
        assert!(this.is_alive());
        let other = Identity { start_ticks: this.start_ticks + 1, ..this };
        assert!(!other.is_alive() && !other.signal_group(Signal::Kill));
    }
}
