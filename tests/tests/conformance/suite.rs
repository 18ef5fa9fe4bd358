//! The tests of one service, from the generated lines: for each operation, what its builder takes and how it answers.

macro_rules! suite {
    (
        $service:ident;
        $( $name:ident $table:ident $send:ident -> $answer:ident {
            $( $place:ident $wire:literal $setter:ident: $kind:ty; )*
        } given {
            $( $given_place:ident $given_wire:literal $given:ident: $given_kind:ty; )*
        } as ( $( $argument:expr ),* ) )*
    ) => {
        pub const TESTED: &[&dintero_client::Operation] = &[$(&$service::operations::$table),*];

        $(
            #[test]
            fn $name() {
                crate::judge::check(&$service::operations::$table, #[allow(unused_mut, deprecated)]
                    |mut given| Box::pin(async move {
                    $(
                        let Some($given) = given.$given_place::<$given_kind>($given_wire) else {
                            return given.lacks($given_wire);
                        };
                    )*
                    let mut call = $service::Client::new(given.transport()).$name($($argument),*);
                    $(
                        if let Some(value) = given.$place::<$kind>($wire) {
                            call = call.$setter(value);
                        }
                    )*
                    let answer = call.$send().await;
                    given.$answer(answer)
                }));
            }
        )*
    };
}
