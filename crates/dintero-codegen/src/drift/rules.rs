//! Every kind of change that is told: a stable id, what it means, and its level on each side.
//!
//! The levels follow what the generator makes: enums and choices are open and `#[non_exhaustive]`; an optional field is
//! an `Option` that reads `null` too; a type that is sent has a constructor of its required fields and a setter for
//! each other one; defaults are only told in the docs; every 2xx is read by the runtime. Limits, patterns and formats are
//! checked by the service alone: what is sent under tighter ones is refused, what is read is taken as it comes.
//! A new field is additive: values are made by the constructor and read by name, not by listing all fields.

use super::levels::{Level, Side};

/// One kind of change.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rule {
    pub id: &'static str,
    pub what: &'static str,
    /// In what the program sends.
    pub request: Level,
    /// In what the program reads.
    pub response: Level,
}

impl Rule {
    pub fn level(&self, side: Side) -> Level {
        match side {
            Side::Request => self.request,
            Side::Response => self.response,
            Side::Both => self.request.max(self.response),
        }
    }
}

/// The table as text, for `cargo xtask drift --rules`.
pub fn table() -> String {
    let width = RULES.iter().map(|r| r.id.len()).max().unwrap_or(0);
    let mut out = format!("{:width$}  {:<9} {:<9} what it means\n", "rule", "request", "response");
    for rule in RULES {
        let (request, response) = (rule.request.word(), rule.response.word());
        out.push_str(&format!("{:width$}  {request:<9} {response:<9} {}\n", rule.id, rule.what));
    }
    out
}

macro_rules! rules {
    ($( $name:ident $id:literal $request:ident $response:ident $what:literal; )*) => {
        $( pub static $name: Rule = Rule { id: $id, what: $what, request: Level::$request, response: Level::$response }; )*
        /// All of them.
        pub static RULES: &[&Rule] = &[$( &$name ),*];
    };
}

