//! What a video is, by its first bytes or by what a client says.

use std::fmt;

/// A media type that a browser may be told, since it shows or plays it and runs nothing in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MediaType(&'static str);

/// Bytes of anything.
const UNKNOWN: MediaType = MediaType("application/octet-stream");

/// Media types with the ending of names of such files.
const KNOWN: [(MediaType, &str); 14] = [
    (MediaType("video/mp4"), "mp4"),
    (MediaType("video/webm"), "webm"),
    (MediaType("video/quicktime"), "mov"),
    (MediaType("video/x-matroska"), "mkv"),
    (MediaType("video/x-msvideo"), "avi"),
    (MediaType("video/ogg"), "ogv"),
    (MediaType("audio/mp4"), "m4a"),
    (MediaType("audio/mpeg"), "mp3"),
    (MediaType("audio/ogg"), "ogg"),
    (MediaType("audio/wav"), "wav"),
    (MediaType("audio/webm"), "weba"),
    (MediaType("audio/flac"), "flac"),
    (MediaType("audio/aac"), "aac"),
    (UNKNOWN, "bin"),
];

impl MediaType {
    /// The known media type of that name, in any case and whatever parameters follow it.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.split(';').next().unwrap_or_default().trim();
        KNOWN.iter().map(|(known, _)| *known).find(|known| known.0.eq_ignore_ascii_case(name))
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.0
    }

    /// How names of such files end.
    pub fn extension(self) -> &'static str {
        let (_, extension) = KNOWN.iter().find(|(known, _)| *known == self).expect("every media type is a known one");
        extension
    }

    /// Whether a browser plays it; other things are only to be saved.
    pub fn is_playable(self) -> bool {
        self != UNKNOWN
    }

    /// What something with these first bytes is: by them where they tell, else as `declared`, else unknown.
    pub(crate) fn of(first: &[u8], declared: Option<Self>) -> Self {
        match (sniff(first), declared) {
            // The container alone does not tell whether there are pictures in it.
            (Some(MediaType("video/webm")), Some(MediaType("audio/webm"))) => MediaType("audio/webm"),
            (Some(MediaType("audio/ogg")), Some(MediaType("video/ogg"))) => MediaType("video/ogg"),
            (Some(MediaType("video/mp4")), Some(MediaType("audio/mp4"))) => MediaType("audio/mp4"),
            (Some(sniffed), _) => sniffed,
            (None, declared) => declared.unwrap_or(UNKNOWN),
        }
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// By the marks that formats begin with.
fn sniff(first: &[u8]) -> Option<MediaType> {
    let at = |offset: usize, mark: &[u8]| first.get(offset..).is_some_and(|rest| rest.starts_with(mark));
    let name = if at(4, b"ftyp") {
        match first.get(8..12) {
            Some(b"qt  ") => "video/quicktime",
            Some(b"M4A " | b"M4B ") => "audio/mp4",
            _ => "video/mp4",
        }
    } else if at(4, b"moov") || at(4, b"mdat") || at(4, b"wide") {
        "video/quicktime"
    } else if at(0, &[0x1A, 0x45, 0xDF, 0xA3]) {
        // The name of the kind of document stands in the header, within its first bytes.
        let header = &first[..first.len().min(64)];
        if header.windows(4).any(|window| window == b"webm") { "video/webm" } else { "video/x-matroska" }
    } else if at(0, b"RIFF") && at(8, b"AVI ") {
        "video/x-msvideo"
    } else if at(0, b"RIFF") && at(8, b"WAVE") {
        "audio/wav"
    } else if at(0, b"OggS") {
        "audio/ogg"
    } else if at(0, b"fLaC") {
        "audio/flac"
    } else if at(0, b"ID3") {
        "audio/mpeg"
    } else {
        match first {
            [0xFF, second, ..] if second & 0xF6 == 0xF0 => "audio/aac",
            [0xFF, second, ..] if second & 0xE0 == 0xE0 && second & 0x06 != 0 => "audio/mpeg",
            _ => return None,
        }
    };
    Some(MediaType::from_name(name).expect("only known media types are recognised"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(first: &[u8], declared: Option<&str>, expected: &str) {
        let declared = declared.and_then(MediaType::from_name);
        assert_eq!(MediaType::of(first, declared).name(), expected);
    }

    #[test]
    fn first_bytes_tell_what_a_video_is() {
        check(b"\0\0\0\x20ftypisom\0\0\x02\0", None, "video/mp4");
        check(b"\0\0\0\x14ftypqt  ", None, "video/quicktime");
        check(b"\0\0\0\x1cftypM4A ", None, "audio/mp4");
        check(b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", None, "video/webm");
        check(b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x88matroska", None, "video/x-matroska");
        check(b"RIFF\0\0\0\0AVI LIST", None, "video/x-msvideo");
        check(b"RIFF\0\0\0\0WAVEfmt ", None, "audio/wav");
        check(b"OggS\0", None, "audio/ogg");
        check(b"ID3\x04", None, "audio/mpeg");
        check(b"\xff\xfb\x90", None, "audio/mpeg");
        check(b"\xff\xf1\x50", None, "audio/aac");
        check(b"fLaC", None, "audio/flac");
    }

    #[test]
    fn what_is_declared_counts_where_the_bytes_do_not_tell() {
        check(b"hello", Some("video/mp4"), "video/mp4");
        check(b"hello", Some("VIDEO/WebM; codecs=vp9"), "video/webm");
        check(b"hello", Some("text/html"), "application/octet-stream");
        check(b"\0\0\0\x20ftypisom", Some("video/webm"), "video/mp4");
        check(b"\x1a\x45\xdf\xa3\x9fB\x86webm", Some("audio/webm"), "audio/webm");
        check(b"", None, "application/octet-stream");
        check(b"<html><script>", Some("text/html"), "application/octet-stream");
    }

    #[test]
    fn every_type_has_its_ending() {
        for (known, extension) in KNOWN {
            assert_eq!(MediaType::from_name(known.name()).map(MediaType::extension), Some(extension));
        }
        assert!(!UNKNOWN.is_playable());
    }
}
