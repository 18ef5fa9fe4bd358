//! Compiles against the crate of old.yaml.

/// What a shop wrote.
pub fn caller(order: crate::types::Order) -> f64 {
    order.weight
}
