//! The world around the plugin that tries: two servers, folders, programs, secrets, another plugin with a store of its
//! own; and what must be as it was afterwards.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Answer, Asked, Host, Upstream, with_manifest};
use crate::hostile::process::Process;

/// The value of the secret that the plugin may use and not see, and of the one that is nothing of its own.
pub(super) const CANARY: &str = "canary-51c0ffee-mine";
const FOREIGN: &str = "canary-0ddba11-foreign";
/// What is in files that the plugin may not read.
const OUTSIDE: &str = "canary-0ff1ce-outside";
pub(super) const SLOT: &str = "skills/asker";
const OTHER: &str = "skills/other";
/// As much as a plugin may read at once.
const LARGE_BYTES: u64 = 16 << 20;

pub(super) struct World {
    pub(super) host: Host,
    /// Granted, and what the secret is bound to. Says what it was told.
    pub(super) granted: Upstream,
    /// Granted, and nothing is bound to it.
    pub(super) unbound: Upstream,
    /// Not granted, or granted by a name for which private addresses are not.
    pub(super) forbidden: Upstream,
}

impl World {
    pub(super) async fn new(asker: &[u8]) -> Self {
        let forbidden = Upstream::start(|_| Answer::with(200, &[], "reached")).await;
        let (to, port) = (format!("http://{}/", forbidden.address), forbidden.address.port());
        let granted = Upstream::start(move |asked| told(asked, &to)).await;
        let unbound = Upstream::start(|_| Answer::with(200, &[], "unbound")).await;
        let world = Self { host: Host::start().await, granted, unbound, forbidden };
        world.folders();
        for (name, value) in [("mine", CANARY), ("foreign", FOREIGN)] {
            let origin = format!("http://{}", world.granted.address);
            world.host.cli_with(&["secrets", "set", name, "--origin", &origin], value).await.ok();
        }
        world.load(SLOT, asker, &world.grants(port)).await;
        world.load(OTHER, asker, &world.grants(port)).await;
        world.ask_slot(OTHER, &json!([{"call": "kv-set", "key": "theirs", "value": "untouched"}])).await;
        world
    }

    fn grants(&self, forbidden: u16) -> String {
        let (granted, unbound) = (self.granted.address, self.unbound.address);
        let (ro, rw) = (self.folder("ro"), self.folder("rw"));
        format!(
            "[grants]\nkv = {{ max_bytes = 4096 }}\nsecrets = [\"mine\"]\nprocess = [\"true\"]\n\
             llm = {{ models = [\"cheap\"], usd_per_day = 0.0 }}\n\
             http = [{{ origin = \"http://{granted}\", private = true }}, {{ origin = \"http://{unbound}\", private = true }},\n\
             \"http://localhost:{forbidden}\", \"http://127.0.0.1:{forbidden}\", \"http://[::1]:{forbidden}\",\n\
             \"http://[::ffff:127.0.0.1]:{forbidden}\", \"http://0.0.0.0:{forbidden}\", \"http://169.254.169.254\",\n\
             \"http://metadata.google.internal\"]\n\
             files = [{{ root = \"{ro}\" }}, {{ root = \"{rw}\", write = true }}]\n"
        )
    }

    async fn load(&self, slot: &str, asker: &[u8], tables: &str) {
        let component = with_manifest(asker, "asker", "1.0.0", "skill-adapter", tables);
        let file = self.host.file("asker.wasm", &component);
        self.host.cli(&["plugin", "load", &file, "--slot", slot, "--accept-grants"]).await.ok();
    }

    /// Has the plugin make these calls. Its answers, in the same order.
    pub(super) async fn ask(&self, calls: &Value) -> Value {
        self.ask_slot(SLOT, calls).await
    }

    async fn ask_slot(&self, slot: &str, calls: &Value) -> Value {
        let invocation = json!({"id": "run-1", "skill": "ask", "input": calls.to_string(), "attempt": 1, "attributes": []});
        let question = json!({"ask": "run", "invocation": invocation});
        let file = self.host.file("question.json", question.to_string().as_bytes());
        let answer = self.host.json(&["slot", "ask", slot, "--input", &file]).await;
        let output = answer["output"]["outcome"]["output"].as_str().unwrap_or_else(|| panic!("{answer}"));
        serde_json::from_str(output).unwrap()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.host.scratch().join(name)
    }

    pub(super) fn folder(&self, name: &str) -> String {
        self.path(name).into_os_string().into_string().unwrap()
    }

    /// A file that is as large as one that a plugin may read can be.
    pub(super) fn large(&self) -> String {
        let path = self.path("ro/large");
        fs::File::create(&path).unwrap().set_len(LARGE_BYTES).unwrap();
        path.into_os_string().into_string().unwrap()
    }

