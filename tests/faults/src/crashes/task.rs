//! The tasks that are given, and the end that each has to have. It must not know when the host dies.

use serde_json::{Value, json};

/// In the environment of all that they start, so that nobody of it is overlooked.
pub(super) const MARK_VARIABLE: &str = "FAULTS_CRASHES";
/// The label by which the tasks of one round are found.
pub(super) const ROUND_LABEL: &str = "round";
/// What a person answers to a task whose setting is wrong.
const RIGHT: &str = "right";

/// What a task does. Its name begins with it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Kind {
    /// Is done at once.
    Quick,
    /// Leaves a file, which is looked for.
    Checked,
    /// Waits for a quick one, and takes a while.
    After,
    /// Never ends; a person cancels it.
    Hang,
    /// Its first run never ends, and is ended when its time is up.
    Late,
    /// Fails until its setting is mended, by a model's plan or from memory.
    Mended,
    /// Lacks a module, so a person is asked, and voids it.
    Ask,
    /// A person says whether it is good.
    Human,
    /// A fix that fails: it is given up.
    Dead,
    /// Is done, and then a person wants it again.
    Again,
    /// A person pauses it while it runs, and lets it go on.
    Held,
}

/// Those that one block has each; of the others it has one.
const ALWAYS: [Kind; 3] = [Kind::Quick, Kind::Checked, Kind::After];
const IN_TURN: [Kind; 8] =
    [Kind::Hang, Kind::Late, Kind::Mended, Kind::Ask, Kind::Human, Kind::Dead, Kind::Again, Kind::Held];

/// Where the tasks of one round leave their traces.
#[derive(Clone, Debug)]
pub(super) struct Ground {
    pub(super) round: u64,
    /// The file to which each run adds lines: `begin`, `beat` or `end`, its task, its process.
    pub(super) effects: String,
    /// The folder of the files that they make.
    pub(super) folder: String,
    pub(super) mark: String,
}

impl Kind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Checked => "checked",
            Self::After => "after",
            Self::Hang => "hang",
            Self::Late => "late",
            Self::Mended => "mended",
            Self::Ask => "ask",
            Self::Human => "human",
            Self::Dead => "dead",
            Self::Again => "again",
            Self::Held => "held",
        }
    }

    /// By the beginning of a task's name.
    pub(super) fn of(name: &str) -> Option<Self> {
        let word = name.split('-').next().unwrap_or_default();
        ALWAYS.into_iter().chain(IN_TURN).find(|kind| kind.word() == word)
    }

    /// The state in which it comes to rest.
    pub(super) fn end(self) -> &'static str {
        match self {
            Self::Hang => "cancelled",
            Self::Ask => "voided",
            Self::Dead => "dead",
            _ => "succeeded",
        }
    }

    fn script(self) -> String {
        const BEGIN: &str = "echo \"begin $T $$\" >> \"$F\"";
        const BEAT: &str = "echo \"beat $T $$\" >> \"$F\"; sleep 0.05";
        const END: &str = "echo \"end $T $$\" >> \"$F\"";
        let rest = match self {
            Self::Quick | Self::Human | Self::Again => END.to_owned(),
            Self::Checked => format!(": > \"$D/$T\"; {END}"),
            Self::After => format!("for i in 1 2 3 4 5; do {BEAT}; done; {END}"),
            Self::Held => format!("for i in 1 2 3 4 5 6 7 8 9 10; do {BEAT}; done; {END}"),
            Self::Hang => format!("while :; do {BEAT}; done"),
            Self::Late => {
                format!("test -e \"$D/$T\" || {{ : > \"$D/$T\"; while :; do {BEAT}; done; }}; {END}")
            }
            Self::Mended => {
                format!(
                    "{END}; test \"$MODE\" = right || {{ echo \"ValueError: unknown mode $MODE\" >&2; exit 3; }}"
                )
            }
            Self::Ask => {
                format!("{END}; echo \"ModuleNotFoundError: No module named 'requests'\" >&2; exit 1")
            }
            Self::Dead => format!("{END}; echo \"KeyError: 'nobody'\" >&2; exit 4"),
        };
        format!("{BEGIN}; {rest}")
    }

    fn checks(self, ground: &Ground, name: &str) -> Value {
        match self {
            Self::Checked => json!([{"kind": "file", "path": format!("{}/{name}", ground.folder)}]),
            Self::Human => json!([{"kind": "human", "question": "Is it good?"}]),
            _ => json!([]),
        }
    }

    fn environment(self, ground: &Ground, name: &str) -> Value {
        let mut all = json!({"T": name, "F": ground.effects, "D": ground.folder, MARK_VARIABLE: ground.mark});
        if self == Self::Mended {
            all["MODE"] = json!("wrong");
        }
        all
    }
}

impl Ground {
    /// The tasks that one client gives at once.
    pub(super) fn block(&self, client: usize, number: usize) -> Vec<Value> {
        let other = IN_TURN.get((client + number) % IN_TURN.len()).copied();
        let kinds = ALWAYS.into_iter().chain(other);
        kinds.map(|kind| self.task(kind, &format!("{}-{client}-{number}", self.round))).collect()
    }

    fn task(&self, kind: Kind, suffix: &str) -> Value {
        let name = format!("{}-{suffix}", kind.word());
        let mut input = json!({
            "program": "sh", "args": ["-c", kind.script()], "env": kind.environment(self, &name),
        });
        if kind == Kind::Late {
            input["timeout_s"] = json!(1);
        }
        let mut task = json!({
            "name": name, "skill": "exec", "input": input, "checks": kind.checks(self, &name),
            "labels": {ROUND_LABEL: self.round.to_string()},
        });
        if kind == Kind::After {
            task["depends_on"] = json!([format!("quick-{suffix}")]);
        }
        if kind == Kind::Dead {
            task["type"] = json!("fix");
        }
        task
    }

    /// What a person brings to a task whose setting nobody mended.
    pub(super) fn mending(&self, name: &str) -> Value {
        let mut environment = Kind::Mended.environment(self, name);
        environment["MODE"] = json!(RIGHT);
        json!({"set": {"env": environment}})
    }
}

/// The names of a block.
pub(super) fn names(block: &[Value]) -> Vec<String> {
    block.iter().filter_map(|task| task["name"].as_str().map(str::to_owned)).collect()
}
