//! The names lock, `specs/names/<service>.toml`: who is called what, so that what is new gets the new name, and never
//! what was there.
//!
//! A name is chosen once, among the names of that day; from then on it is read here. Thus a document that only adds, or whose
//! parts change places, adds names and changes none. What leaves the document stays here, and has its names again when it
//! comes back; a type's name may be taken over meanwhile, and then what stands of its fields holds for whoever has it.

use crate::document::component_of;
use crate::key::{self, escape, unescape};
use crate::lock::read_toml;
use crate::lower::fields;
use crate::lower::required::path_by_name;
use crate::lower::responses::basis;
use crate::lower::rust_type::rust_type;
use crate::model::{OperationKind, Service};
use crate::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::path::Path;

const NAMES_HEADER: &str = "\
# Who is called what in Rust, added by `cargo xtask generate` and kept as long as it is there.
# A name may be edited before it is released; afterwards a change breaks callers.\n\n";

/// How this program writes the file: with every name by the rule of `key`, and path parameters in `required`.
const FORMAT: u32 = 2;

/// `specs/names/<service>.toml`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Names {
    #[serde(skip)]
    pub file: String,
    #[serde(default)]
    pub format: u32,
    /// It was read from a file in which `required` has no path parameters.
    #[serde(skip)]
    pub without_paths: bool,
    #[serde(default)]
    pub methods: BTreeMap<String, String>,
    /// Names of operations that are gone: given to none but who is called alike.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub retired: BTreeMap<String, String>,
    /// What each of them calls, by which one is known whose id changed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub calls: BTreeMap<String, String>,
    /// Published name of a component -> its type.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub components: BTreeMap<String, String>,
    /// A type that no component has for itself -> the places that it serves, `#Thing` for the component `Thing`. They stay one
    /// type when one of them grows. What is gone stays until another takes the name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub types: BTreeMap<String, BTreeSet<String>>,
    /// Types that were only read when they came, of which sending them would make another type.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub read_first: BTreeSet<String>,
    /// A type that is sent, or a method -> what it must be given and what that could be taken for, and what it was given
    /// before: old code must not come to fit what means something else.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub required: BTreeMap<String, Vec<String>>,
    /// A method -> the struct that it is given by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub given: BTreeMap<String, String>,
    /// A method -> how its list goes on.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub paging: BTreeMap<String, String>,
    /// What was chosen where something else in the document, or a text, has a say -> the places of which it was.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kinds: BTreeMap<String, BTreeSet<String>>,
    /// A method -> the statuses that it gives one type for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub statuses: BTreeMap<String, Vec<String>>,
    /// An enum or a choice -> what its variants stand for, in the order in which they chose their names. What is gone stays
    /// in its place, so that no variant ever comes to stand for something else.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variants: BTreeMap<String, Vec<String>>,
    /// A type, or the method that has parameters -> published names, each with its name in Rust where that is another. What is
    /// gone stays here, so that no setter ever comes to send something else.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Vec<String>>,
}

impl Names {
    pub fn read(path: &Path, shown: &str) -> Result<Self, Problem> {
        let mut names: Self = read_toml(path, shown)?;
        names.file = shown.into();
        names.migrate();
        names.come_back();
        for (id, name) in &names.methods {
            if syn::parse_str::<syn::Ident>(name).is_err() {
                return Err(Problem::new(
                    shown,
                    format!("/methods/{id}"),
                    format!("`{name}` cannot be the name of a method"),
                    "use lower case words joined by `_`",
                ));
            }
        }
        Ok(names)
    }

    /// Those that come back get their name back.
    pub fn come_back(&mut self) {
        self.methods.append(&mut self.retired);
    }

