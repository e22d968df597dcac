//! From syntax tree to text, in one form for all texts that say the same.
