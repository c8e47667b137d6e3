//! One question to the host and its answer: as JSON for programs, in words for people, or as a failure with the status
//! that the API's refusal means.

use std::io::ErrorKind;
use std::path::Path;

use serde::de::DeserializeOwned;

use super::{Failure, Status, output};
use crate::client::{self, Answer, ClientError, Refusal, Request};

/// Asks, and says so when the change is seen only by the next server.
///
/// # Errors
/// The host refused, or could not be reached.
pub async fn ask(dir: &Path, request: Request) -> Result<Answer, Failure> {
    Ok(attempt(dir, request).await?)
}

/// [`ask`], where a refusal is looked at by its code.
///
/// # Errors
/// As [`ask`].
pub async fn attempt(dir: &Path, request: Request) -> Result<Answer, ClientError> {
    let answer = client::ask(dir, request).await?;
    if answer.at_next_start {
        output::note(&format!(
            "no server is running on {}: the change takes effect at the next start",
            dir.display()
        ));
    }
    Ok(answer)
}

/// Asks and shows the answer: as it came if `json`, else read into `T` and put into words.
///
/// # Errors
/// As [`ask`]; or the answer is not what this version of the command line expects.
pub async fn show<T: DeserializeOwned>(
    dir: &Path,
    request: Request,
    json: bool,
    words: impl FnOnce(T) -> String,
) -> Result<(), Failure> {
    let answer = ask(dir, request).await?;
    match json {
        true => output::line(&answer.text()),
        false => output::line(&words(answer.read()?)),
    }
    Ok(())
}

/// Asks for a change, and says in one sentence that it is made.
///
/// # Errors
/// As [`ask`].
pub async fn change(dir: &Path, request: Request, sentence: &str) -> Result<(), Failure> {
    ask(dir, request).await?;
    output::note(sentence);
    Ok(())
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let failure = Failure::new(&error);
        match error {
            ClientError::NoHost { dir, .. } => failure
                .status(Status::NotFound)
                .hint(format!("make one with `patchbay init --dir {}`", dir.display())),
            ClientError::Socket { source, .. } => match source.kind() {
                ErrorKind::PermissionDenied => failure.hint("run this as the user that runs the server"),
                ErrorKind::InvalidInput => failure.hint("choose a folder with a shorter path"),
                _ => failure,
            },
            ClientError::Open { source, .. } => Failure::from(source),
            ClientError::Refused(refusal) => refused(failure, refusal),
            ClientError::Unexpected(_) => failure
                .hint("command line and server may be of different versions: compare `patchbay --version`"),
            ClientError::Timeout(_) | ClientError::Broken(_) | ClientError::Close(_) => {
                failure.hint("what was asked for may have been done all the same: look before you try again")
            }
        }
    }
}

/// A field that is wrong is a wrong argument; anything else that is refused was a fair try.
fn refused(failure: Failure, refusal: Refusal) -> Failure {
    let status = match (refusal.status, &refusal.field) {
        (404, _) => Status::NotFound,
        (400 | 422, Some(_)) => Status::Usage,
        _ => Status::Failed,
    };
    let failure = failure.status(status);
    match refusal.hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// What the host itself says when it does not start.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        let failure = Failure::new(format!("{error:#}"));
        match in_use(&error) {
            true => failure.status(Status::InUse),
            false if is_missing(&error) => failure.status(Status::NotFound),
            false => failure,
        }
    }
}

/// There is no host in the folder.
fn is_missing(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(patchbay_config::ConfigError::Missing { .. }))
}

fn in_use(error: &anyhow::Error) -> bool {
    let port = |cause: &(dyn std::error::Error + 'static)| {
        let error = cause.downcast_ref::<std::io::Error>();
        error.is_some_and(|error| error.kind() == ErrorKind::AddrInUse)
    };
    error.is::<crate::host::InUse>() || error.chain().any(port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, field: Option<&str>) -> Failure {
        let refusal = Refusal {
            status,
            code: "code".to_owned(),
            message: "no".to_owned(),
            field: field.map(str::to_owned),
            hint: Some("do this".to_owned()),
        };
        ClientError::Refused(refusal).into()
    }

    #[test]
    fn a_refusal_becomes_the_status_that_a_script_expects() {
        let check = |status: u16, field: Option<&str>, expect: Status| {
            assert_eq!(refusal(status, field), Failure::new("no").hint("do this").status(expect));
        };
        check(404, None, Status::NotFound);
        check(422, Some("rpm"), Status::Usage);
        check(422, None, Status::Failed);
        check(409, Some("name"), Status::Failed);
        check(503, None, Status::Failed);
    }

    #[test]
    fn a_folder_without_a_host_is_not_found() {
        let missing = patchbay_config::ConfigError::Missing { path: "/a/b".into(), dir: "/a".into() };
        let failure = Failure::from(anyhow::Error::from(missing));
        assert_eq!(failure.exit(), Status::NotFound);
    }

    #[test]
    fn a_port_that_is_taken_is_in_use() {
        let taken = anyhow::Error::from(std::io::Error::from(ErrorKind::AddrInUse)).context("cannot listen");
        let failure = Failure::from(taken);
        assert_eq!(failure.exit(), Status::InUse);
    }
}
