//! Persons on disk: a chain of files, each with what changed since the one before it.

use super::{Flags, GroupType, Persons};
use journal::codec::{DecodeError, Decoder, Encoder};

impl Persons {
    /// Writes what changed since the last call, and forgets that it did.
    pub(crate) fn encode_unsaved(&mut self) -> Vec<u8> {
        let mut encoder = Encoder::with_capacity(64 * self.unsaved.persons.len());
        let n_saved = std::mem::replace(&mut self.unsaved.n_saved_distinct_ids, self.distinct_ids.len());
        encoder.length(self.distinct_ids.len() - n_saved);
        for (distinct_id, person) in self.distinct_ids.iter().zip(&self.person_of_distinct_id).skip(n_saved) {
            encoder.text(distinct_id);
            encoder.u32(*person);
        }
        let mut persons: Vec<u32> = std::mem::take(&mut self.unsaved.persons).into_iter().collect();
        persons.sort_unstable();
        encoder.length(self.parents.len());
        encoder.length(persons.len());
        for person in persons {
            let index = person as usize;
            encoder.u32(person);
            encoder.u32(self.parents[index]);
            encoder.i64(self.created_at_us[index]);
            encoder.u8(self.flags[index].to_byte());
        }
        self.properties.encode_unsaved(&mut encoder);
        encoder.length(self.groups.len());
        for group_type in &mut self.groups {
            group_type.encode_unsaved(&mut encoder);
        }
        encoder.finish()
    }

    /// Takes over what [`Self::encode_unsaved`] wrote; to be called with each file of the chain in turn.
    pub(crate) fn decode(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        let mut decoder = Decoder::new(bytes);
        for _ in 0..decoder.length()? {
            let code = self.distinct_ids.intern(decoder.text()?) as usize;
            if code != self.person_of_distinct_id.len() {
                return Err(decoder.error("a new distinct id"));
            }
            self.person_of_distinct_id.push(decoder.u32()?);
        }
        self.decode_persons(&mut decoder)?;
        self.properties.decode(&mut decoder)?;
        for index in 0..decoder.length()? {
            let name = decoder.text()?;
            if index == self.groups.len() {
                self.groups.push(GroupType::new(name));
            }
            self.groups[index].decode(&mut decoder)?;
        }
        if !decoder.is_at_end() {
            return Err(decoder.error("the end of the record"));
        }
        self.unsaved.n_saved_distinct_ids = self.distinct_ids.len();
        Ok(())
    }

    /// Takes everything to be unsaved, so that the next [`Self::encode_unsaved`] begins a new chain.
    pub(crate) fn mark_all_unsaved(&mut self) {
        self.unsaved.n_saved_distinct_ids = 0;
        self.unsaved.persons = (0..).take(self.parents.len()).collect();
        self.properties.mark_all_unsaved();
        for group_type in &mut self.groups {
            group_type.n_saved_keys = 0;
            group_type.properties.mark_all_unsaved();
        }
    }

    fn decode_persons(&mut self, decoder: &mut Decoder<'_>) -> Result<(), DecodeError> {
        let n_persons = decoder.length()?;
        if n_persons < self.parents.len() || u32::try_from(n_persons).is_err() {
            return Err(decoder.error("as many persons as before or more"));
        }
        let n_changed = decoder.length()?;
        if n_persons - self.parents.len() > n_changed {
            return Err(decoder.error("every new person"));
        }
        self.parents.extend((0..).take(n_persons).skip(self.parents.len()));
        self.created_at_us.resize(n_persons, i64::MAX);
        self.flags.resize(n_persons, Flags::default());
        for _ in 0..n_changed {
            let (person, parent) = (decoder.u32()?, decoder.u32()?);
            let index = person as usize;
            if index >= n_persons || parent as usize >= n_persons {
                return Err(decoder.error("the number of a person"));
            }
            self.n_merged += usize::from(parent != person && self.parents[index] == person);
            self.parents[index] = parent;
            self.created_at_us[index] = decoder.i64()?;
            self.flags[index] = Flags::from_byte(decoder.u8()?);
        }
        Ok(())
    }
}

impl GroupType {
    fn encode_unsaved(&mut self, encoder: &mut Encoder) {
        encoder.text(&self.name);
        let n_saved = std::mem::replace(&mut self.n_saved_keys, self.keys.len());
        encoder.length(self.keys.len() - n_saved);
        for key in self.keys.iter().skip(n_saved) {
            encoder.text(key);
        }
        self.properties.encode_unsaved(encoder);
    }

    fn decode(&mut self, decoder: &mut Decoder<'_>) -> Result<(), DecodeError> {
        for _ in 0..decoder.length()? {
            self.keys.intern(decoder.text()?);
        }
        self.n_saved_keys = self.keys.len();
        self.properties.decode(decoder)
    }
}

impl Flags {
    fn to_byte(self) -> u8 {
        u8::from(self.is_identified) | u8::from(self.has_profile) << 1
    }

    fn from_byte(byte: u8) -> Self {
        Self { is_identified: byte & 1 != 0, has_profile: byte & 2 != 0 }
    }
}
