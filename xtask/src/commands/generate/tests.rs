//! The whole command, on a workspace of its own.

use super::writer::files_under;
use super::*;
use crate::emit::umbrella;
use crate::model::Service;
use dintero_codegen::thread::on_thread;

/// A workspace of its own with the services `good` and `other`.
pub fn workspace() -> (tempfile::TempDir, Layout) {
    let dir = tempfile::tempdir().expect("a folder");
    let layout = Layout { root: dir.path().to_path_buf() };
    let write = |path: &str, text: &str| {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("written");
    };
    let mut catalog = String::from(
        "[house]\nevent_paths = ['/examples/']\nmoney_words = ['capture']\nhosts = ['.example.com']\nsensitive = ['email']\naccount_parameters = ['aid']\nindex = 'i'\nreference = 'https://example.com/reference'\n[house.paging]\ncursor = 'starting_after'\nlast_key = 'k'\nnext = 'n'\nnext_parameters = []\nsize_parameters = []\n",
    );
    for service in ["good", "other"] {
        catalog.push_str(&format!(
            "[[document]]\nservice = '{service}'\nrole = 'service'\nurl = 'https://example.com/{service}'\n"
        ));
        write(&format!("specs/pinned/{service}.yaml"), DOCUMENT);
    }
    write("specs/catalog.toml", &catalog);
    let markers = |part: &str| format!("# {} ({part})\n# {} ({part})\n", umbrella::BEGIN, umbrella::END);
    let manifest = format!("[features]\n{}[dependencies]\n{}", markers("features"), markers("dependencies"));
    write("crates/dintero/Cargo.toml", &manifest);
    write("tests/Cargo.toml", &markers("services"));
    write("README.md", &["services", "dependency", "mock"].map(markers).concat());
    (dir, layout)
}

