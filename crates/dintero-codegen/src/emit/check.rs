//! The last wall before a file is written: it is parsed, and held against what the service has.
//!
//! For: if a text of a document ever became code in spite of everything before, the file must not be written. So nothing
//! passes here but the items that a crate is known to have: no other item, macro or attribute, and no doc that is code.

use super::docs::is_inert;
use super::files::Files;
use crate::model::{Operation, OperationKind, Service};
use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeSet;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ExprLit, Item, Lit, Meta};

/// Attributes that the generator writes; `doc` is looked at by itself.
const ATTRIBUTES: [&str; 8] = ["allow", "cfg", "cfg_attr", "deprecated", "derive", "inline", "must_use", "serde"];

/// What an import may begin with.
const ROOTS: [&str; 6] = ["crate", "dintero_client", "dintero_types", "reqwest", "serde_json", "super"];

/// What a kind of file may hold.
struct Expected {
    /// Macros by their last word.
    macros: &'static [&'static str],
    /// Names that the items declare; all of them, or with `some` a part.
    names: BTreeSet<String>,
    /// Names of the functions of its `impl` blocks.
    functions: BTreeSet<String>,
    /// Beside [`ROOTS`], a root of imports.
    root: Option<String>,
    /// What is a trait's is not asked for its functions.
    some: bool,
}

/// Everything of a crate, and its module of the conformance suite.
pub fn run(service: &Service, files: &Files, suite: &str, package: &str) -> Result<(), String> {
    let calls: Vec<&Operation> = service.operations.iter().filter(|op| op.kind == OperationKind::Call).collect();
    let names = |extra: &[&str], of: &dyn Fn(&Operation) -> String| -> BTreeSet<String> {
        calls.iter().map(|op| of(op)).chain(extra.iter().map(|name| name.to_string())).collect()
    };
    let none = BTreeSet::new;
    let methods = |extra: &[&str]| names(extra, &|op| op.name.clone());
    let builders = names(&[], &|op| op.type_name());
    let given = |calls: &[&Operation]| -> Vec<String> {
        let all = calls.iter().filter_map(|op| service.required.get(&op.name)).filter(|r| r.by_name);
        all.map(|r| r.type_name.clone()).collect()
    };
    for (name, text) in files.iter().filter(|(name, _)| name.ends_with(".rs")) {
        let expected = match name.as_str() {
            "src/lib.rs" => Expected {
                macros: &[],
                names: ["Client", "builder", "httpmock", "operations", "types"].map(String::from).into(),
                functions: methods(&["new", "from_env", "transport"]),
                root: None,
                some: true,
            },
            "src/operations.rs" => Expected {
                macros: &[],
                names: service.operations.iter().map(Operation::constant).chain(["OPERATIONS".to_string()]).collect(),
                functions: none(),
                root: None,
                some: false,
            },
            "src/builder.rs" => Expected {
                macros: &["builder", "paged"],
                names: builders.iter().cloned().chain(given(&calls)).collect(),
                // Setters are named by parameters; what they are is looked at in the visit.
                functions: none(),
                root: None,
                some: false,
            },
            "src/types.rs" => Expected {
                macros: &["object", "open_enum", "open_int_enum", "one_of", "one_of_scalars", "by_status"],
                names: types(service),
                functions: none(),
                root: None,
                some: true,
            },
            "src/httpmock.rs" => {
                Expected { macros: &["mocked"], names: none(), functions: none(), root: None, some: false }
            }
            other => return Err(format!("{other} is no file of a crate")),
        };
        file(name, text, &expected)?;
    }
    if !suite.is_empty() {
        let root = Some(package.to_string());
        let expected = Expected { macros: &["suite"], names: none(), functions: none(), root, some: false };
        file("the conformance suite", suite, &expected)?;
    }
    Ok(())
}

/// A file of the glue: it declares what it declares, by these macros alone.
pub fn glue(name: &str, text: &str, macros: &'static [&'static str]) -> Result<(), String> {
    let parsed = syn::parse_file(text).map_err(|why| no_rust(name, &why))?;
    let mut wall = Wall { macros, found: None };
    wall.visit_file(&parsed);
    wall.found.map_or(Ok(()), |why| Err(format!("{name} would hold {why}")))
}

