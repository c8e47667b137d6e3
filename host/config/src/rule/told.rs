//! A value as it is told: in JSON, and as it may be written in the file. It must not know any key.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use patchbay_types::Bytes;
use serde_json::{Map, Value};

use super::{KIB, LogFormat, LogLevel, RoutingPolicy, Spoken, WhenExhausted};

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

as_word!(LogFormat LogLevel RoutingPolicy WhenExhausted);
