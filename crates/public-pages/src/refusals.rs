//! Pages that show nothing yet, or nothing at all.

use charts::Theme;
use maud::html;

use crate::layout::{document, mark};

/// What the page that asks for a password says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unlock {
    /// Which colours.
    pub theme: Theme,
    /// Whether the product is not named.
    pub whitelabel: bool,
    /// Whether a wrong password was just given, by a browser without scripts.
    pub was_wrong: bool,
    /// Seconds before the next password is looked at; 0 where it is looked at immediately.
    pub wait_seconds: u64,
}

/// The page that asks for the password of a share.
pub fn unlock(unlock: &Unlock) -> String {
    let said = match unlock {
        Unlock { wait_seconds: 0, was_wrong: false, .. } => String::new(),
        Unlock { wait_seconds: 0, .. } => "That password is not right.".to_owned(),
        Unlock { wait_seconds, .. } => format!("Too many wrong passwords. Try again in {wait_seconds} seconds."),
    };
    let body = html! {
        div class="alone" {
            main {
                @if !unlock.whitelabel { (mark("Hindsight")) }
                h1 { "This page is protected" }
                p { "Enter the password that you were given together with the link." }
                form method="post" data-wait=(unlock.wait_seconds) {
                    label for="password" { "Password" }
                    input id="password" name="password" type="password" required autocomplete="current-password" autofocus
                        aria-describedby="wrong" aria-invalid=(!said.is_empty());
                    p id="wrong" class="wrong" role="alert" { (said) }
                    button type="submit" { "Open" }
                }
            }
        }
    };
    document("Password required", "", "", unlock.theme, &body)
}

/// The page of a link that leads nowhere: there never was one, or it is no longer shared.
pub fn not_found() -> String {
    let body = html! {
        div class="alone" {
            main {
                (mark("Hindsight"))
                h1 { "Nothing is shared here" }
                p { "The link is not complete, or what it led to is no longer shared. Ask the person who sent it for a new one." }
            }
        }
    };
    document("Not found", "", "", Theme::System, &body)
}
