//! Texts that a language model or the built-in writer makes.
