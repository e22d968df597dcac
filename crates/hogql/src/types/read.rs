//! Types as texts: `Nullable(Float64)`, as `CAST` and `JSONExtract` take them.

use chrono_tz::Tz;

use super::Type;

/// How deep types may be in one another.
const MAX_DEPTH: usize = 16;

/// Reads the name of a type, ClickHouse's or one of the common ones of SQL. Times without a zone are in `timezone`. `None` where there
/// is no such type.
#[must_use]
pub fn read_type(text: &str, timezone: Tz) -> Option<Type> {
    let mut reader = Reader { rest: text.trim(), timezone };
    let ty = reader.ty(0)?;
    reader.rest.is_empty().then_some(ty)
}

/// What is left of a text.
struct Reader<'a> {
    rest: &'a str,
    timezone: Tz,
}

impl<'a> Reader<'a> {
    fn ty(&mut self, depth: usize) -> Option<Type> {
        if depth > MAX_DEPTH {
            return None;
        }
        let name = self.word()?;
        let lower = name.to_ascii_lowercase();
        Some(match lower.as_str() {
            "nothing" => Type::Nothing,
            "bool" | "boolean" => Type::Bool,
            "int" | "integer" | "bigint" | "smallint" | "tinyint" | "signed" | "int8" | "int16" | "int32" | "int64" => {
                Type::Int
            }
            "uint8" | "uint16" | "uint32" | "uint64" | "unsigned" => Type::UInt,
            "float" | "float32" | "float64" | "double" | "real" => Type::Float,
            "decimal" | "numeric" | "decimal32" | "decimal64" | "decimal128" => {
                self.ignored_arguments()?;
                Type::Float
            }
            "string" | "text" | "varchar" | "char" | "fixedstring" => {
                self.ignored_arguments()?;
                Type::String
            }
            "uuid" => Type::Uuid,
            "date" | "date32" => Type::Date,
            "datetime" | "datetime64" | "timestamp" => Type::DateTime(self.zone()?),
            "nullable" => self.between_brackets(depth)?.nullable(),
            "lowcardinality" => self.between_brackets(depth)?,
            "array" => self.between_brackets(depth)?.array(),
            "map" => {
                let mut fields = self.fields(depth)?.into_iter();
                let (Some((None, key)), Some((None, value)), None) = (fields.next(), fields.next(), fields.next())
                else {
                    return None;
                };
                Type::Map(Box::new(key), Box::new(value))
            }
            "tuple" => Type::Tuple(self.fields(depth)?),
            _ => return None,
        })
    }

    /// Types in brackets, with or without names.
    fn fields(&mut self, depth: usize) -> Option<Vec<(Option<String>, Type)>> {
        let mut fields = Vec::new();
        self.token('(')?;
        loop {
            let before = self.rest;
            let field = match self.ty(depth + 1) {
                Some(ty) if self.rest.starts_with([',', ')']) => (None, ty),
                _ => {
                    self.rest = before;
                    let name = self.word()?.to_owned();
                    (Some(name), self.ty(depth + 1)?)
                }
            };
            fields.push(field);
            if self.token(',').is_none() {
                self.token(')')?;
                return Some(fields);
            }
        }
    }

    fn between_brackets(&mut self, depth: usize) -> Option<Type> {
        self.token('(')?;
        let ty = self.ty(depth + 1)?;
        self.token(')')?;
        Some(ty)
    }

    /// The zone of `DateTime('UTC')` and `DateTime64(3, 'UTC')`.
    fn zone(&mut self) -> Option<Tz> {
        let arguments = self.ignored_arguments()?;
        let Some((_, quoted)) = arguments.split_once('\'') else { return Some(self.timezone) };
        quoted.split('\'').next().unwrap_or_default().parse().ok()
    }

    /// What is in brackets, such as the digits of a decimal; empty where there are none.
    fn ignored_arguments(&mut self) -> Option<&'a str> {
        if self.token('(').is_none() {
            return Some("");
        }
        let (arguments, rest) = self.rest.split_once(')')?;
        self.rest = rest.trim_start();
        Some(arguments)
    }

    fn word(&mut self) -> Option<&'a str> {
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        (!word.is_empty()).then_some(word)
    }

    fn token(&mut self, token: char) -> Option<()> {
        self.rest = self.rest.strip_prefix(token)?.trim_start();
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(read_type(text, Tz::UTC).map(|ty| ty.to_string()).as_deref(), expected);
    }

    #[test]
    fn names_of_types_are_read() {
        check("Int8", Some("Int64"));
        check("double", Some("Float64"));
        check("Decimal(10, 2)", Some("Float64"));
        check("Array(String)", Some("Array(String)"));
        check(" Nullable ( Float64 ) ", Some("Nullable(Float64)"));
        check("LowCardinality(Nullable(String))", Some("Nullable(String)"));
        check("DateTime64(3, 'Europe/Berlin')", Some("DateTime64(6, 'Europe/Berlin')"));
        check("DateTime", Some("DateTime64(6, 'UTC')"));
        check("Tuple(a String, b Array(UInt8))", Some("Tuple(a String, b Array(UInt64))"));
        check("Tuple(String, date Date)", Some("Tuple(String, date Date)"));
        check("Map(String, Float64)", Some("Map(String, Float64)"));
        check("Nullable(Array(String))", Some("Array(String)"));
    }

    #[test]
    fn what_is_no_type_is_none() {
        check("", None);
        check("Text2", None);
        check("Array(", None);
        check("Array(String))", None);
        check("Map(String)", None);
        check(&"Array(".repeat(1000), None);
    }
}
