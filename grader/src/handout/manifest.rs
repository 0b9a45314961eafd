//! The manifests of a hand-out: the course's own, without what is not handed out.

use toml_edit::{Array, DocumentMut, Item, value};

use super::HandoutError;

const MEMBERS: [&str; 9] = [
    "labs",
    "grader",
    "grader/shim",
    "fixtures/harness",
    "fixtures/machine",
    "fixtures/memory_traces",
    "fixtures/socket",
    "fixtures/testbench",
    "book/player",
];

/// The workspace's manifest; profiles name only `packages`, where those are known: cargo warns of others.
pub(super) fn workspace(text: &str, packages: Option<&[String]>) -> Result<String, HandoutError> {
    const FILE: &str = "Cargo.toml";
    let mut document = parse(FILE, text)?;
    let workspace = table(&mut document, FILE, "workspace")?;
    workspace.insert("members", value(MEMBERS.into_iter().collect::<Array>()));
    workspace.insert("default-members", value(["labs"].into_iter().collect::<Array>()));
    if let Some(mut key) = workspace.key_mut("default-members") {
        key.leaf_decor_mut()
            .set_prefix("# Plain `cargo test` is the labs' own tests: red until you solve them.\n");
    }
    let dependencies = workspace.get_mut("dependencies").and_then(Item::as_table_mut);
    let dependencies = dependencies.ok_or_else(|| wrong(FILE, "it has no [workspace.dependencies]"))?;
    dependencies.retain(|_, dependency| {
        let path = dependency.get("path").and_then(Item::as_str);
        path.is_none_or(|path| MEMBERS.contains(&path))
    });
    if let (Some(packages), Some(profiles)) =
        (packages, document.get_mut("profile").and_then(Item::as_table_mut))
    {
        for (_, profile) in profiles.iter_mut() {
            if let Some(table) = profile.get_mut("package").and_then(Item::as_table_mut) {
                // `syn@2` is one of two versions of syn.
                let handed_out =
                    |spec: &str| packages.iter().any(|package| Some(&**package) == spec.split('@').next());
                table.retain(|spec, _| handed_out(spec));
            }
        }
    }
    Ok(document.to_string())
}

/// The grader's manifest: without its own tests and benches, and with only these default features, where they are given.
pub(super) fn grader(text: &str, features: Option<&[&str]>) -> Result<String, HandoutError> {
    const FILE: &str = "grader/Cargo.toml";
    let mut document = parse(FILE, text)?;
    if let Some(features) = features {
        let features: Array = features.iter().copied().collect();
        table(&mut document, FILE, "features")?.insert("default", value(features));
    }
    for part in ["dev-dependencies", "bench", "test"] {
        document.remove(part);
    }
    let systems = document.get_mut("target").and_then(Item::as_table_like_mut);
    for (_, system) in systems.into_iter().flat_map(|systems| systems.iter_mut()) {
        if let Some(system) = system.as_table_like_mut() {
            system.remove("dev-dependencies");
        }
    }
    Ok(document.to_string())
}

fn parse(file: &'static str, text: &str) -> Result<DocumentMut, HandoutError> {
    text.parse().map_err(|error: toml_edit::TomlError| wrong(file, &error.to_string()))
}

fn table<'a>(
    document: &'a mut DocumentMut,
    file: &'static str,
    name: &str,
) -> Result<&'a mut toml_edit::Table, HandoutError> {
    let found = document.get_mut(name).and_then(Item::as_table_mut);
    found.ok_or_else(|| wrong(file, &format!("it has no [{name}]")))
}

fn wrong(file: &'static str, problem: &str) -> HandoutError {
    HandoutError::Manifest { file, problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKSPACE: &str = "\
[workspace]
members = [\"labs\", \"solutions\", \"grader\", \"book\"]
default-members = [\"solutions\", \"grader\"]

[workspace.dependencies]
machine = { path = \"fixtures/machine\" }
solutions = { path = \"solutions\" }
# Why serde is here.
serde = \"1\"

[profile.dev.package]
oracle = { opt-level = 2 }
machine = { opt-level = 1 }
\"serde@1\" = { opt-level = 1 }
\"syn@2\" = { opt-level = 1 }
";

    #[test]
    fn the_workspace_names_only_what_is_handed_out() {
        let packages = ["machine".to_owned(), "serde".to_owned()];
        insta::assert_snapshot!(workspace(WORKSPACE, Some(&packages)).unwrap());
    }

    #[test]
    fn the_grader_is_a_students() {
        let text = "[features]\ndefault = [\"instructor\"]\ninstructor = []\n\n[dependencies]\nserde = \"1\"\n\n\
                    [dev-dependencies]\ninsta = \"1\"\n\n[target.'cfg(unix)'.dependencies]\nrustix = \"1\"\n\n\
                    [target.'cfg(unix)'.dev-dependencies]\nlibc = \"0.2\"\n\n[[bench]]\nname = \"latency\"\nharness = false\n";
        insta::assert_snapshot!(grader(text, Some(&[])).unwrap());
    }

    #[test]
    fn a_manifest_without_a_workspace_is_told() {
        let error = workspace("[package]\nname = \"x\"\n", None).unwrap_err();
        insta::assert_snapshot!(error, @"cannot make the hand-out's Cargo.toml: it has no [workspace]");
    }
}
