//! The faults of a provider: what it does, what may come of it, and what it had stated of its usage. They must not
//! know how a gateway finds out.

mod encoded;
mod framing;
mod reach;
mod status;
mod text;
mod transport;

use std::time::Duration;

use crate::script::Script;

/// A way in which a provider fails a request.
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    pub(crate) act: fn(&Scene<'_>) -> Act,
    /// Whether the provider has a name of its own for the model, so that it is mapped back. Not where the answer is
    /// compressed: then there is nothing to map in.
    pub(crate) renamed: bool,
}

/// What a fault is played in.
pub(crate) struct Scene<'a> {
    /// The provider's name of the model.
    pub(crate) model: &'a str,
    pub(crate) stream: bool,
    /// A URL that nobody may follow.
    pub(crate) elsewhere: &'a str,
}

/// Where the provider is to be found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    Open,
    /// Nobody listens.
    Refused,
    /// Its host has no address.
    Nameless,
    /// It is said to speak TLS and does not.
    PlainForTls,
    /// It is said to speak TLS and closes every connection.
    Slammed,
}

/// What may come of a fault. More than one where the client is served well either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Allowed {
    /// Another provider answers; if there is none, the client gets one JSON error.
    pub(crate) over: bool,
    /// The answer goes to the client as it is.
    pub(crate) whole: bool,
    /// What came before the fault goes to the client, then one error event.
    pub(crate) broken: bool,
}

/// A fault in one scene.
pub(crate) struct Act {
    pub(crate) place: Place,
    pub(crate) script: Script,
    pub(crate) allowed: Allowed,
    /// Whether the usage was stated before anything went wrong: then it is counted to the token.
    pub(crate) stated: bool,
    /// The provider has to rest for at least so long; zero: as the host is configured.
    pub(crate) rests: Option<Duration>,
}

impl Act {
    fn new(script: Script, allowed: Allowed) -> Self {
        Self { place: Place::Open, script, allowed, stated: false, rests: None }
    }

    /// The fault comes before the first byte for the client.
    fn over(script: Script) -> Self {
        Self::new(script, Allowed { over: true, ..Allowed::default() })
    }

    /// The answer is odd, and whole.
    fn whole(script: Script) -> Self {
        Self { stated: true, ..Self::new(script, Allowed { whole: true, ..Allowed::default() }) }
    }

    /// The fault comes after the first byte for the client.
    fn broken(script: Script) -> Self {
        Self::new(script, Allowed { broken: true, ..Allowed::default() })
    }

    fn or_over(mut self) -> Self {
        self.allowed.over = true;
        self
    }

    fn or_whole(mut self) -> Self {
        self.allowed.whole = true;
        self
    }

    fn unstated(self) -> Self {
        Self { stated: false, ..self }
    }

    fn stated(self) -> Self {
        Self { stated: true, ..self }
    }

    fn rests(self, at_least: Duration) -> Self {
        Self { rests: Some(at_least), ..self }
    }

    fn at(place: Place) -> Self {
        Self { place, ..Self::over(Script::default()) }
    }
}

const fn fault(name: &'static str, act: fn(&Scene<'_>) -> Act) -> Fault {
    Fault { name, act, renamed: true }
}

const fn compressed(name: &'static str, act: fn(&Scene<'_>) -> Act) -> Fault {
    Fault { name, act, renamed: false }
}

/// All of them, in the order in which they are told.
pub(crate) fn all() -> impl Iterator<Item = &'static Fault> {
    [
        &reach::FAULTS[..],
        &status::FAULTS,
        &transport::FAULTS,
        &text::FAULTS,
        &framing::FAULTS,
        &encoded::FAULTS,
    ]
    .into_iter()
    .flatten()
}
