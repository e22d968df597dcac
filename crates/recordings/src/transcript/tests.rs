use std::collections::{BTreeMap, HashSet};

use proptest::prelude::*;

use super::*;

fn segment(timestamp_ms: Option<f64>, speaker: &str, text: &str, is_final: Option<bool>) -> Segment {
    let speaker = (!speaker.is_empty()).then(|| speaker.to_owned());
    Segment { timestamp_ms, speaker, text: text.to_owned(), confidence: None, is_final }
}

fn timed(timestamp_ms: f64, text: &str) -> Segment {
    segment(Some(timestamp_ms), "Ann", text, None)
}

fn untimed(text: &str) -> Segment {
    segment(None, "Ann", text, None)
}

/// A transcript as a store keeps it.
#[derive(Debug, Default)]
struct Store {
    extent: Extent,
    segments: BTreeMap<String, Placed>,
    batches: HashSet<String>,
}

impl Store {
    fn append(&mut self, segments: &[Segment]) -> bool {
        let batch = Batch::new(segments.to_vec());
        if self.batches.contains(&batch.hash) {
            return false;
        }
        let known = self.segments.iter().map(|(identity, placed)| {
            let known =
                Known { is_provisional: placed.entry.segment.is_provisional(), n_bytes: placed.entry.json.len() };
            (identity.clone(), known)
        });
        let addition = self.extent.add(&batch, &known.collect()).unwrap();
        let is_change = !addition.is_empty();
        if is_change {
            self.batches.insert(batch.hash);
        }
        self.extent = addition.extent;
        for entry in addition.replaced {
            let identity = entry.identity.clone();
            self.segments.get_mut(&identity).unwrap().entry = entry;
        }
        for placed in addition.added {
            assert!(self.segments.insert(placed.entry.identity.clone(), placed).is_none());
        }
        is_change
    }

    fn ordered(&self) -> Vec<&Placed> {
        let mut placed: Vec<&Placed> = self.segments.values().collect();
        placed.sort_by(|a, b| a.order_ms.total_cmp(&b.order_ms).then(a.arrival.cmp(&b.arrival)));
        placed
    }

    fn transcript(&self) -> Transcript {
        Transcript::of(self.ordered().into_iter().map(|placed| &placed.entry))
    }
}

/// The text after these batches.
#[track_caller]
fn check(batches: &[&[Segment]], expected: &str) {
    let mut store = Store::default();
    for batch in batches {
        store.append(batch);
    }
    let transcript = store.transcript();
    assert_eq!(transcript.text, expected);
    let texts: Vec<String> = transcript.segments().unwrap().into_iter().map(|segment| segment.text).collect();
    assert_eq!(texts.join(" "), expected);
    let bytes: usize = store.segments.values().map(|placed| placed.entry.json.len()).sum();
    assert_eq!((store.extent.n_segments, store.extent.n_bytes), (store.segments.len(), bytes));
}

#[test]
fn segments_stand_by_their_times() {
    check(&[&[timed(2.0, "b"), timed(1.0, "a")], &[timed(1.5, "ab")]], "a ab b");
    check(&[&[timed(1.0, "a")], &[segment(Some(1.0), "Bob", "b", None)]], "a b");
    check(&[&[segment(Some(1.0), "Bob", "b", None)], &[segment(Some(1.0), "", "c", None), timed(1.0, "a")]], "b c a");
}

#[test]
fn the_same_moment_of_the_same_speaker_is_one_segment() {
    check(&[&[timed(1.0, "a")], &[timed(1.0, "b")]], "a");
    check(&[&[timed(1.0, "a"), timed(1.0, "a"), timed(1.0, "b")]], "a");
    check(&[&[timed(1.0, "a"), timed(2.0, "b")], &[timed(2.0, "b"), timed(3.0, "c")]], "a b c");
}

#[test]
fn provisional_words_give_way_to_later_ones() {
    let words = |text: &str, is_final| [segment(Some(1.0), "Ann", text, is_final)];
    let (first, second, last) = (words("he", Some(false)), words("hell", Some(false)), words("hello", Some(true)));
    check(&[&first, &second], "hell");
    check(&[&first, &second, &last], "hello");
    check(&[&last, &first], "hello");
    check(&[&[&first[..], &second, &last].concat()], "hello");
    check(&[&first, &words("hello", None), &second], "hello");
    // A batch that comes again brings back nothing that gave way.
    check(&[&first, &second, &first], "hell");
}

