//! `cargo xtask operations`: every operation of every pinned document, events too.

use super::lowered;
use crate::catalog::{Catalog, Layout, crate_name};
use crate::gate::Text;
use crate::model::OperationKind;
use crate::problem::Problem;
use crate::shown::line;
use serde::Serialize;

#[derive(Debug, Serialize)]
pub struct Row {
    pub service: String,
    #[serde(rename = "crate")]
    pub crate_name: String,
    /// The method; for an event, its type.
    pub name: String,
    pub kind: OperationKind,
    pub method: String,
    pub path: String,
    pub operation_id: String,
    pub host: String,
    pub scopes: Vec<String>,
    pub auth: Vec<String>,
    pub evidence: String,
    pub moves_money: bool,
    /// What decided that.
    pub why: String,
}

/// The rows, and what kept a service from being listed.
pub fn rows(layout: &Layout) -> Result<(Vec<Row>, Vec<Problem>), Problem> {
    let catalog = Catalog::read(layout)?;
    let (mut rows, mut problems) = (Vec::new(), Vec::new());
    for entry in catalog.services() {
        match lowered(layout, &catalog, entry) {
            Err(problem) => problems.push(problem),
            Ok((service, _)) => rows.extend(service.operations.iter().map(|op| Row {
                service: service.name.clone(),
                crate_name: crate_name(&service.name),
                name: match op.kind {
                    OperationKind::Call => op.name.clone(),
                    OperationKind::Event => crate::emit::package::payload(op).unwrap_or_else(|| op.name.clone()),
                },
                kind: op.kind,
                method: op.method_upper(),
                path: op.path.line(),
                operation_id: op.id.line(),
                host: op.server.line(),
                scopes: op.scopes.iter().map(Text::line).collect(),
                auth: op.auth.iter().map(crate::model::SecurityScheme::label).collect(),
                evidence: op.evidence.line(),
                moves_money: op.moves_money,
                why: op.money_why.clone(),
            })),
        }
    }
    Ok((rows, problems))
}

fn yes_or_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

pub fn tsv(rows: &[Row]) -> String {
    let mut out = String::from(
        "service\tcrate\tname\tkind\tmethod\tpath\toperation_id\thost\tscopes\tauth\tevidence\tmoves_money\twhy\n",
    );
    for r in rows {
        let kind = if r.kind == OperationKind::Call { "call" } else { "event" };
        let cells = [
            &r.service,
            &r.crate_name,
            &r.name,
            kind,
            &r.method,
            &r.path,
            &r.operation_id,
            &r.host,
            &r.scopes.join(","),
            &r.auth.join(","),
            &r.evidence,
            yes_or_no(r.moves_money),
            &r.why,
        ];
        out.push_str(&cells.map(|c| line(&c.replace(['\t', '\n'], " "))).join("\t"));
        out.push('\n');
    }
    out
}
