//! What is done in the background: finishing what was begun, and removing what is of no more use.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;
use insights_core::objects::ObjectKey;

use super::error::{VideoError, VideoResult};
use super::model::{Upload, recording_prefix};
use super::read::missing;
use super::service::VideoService;

/// Uploads that are looked at in one round.
const UPLOADS_A_ROUND: u32 = 100;

/// How long after it could begin an upload may be without its recording, which is stored after it.
const GRACE: TimeDelta = TimeDelta::minutes(10);

/// Rows of parts that are loaded at once.
const PARTS_AT_ONCE: u32 = 1000;

/// What a round did.
#[derive(Debug, Default)]
pub struct SweepRound {
    /// Complete uploads that their recordings were told of.
    pub n_announced: usize,
    /// Uploads that were removed with their objects.
    pub n_removed: usize,
    /// What failed, each with an upload that the next round tries again.
    pub failures: Vec<VideoError>,
}

impl VideoService {
    /// Tells recordings of videos that are complete, and removes uploads that took too long or whose recording is gone, until `stop` says to begin no more.
    ///
    /// # Errors
    /// Where it cannot be told which uploads those are.
    pub async fn sweep(&self, stop: &dyn Fn() -> bool) -> VideoResult<SweepRound> {
        let mut round = SweepRound::default();
        let uploads = Arc::clone(&self.uploads);
        for upload in self.blocking(move || Ok(uploads.unannounced(UPLOADS_A_ROUND)?)).await? {
            if stop() {
                return Ok(round);
            }
            match self.announce(&upload).await {
                Ok(()) => round.n_announced += 1,
                Err(error) => round.failures.push(error),
            }
        }
        let (uploads, now) = (Arc::clone(&self.uploads), self.clock.now());
        for upload in self.blocking(move || Ok(uploads.useless(now, now - GRACE, UPLOADS_A_ROUND)?)).await? {
            if stop() {
                return Ok(round);
            }
            match self.remove_useless(&upload).await {
                Ok(()) => round.n_removed += 1,
                Err(error) => round.failures.push(error),
            }
        }
        Ok(round)
    }

    async fn remove_useless(&self, upload: &Upload) -> VideoResult<()> {
        if upload.offset > 0 && !upload.is_complete() {
            self.tell(upload, |states, recording| states.video_does_not_come(recording.project, recording.id)).await?;
        }
        self.discard(upload).await
    }

    /// Forgets an upload, and removes all objects of its recording.
    pub(super) async fn discard(&self, upload: &Upload) -> VideoResult<()> {
        // The rows go last: while they are there, the objects are looked for.
        self.remove_objects(&recording_prefix(upload.recording), |_| false).await?;
        let (uploads, id) = (Arc::clone(&self.uploads), upload.id);
        self.blocking(move || Ok(uploads.remove(id)?)).await
    }

    /// Removes the objects below `prefix` that are not to be kept.
    pub(super) async fn remove_objects(
        &self,
        prefix: &ObjectKey,
        is_kept: impl Fn(&ObjectKey) -> bool,
    ) -> VideoResult<()> {
        for key in self.objects.list(prefix).await? {
            if !is_kept(&key) {
                self.objects.delete(&key).await?;
            }
        }
        Ok(())
    }

    /// The keys of all parts of an upload.
    pub(super) async fn part_keys(&self, upload: &Upload) -> VideoResult<BTreeSet<ObjectKey>> {
        let mut keys = BTreeSet::new();
        let mut at = 0;
        while at < upload.offset {
            let (uploads, id, range) = (Arc::clone(&self.uploads), upload.id, at..upload.offset);
            let parts = self.blocking(move || Ok(uploads.parts(id, range, PARTS_AT_ONCE)?)).await?;
            // Without it, an object that is needed would look like one that is not.
            let last = parts.last().ok_or_else(missing)?;
            at = last.end();
            keys.extend(parts.into_iter().map(|part| part.key));
        }
        Ok(keys)
    }
}
