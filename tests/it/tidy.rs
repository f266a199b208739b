//! The shape of the tree and the style of the code, checked: each invariant is an absence.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const LINES_PER_FILE_MAX: usize = 500;
const COLUMNS_MAX: usize = 100;
const MAIN_LINES_MAX: usize = 60;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Files that git tracks, or would if they were added.
fn files() -> Vec<String> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists files");
    let names = String::from_utf8(listed.stdout).unwrap();
    let exists = |name: &&str| root().join(name).is_file();
    let mut names: Vec<_> = names.lines().filter(exists).map(str::to_owned).collect();
    names.sort();
    names.dedup();
    assert!(names.iter().any(|name| name == "Cargo.toml"), "the tree is found");
    names
}

fn rust_files() -> Vec<(String, String)> {
    let names = files().into_iter().filter(|name| name.ends_with(".rs"));
    names.map(|name| (name.clone(), fs::read_to_string(root().join(name)).unwrap())).collect()
}

/// The code of a file, without its tests and comments.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

fn is_test(name: &str) -> bool {
    name.starts_with("tests/") || name.contains("/tests") || name.contains("/benches/")
}

/// Fails with every file of `folder` whose code holds one of `words`.
#[track_caller]
fn assert_absent(folder: &str, words: &[&str], why: &str) {
    let mut found = Vec::new();
    for (name, text) in rust_files() {
        let is_wiring = folder == "functions" && name.ends_with("/src/main.rs");
        if !name.starts_with(folder) || is_test(&name) || is_wiring {
            continue;
        }
        for (number, line) in code(&text).lines().enumerate() {
            found.extend(
                words
                    .iter()
                    .filter(|word| line.contains(**word))
                    .map(|word| format!("{name} (code line {}): {word}", number + 1)),
            );
        }
    }
    assert!(found.is_empty(), "{why}:\n{}", found.join("\n"));
}

#[test]
fn the_domain_is_pure() {
    let words = [
        "async ", "tokio", "std::fs", "std::net", "std::env", "::now()", "rand::", "aws_",
        "http::", "reqwest", "twilio::", "sqlite",
    ];
    let why = "the domain waits for nothing and knows no technology";
    assert_absent("shared/domain/src", &words, why);
}

#[test]
fn the_app_names_no_technology() {
    let words = ["aws_", "axum", "reqwest", "rusqlite", "http::", "Sqlite", "DynamoDb", "twilio::"];
    assert_absent("shared/app/src", &words, "use cases speak through ports");
}

#[test]
fn functions_name_no_adapter() {
    assert_absent("functions", &["adapters_"], "only main.rs wires");
}

#[test]
fn adapters_never_call_each_other() {
    for folder in ["adapters-aws", "adapters-embedded", "adapters-http"] {
        let others = ["adapters_embedded", "adapters_http", "adapters_aws"];
        assert_absent(&format!("shared/{folder}/src"), &others, "adapters know only ports");
    }
}

#[test]
fn nothing_is_left_unfinished() {
    let words = ["todo!(", "unimplemented!(", "dbg!(", "FIXME", "#[ignore", "should_panic"];
    for (name, text) in rust_files() {
        if name == "tests/it/tidy.rs" {
            continue;
        }
        for word in words {
            assert!(!text.contains(word), "{name} holds {word}");
        }
    }
}

