//! Order, isolation and the watch.

use futures_util::future::join;
use serde::{Deserialize, Serialize};

use super::{Cell, Home, all, cell, commit, list, put, value};
use crate::{Batch, KEYS_MAX, Key, ReadError, Record, Revision, StoreExt, Stored, Table};

/// A record of another table with the keys of [`Cell`].
#[derive(PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Other(Cell);

impl Record for Other {
    const TABLE: Table = Table("conformance-others");
    const VERSION: u8 = 1;

    fn key(&self) -> Key {
        self.0.key()
    }
}

pub(super) async fn a_table_never_written_is_empty(home: &dyn Home) {
    let store = home.open().await;
    assert_eq!(all(&*store).await, []);
    assert_eq!(value(&*store, &cell("a", 1, "").key()).await, None);
    commit(&*store, Batch::new().delete::<Cell>(&cell("a", 1, "").key())).await;
    assert_eq!(all(&*store).await, []);
}

pub(super) async fn tables_do_not_see_each_others_rows(home: &dyn Home) {
    let store = home.open().await;
    let (one, other) = (cell("a", 1, "cell"), Other(cell("a", 1, "other")));
    commit(&*store, put(std::slice::from_ref(&one)).put(&other).expect("it is JSON")).await;
    commit(&*store, Batch::new().delete::<Cell>(&one.key())).await;
    let found = store.read::<Other>(&other.key()).await.expect("a sound store can be read");
    assert_eq!(found.map(|stored| stored.record), Some(other));
    assert_eq!(all(&*store).await, []);
}

pub(super) async fn a_range_is_in_the_order_of_the_tuples(home: &dyn Home) {
    let store = home.open().await;
    let columns = ["", "\0", "a", "a\0", "a\u{1}", "aa", "b", "é", "\u{10FFFF}"];
    let lines = [0, 1, 255, 256, u64::MAX];
    let sorted: Vec<_> = columns.iter().flat_map(|column| lines.map(|line| cell(column, line, ""))).collect();
    let mut shuffled = sorted.clone();
    shuffled.sort_by_key(|cell| crc32fast::hash(cell.key().as_bytes()));
    commit(&*store, put(&shuffled)).await;
    assert_eq!(all(&*store).await, sorted);
    for column in columns {
        let range = Key::new().text(column).prefix();
        let found = store.list::<Cell>(range, usize::MAX).await.expect("a sound store can be read");
        let found: Vec<_> = found.into_iter().map(|stored| stored.record).collect();
        assert_eq!(found, lines.map(|line| cell(column, line, "")), "{column:?}");
    }
}

pub(super) async fn pages_of_a_range_join_without_gap_or_repeat(home: &dyn Home) {
    let store = home.open().await;
    let cells: Vec<_> = (0..25).map(|line| cell("a", line, "")).collect();
    commit(&*store, put(&cells)).await;
    let mut found: Vec<Cell> = Vec::new();
    let mut range = Key::new().text("a").prefix();
    for length in [10, 10, 5, 0] {
        let page = store.list::<Cell>(range.clone(), 10).await.expect("a sound store can be read");
        assert_eq!(page.len(), length);
        found.extend(page.into_iter().map(|stored| stored.record));
        range = range.after(&found[found.len() - 1].key());
    }
    assert_eq!(found, cells);
    assert!(store.list::<Cell>(range.clone(), 0).await.expect("a sound store can be read").is_empty());
    let behind = range.after(&cell("b", 0, "").key());
    assert!(store.list::<Cell>(behind, 10).await.expect("a range may be empty").is_empty());
}

pub(super) async fn many_rows_are_read_in_the_order_that_was_asked_for(home: &dyn Home) {
    let store = home.open().await;
    let keys: Vec<_> = [3, 1, 9, 1].map(|line| cell("a", line, "").key()).into();
    let nothing = store.read_many::<Cell>(&keys).await.expect("a table never written is empty");
    assert_eq!(nothing, [const { None }; 4]);
    let revision =
        commit(&*store, put(&[cell("a", 1, "one"), cell("a", 2, "two"), cell("a", 3, "three")])).await;
    let found = store.read_many::<Cell>(&keys).await.expect("a sound store can be read");
    let here = |line, value| Some(Stored { revision, record: cell("a", line, value) });
    assert_eq!(found, [here(3, "three"), here(1, "one"), None, here(1, "one")]);
    assert!(store.read_many::<Cell>(&[]).await.expect("nothing is asked").is_empty());
}

