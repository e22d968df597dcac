#![doc = include_str!("../README.md")]

pub mod codec;
pub mod disk;
pub mod error;
pub mod lock;
pub mod sealed;
pub mod wal;
