//! How the names lock writes a published name: by one rule, so that no name can be taken for a mark of the lock.
//!
//! For: a component may be called `a/b`, and another one `a` with a property `b`; a field may be called `*` or `n = null`. The
//! rule is that of JSON pointers, `~0` and `~1`, with more signs.

/// Each sign that parts something in the lock, with what stands for it after `~`.
const SIGNS: [(char, char); 10] = [
    ('~', '0'),
    ('/', '1'),
    ('|', '2'),
    ('*', '3'),
    ('=', '4'),
    ('>', '5'),
    (',', '6'),
    (':', '7'),
    ('[', '8'),
    ('#', '9'),
];

/// As it stands in the lock.
pub fn escape(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match SIGNS.iter().find(|(sign, _)| *sign == c) {
            Some((_, digit)) => out.extend(['~', *digit]),
            None => out.push(c),
        }
    }
    out
}

/// As it is published.
pub fn unescape(key: &str) -> String {
    let (mut out, mut chars) = (String::with_capacity(key.len()), key.chars());
    while let Some(c) = chars.next() {
        if c != '~' {
            out.push(c);
            continue;
        }
        match chars.next().map(|digit| (digit, SIGNS.iter().find(|(_, known)| *known == digit))) {
            Some((_, Some((sign, _)))) => out.push(*sign),
            Some((other, None)) => out.extend(['~', other]),
            None => out.push('~'),
        }
    }
    out
}

/// The place of a component.
pub fn component(published: &str) -> String {
    ["#", &escape(published)].concat()
}

/// The component that a place is, or is inside.
pub fn component_of(place: &str) -> Option<String> {
    place.strip_prefix('#')?.split(['/', '|']).next().map(unescape)
}

/// The place of a property inside another place.
pub fn property(place: &str, name: &str) -> String {
    [place, "/", &escape(name)].concat()
}

/// The place of a member of a choice: known by a word, and by a number where several have the word.
pub fn member(place: &str, word: &str, number: usize) -> String {
    match number {
        1 => format!("{place}|{}", escape(word)),
        n => format!("{place}|{}~~{n}", escape(word)),
    }
}

/// A place as it was written before there was one rule: nothing but the pointer's signs, in properties alone.
pub fn migrated(place: &str) -> String {
    let (mut out, mut rest, mut mark) = (String::new(), place, None);
    if let Some(component) = rest.strip_prefix('#') {
        (out, rest) = ("#".to_string(), component);
    }
    loop {
        let end = rest.find(['/', '|']).unwrap_or(rest.len());
        let step = rest[..end].replace("~1", "/").replace("~0", "~");
        let numbered = step.rsplit_once(' ').filter(|(_, n)| mark == Some('|') && n.parse::<usize>().is_ok());
        match numbered {
            _ if step == "[]" => out.push_str(&step),
            Some((word, number)) => out.push_str(&format!("{}~~{number}", escape(word))),
            None => out.push_str(&escape(&step)),
        }
        mark = rest[end..].chars().next();
        let Some(sign) = mark else { return out };
        out.push(sign);
        rest = &rest[end + 1..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_taken_for_a_mark_and_every_name_comes_back() {
        let names =
            ["a/b", "a|b", "*", "n = null", "x = y", "a -> b", " : ", "a, b", "[]", "~0", "~", "#a", "~~2", "ø"];
        for name in names {
            assert_eq!(unescape(&escape(name)), name);
            assert!(!escape(name).contains(['/', '|', '*', '=', '>', ',', ':', '[', '#']), "{name}");
        }
        assert_ne!(component("a/b"), property(&component("a"), "b"));
        assert_ne!(component("a|b"), member(&component("a"), "b", 1));
        assert_ne!(member("#a", "object 2", 1), member("#a", "object", 2));
        assert_eq!(component_of(&property(&component("a/b"), "c")), Some("a/b".to_string()));
    }

    #[test]
    fn places_of_before_are_read() {
        assert_eq!(migrated("#A b/x~1y/[]/z:1"), "#A b/x~1y/[]/z~71");
        assert_eq!(migrated("get_thing query a:b|object 2/n"), "get_thing query a~7b|object~~2/n");
        assert_eq!(migrated("Thing required"), "Thing required");
    }
}
