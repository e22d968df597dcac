//! Functions of one row.
//!
//! A function is written on single values ([`Datum`]); where DataFusion has one of equal meaning, or one that need not look at all
//! of its arguments, [`crate::lower`] writes that instead.

mod arrays;
mod bits;
mod calendar;
mod comparisons;
pub(crate) mod convert;
mod dates;
mod format;
mod json;
pub(crate) mod lambda;
mod math;
pub(crate) mod membership;
mod pages;
mod patterns;
mod sets;
mod splits;
mod strings;
mod text;
mod time;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array as _, ArrayRef, AsArray as _, StringViewArray, UInt32Array};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};
use hogql::types::Type;
use rustc_hash::FxHashMap;

use crate::datum::{Datum, Reader, Writer};
use crate::literal::empty_datum;
use crate::persons::PersonNames;
use crate::types::{data_type, without_null};
pub(crate) use pages::path_of;
pub(crate) use patterns::Patterns;
pub(crate) use sets::{distinct, sorted};

/// What a function knows besides the values of its arguments.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    /// The types of its arguments.
    pub(crate) takes: &'a [Type],
    /// The type of its value.
    pub(crate) gives: &'a Type,
    /// Who persons are.
    pub(crate) persons: &'a PersonNames,
    /// Regular expressions that were made for earlier rows.
    pub(crate) patterns: &'a Patterns,
}

/// A function on single values.
pub(crate) type RowFunction = for<'a> fn(&Call<'_>, &[Datum<'a>]) -> Result<Datum<'a>>;

/// How a function is computed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kernel {
    /// Null where an argument is; the function does not see nulls.
    Strict(RowFunction),
    /// The function sees nulls.
    Seeing(RowFunction),
}

/// The kernel of a function of the catalogue; `None` where there is none of that name, or [`crate::lower`] does it.
pub(crate) fn kernel(name: &str) -> Option<Kernel> {
    const TOPICS: [fn(&str) -> Option<Kernel>; 15] = [
        arrays::kernel,
        bits::kernel,
        calendar::kernel,
        comparisons::kernel,
        convert::kernel,
        dates::kernel,
        format::kernel,
        json::kernel,
        math::kernel,
        pages::kernel,
        patterns::kernel,
        sets::kernel,
        splits::kernel,
        strings::kernel,
        text::kernel,
    ];
    TOPICS.iter().find_map(|topic| topic(name))
}

fn strict(function: RowFunction) -> Option<Kernel> {
    Some(Kernel::Strict(function))
}

fn seeing(function: RowFunction) -> Option<Kernel> {
    Some(Kernel::Seeing(function))
}

/// A function as DataFusion calls it.
#[derive(Debug)]
pub(crate) struct ScalarFunction {
    name: &'static str,
    takes: Vec<Type>,
    gives: Type,
    kernel: Kernel,
    persons: Arc<PersonNames>,
    signature: Signature,
}

impl ScalarFunction {
    pub(crate) fn new(
        name: &'static str,
        takes: Vec<Type>,
        gives: Type,
        kernel: Kernel,
        persons: Arc<PersonNames>,
    ) -> Self {
        let signature = any_arguments(takes.len());
        Self { name, takes, gives, kernel, persons, signature }
    }

    /// The value of each row.
    fn rows(&self, arguments: &Arguments, n_rows: usize) -> Result<ArrayRef> {
        let readers = arguments.readers()?;
        let patterns = Patterns::default();
        let call = Call { takes: &self.takes, gives: &self.gives, persons: &self.persons, patterns: &patterns };
        let mut writer = Writer::new(&data_type(&self.gives))?;
        let mut values = Vec::with_capacity(readers.len());
        for row in 0..n_rows {
            values.clear();
            values.extend(readers.iter().map(|reader| reader.get(row)));
            writer.push(self.value(&call, &values)?);
        }
        writer.finish()
    }

