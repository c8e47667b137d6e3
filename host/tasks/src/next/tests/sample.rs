//! What the tests tell: one task, its events, and what was asked for last.

use patchbay_types::Timestamp;

use crate::{
    Actor, Check, Definition, Effect, Event, Failure, FailureKind, Fence, Finding, Fingerprint, FixId, Grant,
    Happening, Holder, Illegal, Place, Task, TaskId, What, create, next, replay,
};

pub(super) struct Story {
    pub(super) task: Task,
    pub(super) now: Timestamp,
    pub(super) events: Vec<Event>,
    pub(super) last: Vec<Effect>,
    pub(super) seen: Vec<&'static str>,
}

impl Story {
    pub(super) fn begin(definition: Definition, draft: bool) -> Self {
        let now = Timestamp(1_000_000);
        let place = Place { root: definition.name.clone(), level: 1 };
        let change = create(TaskId(1), definition, place, draft, Actor::Host, now).unwrap();
        let task = replay([&change.event]).unwrap();
        Self { task, now, events: vec![change.event], last: change.effects, seen: Vec::new() }
    }

    pub(super) fn ready(definition: Definition) -> Self {
        let mut story = Self::begin(definition, false);
        story.host(What::DependenciesMet);
        story
    }

    /// Fix 9 is being applied; fence 1 is used.
    pub(super) fn fixing() -> Self {
        let mut story = Self::ready(Definition::named("a".parse().unwrap()));
        story.claim(1);
        story.fail(1, FailureKind::Logical);
        story.host(What::Diagnosed { finding: Finding::Cause });
        story.host(What::FixPlanned { fix: FixId(9) });
        story.host(What::FixBegun { fix: FixId(9) });
        story
    }

    pub(super) fn tell(&mut self, happening: &Happening) -> Result<(), Illegal> {
        let change = next(&self.task, happening, self.now)?;
        self.task.apply(&change.event);
        self.events.push(change.event);
        self.seen.extend(change.effects.iter().map(Effect::name));
        self.last = change.effects;
        Ok(())
    }

    pub(super) fn host(&mut self, what: What) {
        self.tell(&Happening { by: Actor::Host, what }).unwrap();
    }

    pub(super) fn operator(&mut self, what: What) {
        self.tell(&operator(what)).unwrap();
    }

    pub(super) fn agent(&mut self, what: What) {
        self.tell(&Happening { by: Actor::Agent("reviewer".into()), what }).unwrap();
    }

    pub(super) fn claim(&mut self, fence: u64) {
        self.host(What::Claimed(grant(fence)));
    }

    pub(super) fn fail(&mut self, fence: u64, kind: FailureKind) {
        self.host(What::WorkerFailed { fence: Fence(fence), failure: failure(kind) });
    }

    /// What the host is told when it says this; nothing has changed.
    pub(super) fn refused(&mut self, what: What) -> Illegal {
        let before = self.task.clone();
        let illegal = self.tell(&Happening { by: Actor::Host, what }).unwrap_err();
        assert_eq!(self.task, before);
        illegal
    }

    pub(super) fn effects(&self) -> Vec<&'static str> {
        self.last.iter().map(Effect::name).collect()
    }
}

pub(super) fn operator(what: What) -> Happening {
    Happening { by: Actor::Operator("cli".into()), what }
}

pub(super) fn grant(fence: u64) -> Grant {
    let holder = Holder { incarnation: "host-1".into(), pid: 7, started: 70 };
    Grant { fence: Fence(fence), holder, expires: Timestamp(u64::MAX), plugin: None }
}

pub(super) fn failure(kind: FailureKind) -> Failure {
    Failure {
        class: "exit:1".into(),
        kind,
        fingerprint: Fingerprint("fp_v1:x".into()),
        message: "it broke".into(),
        step: None,
        base: None,
        retry_after: None,
    }
}

/// A definition with a check of each sort.
pub(super) fn human() -> Definition {
    Definition {
        checks: vec![
            Check::File { path: "out".into(), exists: true, digest: None, schema: None },
            Check::Human { question: "Is it well?".into() },
        ],
        ..Definition::named("a".parse().unwrap())
    }
}
