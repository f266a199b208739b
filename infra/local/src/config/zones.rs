//! The zone database that configuration names.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use domain::time::Zones;
use jiff::tz::TimeZoneDatabase;

use super::Config;

/// A folder that holds no zone database.
#[derive(Debug, thiserror::Error)]
#[error(
    "zones_dir {path:?} holds no compiled zone files: leave it out to use the bundled database"
)]
pub struct BadZonesFolder {
    /// The folder.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub source: Option<jiff::Error>,
}

impl Config {
    /// The database that zone rules are read from: the bundled one, or the folder that the
    /// configuration names.
    pub fn zones(&self) -> Result<Zones, BadZonesFolder> {
        let Some(path) = &self.zones_dir else { return Ok(Zones::bundled()) };
        let bad = |source| BadZonesFolder { path: path.clone(), source };
        let database = TimeZoneDatabase::from_dir(path).map_err(|error| bad(Some(error)))?;
        if database.available().next().is_none() {
            return Err(bad(None));
        }
        let version = version(path).unwrap_or_else(|_| "of unknown version".to_owned());
        Ok(Zones::from_database(database, version))
    }
}

/// The version of a folder of zone files, as the database's makers or a distribution left it there.
fn version(folder: &Path) -> io::Result<String> {
    if let Ok(version) = fs::read_to_string(folder.join("+VERSION")) {
        return Ok(version.trim().to_owned());
    }
    let text = fs::read_to_string(folder.join("tzdata.zi"))?;
    let first = text.lines().next().and_then(|line| line.strip_prefix("# version "));
    first.map(|version| version.trim().to_owned()).ok_or_else(|| io::Error::other("no version"))
}
