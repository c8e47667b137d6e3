//! How long a provider may take, where it is not the pool's rule. It must not know what is asked.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::PoolConfig;

/// None: the pool's. Written in milliseconds, as `connect_ms` and so on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timeouts {
    /// Resolving, TCP and TLS together.
    #[serde(rename = "connect_ms", with = "ms")]
    pub connect: Option<Duration>,
    /// Until the response headers of a stream.
    #[serde(rename = "first_byte_ms", with = "ms")]
    pub first_byte: Option<Duration>,
    /// Longest gap in a stream.
    #[serde(rename = "silence_ms", with = "ms")]
    pub silence: Option<Duration>,
    /// A whole answer that is not a stream.
    #[serde(rename = "total_ms", with = "ms")]
    pub total: Option<Duration>,
}

/// What holds for a request: the provider's, or else the pool's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Deadlines {
    pub connect: Duration,
    pub first_byte: Duration,
    pub silence: Duration,
    pub total: Duration,
}

impl Timeouts {
    pub(crate) fn over(&self, config: &PoolConfig) -> Deadlines {
        Deadlines {
            connect: self.connect.unwrap_or(config.connect_timeout),
            first_byte: self.first_byte.unwrap_or(config.first_byte_timeout),
            silence: self.silence.unwrap_or(config.silence),
            total: self.total.unwrap_or(config.total),
        }
    }

    /// By the name of the field, as it is written.
    pub(super) fn each(&self) -> [(&'static str, Option<Duration>); 4] {
        [
            ("connect_ms", self.connect),
            ("first_byte_ms", self.first_byte),
            ("silence_ms", self.silence),
            ("total_ms", self.total),
        ]
    }
}

mod ms {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[allow(clippy::ref_option, reason = "what serde hands over")]
    pub(super) fn serialize<S: Serializer>(
        span: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        span.map(|span| u64::try_from(span.as_millis()).unwrap_or(u64::MAX)).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(deserializer)?.map(Duration::from_millis))
    }
}
