//! Where programs are found, and where not.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tool");
    fs::write(&file, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(folder.path().join("text"), "no program").unwrap();
    fs::create_dir(folder.path().join("below")).unwrap();
    (folder, file)
}

#[test]
fn a_name_is_looked_for_in_path_and_an_absolute_path_is_taken_as_it_is() {
    let (folder, file) = folder();
    assert_eq!(find("tool", Some(folder.path().as_os_str())).unwrap(), file);
    assert_eq!(find(file.to_str().unwrap(), None).unwrap(), file);
}

#[test]
fn what_is_no_executable_file_is_not_found() {
    let (folder, _) = folder();
    let path = Some(folder.path().as_os_str());
    for name in ["text", "below", "nothing"] {
        assert!(matches!(find(name, path), Err(FindError::NotInPath(_))), "{name}");
        let file = folder.path().join(name);
        assert!(matches!(find(file.to_str().unwrap(), path), Err(FindError::NotExecutable(_))), "{name}");
    }
}

#[test]
fn a_relative_path_is_refused_and_so_is_a_relative_folder_of_path() {
    for name in ["", ".", "..", "./tool", "bin/tool", "to\0ol"] {
        assert!(matches!(find(name, Some(OsStr::new("/usr/bin"))), Err(FindError::Name(_))), "{name:?}");
    }
    assert!(matches!(find("Cargo.toml", Some(OsStr::new(".:"))), Err(FindError::NotInPath(_))));
    assert!(matches!(find("sh", None), Err(FindError::NotInPath(_))));
}
