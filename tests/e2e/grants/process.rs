//! Programs: others, the granted one's name in another place, shells, and an environment that changes what a program is.

use serde_json::json;

use super::attempt::Attempt;
use super::world::World;

pub(super) fn attempts(world: &World) -> Vec<Attempt> {
    let run = |name: &str, expected, program: &str| {
        Attempt::new(name, expected, json!({"call": "run", "program": program}))
    };
    let (own, bin) = (world.folder("rw/true"), world.folder("bin"));
    let touch = format!("touch {}", world.folder("ran"));
    vec![
        run("a program by its path", "refused", "/bin/sh"),
        run("the granted one by its path", "refused", "/bin/true"),
        run("the granted one's name in its own folder", "refused", &own),
        run("the granted one here", "refused", "./true"),
        run("out of the granted one", "refused", "true/../sh"),
        run("up from here", "refused", "../../bin/sh"),
        run("a command line as a name", "refused", &format!("true; {touch}")),
        run("a zero byte after the name", "refused", "true\0sh"),
        run("a space after the name", "refused", "true "),
        run("no name at all", "refused", ""),
        Attempt::new(
            "a shell",
            "refused",
            json!({"call": "run", "program": "sh", "arguments": ["-c", touch]}),
        ),
        Attempt::new(
            "another PATH",
            "=0|invalid|refused",
            json!({"call": "run", "program": "true", "environment": [["PATH", bin]]}),
        ),
        Attempt::new(
            "the folder that the name lies in",
            "=0|invalid|refused",
            json!({"call": "run", "program": "true", "folder": bin}),
        ),
        Attempt::new(
            "code that the loader puts before the program's",
            "invalid|refused",
            json!({"call": "run", "program": "true", "environment": [["LD_PRELOAD", own]]}),
        ),
        Attempt::new(
            "a variable inside a variable",
            "invalid",
            json!({"call": "run", "program": "true", "environment": [["A=B\0PATH", bin]]}),
        ),
        Attempt::new(
            "a thousand at once",
            "quota",
            json!({"call": "run-many", "program": "true", "arguments": [], "count": 1000}),
        ),
    ]
}