pub(super) async fn rows_read_together_are_of_one_moment(home: &dyn Home) {
    let store = home.open().await;
    let round = |round: u64| [cell("a", 1, &round.to_string()), cell("z", 1, &round.to_string())];
    let keys = round(0).map(|cell| cell.key());
    commit(&*store, put(&round(0))).await;
    let writer = async {
        for number in 1..=50 {
            commit(&*store, put(&round(number))).await;
        }
    };
    let reader = async {
        for _ in 0..100 {
            let found = store.read_many::<Cell>(&keys).await.expect("a sound store can be read");
            let values: Vec<_> =
                found.into_iter().map(|stored| stored.map(|stored| stored.record.value)).collect();
            assert!(values.len() == 2 && values[0] == values[1], "half a batch: {values:?}");
        }
    };
    join(writer, reader).await;
}

pub(super) async fn more_rows_than_one_read_takes_are_refused(home: &dyn Home) {
    let store = home.open().await;
    commit(&*store, put(&[cell("a", 1, "one")])).await;
    let mut keys = vec![cell("a", 1, "").key(); KEYS_MAX];
    let found = store.read_many::<Cell>(&keys).await.expect("as many as are taken");
    assert!(found.len() == KEYS_MAX && found.iter().all(Option::is_some));
    keys.push(Key::new());
    let answer = store.read_many::<Cell>(&keys).await;
    assert!(matches!(answer, Err(ReadError::TooMany { found, max, .. }) if found == max + 1), "{answer:?}");
}

pub(super) async fn a_range_backwards_is_the_range_from_its_end(home: &dyn Home) {
    let store = home.open().await;
    let mut cells: Vec<_> = (0..25).map(|line| cell("b", line, "")).collect();
    commit(&*store, put(&cells).and(put(&[cell("a", 1, ""), cell("c", 1, "")]))).await;
    cells.reverse();
    let whole = Key::new().text("b").prefix().backwards();
    assert_eq!(list(&*store, whole.clone(), usize::MAX).await, cells);
    let (mut found, mut range): (Vec<Cell>, _) = (Vec::new(), whole);
    for length in [10, 10, 5, 0] {
        let page = list(&*store, range.clone(), 10).await;
        assert_eq!(page.len(), length);
        found.extend(page);
        range = range.after(&found[found.len() - 1].key());
    }
    assert_eq!(found, cells);
    assert_eq!(list(&*store, range.clone().after(&cell("a", 0, "").key()), 10).await, []);
    assert_eq!(list(&*store, Key::new().prefix().backwards(), 1).await, [cell("c", 1, "")]);
}

pub(super) async fn a_range_never_shows_half_a_batch(home: &dyn Home) {
    let store = home.open().await;
    let round = |round: u64| [cell("a", 1, &round.to_string()), cell("z", 1, &round.to_string())];
    commit(&*store, put(&round(0))).await;
    let writer = async {
        for number in 1..=50 {
            commit(&*store, put(&round(number))).await;
        }
    };
    let reader = async {
        for _ in 0..100 {
            let cells = all(&*store).await;
            assert!(cells.len() == 2 && cells[0].value == cells[1].value, "half a batch: {cells:?}");
        }
    };
    join(writer, reader).await;
}

pub(super) async fn the_watch_shows_a_commit_when_it_is_answered(home: &dyn Home) {
    let store = home.open().await;
    let mut watch = store.watch();
    let before: Revision = *watch.borrow_and_update();
    let waiting = async {
        watch.changed().await.expect("the store is open");
        *watch.borrow_and_update()
    };
    let (seen, revision) = join(waiting, commit(&*store, put(&[cell("a", 1, "")]))).await;
    assert!(before < revision && seen == revision, "{before} before, {seen} seen, {revision} committed");
    let next = commit(&*store, Batch::new()).await;
    assert_eq!((*watch.borrow(), *store.watch().borrow()), (next, next));
}