    /// From a file of before, whose names were written as they are published.
    fn migrate(&mut self) {
        if self.format >= FORMAT || *self == (Self { file: self.file.clone(), ..Self::default() }) {
            return;
        }
        self.without_paths = true;
        for places in self.types.values_mut() {
            *places = std::mem::take(places).iter().map(|place| key::migrated(place)).collect();
        }
        for lines in self.fields.values_mut().flatten() {
            let (wire, ident) = lines.rsplit_once(INTO).unwrap_or((lines, lines));
            let ident = ident.to_string();
            let wire = match wire.strip_suffix(fields::NULL) {
                Some(field) => fields::null(field),
                None if wire == fields::REST => wire.to_string(),
                None => escape(wire),
            };
            *lines = line((wire, ident));
        }
        let plain = |part: &str| part.replace("%3A", ":").replace("%2C", ",").replace("%25", "%");
        for list in self.required.values_mut().flatten() {
            let pair = |part: &str| part.rsplit_once(": ").map(|(wire, class)| pair(&plain(wire), &plain(class)));
            *list = list.split(", ").filter_map(pair).collect::<Vec<_>>().join(", ");
        }
    }

    /// A name belongs to a call: whoever is called as another was, takes over its name, also where ids change places. An id
    /// that is now another call's has the name no more: method and path say what a call is.
    pub fn take_over(&mut self, present: &BTreeMap<String, String>) {
        let mut owners: BTreeMap<&String, Vec<&String>> = BTreeMap::new();
        for (id, call) in &self.calls {
            owners.entry(call).or_default().push(id);
        }
        // Who is no longer called as it was, or is gone, keeps nothing from who is called so now.
        let moved = |id: &String| present.get(id) != self.calls.get(id);
        let mut names: Vec<(String, String, Option<String>)> = Vec::new();
        for (id, call) in present.iter().filter(|(id, _)| moved(id)) {
            if let Some([old]) = owners.get(call).map(Vec::as_slice)
                && *old != id
                && moved(old)
            {
                names.push((id.clone(), old.to_string(), self.methods.get(*old).cloned()));
            }
        }
        let is_another = |id: &String, call: &String| self.calls.get(id).is_some_and(|old| !is_same_work(old, call));
        let others: Vec<String> =
            present.iter().filter(|(id, call)| is_another(id, call)).map(|(id, _)| id.clone()).collect();
        for (_, old, _) in &names {
            self.methods.remove(old);
            self.calls.remove(old);
        }
        // The name waits for the call that it was of.
        for id in others {
            if let (Some(name), Some(call)) = (self.methods.remove(&id), self.calls.remove(&id)) {
                self.methods.insert(call.clone(), name);
                self.calls.insert(call.clone(), call);
            }
        }
        for (id, _, name) in names {
            if let Some(name) = name {
                self.methods.insert(id, name);
            }
        }
        self.calls.extend(present.iter().map(|(id, call)| (id.clone(), call.clone())));
    }

    /// The names of a type's fields, also of those that are gone, by the keys of the lock.
    pub fn idents(&self, name: &str) -> BTreeMap<String, String> {
        let lines = self.fields.get(name).into_iter().flatten();
        let pairs = lines.map(|line| line.rsplit_once(INTO).unwrap_or((line, line)));
        pairs.map(|(wire, ident)| (wire.to_string(), ident.to_string())).collect()
    }

    /// The same of a method's parameters, by what they are.
    pub fn parameters(&self, method: &str) -> BTreeMap<String, String> {
        self.idents(method).into_iter().map(|(wire, ident)| (unescape(&wire), ident)).collect()
    }

    /// What a type or a method must be given, now and before.
    pub fn required(&self, name: &str) -> Vec<Vec<(String, String)>> {
        let pair = |part: &str| part.rsplit_once(": ").map(|(wire, class)| (unescape(wire), unescape(class)));
        let lists = self.required.get(name).into_iter().flatten();
        lists.map(|list| list.split(", ").filter_map(pair).collect()).collect()
    }

    /// What was chosen for a place.
    pub fn kind(&self, place: &str) -> Option<&str> {
        self.kinds.iter().find(|(_, places)| places.contains(place)).map(|(kind, _)| kind.as_str())
    }

