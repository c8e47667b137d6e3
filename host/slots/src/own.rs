//! A component that fills a slot by itself. It is made when it is needed and not held: most hosts never load most of
//! them. It must not know where it comes from.

use std::fmt;
use std::sync::{Arc, OnceLock};

use patchbay_types::{Digest, Grants};

/// Cheap to clone.
#[derive(Clone)]
pub struct Own {
    asked: Grants,
    make: Arc<dyn Fn() -> Vec<u8> + Send + Sync>,
    digest: Arc<OnceLock<Digest>>,
}

impl Own {
    /// `asked` is what its manifest asks for, `make` gives the same bytes each time.
    pub fn new(asked: Grants, make: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self { asked, make: Arc::new(make), digest: Arc::default() }
    }

    /// The component, made anew.
    #[must_use]
    pub fn component(&self) -> Vec<u8> {
        (self.make)()
    }

    /// Of the component, which is made and hashed when this is asked for the first time.
    #[must_use]
    pub fn digest(&self) -> Digest {
        *self.digest.get_or_init(|| Digest::of(&self.component()))
    }

    /// What it gets.
    pub(crate) fn grants(&self, granted: &Grants) -> Grants {
        self.asked.with(granted)
    }
}

impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Own")
            .field("asked", &self.asked)
            .field("digest", &self.digest.get())
            .finish_non_exhaustive()
    }
}
