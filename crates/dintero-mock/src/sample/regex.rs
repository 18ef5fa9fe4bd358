//! A text that fits a pattern, as far as the pattern can be walked: look-arounds are left out and the text tried.

use crate::schema::Pattern;
use fastrand::Rng;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

/// Texts that are tried.
const TRIES: usize = 64;

/// Parts of the pattern that are walked for one text: a document may nest repetitions as deep as it likes.
const STEPS: usize = 20_000;

/// `None` where no text was found that fits, or none that is short enough to be looked for.
pub(super) fn text(pattern: &str, least: usize, rng: &mut Rng) -> Option<String> {
    let judge = Pattern::new(pattern)?;
    let hir = ParserBuilder::new().build().parse(&without_look_around(pattern)).ok()?;
    for more in 0..TRIES {
        let mut out = String::new();
        // An open repetition goes as far as the length asks, then further at random.
        let extra = if more == 0 { 0 } else { rng.usize(0..=more.min(20)) };
        walk(&hir, least + extra, rng, &mut out, &mut { STEPS })?;
        if out.chars().count() >= least && judge.is_match(&out) {
            return Some(out);
        }
    }
    None
}

/// `None` when that takes more steps than there are.
fn walk(hir: &Hir, long: usize, rng: &mut Rng, out: &mut String, steps: &mut usize) -> Option<()> {
    *steps = steps.checked_sub(1)?;
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(class) => out.extend(one_of(class, rng)),
        HirKind::Repetition(repetition) => {
            let least = repetition.min as usize;
            let most = repetition.max.map_or(usize::MAX, |max| max as usize);
            for _ in 0..least.max(long.min(most)).min(256) {
                walk(&repetition.sub, 0, rng, out, steps)?;
            }
        }
        HirKind::Capture(capture) => walk(&capture.sub, long, rng, out, steps)?,
        HirKind::Concat(list) => list.iter().try_for_each(|hir| walk(hir, long, rng, out, steps))?,
        HirKind::Alternation(list) => {
            if let Some(hir) = list.get(rng.usize(0..list.len().max(1))) {
                walk(hir, long, rng, out, steps)?;
            }
        }
    }
    Some(())
}

/// A plain character of the class: ASCII letters and digits before all others.
fn one_of(class: &Class, rng: &mut Rng) -> Option<char> {
    let ranges: Vec<(u32, u32)> = match class {
        Class::Unicode(class) => class.ranges().iter().map(|r| (r.start() as u32, r.end() as u32)).collect(),
        Class::Bytes(class) => class.ranges().iter().map(|r| (r.start().into(), r.end().into())).collect(),
    };
    let has = |c: &char| ranges.iter().any(|(from, to)| (*from..=*to).contains(&(*c as u32)));
    let plain: Vec<char> = ('0'..='9').chain('A'..='Z').chain('a'..='z').filter(has).collect();
    if !plain.is_empty() {
        return plain.get(rng.usize(0..plain.len())).copied();
    }
    (' '..='~').find(has).or_else(|| ranges.first().and_then(|(from, _)| char::from_u32(*from)))
}

/// The pattern without `(?=...)`, `(?!...)`, `(?<=...)` and `(?<!...)`.
fn without_look_around(pattern: &str) -> String {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        if ["(?=", "(?!", "(?<=", "(?<!"].iter().any(|open| rest.starts_with(open)) {
            rest = after_group(rest);
            continue;
        }
        let mut length = c.len_utf8();
        if c == '\\' {
            length += rest.get(1..).and_then(|r| r.chars().next()).map_or(0, char::len_utf8);
        }
        let (taken, left) = rest.split_at_checked(length).unwrap_or((rest, ""));
        out.push_str(taken);
        rest = left;
    }
    out
}

fn after_group(text: &str) -> &str {
    let (mut depth, mut escaped, mut in_class) = (0, false, false);
    for (i, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => depth += 1,
            ')' if !in_class => {
                depth -= 1;
                if depth == 0 {
                    return text.get(i + 1..).unwrap_or_default();
                }
            }
            _ => {}
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_fits_its_pattern() {
        for pattern in [
            r"^[PT]{1}\d{8}$",
            r"^[PT]{1}(?=(?:.{3}|.{8})$)[0-9]*$",
            r"^\+?\d{5,15}$",
            r"https?://*",
            r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$",
            r"^(\*.+|(?!\*).*)$",
            r"^(?!\))[a-z\)]{3}(?<!b)$",
            r"^[^@]+@[^@]+$",
        ] {
            let made = text(pattern, 1, &mut Rng::with_seed(3)).unwrap_or_else(|| panic!("no text for {pattern}"));
            assert!(Pattern::new(pattern).is_some_and(|p| p.is_match(&made)), "{pattern}: {made}");
        }
        assert_eq!(text("(?P<bad>[", 0, &mut Rng::with_seed(1)), None);
        assert_eq!(text("^(?!a)a$", 0, &mut Rng::with_seed(1)), None, "nothing fits");
    }

    /// A document is data from outside: it may be slow on nobody. A text that is none comes back at once.
    #[test]
    fn a_hostile_pattern_is_given_up() {
        for pattern in [
            r"^((((?:a(?!b)){200}){200}){200}){200}$",
            r"^(?!b)((((a{200}){200}){200}){200})$",
            r"^(a+)+(?!c)b$",
            r"^(?=(a+)+$)(a|a)*b$",
            r"^(([a-z])+.)+[A-Z](?!x)([a-z])+$",
            r"(?:(?:){999999999}){999999999}",
            r"^(?<!a)(.*)*\1$",
        ] {
            let made = text(pattern, 0, &mut Rng::with_seed(1));
            let fits = |made: &String| Pattern::new(pattern).is_some_and(|p| p.is_match(made));
            assert!(made.iter().all(fits), "{pattern}: {made:?}");
            // Nor does it hold up the judging of what a request brings.
            let hostile = format!("{}c", "a".repeat(5_000));
            let _ = Pattern::new(pattern).map(|p| p.is_match(&hostile));
        }
    }
}