    /// Keeps what a service is called. What is gone stays as it was.
    pub fn remember(&mut self, service: &Service) {
        self.format = FORMAT;
        let is_there = |name: &String| service.is_type(name) || service.aliases.contains_key(name);
        self.remember_places(service, is_there);
        let read_first = self.read_first(service);
        self.read_first.retain(|name| !is_there(name));
        self.read_first.extend(read_first);
        let variants = self.variants(service);
        self.variants.extend(variants);
        for (name, required) in &service.required {
            let pair = |(wire, class): &(String, String)| pair(wire, class);
            let mut list: Vec<String> = required.path.iter().chain(&required.list).map(pair).collect();
            list.extend(required.path_by_name.then(|| pair(&path_by_name())));
            let now = list.join(", ");
            let mut all = self.required.remove(name).unwrap_or_default();
            // A line without the path is told by the one that has it.
            let with_path = |old: &String| match self.without_paths && !required.path.is_empty() {
                true => required
                    .path
                    .iter()
                    .map(pair)
                    .chain((!old.is_empty()).then(|| old.clone()))
                    .collect::<Vec<_>>()
                    .join(", "),
                false => old.clone(),
            };
            all = all.iter().map(with_path).collect();
            all.retain(|old| *old != now);
            all.insert(0, now);
            // Who never had to be given anything has nothing to keep.
            if all != [""] {
                self.required.insert(name.clone(), all);
            }
            if service.operations.iter().any(|op| op.name == *name) && required.by_name {
                self.given.insert(name.clone(), required.type_name.clone());
            }
        }
        self.without_paths = false;
        for op in service.operations.iter().filter(|op| op.kind == OperationKind::Call) {
            if op.all_statuses.is_none() || !self.statuses.contains_key(&op.name) {
                let all = basis(&op.responses).iter().map(|a| a.status.to_string()).collect();
                self.statuses.insert(op.name.clone(), all);
            }
            if let Some(paging) = &op.paging {
                self.paging.insert(op.name.clone(), paging.text());
            }
        }
        for (kind, places) in &service.kinds {
            self.kinds.values_mut().for_each(|others| others.retain(|place| !places.contains(place)));
            self.kinds.entry(kind.clone()).or_default().extend(places.iter().cloned());
        }
        self.kinds.retain(|_, places| !places.is_empty());
        let of_methods = service.operations.iter().map(|op| {
            let idents = op.parameters.iter().filter(|p| !p.ident.is_empty());
            let idents = idents.map(|p| (escape(&p.key(op)), p.ident.clone()));
            (&op.name, idents.collect::<BTreeMap<_, _>>())
        });
        let of_types = service.fields.iter().map(|(name, idents)| (name, idents.clone()));
        for (name, idents) in of_types.chain(of_methods) {
            let mut known = self.idents(name);
            known.extend(idents);
            if !known.is_empty() {
                self.fields.insert(name.clone(), known.into_iter().map(line).collect());
            }
        }
    }

    /// Which type each place has. A place that is gone keeps its type, as long as that is the type of none but its own.
    fn remember_places(&mut self, service: &Service, is_there: impl Fn(&String) -> bool) {
        let before = self.type_of_place();
        let (mut types, mut components) = (BTreeMap::<String, BTreeSet<String>>::new(), BTreeMap::new());
        for (name, places) in service.places.iter().filter(|(name, _)| service.is_type(name)) {
            types.insert(name.clone(), places.clone());
        }
        for (name, place) in &service.origins {
            let published = component_of(&["#", place.as_str()].concat()).filter(|_| is_there(name));
            components.extend(published.map(|published| (published, name.clone())));
        }
        let mut present: BTreeSet<String> = types.values().flatten().cloned().collect();
        present.extend(components.keys().map(|published| key::component(published)));
        let has_any = |name: &String| before.iter().any(|(place, of)| of == name && present.contains(place));
        for (place, name) in before.iter().filter(|(place, _)| !present.contains(*place)) {
            // One of a group that is still there, or nobody's.
            if is_there(name) && !has_any(name) {
                continue;
            }
            match key::component_of(place).filter(|published| key::component(published) == *place) {
                Some(published) => drop(components.insert(published, name.clone())),
                None => drop(types.entry(name.clone()).or_default().insert(place.clone())),
            }
        }
        // A component that has its type for itself is no group.
        let alone = |places: &BTreeSet<String>| {
            places.len() == 1 && places.iter().all(|place| place.starts_with('#') && !place.contains(['/', '|']))
        };
        types.retain(|_, places| !alone(places));
        (self.types, self.components) = (types, components);
    }

