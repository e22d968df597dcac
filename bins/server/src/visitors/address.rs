//! The addresses of public links, the proofs that come with requests for them, and who sends those.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::{ACCEPT, AUTHORIZATION, COOKIE};
use sharing::proof::LIFETIME;

use crate::address::public_base;

/// Name of the cookie with the proof of having known a password.
const COOKIE_NAME: &str = "hindsight_sharing_token";

/// Most proofs of one request that are looked at.
const MAX_PROOFS: usize = 8;

/// The header in which proxies name whom they speak for.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// Where public links are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// `/shared/…`: pages of their own.
    Shared,
    /// `/embedded/…`: pages for the frames of others.
    Embedded,
    /// `/shared_dashboard/…`: what the first was called once.
    SharedDashboard,
}

impl Family {
    fn prefix(self) -> &'static str {
        match self {
            Self::Shared => "/shared",
            Self::Embedded => "/embedded",
            Self::SharedDashboard => "/shared_dashboard",
        }
    }

    /// Whether others may show it in a frame.
    pub(crate) fn is_embedded(self) -> bool {
        self == Self::Embedded
    }
}

/// What a link is asked for as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileFormat {
    /// A page to look at.
    Page,
    /// The document behind the page.
    Json,
    /// The numbers as a table.
    Csv,
    /// The picture, drawn.
    Svg,
    /// The picture as an image.
    Png,
}

impl FileFormat {
    const ALL: [Self; 5] = [Self::Page, Self::Json, Self::Csv, Self::Svg, Self::Png];

    fn ending(self) -> &'static str {
        match self {
            Self::Page => "",
            Self::Json => ".json",
            Self::Csv => ".csv",
            Self::Svg => ".svg",
            Self::Png => ".png",
        }
    }
}

/// The address of a public link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LinkAddress {
    /// Where it is.
    pub(crate) family: Family,
    /// The text in the place of the access token.
    pub(crate) token: String,
    /// What it is asked for as.
    pub(crate) format: FileFormat,
}

impl LinkAddress {
    /// Reads what follows the family in a path: a token and an ending. The page is JSON for those who accept nothing that browsers show.
    pub(crate) fn read(family: Family, link: &str, request: &HttpRequest) -> Self {
        let address = Self::parse(family, link);
        let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let wants_json = accept.contains("application/json") && !accept.contains("text/html");
        if address.format == FileFormat::Page && wants_json {
            return Self { format: FileFormat::Json, ..address };
        }
        address
    }

    fn parse(family: Family, link: &str) -> Self {
        let with_ending = FileFormat::ALL.into_iter().filter(|format| *format != FileFormat::Page);
        let found = with_ending.filter_map(|format| Some((link.strip_suffix(format.ending())?, format))).next();
        let (token, format) = found.unwrap_or((link, FileFormat::Page));
        Self { family, token: token.to_owned(), format }
    }

    /// The page's path, which its files' paths begin with.
    pub(crate) fn base(&self) -> String {
        format!("{}/{}", self.family.prefix(), self.token)
    }

    /// The cookies that carry `proof` from now on: one for the page and each of its files, since a cookie for `/shared/x` is not sent to
    /// `/shared/x.csv`, and none for anything else. In the frames of others it is sent where the connection is safe.
    pub(crate) fn cookies(&self, proof: &str, request: &HttpRequest) -> Vec<String> {
        let is_safe = public_base(request).starts_with("https://");
        let same_site = match (self.family.is_embedded(), is_safe) {
            (true, true) => "SameSite=None; Secure; Partitioned",
            (false, true) => "SameSite=Lax; Secure",
            (_, false) => "SameSite=Lax",
        };
        let (base, max_age) = (self.base(), LIFETIME.num_seconds());
        let cookie = |format: FileFormat| {
            let ending = format.ending();
            format!("{COOKIE_NAME}={proof}; Path={base}{ending}; Max-Age={max_age}; HttpOnly; {same_site}")
        };
        FileFormat::ALL.into_iter().map(cookie).collect()
    }
}

/// The proofs that come with a request: as a bearer token, and in cookies.
pub(crate) fn proofs(request: &HttpRequest) -> Vec<String> {
    let text = |value: &actix_web::http::header::HeaderValue| value.to_str().ok().map(str::to_owned);
    let bearer = request.headers().get_all(AUTHORIZATION).filter_map(text).filter_map(|value| {
        let (scheme, proof) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| proof.trim().to_owned())
    });
    let cookies = request.headers().get_all(COOKIE).filter_map(text).flat_map(|value| {
        let pairs = value.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.filter(|(name, _)| *name == COOKIE_NAME).map(|(_, proof)| proof.to_owned()).collect::<Vec<_>>()
    });
    bearer.chain(cookies).take(MAX_PROOFS).collect()
}

/// Who sends the request. A proxy on this machine or in its private network is believed whom it speaks for; nobody else is.
pub(crate) fn client_address(request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    let is_near = match peer {
        IpAddr::V4(address) => address.is_loopback() || address.is_private(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
    };
    // The nearest proxy's own word is the last one; what stands before it is the client's.
    let forwarded = request.headers().get_all(FORWARDED_FOR).last().and_then(|value| value.to_str().ok());
    let spoken_for = forwarded.and_then(|value| value.rsplit(',').next()?.trim().parse().ok());
    Some(spoken_for.filter(|_| is_near).unwrap_or(peer))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[track_caller]
    fn check(link: &str, token: &str, format: FileFormat) {
        let address = LinkAddress::parse(Family::Shared, link);
        assert_eq!((address.token.as_str(), address.format), (token, format), "{link}");
    }

    #[test]
    fn a_link_is_a_token_and_an_ending() {
        check("abc", "abc", FileFormat::Page);
        check("abc.json", "abc", FileFormat::Json);
        check("abc.csv", "abc", FileFormat::Csv);
        check("abc.svg", "abc", FileFormat::Svg);
        check("abc.png", "abc", FileFormat::Png);
        check("abc.exe", "abc.exe", FileFormat::Page);
        check("abc.csv.png", "abc.csv", FileFormat::Png);
    }

    #[test]
    fn proofs_are_bearer_tokens_and_cookies_of_the_name() {
        let request = TestRequest::default()
            .insert_header((AUTHORIZATION, "Bearer one"))
            .insert_header((COOKIE, "other=x; hindsight_sharing_token=two; hindsight_sharing_token=three"))
            .to_http_request();
        assert_eq!(proofs(&request), ["one", "two", "three"]);
        assert!(proofs(&TestRequest::default().to_http_request()).is_empty());
    }

    #[test]
    fn near_proxies_alone_are_believed() {
        let client = |peer: &str, forwarded: &str| {
            let request = TestRequest::default()
                .peer_addr(format!("{peer}:1234").parse().unwrap())
                .insert_header((FORWARDED_FOR, forwarded))
                .to_http_request();
            client_address(&request).unwrap().to_string()
        };
        assert_eq!(client("127.0.0.1", "198.51.100.9, 203.0.113.5"), "203.0.113.5");
        assert_eq!(client("10.0.0.2", "nonsense"), "10.0.0.2");
        assert_eq!(client("192.0.2.1", "203.0.113.5"), "192.0.2.1");
        assert_eq!(client("[::ffff:127.0.0.1]", "203.0.113.5"), "203.0.113.5");
    }
}
