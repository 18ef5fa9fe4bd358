//! The examples in the docs of every method, compiled.
//!
//! The generator writes each twice, here and in the docs, from one text. Here all of them are one program, in which they are
//! checked and never run; as doctests they would be a program for each crate. What does not compile is a fault of the
//! generator, and its function has the name of the method. That what is around an example compiles as well is asked of the
//! doctests of `dintero-odd` and `dintero-shop`.

#[allow(deprecated, unused, clippy::all)]
#[rustfmt::skip]
mod services;
