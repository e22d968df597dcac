//! Addresses of pages and their parts.

use std::ops::Range;

use super::{Kernel, strict};
use crate::datum::Datum;

/// The kernel of a function of one address.
macro_rules! of {
    ($part:expr) => {
        strict(|_, args| Ok(Datum::text(($part)(args[0].as_str()))))
    };
}

pub(super) fn kernel(name: &str) -> Option<Kernel> {
    match name {
        "protocol" => of!(|url| scheme(url).to_owned()),
        "domain" => of!(|url| domain(url).to_owned()),
        "domainWithoutWWW" => of!(|url| without_www(domain(url)).to_owned()),
        "topLevelDomain" => of!(|url| top_level(domain(url)).to_owned()),
        "firstSignificantSubdomain" => of!(|url| significant(domain(url)).split('.').next().unwrap_or("").to_owned()),
        "cutToFirstSignificantSubdomain" => of!(|url| significant(domain(url)).to_owned()),
        "port" => strict(|_, args| Ok(Datum::Int(port(args[0].as_str())))),
        "path" => of!(|url| path_of(url).to_owned()),
        "pathFull" => of!(|url| path_and_more(url).to_owned()),
        "queryString" => of!(|url| query(url).to_owned()),
        "fragment" => of!(|url| fragment(url).to_owned()),
        "queryStringAndFragment" => of!(|url| {
            let rest = without_fragment(url).find('?').map(|at| &url[at + 1..]);
            rest.unwrap_or_else(|| fragment(url)).to_owned()
        }),
        "extractURLParameter" => strict(|_, args| {
            let found = parameters(args[0].as_str()).find(|(name, _)| *name == args[1].as_str());
            Ok(Datum::text(found.map_or("", |(_, value)| value).to_owned()))
        }),
        "extractURLParameters" => strict(|_, args| {
            let all = parameters(args[0].as_str()).map(|(name, value)| Datum::text(format!("{name}={value}")));
            Ok(Datum::Array(all.collect()))
        }),
        "extractURLParameterNames" => strict(|_, args| {
            Ok(Datum::Array(parameters(args[0].as_str()).map(|(name, _)| Datum::text(name.to_owned())).collect()))
        }),
        "URLHierarchy" => strict(|_, args| Ok(Datum::Array(hierarchy(args[0].as_str(), 0)))),
        "URLPathHierarchy" => strict(|_, args| {
            let path = path_and_more(args[0].as_str());
            Ok(Datum::Array(hierarchy(path, 1)))
        }),
        "cutWWW" => of!(|url| match scheme_end(url) {
            Some(end) => format!("{}{}", &url[..end], without_www(&url[end..])),
            None => url.to_owned(),
        }),
        "cutQueryString" => of!(|url| {
            let query = without_fragment(url).find('?').unwrap_or(without_fragment(url).len());
            format!("{}{}", &url[..query], &url[without_fragment(url).len()..])
        }),
        "cutFragment" => of!(|url| without_fragment(url).to_owned()),
        "cutQueryStringAndFragment" => of!(|url| until(url, &['?', '#']).to_owned()),
        "cutURLParameter" => strict(|_, args| Ok(Datum::text(without_parameter(args[0].as_str(), args[1].as_str())))),
        _ => None,
    }
}

/// Where what comes behind `scheme://` begins; that of `//host` too.
fn scheme_end(url: &str) -> Option<usize> {
    if url.starts_with("//") {
        return Some(2);
    }
    let at = url.find("://")?;
    let is_scheme = url[..at].bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    (at > 0 && is_scheme).then_some(at + 3)
}

fn scheme(url: &str) -> &str {
    scheme_end(url).filter(|end| *end > 2).map_or("", |end| &url[..end - 3])
}

fn until<'t>(text: &'t str, ends: &[char]) -> &'t str {
    text.find(ends).map_or(text, |at| &text[..at])
}

