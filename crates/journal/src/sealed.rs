//! Small files that are replaced as a whole: a line that names the format, its version and the content's checksum, then the content.

use std::path::Path;

use crate::disk::Disk;
use crate::error::FileError;

/// A format of sealed files.
#[derive(Clone, Copy, Debug)]
pub struct SealedFormat {
    /// How its files begin.
    pub magic: &'static str,
    /// The version that is written, the only one that is read.
    pub version: u32,
}

impl SealedFormat {
    /// The bytes of a file with this content.
    pub fn encode(self, content: &[u8]) -> Vec<u8> {
        let head = format!("{} {} {:08x}\n", self.magic, self.version, crc32fast::hash(content));
        [head.as_bytes(), content].concat()
    }

    /// The content of a file at `path` that has these bytes.
    ///
    /// # Errors
    /// [`FileError::Damaged`], [`FileError::NewerVersion`].
    pub fn decode(self, path: &Path, bytes: &[u8]) -> Result<Vec<u8>, FileError> {
        let damaged = |offset: usize, what: &str| FileError::damaged(path, offset as u64, what);
        let n_head =
            bytes.iter().position(|&byte| byte == b'\n').ok_or_else(|| damaged(0, "the first line is missing"))?;
        let (head, content) = (&bytes[..n_head], &bytes[n_head + 1..]);
        let head = std::str::from_utf8(head).map_err(|_| damaged(0, "the first line is no text"))?;
        let words: Vec<&str> = head.split(' ').collect();
        let [magic, version, checksum] = words[..] else {
            return Err(damaged(0, "the first line does not name the format, its version and a checksum"));
        };
        if magic != self.magic {
            return Err(damaged(0, &format!("the first line does not begin with {}", self.magic)));
        }
        let version: u32 = version.parse().map_err(|_| damaged(magic.len() + 1, "the version is no number"))?;
        if version != self.version {
            return Err(FileError::NewerVersion { path: path.to_owned(), found: version, known: self.version });
        }
        if checksum != format!("{:08x}", crc32fast::hash(content)) {
            return Err(damaged(n_head + 1, "the content does not fit its checksum"));
        }
        Ok(content.to_vec())
    }

    /// The content of the file at `path`; none where there is no such file.
    ///
    /// # Errors
    /// Where the file cannot be read, and as of [`Self::decode`].
    pub fn read(self, path: &Path) -> Result<Option<Vec<u8>>, FileError> {
        match std::fs::read(path) {
            Ok(bytes) => self.decode(path, &bytes).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FileError::io(path, "read")(error)),
        }
    }

    /// Replaces the file at `path`, at once and for good.
    ///
    /// # Errors
    /// Then either the old or the new file is there, whole.
    pub fn replace(self, disk: &Disk, path: &Path, content: &[u8]) -> Result<(), FileError> {
        disk.replace(path, &self.encode(content))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_flipped_or_missing_bit_goes_unseen() {
        let format = SealedFormat { magic: "a-format", version: 3 };
        let path = Path::new("sealed");
        let bytes = format.encode(b"{\"a\": 1}");
        assert_eq!(format.decode(path, &bytes).unwrap(), b"{\"a\": 1}");
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << bit;
                format.decode(path, &flipped).unwrap_err();
            }
            format.decode(path, &bytes[..at]).unwrap_err();
        }
        let newer = SealedFormat { version: 4, ..format }.encode(b"");
        assert!(matches!(format.decode(path, &newer), Err(FileError::NewerVersion { found: 4, known: 3, .. })));
    }
}
