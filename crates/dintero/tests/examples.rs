//! Each example runs against a local Dintero, as a newcomer would run it.

#[path = "../examples/capture_and_refund.rs"]
mod capture_and_refund;
#[path = "../examples/express_shipping.rs"]
mod express_shipping;
#[path = "../examples/hosted_checkout.rs"]
mod hosted_checkout;
#[path = "../examples/marketplace.rs"]
mod marketplace;
#[path = "../examples/partner.rs"]
mod partner;
#[path = "../examples/raw_call.rs"]
mod raw_call;
#[path = "../examples/settlements.rs"]
mod settlements;
#[path = "../examples/subscription.rs"]
mod subscription;
#[path = "../examples/testing_with_httpmock.rs"]
mod testing_with_httpmock;
#[path = "../examples/webhooks.rs"]
mod webhooks;

macro_rules! runs {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            $name::main().unwrap();
        }
    )*};
}

mod they_run {
    use super::*;
    runs!(
        capture_and_refund express_shipping hosted_checkout marketplace partner raw_call settlements subscription
        testing_with_httpmock webhooks
    );
}