    /// The values of texts, each computed once: rows whose texts come out of a dictionary share them.
    fn of_texts(&self, texts: &StringViewArray) -> Result<ArrayRef> {
        let mut places: FxHashMap<Option<u128>, u32> = FxHashMap::default();
        let mut distinct: Vec<u32> = Vec::new();
        let place_of = (0_u32..).zip(texts.views()).map(|(row, &view)| {
            // the view of a null means nothing
            let key = texts.is_valid(row as usize).then_some(view);
            *places.entry(key).or_insert_with(|| {
                distinct.push(row);
                u32::try_from(distinct.len() - 1).expect("a batch has fewer than 2^32 rows")
            })
        });
        let place_of: UInt32Array = place_of.collect();
        let distinct = take(texts, &UInt32Array::from(distinct), None)?;
        let n_distinct = distinct.len();
        let values = self.rows(&Arguments(vec![(distinct, false)]), n_distinct)?;
        Ok(take(values.as_ref(), &place_of, None)?)
    }

    fn value<'a>(&self, call: &Call<'_>, args: &[Datum<'a>]) -> Result<Datum<'a>> {
        match self.kernel {
            Kernel::Seeing(function) => function(call, args),
            Kernel::Strict(function) if !args.iter().any(Datum::is_null) => function(call, args),
            Kernel::Strict(_) => Ok(nothing(&self.gives)),
        }
    }
}

/// What a function gives for null: null, or of a type that has none its empty value.
fn nothing(ty: &Type) -> Datum<'static> {
    if matches!(ty, Type::Array(_) | Type::Map(..)) { empty_datum(ty) } else { Datum::Null }
}

/// Any arguments: types were found out before.
pub(crate) fn any_arguments(n: usize) -> Signature {
    if n == 0 { Signature::nullary(Volatility::Immutable) } else { Signature::any(n, Volatility::Immutable) }
}

/// Two functions are the same where their names and types are: within one query, everything else is.
impl PartialEq for ScalarFunction {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.takes == other.takes && self.gives == other.gives
    }
}

impl Eq for ScalarFunction {}

impl Hash for ScalarFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.name, &self.takes, &self.gives).hash(state);
    }
}

impl ScalarUDFImpl for ScalarFunction {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(data_type(&self.gives))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = Arguments::new(&args.args)?;
        if let Some(texts) = arrays.only_texts() {
            return Ok(ColumnarValue::Array(self.of_texts(texts)?));
        }
        if arrays.are_constant() {
            let value = self.rows(&arrays, 1)?;
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&value, 0)?));
        }
        Ok(ColumnarValue::Array(self.rows(&arrays, args.number_rows)?))
    }
}

/// The arguments of a call: constants as arrays of one row.
#[derive(Debug)]
pub(crate) struct Arguments(Vec<(ArrayRef, bool)>);

impl Arguments {
    pub(crate) fn new(values: &[ColumnarValue]) -> Result<Self> {
        let arrays = values.iter().map(|value| match value {
            ColumnarValue::Array(array) => Ok((Arc::clone(array), false)),
            ColumnarValue::Scalar(scalar) => Ok((scalar.to_array()?, true)),
        });
        Ok(Self(arrays.collect::<Result<_>>()?))
    }

    /// The only argument, where it is a column of texts.
    fn only_texts(&self) -> Option<&StringViewArray> {
        match &self.0[..] {
            [(array, false)] => array.as_string_view_opt(),
            _ => None,
        }
    }

    /// Whether the value is the same in each row.
    pub(crate) fn are_constant(&self) -> bool {
        self.0.iter().all(|(_, is_constant)| *is_constant)
    }

    pub(crate) fn readers(&self) -> Result<Vec<ArgumentReader<'_>>> {
        let readers = self.0.iter().map(|(array, is_constant)| {
            let reader = Reader::new(array.as_ref())?;
            Ok(if *is_constant { ArgumentReader::Constant(reader.get(0)) } else { ArgumentReader::Rows(reader) })
        });
        readers.collect()
    }
}

/// Reads an argument.
#[derive(Debug)]
pub(crate) enum ArgumentReader<'a> {
    Constant(Datum<'a>),
    Rows(Reader<'a>),
}

impl<'a> ArgumentReader<'a> {
    pub(crate) fn get(&self, row: usize) -> Datum<'a> {
        match self {
            Self::Constant(value) => value.clone(),
            Self::Rows(reader) => reader.get(row),
        }
    }
}

/// The zone of a type of instants; UTC of any other type.
fn zone_of(ty: &Type) -> chrono_tz::Tz {
    if let Type::DateTime(zone) = without_null(ty) { *zone } else { chrono_tz::Tz::UTC }
}
