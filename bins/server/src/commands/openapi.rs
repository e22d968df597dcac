//! `hindsight openapi`: prints the document that `/api/schema/` answers, for review and for generating clients.

use super::print_line;
use crate::cli::CommandError;
use crate::openapi;

/// Prints the OpenAPI document, indented.
pub(crate) fn run() -> Result<(), CommandError> {
    let document = openapi::document().to_pretty_json();
    print_line(document.map_err(CommandError::because("cannot write the document as JSON"))?)
}
