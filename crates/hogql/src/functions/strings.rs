//! Texts and addresses of pages. Positions count from 1, in characters; lengths are in characters too where the name has `UTF8`,
//! else in bytes.

use super::{BOOL, Function, Gives, TEXT, Take, UINT, scalar};
use crate::types::Type;

const ONE: &[Take] = &[Take::Text];
const TWO: &[Take] = &[Take::Text, Take::Text];
const THREE: &[Take] = &[Take::Text, Take::Text, Take::Text];
const TEXTS: Gives = Gives::ArrayOf(Type::String);
const PAD: &[Take] = &[Take::Text, Take::Int, Take::Text];
const FIND: &[Take] = &[Take::Text, Take::Text, Take::Int];

pub(super) const FUNCTIONS: &[Function] = &[
    // Of a text in bytes, of an array or a map in items.
    scalar("length", &[Take::Any], UINT).aka(&["octet_length"]),
    scalar("lengthUTF8", ONE, UINT).aka(&["char_length", "character_length", "charLength"]),
    // Of a text, an array or a map; of an uuid whether it is all zeros.
    scalar("empty", &[Take::Any], BOOL).aka(&["isEmpty"]),
    scalar("notEmpty", &[Take::Any], BOOL).aka(&["isNotEmpty"]).sugar(),
    scalar("lower", ONE, TEXT).aka(&["lcase"]),
    scalar("upper", ONE, TEXT).aka(&["ucase"]),
    scalar("lowerUTF8", ONE, TEXT),
    scalar("upperUTF8", ONE, TEXT),
    scalar("initcap", ONE, TEXT).aka(&["initcapUTF8"]),
    // Of a text its characters, of an array its items.
    scalar("reverse", &[Take::Any], Gives::Argument(0)).aka(&["reverseUTF8", "arrayReverse"]),
    scalar("repeat", &[Take::Text, Take::Int], TEXT),
    // Of everything as text; of null an empty one.
    scalar("concat", &[Take::Text], TEXT).repeating().sees_nulls(),
    scalar("concatWithSeparator", &[Take::Text, Take::Text], TEXT).at_least(1).repeating().aka(&["concat_ws"]),
    // `{}`, `{0}`, `{1}` in the first are replaced by the others.
    scalar("format", &[Take::Text, Take::Text], TEXT).at_least(1).repeating(),
    // Position (negative from the end) and, where it is given, length.
    scalar("substring", &[Take::Text, Take::Int, Take::Int], TEXT).at_least(2).aka(&["substr", "mid", "substringUTF8"]),
    scalar("left", &[Take::Text, Take::Int], TEXT).aka(&["leftUTF8"]),
    scalar("right", &[Take::Text, Take::Int], TEXT).aka(&["rightUTF8"]),
    scalar("leftPad", PAD, TEXT).at_least(2).aka(&["lpad", "leftPadUTF8"]),
    scalar("rightPad", PAD, TEXT).at_least(2).aka(&["rpad", "rightPadUTF8"]),
    // Without the characters of the second at the ends; without spaces where there is none.
    scalar("trim", TWO, TEXT).at_least(1).aka(&["btrim", "trimBoth"]),
    scalar("trimLeft", TWO, TEXT).at_least(1).aka(&["ltrim"]),
    scalar("trimRight", TWO, TEXT).at_least(1).aka(&["rtrim"]),
    scalar("startsWith", TWO, BOOL),
    scalar("endsWith", TWO, BOOL),
    // 0 where it is not found. The third argument is the position to begin at.
    scalar("position", FIND, UINT).at_least(2).aka(&["positionUTF8", "strpos"]),
    scalar("positionCaseInsensitive", FIND, UINT).at_least(2).aka(&["positionCaseInsensitiveUTF8"]),
    scalar("locate", FIND, UINT).at_least(2).sugar(),
    scalar("countSubstrings", TWO, UINT),
    scalar("countSubstringsCaseInsensitive", TWO, UINT),
    scalar("countMatches", TWO, UINT),
    scalar("countMatchesCaseInsensitive", TWO, UINT).sugar(),
    scalar("multiSearchAny", &[Take::Text, Take::Texts], BOOL),
    scalar("multiSearchAnyCaseInsensitive", &[Take::Text, Take::Texts], BOOL)
        .aka(&["multiSearchAnyCaseInsensitiveUTF8"]),
    scalar("multiMatchAny", &[Take::Text, Take::Texts], BOOL),
    scalar("hasToken", TWO, BOOL),
    scalar("hasTokenCaseInsensitive", TWO, BOOL).sugar(),
    // The first group of the pattern, or all of it where there is none; empty where nothing matches.
    scalar("extract", TWO, TEXT),
    scalar("extractAll", TWO, TEXTS),
    // The groups of the first match.
    scalar("extractGroups", TWO, TEXTS),
    // The groups of each match.
    scalar("extractAllGroups", TWO, Gives::Rule(texts_of_texts)).aka(&["extractAllGroupsVertical"]),
    // The group of that number, 1 where none is given; 0 is all.
    scalar("regexpExtract", &[Take::Text, Take::Text, Take::Int], TEXT).at_least(2).aka(&["regexp_extract"]),
    scalar("replaceAll", THREE, TEXT).aka(&["replace"]),
    scalar("replaceOne", THREE, TEXT),
    // `\1` in the third is the first group.
    scalar("replaceRegexpAll", THREE, TEXT).aka(&["regexp_replace"]),
    scalar("replaceRegexpOne", THREE, TEXT),
    scalar("regexpQuoteMeta", ONE, TEXT),
    scalar("translate", THREE, TEXT).aka(&["translateUTF8"]),
    // The separator comes first; the third argument is the greatest number of parts.
    scalar("splitByChar", &[Take::Text, Take::Text, Take::Int], TEXTS).at_least(2),
    scalar("splitByString", &[Take::Text, Take::Text, Take::Int], TEXTS).at_least(2),
    scalar("splitByRegexp", &[Take::Text, Take::Text, Take::Int], TEXTS).at_least(2),
    scalar("splitByWhitespace", ONE, TEXTS),
    scalar("splitByNonAlpha", ONE, TEXTS),
    scalar("alphaTokens", ONE, TEXTS).aka(&["splitByAlpha"]),
    // The part of that number between separators, empty where there is none.
    scalar("split_part", &[Take::Text, Take::Text, Take::Int], TEXT).aka(&["splitPart"]),
    scalar("ascii", ONE, UINT),
    scalar("char", &[Take::Int], TEXT).repeating().aka(&["chr"]),
    scalar("appendTrailingCharIfAbsent", TWO, TEXT),
    scalar("base64Encode", ONE, TEXT),
    // Empty where it is no base64.
    scalar("base64Decode", ONE, TEXT).aka(&["tryBase64Decode"]),
    scalar("encodeURLComponent", ONE, TEXT),
    scalar("decodeURLComponent", ONE, TEXT),
    scalar("protocol", ONE, TEXT),
    scalar("domain", ONE, TEXT),
    scalar("domainWithoutWWW", ONE, TEXT),
    scalar("topLevelDomain", ONE, TEXT),
    scalar("firstSignificantSubdomain", ONE, TEXT),
    scalar("cutToFirstSignificantSubdomain", ONE, TEXT),
    scalar("port", ONE, UINT),
    scalar("path", ONE, TEXT),
    scalar("pathFull", ONE, TEXT),
    scalar("queryString", ONE, TEXT),
    scalar("fragment", ONE, TEXT),
    scalar("queryStringAndFragment", ONE, TEXT),
    scalar("extractURLParameter", TWO, TEXT),
    scalar("extractURLParameters", ONE, TEXTS),
    scalar("extractURLParameterNames", ONE, TEXTS),
    scalar("URLHierarchy", ONE, TEXTS),
    scalar("URLPathHierarchy", ONE, TEXTS),
    scalar("cutWWW", ONE, TEXT),
    scalar("cutQueryString", ONE, TEXT),
    scalar("cutFragment", ONE, TEXT),
    scalar("cutQueryStringAndFragment", ONE, TEXT),
    scalar("cutURLParameter", TWO, TEXT),
];

fn texts_of_texts(_: &[Type]) -> Type {
    Type::String.array().array()
}
