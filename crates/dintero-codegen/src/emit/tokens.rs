//! The only ways by which something becomes Rust here.
//!
//! For: the files are made of tokens, so that nothing can become code by standing in a text. A name is one identifier, a
//! type is a path of identifiers, and whatever else a document says is a literal or a doc; there is no other way in.

use crate::gate::Text;
use proc_macro2::{Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};

/// What is no name or no type says so instead of becoming something else.
pub type Made<T = TokenStream> = Result<T, String>;

/// One identifier.
pub fn ident(name: &str) -> Made<Ident> {
    let (raw, bare) = match name.strip_prefix("r#") {
        Some(bare) => (true, bare),
        None => (false, name),
    };
    let mut letters = bare.chars();
    let begins = |c: char| c == '_' || unicode_ident::is_xid_start(c);
    let is_name = bare != "_" && letters.next().is_some_and(begins) && letters.all(unicode_ident::is_xid_continue);
    // Those can be no raw identifiers.
    match is_name && !(raw && matches!(bare, "crate" | "self" | "super" | "Self")) {
        true if raw => Ok(Ident::new_raw(bare, Span::call_site())),
        true => Ok(Ident::new(bare, Span::call_site())),
        false => Err(format!("{name:?} is no name")),
    }
}

/// A type: paths of identifiers, with types in angle brackets, or `()`.
pub fn kind(text: &str) -> Made {
    let mut out = TokenStream::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !(c == '_' || c == '#' || unicode_ident::is_xid_continue(c)));
        let word = word.unwrap_or(rest.len());
        let taken = match first {
            ' ' => 1,
            '<' | '>' | ',' => {
                out.extend([TokenTree::Punct(Punct::new(first, Spacing::Alone))]);
                1
            }
            ':' if rest.starts_with("::") => {
                out.extend(quote!(::));
                2
            }
            '(' if rest.starts_with("()") => {
                out.extend(quote!(()));
                2
            }
            _ if word > 0 => {
                out.extend([TokenTree::Ident(ident(&rest[..word]).map_err(|_| no_type(text))?)]);
                word
            }
            _ => return Err(no_type(text)),
        };
        rest = &rest[taken..];
    }
    match out.is_empty() {
        true => Err(no_type(text)),
        false => Ok(out),
    }
}

fn no_type(text: &str) -> String {
    format!("{text:?} is no type")
}

