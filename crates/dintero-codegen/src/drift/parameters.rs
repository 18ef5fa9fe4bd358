//! Parameters: by place and name, those of the path and of the operation together.

use super::canonical::same;
use super::docs::{keywords, map};
use super::operations::{Op, Sides};
use super::rules::*;
use super::schemas::{Slot, place};
use super::site::{Reader, Site};
use super::walk::{To, Walk};
use super::words::Words;
use crate::document::at;
use crate::lower::collect::template;
use crate::names::snake;
use serde_json::Value;

struct Parameter<'a> {
    /// Where it is described, shared or not.
    pointer: String,
    value: &'a Value,
    place: &'a str,
    name: &'a str,
}

impl<'a> Parameter<'a> {
    fn required(&self) -> bool {
        self.place == "path" || self.value["required"] == true
    }

    /// Headers go by name whatever the case.
    fn is(&self, other: &Parameter<'_>) -> bool {
        self.place == other.place
            && match self.place {
                "header" => self.name.eq_ignore_ascii_case(other.name),
                _ => self.name == other.name,
            }
    }

    /// The runtime writes these itself.
    fn by_the_runtime(&self) -> bool {
        let name = self.name.to_lowercase();
        self.place == "header" && ["accept", "content-type", "authorization"].contains(&name.as_str())
    }

    fn called(&self, one: &str, many: &str) -> Words {
        let kind = self.place;
        Words::about(
            self.name,
            format!("the {kind} parameter {{}} {one}"),
            format!("the {kind} parameters {{}} {many}"),
        )
    }

    /// The schema, its own or that of its media type.
    fn schema(&self) -> Option<Site<'a>> {
        if let Some(schema) = self.value.get("schema") {
            return Some(Site::new(at(&self.pointer, "schema"), schema));
        }
        let (media, entry) = self.value["content"].as_object()?.iter().next()?;
        Some(Site::new(at(&at(&at(&self.pointer, "content"), media), "schema"), entry.get("schema")?))
    }

    /// Style and explode, as they are where nothing is said.
    fn style(&self) -> (&'a str, bool) {
        let form = matches!(self.place, "query" | "cookie");
        let style = self.value["style"].as_str().unwrap_or(if form { "form" } else { "simple" });
        (style, self.value["explode"].as_bool().unwrap_or(style == "form"))
    }

    fn media_type(&self) -> Option<&'a str> {
        self.value["content"].as_object()?.keys().next().map(String::as_str)
    }
}

fn all<'a>(reader: &Reader<'a>, op: Op<'a>) -> Vec<Parameter<'a>> {
    let mut out: Vec<Parameter<'a>> = Vec::new();
    for (base, list) in [(op.item_pointer(), &op.item["parameters"]), (op.pointer(), &op.value["parameters"])] {
        for (i, raw) in list.as_array().into_iter().flatten().enumerate() {
            let (pointer, value) = reader.resolve(at(&at(&base, "parameters"), i.to_string()), raw);
            let (Some(place), Some(name)) = (value["in"].as_str(), value["name"].as_str()) else { continue };
            let parameter = Parameter { pointer, value, place, name };
            // The operation's own declaration replaces that of the path.
            out.retain(|known| !known.is(&parameter));
            out.push(parameter);
        }
    }
    out
}

pub fn run<'a>(walk: &mut Walk<'a>, sides: &Sides, old: Op<'a>, new: Op<'a>) {
    let (mut gone, mut come) = (all(&walk.old, old), all(&walk.new, new));
    let (old_list, new_list) = (at(&old.pointer(), "parameters"), at(&new.pointer(), "parameters"));
    let live = sides.sent.clone();
    let told_only = super::walk::By { live: false, ..live.clone() };
    let by = |p: &Parameter<'_>| if p.by_the_runtime() { &told_only } else { &live };
    // Of paths that differ only in names, parameters stand for each other by position.
    let (old_names, new_names) = (template(old.path), template(new.path));
    let renamed = |o: &Parameter<'_>, n: &Parameter<'_>| {
        let position = |names: &[String], name: &str| names.iter().position(|x| x == name);
        let same_place = o.place == "path" && n.place == "path" && old_names.len() == new_names.len();
        same_place && position(&old_names, o.name).is_some_and(|i| Some(i) == position(&new_names, n.name))
            || o.place == n.place && snake(o.name) == snake(n.name)
    };
    let moved = |o: &Parameter<'_>, n: &Parameter<'_>| o.name == n.name && o.place != n.place;
    for alike in [&(|o: &Parameter<'_>, n: &Parameter<'_>| o.is(n)) as &dyn Fn(&_, &_) -> bool, &renamed, &moved] {
        let mut left = Vec::new();
        for o in gone {
            match come.iter().position(|n| alike(&o, n)) {
                Some(i) => {
                    let n = come.remove(i);
                    parameter(walk, To::Operation(by(&n)), &o, &n);
                }
                None => left.push(o),
            }
        }
        gone = left;
    }
    let of = format!("`{}`", new.label());
    for p in gone {
        let words = p.called("is gone", "are gone").of(of.clone());
        walk.tell(To::Operation(by(&p)), &PARAMETER_REMOVED, &p.pointer, &new_list, words);
    }
    for p in come {
        let (rule, words) = match p.required() {
            true => (&REQUIRED_PARAMETER_ADDED, p.called("is new, required", "are new, required")),
            false => (&PARAMETER_ADDED, p.called("is new, optional", "are new, optional")),
        };
        walk.tell(To::Operation(by(&p)), rule, &old_list, &p.pointer, words.of(of.clone()));
    }
}

