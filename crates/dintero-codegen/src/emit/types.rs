//! types.rs: the fields of the generator's structs, and enums, choices and answers, all by the runtime's macros.

use super::docs::{paragraphs, safe};
use super::kin::Kin;
use super::tokens::{Made, docs, docs_within, ident, imports, kind, value};
use crate::api::{Api, Field, Object, Presence};
use crate::gate::Text;
use crate::gate::text::code as code_span;
use crate::lower::amounts::DECIMAL;
use crate::lower::rust_type::rust_type;
use crate::lower::schema::code;
use crate::model::{Member, OpenEnum, Service, StatusEnum, Union};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// The whole file.
pub fn run(service: &Service, api: &Api) -> Made {
    let about = docs_within(
        "The types of requests, answers and events.\n\n\
         Reading is tolerant: unknown values, unknown fields and `null` for an absent field are accepted.",
    );
    let mut items = TokenStream::new();
    let kin = Kin::of(api);
    for one in &api.objects {
        items.extend(object(service, &kin, one)?);
    }
    for (name, inner) in &api.wrappers {
        items.extend(wrapper(service, name, inner)?);
    }
    for (name, value) in &service.open_enums {
        items.extend(open_enum(name, value)?);
    }
    for (name, value) in &service.unions {
        items.extend(union(name, value)?);
    }
    for (name, value) in &service.status_enums {
        items.extend(status_enum(name, value)?);
    }
    for (name, target) in &service.aliases {
        let about = docs(&format!("The document's second name for [`{target}`]."));
        let (name, target) = (ident(name)?, kind(target)?);
        items.extend(quote!(#about pub type #name = #target;));
    }
    let chrono = imports("dintero_types", &["chrono"], &items)?;
    Ok(quote!(#about #chrono #items))
}

/// A type that contains itself by a list or a map.
fn wrapper(service: &Service, name: &str, inner: &str) -> Made {
    let doc = service.schemas.get(name).and_then(|schema| schema["description"].as_str()).unwrap_or_default();
    let about = docs(&described_or_place(service, name, doc.trim()));
    let (name, inner) = (ident(name)?, kind(inner)?);
    Ok(quote! {
        #about
        #[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
        #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
        #[serde(transparent)]
        pub struct #name(pub #inner);
        impl std::ops::Deref for #name {
            type Target = #inner;
            fn deref(&self) -> &#inner {
                &self.0
            }
        }
        impl From<#name> for #inner {
            fn from(value: #name) -> Self {
                value.0
            }
        }
        impl From<#inner> for #name {
            fn from(value: #inner) -> Self {
                Self(value)
            }
        }
    })
}

fn described_or_place(service: &Service, name: &str, doc: &str) -> String {
    match safe(doc) {
        doc if doc.is_empty() => published(service, name),
        doc => doc,
    }
}

