//! The data folder: can it be written to, has it room, are its secrets secret, is its database
//! ours?

use std::fs;
use std::path::Path;

use adapters_embedded::store::{self, Examined};
use domain::time::ZoneName;

use super::finding::Findings;
use crate::config::Config;

const ABOUT: &str = "data folder";

/// Below this much free space the disk may fill up within days: 1 GiB.
const FREE_CAUTION_BYTES: u64 = 1024 * 1024 * 1024;

/// Below this much free space the database cannot grow: 64 MiB.
const FREE_PROBLEM_BYTES: u64 = 64 * 1024 * 1024;

pub(super) fn check(config: &Config, findings: &mut Findings) {
    private_files(config, findings);
    let folder = config.data_folder();
    let path = folder.path();
    if !path.exists() {
        findings.note(ABOUT, format!("{} is not there yet; `up` makes it", path.display()));
        return;
    }
    match folder.check_writable() {
        Ok(()) => findings.ok(ABOUT, format!("{} can be written to", path.display())),
        Err(bad) => {
            findings.problem(ABOUT, bad, "without it nothing can be stored");
            return;
        }
    }
    free_space(path, findings);
    if let Err(bad) = folder.check_phone_key() {
        let remedy = "restore it from a backup: without it, opt-outs are not found again";
        findings.problem("secrets", bad, remedy);
    }
    if let Err(bad) = folder.known_operator_token() {
        findings.problem("secrets", bad, "remove the file; the next start makes a new token");
    }
}

#[cfg(unix)]
fn free_space(path: &Path, findings: &mut Findings) {
    let Ok(disk) = rustix::fs::statvfs(path) else { return };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let mebibytes = free / 1024 / 1024;
    let what = format!("{mebibytes} MiB are free on the disk of {}", path.display());
    if free < FREE_PROBLEM_BYTES {
        findings.problem(ABOUT, what, "free some space: a full disk stops every reminder");
    } else if free < FREE_CAUTION_BYTES {
        findings.caution(ABOUT, what, "free some space before it runs out");
    } else {
        findings.ok(ABOUT, what);
    }
}

#[cfg(not(unix))]
fn free_space(_path: &Path, findings: &mut Findings) {
    findings.note(ABOUT, "free space is not looked at on this system");
}

/// Whether others on the machine can read secrets, or the data of people.
fn private_files(config: &Config, findings: &mut Findings) {
    const ABOUT: &str = "secrets";
    let folder = config.data_folder();
    let mut files = folder.secret_files();
    files.extend(config.secret_files.iter().filter(|path| path.is_file()).cloned());
    files.sort();
    files.dedup();
    let open: Vec<_> = files.iter().filter(|path| is_open(path)).collect();
    for path in &open {
        let what = format!("{} holds a secret and is open to others", path.display());
        findings.problem(ABOUT, what, format!("chmod 600 {}", path.display()));
    }
    if open.is_empty() && !files.is_empty() {
        findings.ok(ABOUT, "only their owner can read the files with secrets");
    }
    if folder.database().exists() && is_open(folder.path()) && is_open(&folder.database()) {
        let what = "others on this machine can read the database: numbers, titles and texts";
        findings.caution(ABOUT, what, format!("chmod 700 {}", folder.path().display()));
    }
}

/// Whether anybody but the owner has any right to a file or folder.
#[cfg(unix)]
fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|facts| facts.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open(_path: &Path) -> bool {
    false
}

/// The database file, if there is one; gives the zones that its users live in.
pub(super) fn database(config: &Config, findings: &mut Findings) -> Option<Vec<ZoneName>> {
    const ABOUT: &str = "database";
    let path = config.data_folder().database();
    if !path.exists() {
        findings.note(ABOUT, "there is none yet; `up` makes it");
        return None;
    }
    match store::examine(&path) {
        Ok(Examined { version, known_version, zones }) => {
            let mebibytes = fs::metadata(&path).map_or(0, |facts| facts.len() / 1024 / 1024);
            let what = format!("{} has tables of version {version}", path.display());
            if version < known_version {
                let next = format!("{what}; the next `up` brings them to {known_version}");
                findings.note(ABOUT, next);
            } else {
                findings.ok(ABOUT, format!("{what}, {mebibytes} MiB"));
            }
            Some(zones)
        }
        Err(bad) => {
            findings.problem(ABOUT, bad, "until then the system does not start");
            None
        }
    }
}
