//! Prompts ready to be sent, since clients fetch them on each of their own requests: the bytes of an answer, known by their hash.
//!
//! An answer is used for as long as nothing has changed that could be in it, as the store says after each request came in: whoever changes
//! a prompt, through whichever server, knows that the next request sees it.

use actix_web::http::header::{
    CACHE_CONTROL, ContentEncoding, ETAG, EntityTag, Header, HeaderValue, IfNoneMatch, TryIntoHeaderValue,
};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use insights_core::changes::Generations;
use insights_core::ids::ProjectId;
use prompts::model::LabelName;
use prompts::repository::VersionKey;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::ApiError;

/// Most bytes of answers that are kept; the ones used least go first.
const MOST_BYTES: u64 = 64 << 20;

/// How many answers are expected; more are kept as long as there are bytes.
const EXPECTED_ANSWERS: usize = 1024;

/// Bytes that an answer takes beside its body, about.
const ANSWER_BYTES: usize = 512;

/// Bytes of the hash that tells answers apart.
const TAG_BYTES: usize = 16;

/// Clients may keep the answer, and ask each time whether it still holds.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// A prompt that a client asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct WantedPrompt {
    pub(crate) project: ProjectId,
    /// Its name, which may be any text.
    pub(crate) name: String,
    pub(crate) version: Wanted,
}

/// Which version of a prompt a client asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Wanted {
    Latest,
    Number(u32),
    Label(LabelName),
}

impl Wanted {
    pub(crate) fn key(&self) -> VersionKey<'_> {
        match self {
            Self::Latest => VersionKey::Latest,
            Self::Number(number) => VersionKey::Number(*number),
            Self::Label(label) => VersionKey::Label(label),
        }
    }

    /// The label that is asked for.
    pub(crate) fn label(&self) -> Option<&str> {
        match self {
            Self::Label(label) => Some(label.as_str()),
            Self::Latest | Self::Number(_) => None,
        }
    }
}

/// An answer as it goes over the wire.
#[derive(Clone, Debug)]
pub(crate) struct ServedPrompt {
    body: Bytes,
    tag: EntityTag,
    tag_header: HeaderValue,
}

impl ServedPrompt {
    /// The answer with `prompt` as JSON.
    pub(crate) fn new<T: Serialize>(prompt: &T) -> Result<Self, ApiError> {
        let body = serde_json::to_vec(prompt).map_err(|error| ApiError::internal(&error))?;
        let tag = EntityTag::new_strong(hex::encode(&Sha256::digest(&body)[..TAG_BYTES]));
        let tag_header = tag.clone().try_into_value().expect("hexadecimal digits are valid in a header");
        Ok(Self { body: body.into(), tag, tag_header })
    }

    /// The prompt, or that the client has it already.
    pub(crate) fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let is_known = match IfNoneMatch::parse(request) {
            Ok(IfNoneMatch::Any) => true,
            Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|tag| tag.weak_eq(&self.tag)),
            Err(_) => false,
        };
        let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        response.insert_header((ETAG, self.tag_header.clone())).insert_header((CACHE_CONTROL, ASK_AGAIN));
        if is_known {
            return response.finish();
        }
        // The tag stands for these very bytes, so that they are not compressed on the way.
        response.insert_header(ContentEncoding::Identity).content_type("application/json").body(self.body.clone())
    }
}

/// The answers that are kept. Refusals are not: anybody can make up names.
#[derive(Debug)]
pub(crate) struct ServedPrompts {
    answers: Cache<WantedPrompt, Kept, Weight>,
}

#[derive(Clone, Debug)]
struct Kept {
    /// Asked before the prompt was read.
    generations: Generations,
    served: ServedPrompt,
}

impl Default for ServedPrompts {
    /// None yet.
    fn default() -> Self {
        Self { answers: Cache::with_weighter(EXPECTED_ANSWERS, MOST_BYTES, Weight) }
    }
}

impl ServedPrompts {
    /// The answer that is kept, where nothing has changed since.
    pub(crate) fn get(&self, wanted: &WantedPrompt, generations: Generations) -> Option<ServedPrompt> {
        self.answers.get(wanted).filter(|kept| kept.generations == generations).map(|kept| kept.served)
    }

    /// Keeps an answer that was read after the store said `generations`.
    pub(crate) fn put(&self, wanted: WantedPrompt, generations: Generations, served: &ServedPrompt) {
        self.answers.insert(wanted, Kept { generations, served: served.clone() });
    }
}

/// Weighs answers in bytes.
#[derive(Clone, Debug)]
struct Weight;

impl Weighter<WantedPrompt, Kept> for Weight {
    fn weight(&self, wanted: &WantedPrompt, kept: &Kept) -> u64 {
        (ANSWER_BYTES + wanted.name.len() + kept.served.body.len()) as u64
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use serde_json::json;

    use super::*;

    fn generations(prompts: u64) -> Generations {
        Generations { access: 1, prompts }
    }

    fn wanted(version: Wanted) -> WantedPrompt {
        WantedPrompt { project: ProjectId(1), name: "bot".to_owned(), version }
    }

    #[test]
    fn an_answer_is_kept_until_something_changes() {
        let kept = ServedPrompts::default();
        let served = ServedPrompt::new(&json!({"prompt": "one"})).unwrap();
        kept.put(wanted(Wanted::Latest), generations(1), &served);
        let found = |version, at| kept.get(&wanted(version), generations(at)).map(|served| served.body);
        assert_eq!(found(Wanted::Latest, 1), Some(served.body.clone()));
        assert_eq!(found(Wanted::Latest, 2), None);
        assert_eq!(found(Wanted::Number(1), 1), None);
        assert_eq!(
            kept.get(&WantedPrompt { project: ProjectId(2), ..wanted(Wanted::Latest) }, generations(1)).map(|_| ()),
            None
        );
    }

    #[test]
    fn what_the_client_has_is_not_sent_again() {
        let served = ServedPrompt::new(&json!({"prompt": "one"})).unwrap();
        let tag = served.tag_header.to_str().unwrap().to_owned();
        let status = |sent: &str| {
            let request = TestRequest::default().insert_header(("if-none-match", sent)).to_http_request();
            served.answer(&request).status().as_u16()
        };
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
            assert_eq!(status(&known), 304, "{known}");
        }
        for unknown in ["\"other\"", "", "nonsense", &tag[1..]] {
            assert_eq!(status(unknown), 200, "{unknown}");
        }
        let other = ServedPrompt::new(&json!({"prompt": "two"})).unwrap();
        assert_ne!(served.tag, other.tag);
    }
}