pub const DOCUMENT: &str = "
openapi: 3.0.0
info: {title: Things, version: '1'}
servers: [{url: https://api.example.com}]
paths:
  /accounts/{aid}/things:
    get:
      operationId: things_get
      parameters: [{name: aid, in: path, required: true, schema: {type: string}}]
      responses:
        '200': {description: OK, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Thing'}}}}}
components:
  schemas:
    Thing: {type: object, properties: {id: {type: string}}}
";

/// Writes the overlay of `good`.
fn overlay(layout: &Layout, actions: &str) {
    let path = layout.overlay("good");
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    let text = format!("overlay: 1.0.0\ninfo: {{title: Corrections, version: '1'}}\nactions:\n{actions}");
    std::fs::write(path, text).expect("written");
}

fn made(layout: &Layout, file: &str) -> String {
    std::fs::read_to_string(layout.services().join("dintero-good/src").join(file)).expect("made")
}

#[test]
fn an_overlay_marks_what_the_document_does_not() {
    let (_dir, layout) = workspace();
    let text = DOCUMENT.replace(
        "properties: {id: {type: string}}",
        "properties: {id: {type: string}, nickname: {type: string}, email: {type: string}}",
    );
    let text = text.replace(
            "components:",
            "    post: {operationId: things_post, responses: {'204': {description: OK}}}\n  /accounts/{aid}/capture:\n    post: {operationId: capture, responses: {'204': {description: OK}}}\ncomponents:",
        );
    let text = text.replace(
        "schema: {type: string}}]",
        "schema: {type: string}}, {name: starting_after, in: query, schema: {type: string}}]",
    );
    std::fs::write(layout.pinned("good"), text).expect("written");
    run(&layout, &[], false).expect("runs");
    let hidden = |field: &str| {
        let start = format!("pub {field}: ");
        made(&layout, "types.rs").lines().any(|line| line.trim().starts_with(&start) && line.ends_with(" [hidden],"))
    };
    let fact = |id: &str, key: &str| {
        let table = made(&layout, "operations.rs");
        let entry = table.split("pub static ").find(|e| e.contains(&format!("id: {id:?},"))).expect("an entry");
        let line = entry.lines().find(|l| l.trim().starts_with(&format!("{key}:")));
        line.map(|line| line.trim().trim_end_matches(',').split_once(": ").expect("a value").1.to_string())
    };
    assert!(!hidden("nickname") && hidden("email"));
    assert_eq!(fact("things_post", "idempotent"), Some("false".into()));
    assert_eq!(fact("things_post", "moves_money"), Some("false".into()));
    assert_eq!(fact("capture", "moves_money"), Some("true".into()));
    assert!(fact("things_get", "paging").is_some_and(|paging| paging.starts_with("Some(")));
    overlay(
        &layout,
        "
- target: $.components.schemas.Thing.properties
  description: a nickname is personal, and this email is that of a desk
  update: {nickname: {x-sensitive: true}, email: {x-sensitive: false}}
- target: $.paths['/accounts/{aid}/things'].post
  description: the service drops a second one
  update: {x-idempotent: true, x-moves-money: true}
- target: $.paths['/accounts/{aid}/capture'].post
  description: it captures a picture
  update: {x-moves-money: false}
- target: $.paths['/accounts/{aid}/things'].get
  description: the cursor is not followed
  update: {x-paging: false}
",
    );
    let outcome = run(&layout, &[], false).expect("runs");
    assert!(outcome.problems.is_empty() && outcome.obsolete.is_empty(), "{outcome:?}");
    assert!(hidden("nickname") && !hidden("email"));
    assert_eq!(fact("things_post", "idempotent"), Some("true".into()));
    assert_eq!(fact("things_post", "moves_money"), Some("true".into()));
    assert_eq!(fact("capture", "moves_money"), Some("false".into()));
    assert_eq!(fact("things_get", "paging"), None);
    assert_eq!(run(&layout, &[], true).expect("runs").changed, Vec::<String>::new());
}

#[test]
fn an_action_that_matches_nothing_is_told_and_stops_nothing() {
    let (_dir, layout) = workspace();
    overlay(&layout, "- {target: $.paths.gone, description: it was wrong, remove: true}\n");
    let outcome = run(&layout, &[], false).expect("runs");
    let [warning] = outcome.obsolete.as_slice() else { panic!("{outcome:?}") };
    assert_eq!((warning.file.as_str(), warning.pointer.as_str()), ("specs/overlays/good.yaml", "/actions/0"));
    assert!(warning.reason.contains("`$.paths.gone` matches nothing") && outcome.problems.is_empty(), "{warning}");
    assert!(made(&layout, "types.rs").contains("Thing"), "the crate is made");
    // Also in a check: a document that was corrected upstream leaves a sync green.
    let checked = run(&layout, &[], true).expect("runs");
    assert!(checked.problems.is_empty() && checked.changed.is_empty(), "{checked:?}");
    assert_eq!(checked.obsolete, std::slice::from_ref(warning));
    assert_eq!(crate::commands::obsolete(&layout, &[]).expect("runs").first(), Some(warning));
}

#[test]
fn a_malformed_overlay_leaves_its_crate_and_stops_no_other() {
    let (_dir, layout) = workspace();
    run(&layout, &[], false).expect("runs");
    let before = made(&layout, "types.rs");
    overlay(&layout, "- {target: $.info, description: a slip, udpate: {title: New}}\n");
    let other = layout.services().join("dintero-other/src/types.rs");
    std::fs::write(&other, "").expect("written");
    let outcome = run(&layout, &[], false).expect("runs");
    let [problem] = outcome.problems.as_slice() else { panic!("{outcome:?}") };
    assert_eq!(problem.pointer, "/actions/0/udpate", "{problem}");
    assert_eq!(made(&layout, "types.rs"), before);
    assert!(std::fs::read_to_string(&other).expect("read").contains("Thing"));
}

#[test]
fn a_bad_document_is_told_leaves_its_crate_and_stops_no_other() {
    let bad: [(&str, &str, &str); 9] = [
        ("{{{ no yaml", "", "neither YAML nor JSON"),
        ("<html><body>moved</body></html>", "", "is not an OpenAPI document"),
        ("openapi: 3.2.0\npaths: {}", "/openapi", "is not supported"),
        ("swagger: '1.2'\npaths: {}", "/swagger", "is not supported"),
        ("openapi: 3.0.0\npaths: []", "/paths", "no mapping"),
        ("openapi: 3.0.0\npaths: {/a: 5}", "/paths/~1a", "no mapping"),
        (
            "openapi: 3.0.0\npaths: {}\ncomponents: {schemas: {A: {properties: {b: {$ref: '#/components/schemas/B'}}}}}",
            "/components/schemas/A/properties/b",
            "leads nowhere",
        ),
        (
            "openapi: 3.0.0\npaths: {}\ncomponents: {schemas: {A: {$ref: '#/components/schemas/A'}}}",
            "/components/schemas/A",
            "only leads back to itself",
        ),
        (
            "openapi: 3.0.0\npaths: {/a: {get: {parameters: [{$ref: 'other.yaml#/x'}]}}}",
            "/paths/~1a/get/parameters/0",
            "out of the document",
        ),
    ];
    let (_dir, layout) = workspace();
    run(&layout, &[], false).expect("runs");
    let crate_dir = layout.services().join("dintero-good");
    let before: Vec<(String, Vec<u8>)> = files_under(&crate_dir, &crate_dir)
        .into_iter()
        .map(|f| (f.clone(), std::fs::read(crate_dir.join(f)).expect("read")))
        .collect();
    for (text, pointer, reason) in bad {
        std::fs::write(layout.pinned("good"), text).expect("written");
        // The other one changes at the same time, and is made.
        let other = layout.services().join("dintero-other/src/types.rs");
        std::fs::write(&other, "").expect("written");
        let outcome = run(&layout, &[], false).expect("runs");
        let [problem] = outcome.problems.as_slice() else { panic!("{text}: {:?}", outcome.problems) };
        assert_eq!((problem.file.as_str(), problem.pointer.as_str()), ("specs/pinned/good.yaml", pointer), "{problem}");
        assert!(problem.reason.contains(reason) && !problem.remedy.is_empty(), "{problem}");
        assert!(std::fs::read_to_string(&other).expect("read").contains("Thing"), "{text}");
        for (file, bytes) in &before {
            assert_eq!(&std::fs::read(crate_dir.join(file)).expect("still there"), bytes, "{text}: {file}");
        }
    }
}

#[test]
fn the_name_of_what_is_gone_is_kept_for_it() {
    let (_dir, layout) = workspace();
    run(&layout, &[], false).expect("runs");
    let other = DOCUMENT.replace("things_get", "boats_get").replace("{aid}/things", "{aid}/boats");
    std::fs::write(layout.pinned("good"), other).expect("written");
    for _ in 0..2 {
        run(&layout, &[], false).expect("runs");
        let names = std::fs::read_to_string(layout.names("good")).expect("made");
        let (methods, retired) = names.split_once("[retired]").unwrap_or_else(|| panic!("{names}"));
        assert!(methods.contains("boats_get = ") && retired.contains("things_get = \"list_things\""), "{names}");
    }
}

#[test]
fn an_operation_whose_id_alone_changed_keeps_its_method() {
    let (_dir, layout) = workspace();
    run(&layout, &[], false).expect("runs");
    let renamed = DOCUMENT.replace("things_get", "things_read").replace("aid", "oid");
    std::fs::write(layout.pinned("good"), renamed).expect("written");
    for _ in 0..2 {
        run(&layout, &[], false).expect("runs");
        let names = std::fs::read_to_string(layout.names("good")).expect("made");
        assert!(names.contains("things_read = \"list_things\"") && !names.contains("things_get"), "{names}");
    }
}

#[test]
fn a_small_fault_stops_nothing() {
    let (_dir, layout) = workspace();
    let text = "
openapi: 3.0.0
info: {title: Faulty, version: 1}
paths:
  /a/{id}:
    get:
      responses:
        '200': {content: {application/json: {}}}
        nonsense: {}
    post:
      operationId: twice
      tags:
      responses: {}
    put:
      operationId: twice
      parameters: [{name: ghost, in: path, schema: {type: string}}]
  /b:
    options: {responses: {}}
components:
  schemas:
    A: {type: object, required: [ghost], properties: {x: {type: string, pattern: '[', format: unheard-of, default: 5, example: {a: 1}}}}
    B: {type: [string], enum: []}
    C: {allOf: []}
    D: {oneOf: [], anyOf: [{type: string}], not: {type: integer}}
    E: {type: array}
    F: {properties: {'': {type: string}, '123': {type: string}, 'ø': {type: string}}}
    G: {enum: [1, two, null, 3.5]}
";
    std::fs::write(layout.pinned("good"), text).expect("written");
    let outcome = run(&layout, &[], false).expect("runs");
    assert!(outcome.problems.is_empty(), "{:?}", outcome.problems);
    let lib = std::fs::read_to_string(layout.services().join("dintero-good/src/lib.rs")).expect("made");
    for id in ["a_id_get", "twice", "a_id_put"] {
        assert!(lib.contains(&format!("doc(alias = \"{id}\")")), "{id}");
    }
}

#[test]
fn a_panic_of_the_generator_is_told_as_a_problem() {
    let (_dir, layout) = workspace();
    let catalog = Catalog::read(&layout).expect("the catalog");
    let home = Home {
        workspace: true,
        fixture: false,
        version: FIRST.into(),
        crates: "../..".into(),
        reference: &catalog.house.reference,
        hosts: &[],
    };
    let mut service = Service { file: "spec.yaml".into(), name: "x".into(), ..Service::default() };
    // What no pass would leave: an array of fixed length is taken, a type that is none makes typify give up.
    service.schemas.insert("A".into(), serde_json::json!({"type": "boolean", "format": "uri-map"}));
    let problem = on_thread("spec.yaml", || {
        let api = Api::of(&service, &catalog.policy())?;
        emit::run(&service, &api, "spec.yaml", &home).map(|e| e.files)
    })
    .expect_err("refused");
    assert!(problem.reason.contains("cannot be made into Rust"), "{problem}");
    assert!(!problem.remedy.is_empty());
}

#[test]
fn a_panic_of_a_pass_is_told_as_a_problem() {
    let problem = on_thread("spec.yaml", || -> Result<(), Problem> { panic!("a pass") }).expect_err("told");
    assert_eq!((problem.file.as_str(), problem.reason.as_str()), ("spec.yaml", "a pass gave up on the document"));
}

#[test]
fn a_new_service_is_one_entry_and_a_removed_one_goes() {
    let (_dir, layout) = workspace();
    run(&layout, &[], false).expect("runs");
    let catalog = std::fs::read_to_string(layout.catalog()).expect("read");
    let more = format!("{catalog}[[document]]\nservice = 'third'\nrole = 'service'\nurl = 'u'\n");
    std::fs::write(layout.catalog(), more).expect("written");
    std::fs::write(layout.pinned("third"), DOCUMENT).expect("written");
    run(&layout, &[], false).expect("runs");
    let services = std::fs::read_to_string(layout.umbrella().join("src/services.rs")).expect("made");
    assert!(services.contains("pub fn third(&self) -> third::Client"), "{services}");
    std::fs::write(layout.catalog(), catalog).expect("written");
    run(&layout, &[], false).expect("runs");
    assert!(!layout.services().join("dintero-third").exists());
    let problem = run(&layout, &["fourth".to_string()], false).expect_err("no such service");
    assert!(problem.remedy.contains("good, other"), "{problem}");
}

/// What was there keeps its names, also in the crate of a document outside the catalog.
#[test]
fn a_crate_that_is_made_again_keeps_its_names() {
    let (dir, layout) = workspace();
    let spec = dir.path().join("other.yaml");
    let out = dir.path().join("out");
    let document = |fields: &str| {
        let properties = format!("Thing: {{type: object, properties: {{{fields}}}}}");
        DOCUMENT.replace("Thing: {type: object, properties: {id: {type: string}}}", &properties)
    };
    let generate = |fields: &str| {
        std::fs::write(&spec, document(fields)).expect("written");
        from_spec(&layout, &spec, "other", &out, None, &[]).unwrap_or_else(|p| panic!("{p}"));
        std::fs::read_to_string(out.join("src/types.rs")).expect("made")
    };
    assert!(generate("fooBar: {type: string}").contains("pub foo_bar: Option<String> = \"fooBar\""));
    let after = generate("foo_bar: {type: string}, fooBar: {type: string}");
    assert!(
        after.contains("pub foo_bar: Option<String> = \"fooBar\"")
            && after.contains("pub foo_bar_2: Option<String> = \"foo_bar\""),
        "{after}"
    );
}

/// Nothing is made again where nothing changed; whatever did change is seen.
#[test]
fn a_second_run_has_nothing_to_do_until_something_changes() {
    let (_dir, layout) = workspace();
    let begin = || stamp::Begin::of(&layout, &Catalog::read(&layout).expect("a catalog"));
    assert!(begin().same().is_none(), "nothing was made yet");
    overlay(&layout, "- {target: $.paths.gone, description: it was wrong, remove: true}\n");
    let first = run(&layout, &[], false).expect("runs");
    assert!(!first.changed.is_empty() && first.obsolete.len() == 1);
    run(&layout, &[], false).expect("runs");
    let same = begin().same().expect("the same");
    assert_eq!((same.obsolete, same.changed.len()), (first.obsolete, 0), "what is told stays told");

    let file = layout.services().join("dintero-good/src/lib.rs");
    let right = std::fs::read_to_string(&file).expect("made");
    for change in [
        &(|| std::fs::write(&file, "edited").expect("written")) as &dyn Fn(),
        &|| std::fs::remove_file(&file).expect("removed"),
        &|| std::fs::write(file.with_file_name("stray.rs"), "").expect("written"),
        &|| std::fs::create_dir_all(layout.services().join("dintero-stray")).expect("made"),
        &|| std::fs::write(layout.pinned("other"), DOCUMENT.replace("Things", "Others")).expect("written"),
        &|| std::fs::write(layout.page("good"), "A page.\n").expect("written"),
    ] {
        std::fs::create_dir_all(layout.page("good").parent().expect("a folder")).expect("made");
        change();
        assert!(begin().same().is_none());
        assert!(!run(&layout, &[], false).expect("runs").changed.is_empty());
        assert_eq!(std::fs::read_to_string(&file).expect("made"), right);
        assert!(run(&layout, &[], true).expect("runs").changed.is_empty());
        assert!(begin().same().is_some());
    }
    // A run that failed is none that could be taken for the next one.
    std::fs::write(layout.pinned("other"), "openapi: 3.0.0\npaths: [").expect("written");
    assert!(!run(&layout, &[], false).expect("runs").problems.is_empty());
    assert!(begin().same().is_none());
}
