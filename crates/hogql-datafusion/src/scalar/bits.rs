//! Bits of numbers, and texts as bytes.

use super::{Kernel, strict};
use crate::datum::Datum;

pub(super) fn kernel(name: &str) -> Option<Kernel> {
    match name {
        "bitAnd" => strict(|_, args| Ok(Datum::Int(args[0].as_int() & args[1].as_int()))),
        "bitOr" => strict(|_, args| Ok(Datum::Int(args[0].as_int() | args[1].as_int()))),
        "bitXor" => strict(|_, args| Ok(Datum::Int(args[0].as_int() ^ args[1].as_int()))),
        "bitNot" => strict(|_, args| Ok(Datum::Int(!args[0].as_int()))),
        "bitShiftLeft" => strict(|_, args| Ok(Datum::Int(shifted(args, i64::checked_shl)))),
        "bitShiftRight" => strict(|_, args| Ok(Datum::Int(shifted(args, i64::checked_shr)))),
        "bitTest" => strict(|_, args| Ok(Datum::Bool(shifted(args, i64::checked_shr) & 1 == 1))),
        "bitCount" => strict(|_, args| Ok(Datum::Int(i64::from(args[0].as_int().count_ones())))),
        "hex" => strict(|_, args| Ok(Datum::text(hex(&args[0])))),
        "unhex" => strict(|_, args| Ok(Datum::text(unhex(args[0].as_str())))),
        _ => None,
    }
}

fn shifted(args: &[Datum<'_>], shift: fn(i64, u32) -> Option<i64>) -> i64 {
    u32::try_from(args[1].as_int()).ok().and_then(|by| shift(args[0].as_int(), by)).unwrap_or(0)
}

/// Of a text its bytes; of a number its bytes without leading zeros, the highest first; of a float those of its representation.
fn hex(value: &Datum<'_>) -> String {
    match value {
        Datum::Text(text) => text.bytes().map(|byte| format!("{byte:02X}")).collect(),
        Datum::Float(float) => format!("{:016X}", float.to_bits().swap_bytes()),
        other => {
            let digits = format!("{:X}", other.as_int());
            if digits.len() % 2 == 0 { digits } else { format!("0{digits}") }
        }
    }
}

/// Bytes that are no text are replaced; digits that are none end it.
fn unhex(text: &str) -> String {
    let digits: Vec<u32> = text.chars().map_while(|digit| digit.to_digit(16)).collect();
    let bytes = digits.chunks_exact(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap_or_default());
    String::from_utf8_lossy(&bytes.collect::<Vec<_>>()).into_owned()
}