    /// The type that each place had, in the form of `types`.
    pub fn type_of_place(&self) -> BTreeMap<String, String> {
        let components = self.components.iter().map(|(published, name)| (key::component(published), name.clone()));
        let shared = self.types.iter().flat_map(|(name, places)| places.iter().map(move |p| (p.clone(), name.clone())));
        components.chain(shared).collect()
    }

    /// What is now at the second place of each pair was at the first, with all that is inside; one after the other.
    pub fn moved(&mut self, moves: &[(String, String)]) {
        if moves.is_empty() {
            return;
        }
        let mut known = self.type_of_place();
        for (from, to) in moves {
            if inside(&known, to).next().is_some() {
                continue;
            }
            let found: Vec<(String, String)> =
                inside(&known, from).map(|(place, name)| (place.replacen(from, to, 1), name.clone())).collect();
            for (place, name) in found {
                match key::component_of(&place).filter(|published| key::component(published) == place) {
                    Some(published) => drop(self.components.insert(published, name.clone())),
                    None => drop(self.types.entry(name.clone()).or_default().insert(place.clone())),
                }
                known.insert(place, name);
            }
        }
    }

    /// Types that are only read, and would be others if they were sent; and the components that they are part of.
    fn read_first(&self, service: &Service) -> BTreeSet<String> {
        let mut out = BTreeSet::new();
        for (name, schema) in &service.schemas {
            let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
            let mut properties = schema["properties"].as_object().into_iter().flatten();
            let differs = properties.any(|(wire, property)| {
                service.has_three_states(name, wire)
                    || property["readOnly"] == true && required.iter().any(|name| name == wire)
            });
            if differs && (!service.sent.contains(name) || self.read_first.contains(name)) {
                let places = service.places.get(name).into_iter().flatten();
                let components = places.filter_map(|place| key::component_of(place));
                out.extend(components.filter_map(|published| self.components.get(&published).cloned()));
                out.insert(name.clone());
            }
        }
        out
    }

    /// The variants of each enum and choice, in the order in which they chose.
    fn variants(&self, service: &Service) -> BTreeMap<String, Vec<String>> {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_string);
        let enums = service
            .open_enums
            .iter()
            .map(|(name, value)| (name, value.variants.iter().map(|v| text(&v.value)).collect::<Vec<_>>()));
        let unions = service.unions.iter().map(|(name, union)| {
            (name, union.members.iter().map(|member| rust_type(&member.schema, "")).collect::<Vec<_>>())
        });
        let ordered = enums.chain(unions).map(|(name, mut list)| {
            let mut known = self.variants.get(name).cloned().unwrap_or_default();
            list.retain(|one| !known.contains(one));
            list.sort_by_key(|one| (!crate::names::is_variant(one), one.clone()));
            known.extend(list);
            (name.clone(), known)
        });
        ordered.filter(|(_, list)| !list.is_empty()).collect()
    }

    /// Parts those that are still there from those that are gone.
    pub fn retire<'a>(&mut self, present: impl Iterator<Item = &'a str>) {
        let present: BTreeSet<&str> = present.collect();
        let (here, gone): (BTreeMap<_, _>, BTreeMap<_, _>) =
            std::mem::take(&mut self.methods).into_iter().partition(|(id, _)| present.contains(id.as_str()));
        self.methods = here;
        self.retired.extend(gone);
    }

    pub fn text(&self) -> String {
        format!("{NAMES_HEADER}{}", toml::to_string(self).unwrap_or_default())
    }
}

fn pair(wire: &str, class: &str) -> String {
    [&escape(wire), ": ", &escape(class)].concat()
}

/// Whether what follows a place is inside it.
/// What is known of a place and of all that is inside it.
fn inside<'a>(known: &'a BTreeMap<String, String>, place: &'a str) -> impl Iterator<Item = (&'a String, &'a String)> {
    let from = (Bound::Included(place), Bound::Unbounded);
    let begins = known.range::<str, _>(from).take_while(move |(own, _)| own.starts_with(place));
    begins.filter(move |(own, _)| own.get(place.len()..).is_some_and(|rest| rest.is_empty() || is_inside(rest)))
}