/// Where the name of the host stands: it has a point that is not its last letter, and no letter that no host has.
fn host(url: &str) -> Option<Range<usize>> {
    let mut start = scheme_end(url).unwrap_or(0);
    let (mut end, mut last_point) = (url.len(), None);
    for (at, letter) in url[start..].char_indices().map(|(at, letter)| (at + start, letter)).collect::<Vec<_>>() {
        match letter {
            '.' => last_point = Some(at),
            '@' => start = at + 1,
            ':' | '/' | '?' | '#' => {
                end = at;
                break;
            }
            ' ' | '\t' | '<' | '>' | '%' | '{' | '}' | '|' | '\\' | '^' | '~' | '[' | ']' | ';' | '=' | '&' => {
                return None;
            }
            _ => {}
        }
    }
    last_point.filter(|point| point + 1 < end && start < end).map(|_| start..end)
}

fn domain(url: &str) -> &str {
    host(url).map_or("", |host| &url[host])
}

fn port(url: &str) -> i64 {
    let behind = host(url).and_then(|host| url[host.end..].strip_prefix(':'));
    behind.and_then(|rest| until(rest, &['/', '?', '#']).parse::<u16>().ok()).map_or(0, i64::from)
}

fn without_www(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}

fn top_level(domain: &str) -> &str {
    let last = domain.rsplit('.').next().unwrap_or("");
    // an address in numbers has none
    if last.is_empty() || last.bytes().all(|byte| byte.is_ascii_digit()) || !domain.contains('.') { "" } else { last }
}

/// The domain that somebody registered: the last two parts, or three where the last but one is a general name.
fn significant(domain: &str) -> &str {
    let mut dots = domain.rmatch_indices('.').map(|(at, _)| at);
    let (Some(last), second, third) = (dots.next(), dots.next(), dots.next()) else { return domain };
    let start = |dot: Option<usize>| dot.map_or(0, |dot| dot + 1);
    let middle = &domain[start(second)..last];
    let is_general = ["com", "co", "net", "org", "gov", "edu", "ac"].contains(&middle) && second.is_some();
    &domain[start(if is_general { third } else { second })..]
}

/// Path, query and fragment; of what has no scheme all from the first slash on.
fn path_and_more(url: &str) -> &str {
    let start = scheme_end(url).unwrap_or(0);
    match url[start..].find(['/', '?', '#']) {
        Some(at) if url[start + at..].starts_with('/') => &url[start + at..],
        _ => "",
    }
}

fn without_fragment(url: &str) -> &str {
    until(url, &['#'])
}

fn fragment(url: &str) -> &str {
    url.find('#').map_or("", |at| &url[at + 1..])
}

fn query(url: &str) -> &str {
    let url = without_fragment(url);
    url.find('?').map_or("", |at| &url[at + 1..])
}

fn parameters(url: &str) -> impl Iterator<Item = (&str, &str)> {
    query(url).split('&').filter_map(|pair| pair.split_once('='))
}

fn without_parameter(url: &str, name: &str) -> String {
    let Some(at) = without_fragment(url).find('?') else { return url.to_owned() };
    let kept: Vec<&str> =
        query(url).split('&').filter(|pair| pair.split_once('=').map_or(*pair, |(name, _)| name) != name).collect();
    format!("{}?{}{}", &url[..at], kept.join("&"), &url[without_fragment(url).len()..])
}

/// The beginnings of `text` that end at a separator behind the `skipped` first characters, and all of it.
fn hierarchy<'a>(text: &str, skipped: usize) -> Vec<Datum<'a>> {
    let start = scheme_end(text).unwrap_or(0).max(skipped);
    let ends = text.match_indices(['/', '?', '#']).map(|(at, _)| at + 1);
    let mut parts: Vec<usize> = ends.filter(|end| *end > start && *end < text.len()).collect();
    if !text.is_empty() && text.len() > skipped {
        parts.push(text.len());
    }
    parts.into_iter().map(|end| Datum::text(text[..end].to_owned())).collect()
}

/// The path of an address.
pub(crate) fn path_of(url: &str) -> &str {
    until(path_and_more(url), &['?', '#'])
}
