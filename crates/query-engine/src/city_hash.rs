//! `CityHash64` in its version 1.0.2, which ClickHouse has kept: a hash of text that decides which events a sample takes.

const K0: u64 = 0xc3a5_c85c_97cb_3127;
const K1: u64 = 0xb492_b66f_be98_f273;
const K2: u64 = 0x9ae1_6a3b_2f90_404f;
const K3: u64 = 0xc949_d7c7_509e_6557;
const MULTIPLIER: u64 = 0x9ddf_ea08_eb38_2d69;

/// How many bytes the loop over long texts takes at once.
const BLOCK_BYTES: usize = 64;

/// What ClickHouse's `cityHash64` gives for a string of these bytes.
pub fn city_hash_64(bytes: &[u8]) -> u64 {
    match bytes.len() {
        0 => K2,
        1..=3 => of_at_most_3(bytes),
        4..=8 => {
            let first = u64::from(u32_at(bytes, 0));
            of_two((bytes.len() as u64).wrapping_add(first << 3), u32_at(bytes, bytes.len() - 4).into())
        }
        9..=16 => {
            let last = u64_at(bytes, bytes.len() - 8);
            let n_bits = u32::try_from(bytes.len()).expect("at most 16");
            of_two(u64_at(bytes, 0), last.wrapping_add(bytes.len() as u64).rotate_right(n_bits)) ^ last
        }
        17..=32 => of_17_to_32(bytes),
        33..=64 => of_33_to_64(bytes),
        _ => of_more(bytes),
    }
}

fn of_at_most_3(bytes: &[u8]) -> u64 {
    let n = bytes.len();
    let front = u64::from(bytes[0]) + (u64::from(bytes[n / 2]) << 8);
    let back = n as u64 + (u64::from(bytes[n - 1]) << 2);
    mixed(front.wrapping_mul(K2) ^ back.wrapping_mul(K3)).wrapping_mul(K2)
}

fn of_17_to_32(bytes: &[u8]) -> u64 {
    let n = bytes.len();
    let a = u64_at(bytes, 0).wrapping_mul(K1);
    let b = u64_at(bytes, 8);
    let c = u64_at(bytes, n - 8).wrapping_mul(K2);
    let d = u64_at(bytes, n - 16).wrapping_mul(K0);
    of_two(
        sum([a.wrapping_sub(b).rotate_right(43), c.rotate_right(30), d]),
        sum([a, (b ^ K3).rotate_right(20), n as u64]).wrapping_sub(c),
    )
}

fn of_33_to_64(bytes: &[u8]) -> u64 {
    let n = bytes.len();
    let front = u64_at(bytes, 0).wrapping_add((n as u64).wrapping_add(u64_at(bytes, n - 16)).wrapping_mul(K0));
    let (front_sum, front_mix) = half(front, u64_at(bytes, 8), u64_at(bytes, 16), u64_at(bytes, 24));
    let back = u64_at(bytes, 16).wrapping_add(u64_at(bytes, n - 32));
    let (back_sum, back_mix) = half(back, u64_at(bytes, n - 24), u64_at(bytes, n - 16), u64_at(bytes, n - 8));
    let crossed =
        sum([front_sum.wrapping_add(back_mix).wrapping_mul(K2), back_sum.wrapping_add(front_mix).wrapping_mul(K0)]);
    mixed(mixed(crossed).wrapping_mul(K0).wrapping_add(front_mix)).wrapping_mul(K2)
}

/// A sum and a mix of one half of a text of 33 to 64 bytes.
fn half(start: u64, second: u64, third: u64, last: u64) -> (u64, u64) {
    let two = start.wrapping_add(second);
    let three = two.wrapping_add(third);
    let mix = [
        start.wrapping_add(last).rotate_right(52),
        start.rotate_right(37),
        two.rotate_right(7),
        three.rotate_right(31),
    ];
    (three.wrapping_add(last), sum(mix))
}

fn of_more(bytes: &[u8]) -> u64 {
    let n = bytes.len();
    let mut x = u64_at(bytes, 0);
    let mut y = u64_at(bytes, n - 16) ^ K1;
    let mut z = u64_at(bytes, n - 56) ^ K0;
    let mut v = of_32_with_seeds(bytes, n - 64, n as u64, y);
    let mut w = of_32_with_seeds(bytes, n - 32, (n as u64).wrapping_mul(K1), K0);
    z = z.wrapping_add(mixed(v.1).wrapping_mul(K1));
    x = z.wrapping_add(x).rotate_right(39).wrapping_mul(K1);
    y = y.rotate_right(33).wrapping_mul(K1);
    // the last bytes, which the beginning has taken in, are left out where they are less than a block
    for start in (0..(n - 1) / BLOCK_BYTES).map(|block| block * BLOCK_BYTES) {
        x = sum([x, y, v.0, u64_at(bytes, start + 16)]).rotate_right(37).wrapping_mul(K1) ^ w.1;
        y = sum([y, v.1, u64_at(bytes, start + 48)]).rotate_right(42).wrapping_mul(K1) ^ v.0;
        z = (z ^ w.0).rotate_right(33);
        v = of_32_with_seeds(bytes, start, v.1.wrapping_mul(K1), x.wrapping_add(w.0));
        w = of_32_with_seeds(bytes, start + 32, z.wrapping_add(w.1), y);
        (x, z) = (z, x);
    }
    of_two(sum([of_two(v.0, w.0), mixed(y).wrapping_mul(K1), z]), of_two(v.1, w.1).wrapping_add(x))
}

/// Two numbers of the 32 bytes from `start` on.
fn of_32_with_seeds(bytes: &[u8], start: usize, a: u64, b: u64) -> (u64, u64) {
    let [first, second, third, last] = [0, 8, 16, 24].map(|offset| u64_at(bytes, start + offset));
    let a = a.wrapping_add(first);
    let b = sum([b, a, last]).rotate_right(21);
    let three = sum([a, second, third]);
    (three.wrapping_add(last), sum([b, three.rotate_right(44), a]))
}

fn of_two(one: u64, other: u64) -> u64 {
    let a = mixed((one ^ other).wrapping_mul(MULTIPLIER));
    mixed((other ^ a).wrapping_mul(MULTIPLIER)).wrapping_mul(MULTIPLIER)
}

fn mixed(value: u64) -> u64 {
    value ^ (value >> 47)
}

fn sum<const N: usize>(values: [u64; N]) -> u64 {
    values.into_iter().fold(0, u64::wrapping_add)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_clickhouse() {
        for (text, expected) in [
            ("", 11_160_318_154_034_397_263),
            ("a", 2_603_192_927_274_642_682),
            ("abc", 4_220_206_313_085_259_313),
            ("hello", 2_578_220_239_953_316_063),
            ("user@example", 11_128_976_793_549_721_102),
            ("01234567890123456789", 6_808_449_660_064_353_709),
            ("0190a6bf-3d2c-7f61-b0cb-0c1d2e3f4a5b", 4_226_368_456_131_910_098),
            ("the quick brown fox jumps over the lazy dog and then some more of it again", 17_329_754_105_473_114_508),
        ] {
            assert_eq!(city_hash_64(text.as_bytes()), expected, "{text:?}");
        }
        for (n_bytes, expected) in [
            (33, 9_498_923_847_066_961_975),
            (64, 6_437_053_381_938_498_259),
            (65, 5_260_653_789_997_849_295),
            (128, 1_142_585_757_146_322_653),
        ] {
            assert_eq!(city_hash_64(&vec![b'x'; n_bytes]), expected, "{n_bytes} bytes");
        }
    }
}