#[test]
fn without_times_a_batch_counts_once_and_its_words_each_time() {
    check(&[&[untimed("yes")], &[untimed("yes")]], "yes");
    check(&[&[untimed("yes"), untimed("yes")]], "yes yes");
    check(&[&[untimed("yes")], &[untimed("no"), untimed("yes")]], "yes no yes");
}

#[test]
fn without_times_segments_stand_where_they_came() {
    check(&[&[untimed("first")], &[timed(0.0, "a")]], "first a");
    check(&[&[timed(2.0, "b")], &[untimed("then")], &[timed(1.0, "a"), timed(3.0, "c")]], "a b then c");
    check(&[&[timed(2.0, "b"), untimed("then"), timed(1.0, "a")], &[untimed("more")]], "a b then more");
    check(&[&[timed(2.0, "b")], &[untimed("then")], &[segment(Some(2.0), "Bob", "late", None)]], "b then late");
}

#[test]
fn the_same_content_is_the_same_batch() {
    let hash = |segments: Vec<Segment>| Batch::new(segments).hash;
    assert_eq!(hash(vec![timed(1.0, "a"), timed(2.0, "b")]), hash(vec![timed(1.0, "a"), timed(2.0, "b")]));
    assert_ne!(hash(vec![timed(1.0, "a"), timed(2.0, "b")]), hash(vec![timed(2.0, "b"), timed(1.0, "a")]));
    assert_ne!(hash(vec![untimed("a\nb")]), hash(vec![untimed("a"), untimed("b")]));
}

#[test]
fn transcripts_are_bounded() {
    let full = Extent { n_segments: MAX_SEGMENTS, n_arrived: MAX_SEGMENTS as u64, ..Extent::default() };
    let batch = Batch::new(vec![timed(1.0, "a")]);
    let refused = full.add(&batch, &HashMap::new()).unwrap_err();
    assert!(matches!(refused, RepositoryError::Limit { limit: MAX_SEGMENTS, .. }), "{refused:?}");
    let known = HashMap::from([(batch.entries[0].identity.clone(), Known { is_provisional: false, n_bytes: 9 })]);
    assert!(full.add(&batch, &known).unwrap().is_empty());
    let long = Extent { n_bytes: MAX_TRANSCRIPT_BYTES, ..Extent::default() };
    assert!(matches!(long.add(&batch, &HashMap::new()), Err(RepositoryError::Limit { .. })));
    let busy = Extent { n_arrived: MAX_ARRIVALS, ..Extent::default() };
    assert!(matches!(busy.add(&batch, &HashMap::new()), Err(RepositoryError::Limit { .. })));
}

/// What several clients send: batches of final segments, each said at a moment of its own, a few batches more than once.
fn sent() -> impl Strategy<Value = (Vec<Vec<Segment>>, Vec<usize>)> {
    let batches = prop::collection::vec(prop::collection::vec((0_u32..60, 0_usize..3), 1..6), 1..12);
    let batches = batches.prop_map(|batches| {
        let segments = |batch: Vec<(u32, usize)>| {
            let said = |(at, who): (u32, usize)| {
                segment(Some(f64::from(at)), ["", "Ann", "Bob"][who], &format!("{at}/{who}"), Some(true))
            };
            batch.into_iter().map(said).collect()
        };
        batches.into_iter().map(segments).collect::<Vec<Vec<Segment>>>()
    });
    batches.prop_flat_map(|batches| {
        let order: Vec<usize> = (0..batches.len()).chain(0..batches.len() / 2).collect();
        (Just(batches), Just(order).prop_shuffle())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(test_support::cases::n_property_cases()))]

    #[test]
    fn however_batches_come_each_segment_is_there_once_and_in_order((batches, order) in sent()) {
        let mut store = Store::default();
        for at in &order {
            store.append(&batches[*at]);
        }
        let moment = |segment: &Segment| (segment.timestamp_ms.map(f64::to_bits), segment.speaker.clone());
        let expected: std::collections::BTreeSet<_> = batches.iter().flatten().map(moment).collect();
        let segments = store.transcript().segments().unwrap();
        prop_assert_eq!(segments.len(), expected.len());
        prop_assert_eq!(segments.iter().map(moment).collect::<std::collections::BTreeSet<_>>(), expected);
        prop_assert!(segments.is_sorted_by_key(|segment| segment.timestamp_ms.map(f64::to_bits)));
        for at in order {
            prop_assert!(!store.append(&batches[at]), "a batch that comes again changes nothing");
        }
    }
}
