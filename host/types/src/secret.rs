//! A value that is never printed and does not outlive its use.

use std::fmt;

use zeroize::Zeroize;

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
    /// The first 6 and the last 4 characters, or nothing of a short one: `sk-pro…9f3a`.
    #[must_use]
    pub fn masked(&self) -> String {
        let characters: Vec<char> = self.0.chars().collect();
        if characters.len() < 16 {
            return "…".to_owned();
        }
        let (head, tail) = (&characters[..6], &characters[characters.len() - 4..]);
        format!("{}…{}", head.iter().collect::<String>(), tail.iter().collect::<String>())
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
