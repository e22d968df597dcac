//! Requests in OpenTelemetry's JSON: keys in camel case, enumerations as numbers, trace and span ids in hexadecimal digits, large numbers as numbers or texts.
//! Unknown keys are passed over, `null` is as if it were not there. Each record is read apart from the others, so that a bad one spoils no other.

pub(super) mod log_record;
pub(super) mod metric;
mod numbers;
mod text;
mod values;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::attempts::Form;
use super::error::{OtlpError, RecordError};
use super::protobuf::Stop;
use super::source::{Intake, Source};

/// The outer levels of a request, in which logs and metrics differ by their names alone.
macro_rules! request {
    ($request:ident, $resources:literal; $resource:ident, $scopes:literal; $scope:ident, $items:literal; $walk:ident) => {
        #[derive(Debug, Deserialize)]
        struct $request<'a> {
            #[serde(borrow, default, rename = $resources)]
            resources: Option<Vec<$resource<'a>>>,
        }

        #[derive(Debug, Deserialize)]
        struct $resource<'a> {
            #[serde(borrow, default)]
            resource: Option<&'a RawValue>,
            #[serde(borrow, default, rename = $scopes)]
            scopes: Option<Vec<$scope<'a>>>,
        }

        #[derive(Debug, Deserialize)]
        struct $scope<'a> {
            #[serde(borrow, default)]
            scope: Option<&'a RawValue>,
            #[serde(borrow, default, rename = $items)]
            items: Option<Vec<&'a RawValue>>,
        }

        /// Calls `take` with each item of a request, or of a request a line, and with where it comes from. A line that is none counts as one item
        /// that is refused, as long as another one is one. Tells whether there was any resource.
        pub(super) fn $walk<'a, 'l>(
            body: &'a [u8],
            form: Form,
            intake: &mut Intake<'l>,
            mut take: impl FnMut(&mut Intake<'l>, &Source, &'a RawValue) -> Result<(), OtlpError>,
        ) -> Result<bool, Stop> {
            let mut walk = |request: $request<'a>, intake: &mut Intake<'l>| {
                let has_resources = request.resources.is_some();
                let mut source = Source::unknown();
                for resource in request.resources.into_iter().flatten() {
                    source.resource = values::resource(resource.resource, intake).map(Into::into);
                    for scope in resource.scopes.into_iter().flatten() {
                        source.scope = values::scope(scope.scope, intake);
                        scope.items.into_iter().flatten().try_for_each(|item| take(intake, &source, item))?;
                    }
                }
                Ok::<_, OtlpError>(has_resources)
            };
            let text = text_of(body)?;
            if form == Form::Json {
                return Ok(walk(object(text)?, intake)?);
            }
            let (mut has_resources, mut first_error) = (false, None);
            for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
                match object(line) {
                    Ok(request) => has_resources |= walk(request, intake)?,
                    Err(error) => {
                        let index = intake.begin(1)?;
                        first_error.get_or_insert_with(|| error.clone());
                        intake.rejected.add(index, error);
                    }
                }
            }
            match first_error {
                Some(error) if !has_resources => Err(error.into()),
                _ => Ok(has_resources),
            }
        }
    };
}

request!(LogsJson, "resourceLogs"; ResourceLogsJson, "scopeLogs"; ScopeLogsJson, "logRecords"; walk_logs);
request!(MetricsJson, "resourceMetrics"; ResourceMetricsJson, "scopeMetrics"; ScopeMetricsJson, "metrics"; walk_metrics);

/// The text of a body, without the mark that some begin with.
fn text_of(body: &[u8]) -> Result<&str, RecordError> {
    let text = std::str::from_utf8(body).map_err(RecordError::malformed)?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// An object; what else there may be in its place, serde would take for one.
fn object<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, RecordError> {
    if !text.trim_start().starts_with('{') {
        return Err(RecordError::malformed("it is no object"));
    }
    serde_json::from_str(text).map_err(RecordError::malformed)
}
