//! Records as the columns of HogQL's table `logs`.

use hogql::tables::LogsColumn;
use query_engine::control::QueryControl;
use query_engine::error::QueryError;
use query_engine::logs::{LentLogs, LogBlock, LogRequest, LogTexts, LogValues};

use crate::answer::{AttributesBody, span_id_text, trace_id_text};
use crate::filter::{Condition, Field, LevelSet, LogFilter};
use crate::record::{Attributes, Level, StoredLog};
use crate::request::ALL_TIME;

/// Rows of a block of [`LentRecords`].
const BLOCK_ROWS: usize = 4_096;

/// A filter that lets through every record that can matter.
pub fn filter_of(request: &LogRequest) -> LogFilter {
    let bounds = &request.bounds;
    let levels = match &bounds.levels {
        None => LevelSet::ALL,
        Some(names) => LevelSet::of(&names.iter().filter_map(|name| Level::from_name(name)).collect::<Vec<_>>()),
    };
    let from = bounds.from_us.unwrap_or(ALL_TIME.start);
    let until = match &bounds.services {
        // No service is one that no record has.
        Some(services) if services.is_empty() => from,
        _ => bounds.until_us.unwrap_or(ALL_TIME.end),
    };
    LogFilter {
        range: from..until,
        levels,
        services: bounds.services.clone().unwrap_or_default(),
        // The longest text leaves out most.
        search: bounds.contained.iter().max_by_key(|text| text.len()).cloned().unwrap_or_default(),
        group: Condition::always(),
    }
}

/// The field that a column of texts shows; none where it is no field.
pub fn field_of(column: &LogsColumn) -> Option<Field> {
    Some(match column {
        LogsColumn::Level => Field::Level,
        LogsColumn::Body => Field::Body,
        LogsColumn::TraceId => Field::TraceId,
        LogsColumn::SpanId => Field::SpanId,
        LogsColumn::EventName => Field::EventName,
        LogsColumn::InstrumentationScope => Field::Scope,
        LogsColumn::Attribute(key) => Field::Attribute(key.clone()),
        LogsColumn::ResourceAttribute(key) => Field::Resource(key.clone()),
        LogsColumn::Uuid
        | LogsColumn::Timestamp
        | LogsColumn::ObservedTimestamp
        | LogsColumn::SeverityNumber
        // A name that is no text is no name.
        | LogsColumn::ServiceName
        | LogsColumn::Attributes
        | LogsColumn::ResourceAttributes => return None,
    })
}

/// Whether rows without a value of the column are null; else they have the empty text.
pub fn is_nullable(column: &LogsColumn) -> bool {
    matches!(column, LogsColumn::Attribute(_) | LogsColumn::ResourceAttribute(_))
}

/// The values of a column for some records.
pub fn values<'a>(column: &LogsColumn, logs: impl Iterator<Item = &'a StoredLog>) -> LogValues {
    let texts = |text: &dyn Fn(&StoredLog) -> Option<String>, logs: &mut dyn Iterator<Item = &'a StoredLog>| {
        LogValues::Texts(logs.map(text).collect::<LogTexts>())
    };
    let mut logs = logs;
    match column {
        LogsColumn::Timestamp => LogValues::Instants(logs.map(|log| log.record.timestamp_us).collect()),
        LogsColumn::ObservedTimestamp => LogValues::Instants(logs.map(|log| log.record.observed_us).collect()),
        LogsColumn::SeverityNumber => LogValues::Numbers(logs.map(|log| log.record.severity.number().into()).collect()),
        LogsColumn::Uuid => texts(&|log| Some(log.uuid().to_string()), &mut logs),
        LogsColumn::ServiceName => texts(&|log| Some(log.record.service().to_owned()), &mut logs),
        LogsColumn::TraceId => texts(&|log| Some(trace_id_text(log.record.trace_id)), &mut logs),
        LogsColumn::SpanId => texts(&|log| Some(span_id_text(log.record.span_id)), &mut logs),
        LogsColumn::Attributes => texts(&|log| Some(json(&log.record.attributes)), &mut logs),
        LogsColumn::ResourceAttributes => texts(&|log| Some(json(&log.record.resource)), &mut logs),
        column => {
            let field = field_of(column).expect("the other columns are fields");
            let missing = if is_nullable(column) { None } else { Some(String::new()) };
            texts(&|log| field.text(log).map(std::borrow::Cow::into_owned).or_else(|| missing.clone()), &mut logs)
        }
    }
}

fn json(attributes: &Attributes) -> String {
    serde_json::to_string(&AttributesBody(attributes)).expect("attributes have texts as keys and JSON as values")
}

