//! What tasks, fences, fixes and problems are called. It must not know where they are kept.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A task's number: given once, in the order of creation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(pub u64);

/// A fix's number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FixId(pub u64);

/// Which holder of a lease is the latest: from one counter that only grows. 0: nobody held it yet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fence(pub u64);

/// What makes failures one problem, with the version of the rule that made it: `fp_v1:…`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub Arc<str>);

/// What people and programs call a task, unique: `TC-FLOW-001`. Letters and digits of any script, and `.`, `_`, `-`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskName(Arc<str>);

/// Why a text is not a task's name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "{found:?} is not a task name: expected 1 to {} bytes of letters, digits, `.`, `_` and `-`, with a letter or digit \
     first; what people shall read goes into `title`",
    TaskName::BYTES_MAX
)]
pub struct TaskNameError {
    found: String,
}

impl TaskName {
    pub const BYTES_MAX: usize = 128;

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of a task that belongs to this one: `FIX-TC-FLOW-001-002`. A long name is cut so that it fits.
    #[must_use]
    pub fn derived(&self, prefix: Derived, number: u32) -> Self {
        let (head, tail) = (prefix.as_str(), format!("-{number:03}"));
        let room = Self::BYTES_MAX.saturating_sub(head.len() + tail.len());
        let end = (0..=room.min(self.0.len())).rev().find(|end| self.0.is_char_boundary(*end)).unwrap_or(0);
        Self(format!("{head}{}{tail}", self.0.get(..end).unwrap_or_default()).into())
    }
}

/// What a derived name begins with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Derived {
    /// A task that mends another.
    Fix,
    /// A part of one.
    Sub,
}

impl Derived {
    fn as_str(self) -> &'static str {
        match self {
            Self::Fix => "FIX-",
            Self::Sub => "SUB-",
        }
    }
}

impl FromStr for TaskName {
    type Err = TaskNameError;

    fn from_str(text: &str) -> Result<Self, TaskNameError> {
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
        let fits = (1..=Self::BYTES_MAX).contains(&text.len())
            && text.chars().all(allowed)
            && text.chars().next().is_some_and(char::is_alphanumeric);
        if fits {
            Ok(Self(text.into()))
        } else {
            Err(TaskNameError { found: text.chars().take(200).collect() })
        }
    }
}

impl fmt::Display for TaskName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TaskName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for FixId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for TaskName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for TaskName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_be_in_any_script_and_has_no_spaces() {
        for good in ["TC-FLOW-001", "a", "登录流程-001", "1.2_3"] {
            assert!(good.parse::<TaskName>().is_ok(), "{good:?} was refused");
        }
        for wrong in ["", "-a", "a b", "a/b", "\n", &"x".repeat(129)] {
            assert!(wrong.parse::<TaskName>().is_err(), "{wrong:?} was taken");
        }
    }

    #[test]
    fn a_derived_name_is_a_name_however_long_the_first_is() {
        let name: TaskName = "流".repeat(42).parse().unwrap();
        let fix = name.derived(Derived::Fix, 7);
        assert!(fix.as_str().starts_with("FIX-流") && fix.as_str().ends_with("-007"));
        assert_eq!(fix.as_str().parse(), Ok(fix.clone()));
        let short: TaskName = "TC-FLOW-001".parse().unwrap();
        assert_eq!(short.derived(Derived::Fix, 2).as_str(), "FIX-TC-FLOW-001-002");
    }
}