fn is_inside(rest: &str) -> bool {
    rest.starts_with(['/', '|'])
}

/// Whether two calls, as they are called, can be one that moved: by the method and the last word of the path that is no
/// version. `POST /v2/capture` is `POST /capture`, and never `POST /refund`.
fn is_same_work(old: &str, new: &str) -> bool {
    let of = |call: &str| {
        let (method, path) = call.split_once(' ').unwrap_or((call, ""));
        let is_version = |word: &str| word.strip_prefix('v').is_some_and(|n| n.parse::<u32>().is_ok());
        let mut words = path.rsplit(['/', '#']).filter(|word| !word.is_empty() && *word != "{}" && !is_version(word));
        (method.to_string(), words.next().map(str::to_string))
    };
    of(old) == of(new)
}

/// Between a published name and its name in Rust.
const INTO: &str = " -> ";

fn line((wire, ident): (String, String)) -> String {
    match wire == ident && !wire.contains(INTO) {
        true => wire,
        false => [wire, INTO.to_string(), ident].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_belongs_to_a_call_whatever_becomes_of_the_ids() {
        let map = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect::<BTreeMap<_, _>>()
        };
        let named = |now: &[(&str, &str)]| {
            let mut names = Names {
                methods: map(&[("a", "capture"), ("b", "refund")]),
                calls: map(&[("a", "POST /capture"), ("b", "POST /refund")]),
                ..Names::default()
            };
            names.take_over(&map(now));
            names.methods
        };
        assert_eq!(named(&[("a", "POST /capture"), ("b", "POST /refund")]), map(&[("a", "capture"), ("b", "refund")]));
        let swapped = named(&[("a", "POST /refund"), ("b", "POST /capture")]);
        assert_eq!(swapped, map(&[("a", "refund"), ("b", "capture")]));
        assert_eq!(named(&[("c", "POST /capture"), ("b", "POST /refund")]), map(&[("b", "refund"), ("c", "capture")]));
        // One that is called otherwise under its own id keeps its name; drift tells that it moved.
        assert_eq!(named(&[("a", "POST /v2/capture"), ("b", "POST /refund")])["a"], "capture");
        let taken = named(&[("b", "POST /capture"), ("a", "POST /z")]);
        let waiting = map(&[("b", "capture"), ("POST /refund", "refund")]);
        assert_eq!(taken, waiting, "`a` is another call now, and gets a name of its own");
        // An id that goes over to another call takes no name along, and the name waits for its call.
        let refund = named(&[("a", "POST /transactions/refund"), ("b", "POST /refund")]);
        assert_eq!(refund, map(&[("POST /capture", "capture"), ("b", "refund")]));
        let patched = named(&[("a", "PATCH /capture"), ("b", "POST /refund")]);
        assert!(!patched.contains_key("a"), "another method is another call: {patched:?}");
    }

    #[test]
    fn what_must_be_given_is_read_as_it_was_written_whatever_its_name() {
        let list = vec![("a, b: c%2C".to_string(), "text".to_string()), ("d".to_string(), "list of T".to_string())];
        let required = crate::model::Required { list: list.clone(), ..Default::default() };
        let service = Service { required: [("Thing".to_string(), required)].into(), ..Service::default() };
        let mut names = Names::default();
        names.remember(&service);
        assert_eq!(names.required("Thing"), [list]);
    }

    #[test]
    fn a_name_that_is_none_is_named() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("n.toml");
        std::fs::write(&path, "[methods]\na = 'not a name'\n").expect("write");
        let p = Names::read(&path, "specs/names/n.toml").expect_err("refused");
        assert!(p.to_string().starts_with("specs/names/n.toml#/methods/a"), "{p}");
    }

    #[test]
    fn what_is_gone_is_retired_and_comes_back() {
        let mut names = Names { methods: [("a".to_string(), "get_a".to_string())].into(), ..Names::default() };
        names.retire(std::iter::empty());
        assert_eq!(names.retired["a"], "get_a");
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("n.toml");
        std::fs::write(&path, names.text()).expect("write");
        assert_eq!(Names::read(&path, "n").expect("reads").methods["a"], "get_a");
    }
}
