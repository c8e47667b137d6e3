//! A value that is never printed and does not outlive its use.

use std::fmt;

use zeroize::Zeroize;

/// Characters that are shown of one that has enough of them.
const HEAD: usize = 6;
const TAIL: usize = 4;
const MASKED_FROM: usize = 16;

/// Holds a secret: masked when formatted, overwritten when dropped. There is no `Serialize`, on purpose.
#[derive(Clone)]
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Every call is a place to look at in a review.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl Secret<String> {
    /// The first 6 and the last 4 characters, or nothing of a short one: `sk-pro…9f3a`. Makes no other copy.
    #[must_use]
    pub fn masked(&self) -> String {
        let ends = self.0.char_indices().nth(HEAD).zip(self.0.char_indices().nth_back(TAIL - 1));
        match ends.filter(|_| self.0.chars().count() >= MASKED_FROM) {
            Some(((head, _), (tail, _))) => format!("{}…{}", &self.0[..head], &self.0[tail..]),
            None => "…".to_owned(),
        }
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;

    /// Counts how often it is overwritten.
    #[derive(Clone)]
    struct Spy(Rc<Cell<usize>>);

    impl Zeroize for Spy {
        fn zeroize(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }

    #[test]
    fn every_copy_is_overwritten_when_it_is_dropped() {
        let count = Rc::new(Cell::new(0));
        let secret = Secret::new(Spy(Rc::clone(&count)));
        drop(secret.clone());
        assert_eq!(count.get(), 1);
        drop(secret);
        assert_eq!(count.get(), 2);
    }

    #[test]
    fn a_secret_is_shown_by_its_ends_or_not_at_all() {
        let masked = |text: &str| Secret::new(text.to_owned()).masked();
        assert_eq!(masked("sk-proj-01239f3a"), "sk-pro…9f3a");
        assert_eq!(masked("é".repeat(16).as_str()), "éééééé…éééé");
        assert_eq!((&*masked("sk-proj-0123456"), &*masked("")), ("…", "…"));
        assert_eq!(format!("{:?}", Secret::new("sk-1".to_owned())), "Secret(…)");
    }
}
