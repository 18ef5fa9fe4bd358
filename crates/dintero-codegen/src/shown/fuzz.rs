//! Hostile texts at random places of reports and problems: whatever is printed of them is not obeyed.
//!
//! `FUZZ_SECONDS=300 cargo test -p dintero-codegen shown::fuzz` looks on for so long; `FUZZ_SEED` begins elsewhere.

use super::line::{COMMAND, OLD_COMMAND, is_hidden};
use super::markdown;
use crate::drift::Change;
use crate::drift::levels::{Level, Side};
use crate::drift::report::CatalogDrift;
use crate::drift::report::{Report, github, json, markdown as page, text};
use crate::problem::Problem;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use std::time::{Duration, Instant};

const ROUNDS: u64 = 2000;

#[rustfmt::skip]
const FRAGMENTS: [&str; 82] = [
    "::error ::x", "::error file=a,line=1::x", "::add-mask::x", "::stop-commands::x", "::set-output name=a::b", "::",
    ":", "##[error]x", "##[group]", "##[", "##", "#[", "[", "@everyone", "@octocat", "@org/team", "@", "#1", "#",
    "Fixes #1", "closes owner/repo#1", "GH-1", "gh-12", "owner/repo#1", "https://e.com/x", "www.e.com", "http://",
    "a@e.com", "mailto:a@e.com", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "deadbeef", "</details>", "<details>",
    "</summary>", "<!--", "-->", "<script>", "<img src=x>", "<b", "<https://e.com>", "<a@e.com>",
    "[a](https://e.com)", "![a](https://e.com/b.png)", "[a]: https://e.com", "[a][b]", "[^1]", "[^1]: x", "`", "``",
    "```", "````", "```toml", "~~~", "`````````````````````", "# x", "## x", "===", "---", "- x", "* x", "+ x",
    "1. x", "1) x", "> x", "    x", "| a | b |", "|---|---|", "- [ ] x", "**x**", "_x_", "~~x~~", "$x$", "\\", "\\`",
    "&lt;", "&#64;x", ":tada:", "%0A::error::x", "%", ",file=x", "plain words", "(GET /a/{id})",
];

#[rustfmt::skip]
const CHARACTERS: [&str; 20] = [
    "\n", "\r", "\r\n", "\n\n", "\t", " ", "  ", "\u{0}", "\u{1b}[31m", "\u{7f}", "\u{85}", "\u{a0}", "\u{200b}",
    "\u{202e}", "\u{2028}", "\u{2029}", "\u{3000}", "\u{feff}", "\u{e0041}", "é",
];

/// Xorshift: the same rounds for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len())]
    }

    /// Something hostile, with its neighbours right beside it.
    fn hostile(&mut self) -> String {
        let parts = 1 + self.roll(5);
        let mut out = String::new();
        for _ in 0..parts {
            match self.roll(3) {
                0 => out.push_str(self.one(&CHARACTERS)),
                _ => out.push_str(self.one(&FRAGMENTS)),
            }
        }
        if self.roll(500) == 0 { out.repeat(1 + self.roll(200)) } else { out }
    }

    /// A text as it is now and then, and else something hostile in it.
    fn text(&mut self, sound: &str) -> String {
        let mut out = sound.to_string();
        for _ in 0..self.roll(3) {
            let places: Vec<usize> = out.char_indices().map(|(i, _)| i).chain([out.len()]).collect();
            let place = places[self.roll(places.len())];
            out.insert_str(place, &self.hostile());
        }
        out
    }

    fn change(&mut self) -> Change {
        let message =
            ["`x` of `A` is gone", "`A.y` has a new value `50%`", "", "the type is `{}` now (2 more), was `String`"];
        let message = self.one(&message).to_string();
        let old = self.text("/components/schemas/A");
        Change {
            service: self.service(),
            rule: "property-removed",
            level: [Level::Breaking, Level::Additive, Level::Docs][self.roll(3)],
            side: [Side::Request, Side::Response][self.roll(2)],
            pointer_new: if self.roll(2) == 0 { old.clone() } else { self.text("/paths/~1a") },
            pointer_old: old,
            operations: (0..self.roll(8)).map(|_| self.text("GET /a/{id}")).collect(),
            message: self.text(&message),
            names: (0..self.roll(3)).map(|_| self.text("x")).collect(),
            places: Vec::new(),
        }
    }

    fn service(&mut self) -> String {
        match self.roll(3) {
            0 => String::new(),
            1 => "payments".into(),
            _ => self.text("orders"),
        }
    }

    fn report(&mut self) -> Report {
        let entry = |dice: &mut Self| CatalogDrift {
            url: dice.text("https://e.com/a.yaml"),
            listed: true,
            message: dice.text("the index lists https://e.com/a.yaml, and the catalog does not"),
            entry: dice.text("[[document]]\nservice = \"new\"\n"),
        };
        let changes = (0..self.roll(5)).map(|_| self.change()).collect();
        let catalog = (0..self.roll(3)).map(|_| entry(self)).collect();
        Report { changes, catalog }
    }

    fn problem(&mut self) -> Problem {
        let pointer = if self.roll(2) == 0 { String::new() } else { self.text("/paths") };
        Problem::new(self.text("a.yaml"), pointer, self.text("`x` is no type"), self.text("correct it"))
    }
}

