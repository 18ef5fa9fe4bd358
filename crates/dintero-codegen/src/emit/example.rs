//! The example in the docs of each method: the smallest call that is valid, with all that it must be given.
//!
//! For: who reads a method wants to copy a call. It is code beside texts of a document, so it is made of tokens alone
//! (names, types and literals, by `tokens`), laid out, and held against [`is_plain`] before it becomes a doc and after the
//! file was written. A value that cannot be made leaves the example out, with a reason; it never makes one that fails.
//!
//! Each is a doctest: those of a crate are compiled as one program, and none is run.

use super::tokens::{Made, ident, kind};
use crate::api::call::{Call, Field, Part, Setter};
use crate::api::{Api, Object, Presence};
use crate::catalog::{module_name, package_name};
use crate::key;
use crate::lower::amounts::DECIMAL;
use crate::lower::rust_type::rust_type;
use crate::model::{Operation, Service, Success};
use crate::names::snake;
use proc_macro2::{Literal, TokenStream};
use quote::quote;
use serde_json::Value;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use syn::visit::{self, Visit};

/// More values than a person would read; it also ends types that refer to each other in every field.
const MOST_VALUES: usize = 150;

/// A longer name of what is given back says no more.
const LONGEST_NAME: usize = 28;

/// A longer call has its body on lines of its own.
const WIDTH: usize = 88;

/// Of one method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    pub method: String,
    /// What is shown, in the body of a function.
    pub code: String,
}

/// The examples of a service by method; for a call of which none can be made, why.
pub type Examples = BTreeMap<String, Result<Example, String>>;

/// Of everything that can be called.
pub fn all(service: &Service, api: &Api) -> Examples {
    let made = api.calls.iter().map(|call| {
        let method = call.operation(service).name.clone();
        let code = code(service, api, call);
        (method.clone(), code.map(|code| Example { method, code }))
    });
    made.collect()
}

/// The calls that have none, each with the reason.
pub fn without(examples: Examples) -> Vec<(String, String)> {
    examples.into_iter().filter_map(|(method, made)| Some((method, made.err()?))).collect()
}

/// Stands for the line of docs that shows it, by its number: laid out, that line would be many.
pub fn attribute(examples: &Examples, method: &str) -> TokenStream {
    let place = examples.iter().position(|(name, made)| name == method && made.is_ok());
    let Some(place) = place.map(Literal::usize_unsuffixed) else { return TokenStream::new() };
    quote!(#[example(#place)])
}

/// The laid out file with the lines of docs in their places. Only docs have need of them.
pub fn written_out(service: &Service, examples: &Examples, lib_rs: &str) -> String {
    let (package, client) = (package_name(&service.name), module_name(&service.name));
    let numbered: Vec<_> = examples.values().collect();
    let line = |line: &str| {
        let number = line.trim_start().strip_prefix("#[example(").and_then(|rest| rest.strip_suffix(")]"));
        let example = number.and_then(|number| number.parse::<usize>().ok()).and_then(|at| numbered.get(at));
        let Some(Ok(Example { code, .. })) = example else { return format!("{line}\n") };
        let [package, client, code] = [&package, &client, code].map(|text| Literal::string(text));
        format!("    #[cfg_attr(doc, doc = dintero_client::example!({package}, {client}, {code}))]\n")
    };
    lib_rs.lines().map(line).collect()
}

/// Every example that a written lib.rs shows is nothing but a call.
pub fn check(lib_rs: &str) -> Result<(), String> {
    let parsed = syn::parse_file(lib_rs).map_err(|why| format!("lib.rs would be no Rust: {why}"))?;
    let mut shown = Shown { found: None };
    shown.visit_file(&parsed);
    shown.found.map_or(Ok(()), Err)
}

struct Shown {
    found: Option<String>,
}

impl<'ast> Visit<'ast> for Shown {
    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        let syn::Meta::List(list) = &attribute.meta else { return };
        let is_docs_alone = list.tokens.clone().into_iter().next().is_some_and(|token| token.to_string() == "doc");
        if !list.path.is_ident("cfg_attr") || !is_docs_alone {
            return;
        }
        let told = match syn::parse2::<Attribute>(list.tokens.clone()) {
            Ok(Attribute { code }) => is_plain(&code).err(),
            Err(why) => Some(why.to_string()),
        };
        if let Some(why) = told {
            self.found.get_or_insert(format!("an example that is none: {why}"));
        }
    }
}

