//! What is read of the syntax that progenitor and typify make: types as text, and docs.

/// The text of all `#[doc]` attributes.
pub fn doc_of(attrs: &[syn::Attribute]) -> String {
    let mut out = Vec::new();
    for attr in attrs.iter().filter(|a| a.path().is_ident("doc")) {
        if let syn::Meta::NameValue(pair) = &attr.meta
            && let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value
        {
            out.push(text.value());
        }
    }
    out.join("\n").trim().to_string()
}

/// A type as text, with short paths.
pub fn type_text(kind: &syn::Type) -> String {
    use quote::ToTokens;
    short(&kind.to_token_stream().to_string().replace(' ', ""))
}

/// The same from text without spaces.
pub fn short(text: &str) -> String {
    if text == "str" {
        return "String".into();
    }
    let mut out = text.to_string();
    for (long, short) in [
        ("::std::vec::Vec<", "Vec<"),
        ("::std::string::String", "String"),
        ("::std::option::Option<", "Option<"),
        ("::std::boxed::Box<", "Box<"),
        ("::chrono::DateTime<::chrono::offset::Utc>", "chrono::DateTime<chrono::Utc>"),
        ("::chrono::naive::NaiveDate", "chrono::NaiveDate"),
        ("::dintero_client::", "dintero_client::"),
        ("::dintero_types::", "dintero_types::"),
        ("::serde_json::", "serde_json::"),
        ("::std::", "std::"),
        ("crate::types::", ""),
        (",>", ">"),
        (",", ", "),
    ] {
        out = out.replace(long, short);
    }
    out
}
