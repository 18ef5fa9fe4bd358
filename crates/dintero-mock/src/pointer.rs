//! JSON pointers, and their form in the fragment of a `$ref`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What stands unescaped in a fragment.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Appends a step to a pointer.
pub(crate) fn at(pointer: &str, step: &str) -> String {
    format!("{pointer}/{}", step.replace('~', "~0").replace('/', "~1"))
}

/// The first step of a pointer; none of that to the whole.
pub(crate) fn first(pointer: &str) -> Option<String> {
    let step = pointer.strip_prefix('/')?.split('/').next()?;
    Some(step.replace("~1", "/").replace("~0", "~"))
}

/// The pointer that a `$ref` within the same document names.
pub(crate) fn of_reference(reference: &str) -> Option<String> {
    let fragment = reference.strip_prefix('#')?;
    let decoded = percent_decode_str(fragment).decode_utf8_lossy().into_owned();
    (decoded.is_empty() || decoded.starts_with('/')).then_some(decoded)
}

/// A pointer as the fragment of a `$ref`.
pub(crate) fn to_reference(pointer: &str) -> String {
    format!("#{}", utf8_percent_encode(pointer, KEPT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_survives_its_way_through_a_reference() {
        let pointer = at(&at("/paths", "/a/{id}~x"), "a b");
        assert_eq!(pointer, "/paths/~1a~1{id}~0x/a b");
        assert_eq!(to_reference(&pointer), "#/paths/~1a~1%7Bid%7D~0x/a%20b");
        assert_eq!(of_reference(&to_reference(&pointer)).as_deref(), Some(pointer.as_str()));
        assert_eq!(first(&at(&at("", "a/~b"), "c")).as_deref(), Some("a/~b"));
        assert_eq!(first(""), None);
        assert_eq!(of_reference("other.yaml#/x"), None);
    }
}
