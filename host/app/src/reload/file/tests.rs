//! Files that change, are half written, or are none.

use std::fs;
use std::path::PathBuf;

use super::*;

fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("patchbay.toml");
    fs::write(&path, text).unwrap();
    (folder, path)
}

async fn read(path: &Path) -> Result<Sourced, String> {
    let (_, read) = settled(path, &Environment::default()).await.map_err(|error| error.to_string())?;
    read.map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_look_shows_a_write_a_replacement_and_a_removal() {
    let (_folder, path) = file("a");
    let first = look(&path).await;
    assert_eq!(first, Look::at(&path));
    fs::write(&path, "ab").unwrap();
    let second = look(&path).await;
    assert_ne!(first, second);
    let other = path.with_extension("new");
    fs::write(&other, "ab").unwrap();
    fs::rename(&other, &path).unwrap();
    let third = look(&path).await;
    assert_ne!(second, third);
    fs::remove_file(&path).unwrap();
    let gone = look(&path).await;
    assert_ne!(third, gone);
    assert_eq!(gone, look(&path).await);
}

#[tokio::test]
async fn a_file_that_is_being_written_is_read_when_it_is_whole() {
    let (_folder, path) = file("[routing]\n");
    let writing = async {
        for text in ["[routing]\nattempts", "[routing]\nattempts_max = ", "[routing]\nattempts_max = 7\n"] {
            tokio::time::sleep(SETTLED / 2).await;
            fs::write(&path, text).unwrap();
        }
    };
    let (read, ()) = tokio::join!(read(&path), writing);
    assert_eq!(read.unwrap().config.routing.attempts_max, 7);
}

#[tokio::test]
async fn a_file_that_never_stands_still_is_not_read() {
    let (_folder, path) = file("");
    let writing = async {
        for number in 0_u32.. {
            fs::write(&path, format!("# {number}")).unwrap();
            tokio::time::sleep(SETTLED / 4).await;
        }
    };
    let error = tokio::select! {
        read = read(&path) => read.unwrap_err(),
        () = writing => unreachable!(),
    };
    assert!(error.contains("stood still"), "{error}");
}

#[tokio::test]
async fn what_is_no_file_is_said() {
    let (_folder, path) = file("");
    fs::remove_file(&path).unwrap();
    assert!(read(&path).await.unwrap_err().contains("there is no"));
    fs::create_dir(&path).unwrap();
    assert!(read(&path).await.unwrap_err().contains("is no file"));
}
