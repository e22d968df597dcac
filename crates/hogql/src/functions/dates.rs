//! Days, instants and intervals. An instant is taken apart in the zone of its type.

use super::{DATE, Function, Gives, INT, TEXT, Take, UINT, scalar};
use crate::types::{IntervalUnit, Type};

const ONE: &[Take] = &[Take::Moment];
const TWO: &[Take] = &[Take::Moment, Take::Int];
const WEEK: &[Take] = &[Take::Moment, Take::Int, Take::Text];

const fn interval(name: &'static str, unit: IntervalUnit) -> Function {
    scalar(name, &[Take::Int], Gives::Fixed(Type::Interval(unit)))
}

/// Written as `plus` and `minus` of an interval.
const fn shift(name: &'static str) -> Function {
    scalar(name, TWO, Gives::Resolved).sugar()
}

pub(super) const FUNCTIONS: &[Function] = &[
    // Constants of the query's own time.
    scalar("now", &[Take::Any], Gives::Resolved).at_least(0).aka(&["now64", "current_timestamp", "nowInBlock"]).sugar(),
    scalar("today", &[], DATE).aka(&["current_date"]).sugar(),
    scalar("yesterday", &[], DATE).sugar(),
    interval("toIntervalSecond", IntervalUnit::Second),
    interval("toIntervalMinute", IntervalUnit::Minute),
    interval("toIntervalHour", IntervalUnit::Hour),
    interval("toIntervalDay", IntervalUnit::Day),
    interval("toIntervalWeek", IntervalUnit::Week),
    interval("toIntervalMonth", IntervalUnit::Month),
    interval("toIntervalQuarter", IntervalUnit::Quarter),
    interval("toIntervalYear", IntervalUnit::Year),
    scalar("toYear", ONE, UINT).aka(&["year"]),
    scalar("toQuarter", ONE, UINT).aka(&["quarter"]),
    scalar("toMonth", ONE, UINT).aka(&["month"]),
    scalar("toDayOfYear", ONE, UINT).aka(&["dayofyear"]),
    scalar("toDayOfMonth", ONE, UINT).aka(&["day", "dayofmonth"]),
    // 1 on Monday to 7 on Sunday; by mode 1 from 0, by mode 2 from Sunday (0), by mode 3 from Sunday (1).
    scalar("toDayOfWeek", WEEK, UINT).at_least(1).aka(&["dayofweek"]),
    scalar("toHour", ONE, UINT).aka(&["hour"]),
    scalar("toMinute", ONE, UINT).aka(&["minute"]),
    scalar("toSecond", ONE, UINT).aka(&["second"]),
    scalar("toMillisecond", ONE, UINT),
    scalar("toISOYear", ONE, UINT),
    scalar("toISOWeek", ONE, UINT),
    // By the modes of MySQL, 0 where none is given.
    scalar("toWeek", WEEK, UINT).at_least(1).aka(&["week"]),
    scalar("toYearWeek", WEEK, UINT).at_least(1).aka(&["yearweek"]),
    scalar("toYYYYMM", ONE, UINT),
    scalar("toYYYYMMDD", ONE, UINT),
    scalar("toYYYYMMDDhhmmss", ONE, UINT),
    scalar("toUnixTimestamp", ONE, UINT),
    scalar("toUnixTimestamp64Milli", ONE, INT),
    scalar("toUnixTimestamp64Micro", ONE, INT),
    // Of seconds, perhaps with a fraction.
    scalar("fromUnixTimestamp", &[Take::Number], Gives::Resolved),
    scalar("fromUnixTimestamp64Milli", &[Take::Int], Gives::Resolved),
    scalar("fromUnixTimestamp64Micro", &[Take::Int], Gives::Resolved),
    // First days of the spans around.
    scalar("toStartOfYear", ONE, DATE),
    scalar("toStartOfISOYear", ONE, DATE),
    scalar("toStartOfQuarter", ONE, DATE),
    scalar("toStartOfMonth", ONE, DATE),
    // Weeks begin on Monday where the second argument is odd, else on Sunday. It is always there.
    scalar("toStartOfWeek", WEEK, DATE).at_least(1),
    scalar("toMonday", ONE, DATE).sugar(),
    scalar("toLastDayOfMonth", ONE, DATE).aka(&["last_day"]),
    scalar("toLastDayOfWeek", WEEK, DATE).at_least(1),
    // First instants of the spans around. A day is its first instant in the project's zone.
    scalar("toStartOfDay", &[Take::DateTime, Take::Text], Gives::Resolved).at_least(1),
    scalar("toStartOfHour", &[Take::DateTime], Gives::Argument(0)),
    scalar("toStartOfMinute", &[Take::DateTime], Gives::Argument(0)),
    scalar("toStartOfSecond", &[Take::DateTime], Gives::Argument(0)),
    scalar("toStartOfFiveMinutes", &[Take::DateTime], Gives::Argument(0)).aka(&["toStartOfFiveMinute"]).sugar(),
    scalar("toStartOfTenMinutes", &[Take::DateTime], Gives::Argument(0)).sugar(),
    scalar("toStartOfFifteenMinutes", &[Take::DateTime], Gives::Argument(0)).sugar(),
    scalar("timeSlot", &[Take::DateTime], Gives::Argument(0)).sugar(),
    // `toStartOfInterval(moment, interval[, origin])`: seconds, minutes and hours from the beginning of the day, days from 1970-01-01,
    // weeks from Monday 1970-01-05, months, quarters and years from January of the year 0; or all from the origin. Up to days it gives
    // an instant, from weeks on a day.
    scalar("toStartOfInterval", &[Take::Moment, Take::Any, Take::Moment], Gives::Resolved).at_least(2),
    scalar("dateTrunc", &[Take::Text, Take::Moment, Take::Text], Gives::Resolved)
        .at_least(2)
        .aka(&["date_trunc"])
        .sugar(),
    // `dateDiff(unit, from, to)`: how many beginnings of such spans lie between; the unit is `second` to `year`.
    scalar("dateDiff", &[Take::Text, Take::Moment, Take::Moment, Take::Text], INT).at_least(3).aka(&[
        "date_diff",
        "timestampDiff",
        "timestamp_diff",
    ]),
    // `age(unit, from, to)`: how many whole ones.
    scalar("age", &[Take::Text, Take::Moment, Take::Moment, Take::Text], INT).at_least(3),
    scalar("dateAdd", &[Take::Any, Take::Any, Take::Moment], Gives::Resolved)
        .at_least(2)
        .aka(&["date_add", "timestampAdd", "timestamp_add"])
        .sugar(),
    scalar("dateSub", &[Take::Any, Take::Any, Take::Moment], Gives::Resolved)
        .at_least(2)
        .aka(&["date_sub", "date_subtract", "timestampSub", "timestamp_sub"])
        .sugar(),
    shift("addSeconds"),
    shift("addMinutes"),
    shift("addHours"),
    shift("addDays"),
    shift("addWeeks"),
    shift("addMonths"),
    shift("addQuarters"),
    shift("addYears"),
    shift("subtractSeconds"),
    shift("subtractMinutes"),
    shift("subtractHours"),
    shift("subtractDays"),
    shift("subtractWeeks"),
    shift("subtractMonths"),
    shift("subtractQuarters"),
    shift("subtractYears"),
    // The form is that of MySQL's `DATE_FORMAT`. The third argument is a time zone.
    scalar("formatDateTime", &[Take::Moment, Take::Text, Take::Text], TEXT)
        .at_least(2)
        .aka(&["to_char", "date_format"]),
    scalar("dateName", &[Take::Text, Take::Moment], TEXT),
    scalar("monthName", ONE, TEXT),
    scalar("date_part", &[Take::Text, Take::Moment], UINT).aka(&["datePart"]).sugar(),
    // The same instant in another zone: a change of type alone, which the resolver writes as `cast`.
    scalar("toTimeZone", &[Take::DateTime, Take::Text], Gives::Resolved).sugar(),
    scalar("timeZoneOf", &[Take::DateTime], TEXT).sugar(),
    // In seconds, east of Greenwich.
    scalar("timeZoneOffset", &[Take::DateTime], INT),
    // Year, month, day; and hour, minute, second in the zone of the result. Null where there is no such day.
    scalar("makeDate", &[Take::Int, Take::Int, Take::Int], Gives::Maybe(Type::Date)).aka(&["make_date"]),
    scalar("makeDateTime", &[Take::Int, Take::Int, Take::Int, Take::Int, Take::Int, Take::Int], Gives::Resolved)
        .aka(&["make_timestamp"]),
];
