//! Segments.
use crate::manifest::SegmentFile;

#[derive(Debug)]
pub(crate) struct Segment { file: SegmentFile }
impl Segment { pub(crate) fn file(&self) -> &SegmentFile { &self.file } }