/// Docs of what follows, an attribute for each line.
pub fn docs(text: &str) -> TokenStream {
    text.lines().map(doc_line).map(|line| quote!(#[doc = #line])).collect()
}

/// Docs of the file.
pub fn docs_within(text: &str) -> TokenStream {
    text.lines().map(doc_line).map(|line| quote!(#![doc = #line])).collect()
}

/// A lone carriage return may not stand in a comment.
fn doc_line(line: &str) -> String {
    if line.is_empty() { String::new() } else { format!(" {}", line.replace('\r', " ")) }
}

/// A value of a document: a text, or a whole number.
pub fn value(value: &serde_json::Value) -> Made<Literal> {
    let number = || value.as_i64().map(Literal::i64_unsuffixed).or(value.as_u64().map(Literal::u64_unsuffixed));
    match value.as_str() {
        Some(text) => Ok(Literal::string(text)),
        None => number().ok_or_else(|| format!("{value} is no text and no whole number")),
    }
}

/// Text of a document is a literal, whatever it says.
impl ToTokens for Text {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend([TokenTree::Literal(Literal::string(self.as_str()))]);
    }
}

/// `use path::{names};` with those names that the code makes use of; nothing when it uses none.
pub fn imports(path: &str, names: &[&str], code: &TokenStream) -> Made {
    let mut used = Vec::new();
    used_in(code.clone(), names, &mut used);
    let path = ident(path)?;
    let used: Vec<Ident> =
        names.iter().filter(|name| used.contains(*name)).map(|name| ident(name)).collect::<Made<_>>()?;
    Ok(match used.as_slice() {
        [] => TokenStream::new(),
        [one] => quote!(use #path::#one;),
        many => quote!(use #path::{#(#many),*};),
    })
}

/// Names that begin a path: a module is followed by `::`, a type is not reached through something else. Docs and texts are
/// no code, whatever words they hold.
fn used_in<'a>(code: TokenStream, names: &[&'a str], used: &mut Vec<&'a str>) {
    let sign = |token: Option<&TokenTree>| match token {
        Some(TokenTree::Punct(sign)) => sign.as_char(),
        _ => ' ',
    };
    // The two signs before, and a module that waits for the signs behind it.
    let mut before = [' ', ' '];
    let mut tokens = code.into_iter().peekable();
    let mut module: Option<&'a str> = None;
    while let Some(token) = tokens.next() {
        let mut now = ' ';
        match token {
            TokenTree::Group(group) => used_in(group.stream(), names, used),
            TokenTree::Ident(ident) => {
                let reached = before[1] == '.' || before == [':', ':'];
                let name = names.iter().find(|name| ident == **name).filter(|name| !reached && !used.contains(*name));
                module = None;
                match name {
                    Some(name) if name.starts_with(char::is_lowercase) => {
                        module = Some(*name).filter(|_| sign(tokens.peek()) == ':');
                    }
                    Some(name) => used.push(*name),
                    None => {}
                }
            }
            TokenTree::Punct(punct) => {
                now = punct.as_char();
                // `name: Type` is no path.
                if now == ':' && punct.spacing() == Spacing::Joint {
                    used.extend(module.take());
                }
                module = None;
            }
            TokenTree::Literal(_) => module = None,
        }
        before = [before[1], now];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_identifier() {
        for name in ["a", "_a", "r#type", "Ä", "日本", "A1"] {
            assert_eq!(ident(name).map(|i| i.to_string()), Ok(name.into()));
        }
        for name in ["", "_", "1a", "a b", "a!", "a::b", "r#self", "r#", "a\n", "a//", "\"", "{", "a#b", "\u{202e}a"] {
            assert!(ident(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_type_is_nothing_but_paths() {
        for text in ["String", "std::collections::HashMap<String, Vec<types::A>>", "()", "Option<r#Type>"] {
            let made = kind(text).expect(text).to_string();
            assert_eq!(made.replace(' ', ""), text.replace(' ', ""));
        }
        for text in
            ["", "include!(\"x\")", "{ panic!() }", "A; fn f() {}", "A = 1", "#[x] A", "[u8; 4]", "a:b", "a//", "(A)"]
        {
            assert!(kind(text).is_err(), "{text}");
        }
    }

    #[test]
    fn text_of_a_document_is_one_literal_or_a_doc() {
        for text in ["a\"; fn f() {} \"", "\\", "*/", "\u{202e}", "\r", "]", "日本"] {
            let literal = Text::from(text).to_token_stream();
            assert_eq!(literal.clone().into_iter().count(), 1);
            let read: syn::LitStr = syn::parse2(literal).expect("a literal");
            assert_eq!(read.value(), text);
            assert_eq!(docs(text).into_iter().count(), 2, "a sign and an attribute");
        }
    }

    #[test]
    fn only_code_makes_use_of_a_name() {
        let code = "
/// Redirect the customer here, to a Response.
pub struct Made { call: Call, types: u8, raw: Option<u8> }
fn f(raw: u8) -> dintero_types::chrono::Utc { self.operations.chrono(types::A, \"Error\") }
mod_call! { body: types::B }";
        let code: TokenStream = code.parse().expect("tokens");
        let names = ["Call", "Error", "Redirect", "Response", "chrono", "operations", "raw", "types"];
        assert_eq!(
            imports("x", &names, &code).expect("imports").to_string(),
            quote!(
                use x::{Call, types};
            )
            .to_string()
        );
        assert!(imports("x", &["Other"], &code).expect("imports").is_empty());
    }
}