/// Text that is no code: marks of a sentence between words, and nothing that GitHub acts on.
fn sentence(text: &str, told: &str) {
    let odd = text.chars().find(|c| !c.is_ascii_alphanumeric() && !" ,.;:!?()'-".contains(*c));
    assert_eq!(odd, None, "a mention, an issue, HTML, markup: {text:?}\n{told}");
    let joins = |mark: char, next: fn(&char) -> bool| {
        text.match_indices(mark).any(|(i, _)| text[i + 1..].chars().next().is_some_and(|c| next(&c)))
    };
    assert!(!joins('.', char::is_ascii_alphanumeric), "an address: {text:?}\n{told}");
    assert!(!joins(':', char::is_ascii_alphanumeric), "an emoji: {text:?}\n{told}");
    assert!(!joins('-', char::is_ascii_digit), "an issue: {text:?}\n{told}");
    let commit = |word: &str| word.len() >= 7 && word.chars().all(|c| c.is_ascii_hexdigit());
    assert!(!text.split(|c: char| !c.is_ascii_alphanumeric()).any(commit), "a commit: {text:?}\n{told}");
}

/// Lines of a log, as a runner splits them.
fn log(told: &str) {
    let hidden = told.chars().find(|c| is_hidden(*c) && *c != '\n');
    assert_eq!(hidden, None, "{told}");
    for line in told.lines() {
        assert!(!line.trim_start().starts_with(COMMAND) && !line.contains(OLD_COMMAND), "{line:?}\n{told}");
    }
}

/// Markdown whose blocks are our own: so many fences and items of lists, where they can be told.
fn markdown(told: &str, blocks: Option<(usize, usize)>) {
    log(told);
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_GFM
        | Options::ENABLE_MATH;
    let (mut code, mut listed, mut open, mut details, mut text) = (0, 0, false, 0_i32, String::new());
    for event in Parser::new_ext(told, options) {
        // Events of a text come in pieces, and what GitHub looks at is their sum.
        if !matches!(event, Event::Text(_)) {
            sentence(&text, told);
            text.clear();
        }
        match event {
            Event::Text(piece) if !open => text.push_str(&piece),
            Event::Text(_) | Event::Code(_) | Event::SoftBreak => {}
            Event::Html(html) => match html.trim() {
                "</details>" => details -= 1,
                html if html.starts_with("<details><summary>Documentation only (") => {
                    assert!(html.ends_with(")</summary>") && html.matches('<').count() == 3, "{html}\n{told}");
                    details += 1;
                }
                html => panic!("{html:?}\n{told}"),
            },
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                assert!(matches!(&*language, "toml" | "text"), "{language}\n{told}");
                (code, open) = (code + 1, true);
            }
            Event::End(TagEnd::CodeBlock) => open = false,
            Event::Start(Tag::Heading { level, .. }) => {
                assert!(matches!(level, HeadingLevel::H2 | HeadingLevel::H3), "{told}");
            }
            Event::Start(Tag::Item) => listed += 1,
            Event::Start(Tag::Paragraph | Tag::List(None) | Tag::Strong | Tag::HtmlBlock) => {}
            Event::End(_) => {}
            event => panic!("{event:?}\n{told}"),
        }
        assert!((0..=1).contains(&details), "{told}");
    }
    sentence(&text, told);
    assert_eq!((open, details), (false, 0), "{told}");
    assert_eq!((code, listed), blocks.unwrap_or((code, listed)), "{told}");
}

