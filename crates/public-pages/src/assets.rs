//! The one style sheet and the one script of all pages, and the policy that lets browsers run nothing else.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use charts::Theme;
use sha2::{Digest, Sha256};

/// Shows tips, moves through points by keyboard, sends the password.
pub(crate) const SCRIPT: &str = include_str!("page.js");

const RULES: &str = include_str!("page.css");

const LIGHT: &str = "--ground:#f6f7f9;--card:#ffffff;--ink:#1a1d24;--muted:#5c6370;--line:#e3e6eb;--accent:#2563d4;--on-accent:#ffffff;\
                     --wrong:#b3261e;--tip:#1a1d24;--on-tip:#ffffff;color-scheme:light";
const DARK: &str = "--ground:#0d0f13;--card:#15171c;--ink:#eceef2;--muted:#a0a7b4;--line:#2a2d35;--accent:#6b9eff;--on-accent:#0d0f13;\
                    --wrong:#ff8a80;--tip:#eceef2;--on-tip:#15171c;color-scheme:dark";
/// On paper everything is light.
const PRINT: &str = "@media print{:root{";

static STYLES: LazyLock<[String; 3]> = LazyLock::new(|| {
    [Theme::System, Theme::Light, Theme::Dark].map(|theme| {
        let variables = match theme {
            Theme::System => format!(":root{{{LIGHT}}}@media (prefers-color-scheme:dark){{:root{{{DARK}}}}}"),
            Theme::Light => format!(":root{{{LIGHT}}}"),
            Theme::Dark => format!(":root{{{DARK}}}"),
        };
        let on_paper = charts::stylesheet(Theme::Light);
        format!("{variables}{}{RULES}{PRINT}{LIGHT}}}{on_paper}}}", charts::stylesheet(theme))
    })
});

static POLICY: LazyLock<String> = LazyLock::new(|| {
    let styles: Vec<String> = STYLES.iter().map(|style| hash(style)).collect();
    format!(
        "default-src 'none'; script-src {}; style-src {}; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'",
        hash(SCRIPT),
        styles.join(" ")
    )
});

/// Whether other sites may show a page in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frames {
    /// Nobody may.
    Refused,
    /// Everybody may: the page was made for it.
    Allowed,
}

/// The style sheet of a page in that theme.
pub(crate) fn style(theme: Theme) -> &'static str {
    let position = match theme {
        Theme::System => 0,
        Theme::Light => 1,
        Theme::Dark => 2,
    };
    &STYLES[position]
}

/// The `Content-Security-Policy` under which the pages of this crate work, and nothing else does.
pub fn content_security_policy(frames: Frames) -> String {
    let ancestors = match frames {
        Frames::Refused => "'none'",
        Frames::Allowed => "*",
    };
    format!("{}; frame-ancestors {ancestors}", *POLICY)
}

fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())))
}
