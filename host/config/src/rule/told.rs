//! A value as it is told: in JSON, and as it may be written in the file. It must not know any key.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use patchbay_types::{Bytes, HttpGrant, NanoUsd, Tokens};
use serde_json::{Map, Value};

use super::{ApproveAbove, KIB, LogFormat, LogLevel, RoutingPolicy, Spoken, WhenExhausted};
use crate::ClosedHours;

/// Has a form that the rule of its key reads again.
pub(crate) trait Told {
    fn told(&self) -> Value;
}

impl Told for SocketAddr {
    fn told(&self) -> Value {
        Value::from(self.to_string())
    }
}

impl Told for Duration {
    fn told(&self) -> Value {
        Value::from(Spoken(*self).to_string())
    }
}

impl Told for Bytes {
    fn told(&self) -> Value {
        match self.0.is_multiple_of(KIB) {
            true => Value::from(Spoken(*self).to_string()),
            false => Value::from(self.0),
        }
    }
}

impl Told for PathBuf {
    fn told(&self) -> Value {
        Value::from(self.to_string_lossy())
    }
}

impl Told for Map<String, Value> {
    fn told(&self) -> Value {
        Value::Object(self.clone())
    }
}

impl Told for Tokens {
    fn told(&self) -> Value {
        Value::from(self.0)
    }
}

/// As a number has 15 decimals, and money here at most 10 before and 9 after the point, some of the last may be lost
/// above a million dollars.
impl Told for NanoUsd {
    #[allow(clippy::cast_precision_loss, reason = "said above")]
    fn told(&self) -> Value {
        Value::from(self.0 as f64 / NanoUsd::PER_USD as f64)
    }
}

impl Told for Vec<ClosedHours> {
    fn told(&self) -> Value {
        self.iter().map(ClosedHours::as_str).collect()
    }
}

impl Told for Vec<HttpGrant> {
    fn told(&self) -> Value {
        let one = |grant: &HttpGrant| match grant {
            HttpGrant::Origin(origin) => Value::from(origin.as_str()),
            HttpGrant::Detailed { origin, private } => {
                serde_json::json!({ "origin": origin, "private": private })
            }
        };
        self.iter().map(one).collect()
    }
}

macro_rules! as_it_is {
    ($($type:ty)+) => { $(
        impl Told for $type {
            fn told(&self) -> Value {
                Value::from(self.clone())
            }
        }
    )+ };
}

as_it_is!(bool u32 usize f64 String Vec<String>);

macro_rules! as_word {
    ($($type:ty)+) => { $(
        impl Told for $type {
            fn told(&self) -> Value {
                Value::from(self.as_str())
            }
        }
    )+ };
}

as_word!(ApproveAbove LogFormat LogLevel RoutingPolicy WhenExhausted);