/// What is written between the markers of a README, whose code blocks are tests.
pub fn markdown(text: &str) -> Result<(), String> {
    is_inert(text).then_some(()).ok_or_else(|| "it would hold code or HTML".into())
}

fn types(service: &Service) -> BTreeSet<String> {
    let all = service.schemas.keys().chain(service.open_enums.keys()).chain(service.unions.keys());
    all.chain(service.status_enums.keys()).chain(service.aliases.keys()).cloned().collect()
}

fn no_rust(name: &str, why: &syn::Error) -> String {
    format!("{name} would be no Rust: {why}")
}

fn file(name: &str, text: &str, expected: &Expected) -> Result<(), String> {
    let parsed = syn::parse_file(text).map_err(|why| no_rust(name, &why))?;
    let refuse = |why: String| Err(format!("{name} would hold {why}"));
    let mut wall = Wall { macros: expected.macros, found: None };
    wall.visit_file(&parsed);
    if let Some(why) = wall.found {
        return refuse(why);
    }
    let (mut declared, mut functions) = (BTreeSet::new(), BTreeSet::new());
    for item in &parsed.items {
        match item {
            Item::Use(item) => {
                let root = match &item.tree {
                    syn::UseTree::Path(path) => path.ident.to_string(),
                    syn::UseTree::Name(name) => name.ident.to_string(),
                    _ => String::new(),
                };
                if !ROOTS.contains(&root.as_str()) && Some(&root) != expected.root.as_ref() {
                    return refuse(format!("an import from `{root}`"));
                }
            }
            Item::Mod(item) if item.content.is_none() => drop(declared.insert(item.ident.to_string())),
            Item::Struct(item) => drop(declared.insert(item.ident.to_string())),
            Item::Static(item) => drop(declared.insert(item.ident.to_string())),
            Item::Type(item) => drop(declared.insert(item.ident.to_string())),
            Item::Macro(item) if item.ident.is_none() => declared.extend(declared_in(item.mac.tokens.clone())),
            Item::Impl(item) => {
                if let Some(name) = self_type(&item.self_ty)
                    && !expected.names.contains(&name)
                    && item.trait_.is_none()
                {
                    return refuse(format!("an `impl` of `{name}`"));
                }
                if item.trait_.is_none() {
                    functions.extend(item.items.iter().filter_map(|item| match item {
                        syn::ImplItem::Fn(f) => Some(f.sig.ident.to_string()),
                        _ => None,
                    }));
                }
            }
            other => return refuse(format!("an item that no crate has ({})", kind(other))),
        }
    }
    // In a macro of the tests every name is one of the document's.
    if matches!(expected.macros, ["mocked"] | ["suite"]) {
        declared.clear();
    }
    if let Some(name) = declared.difference(&expected.names).next() {
        return refuse(format!("`{name}`, which the service does not have"));
    }
    if let Some(name) = expected.names.difference(&declared).next().filter(|_| !expected.some) {
        return refuse(format!("no `{name}`, which the service has"));
    }
    if !expected.functions.is_empty()
        && let Some(name) = functions.symmetric_difference(&expected.functions).next()
    {
        return refuse(format!("`fn {name}` where the service has none, or lacks it"));
    }
    Ok(())
}

fn self_type(kind: &syn::Type) -> Option<String> {
    let syn::Type::Path(path) = kind else { return None };
    path.path.segments.last().map(|segment| segment.ident.to_string())
}

fn kind(item: &Item) -> &'static str {
    match item {
        Item::Const(_) => "const",
        Item::Enum(_) => "enum",
        Item::ExternCrate(_) => "extern crate",
        Item::Fn(_) => "fn",
        Item::ForeignMod(_) => "extern",
        Item::Macro(_) => "macro",
        Item::Mod(_) => "mod",
        Item::Trait(_) => "trait",
        _ => "item",
    }
}

