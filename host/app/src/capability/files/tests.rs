//! In a folder of their own.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use patchbay_types::Grants;
use tempfile::TempDir;

use super::*;

struct Desk {
    files: Files,
    scope: Scope,
    folder: TempDir,
}

/// `open` may be written, `closed` may be read, `secret` lies beside them.
fn desk() -> Desk {
    let folder = tempfile::tempdir().unwrap();
    let root = |name: &str, write| {
        let path = folder.path().join(name);
        fs::create_dir(&path).unwrap();
        fs::write(path.join("note"), name).unwrap();
        FilesGrant { root: path.to_str().unwrap().to_owned(), write }
    };
    let granted = vec![root("open", true), root("closed", false)];
    root("secret", true);
    let scope = crate::capability::tests::scope(Grants { files: Some(granted), ..Grants::default() });
    Desk { files: Files::new(), scope, folder }
}

impl Desk {
    fn path(&self, path: &str) -> String {
        self.folder.path().join(path).to_str().unwrap().to_owned()
    }

    async fn read(&self, path: &str) -> Result<(String, String), String> {
        match self.files.read(&self.scope, &self.path(path)).await {
            Ok(HostReply::File { contents, version }) => {
                Ok((String::from_utf8(contents.0.to_vec()).unwrap(), version))
            }
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.code),
        }
    }

    async fn replace(&self, path: &str, contents: &str, version: Option<&str>) -> Result<String, String> {
        let contents = Payload::from(contents.to_owned());
        match self.files.replace(&self.scope, &self.path(path), &contents, version).await {
            Ok(HostReply::Version(version)) => Ok(version),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.code),
        }
    }

    async fn entries(&self, path: &str) -> Result<Vec<(String, String, u64)>, String> {
        match self.files.entries(&self.scope, &self.path(path)).await {
            Ok(HostReply::Entries(all)) => {
                Ok(all.into_iter().map(|entry| (entry.name, entry.kind, entry.size)).collect())
            }
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.code),
        }
    }
}

#[tokio::test]
async fn a_file_is_replaced_as_long_as_it_is_what_was_read() {
    let desk = desk();
    let (text, version) = desk.read("open/note").await.unwrap();
    assert_eq!((text.as_str(), version.len()), ("open", 64));
    fs::set_permissions(desk.path("open/note"), fs::Permissions::from_mode(0o640)).unwrap();
    let second = desk.replace("open/note", "two", Some(&version)).await.unwrap();
    assert_eq!(desk.read("open/note").await, Ok(("two".to_owned(), second.clone())));
    assert_eq!(fs::metadata(desk.path("open/note")).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(desk.replace("open/note", "three", Some(&version)).await, Err("conflict".to_owned()));
    assert_eq!(desk.replace("open/note", "three", None).await, Err("conflict".to_owned()));
    assert_eq!(desk.replace("open/new", "x", Some(&version)).await, Err("conflict".to_owned()));
    desk.replace("open/new", "x", None).await.unwrap();
    assert_eq!(desk.replace("open/no/new", "x", None).await, Err("not-found".to_owned()));
    // Nothing is left beside them.
    let names: Vec<_> = desk.entries("open").await.unwrap().into_iter().map(|entry| entry.0).collect();
    assert_eq!(names, ["new", "note"]);
}

#[tokio::test]
async fn of_many_replacements_of_one_version_one_wins() {
    let desk = desk();
    let (_, version) = desk.read("open/note").await.unwrap();
    symlink(".", desk.path("open/here")).unwrap();
    let paths = ["open/note", "open/here/note"].into_iter().cycle().take(20).enumerate();
    let all = paths.map(|(number, path)| {
        let (desk, version) = (&desk, &version);
        async move { desk.replace(path, &number.to_string(), Some(version)).await }
    });
    let done = futures_util::future::join_all(all).await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{done:?}");
}

#[tokio::test]
async fn what_was_not_granted_is_refused() {
    let desk = desk();
    let (_, version) = desk.read("closed/note").await.unwrap();
    let refused = Err("refused".to_owned());
    assert_eq!(desk.replace("closed/note", "x", Some(&version)).await, refused);
    assert_eq!(desk.replace("closed/new", "x", None).await, refused);
    assert_eq!(desk.read("secret/note").await.unwrap_err(), "refused");
    assert_eq!(desk.read("openly").await.unwrap_err(), "refused");
    assert_eq!(desk.entries("").await.unwrap_err(), "refused");
    assert_eq!(desk.read("open/../secret/note").await.unwrap_err(), "invalid");
    assert_eq!(desk.read("open/nothing").await.unwrap_err(), "not-found");
    let relative = desk.files.read(&desk.scope, "open/note").await.unwrap_err();
    assert_eq!(relative.code, "invalid");
}

#[tokio::test]
async fn a_link_may_not_lead_out() {
    let desk = desk();
    for (to, from) in [
        ("../secret/note", "open/out"),
        ("/etc/passwd", "open/absolute"),
        ("/proc/self/root", "open/magic"),
        ("../secret", "open/folder"),
        ("circle", "open/circle"),
    ] {
        symlink(to, desk.path(from)).unwrap();
    }
    for path in ["open/out", "open/absolute", "open/magic", "open/folder/note", "open/circle"] {
        assert_eq!(desk.read(path).await.unwrap_err(), "refused", "{path}");
    }
    assert_eq!(desk.entries("open/folder").await.unwrap_err(), "refused");
    assert_eq!(desk.replace("open/folder/new", "x", None).await.unwrap_err(), "refused");
    assert!(!fs::exists(desk.path("secret/new")).unwrap());
    // To put a file in the place of a link would hide what it leads to.
    assert_eq!(desk.replace("open/out", "x", None).await.unwrap_err(), "invalid");
    fs::create_dir(desk.path("open/deep")).unwrap();
    symlink("../note", desk.path("open/deep/up")).unwrap();
    assert_eq!(desk.read("open/deep/up").await.unwrap().0, "open");
}

#[tokio::test]
async fn only_regular_files_of_a_bounded_size_are_read() {
    let desk = desk();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        desk.path("open/pipe").as_str(),
        FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
    fs::create_dir(desk.path("open/folder")).unwrap();
    fs::File::create(desk.path("open/large")).unwrap().set_len(FILE_BYTES_MAX as u64 + 1).unwrap();
    assert_eq!(desk.read("open/pipe").await.unwrap_err(), "invalid");
    assert_eq!(desk.read("open/folder").await.unwrap_err(), "invalid");
    assert_eq!(desk.read("open").await.unwrap_err(), "invalid");
    assert_eq!(desk.replace("open", "x", None).await.unwrap_err(), "invalid");
    assert_eq!(desk.read("open/large").await.unwrap_err(), "too-large");
    assert_eq!(desk.entries("open/note").await.unwrap_err(), "not-found");
    symlink("note", desk.path("open/link")).unwrap();
    let entries = desk.entries("open").await.unwrap();
    let kinds: Vec<(&str, &str)> = entries.iter().map(|entry| (entry.0.as_str(), entry.1.as_str())).collect();
    assert_eq!(
        kinds,
        [("folder", "folder"), ("large", "file"), ("link", "other"), ("note", "file"), ("pipe", "other")]
    );
    assert_eq!(entries[3].2, 4);
}
