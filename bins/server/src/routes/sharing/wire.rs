//! Bodies of shares. Unknown fields of requests are ignored.

use insights_core::error::ServiceResult;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sharing::model::SharePassword;
use sharing::service::{FoundSharing, IssuedPassword, NewSharePassword, SharingPatch};
use utoipa::ToSchema;

use crate::app::AppState;
use crate::authors::Authors;
use crate::extract::json::present;
use crate::wire::Timestamp;

/// What stands for the address of a user who is gone.
const GONE: &str = "deleted user";

/// How a thing is shared.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sharing)]
pub(super) struct SharingResponse {
    /// When it was first shared; null where nobody has yet.
    created_at: Option<Timestamp>,
    /// Whether the public link works.
    enabled: bool,
    /// What the addresses of the public pages end in: `/shared/{access_token}`, `/embedded/{access_token}`.
    access_token: String,
    /// How it is shown; null where nobody has said.
    #[schema(value_type = Option<Object>)]
    settings: Option<Value>,
    /// Whether visitors are asked for a password.
    password_required: bool,
    /// The passwords that open it.
    share_passwords: Vec<SharePasswordResponse>,
}

/// A password of a share, without the password itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SharePassword)]
struct SharePasswordResponse {
    id: i64,
    created_at: Timestamp,
    note: String,
    created_by_email: String,
    is_active: bool,
}

/// A new password, shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SharePasswordIssued {
    id: i64,
    /// The password itself.
    password: String,
    note: String,
    created_at: Timestamp,
    created_by_email: String,
}

/// What to change of a share.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PatchSharing)]
pub(super) struct PatchSharingRequest {
    enabled: Option<bool>,
    /// `detailed`, `hideExtraDetails`, `legend`, `noHeader`, `showInspector`, `whitelabel` (booleans) and `theme` (`light`, `dark`, `system`), in
    /// place of all that there were; others are ignored.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    settings: Option<Option<Value>>,
    password_required: Option<bool>,
}

/// A password to make.
#[derive(Deserialize, ToSchema)]
#[schema(as = CreateSharePassword)]
pub(super) struct CreateSharePasswordRequest {
    /// At least 8 characters; made by the server where absent or empty.
    raw_password: Option<String>,
    /// Whom it is for, at most 100 characters.
    note: Option<String>,
}

impl std::fmt::Debug for CreateSharePasswordRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreateSharePasswordRequest").field("note", &self.note).finish_non_exhaustive()
    }
}

impl SharingResponse {
    /// The body for `found`, with the makers of its passwords looked up.
    pub(super) fn load(state: &AppState, found: &FoundSharing) -> ServiceResult<Self> {
        let sharing = match found {
            FoundSharing::Stored(sharing) => sharing,
            FoundSharing::Unsaved(token) => return Ok(Self::unsaved(token.reveal())),
        };
        let makers = sharing.passwords.iter().map(|password| password.fields.created_by);
        let authors = Authors::load(&*state.storage.repositories.users, makers)?;
        let passwords = sharing.passwords.iter().map(|password| SharePasswordResponse::new(password, &authors));
        let fields = &sharing.fields;
        Ok(Self {
            created_at: Some(Timestamp(fields.created_at)),
            enabled: fields.enabled,
            access_token: fields.access_token.reveal().to_owned(),
            settings: fields.settings.map(sharing::settings::SharingSettings::to_value),
            password_required: fields.password_required,
            share_passwords: passwords.collect(),
        })
    }

    fn unsaved(token: &str) -> Self {
        Self {
            created_at: None,
            enabled: false,
            access_token: token.to_owned(),
            settings: None,
            password_required: false,
            share_passwords: Vec::new(),
        }
    }
}

impl SharePasswordResponse {
    fn new(password: &SharePassword, authors: &Authors) -> Self {
        let fields = &password.fields;
        Self {
            id: password.id.0,
            created_at: Timestamp(fields.created_at),
            note: fields.note.clone(),
            created_by_email: authors
                .get(fields.created_by)
                .map_or_else(|| GONE.to_owned(), |user| user.email().to_owned()),
            is_active: true,
        }
    }
}

impl SharePasswordIssued {
    /// The body for a password that the user of `created_by_email` has just made.
    pub(super) fn new(issued: &IssuedPassword, created_by_email: String) -> Self {
        let fields = &issued.password.fields;
        Self {
            id: issued.password.id.0,
            password: issued.plain.reveal().to_owned(),
            note: fields.note.clone(),
            created_at: Timestamp(fields.created_at),
            created_by_email,
        }
    }
}

impl From<PatchSharingRequest> for SharingPatch {
    fn from(request: PatchSharingRequest) -> Self {
        Self { enabled: request.enabled, settings: request.settings, password_required: request.password_required }
    }
}

impl From<CreateSharePasswordRequest> for NewSharePassword {
    fn from(request: CreateSharePasswordRequest) -> Self {
        Self { raw_password: request.raw_password, note: request.note }
    }
}
