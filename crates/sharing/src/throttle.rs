//! Slows guessing down: the more wrong passwords, the longer the wait before the next one is looked at.
//!
//! Two counts are kept. One is of a share and a client, and grows quickly: who mistypes three times waits a second, who goes on waits twice as
//! long each time. The other is of a share from all clients together, and starts later: it bounds those who guess from many addresses. Both are kept in
//! memory, by each server for itself, and forgotten an hour after the last guess.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard};

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::SharingId;

/// How a count turns into a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pace {
    /// Wrong guesses without a wait.
    free: u32,
    /// The longest wait, in seconds.
    max_wait_s: u32,
}

/// Of one client at one share.
const CLIENT_PACE: Pace = Pace { free: 3, max_wait_s: 900 };

/// Of all clients at one share. The wait is short, so that nobody can lock a share for others.
const SHARE_PACE: Pace = Pace { free: 30, max_wait_s: 30 };

/// How long after its last guess a count is forgotten.
const MEMORY: TimeDelta = TimeDelta::hours(1);

/// Most counts that are kept. Where there are more, the oldest go.
const MAX_COUNTS: usize = 20_000;

/// Whose guesses are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Client(SharingId, Client),
    Share(SharingId),
}

/// A client by its address. An IPv6 client has a whole network of addresses, so it is known by that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Client {
    V4([u8; 4]),
    V6([u8; 8]),
    Unknown,
}