    /// What lies in the folders: `ro` and `rw` are granted, `out` and `rw-not` are not.
    fn folders(&self) {
        for name in ["ro", "rw", "out", "rw-not", "bin"] {
            fs::create_dir(self.path(name)).unwrap();
        }
        for name in ["out/secret", "rw-not/secret"] {
            fs::write(self.path(name), OUTSIDE).unwrap();
        }
        fs::write(self.path("ro/kept"), "as it was").unwrap();
        for (link, to) in
            [("ro/link", "out/secret"), ("ro/folder", "out"), ("rw/link", "out/secret"), ("rw/ro", "ro/kept")]
        {
            symlink(self.path(to), self.path(link)).unwrap();
        }
        symlink("../out/secret", self.path("ro/relative")).unwrap();
        symlink("/proc/self/environ", self.path("rw/environ")).unwrap();
        let made = Command::new("mkfifo").arg(self.path("rw/pipe")).status().unwrap();
        assert!(made.success(), "mkfifo is there");
        // A program of the name that is granted, which is not the one that is meant.
        let program = format!("#!/bin/sh\ntouch {}\n", self.folder("ran"));
        for place in ["bin/true", "rw/true"] {
            fs::write(self.path(place), &program).unwrap();
            fs::set_permissions(self.path(place), fs::Permissions::from_mode(0o755)).unwrap();
        }
    }

    /// Bytes of memory that the host's process has.
    pub(super) fn resident(&self) -> u64 {
        Process::of(&self.host.dir()).resident()
    }

    /// What has become of the world that should not have.
    pub(super) async fn harm(&self, answers: &Value) -> Vec<String> {
        let mut harm = Vec::new();
        let mut must = |holds: bool, what: String| {
            if !holds {
                harm.push(format!("HARM: {what}"));
            }
        };
        must(
            self.forbidden.connections() == 0,
            format!("{} connections where none may go", self.forbidden.connections()),
        );
        must(!self.path("ran").exists(), "a program ran that was not granted".to_owned());
        for (file, text) in [("out/secret", OUTSIDE), ("rw-not/secret", OUTSIDE), ("ro/kept", "as it was")] {
            let found = fs::read_to_string(self.path(file)).unwrap_or_default();
            must(found == text, format!("{file} was changed: {found}"));
        }
        for folder in ["ro", "out", "rw-not"] {
            let names: Vec<_> =
                fs::read_dir(self.path(folder)).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            let new = names.iter().any(|name| name.to_str().is_some_and(|name| name.starts_with("new")));
            must(!new, format!("a file was made in {folder}: {names:?}"));
        }
        let theirs = self
            .ask_slot(OTHER, &json!([{"call": "kv-keys", "prefix": ""}, {"call": "kv-get", "key": "theirs"}]))
            .await;
        must(
            theirs[0]["ok"] == json!(["theirs"]) && theirs[1]["ok"] == "untouched",
            format!("another's keys: {theirs}"),
        );
        let calls = self.host.json(&["call", "list", "--slot", SLOT, "--limit", "100"]).await.to_string();
        let told = [("answer", answers.to_string()), ("recording", calls), ("log", self.host.log())];
        for (place, text) in &told {
            for canary in [CANARY, FOREIGN, OUTSIDE] {
                must(!text.contains(canary), format!("{canary} is in the {place}"));
            }
        }
        for asked in self.unbound.requests() {
            must(
                !format!("{asked:?}").contains(CANARY),
                "the secret went where it is not bound to".to_owned(),
            );
        }
        let bodies = self.granted.requests().iter().filter(|asked| contains(&asked.body, CANARY)).count();
        must(bodies == 0, format!("the secret was filled into {bodies} bodies"));
        harm
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Says what it was told, and sends elsewhere whoever asks for that.
fn told(asked: &Asked, elsewhere: &str) -> Answer {
    match asked.path.split('?').next() {
        Some("/redirect") => Answer::with(302, &[("location", elsewhere)], ""),
        Some("/gzip") => {
            let headers = vec![("content-encoding", "gzip".to_owned())];
            Answer::Whole { status: 200, headers, body: gzip(asked.header("x-secret").as_bytes()).into() }
        }
        _ => {
            let headers = vec![("x-echo", asked.header("x-secret").to_owned())];
            Answer::Whole { status: 200, headers, body: format!("{asked:?}").into() }
        }
    }
}

/// As `gzip` packs it: stored, because nobody here is to learn how to compress.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    packed.extend(length.to_le_bytes());
    packed.extend((!length).to_le_bytes());
    packed.extend(bytes);
    packed.extend(crc32(bytes).to_le_bytes());
    packed.extend(u32::from(length).to_le_bytes());
    packed
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

/// The same component, whose manifest does not ask for the model that it would ask.
pub(super) async fn refused_without_llm(asker: &[u8]) {
    let host = Host::start().await;
    let all = "kv = { max_bytes = 1 }\nhttp = []\nsecrets = []\nprocess = []\nfiles = []\n";
    for (grants, missing) in [
        (all.to_owned(), "llm"),
        (all.replace("process = []\n", "llm = { models = [], usd_per_day = 0.0 }\n"), "process"),
    ] {
        let component =
            with_manifest(asker, "asker", "1.0.0", "skill-adapter", &format!("[grants]\n{grants}"));
        let file = host.file("asker.wasm", &component);
        let word = format!("patchbay:plugin/{missing}@0.2.0, which was not granted");
        let load = ["plugin", "load", &file, "--slot", SLOT, "--accept-grants"];
        host.cli(&load).await.failed(1, &[&word, "--grant"]);
    }
}