/// Annotations: a line each, and nothing of a document between them.
fn annotations(told: &str, expected: usize) {
    assert_eq!(told.chars().find(|c| is_hidden(*c) && *c != '\n'), None, "{told}");
    assert_eq!(told.lines().count(), expected, "{told}");
    for line in told.lines().filter(|l| *l != "no drift") {
        let (command, _) = line.strip_prefix("::").and_then(|l| l.split_once("::")).expect("a command");
        let (kind, properties) = command.split_once(' ').expect("properties");
        assert!(["error", "warning", "notice"].contains(&kind), "{line}");
        let names: Vec<&str> = properties.split(',').filter_map(|p| Some(p.split_once('=')?.0)).collect();
        assert_eq!(names, ["title", "file"], "{line}");
        assert!(!line.contains(OLD_COMMAND), "{line}");
    }
}

fn round(dice: &mut Dice) {
    let report = dice.report();
    log(&text::print(&report));
    let catalog = report.catalog.len();
    let items = report.changes.iter().map(|c| 2 + usize::from(!c.operations.is_empty())).sum::<usize>();
    let told = page::print(&report);
    // What has no room is left out.
    markdown(&told, (!told.contains("changes are not shown")).then_some((catalog, catalog + items)));
    let told = json::print(&report);
    log(&told);
    let back: serde_json::Value = serde_json::from_str(&told).expect("json");
    assert_eq!(back, serde_json::to_value(&report).expect("a value"), "the data is as it was");
    let services = report.services().len();
    let lines = report.changes.iter().filter(|c| c.level != Level::Docs).count() + services + report.catalog.len();
    annotations(&github::print(&report, |service| format!("specs/{service}.yaml")), lines.max(1));

    let problem = dice.problem();
    log(&problem.to_string());
    assert!(problem.to_string().lines().count() <= 2, "{problem}");
    log(&format!("error: {problem}"));

    // Each function by itself, at the beginning of a line too.
    let text = dice.hostile();
    log(&super::line(&text));
    log(&super::lines(&text, "  "));
    for told in [markdown::running(&text), markdown::code(&text)] {
        assert!(!told.contains('\n'), "{told}");
        markdown(&told, Some((0, 0)));
        markdown(&format!("- {told}\n"), Some((0, 1)));
        markdown(&format!("### {told}\n"), Some((0, 0)));
    }
    markdown(&markdown::fenced("", "text", &text), Some((1, 0)));
    markdown(&format!("- x\n\n{}", markdown::fenced("  ", "toml", &text)), Some((1, 1)));
}

#[test]
fn nothing_hostile_is_obeyed() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let until = number("FUZZ_SECONDS").map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let first = number("FUZZ_SEED").unwrap_or(1);
    for seed in first.. {
        if until.map_or(seed >= first + ROUNDS, |until| Instant::now() >= until) {
            break;
        }
        // A round by itself can be had again by its seed.
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        if let Err(panic) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| round(&mut dice))) {
            let said = panic.downcast_ref::<String>().map_or("an assertion", String::as_str).to_string();
            panic!("FUZZ_SEED={seed}: {said}");
        }
    }
}
