//! Files: out by dots, by links, by names that begin alike, by what is no file; and writing where only reading is granted.

use serde_json::json;

use super::attempt::Attempt;
use super::world::World;

pub(super) fn attempts(world: &World) -> Vec<Attempt> {
    let path = |name: &str| world.folder(name);
    let read = |name: &str, expected, path: String| {
        Attempt::new(name, expected, json!({"call": "read", "path": path}))
    };
    let write = |name: &str, expected, path: String| {
        Attempt::new(name, expected, json!({"call": "write", "path": path, "text": "overwritten"}))
    };
    vec![
        read("a file outside", "refused", path("out/secret")),
        read("out by dots", "refused|invalid", path("ro/../out/secret")),
        read("out by very many dots", "refused|invalid", path("ro/../../../../../../../../etc/passwd")),
        read("a folder whose name begins alike", "refused", path("rw-not/secret")),
        read("a link out", "refused", path("ro/link")),
        read("a relative link out", "refused", path("ro/relative")),
        read("through a folder that is a link out", "refused", path("ro/folder/secret")),
        read("the host's environment", "refused", "/proc/self/environ".into()),
        read("the host's environment by a link", "refused", path("rw/environ")),
        read("the host's folder by its own process", "refused", "/proc/self/cwd/patchbay.toml".into()),
        read("the host's store", "refused", path("host/patchbay.redb")),
        read("a pipe that nobody writes", "refused|invalid", path("rw/pipe")),
        read("a path that is not absolute", "refused|invalid", "rw/true".into()),
        read("a zero byte in a path", "refused|invalid", path("rw/true\0.txt")),
        read("a very long path", "refused|invalid|not-found", path(&format!("rw/{}", "a/".repeat(4_000)))),
        read("a folder as a file", "refused|invalid", path("rw")),
        Attempt::new(
            "what is in a folder outside",
            "refused",
            json!({"call": "entries", "path": path("out")}),
        ),
        Attempt::new(
            "what is in a folder outside, by a link",
            "refused",
            json!({"call": "entries", "path": path("ro/folder")}),
        ),
        write("a new file where only reading is granted", "refused", path("ro/new")),
        write("a new file outside", "refused", path("out/new")),
        write("a new file outside, by dots", "refused|invalid", path("rw/../out/new")),
        write("a new file through a link out", "refused", path("ro/folder/new")),
        Attempt::new(
            "another text where only reading is granted",
            "refused",
            json!({"call": "overwrite", "path": path("ro/kept"), "text": "overwritten"}),
        ),
        write("the place of a link out", "refused|conflict|invalid", path("rw/link")),
        write("the place of a link to what it may only read", "refused|conflict|invalid", path("rw/ro")),
        Attempt::new(
            "a link's place, with a version",
            "refused|conflict|invalid",
            json!({"call": "write", "path": path("rw/link"), "text": "overwritten", "version": "0".repeat(64)}),
        ),
    ]
}
