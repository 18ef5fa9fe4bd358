//! raw.rs: the generator's functions as far as they build requests; private to the crate.
//!
//! What they would do next (hooks, sending, reading the status) the runtime does for all operations: it is compiled
//! once, and there is no way to send but with the login, the retries and the checks of `Call`.

use super::tidy::{ShortPaths, imports};
use crate::lower::parameters;
use crate::model::{In, Operation, Service};
use quote::ToTokens;
use std::collections::HashMap;
use syn::visit_mut::VisitMut;

/// The file below its header, and the operations' functions by name.
pub fn run(service: &Service, items: Vec<syn::Item>) -> (String, HashMap<String, syn::Signature>) {
    let by_name: HashMap<&str, &Operation> = service.operations.iter().map(|op| (op.name.as_str(), op)).collect();
    let mut signatures = HashMap::new();
    let mut functions = Vec::new();
    for item in items {
        // The client's own struct, its traits and `pub use` of progenitor's names have no place here.
        let syn::Item::Impl(block) = item else { continue };
        for item in block.items {
            let syn::ImplItem::Fn(mut f) = item else { continue };
            let Some(op) = by_name.get(f.sig.ident.to_string().as_str()) else { continue };
            if !ends_with_request(&mut f.block) {
                continue;
            }
            f.attrs = vec![syn::parse_quote!(#[inline])];
            f.vis = syn::parse_quote!(pub(crate));
            f.sig.asyncness = None;
            f.sig.output = syn::parse_quote!(-> Result<Request, Error>);
            drop_api_version(&mut f.block);
            Wire::of(op).put_into(&mut f.block);
            ShortTypes.visit_signature_mut(&mut f.sig);
            signatures.insert(f.sig.ident.to_string(), f.sig.clone());
            functions.push(syn::ImplItem::Fn(f));
        }
    }
    let block: syn::ItemImpl = syn::parse_quote!(impl Client<'_> { #(#functions)* });
    let mut file = syn::File { shebang: None, attrs: Vec::new(), items: vec![syn::Item::Impl(block)] };
    ShortPaths.visit_file_mut(&mut file);
    let body = prettyplease::unparse(&file);
    let mut head = String::from("#![allow(clippy::all)]\n\n");
    head.push_str(&imports("crate", &["types"], &body));
    let used = ["chrono", "encoding", "progenitor_client"];
    let mut runtime = vec!["Call"];
    runtime.extend(used.into_iter().filter(|name| body.contains(&format!("{name}::"))));
    runtime.push("reqwest");
    head.push_str(&format!("use dintero_client::{{{}}};\n", runtime.join(", ")));
    // A trait is used by its methods.
    let traits = if body.contains("form_urlencoded(") { "RequestBuilderExt" } else { "" };
    head.push_str(&imports("dintero_client::progenitor_client", &["RequestBuilderExt"], traits));
    head.push_str(
        "use reqwest::Request;\n\ntype Error = dintero_client::progenitor_client::Error<()>;\n\n\
         pub(crate) struct Client<'c> {\n    baseurl: std::borrow::Cow<'static, str>,\n    client: &'c reqwest::Client,\n}\n\n\
         impl<'c> Client<'c> {\n    #[inline]\n    pub(crate) fn of(call: &'c Call) -> Self {\n        Self {\n            baseurl: call.base_url(),\n            client: call.http_client(),\n        }\n    }\n}\n\n",
    );
    head.push_str(&body);
    (head, signatures)
}

/// Leaves of a function what builds the request, and returns it.
fn ends_with_request(block: &mut syn::Block) -> bool {
    let Some(at) = block.stmts.iter().position(is_request) else { return false };
    block.stmts.truncate(at + 1);
    block.stmts.push(syn::Stmt::Expr(syn::parse_quote!(Ok(request)), None));
    true
}

fn is_request(stmt: &syn::Stmt) -> bool {
    matches!(stmt, syn::Stmt::Local(l) if l.pat.to_token_stream().to_string() == "mut request")
}

/// What goes over the wire in place of what the generator would send: the published names, lists that are joined, and
/// values that are encoded as OpenAPI says (the generator encodes them as forms and addresses would be).
struct Wire {
    names: HashMap<String, String>,
    /// Rust identifiers of the lists that go out as one value.
    joined: Vec<String>,
    /// Those of a path that the runtime has written and encoded before.
    written: Vec<String>,
    /// Lists that were met in the query, in order.
    in_query: Vec<String>,
}

impl Wire {
    fn of(op: &Operation) -> Self {
        let mut wire = Self { names: HashMap::new(), joined: Vec::new(), written: Vec::new(), in_query: Vec::new() };
        for (p, low) in op.parameters.iter().zip(parameters::lower(op)) {
            if low.joined {
                wire.joined.push(low.ident.clone());
            }
            if p.styled && p.location == In::Path {
                wire.written.push(low.ident.clone());
            }
            if p.location != In::Path {
                wire.names.insert(low.ident, p.name.to_string());
            }
        }
        wire
    }

    fn put_into(&mut self, block: &mut syn::Block) {
        self.visit_block_mut(block);
        let lists: Vec<syn::Stmt> = self
            .in_query
            .iter()
            .filter_map(|ident| {
                let name = self.names.get(ident)?;
                let ident = syn::Ident::new(ident, proc_macro2::Span::call_site());
                Some(syn::parse_quote!(encoding::query_list(&mut request, #name, #ident);))
            })
            .collect();
        if let Some(at) = block.stmts.iter().position(is_request) {
            block.stmts.splice(at + 1..at + 1, lists);
        }
    }

    /// The list that a `.query(..)` adds as one value.
    fn joined_query(&self, call: &syn::ExprMethodCall) -> Option<String> {
        let text = call.args.to_token_stream().to_string().replace(' ', "");
        let argument = text.strip_prefix("&progenitor_client::QueryParam::new(\"")?;
        let (ident, _) = argument.split_once('"')?;
        self.joined.iter().find(|joined| *joined == ident).filter(|_| call.method == "query").cloned()
    }
}

impl VisitMut for Wire {
    fn visit_expr_mut(&mut self, expr: &mut syn::Expr) {
        while let syn::Expr::MethodCall(call) = expr
            && let Some(list) = self.joined_query(call)
        {
            self.in_query.insert(0, list);
            *expr = (*call.receiver).clone();
        }
        syn::visit_mut::visit_expr_mut(self, expr);
    }

    /// The address is made by `format!`, whose arguments are tokens.
    fn visit_macro_mut(&mut self, call: &mut syn::Macro) {
        let arguments = syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        if call.path.is_ident("format")
            && let Ok(mut arguments) = call.parse_body_with(arguments)
        {
            arguments.iter_mut().for_each(|argument| self.visit_expr_mut(argument));
            call.tokens = arguments.to_token_stream();
        }
    }

    fn visit_expr_call_mut(&mut self, call: &mut syn::ExprCall) {
        syn::visit_mut::visit_expr_call_mut(self, call);
        match call.func.to_token_stream().to_string().replace(' ', "").as_str() {
            "progenitor_client::QueryParam::new" => self.first(call.args.first_mut()),
            "encode_path" | "progenitor_client::encode_path" => {
                let text = call.args.to_token_stream().to_string().replace(' ', "");
                let among = |idents: &[String]| {
                    let found = idents.iter().find(|ident| text == format!("&{ident}.to_string()"));
                    found.map(|ident| syn::Ident::new(ident, proc_macro2::Span::call_site()))
                };
                let args = &call.args;
                *call = match (among(&self.joined), among(&self.written)) {
                    (Some(list), _) => syn::parse_quote!(encoding::list(#list)),
                    (None, Some(written)) => syn::parse_quote!(String::from(#written)),
                    (None, None) => syn::parse_quote!(encoding::value(#args)),
                };
            }
            _ => {}
        }
    }

    fn visit_expr_method_call_mut(&mut self, call: &mut syn::ExprMethodCall) {
        syn::visit_mut::visit_expr_method_call_mut(self, call);
        if call.method == "append" {
            self.first(call.args.first_mut());
        }
    }
}

impl Wire {
    fn first(&self, argument: Option<&mut syn::Expr>) {
        if let Some(syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(name), .. })) = argument
            && let Some(wire) = self.names.get(&name.value())
        {
            *name = syn::LitStr::new(wire, name.span());
        }
    }
}

/// The `api-version` header is the generator's own; no service asked for it.
fn drop_api_version(block: &mut syn::Block) {
    let text = |s: &syn::Stmt| s.to_token_stream().to_string();
    block.stmts.retain(|s| !text(s).contains(":: api_version ()"));
    let used = block.stmts.iter().filter(|s| text(s).contains("header_map . append")).count();
    for stmt in &mut block.stmts {
        if let syn::Stmt::Local(local) = stmt
            && local.pat.to_token_stream().to_string().contains("header_map")
        {
            *local = match syn::parse_quote!(let mut header_map = reqwest::header::HeaderMap::with_capacity(#used);) {
                syn::Stmt::Local(new) => new,
                _ => continue,
            };
        }
    }
    if used == 0 {
        block.stmts.retain(|s| !text(s).starts_with("let mut header_map"));
        struct NoHeaders;
        impl VisitMut for NoHeaders {
            fn visit_expr_mut(&mut self, expr: &mut syn::Expr) {
                syn::visit_mut::visit_expr_mut(self, expr);
                if let syn::Expr::MethodCall(call) = expr
                    && call.method == "headers"
                    && call.args.first().is_some_and(|a| a.to_token_stream().to_string() == "header_map")
                {
                    *expr = (*call.receiver).clone();
                }
            }
        }
        NoHeaders.visit_block_mut(block);
    }
}

/// In signatures a named type stands behind `types::`.
struct ShortTypes;

impl VisitMut for ShortTypes {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        syn::visit_mut::visit_path_mut(self, path);
        let names: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        if let ["crate", "types", name] = names.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            let name = syn::Ident::new(name, proc_macro2::Span::call_site());
            *path = syn::parse_quote!(types::#name);
        }
    }
}
