//! One JSON object a line, gzipped or not.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use capture::error::EventError;
use capture::record::event_of_line;
use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use insights_core::event::Event;
use serde::Serialize;
use serde_json::value::RawValue;

use super::count::CountingReader;
use super::error::{ExchangeError, RejectedRow};
use super::read::{ReadBatch, ReadOptions};

const BUFFER_BYTES: usize = 1 << 18;

/// Lines as events.
pub(crate) struct NdjsonReader {
    path: PathBuf,
    lines: Box<dyn BufRead + Send>,
    options: ReadOptions,
    line: Vec<u8>,
    lines_read: u64,
}

impl fmt::Debug for NdjsonReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NdjsonReader")
            .field("path", &self.path)
            .field("lines_read", &self.lines_read)
            .finish_non_exhaustive()
    }
}

impl NdjsonReader {
    pub(crate) fn new(
        path: &Path,
        file: File,
        gzipped: bool,
        bytes_read: Arc<AtomicU64>,
        options: ReadOptions,
    ) -> Self {
        let bytes = BufReader::with_capacity(BUFFER_BYTES, CountingReader::new(file, bytes_read));
        let lines: Box<dyn BufRead + Send> = if gzipped {
            Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(bytes)))
        } else {
            Box::new(bytes)
        };
        Self { path: path.to_owned(), lines, options, line: Vec::new(), lines_read: 0 }
    }

    pub(crate) fn next_batch(&mut self) -> Result<Option<ReadBatch>, ExchangeError> {
        let mut batch = ReadBatch::default();
        while batch.rows() < self.options.batch_events {
            let Some(line) = self.next_line()? else { break };
            let row = self.lines_read;
            let text = match line {
                Line::Whole => String::from_utf8_lossy(&self.line),
                Line::TooLong => {
                    let reason = EventError::TooLarge { limit_bytes: self.options.limits.event_bytes };
                    batch.rejected.push(RejectedRow { row, reason });
                    continue;
                }
            };
            let text = text.trim_start_matches('\u{feff}').trim_ascii();
            if text.is_empty() {
                continue;
            }
            match event_of_line(text, self.options.namespace, &self.options.limits) {
                Ok(event) => batch.events.push(event),
                Err(_) if row == 1 && text.starts_with('[') => {
                    return Err(ExchangeError::unreadable(
                        &self.path,
                        "it begins with a JSON list; write one JSON object a line instead",
                    ));
                }
                Err(reason) => batch.rejected.push(RejectedRow { row, reason }),
            }
        }
        Ok((batch.rows() > 0).then_some(batch))
    }

    /// Reads the next line into `self.line`, at most a little more of it than any event can have.
    fn next_line(&mut self) -> Result<Option<Line>, ExchangeError> {
        // What is kept of an event is bounded; the line around it may hold as much again that is not kept, and every byte of
        // properties in a JSON text may take six.
        let limit = self.options.limits.event_bytes.saturating_mul(8);
        self.line.clear();
        let mut line = Line::Whole;
        let mut any = false;
        loop {
            let buffer = match self.lines.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.read_error(error)),
            };
            if buffer.is_empty() {
                self.lines_read += u64::from(any);
                return Ok(any.then_some(line));
            }
            any = true;
            let end = buffer.iter().position(|&byte| byte == b'\n');
            let taken = end.unwrap_or(buffer.len());
            if self.line.len() + taken > limit {
                line = Line::TooLong;
                self.line.clear();
            }
            if matches!(line, Line::Whole) {
                self.line.extend_from_slice(&buffer[..taken]);
            }
            self.lines.consume(taken + usize::from(end.is_some()));
            if end.is_some() {
                self.lines_read += 1;
                return Ok(Some(line));
            }
        }
    }

    fn read_error(&self, source: io::Error) -> ExchangeError {
        match source.kind() {
            io::ErrorKind::UnexpectedEof => ExchangeError::Unreadable {
                path: self.path.clone(),
                reason: format!("its gzip data is cut off after line {}", self.lines_read),
                source: Some(Box::new(source)),
            },
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => ExchangeError::Unreadable {
                path: self.path.clone(),
                reason: format!("its gzip data is damaged after line {}", self.lines_read),
                source: Some(Box::new(source)),
            },
            _ => ExchangeError::io(&self.path, "read", source),
        }
    }
}

#[derive(Clone, Copy)]
enum Line {
    Whole,
    TooLong,
}

/// Events as lines.
pub(crate) enum NdjsonWriter {
    Plain(BufWriter<File>),
    Gzip(GzEncoder<BufWriter<File>>),
}

impl fmt::Debug for NdjsonWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain(_) => "NdjsonWriter::Plain",
            Self::Gzip(_) => "NdjsonWriter::Gzip",
        })
    }
}

#[derive(Serialize)]
struct LineOut<'a> {
    uuid: uuid::Uuid,
    event: &'a str,
    distinct_id: &'a str,
    timestamp: String,
    properties: &'a RawValue,
}

impl NdjsonWriter {
    pub(crate) fn new(file: File, gzipped: bool) -> Self {
        let file = BufWriter::with_capacity(BUFFER_BYTES, file);
        if gzipped { Self::Gzip(GzEncoder::new(file, Compression::default())) } else { Self::Plain(file) }
    }

    pub(crate) fn write(&mut self, events: &[Event]) -> io::Result<()> {
        let mut lines = Vec::new();
        for event in events {
            // Line breaks can only stand between the parts of a JSON text, where a space means the same.
            let one_line = event.properties.replace(['\n', '\r'], " ");
            let line = LineOut {
                uuid: event.uuid,
                event: &event.event,
                distinct_id: &event.distinct_id,
                timestamp: super::write::timestamp_text(event.timestamp),
                properties: serde_json::from_str(&one_line)?,
            };
            serde_json::to_writer(&mut lines, &line)?;
            lines.push(b'\n');
        }
        match self {
            Self::Plain(writer) => writer.write_all(&lines),
            Self::Gzip(writer) => writer.write_all(&lines),
        }
    }

    /// Writes what is left and gives the file back.
    pub(crate) fn finish(self) -> io::Result<File> {
        let writer = match self {
            Self::Plain(writer) => writer,
            Self::Gzip(writer) => writer.finish()?,
        };
        writer.into_inner().map_err(io::IntoInnerError::into_error)
    }
}
