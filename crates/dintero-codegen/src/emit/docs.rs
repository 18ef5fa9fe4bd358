//! Published descriptions made safe for rustdoc.
//!
//! For: nothing of a fetched document may ever be compiled or run by `cargo test`, be a link to somewhere else than it
//! says, or stand above our own words. A description is read by a Markdown parser and written again from its events, and
//! what was written is read once more: if anything but plain docs came out, the text is shown as a block of text instead.

use pulldown_cmark::{BrokenLink, CodeBlockKind, CowStr, Event, LinkType, Options, Parser, Tag, TagEnd};

/// What rustdoc reads beside plain Markdown.
const RUSTDOC: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_SMART_PUNCTUATION);

/// The only language of a code block that is neither compiled nor run.
const TEXT: &str = "text";

/// Markdown to Markdown.
pub fn safe(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    if text.trim().is_empty() {
        return String::new();
    }
    match written(&text).filter(|made| is_plain(made)) {
        Some(made) => made,
        None => block(&text),
    }
}

/// The text as it is, in a block that it cannot end.
fn block(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    format!("{fence}{TEXT}\n{}\n{fence}", lines.join("\n").trim_matches('\n'))
}

fn written(text: &str) -> Option<String> {
    let mut links: Vec<bool> = Vec::new();
    // Address and words of the link that is being read.
    let mut link = (String::new(), String::new());
    let mut images = 0_usize;
    let mut in_code = false;
    let events = Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH).flat_map(|event| {
        match event {
            Event::Start(Tag::CodeBlock(_)) => {
                in_code = true;
                vec![Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(CowStr::Borrowed(TEXT))))]
            }
            Event::End(TagEnd::CodeBlock) => {
                in_code = false;
                vec![event]
            }
            Event::Text(_) if in_code => vec![event],
            Event::Html(html) | Event::InlineHtml(html) => match html.trim().to_lowercase().as_str() {
                "<br>" | "<br/>" | "<br />" => vec![Event::SoftBreak],
                html => vec![Event::Code(one_line(html).into())],
            },
            Event::Start(Tag::HtmlBlock) => vec![Event::Start(Tag::Paragraph)],
            Event::End(TagEnd::HtmlBlock) => vec![Event::End(TagEnd::Paragraph)],
            // Headings are ours: `# Errors` and the like.
            Event::Start(Tag::Heading { .. }) => vec![Event::Start(Tag::Paragraph), Event::Start(Tag::Strong)],
            Event::End(TagEnd::Heading(_)) => vec![Event::End(TagEnd::Strong), Event::End(TagEnd::Paragraph)],
            // A picture would be fetched by whoever reads the docs; its words stay.
            Event::Start(Tag::Image { .. }) => {
                images += 1;
                vec![]
            }
            Event::End(TagEnd::Image) => {
                images = images.saturating_sub(1);
                vec![]
            }
            // A link to a place on the published page leads nowhere here.
            Event::Start(Tag::Link { ref dest_url, .. }) => {
                let stays = is_address(dest_url) && images == 0;
                links.push(stays);
                link = (dest_url.to_string(), String::new());
                if stays { vec![inline_link(dest_url)] } else { vec![] }
            }
            Event::End(TagEnd::Link) => match links.pop() {
                Some(true) if is_honest(&link.0, &link.1) => vec![event],
                Some(true) => {
                    let text = |text: &str| Event::Text(text.to_string().into());
                    vec![event, text(" (leads to "), Event::Code(link.0.clone().into()), text(")")]
                }
                _ => vec![],
            },
            Event::Text(text) if links.last() != Some(&true) => link_bare(&one_line(&text)),
            Event::Text(text) => {
                link.1.push_str(&text);
                vec![Event::Text(one_line(&text).into())]
            }
            Event::Code(text) => {
                link.1.push_str(&text);
                vec![Event::Code(one_line(&text).into())]
            }
            other => vec![other],
        }
    });
    let mut out = String::new();
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let options = pulldown_cmark_to_cmark::Options { code_block_token_count: longest.max(3), ..Default::default() };
    pulldown_cmark_to_cmark::cmark_with_options(events, &mut out, options).ok()?;
    Some(out.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim().to_string())
}

/// Whatever the link was, it is written with its address beside its words.
fn inline_link(address: &str) -> Event<'static> {
    Event::Start(Tag::Link {
        link_type: LinkType::Inline,
        dest_url: address.to_string().into(),
        title: CowStr::Borrowed(""),
        id: CowStr::Borrowed(""),
    })
}

/// Whether the words of a link are no address, or its own.
fn is_honest(address: &str, words: &str) -> bool {
    let words = words.trim().to_lowercase();
    let is_address = words.contains("://") || words.contains("www.");
    !is_address || words.trim_end_matches('/') == address.to_lowercase().trim_end_matches('/')
}

fn is_address(text: &str) -> bool {
    let parsed = url::Url::parse(text);
    let sound = |url: url::Url| matches!(url.scheme(), "http" | "https") && url.username().is_empty();
    parsed.is_ok_and(sound) && !text.contains(|c: char| c.is_whitespace() || "<>()\\`\"".contains(c))
}

/// A character reference may stand for a line break.
fn one_line(text: &str) -> String {
    text.split(['\n', '\r', '\t']).collect::<Vec<_>>().join(" ")
}

/// Whether Markdown is nothing but words, lists, tables, links to addresses and blocks of text, for rustdoc as for its
/// search for tests, which knows no extensions.
pub fn is_plain(markdown: &str) -> bool {
    [RUSTDOC, Options::empty()].into_iter().all(|options| {
        let mut shortcuts = 0_usize;
        let mut fine = true;
        {
            // rustdoc takes `[words]` for the name of an item.
            let callback = |_: BrokenLink<'_>| {
                shortcuts += 1;
                None
            };
            for event in Parser::new_with_broken_link_callback(markdown, options, Some(callback)) {
                fine &= match &event {
                    Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => &**language == TEXT,
                    Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => false,
                    Event::Start(Tag::Heading { .. } | Tag::Image { .. } | Tag::HtmlBlock) => false,
                    Event::Start(Tag::Link { dest_url, .. }) => is_address(dest_url),
                    Event::Html(_) | Event::InlineHtml(_) | Event::FootnoteReference(_) => false,
                    Event::Start(Tag::FootnoteDefinition(_) | Tag::MetadataBlock(_)) => false,
                    _ => true,
                };
            }
        }
        fine && shortcuts == 0
    })
}

/// Whether docs hold no code that a test would be made of, and no HTML; links and headings may be ours.
pub fn is_inert(markdown: &str) -> bool {
    [RUSTDOC, Options::empty()].into_iter().all(|options| {
        Parser::new_ext(markdown, options).all(|event| match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => &*language == TEXT,
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented) | Tag::HtmlBlock) => false,
            Event::Html(_) | Event::InlineHtml(_) => false,
            _ => true,
        })
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_whose_words_are_another_address_tells_its_own() {
        for words in ["https://docs.dintero.com", "`https://docs.dintero.com`", "*www.dintero.com*"] {
            let made = safe(&format!("[{words}](https://evil.example)"));
            assert!(made.ends_with("](https://evil.example) (leads to `https://evil.example`)"), "{made}");
        }
        for honest in ["[docs](https://docs.dintero.com)", "[https://docs.dintero.com/](https://docs.dintero.com)"] {
            assert!(!safe(honest).contains("leads to"), "{}", safe(honest));
        }
    }

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
