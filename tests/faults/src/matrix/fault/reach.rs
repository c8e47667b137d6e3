//! Providers that cannot be reached.

use super::{Act, Fault, Place, fault};

pub(super) const FAULTS: [Fault; 4] = [
    fault("refused", |_| Act::at(Place::Refused)),
    fault("DNS fails", |_| Act::at(Place::Nameless)),
    fault("TLS to a plain port", |_| Act::at(Place::PlainForTls)),
    fault("closed in the TLS handshake", |_| Act::at(Place::Slammed)),
];
