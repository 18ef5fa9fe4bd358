//! Compiles against the crate of old.yaml.

/// What a shop wrote.
pub fn caller(order: crate::types::Order) -> bool {
    matches!(order.status, crate::types::OrderStatus::Void)
}
