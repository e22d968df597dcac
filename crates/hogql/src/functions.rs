//! The catalogue of functions: their names, what they take and what they give. Names are ClickHouse's.
