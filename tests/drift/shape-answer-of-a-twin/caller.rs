//! Both names are of one type, so that it compiles against either crate.

/// What a shop wrote.
pub fn caller(order: crate::types::Order) -> crate::types::Receipt {
    order
}
