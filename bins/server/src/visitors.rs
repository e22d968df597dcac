//! What visitors of public links get: where a link is asked for, what proves that a visitor may see it, and what is shown.

mod address;
mod contents;
mod files;

pub(crate) use self::address::{Family, FileFormat, LinkAddress, client_address, proofs};
pub(crate) use self::contents::{Contents, Part, body_for_visitors};
pub(crate) use self::files::{PublicFile, policy_of, theme_of};
