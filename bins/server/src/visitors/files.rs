//! A shared thing as a page and as files.

use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_SECURITY_POLICY;
use charts::Theme;
use insights_core::problem::{Problem, ProblemKind};
use public_pages::{Appearance, Downloads, Frames, Page, content_security_policy, page};
use sharing::settings::{self, SharingSettings};

use super::address::{Family, FileFormat, LinkAddress};
use super::contents::Contents;
use crate::csv::{csv_file, sections};
use crate::error::ApiError;

/// Width of a drawing that stands alone, in pixels.
const DRAWING_WIDTH: u32 = 960;

/// How many times as many pixels an image has, for screens that are fine.
const IMAGE_SCALE: f32 = 2.0;

/// A drawing is no page: it has a style sheet in it, and asks for nothing.
const DRAWING_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The colours that the share asks for.
pub(crate) fn theme_of(settings: Option<SharingSettings>) -> Theme {
    match settings.and_then(|settings| settings.theme) {
        Some(settings::Theme::Light) => Theme::Light,
        Some(settings::Theme::Dark) => Theme::Dark,
        Some(settings::Theme::System) | None => Theme::System,
    }
}

/// What browsers let a page of the family do, and who may frame it.
pub(crate) fn policy_of(family: Family) -> String {
    content_security_policy(if family.is_embedded() { Frames::Allowed } else { Frames::Refused })
}

/// A page or a file, ready to be sent.
#[derive(Debug)]
pub(crate) struct PublicFile {
    content_type: &'static str,
    /// Its own content policy, where it is something that browsers show.
    policy: Option<String>,
    /// Name to save it under, without its ending, of a table.
    name: Option<String>,
    body: Vec<u8>,
}

impl PublicFile {
    /// What the address asks for.
    ///
    /// # Errors
    /// A 400 where there is nothing to draw, with the reason where it is fit for strangers.
    pub(crate) fn new(contents: &Contents, address: &LinkAddress) -> Result<Self, ApiError> {
        let of_type = |content_type, body| Self { content_type, policy: None, name: None, body };
        Ok(match address.format {
            FileFormat::Page => Self {
                policy: Some(policy_of(address.family)),
                ..of_type("text/html; charset=utf-8", page_of(contents, address).into_bytes())
            },
            FileFormat::Json => {
                let document = serde_json::to_vec(&contents.document(address.family));
                of_type("application/json", document.map_err(|error| ApiError::internal(&error))?)
            }
            FileFormat::Csv => {
                let tables = contents.tables()?;
                let body = match tables.as_slice() {
                    [(_, table)] if !contents.is_dashboard() => table.to_bytes(),
                    tables => sections(tables),
                };
                let name = Some(contents.title.as_str()).filter(|title| !title.is_empty()).unwrap_or("shared");
                Self { name: Some(name.to_owned()), ..of_type("text/csv; charset=utf-8", body) }
            }
            FileFormat::Svg => Self {
                policy: Some(DRAWING_POLICY.to_owned()),
                ..of_type("image/svg+xml", drawing(contents)?.into_bytes())
            },
            FileFormat::Png => of_type("image/png", charts::png(&drawing(contents)?, IMAGE_SCALE)),
        })
    }

    /// The answer with it.
    pub(crate) fn into_response(self) -> HttpResponse {
        if let Some(name) = self.name {
            return csv_file(&name, self.body);
        }
        let mut response = HttpResponse::Ok();
        response.content_type(self.content_type);
        if let Some(policy) = self.policy {
            response.insert_header((CONTENT_SECURITY_POLICY, policy));
        }
        response.body(self.body)
    }
}

fn page_of(contents: &Contents, address: &LinkAddress) -> String {
    let settings = contents.shared.sharing.fields.settings;
    let is_on = |flag: fn(&SharingSettings) -> Option<bool>| settings.as_ref().and_then(flag) == Some(true);
    page(&Page {
        title: contents.title.clone(),
        description: contents.description.clone(),
        tiles: contents.tiles(),
        is_dashboard: contents.is_dashboard(),
        timezone: contents.shared.project.timezone,
        appearance: Appearance {
            theme: theme_of(settings),
            is_embedded: address.family.is_embedded(),
            whitelabel: is_on(|settings| settings.whitelabel),
            no_header: is_on(|settings| settings.no_header),
            shows_numbers: is_on(|settings| settings.detailed) || is_on(|settings| settings.show_inspector),
            legend: is_on(|settings| settings.legend),
        },
        downloads: Some(Downloads { base: address.base() }),
        document: contents.document(address.family),
    })
}

fn drawing(contents: &Contents) -> Result<String, ApiError> {
    let theme = theme_of(contents.shared.sharing.fields.settings);
    let charts = contents.charts();
    match charts.as_slice() {
        [] => {
            let reason = contents.failure().unwrap_or("There is nothing to draw.");
            Err(Problem::new(ProblemKind::InvalidRequest, "nothing_to_draw", reason).into())
        }
        [(title, chart)] if !contents.is_dashboard() => Ok(charts::svg(chart, DRAWING_WIDTH, theme, Some(title))),
        charts => Ok(charts::svg_of_all(charts, &contents.title, DRAWING_WIDTH, theme)),
    }
}