/// `doc, doc = dintero_client::example!("..", "..", "..")`
struct Attribute {
    code: String,
}

impl syn::parse::Parse for Attribute {
    fn parse(input: syn::parse::ParseStream<'_>) -> syn::Result<Self> {
        let condition: syn::Ident = input.parse()?;
        input.parse::<syn::Token![,]>()?;
        let doc: syn::Ident = input.parse()?;
        input.parse::<syn::Token![=]>()?;
        let called: syn::Macro = input.parse()?;
        let arguments =
            called.parse_body_with(syn::punctuated::Punctuated::<syn::LitStr, syn::Token![,]>::parse_terminated)?;
        let is_ours = called.path.segments.last().is_some_and(|last| last.ident == "example");
        let is_name = |text: &syn::LitStr| ident(&text.value()).is_ok();
        let names = arguments.iter().take(2).all(is_name);
        match arguments.iter().nth(2) {
            Some(code) if condition == "doc" && doc == "doc" && is_ours && names && arguments.len() == 3 => {
                Ok(Self { code: code.value() })
            }
            _ => Err(syn::Error::new(condition.span(), "no attribute that is written here")),
        }
    }
}

/// Whether code is nothing but imports of the crate, and values bound to names: no item, no block, no macro but `vec`, and
/// no line that Markdown or rustdoc would take for something else.
pub fn is_plain(code: &str) -> Result<(), String> {
    if code.lines().any(|line| line.trim_start().starts_with(['`', '~', '#'])) {
        return Err("a line that ends the block or is hidden".into());
    }
    if code.contains(|c: char| c != '\n' && crate::gate::text::is_unseen(c)) {
        return Err("a character that cannot be seen".into());
    }
    let block: syn::Block = syn::parse_str(&format!("{{\n{code}\n}}")).map_err(|why| format!("no Rust: {why}"))?;
    let mut plain = Plain { found: None };
    for statement in &block.stmts {
        match statement {
            syn::Stmt::Item(syn::Item::Use(_)) => {}
            syn::Stmt::Local(_) | syn::Stmt::Expr(..) => plain.visit_stmt(statement),
            _ => return Err("an item".into()),
        }
    }
    plain.found.map_or(Ok(()), Err)
}

struct Plain {
    found: Option<String>,
}

impl<'ast> Visit<'ast> for Plain {
    fn visit_expr(&mut self, expr: &'ast syn::Expr) {
        use syn::Expr as E;
        match expr {
            E::Macro(called) if called.mac.path.is_ident("vec") => {
                let items = called
                    .mac
                    .parse_body_with(syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated);
                match items {
                    Ok(items) => items.iter().for_each(|item| self.visit_expr(item)),
                    Err(why) => drop(self.found.get_or_insert(why.to_string())),
                }
            }
            E::Array(_)
            | E::Await(_)
            | E::Call(_)
            | E::Lit(_)
            | E::MethodCall(_)
            | E::Path(_)
            | E::Struct(_)
            | E::Try(_)
            | E::Tuple(_) => visit::visit_expr(self, expr),
            _ => drop(self.found.get_or_insert("an expression that no example has".into())),
        }
    }

    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {
        self.found.get_or_insert("an attribute".into());
    }
}

