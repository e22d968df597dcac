//! Bytes of the store's own binary formats: little-endian numbers, lengths as LEB128.

/// Writes values one after another.
#[derive(Debug, Default)]
pub struct Encoder {
    bytes: Vec<u8>,
}

impl Encoder {
    /// With room for so many bytes.
    pub fn with_capacity(n_bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(n_bytes) }
    }

    /// A byte.
    pub fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    /// A number of 4 bytes.
    pub fn u32(&mut self, value: u32) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// A number of 8 bytes.
    pub fn i64(&mut self, value: i64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// A number of 8 bytes without a sign.
    pub fn u64(&mut self, value: u64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// A number of 16 bytes.
    pub fn u128(&mut self, value: u128) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// A number of any size, small ones in few bytes.
    pub fn length(&mut self, value: usize) {
        let mut rest = value as u64;
        while rest >= 0x80 {
            self.bytes.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        self.bytes.push((rest & 0x7f) as u8);
    }

    /// A length, then so many bytes of UTF-8.
    pub fn text(&mut self, text: &str) {
        self.length(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// A length, then so many bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.bytes.extend_from_slice(bytes);
    }

    /// How many bytes have been written.
    pub fn n_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// What was written.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// What was expected of encoded bytes and is not there.
#[derive(Debug, thiserror::Error)]
#[error("expected {expected} at byte {at} of the record")]
pub struct DecodeError {
    /// What should stand there.
    pub expected: &'static str,
    /// Where in the decoded bytes.
    pub at: usize,
}

/// Reads values one after another; anything malformed is an error, never a panic.
#[derive(Debug)]
pub struct Decoder<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Decoder<'a> {
    /// Reads from the beginning.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Whether everything has been read.
    pub fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// For a value that was read but makes no sense.
    pub fn error(&self, expected: &'static str) -> DecodeError {
        DecodeError { expected, at: self.at }
    }

    fn take(&mut self, n_bytes: usize, expected: &'static str) -> Result<&'a [u8], DecodeError> {
        let end = self.at.checked_add(n_bytes).filter(|&end| end <= self.bytes.len());
        let end = end.ok_or(DecodeError { expected, at: self.at })?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self, expected: &'static str) -> Result<[u8; N], DecodeError> {
        let taken = self.take(N, expected)?;
        Ok(taken.try_into().expect("as many bytes were taken as the array has"))
    }

    /// A byte.
    ///
    /// # Errors
    /// Where the bytes end before.
    pub fn u8(&mut self) -> Result<u8, DecodeError> {
        Ok(self.array::<1>("a byte")?[0])
    }

    /// As [`Encoder::u32`] wrote it.
    ///
    /// # Errors
    /// Where the bytes end before.
    pub fn u32(&mut self) -> Result<u32, DecodeError> {
        Ok(u32::from_le_bytes(self.array("a 32-bit number")?))
    }

    /// As [`Encoder::i64`] wrote it.
    ///
    /// # Errors
    /// Where the bytes end before.
    pub fn i64(&mut self) -> Result<i64, DecodeError> {
        Ok(i64::from_le_bytes(self.array("a 64-bit number")?))
    }

    /// As [`Encoder::u64`] wrote it.
    ///
    /// # Errors
    /// Where the bytes end before.
    pub fn u64(&mut self) -> Result<u64, DecodeError> {
        Ok(u64::from_le_bytes(self.array("a 64-bit number without a sign")?))
    }

    /// As [`Encoder::u128`] wrote it.
    ///
    /// # Errors
    /// Where the bytes end before.
    pub fn u128(&mut self) -> Result<u128, DecodeError> {
        Ok(u128::from_le_bytes(self.array("a uuid")?))
    }

    /// As [`Encoder::length`] wrote it.
    ///
    /// # Errors
    /// Where the bytes end before, or make more than 64 bits.
    pub fn length(&mut self) -> Result<usize, DecodeError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return usize::try_from(value).map_err(|_| self.error("a length"));
            }
        }
        Err(self.error("a length of at most ten bytes"))
    }

    /// As [`Encoder::bytes`] wrote them.
    ///
    /// # Errors
    /// Where the bytes end before.
    pub fn bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let n_bytes = self.length()?;
        self.take(n_bytes, "as many bytes as are announced")
    }

    /// As [`Encoder::text`] wrote it.
    ///
    /// # Errors
    /// Where the bytes end before, or are no UTF-8.
    pub fn text(&mut self) -> Result<&'a str, DecodeError> {
        let n_bytes = self.length()?;
        let at = self.at;
        let bytes = self.take(n_bytes, "a text")?;
        std::str::from_utf8(bytes).map_err(|_| DecodeError { expected: "a text in UTF-8", at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_and_a_cut_record_is_an_error() {
        let mut encoder = Encoder::default();
        encoder.u8(7);
        encoder.u32(70_000);
        encoder.i64(-5);
        encoder.u128(u128::MAX - 1);
        encoder.u64(u64::MAX - 1);
        encoder.bytes(&[1, 2]);
        encoder.length(300);
        encoder.text("héllo");
        let bytes = encoder.finish();
        let read = |bytes: &[u8]| -> Result<(), DecodeError> {
            let mut decoder = Decoder::new(bytes);
            assert_eq!(decoder.u8()?, 7);
            assert_eq!(decoder.u32()?, 70_000);
            assert_eq!(decoder.i64()?, -5);
            assert_eq!(decoder.u128()?, u128::MAX - 1);
            assert_eq!(decoder.u64()?, u64::MAX - 1);
            assert_eq!(decoder.bytes()?, [1, 2]);
            assert_eq!(decoder.length()?, 300);
            assert_eq!(decoder.text()?, "héllo");
            assert!(decoder.is_at_end());
            Ok(())
        };
        read(&bytes).unwrap();
        for cut in 0..bytes.len() {
            read(&bytes[..cut]).unwrap_err();
        }
    }
}
