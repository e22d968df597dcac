//! What all pages have around them.

use charts::Theme;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::assets::{SCRIPT, style};

/// An empty picture in place of an icon, which browsers would ask the server for.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath fill='%232563d4' d='M2 9h3v5H2zm4.5-4h3v9h-3zM11 2h3v12h-3z'/%3E%3C/svg%3E";

/// A whole document. `class` is that of the body.
pub(crate) fn document(title: &str, description: &str, class: &str, theme: Theme, body: &Markup) -> String {
    let html = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex, nofollow";
                @if !description.is_empty() { meta name="description" content=(description); }
                title { (title) }
                link rel="icon" href=(ICON);
                style { (PreEscaped(style(theme))) }
            }
            body class=(class) {
                (body)
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    html.into_string()
}

/// The sign of the product, with its name.
pub(crate) fn mark(text: &str) -> Markup {
    html! {
        span class="mark" {
            svg viewBox="0 0 16 16" aria-hidden="true" { path fill="currentColor" d="M2 9h3v5H2zm4.5-4h3v9h-3zM11 2h3v12h-3z" {} }
            (text)
        }
    }
}