/// Records that are at hand, lent.
#[derive(Debug)]
pub struct LentRecords<T = StoredLog> {
    logs: Vec<T>,
    columns: Vec<LogsColumn>,
}

impl<T> LentRecords<T> {
    /// These records, in their order, with these columns.
    pub fn new(logs: Vec<T>, columns: Vec<LogsColumn>) -> Self {
        Self { logs, columns }
    }
}

impl<T: std::borrow::Borrow<StoredLog> + std::fmt::Debug + Send + Sync> LentLogs for LentRecords<T> {
    fn n_blocks(&self) -> usize {
        self.logs.len().div_ceil(BLOCK_ROWS)
    }

    fn block(&self, block: usize, columns: &[usize], control: &QueryControl) -> Result<LogBlock, QueryError> {
        control.check()?;
        let first = block * BLOCK_ROWS;
        let logs = &self.logs[first..self.logs.len().min(first + BLOCK_ROWS)];
        let columns = columns.iter().map(|&column| values(&self.columns[column], logs.iter().map(T::borrow)));
        Ok(LogBlock { n_rows: logs.len(), columns: columns.collect() })
    }
}

#[cfg(test)]
mod tests {
    use hogql::ir::RowBounds;
    use insights_core::ids::ProjectId;

    use super::*;
    use crate::answer::tests::sample;

    fn request(bounds: RowBounds) -> LogRequest {
        LogRequest { project: ProjectId(1), columns: Vec::new(), bounds }
    }

    #[test]
    fn bounds_are_a_filter() {
        let filter = filter_of(&request(RowBounds::default()));
        assert_eq!((filter.range, filter.levels, filter.search.as_str()), (ALL_TIME, LevelSet::ALL, ""));
        let bounds = RowBounds {
            names: None,
            from_us: Some(5),
            until_us: Some(9),
            levels: Some(vec!["error".to_owned(), "loud".to_owned()]),
            services: Some(vec!["web".to_owned()]),
            contained: vec!["a".to_owned(), "abc".to_owned()],
        };
        let filter = filter_of(&request(bounds.clone()));
        assert_eq!((filter.range, filter.levels), (5..9, LevelSet::of(&[Level::Error])));
        assert_eq!((filter.services, filter.search), (vec!["web".to_owned()], "abc".to_owned()));
        let nothing = filter_of(&request(RowBounds { services: Some(Vec::new()), ..bounds }));
        assert!(nothing.range.is_empty());
    }

    #[test]
    fn every_column_has_its_values() {
        let mut bare = sample();
        bare.record.trace_id = 0;
        bare.record.resource = std::sync::Arc::default();
        bare.record.attributes = Attributes::default();
        let logs = [sample(), bare];
        let texts = |column: LogsColumn| match values(&column, logs.iter()) {
            LogValues::Texts(texts) => texts.iter().map(|text| text.unwrap_or("null").to_owned()).collect::<Vec<_>>(),
            other => vec![format!("{other:?}")],
        };
        let uuid = logs[0].uuid().to_string();
        assert_eq!(texts(LogsColumn::Uuid), [uuid.clone(), uuid]);
        assert_eq!(texts(LogsColumn::Timestamp), ["Instants([1768000000123456, 1768000000123456])"]);
        assert_eq!(texts(LogsColumn::ObservedTimestamp), ["Instants([1768000001000000, 1768000001000000])"]);
        assert_eq!(texts(LogsColumn::SeverityNumber), ["Numbers([10, 10])"]);
        assert_eq!(texts(LogsColumn::Level), ["info", "info"]);
        assert_eq!(texts(LogsColumn::Body), ["GET /x 200", "GET /x 200"]);
        assert_eq!(texts(LogsColumn::ServiceName), ["web", ""]);
        assert_eq!(texts(LogsColumn::TraceId), ["00000000000000000000000000000abc", ""]);
        assert_eq!(texts(LogsColumn::SpanId), ["0000000000000def", "0000000000000def"]);
        assert_eq!(texts(LogsColumn::EventName), ["", ""]);
        assert_eq!(texts(LogsColumn::InstrumentationScope), ["lib@1.0", "lib@1.0"]);
        let all = r#"{"duration_ms":1.5,"http.method":"GET","tags":["a",{"b":null}]}"#;
        assert_eq!(texts(LogsColumn::Attributes), [all, "{}"]);
        assert_eq!(texts(LogsColumn::Attribute("duration_ms".to_owned())), ["1.5", "null"]);
        assert_eq!(texts(LogsColumn::ResourceAttributes), [r#"{"service.name":"web"}"#, "{}"]);
        assert_eq!(texts(LogsColumn::ResourceAttribute("service.name".to_owned())), ["web", "null"]);
    }
}
