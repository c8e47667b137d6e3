//! The routing-policy world, in the latest contract's types. What is asked is lent; as values it is an
//! [`Input`](crate::exchange::Input).

pub use crate::contract::latest::{Decision, Exhausted};
pub use crate::contract::lent::{Candidate, RequestFacts};

/// Every index names a candidate, and none is named twice.
///
/// # Errors
/// Which does not.
pub(crate) fn check(decision: &Decision, candidates: usize) -> Result<(), String> {
    let mut seen = vec![false; candidates];
    for &index in &decision.order {
        match seen.get_mut(index as usize) {
            Some(seen @ false) => *seen = true,
            Some(_) => return Err(format!("index {index} stands there twice")),
            None => return Err(format!("index {index} is out of range: there are {candidates} candidates")),
        }
    }
    Ok(())
}
