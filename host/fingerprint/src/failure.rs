//! What is known about one failure. It must not know how it is read.

/// One failure, as its attempt left it.
#[derive(Clone, Copy, Default, Debug)]
pub struct Failure<'a> {
    /// A fingerprint that the skill gave itself; it goes before everything that is read from the text.
    pub explicit: Option<&'a str>,
    /// How it ended: `exit:137`, `signal:9`, `timeout`, `http:503`, or a word of the skill; may be empty.
    pub code: &'a str,
    /// What it said: a message, a trace, the end of a log. Of more than [`TEXT_BYTES_MAX`](crate::TEXT_BYTES_MAX)
    /// bytes the first 2 KiB and the last 14 KiB are looked at.
    pub text: &'a str,
    /// The step that failed. It tells two failures apart only where no frame of the operator's own code does.
    pub step: Option<&'a str>,
    /// Prefixes of paths, modules or symbols that the operator calls his own. None: guessed, as what is neither a
    /// standard library nor an installed package.
    pub in_app: &'a [&'a str],
}
