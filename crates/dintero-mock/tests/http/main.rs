//! The mock over the wire, as any client meets it.

mod bad_input;
mod deliveries;
mod documents;
mod every_operation;
mod faults;
mod lifecycle;
mod receiver;
mod support;