/// One struct by the runtime's macro: fields that are always there first, then those that may be absent; a section without
/// fields is left out.
fn object(service: &Service, kin: &Kin<'_>, object: &Object) -> Made {
    let [mut required, mut optional, mut nullable, mut rest] = std::array::from_fn(|_| TokenStream::new());
    for one in &object.fields {
        let part = match one.presence {
            Presence::Required => &mut required,
            Presence::Optional => &mut optional,
            Presence::Nullable(_) => &mut nullable,
            Presence::Rest => &mut rest,
        };
        part.extend(field(one, object.sent)?);
    }
    let part = |name: &str, fields: TokenStream| -> Made<Option<TokenStream>> {
        let name = ident(name)?;
        Ok((!fields.is_empty()).then(|| quote!(#name { #fields })))
    };
    let is_empty = [&required, &optional, &nullable, &rest].iter().all(|fields| fields.is_empty());
    let required = (is_empty || !required.is_empty()).then(|| quote!({ #required }));
    let (optional, nullable, rest) = (part("optional", optional)?, part("nullable", nullable)?, part("rest", rest)?);
    let about = docs(&paragraphs(&[described_or_place(service, &object.name, &object.doc), kin.paragraph(object)]));
    let role = ident(if object.sent { "sent" } else { "read" })?;
    let name = ident(&object.name)?;
    let given = object.given.as_ref().map(|given| ident(given)).transpose()?.map(|given| quote!(by #given));
    Ok(quote! {
        dintero_types::object! {
            #about
            #role pub struct #name #given #required #optional #nullable #rest
        }
    })
}

/// A line of that macro.
fn field(field: &Field, is_sent: bool) -> Made {
    let Field { wire, presence, hidden, .. } = field;
    let (about, name, kind) = (docs(&safe(&field.doc)), ident(&field.ident)?, kind(&field.kind)?);
    let is_called_so = *wire == field.ident.trim_start_matches("r#") && !field.ident.starts_with("r#");
    let renamed = (!is_called_so).then(|| quote!(= #wire));
    let reader = field.reader.as_ref().map(|reader| ident(reader)).transpose()?.map(|reader| quote!(as #reader));
    let is_map =
        |kind: &str| kind.starts_with("std::collections::HashMap<String, ") || kind.starts_with("serde_json::Map<");
    let is_set = is_sent && matches!(presence, Presence::Optional | Presence::Nullable(_));
    let how = match field.kind.as_str() {
        list if is_set && list.starts_with("Vec<") => Some(quote!(list)),
        map if is_set && is_map(map) => Some(quote!(map)),
        _ => None,
    };
    let marks: Vec<TokenStream> = hidden.then(|| quote!(hidden)).into_iter().chain(how).collect();
    let marks = (!marks.is_empty()).then(|| quote!([#(#marks),*]));
    Ok(match presence {
        Presence::Rest => quote!(#about pub #name: #kind #marks,),
        Presence::Nullable(nuller) => {
            let nuller = ident(nuller)?;
            quote!(#about pub #name: Option<Option<#kind>> #renamed => #nuller #marks,)
        }
        Presence::Optional => quote!(#about pub #name: Option<#kind> #renamed #reader #marks,),
        Presence::Required => quote!(#about pub #name: #kind #renamed #reader #marks,),
    })
}

/// Where the document has it, for a type that the document does not describe.
fn published(service: &Service, name: &str) -> String {
    format!("{} in the document.", code_span(service.published.get(name).map_or(name, Text::as_str)))
}

fn described(text: &Text, otherwise: &str) -> TokenStream {
    match safe(text) {
        doc if doc.is_empty() => docs(otherwise),
        doc => docs(&doc),
    }
}

fn open_enum(name: &str, of: &OpenEnum) -> Made {
    let called = ident(if of.integer { "open_int_enum" } else { "open_enum" })?;
    let about = described(&of.description, &format!("Known values of `{name}`; others are kept as they come."));
    let name = ident(name)?;
    let variants = of.variants.iter().map(|variant| {
        let is_called_so = variant.value.as_str() == Some(variant.ident.as_str());
        let about = (!is_called_so).then(|| docs(&code(&variant.value)));
        let (name, value) = (ident(&variant.ident)?, value(&variant.value)?);
        Ok(quote!(#about #name = #value,))
    });
    let variants: TokenStream = variants.collect::<Made<_>>()?;
    Ok(quote!(dintero_types::#called! { #about pub enum #name { #variants } }))
}

fn union(name: &str, of: &Union) -> Made {
    let about = described(&of.description, "One of several shapes; one that is not known is kept as it comes.");
    let name = ident(name)?;
    let by = of.discriminator.as_ref().map(|discriminator| quote!(by #discriminator));
    let members = of.members.iter().map(|member| {
        let about = described(&member.description, "");
        let (name, inner, tags) = (ident(&member.ident)?, kind(&rust_type(&member.schema, ""))?, &member.tags);
        let inner = if member.boxed { quote!(Box<#inner>) } else { inner };
        let tags = by.is_some().then(|| quote!(= [#(#tags),*]));
        Ok(quote!(#about #name(#inner) #tags,))
    });
    let members: TokenStream = members.collect::<Made<_>>()?;
    let scalars: Vec<TokenStream> = scalars(of)
        .into_iter()
        .map(|(name, kind)| {
            let (name, kind) = (ident(name)?, ident(kind)?);
            Ok(quote!(#name: #kind))
        })
        .collect::<Made<_>>()?;
    let scalars = (!scalars.is_empty()).then(|| quote!(dintero_types::one_of_scalars!(#name { #(#scalars),* });));
    Ok(quote!(dintero_types::one_of! { #about pub enum #name #by { #members } } #scalars))
}

/// The variants that are made of plain values, each of a kind of its own.
fn scalars(value: &Union) -> Vec<(&str, &'static str)> {
    let kind = |m: &Member| {
        (!m.boxed).then(|| rust_type(&m.schema, "")).and_then(|kind| match kind.as_str() {
            "String" => Some("text"),
            "i64" => Some("integer"),
            DECIMAL => Some("decimal"),
            "bool" => Some("boolean"),
            _ => None,
        })
    };
    let kinds: Vec<(&Member, &'static str)> = value.members.iter().filter_map(|m| Some((m, kind(m)?))).collect();
    let is_number = |kind: &str| kind == "integer" || kind == "decimal";
    let alone = |at: usize| {
        let others = kinds.iter().enumerate().filter(|(other, _)| *other != at);
        others.into_iter().all(|(_, (_, k))| *k != kinds[at].1 && !(is_number(k) && is_number(kinds[at].1)))
    };
    let alone = (0..kinds.len()).filter(|at| alone(*at));
    alone.map(|at| (kinds[at].0.ident.as_str(), kinds[at].1)).collect()
}

fn status_enum(name: &str, of: &StatusEnum) -> Made {
    let (about, name) = (described(&of.description, ""), ident(name)?);
    let variants = of.variants.iter().map(|(status, name, schema)| {
        let about = docs(&format!("Status {status}."));
        let inner = schema.as_ref().map(|schema| kind(&rust_type(schema, ""))).transpose()?;
        let (status, name, inner) = (Literal::u16_unsuffixed(*status), ident(name)?, inner.map(|kind| quote!((#kind))));
        Ok(quote!(#about #status => #name #inner,))
    });
    let variants: TokenStream = variants.collect::<Made<_>>()?;
    Ok(quote!(dintero_types::by_status! { #about pub enum #name { #variants } }))
}
