//! Tests across the crates live beside this file, in `tests/`.

#[cfg(doctest)]
#[rustfmt::skip]
mod pages;
