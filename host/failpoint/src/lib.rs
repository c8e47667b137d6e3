//! Named places where a test ends the process, fails a step or holds it. Without the feature `failpoints` each is
//! nothing, and no environment is read. It must not know what stands around a place.
//!
//! With it, `PATCHBAY_FAILPOINTS` says what happens where, and `PATCHBAY_FAILPOINT_HITS` names a file to which each
//! place adds its name, a line, when it is first passed: a place that no test passes proves nothing.

#[cfg(feature = "failpoints")]
mod armed;
#[cfg(feature = "failpoints")]
mod order;
mod points;

pub use points::POINTS;

/// Whether places are more than nothing, as this is built.
pub const IS_ARMED: bool = cfg!(feature = "failpoints");
/// What happens where: `NAME=ACTION`, several with `;` between. An action is `abort`, `error` or `pause:MILLISECONDS`;
/// `@N` behind it: at the Nth time alone, from 1.
pub const ORDERS_VARIABLE: &str = "PATCHBAY_FAILPOINTS";
/// The file that hears which places were passed.
pub const HITS_VARIABLE: &str = "PATCHBAY_FAILPOINT_HITS";

/// A place. Here the process can end as `kill -9` ends it, or be held.
#[cfg(feature = "failpoints")]
pub fn at(name: &str) {
    armed::pass(name);
}

/// A place that is one of several: its name is `name.part`.
#[cfg(feature = "failpoints")]
pub fn at_each(name: &str, part: &str) {
    armed::pass(&format!("{name}.{part}"));
}

/// A place that can fail as well: whether the caller has to return its error.
#[cfg(feature = "failpoints")]
#[must_use]
pub fn fails(name: &str) -> bool {
    armed::pass(name)
}

/// A place. Nothing, as this is built.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
pub const fn at(_: &str) {}

/// A place that is one of several. Nothing, as this is built.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
pub const fn at_each(_: &str, _: &str) {}

/// A place that could fail. It does not, as this is built.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
#[must_use]
pub const fn fails(_: &str) -> bool {
    false
}