fn parameter<'a>(walk: &mut Walk<'a>, to: To<'_>, old: &Parameter<'a>, new: &Parameter<'a>) {
    let (old_at, new_at) = (old.pointer.as_str(), new.pointer.as_str());
    if old.place != new.place {
        let message = format!("goes in the {} now, was in the {}", new.place, old.place);
        walk.tell(to, &PARAMETER_MOVED, old_at, new_at, message);
    } else if !old.is(new) {
        let message = format!("is called `{}` now, was `{}`", new.name, old.name);
        walk.tell(to, &PARAMETER_RENAMED, &at(old_at, "name"), &at(new_at, "name"), message);
    }
    match (old.required(), new.required()) {
        (false, true) => {
            let places = (at(old_at, "required"), at(new_at, "required"));
            walk.tell(to, &PARAMETER_BECAME_REQUIRED, &places.0, &places.1, "is required now, was optional");
        }
        (true, false) => {
            let places = (at(old_at, "required"), at(new_at, "required"));
            walk.tell(to, &PARAMETER_BECAME_OPTIONAL, &places.0, &places.1, "is optional now, was required");
        }
        _ => {}
    }
    style(walk, to, old, new);
    if let (Some(o), Some(n)) = (old.schema(), new.schema()) {
        place(walk, to, &o, &n, Slot::Given);
    } else if old.schema().is_some() != new.schema().is_some() {
        let message = if new.schema().is_some() { "has a schema now" } else { "has no schema any more" };
        walk.tell(to, &PARAMETER_DETAIL_CHANGED, old_at, new_at, message);
    }
    let (o, n) = (map(old.value), map(new.value));
    let seen = ["name", "in", "required", "style", "explode", "schema", "content", "allowReserved", "allowEmptyValue"];
    keywords(walk, to, (old_at, o), (new_at, n), &seen);
    for key in ["allowReserved", "allowEmptyValue"] {
        if (o.get(key) == Some(&Value::Bool(true))) != (n.get(key) == Some(&Value::Bool(true))) {
            let word = if n.get(key) == Some(&Value::Bool(true)) { "set now" } else { "set no more" };
            let message = format!("`{key}` is {word}");
            walk.tell(to, &PARAMETER_DETAIL_CHANGED, &at(old_at, key), &at(new_at, key), message);
        }
    }
}

/// How it is written matters where there is more than one value to write.
fn style<'a>(walk: &mut Walk<'a>, to: To<'_>, old: &Parameter<'a>, new: &Parameter<'a>) {
    let said = |p: &Parameter<'_>| ["style", "explode"].map(|k| p.value.get(k).cloned());
    let media = (old.media_type(), new.media_type());
    if media.0 != media.1 {
        let name = |m: Option<&str>| m.map_or("plain text".to_string(), |m| format!("`{m}`"));
        let message = format!("is written as {} now, was {}", name(media.1), name(media.0));
        walk.tell(to, &PARAMETER_STYLE_CHANGED, &old.pointer, &new.pointer, message);
        return;
    }
    let schema = new.schema();
    let several = schema.is_some_and(|s| !walk.new.view(&walk.new.follow(&s).target).shape.is_plain());
    let ((old_style, old_explode), (new_style, new_explode)) = (old.style(), new.style());
    let differs = old_style != new_style || old_explode != new_explode;
    // Of a plain value only the matrix and label styles of a path can be seen.
    let visible = |style: &str| matches!(style, "matrix" | "label");
    if differs
        && old.place == new.place
        && (several || old_style != new_style && (visible(old_style) || visible(new_style)))
    {
        let explode = |e: bool| if e { "each value by itself" } else { "joined" };
        let message = format!(
            "is written in the style `{new_style}`, {} now; was `{old_style}`, {}",
            explode(new_explode),
            explode(old_explode)
        );
        walk.tell(to, &PARAMETER_STYLE_CHANGED, &old.pointer, &new.pointer, message);
    } else if differs
        && old.place == new.place
        && !said(old)
            .iter()
            .zip(&said(new))
            .all(|(o, n)| same(o.as_ref().unwrap_or(&Value::Null), n.as_ref().unwrap_or(&Value::Null)))
    {
        let message = "the style changed, which a single value does not show";
        walk.tell(to, &PARAMETER_DETAIL_CHANGED, &old.pointer, &new.pointer, message);
    }
}