/// The type that a macro of the runtime declares: the word behind `struct` or `enum`; none by `paged!(Name, ..)`.
fn declared_in(tokens: TokenStream) -> Option<String> {
    let mut words =
        tokens.into_iter().skip_while(|t| !matches!(t, TokenTree::Ident(i) if i == "struct" || i == "enum"));
    words.nth(1).map(|name| name.to_string())
}

/// Looks at every macro, attribute and doc, wherever it stands.
struct Wall {
    macros: &'static [&'static str],
    found: Option<String>,
}

impl Wall {
    fn refuse(&mut self, why: impl Into<String>) {
        self.found.get_or_insert(why.into());
    }

    fn docs(&mut self, lines: &[String]) {
        let doc = lines.iter().map(|l| l.strip_prefix(' ').unwrap_or(l)).collect::<Vec<_>>().join("\n");
        if !lines.is_empty() && !is_inert(&doc) {
            self.refuse(format!("a doc with code or HTML in it, at {:?}", doc.chars().take(60).collect::<String>()));
        }
    }

    fn attributes(&mut self, attributes: &[Attribute]) {
        let mut docs = Vec::new();
        for attribute in attributes {
            let name = attribute.path().get_ident().map(ToString::to_string).unwrap_or_default();
            match (&attribute.meta, name.as_str()) {
                (Meta::NameValue(pair), "doc") => match &pair.value {
                    Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => docs.push(text.value()),
                    _ => self.refuse("a doc that is no text"),
                },
                (Meta::List(list), "doc") => {
                    let head = list.tokens.clone().into_iter().next().map(|t| t.to_string()).unwrap_or_default();
                    if !matches!(head.as_str(), "alias" | "cfg" | "hidden" | "inline") {
                        self.refuse(format!("the attribute `doc({head})`"));
                    }
                }
                (_, name) if ATTRIBUTES.contains(&name) => {}
                (_, name) => self.refuse(format!("the attribute `{name}`")),
            }
        }
        self.docs(&docs);
    }

    /// What a macro is given: docs are the only attributes, and no other macro is called.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut docs: Vec<String> = Vec::new();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let next = tokens.get(at + 1);
            match (token, next) {
                (TokenTree::Punct(p), Some(TokenTree::Group(group))) if p.as_char() == '#' => {
                    match doc_text(group.stream()) {
                        Some(text) => docs.push(text),
                        None => self.refuse("an attribute within a macro"),
                    }
                    at += 2;
                    continue;
                }
                (TokenTree::Ident(ident), Some(TokenTree::Punct(p))) if p.as_char() == '!' => {
                    self.refuse(format!("the macro `{ident}!` within another"));
                }
                (TokenTree::Ident(ident), _) if ident == "unsafe" || ident == "extern" => {
                    self.refuse(format!("`{ident}`"));
                }
                (TokenTree::Group(group), _) => self.tokens(group.stream()),
                _ => {}
            }
            self.docs(&std::mem::take(&mut docs));
            at += 1;
        }
        self.docs(&docs);
    }
}

fn doc_text(tokens: TokenStream) -> Option<String> {
    let attribute: Meta = syn::parse2(tokens).ok()?;
    match attribute {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

impl<'ast> Visit<'ast> for Wall {
    fn visit_file(&mut self, file: &'ast syn::File) {
        self.attributes(&file.attrs);
        visit::visit_file(self, file);
    }

    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Use(i) => &i.attrs,
            Item::Mod(i) => &i.attrs,
            Item::Struct(i) => &i.attrs,
            Item::Static(i) => &i.attrs,
            Item::Type(i) => &i.attrs,
            Item::Macro(i) => &i.attrs,
            Item::Impl(i) => &i.attrs,
            Item::Fn(i) => &i.attrs,
            Item::Const(i) => &i.attrs,
            Item::Enum(i) => &i.attrs,
            other => return self.refuse(format!("an item that no crate has ({})", kind(other))),
        };
        self.attributes(attributes);
        visit::visit_item(self, item);
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        match item {
            syn::ImplItem::Fn(f) => self.attributes(&f.attrs),
            syn::ImplItem::Const(c) => self.attributes(&c.attrs),
            syn::ImplItem::Type(t) => self.attributes(&t.attrs),
            _ => self.refuse("a part of an `impl` that no crate has"),
        }
        visit::visit_impl_item(self, item);
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        self.attributes(&field.attrs);
        visit::visit_field(self, field);
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        let name = called.path.segments.last().map(|s| s.ident.to_string()).unwrap_or_default();
        if self.macros.contains(&name.as_str()) {
            return match (name.as_str(), called.tokens.to_string()) {
                ("include_str", path) if is_sample(&path) => {}
                ("include_str", _) => self.refuse("a file that is no sample"),
                _ => self.tokens(called.tokens.clone()),
            };
        }
        self.refuse(format!("the macro `{name}!`"));
    }

    fn visit_expr_unsafe(&mut self, _: &'ast syn::ExprUnsafe) {
        self.refuse("`unsafe`");
    }
}