#[test]
fn files_are_short_and_lines_are_narrow() {
    let mut found = Vec::new();
    for (name, text) in rust_files() {
        let lines = text.lines().count();
        if lines > LINES_PER_FILE_MAX {
            found.push(format!("{name} has {lines} lines"));
        }
        for (number, line) in text.lines().enumerate() {
            if line.chars().count() > COLUMNS_MAX {
                found.push(format!("{name}:{} is wider than {COLUMNS_MAX} columns", number + 1));
            }
        }
        if name.ends_with("/main.rs") && !is_test(&name) && lines > MAIN_LINES_MAX {
            found.push(format!("{name} has {lines} lines; only wiring belongs there"));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_directory_is_named_like_its_crate() {
    // The program is called what people type.
    let exception = ("infra/local", "beforehand");
    for name in files().into_iter().filter(|name| name.ends_with("/Cargo.toml")) {
        let directory = name.trim_end_matches("/Cargo.toml");
        let text = fs::read_to_string(root().join(&name)).unwrap();
        let line = text.lines().find(|line| line.starts_with("name = ")).unwrap();
        let crate_name = line.trim_start_matches("name = ").trim_matches('"');
        let expected = directory.rsplit('/').next().unwrap();
        assert!(crate_name == expected || (directory, crate_name) == exception, "{name}");
    }
}

#[test]
fn the_laptop_build_compiles_nothing_of_aws() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "-p", "beforehand", "-e", "normal,build", "--prefix", "none", "--locked"])
        .args(["--format", "{p}"])
        .current_dir(root())
        .output()
        .expect("cargo draws the tree");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8(tree.stdout).unwrap();
    let banned = ["aws-", "lambda_", "openssl-sys", "native-tls"];
    let found: BTreeSet<_> =
        tree.lines().filter(|line| banned.iter().any(|name| line.starts_with(name))).collect();
    assert!(found.is_empty(), "{found:?}");
    assert!(tree.lines().any(|line| line.starts_with("axum ")), "the tree was read");
}

#[test]
fn every_acceptance_row_names_its_tests() {
    let path = root().join("tests/ACCEPTANCE.md");
    let page = fs::read_to_string(&path).unwrap();
    let mut tests: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    // Rows that the deployed system is driven through are written in the language of its tools.
    let is_deployed = |name: &String| name.starts_with("tests/deployed/") && name.ends_with(".py");
    let deployed = files().into_iter().filter(is_deployed);
    let deployed = deployed.map(|name| fs::read_to_string(root().join(name)).unwrap());
    for text in rust_files().into_iter().map(|(_, text)| text).chain(deployed) {
        for line in text.lines().map(str::trim_start) {
            let rest = ["async fn ", "fn ", "def "].iter().find_map(|word| line.strip_prefix(word));
            let test = rest.and_then(|rest| rest.split(['(', '<']).next());
            if let Some((test, row)) = test.and_then(|test| Some((test, row_of(test)?))) {
                tests.entry(row).or_default().insert(format!("`{test}`"));
            }
        }
    }
    let expected = |line: &str| {
        let cells: Vec<_> = line.split('|').collect();
        let row = cells.get(1).map(|cell| cell.trim().to_owned())?;
        row_of(&format!("{}_", row.to_lowercase().replace('-', "_")))?;
        let named = tests.get(&row).map(|tests| tests.iter().cloned().collect::<Vec<_>>());
        let named = named.map_or("none yet".to_owned(), |named| named.join(", "));
        Some(format!("| {row} | {named} |{}|", cells.get(3)?))
    };
    let lines = page.lines().map(|line| expected(line).unwrap_or_else(|| line.to_owned()));
    let right = lines.collect::<Vec<_>>().join("\n") + "\n";
    if std::env::var_os("UPDATE_ACCEPTANCE").is_some() {
        fs::write(&path, &right).unwrap();
        return;
    }
    for row in tests.keys() {
        assert!(page.contains(&format!("| {row} |")), "{row} is no row of tests/ACCEPTANCE.md");
    }
    let differs = page.lines().zip(right.lines()).find(|(is, should)| is != should);
    assert_eq!(differs, None, "UPDATE_ACCEPTANCE=1 cargo test -p tests --test it tidy");
}

/// The row a test's name begins with: `sch_01_...` is SCH-01.
fn row_of(test: &str) -> Option<String> {
    let mut parts = test.split('_');
    let (group, number) = (parts.next()?, parts.next()?);
    let groups = [
        "sch", "tz", "cal", "pre", "del", "in", "txt", "met", "alr", "rol", "exp", "api", "sec",
        "ops",
    ];
    let is_number = number.len() == 2 && number.bytes().all(|byte| byte.is_ascii_digit());
    (groups.contains(&group) && is_number).then(|| format!("{}-{number}", group.to_uppercase()))
}
