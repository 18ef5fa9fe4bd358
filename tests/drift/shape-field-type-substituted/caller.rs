//! Compiles against the crate of old.yaml.

/// What a shop wrote.
pub fn caller(order: crate::types::Order) -> crate::types::Money {
    order.price
}