/// `"../samples/account_store_add.json"`
fn is_sample(path: &str) -> bool {
    let name = path.strip_prefix("\"../samples/").and_then(|rest| rest.strip_suffix(".json\""));
    name.is_some_and(|name| name.chars().all(|c| c == '_' || c.is_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types_rs(text: &str) -> Result<(), String> {
        let names = ["A".to_string()].into();
        let macros = &["object", "open_enum"];
        file("src/types.rs", text, &Expected { macros, names, functions: BTreeSet::new(), root: None, some: true })
    }

    #[test]
    fn what_a_crate_has_passes() {
        for text in [
            "use dintero_types::chrono;\ndintero_types::object! {\n    /// Doc.\n    ///\n    /// - a list\n    sent pub struct A optional {\n        /// One.\n        pub b: Option<String>,\n    }\n}",
            "dintero_types::open_enum! {\n    pub enum A {\n        B = \"include!(x)\",\n    }\n}",
            "#[derive(Clone)]\npub struct A(Vec<A>);\nimpl From<Vec<A>> for A { fn from(a: Vec<A>) -> Self { Self(a) } }",
        ] {
            types_rs(text).unwrap_or_else(|why| panic!("{text}: {why}"));
        }
    }

    #[test]
    fn what_no_crate_has_is_refused() {
        for (text, why) in [
            ("pub static STOLEN: &str = include_str!(\"/etc/hostname\");", "macro `include_str!`"),
            ("pub static B: u8 = 1;", "`B`, which the service does not have"),
            ("dintero_types::object! { sent pub struct B { } }", "`B`, which"),
            ("dintero_types::object! { sent pub struct A { pub b: Vec<env!(\"X\")>, } }", "macro `env!`"),
            ("dintero_types::object! { #[cfg(x)] sent pub struct A { } }", "an attribute within"),
            ("/// ```\n/// panic!()\n/// ```\npub struct A;", "doc with code"),
            ("dintero_types::object! { /// ```\n/// panic!()\n/// ```\nsent pub struct A { } }", "doc with code"),
            ("///     indented\npub struct A;", "doc with code"),
            ("/// <script>x</script>\npub struct A;", "doc with code"),
            ("#[path = \"/etc/passwd\"]\nmod a;", "attribute `path`"),
            ("#[doc = include_str!(\"x\")]\npub struct A;", "no text"),
            ("fn f() {}", "an item that no crate has (fn)"),
            ("mod a { fn f() {} }", "an item that no crate has"),
            ("use std::process;", "import from `std`"),
            ("extern crate x;", "an item"),
            ("impl B { }", "an `impl` of `B`"),
            ("dintero_types::object! {", "no Rust"),
            ("pub struct A; // \u{202e}", ""),
        ] {
            let told = types_rs(text);
            match why.is_empty() {
                // A comment with such a character is refused by the compiler; nothing of a document is ever in one.
                true => assert!(told.is_ok(), "{told:?}"),
                false => assert!(told.as_ref().is_err_and(|t| t.contains(why)), "{text}: {told:?}"),
            }
        }
    }
}
