//! One round: clients at work while the host dies again and again, then a rest in which every task comes to its end, then
//! the judgement. It must not know why the host dies.

use std::fs;
use std::sync::atomic::Ordering;

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::clients::{Desk, change, chat, give};
use super::person::attend;
use super::rest::rest;
use super::stage::Stage;
use super::tally::Tally;
use super::verdict;

/// Clients that give tasks, and that chat.
const GIVERS: usize = 2;
const CHATTERS: usize = 2;

pub(super) struct Round {
    pub(super) desk: Desk,
    clients: JoinSet<()>,
    person: JoinSet<()>,
}

impl Round {
    pub(super) fn begin(stage: &Stage, number: u64) -> anyhow::Result<Self> {
        let desk = stage.desk(number)?;
        let (mut clients, mut person) = (JoinSet::new(), JoinSet::new());
        for client in 0..GIVERS {
            clients.spawn(give(desk.clone(), client));
        }
        for _ in 0..CHATTERS {
            clients.spawn(chat(desk.clone(), stage.client.subscribe()));
        }
        clients.spawn(change(desk.clone()));
        person.spawn(attend(desk.clone()));
        Ok(Self { desk, clients, person })
    }

    /// Lets every task come to its end, on a host that lives, and judges all of it.
    pub(super) async fn end(mut self, stage: &Stage, tally: &mut Tally) -> anyhow::Result<()> {
        let began = Instant::now();
        self.desk.over.store(true, Ordering::SeqCst);
        while self.clients.join_next().await.is_some() {}
        self.desk.noted.rested();
        tally.failures.extend(rest(&self.desk).await.err());
        self.person.shutdown().await;
        tally.resting += began.elapsed();
        let rested = Instant::now();
        verdict::all(&self.desk, stage, tally).await?;
        tally.judging += rested.elapsed();
        fs::remove_file(&self.desk.ground.effects)?;
        Ok(fs::remove_dir_all(&self.desk.ground.folder)?)
    }
}