rules! {
    // Operations
    OPERATION_ADDED "operation-added" Additive Additive "a method, or an event's type, is new";
    OPERATION_REMOVED "operation-removed" Breaking Breaking "a method, or an event's type, is gone";
    OPERATION_MOVED "operation-moved" Breaking Breaking "the method stays and calls another path or by another HTTP method; a program in use calls the old one";
    METHOD_RENAMED "method-renamed" Breaking Breaking "the operation id changed, and the names lock could not tell whose it was: the Rust method has another name";
    OPERATION_ID_CHANGED "operation-id-changed" Docs Docs "the operation id changed and the Rust method keeps its name";
    GUARD_LOST "guard-lost" Breaking Breaking "a call that was never sent twice by itself may be now, or a value that was hidden is shown";
    RETRY_CHANGED "retry-changed" Additive Additive "the call is sent again less readily, or takes an idempotency key";
    PAGING_ADDED "paging-added" Additive Additive "the list can be read by `pages()` and `items()`";
    PAGING_REMOVED "paging-removed" Breaking Breaking "the list cannot be read by `pages()` and `items()` any more, or goes on in another way";
    CALLBACK_ADDED "callback-added" Docs Docs "the service calls back; callbacks of operations are not generated";
    CALLBACK_REMOVED "callback-removed" Docs Docs "the service no longer calls back; callbacks of operations are not generated";

    // Parameters
    PARAMETER_ADDED "parameter-added" Additive Additive "a setter is new";
    REQUIRED_PARAMETER_ADDED "required-parameter-added" Breaking Additive "a call without the new parameter is refused";
    PARAMETER_REMOVED "parameter-removed" Breaking Breaking "a setter is gone";
    PARAMETER_RENAMED "parameter-renamed" Breaking Breaking "the parameter has another name; a setter is gone, or a program in use sends the old name";
    PARAMETER_MOVED "parameter-moved" Breaking Breaking "the parameter goes elsewhere (path, query, header); a program in use sends it where it was";
    PARAMETER_BECAME_REQUIRED "parameter-became-required" Breaking Docs "a call without it is refused";
    PARAMETER_BECAME_OPTIONAL "parameter-became-optional" Breaking Docs "it may be left out: it is a setter now, and no argument of the method";
    PARAMETER_STYLE_CHANGED "parameter-style-changed" Breaking Breaking "a list or an object is written in another way; a program in use is misread";
    PARAMETER_DETAIL_CHANGED "parameter-detail-changed" Docs Docs "something of a parameter that the crate makes nothing of";

    // Request bodies
    REQUEST_BODY_ADDED "request-body-added" Additive Additive "a body may be given";
    REQUIRED_REQUEST_BODY_ADDED "required-request-body-added" Breaking Additive "a call without a body is refused";
    REQUEST_BODY_REMOVED "request-body-removed" Breaking Breaking "the setter of the body, or what an event brings, is gone";
    REQUEST_BODY_BECAME_REQUIRED "request-body-became-required" Breaking Docs "a call without a body is refused";
    REQUEST_BODY_BECAME_OPTIONAL "request-body-became-optional" Breaking Docs "the body may be left out: it is a setter now, and no argument of the method";
    REQUEST_MEDIA_TYPE_CHANGED "request-media-type-changed" Breaking Breaking "the body goes in another media type";
    REQUEST_MEDIA_TYPE_NOTED "request-media-type-noted" Docs Docs "a media type that the crate does not send came, went or changed";
    REQUEST_ENCODING_CHANGED "request-encoding-changed" Breaking Breaking "the parts of a form are written in another way";

    // Answers
    RETURN_TYPE_CHANGED "return-type-changed" Breaking Breaking "the method returns another kind of thing: nothing, a value, an option, one of several by status, a stream";
    SUCCESS_STATUS_ADDED "success-status-added" Additive Additive "another success status: `send()` gives what it gave, and `send_by_status()` has a type for it";
    SUCCESS_STATUS_CHANGED "success-status-changed" Docs Docs "one success status took the place of another; what `send()` gives stays";
    SUCCESS_STATUS_REMOVED "success-status-removed" Docs Docs "one success status less; what is returned stays";
    STATUS_VARIANT_REMOVED "status-variant-removed" Breaking Breaking "a variant of what the method returns by status is gone";
    ERROR_STATUS_ADDED "error-status-added" Docs Docs "another documented failure; every failure is an `Error` already";
    ERROR_STATUS_REMOVED "error-status-removed" Docs Docs "one documented failure less";
    ERROR_BODY_CHANGED "error-body-changed" Docs Docs "a failure came to have a body, or lost it; its bytes are in the `Error` either way";
    RESPONSE_MEDIA_TYPE_CHANGED "response-media-type-changed" Breaking Breaking "the answer comes in another media type";
    RESPONSE_MEDIA_TYPE_NOTED "response-media-type-noted" Docs Docs "a media type that the crate does not ask for came, went or changed";
    RESPONSE_HEADER_CHANGED "response-header-changed" Docs Docs "a described header came, went or changed; headers are read by name";
    RESPONSE_LINK_CHANGED "response-link-changed" Docs Docs "a link came, went or changed; links are not generated";

    // Schemas
    TYPE_CHANGED "type-changed" Breaking Breaking "the value has another Rust type";
    REFERENCE_CHANGED "reference-changed" Breaking Breaking "the value has another named type";
    TYPE_RENAMED "type-renamed" Breaking Breaking "a public type has another name";
    TYPE_REMOVED "type-removed" Breaking Breaking "a public type is gone";
    TYPE_NOT_SENT "type-not-sent" Breaking Breaking "the type is only read now: its constructor and setters are gone";
    TYPE_ADDED "type-added" Additive Additive "a public type is new, and nothing else that is new brings it";
    PROPERTY_ADDED "property-added" Additive Additive "an optional field is new";
    REQUIRED_PROPERTY_ADDED "required-property-added" Breaking Additive "a required field is new: the constructor takes one more";
    PROPERTY_REMOVED "property-removed" Breaking Breaking "a field is gone";
    PROPERTY_RENAMED "property-renamed" Breaking Breaking "the field keeps its Rust name and has another on the wire; a program in use sends and reads the old one";
    PROPERTY_BECAME_REQUIRED "property-became-required" Breaking Breaking "the field is no `Option` any more, and the constructor takes it";
    PROPERTY_BECAME_OPTIONAL "property-became-optional" Breaking Breaking "the field is an `Option` now, and the constructor does not take it";
    PROPERTY_BECAME_NULLABLE "property-became-nullable" Breaking Breaking "the required field is an `Option` now";
    PROPERTY_BECAME_NON_NULLABLE "property-became-non-nullable" Breaking Breaking "the required field is no `Option` any more";
    NULL_CAN_BE_SENT "null-can-be-sent" Breaking Breaking "the optional field can be sent as `null`: a setter more, and two `Option`s for who reads the field";
    NULL_CANNOT_BE_SENT "null-cannot-be-sent" Breaking Breaking "the optional field cannot be sent as `null` any more: its setter is gone";
    PRESENCE_NOTED "presence-noted" Docs Docs "required, nullable, readOnly or writeOnly changed without effect on the Rust type";
    ITEM_NULLABILITY_CHANGED "item-nullability-changed" Breaking Breaking "an item or a whole value may be null now, or no more";
    ENUM_VALUE_ADDED "enum-value-added" Additive Additive "a variant is new; the value was read before as `Other`";
    ENUM_VALUE_REMOVED "enum-value-removed" Breaking Breaking "a variant is gone";
    ENUM_NOTED "enum-noted" Docs Docs "listed values of what is no enum in Rust";
    CHOICE_VARIANT_ADDED "choice-variant-added" Additive Additive "a oneOf has one more variant; it was read before as `Other`";
    CHOICE_VARIANT_REMOVED "choice-variant-removed" Breaking Breaking "a oneOf has one variant less";
    CHOICE_VARIANT_RENAMED "choice-variant-renamed" Breaking Breaking "a variant of a oneOf has another title, and its Rust name comes from there";
    DISCRIMINATOR_CHANGED "discriminator-changed" Breaking Breaking "another field, or none, tells the variants of a oneOf apart";
    DISCRIMINATOR_VALUE_ADDED "discriminator-value-added" Additive Additive "one more value stands for a variant";
    DISCRIMINATOR_VALUE_REMOVED "discriminator-value-removed" Breaking Breaking "a value does not stand for its variant any more";
    FIELD_RULES_CHANGED "field-rules-changed" Docs Docs "which fields go together, or `not`: left to the service";
    EXTRA_FIELDS_ADDED "extra-fields-added" Additive Additive "further fields have a type, and a map that holds them";
    EXTRA_FIELDS_REMOVED "extra-fields-removed" Breaking Breaking "the map of further fields is gone";
    EXTRA_FIELDS_NOTED "extra-fields-noted" Docs Docs "whether further fields may be there; they are accepted anyway";
    LIMIT_TIGHTENED "limit-tightened" Breaking Docs "a length, range, count or step lets in less; what a program in use sends is refused, what it reads is taken as it comes";
    LIMIT_LOOSENED "limit-loosened" Docs Docs "a length, range, count or step lets in more; told in the docs, checked by the service";
    PATTERN_CHANGED "pattern-changed" Breaking Docs "a pattern is new or another; what a program in use sends may be refused";
    PATTERN_REMOVED "pattern-removed" Docs Docs "a pattern is gone";
    FORMAT_TIGHTENED "format-tightened" Breaking Docs "a format without a Rust type of its own is new or another; what a program in use sends may be refused";
    FORMAT_CHANGED "format-changed" Docs Docs "a format without a Rust type of its own is gone, or only says how a value is stored";
    DEFAULT_CHANGED "default-changed" Docs Docs "a default; it is told and never sent by itself";

    // Security and servers
    AUTH_ADDED "auth-added" Breaking Breaking "one more way to be let in: another credential may go there";
    AUTH_REMOVED "auth-removed" Breaking Breaking "a way to be let in is gone or asks for more";
    AUTH_REQUIRED "auth-required" Breaking Breaking "a public operation asks for a credential";
    AUTH_LIFTED "auth-lifted" Breaking Breaking "the operation is public; no credential is sent to it any more";
    SCOPE_ADDED "scope-added" Breaking Breaking "a scope more is asked for; a credential without it is refused";
    SCOPE_REMOVED "scope-removed" Additive Additive "a scope less is asked for";
    SECURITY_SCHEME_CHANGED "security-scheme-changed" Docs Docs "something of a security scheme that the crate makes nothing of";
    HOST_ADDED "host-added" Breaking Breaking "calls, and the credentials of the login, go to a host that no call went to before";
    HOST_CHANGED "host-changed" Breaking Breaking "the operation, and the credential for it, goes to another host";
    SERVER_CHANGED "server-changed" Breaking Breaking "the operation is served elsewhere; a program in use calls the old address";
    TEST_SERVER_ADDED "test-server-added" Additive Additive "test accounts have a server of their own";
    TEST_SERVER_CHANGED "test-server-changed" Breaking Breaking "test accounts have another server, or none of their own";
    SERVERS_NOTED "servers-noted" Docs Docs "servers that the crate does not use";

    // What no other rule told
    PUBLIC_API_CHANGED "public-api-changed" Breaking Breaking "a type or a method is something else, or sends something else; told where no other rule does";

    // Told only
    DEPRECATION_CHANGED "deprecation-changed" Docs Docs "deprecated now, or no more; of a method, a compiler warning";
    DESCRIPTION_CHANGED "description-changed" Docs Docs "a description or summary";
    TITLE_CHANGED "title-changed" Docs Docs "a title that names nothing in Rust";
    EXAMPLE_CHANGED "example-changed" Docs Docs "an example";
    TAGS_CHANGED "tags-changed" Docs Docs "tags of operations, or the list of them";
    INFO_CHANGED "info-changed" Docs Docs "version, contact, licence or terms of the document";
    EXTENSION_CHANGED "extension-changed" Docs Docs "an `x-` extension";
    DETAIL_CHANGED "detail-changed" Docs Docs "anything else that the crate makes nothing of";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_distinct_and_kebab_case() {
        let ids: BTreeSet<&str> = RULES.iter().map(|r| r.id).collect();
        assert_eq!(ids.len(), RULES.len());
        let kebab = |id: &str| id.split('-').all(|w| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase()));
        assert!(ids.iter().all(|id| kebab(id)), "{ids:?}");
    }

    #[test]
    fn both_sides_take_the_graver_level() {
        assert_eq!(REQUIRED_PROPERTY_ADDED.level(Side::Response), Level::Additive);
        assert_eq!(REQUIRED_PROPERTY_ADDED.level(Side::Both), Level::Breaking);
    }
}