impl Client {
    fn of(address: Option<IpAddr>) -> Self {
        match address.map(|address| address.to_canonical()) {
            Some(IpAddr::V4(address)) => Self::V4(address.octets()),
            Some(IpAddr::V6(address)) => {
                let [a, b, c, d, e, f, g, h, ..] = address.octets();
                Self::V6([a, b, c, d, e, f, g, h])
            }
            None => Self::Unknown,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Count {
    guesses: u32,
    last: DateTime<Utc>,
}

impl Count {
    /// When the next guess is looked at.
    fn opens_at(self, pace: Pace) -> DateTime<Utc> {
        let Some(beyond) = self.guesses.checked_sub(pace.free) else { return self.last };
        let wait_s = 1_u32.checked_shl(beyond).unwrap_or(u32::MAX).min(pace.max_wait_s);
        self.last + TimeDelta::seconds(i64::from(wait_s))
    }
}

/// A guess that comes too soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooSoon {
    /// Whole seconds until the next guess is looked at, at least 1.
    pub retry_after_s: u64,
}

/// The counts.
#[derive(Debug, Default)]
pub struct GuessThrottle {
    counts: Mutex<HashMap<Key, Count>>,
}

impl GuessThrottle {
    /// Lets a guess through and counts it as wrong until [`Self::succeeded`] says otherwise, so that guesses at the same time count too.
    ///
    /// # Errors
    /// [`TooSoon`], and nothing is counted.
    pub fn begin(&self, share: SharingId, address: Option<IpAddr>, now: DateTime<Utc>) -> Result<(), TooSoon> {
        let mut counts = self.counts();
        let keys = [(Key::Client(share, Client::of(address)), CLIENT_PACE), (Key::Share(share), SHARE_PACE)];
        for (key, pace) in keys {
            let remembered = counts.get(&key).filter(|count| now - count.last < MEMORY);
            let wait = remembered.map_or(TimeDelta::zero(), |count| count.opens_at(pace) - now);
            if wait > TimeDelta::zero() {
                let milliseconds = u64::try_from(wait.num_milliseconds()).unwrap_or(0);
                return Err(TooSoon { retry_after_s: milliseconds.div_ceil(1000).max(1) });
            }
        }
        make_room(&mut counts, now);
        for (key, _) in keys {
            let count = counts.entry(key).or_insert(Count { guesses: 0, last: now });
            count.guesses = if now - count.last < MEMORY { count.guesses.saturating_add(1) } else { 1 };
            count.last = now;
        }
        Ok(())
    }

    /// The guess that was let through was right: the client begins anew, and the share's count is as it was before.
    pub fn succeeded(&self, share: SharingId, address: Option<IpAddr>) {
        let mut counts = self.counts();
        counts.remove(&Key::Client(share, Client::of(address)));
        if let Some(count) = counts.get_mut(&Key::Share(share)) {
            count.guesses = count.guesses.saturating_sub(1);
        }
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Key, Count>> {
        self.counts.lock().expect("no holder of this lock panics")
    }
}

/// Forgets what is old, and where that is not enough, the older half.
fn make_room(counts: &mut HashMap<Key, Count>, now: DateTime<Utc>) {
    if counts.len() + 2 <= MAX_COUNTS {
        return;
    }
    counts.retain(|_, count| now - count.last < MEMORY);
    if counts.len() + 2 > MAX_COUNTS {
        let mut lasts: Vec<DateTime<Utc>> = counts.values().map(|count| count.last).collect();
        let (_, median, _) = lasts.select_nth_unstable(MAX_COUNTS / 2);
        let median = *median;
        counts.retain(|_, count| count.last > median);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARE: SharingId = SharingId(1);

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_768_360_894 + seconds, 0).unwrap()
    }

    fn client(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn each_wrong_guess_after_the_third_doubles_the_wait() {
        let throttle = GuessThrottle::default();
        let mut now = 0;
        let mut waits = Vec::new();
        for _ in 0..16 {
            while let Err(too_soon) = throttle.begin(SHARE, client("10.0.0.1"), at(now)) {
                waits.push(too_soon.retry_after_s);
                now += i64::try_from(too_soon.retry_after_s).unwrap();
            }
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
    }

    #[test]
    fn others_are_not_slowed_and_a_right_password_begins_anew() {
        let throttle = GuessThrottle::default();
        for _ in 0..3 {
            throttle.begin(SHARE, client("10.0.0.1"), at(0)).unwrap();
        }
        assert_eq!(throttle.begin(SHARE, client("10.0.0.1"), at(0)), Err(TooSoon { retry_after_s: 1 }));
        throttle.begin(SHARE, client("10.0.0.2"), at(0)).unwrap();
        throttle.begin(SharingId(2), client("10.0.0.1"), at(0)).unwrap();
        throttle.begin(SHARE, client("10.0.0.1"), at(1)).unwrap();
        throttle.succeeded(SHARE, client("10.0.0.1"));
        throttle.begin(SHARE, client("10.0.0.1"), at(1)).unwrap();
    }

    #[test]
    fn a_network_is_one_client() {
        let throttle = GuessThrottle::default();
        for n in 0..3 {
            throttle.begin(SHARE, client(&format!("2001:db8::{n}")), at(0)).unwrap();
        }
        assert!(throttle.begin(SHARE, client("2001:db8::ffff"), at(0)).is_err());
        throttle.begin(SHARE, client("2001:db8:0:1::"), at(0)).unwrap();
        for _ in 0..3 {
            throttle.begin(SHARE, client("::ffff:10.0.0.1"), at(0)).unwrap();
        }
        assert!(throttle.begin(SHARE, client("10.0.0.1"), at(0)).is_err());
    }

    #[test]
    fn guesses_from_many_addresses_are_slowed_too() {
        let throttle = GuessThrottle::default();
        for n in 0..30 {
            throttle.begin(SHARE, client(&format!("10.0.0.{n}")), at(0)).unwrap();
        }
        assert!(throttle.begin(SHARE, client("10.0.0.99"), at(0)).is_err());
        throttle.begin(SHARE, client("10.0.0.99"), at(1)).unwrap();
        assert!(throttle.begin(SHARE, client("10.0.0.100"), at(2)).is_err());
    }

    #[test]
    fn counts_are_forgotten_and_bounded() {
        let throttle = GuessThrottle::default();
        for _ in 0..3 {
            throttle.begin(SHARE, None, at(0)).unwrap();
        }
        for _ in 0..3 {
            throttle.begin(SHARE, None, at(3600)).unwrap();
        }
        assert!(throttle.begin(SHARE, None, at(3600)).is_err());
        for share in 0..30_000 {
            throttle.begin(SharingId(share + 2), None, at(3600 + share / 1000)).unwrap();
            assert!(throttle.counts().len() <= MAX_COUNTS);
        }
    }
}
