//! HogQL on DataFusion.
