//! Whole files, read and expanded.
