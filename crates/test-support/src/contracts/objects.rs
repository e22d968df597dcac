//! The contract of `ObjectStore`.

use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::{join, join_all};
use insights_core::objects::{ObjectKey, ObjectStore};

/// A case that runs.
pub type Case = Pin<Box<dyn Future<Output = ()>>>;

fn key(text: &str) -> ObjectKey {
    ObjectKey::parse(text).unwrap()
}

/// Bytes that differ from place to place.
fn content(n_bytes: usize, seed: u8) -> Bytes {
    (0..n_bytes).map(|at| (at.wrapping_mul(0x9e37_79b9) >> 16).to_le_bytes()[0] ^ seed).collect()
}

async fn keys_below(store: &dyn ObjectStore, prefix: &str) -> Vec<String> {
    store.list(&key(prefix)).await.unwrap().iter().map(ToString::to_string).collect()
}

pub async fn objects_come_back_as_they_were(store: Arc<dyn ObjectStore>) {
    for (name, n_bytes) in [("a/empty", 0), ("a/one", 1), ("a/part.parquet", 3_000_017)] {
        let bytes = content(n_bytes, 7);
        store.put(&key(name), bytes.clone()).await.unwrap();
        assert!(store.get(&key(name)).await.unwrap() == Some(bytes), "{name}");
    }
}

pub async fn what_is_not_there_is_none(store: Arc<dyn ObjectStore>) {
    assert_eq!(store.get(&key("a/b")).await.unwrap(), None);
    assert_eq!(store.get_range(&key("a/b"), 0..1).await.unwrap(), None);
    store.delete(&key("a/b")).await.unwrap();
    assert!(keys_below(&*store, "a").await.is_empty());
}

pub async fn a_put_replaces_what_was_there(store: Arc<dyn ObjectStore>) {
    store.put(&key("a/b"), content(1000, 1)).await.unwrap();
    store.put(&key("a/b"), content(10, 2)).await.unwrap();
    assert_eq!(store.get(&key("a/b")).await.unwrap(), Some(content(10, 2)));
    assert_eq!(keys_below(&*store, "a").await, ["a/b"]);
}

pub async fn ranges_are_slices(store: Arc<dyn ObjectStore>) {
    let bytes = content(10_000, 3);
    store.put(&key("a/b"), bytes.clone()).await.unwrap();
    for Range { start, end } in [0..1, 0..10_000, 17..4_113, 9_999..10_000] {
        let range = store.get_range(&key("a/b"), start as u64..end as u64).await.unwrap();
        assert_eq!(range, Some(bytes.slice(start..end)));
    }
}

pub async fn ranges_outside_of_an_object_are_refused(store: Arc<dyn ObjectStore>) {
    store.put(&key("a/b"), content(10, 4)).await.unwrap();
    for Range { start, end } in [0..11, 9..12, 10..11, 20..30, 3..3] {
        let range = store.get_range(&key("a/b"), start..end).await;
        assert!(range.is_err(), "{start}..{end}: {range:?}");
    }
}

pub async fn deleted_objects_are_gone(store: Arc<dyn ObjectStore>) {
    for name in ["a/b", "a/c", "d/e"] {
        store.put(&key(name), content(10, 5)).await.unwrap();
    }
    for name in ["a/b", "a/b", "d/e"] {
        store.delete(&key(name)).await.unwrap();
    }
    assert_eq!(store.get(&key("a/b")).await.unwrap(), None);
    assert_eq!(keys_below(&*store, "a").await, ["a/c"]);
    // a folder that was emptied can be filled again
    store.put(&key("d/f"), content(10, 6)).await.unwrap();
    assert_eq!(keys_below(&*store, "d").await, ["d/f"]);
}

pub async fn keys_are_listed_sorted_below_a_prefix(store: Arc<dyn ObjectStore>) {
    for name in ["a/b/10", "a/b/9", "a/b/c/d", "a/bb/1", "a/z", "b/1", "a/b-1/x_y.parquet"] {
        store.put(&key(name), content(1, 0)).await.unwrap();
    }
    assert_eq!(keys_below(&*store, "a/b").await, ["a/b/10", "a/b/9", "a/b/c/d"]);
    let all = ["a/b-1/x_y.parquet", "a/b/10", "a/b/9", "a/b/c/d", "a/bb/1", "a/z"];
    assert_eq!(keys_below(&*store, "a").await, all);
    assert!(keys_below(&*store, "a/z").await.is_empty(), "an object is not below itself");
}

pub async fn of_many_puts_at_once_one_is_there_whole(store: Arc<dyn ObjectStore>) {
    const N_BYTES: usize = 300_000;
    let write = |n: u8| {
        let store = Arc::clone(&store);
        async move { store.put(&key("a/b"), content(N_BYTES, n)).await }
    };
    // something is there all the time, and it is never a mixture
    write(0).await.unwrap();
    let read = || async {
        let found = store.get(&key("a/b")).await.unwrap().unwrap();
        assert!(found == content(N_BYTES, found[0]));
    };
    let (written, _) = join(join_all((1..8).map(write)), join_all((0..8).map(|_| read()))).await;
    assert!(written.into_iter().all(|result| result.is_ok()));
    read().await;
}

pub async fn large_objects_come_back_whole(store: Arc<dyn ObjectStore>) {
    let bytes = content(33 << 20, 9);
    store.put(&key("a/large"), bytes.clone()).await.unwrap();
    let (start, end) = ((16 << 20) - 5, (16 << 20) + 5);
    let range = store.get_range(&key("a/large"), start as u64..end as u64).await.unwrap();
    assert_eq!(range, Some(bytes.slice(start..end)));
    assert!(store.get(&key("a/large")).await.unwrap() == Some(bytes));
}
