//! Actions: events that mean the same, under one name.