fn code(service: &Service, api: &Api, call: &Call) -> Result<String, String> {
    let maker = Maker::new(service, api);
    let op = call.operation(service);
    let (client, method) = (ident(&module_name(&service.name))?, ident(&op.name)?);
    let mut values = Vec::new();
    let mut body = None;
    for field in call.positional(service) {
        let value = maker.argument(op, field)?;
        // A long body is made before the call, under its own name.
        if field.part == Part::Body && maker.is_object(&field.kind) && value.to_string().len() > WIDTH / 2 {
            let name = ident(&field.ident)?;
            body = Some(quote!(let #name = #value;));
            values.push(quote!(#name));
            continue;
        }
        values.push(value);
    }
    if let Some(given) = &call.given {
        let given = ident(given)?;
        maker.uses("builder");
        let fields = call.named(service).into_iter().map(|field| {
            let (name, value) = (ident(&field.ident)?, maker.value(&field.kind, &said_of(op, field), Place::Field)?);
            Ok(quote!(#name: #value))
        });
        let fields = fields.collect::<Made<Vec<_>>>()?;
        values.push(quote!(builder::#given { #(#fields),* }));
    }
    let sent = quote!(#client.#method(#(#values),*).send().await?);
    let sent = match answer(&op.success) {
        Some(name) => {
            let name = ident(&name).or_else(|_| ident("answer"))?;
            quote!(let #name = #sent;)
        }
        None => quote!(#sent;),
    };
    let made = written(quote!(#body #sent))?;
    let imports = maker.imports(&package_name(&service.name));
    let made = if imports.is_empty() { made } else { format!("{imports}\n\n{made}") };
    is_plain(&made).map(|()| made)
}

/// Statements as they stand in a function.
fn written(statements: TokenStream) -> Result<String, String> {
    let file = syn::parse2(quote!(async fn example() { #statements })).map_err(|why| format!("no Rust: {why}"))?;
    let text = prettyplease::unparse(&file);
    let lines: Vec<&str> = text.lines().collect();
    let inside = lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default();
    Ok(inside.iter().map(|line| line.strip_prefix("    ").unwrap_or(line)).collect::<Vec<_>>().join("\n"))
}

/// What the result is called; nothing where nothing comes back.
fn answer(success: &Success) -> Option<String> {
    let of_type = |kind: &str| -> String {
        let (many, kind) = match kind.strip_prefix("Vec<").and_then(|item| item.strip_suffix('>')) {
            Some(item) => (true, item),
            None => (false, kind),
        };
        let named = kind.chars().all(|c| c == '_' || unicode_ident::is_xid_continue(c));
        let name = if named && kind.starts_with(char::is_uppercase) { snake(kind) } else { String::new() };
        match many {
            _ if name.is_empty() || name.len() > LONGEST_NAME || name == "string" || name.ends_with("_response") => {
                "answer".into()
            }
            true => format!("{name}_list"),
            false => name,
        }
    };
    match success {
        Success::Empty => None,
        Success::Json(schema) | Success::OptionalJson(schema) => Some(of_type(&rust_type(schema, ""))),
        Success::ByStatus(name) => Some(of_type(name)),
        Success::Text => Some("text".into()),
        Success::Bytes => Some("stream".into()),
        Success::Redirect => Some("redirect".into()),
    }
}

/// What is known of the type at the place where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// `impl Into<T>`: whatever becomes it.
    Into,
    /// It is `T`, and the compiler knows.
    Field,
    /// It has to say so itself.
    Alone,
}

/// What is known of what a value stands for.
struct Said {
    /// Its name here.
    word: String,
    /// Where it stands, as the names lock has it.
    places: Vec<String>,
}

impl Said {
    fn word(word: &str) -> Self {
        Self { word: word.to_string(), places: Vec::new() }
    }

    fn bare(&self) -> Self {
        Self::word(&self.word)
    }

    /// The same of an item of the list.
    fn item(&self) -> Self {
        let places = self.places.iter().map(|place| [place, "/[]"].concat()).collect();
        Self { word: self.word.clone(), places }
    }
}

/// Of what a call takes.
fn said_of(op: &Operation, field: &Field) -> Said {
    let places = match field.part {
        Part::Parameter(at) => {
            let p = &op.parameters[at];
            vec![[op.name.as_str(), p.location.word(), &key::escape(&p.name)].join(" ")]
        }
        Part::Body => Vec::new(),
    };
    Said { word: field.ident.clone(), places }
}

/// Makes values of one example.
struct Maker<'a> {
    service: &'a Service,
    objects: BTreeMap<&'a str, &'a Object>,
    api: &'a Api,
    /// What may still be made.
    left: Cell<usize>,
    /// Types that are being made.
    open: std::cell::RefCell<Vec<String>>,
    used: std::cell::RefCell<BTreeSet<&'static str>>,
}

impl<'a> Maker<'a> {
    fn new(service: &'a Service, api: &'a Api) -> Self {
        let objects = api.objects.iter().map(|object| (object.name.as_str(), object)).collect();
        Self {
            service,
            objects,
            api,
            left: Cell::new(MOST_VALUES),
            open: Vec::new().into(),
            used: BTreeSet::new().into(),
        }
    }

    fn uses(&self, name: &'static str) {
        self.used.borrow_mut().insert(name);
    }

    fn imports(&self, package: &str) -> String {
        let used: Vec<&str> = self.used.borrow().iter().copied().collect();
        match used.as_slice() {
            [] => String::new(),
            [one] => format!("use {package}::{one};"),
            many => format!("use {package}::{{{}}};", many.join(", ")),
        }
    }

    /// Whether the value is made by a constructor.
    fn is_object(&self, kind: &str) -> bool {
        kind.strip_prefix("types::").is_some_and(|name| self.objects.contains_key(self.target(name)))
    }

    /// The type behind a second name.
    fn target<'b>(&'b self, name: &'b str) -> &'b str {
        self.service.aliases.get(name).map_or(name, String::as_str)
    }

    /// What is given to an argument of a method.
    fn argument(&self, op: &Operation, field: &Field) -> Made {
        let said = said_of(op, field);
        match &field.setter {
            Setter::Each(item) if item == "u8" => Ok(quote!(b"contents".to_vec())),
            Setter::Each(item) => {
                let item = self.value(item, &said.item(), Place::Into)?;
                Ok(quote!([#item]))
            }
            Setter::Plain => self.value(&field.kind, &said, Place::Field),
            Setter::Into => self.value(&field.kind, &said, Place::Into),
        }
    }

    /// A value of a type; `said` is what is known of what it stands for.
    fn value(&self, of: &str, said: &Said, place: Place) -> Made {
        let left = self.left.get();
        if left == 0 {
            return Err(format!("it takes more than {MOST_VALUES} values"));
        }
        self.left.set(left - 1);
        let of = of.replace("dintero_types::chrono::", "chrono::");
        let of = of.as_str();
        let within = |around: &str| of.strip_prefix(around).and_then(|rest| rest.strip_suffix('>'));
        if let Some(inner) = within("Option<") {
            return match place {
                // It is no option yet.
                Place::Into => self.value(inner, said, Place::Alone),
                place => self.value(inner, said, place).map(|value| quote!(Some(#value))),
            };
        }
        if let Some(inner) = within("Box<") {
            return match place {
                Place::Into => self.value(inner, said, Place::Alone),
                place => self.value(inner, said, place).map(|value| quote!(Box::new(#value))),
            };
        }
        // What becomes a list or a map does not tell the type of what is in it.
        let inside = if place == Place::Field { Place::Field } else { Place::Alone };
        if of == "Vec<u8>" {
            return Ok(quote!(b"contents".to_vec()));
        }
        if let Some(item) = within("Vec<") {
            return match self.value(item, &said.item(), inside) {
                // What stands in a macro is not laid out.
                Ok(item) if item.to_string().len() > WIDTH / 2 => Ok(quote!(Vec::from([#item]))),
                Ok(item) => Ok(quote!(vec![#item])),
                // It holds itself: its smallest value has nothing in it.
                Err(_) if place == Place::Field => Ok(quote!(Vec::new())),
                Err(why) => Err(why),
            };
        }
        if let Some(item) = within("std::collections::HashMap<String, ") {
            let entry = self.value(item, &said.bare(), Place::Alone).map(|item| quote!([("key".to_string(), #item)]));
            return match (entry, place) {
                (Ok(entry), Place::Into) => Ok(entry),
                (Ok(entry), Place::Field) => Ok(quote!(#entry.into())),
                (Ok(entry), Place::Alone) => Ok(quote!(std::collections::HashMap::from(#entry))),
                (Err(_), Place::Field) => Ok(quote!(Default::default())),
                (Err(why), _) => Err(why),
            };
        }
        for list in ["CommaList", "SpaceList", "PipeList", "TabList"] {
            if let Some(item) = within(&format!("dintero_client::{list}<")) {
                let item = self.value(item, &said.item(), Place::Alone)?;
                return match place {
                    Place::Into => Ok(quote!(vec![#item])),
                    Place::Field => Ok(quote!(vec![#item].into())),
                    Place::Alone => Err(format!("`{of}` is made of nothing that is shown")),
                };
            }
        }
        if let Some(value) = self.plain(of, said, place)? {
            return Ok(value);
        }
        self.named(of.strip_prefix("types::").unwrap_or(of))
    }

    /// What the document gives for it.
    fn example(&self, said: &Said) -> Option<&Value> {
        said.places.iter().find_map(|place| self.service.examples.get(place))
    }

    /// Of a type that is none of the document.
    fn plain(&self, of: &str, said: &Said, place: Place) -> Made<Option<TokenStream>> {
        let parsed = |text: &str| -> Made {
            let (text, of) = (Literal::string(text), kind(of)?);
            Ok(quote!(#text.parse::<#of>()?))
        };
        Ok(Some(match of {
            "String" => {
                let example = self.example(said).and_then(Value::as_str);
                let text = example.map_or_else(|| placeholder(&said.word), str::to_string);
                let text = Literal::string(&text);
                match place {
                    Place::Into => quote!(#text),
                    Place::Field => quote!(#text.into()),
                    Place::Alone => quote!(#text.to_string()),
                }
            }
            "i64" => {
                let number = self.example(said).and_then(Value::as_i64).unwrap_or(1);
                let number = match place {
                    Place::Alone => Literal::i64_suffixed(number),
                    Place::Into | Place::Field => Literal::i64_unsuffixed(number),
                };
                quote!(#number)
            }
            "f64" if place == Place::Alone => quote!(1.5_f64),
            "f64" => quote!(1.5),
            "bool" => quote!(true),
            DECIMAL => {
                self.uses("dintero_types");
                parsed("99.50")?
            }
            "chrono::DateTime<chrono::Utc>" => {
                self.uses("dintero_types::chrono");
                parsed("2026-01-31T12:00:00Z")?
            }
            "chrono::NaiveDate" => {
                self.uses("dintero_types::chrono");
                parsed("2026-01-31")?
            }
            "dintero_types::DayOrTime" | "dintero_types::Rfc3339" | "dintero_types::AccountId" => {
                self.uses("dintero_types");
                parsed(text_of(of))?
            }
            "dintero_client::DayOrTime" | "dintero_client::Rfc3339" | "dintero_client::AccountId" => {
                self.uses("dintero_client");
                parsed(text_of(of))?
            }
            "dintero_types::Upload" => {
                self.uses("dintero_types");
                quote!(dintero_types::Upload::new("contents"))
            }
            "dintero_client::Multipart" => {
                self.uses("dintero_client");
                quote!(dintero_client::Multipart::new().field("name", "value"))
            }
            "serde_json::Value" => match place {
                Place::Into => quote!("value"),
                Place::Field => quote!("value".into()),
                Place::Alone => {
                    self.uses("dintero_types");
                    quote!(dintero_types::serde_json::Value::from("value"))
                }
            },
            "serde_json::Map<String, serde_json::Value>" => {
                self.uses("dintero_types");
                quote!(dintero_types::serde_json::Map::new())
            }
            _ => return Ok(None),
        }))
    }

    /// Of a type of the document.
    fn named(&self, name: &str) -> Made {
        let name = self.target(name);
        if !self.service.is_type(name)
            && !self.service.open_enums.contains_key(name)
            && !self.service.unions.contains_key(name)
            && !self.api.wrappers.contains_key(name)
        {
            return Err(format!("no value of `{name}` is known"));
        }
        if self.open.borrow().iter().any(|open| open == name) {
            return Err(format!("`{name}` holds itself"));
        }
        self.open.borrow_mut().push(name.to_string());
        let made = self.named_once(name);
        self.open.borrow_mut().pop();
        self.uses("types");
        made
    }

    fn named_once(&self, name: &str) -> Made {
        let called = ident(name)?;
        if let Some(object) = self.objects.get(name) {
            return self.object(object);
        }
        if let Some(of) = self.service.open_enums.get(name) {
            return match of.variants.first() {
                Some(variant) => {
                    let variant = ident(&variant.ident)?;
                    Ok(quote!(types::#called::#variant))
                }
                None if of.integer => Ok(quote!(types::#called::from(1))),
                None => Ok(quote!(types::#called::from("value"))),
            };
        }
        if let Some(of) = self.service.unions.get(name) {
            let mut why = format!("`{name}` is one of nothing");
            for member in &of.members {
                let inner = self.value(&rust_type(&member.schema, ""), &Said::word(&member.ident), Place::Field);
                let variant = ident(&member.ident)?;
                match inner {
                    Ok(inner) if member.boxed => return Ok(quote!(types::#called::#variant(Box::new(#inner)))),
                    Ok(inner) => return Ok(quote!(types::#called::#variant(#inner))),
                    Err(reason) => why = reason,
                }
            }
            return Err(why);
        }
        if let Some(inner) = self.api.wrappers.get(name) {
            let inner = self.value(inner, &Said::word(name), Place::Field)?;
            return Ok(quote!(types::#called(#inner)));
        }
        Err(format!("no value of `{name}` is known"))
    }

    fn object(&self, object: &Object) -> Made {
        let name = ident(&object.name)?;
        let required: Vec<_> = object.fields.iter().filter(|field| field.presence == Presence::Required).collect();
        if !object.sent {
            return match required.is_empty() {
                true => Ok(quote!(types::#name::default())),
                false => Err(format!("`{}` is only read", object.name)),
            };
        }
        let place = if object.given.is_some() { Place::Field } else { Place::Into };
        let values = required.iter().map(|field| {
            let places = self.service.places.get(&object.name).into_iter().flatten();
            let places = places.map(|place| key::property(place, &field.wire)).collect();
            // What is hidden in logs is not shown here either.
            let said = match field.hidden {
                true => Said::word(&field.ident),
                false => Said { word: field.ident.clone(), places },
            };
            self.value(&field.kind, &said, place)
        });
        let values = values.collect::<Made<Vec<_>>>()?;
        Ok(match &object.given {
            Some(given) => {
                let given = ident(given)?;
                let fields = required.iter().map(|field| ident(&field.ident)).collect::<Made<Vec<_>>>()?;
                quote!(types::#name::new(types::#given { #(#fields: #values),* }))
            }
            None => quote!(types::#name::new(#(#values),*)),
        })
    }
}

/// A text that is of such a type.
fn text_of(of: &str) -> &'static str {
    match of.rsplit("::").next() {
        Some("Rfc3339") => "2026-01-31T12:00:00Z",
        Some("DayOrTime") => "2026-01-31",
        _ => "T12345678",
    }
}

/// A text that says what it stands for.
fn placeholder(name: &str) -> String {
    let name = name.trim_start_matches("r#").trim_matches('_');
    let fits = !name.is_empty() && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric());
    if fits { snake(name) } else { "text".into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Policy;
    use crate::lower::test_support::lowered;
    use serde_json::json;

    /// The example of the one operation of a document with these parts.
    fn made(operation: Value, schemas: Value) -> (Service, Examples) {
        let mut operation = operation;
        operation["operationId"] = "try_it".into();
        operation["responses"] = json!({"204": {"description": ""}});
        let service = lowered(json!({
            "openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://api.example.com"}],
            "paths": {"/things/{id}": {"post": operation}}, "components": {"schemas": schemas}
        }));
        let api = Api::of(&service, &Policy::default()).expect("an api");
        let examples = all(&service, &api);
        (service, examples)
    }

    fn shown(operation: Value, schemas: Value) -> Result<String, String> {
        let (_, examples) = made(operation, schemas);
        let (_, example) = examples.into_iter().next().expect("a call");
        example.map(|example| example.code)
    }

    fn of_body(media: &str, schema: Value, schemas: Value) -> Result<String, String> {
        let body = json!({"required": true, "content": {media: {"schema": schema}}});
        let id = json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string"}, "example": "T1.a"});
        shown(json!({"parameters": [id], "requestBody": body}), schemas)
    }

    #[test]
    fn a_body_is_made_with_all_that_it_requires_and_no_more() {
        let code = of_body(
            "application/json",
            json!({"$ref": "#/components/schemas/Order"}),
            json!({
                "Order": {"type": "object", "required": ["lines", "when", "state", "buyer", "by"], "properties": {
                    "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}},
                    "when": {"type": "string", "format": "date-time"},
                    "state": {"type": "string", "enum": ["OPEN", "SHUT"]},
                    "buyer": {"$ref": "#/components/schemas/Buyer"},
                    "by": {"type": "object", "additionalProperties": {"type": "integer"}},
                    "note": {"type": "string"}}},
                "Line": {"type": "object", "required": ["amount"], "properties": {"amount": {"type": "integer", "example": 29990}}},
                "Buyer": {"type": "object", "required": ["country", "name"], "properties": {
                    "country": {"type": "string", "example": "NO"}, "name": {"type": "string", "x-sensitive": true, "example": "Jo"}}},
            }),
        )
        .expect("an example");
        for part in
            ["types::Line::new(29990)", "country: \"NO\".into()", "name: \"name\".into()", "::Open", "1i64", "\"T1.a\""]
        {
            assert!(code.contains(part), "{part}: {code}");
        }
        assert!(!code.contains("note"), "{code}");
        assert!(
            code.starts_with("use dintero_test::{dintero_types::chrono, types};\n\nlet body = types::Order::new("),
            "{code}"
        );
        assert!(code.ends_with("test.update_thing(\"T1.a\", body).send().await?;"), "{code}");
    }

    #[test]
    fn every_kind_of_body_has_its_own_value() {
        let form = json!({"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}});
        for (media, schema, part) in [
            ("multipart/form-data", form, "dintero_types::Upload::new(\"contents\")"),
            ("multipart/form-data", json!({}), "dintero_client::Multipart::new().field("),
            ("application/pdf", json!({"type": "string", "format": "binary"}), "b\"contents\".to_vec()"),
            ("application/json", json!({"type": "array", "items": {"type": "string"}}), "[\"body\"]"),
            ("application/json", json!({}), "\"value\""),
        ] {
            let code = of_body(media, schema, json!({})).expect("an example");
            assert!(code.contains(part), "{media}: {code}");
        }
    }

    #[test]
    fn of_a_choice_the_first_that_can_be_made_is_taken() {
        let one = json!({"oneOf": [{"$ref": "#/components/schemas/Endless"}, {"$ref": "#/components/schemas/Card"}]});
        let schemas = json!({
            "Endless": {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#/components/schemas/Endless"}}},
            "Card": {"type": "object", "required": ["number"], "properties": {"number": {"type": "string"}}},
            "Pay": {"type": "object", "required": ["by"], "properties": {"by": one}},
        });
        let code = of_body("application/json", json!({"$ref": "#/components/schemas/Pay"}), schemas.clone());
        let code = code.expect("an example");
        assert!(code.contains("::Card(") && code.contains("types::Card::new("), "{code}");
        let why =
            of_body("application/json", json!({"$ref": "#/components/schemas/Endless"}), schemas).expect_err("none");
        assert_eq!(why, "`Endless` holds itself");
    }

    /// Each type has the next one twice: the value would be a million.
    #[test]
    fn a_value_that_nobody_would_read_is_not_made() {
        let mut schemas = serde_json::Map::new();
        for at in 0..20 {
            let next = json!({"$ref": format!("#/components/schemas/T{}", at + 1)});
            schemas.insert(
                format!("T{at}"),
                json!({"type": "object", "required": ["a", "b"], "properties": {"a": next, "b": next}}),
            );
        }
        schemas.insert("T20".into(), json!({"type": "object", "properties": {"a": {"type": "string"}}}));
        let why =
            of_body("application/json", json!({"$ref": "#/components/schemas/T0"}), schemas.into()).expect_err("none");
        assert!(why.contains("more than"), "{why}");
    }

    #[test]
    fn an_exact_amount_and_a_file_say_what_they_are() {
        let (service, _) = made(json!({}), json!({}));
        let api = Api::of(&service, &Policy::default()).expect("an api");
        let maker = Maker::new(&service, &api);
        for (kind, text) in [
            (DECIMAL, "\"99.50\" . parse :: < dintero_types :: Decimal > () ?"),
            ("Option<String>", "\"x\" . to_string ()"),
            ("Box<Vec<i64>>", "vec ! [1i64]"),
            ("dintero_client::CommaList<bool>", "vec ! [true]"),
        ] {
            assert_eq!(maker.value(kind, &Said::word("x"), Place::Into).expect("a value").to_string(), text);
        }
        let why = maker.value("Unheard", &Said::word("x"), Place::Into).expect_err("none");
        assert_eq!(why, "no value of `Unheard` is known");
    }

    #[test]
    fn texts_and_names_of_a_document_do_not_become_code() {
        let names = ["\"); std::process::exit(1); (\"", "\\", "# x", "日本"];
        for (at, text) in names.into_iter().chain(["```\npanic!()\n```", "\u{202e}x", "a\nb"]).enumerate() {
            let name = names.get(at).copied().unwrap_or("name");
            let schema = json!({"type": "object", "required": [name, "plain"], "properties": {
                name: {"type": "string", "example": text}, "plain": {"type": "string", "example": text}}});
            let code = of_body("application/json", schema, json!({})).expect("an example");
            assert_eq!(is_plain(&code), Ok(()), "{text:?}: {code}");
            assert!(!code.contains("exit(1)") && !code.contains("panic!") && !code.contains('`'), "{code}");
        }
    }

    #[test]
    fn nothing_but_calls_passes_the_wall() {
        for code in ["let a = b.c(\"x\").send().await?;", "use a::b;\n\nb.c(vec![types::D::E]).send().await?;"] {
            assert_eq!(is_plain(code), Ok(()), "{code}");
        }
        for code in [
            "std::process::exit({ 1 });",
            "panic!();",
            "fn f() {}",
            "static A: &str = include_str!(\"/etc/hostname\");",
            "let a = include_str!(\"/etc/hostname\");",
            "let a = vec![include_str!(\"/etc/hostname\")];",
            "let a = || 1;",
            "unsafe { a() };",
            "loop {}",
            "#[cfg(x)]\nlet a = 1;",
            "let a = \"\n```\n\";",
            "} fn f() {",
            "let a = \"\u{202e}\";",
        ] {
            assert!(is_plain(code).is_err(), "{code}");
        }
        let lib = |docs: &str| check(&format!("impl Client {{ #[cfg_attr(doc, doc = {docs})] fn a() {{}} }}"));
        assert_eq!(lib("dintero_client::example!(\"a\", \"b\", \"b.c().send().await?;\")"), Ok(()));
        for docs in [
            "include_str!(\"/etc/hostname\")",
            "\"```\\npanic!()\"",
            "dintero_client::example!(\"a\", \"b\", \"panic!();\")",
            "dintero_client::example!(\"a\", \"b::<{ c }>\", \"b.c();\")",
            "dintero_client::example!(\"a\", \"b\", concat!(\"c\"))",
        ] {
            assert!(lib(docs).is_err(), "{docs}");
        }
    }

    #[test]
    fn the_line_of_docs_is_one_line_and_has_the_whole_code() {
        let id = json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string"}});
        let body = json!({"required": true, "content": {"application/json": {"schema": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}}}});
        let (service, examples) = made(json!({"parameters": [id], "requestBody": body}), json!({}));
        let file = "impl Client {\n    #[example(0)]\n    fn try_it() {}\n}\n";
        let file = written_out(&service, &examples, file);
        let lines: Vec<&str> = file.lines().collect();
        let inside = lines[1].trim().strip_prefix("#[cfg_attr(").and_then(|line| line.strip_suffix(")]"));
        let Attribute { code } = syn::parse_str(inside.expect("an attribute")).expect("an example");
        let expected = examples.into_values().next().expect("a call").expect("an example").code;
        assert_eq!((code, lines.len()), (expected, 4));
        assert_eq!(check(&file), Ok(()));
    }
}
