//! Published descriptions made safe for rustdoc.
//!
//! For: a code block in a fetched document must never be compiled or run by `cargo test`; HTML, bare links and square
//! brackets must not warn; a bare carriage return does not compile.

use pulldown_cmark::{CodeBlockKind, CowStr, Event, LinkType, Options, Parser, Tag, TagEnd};

/// Markdown to Markdown.
pub fn safe(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    if text.trim().is_empty() {
        return String::new();
    }
    let mut dropped_link = Vec::new();
    let events =
        Parser::new_ext(&text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH).flat_map(|event| match event {
            // Only this language is never run.
            Event::Start(Tag::CodeBlock(_)) => {
                vec![Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(CowStr::Borrowed("text"))))]
            }
            Event::Html(html) | Event::InlineHtml(html) => match html.trim().to_lowercase().as_str() {
                "<br>" | "<br/>" | "<br />" => vec![Event::SoftBreak],
                _ => vec![Event::Code(html.trim().to_string().into())],
            },
            Event::Start(Tag::HtmlBlock) => vec![Event::Start(Tag::Paragraph)],
            Event::End(TagEnd::HtmlBlock) => vec![Event::End(TagEnd::Paragraph)],
            // A link to a place on the published page leads nowhere here.
            Event::Start(Tag::Link { ref dest_url, .. } | Tag::Image { ref dest_url, .. })
                if !dest_url.starts_with("http") =>
            {
                dropped_link.push(true);
                vec![]
            }
            Event::Start(Tag::Link { link_type: LinkType::Autolink | LinkType::Email, .. }) => {
                dropped_link.push(false);
                vec![event]
            }
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => {
                dropped_link.push(false);
                vec![event]
            }
            Event::End(TagEnd::Link | TagEnd::Image) => match dropped_link.pop() {
                Some(true) => vec![],
                _ => vec![event],
            },
            Event::Text(text) if dropped_link.last() != Some(&false) => link_bare(&text),
            other => vec![other],
        });
    let mut out = String::new();
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let options = pulldown_cmark_to_cmark::Options { code_block_token_count: longest.max(3), ..Default::default() };
    match pulldown_cmark_to_cmark::cmark_with_options(events, &mut out, options) {
        Ok(_) => out.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim().to_string(),
        // Text that cannot be written back is shown as it came.
        Err(_) => format!("```text\n{}\n```", text.replace("```", "'''")),
    }
}

/// Addresses in running text become links, which is what rustdoc asks for.
fn link_bare(text: &str) -> Vec<Event<'static>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("http://").into_iter().chain(rest.find("https://")).min() {
        let tail = &rest[start..];
        let end = tail.find(|c: char| c.is_whitespace() || "<>\"'`)]},;".contains(c)).unwrap_or(tail.len());
        let url = tail[..end].trim_end_matches(['.', ':', '!', '?']);
        out.push(Event::Text(rest[..start].to_string().into()));
        out.push(Event::Code(url.to_string().into()));
        rest = &tail[url.len()..];
        if url.is_empty() {
            break;
        }
    }
    out.push(Event::Text(rest.to_string().into()));
    out
}

/// Joins paragraphs, leaving out the empty ones.
pub fn paragraphs(parts: &[String]) -> String {
    let filled: Vec<&str> = parts.iter().map(|p| p.trim()).filter(|p| !p.is_empty()).collect();
    filled.join("\n\n")
}

/// Lines with a prefix (`///` or `//!`), ready to stand in a file.
pub fn lines(text: &str, prefix: &str) -> String {
    text.lines().map(|l| if l.is_empty() { format!("{prefix}\n") } else { format!("{prefix} {l}\n") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_block_is_ever_a_doctest() {
        for text in [
            "```\nfn x() {}\n```",
            "```rust\npanic!()\n```",
            "text\n\n    let x = 1;\n\nmore",
            "~~~\nx\n~~~",
            "- a\n\n        code\n",
        ] {
            let safe = safe(text);
            let fences: Vec<&str> = safe.lines().map(str::trim).filter(|l| l.starts_with("```")).collect();
            assert!(!fences.is_empty(), "{safe}");
            assert!(fences.iter().step_by(2).all(|f| *f == "```text"), "{safe}");
        }
    }

    #[test]
    fn links_that_lead_nowhere_lose_their_link_only() {
        assert_eq!(safe("See [GET /v1/x](#operation/y) now."), "See GET /v1/x now.");
        assert_eq!(safe("[a](https://example.com)"), "[a](https://example.com)");
    }

    #[test]
    fn what_rustdoc_would_warn_about_is_quiet() {
        assert_eq!(safe("see https://example.com/x."), "see `https://example.com/x`.");
        assert!(safe("an <id> here").contains("`<id>`"));
        assert!(safe("`a[0]` and [Foo] and x[1]").contains("\\[Foo\\]"), "{}", safe("[Foo]"));
        assert_eq!(safe("a\rb"), "a\nb");
    }
}
