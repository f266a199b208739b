//! Configuration: read once, trimmed, validated whole. Everything that is wrong is named at once.
//!
//! It stands in `beforehand.toml` in the data folder, or in the file that `--config` names. Every
//! key has a default: without a file the system runs with the SMS sandbox in the folder `data`.
//! Paths in the file are relative to the folder the file stands in.

mod access;
mod accounts;
mod alerts;
mod ceiling;
mod data_folder;
mod document;
mod model;
mod profiles;
mod retention;
mod sandbox;
mod secret;
#[cfg(test)]
mod tests;
mod twilio;
mod users_csv;
mod users_file;
mod zones;

use std::cell::RefCell;
use std::fmt;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use app::alerts::AlertSettings;
use app::ceiling::CeilingSettings;
use app::compose::{ComposeSettings, ModelPrice};
use app::ports::Keeper;
use app::purse::DayBudgets;
use domain::countries::{BadCountries, Countries};
use domain::pace::Lane;
use domain::retention::Retention;
use domain::text_hours::Preset;
use url::Url;

pub use self::access::AccessTable;
pub use self::accounts::{ACCOUNT_SECRET_VARIABLES, AccountClient};
pub use self::alerts::AlertTable;
pub use self::data_folder::{BadFolder, DataFolder, DataLock, random};
pub use self::document::Problem;
pub use self::model::{ChatModelSettings, MODEL_KEY_VARIABLE, Model};
pub use self::profiles::{PROFILE_VARIABLE, PROFILES_VARIABLE, Profile, read_profile};
pub use self::sandbox::SandboxSettings;
pub use self::secret::Secret;
pub use self::twilio::{AUTH_TOKEN_VARIABLE, Sender, StopReply, TwilioSettings};
pub use self::users_file::{BadUsersFile, FileUser, UserKeys, read_users};
pub use self::zones::BadZonesFolder;

use self::document::Section;

/// The name of the file in the data folder.
pub const FILE_NAME: &str = "beforehand.toml";

/// The data folder when nothing else is said.
pub const DATA_DIR: &str = "data";

/// The variable that names the data folder.
pub const DATA_VARIABLE: &str = "BEFOREHAND_DATA";

/// Where the system listens when nothing else is said.
pub const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8730);

/// The country of phone numbers that are written without one, when nothing else is said.
const COUNTRY: &str = "US";

/// Bytes of a configuration file at most; a larger one is something else.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Looks up an environment variable. Passed in, so that a test is not a matter of who runs it.
pub type Variables<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// What the command line says about where things are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--data`.
    pub data: Option<PathBuf>,
}

/// The configuration of one system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The file it was read from; none where everything is the default.
    pub file: Option<PathBuf>,
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// Where HTTP is served.
    pub listen: SocketAddr,
    /// The address by which others (Twilio) reach us, without a slash at its end; webhook
    /// signatures are checked against it. None: the address we listen on.
    pub public_base_url: Option<Url>,
    /// The country (ISO 3166) of phone numbers that are written without one.
    pub default_country: String,
    /// Where texts may go: with Twilio to the default country, unless the configuration names
    /// others; to the sandbox's phones, wherever they seem to be.
    pub countries: Countries,
    /// The hours in which texts go out, unless a user chose others.
    pub hours: Preset,
    /// How long what is stored is kept.
    pub retention: Retention,
    /// A folder of compiled zone files to use in place of the bundled database.
    pub zones_dir: Option<PathBuf>,
    /// A file with the secret that phone numbers are hashed with. None: `phone.key` in the data
    /// folder, made on the first start.
    pub phone_key_file: Option<PathBuf>,
    /// Users to add on start.
    pub users_file: Option<PathBuf>,
    /// Whether calendars may be fetched from private addresses, and without encryption: for those
    /// who host them in their own network.
    pub private_calendars: bool,
    /// Whether texts carry a link to their reminder.
    pub links_in_texts: bool,
    /// How texts go out.
    pub sms: Sms,
    /// Who is told when something is wrong.
    pub alerts: AlertTable,
    /// What texts cost, and what they may cost in a day.
    pub ceiling: CeilingSettings,
    /// The language model that writes texts, if one does.
    pub model: Option<Model>,
    /// Whose tokens open the API, and how often it may be asked.
    pub access: AccessTable,
    /// What people allow to read their calendars at Google, if it is set up.
    pub google: Option<AccountClient>,
    /// The same at Microsoft.
    pub microsoft: Option<AccountClient>,
    /// Where traces go (OTLP over HTTP), without `/v1/traces`; nowhere unless it is said.
    pub otlp_endpoint: Option<Url>,
    /// Files with secrets that the configuration names, or is.
    pub secret_files: Vec<PathBuf>,
}

/// How texts go out: never in both ways at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sms {
    /// To the sandbox and its phone page.
    Sandbox(SandboxSettings),
    /// To people's phones. The sandbox is not started.
    Twilio(Box<TwilioSettings>),
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum BadConfig {
    /// The file cannot be read.
    #[error("cannot read the configuration {path:?}: {}", .source)]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Things in the file are wrong.
    #[error("{}", Listed(.path, .problems))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Everything that is wrong with it, in order of lines.
        problems: Vec<Problem>,
    },
}

struct Listed<'a>(&'a Path, &'a [Problem]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(path, problems) = self;
        for (i, problem) in problems.iter().enumerate() {
            let line = problem.line.map_or_else(String::new, |line| format!(":{line}"));
            let key = if problem.key.is_empty() { "" } else { &format!("`{}` ", problem.key) };
            let end = if i + 1 < problems.len() { "\n" } else { "" };
            write!(f, "{}{line}: {key}{}{end}", path.display(), problem.what)?;
        }
        Ok(())
    }
}

impl Config {
    /// Finds, reads and checks the configuration.
    pub fn load(places: &Places, variables: &Variables<'_>) -> Result<Self, BadConfig> {
        let named = |name| variables(name).filter(|value| !value.trim().is_empty());
        let data = places.data.clone().or_else(|| named(DATA_VARIABLE).map(PathBuf::from));
        let path = match &places.config {
            Some(path) => path.clone(),
            None => data.clone().unwrap_or_else(|| DATA_DIR.into()).join(FILE_NAME),
        };
        let text = match read(&path) {
            Ok(text) => Some(text),
            // Only a file that was asked for by name must be there.
            Err(error) if is_absent(&error) && places.config.is_none() => None,
            Err(source) => return Err(BadConfig::Unreadable { path, source }),
        };
        let is_found = places.config.is_none();
        let text_or_none = text.as_deref().unwrap_or_default();
        let mut config = Self::read_text(text_or_none, &path, is_found, variables)?;
        config.file = text.map(|_| path);
        config.data_dir = data.unwrap_or(config.data_dir);
        Ok(config)
    }

    /// Reads and checks the text of a configuration that stands, or would stand, at `path`.
    pub fn parse(text: &str, path: &Path, variables: &Variables<'_>) -> Result<Self, BadConfig> {
        Self::read_text(text, path, false, variables)
    }

    /// `is_found` where the file was found in the data folder and not named by somebody.
    fn read_text(
        text: &str,
        path: &Path,
        is_found: bool,
        variables: &Variables<'_>,
    ) -> Result<Self, BadConfig> {
        let invalid = |mut problems: Vec<Problem>| {
            problems.sort_by_key(|problem| problem.line);
            BadConfig::Invalid { path: path.to_owned(), problems }
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        let root = document::parse_toml(text).map_err(&invalid)?;
        let problems = RefCell::default();
        let root = Section::new("", Some(&root), &problems);
        if is_found && root.has("data_dir") {
            let what = "has no meaning in a file that lies in the data folder; remove it, or name \
                        the file with --config";
            root.problem("data_dir", what);
        }
        let mut config = from_document(&root, folder, variables);
        if let Some(config) = &mut config
            && (twilio::holds_secret(&root.section("twilio"))
                || alerts::holds_secret(&root.section("alerts"))
                || model::holds_secret(&root.section("model"))
                || accounts::holds_secret(&root.section("google"))
                || accounts::holds_secret(&root.section("microsoft")))
        {
            config.secret_files.push(path.to_owned());
        }
        // Whatever is missing was noted as a problem.
        match (config, problems.into_inner()) {
            (Some(config), problems) if problems.is_empty() => Ok(config),
            (_, problems) => Err(invalid(problems)),
        }
    }

    /// The data folder.
    pub fn data_folder(&self) -> DataFolder {
        DataFolder::new(self.data_dir.clone(), self.phone_key_file.clone())
    }

    /// Who answers STOP, START and HELP.
    pub fn stop_reply(&self) -> StopReply {
        match &self.sms {
            Sms::Sandbox(sandbox) => sandbox.stop_reply,
            Sms::Twilio(twilio) => twilio.stop_reply,
        }
    }

    /// How alerts are told. Nobody is woken for a sandbox unless the configuration says so.
    pub fn alert_settings(&self) -> AlertSettings {
        let defaults = AlertSettings::default();
        let is_live = matches!(self.sms, Sms::Twilio(_));
        AlertSettings {
            is_production: self.alerts.is_production.unwrap_or(is_live),
            deployment: self.alerts.deployment.clone().unwrap_or(defaults.deployment),
            runbooks: self.alerts.runbooks_url.clone().unwrap_or(defaults.runbooks),
            dashboard: None,
            digest: self.alerts.digest.clone(),
        }
    }

    /// Who texts go out from, and how fast: the sandbox takes all at once unless it is told
    /// otherwise.
    pub fn lane(&self) -> Lane {
        match &self.sms {
            Sms::Sandbox(sandbox) => Lane { sender: "sandbox".to_owned(), rate: sandbox.rate },
            Sms::Twilio(twilio) => twilio.lane(),
        }
    }

    /// For whom a model writes, and what that may cost; means nothing where there is none.
    pub fn composing(&self) -> ComposeSettings {
        let free = || ComposeSettings::new(ModelPrice { input: 0, output: 0 });
        self.model.as_ref().map_or_else(free, Model::composing)
    }

    /// What may be spent in a day.
    pub fn budgets(&self) -> DayBudgets {
        DayBudgets {
            models: self.model.as_ref().map(|model| model.composing().day_microdollars_max),
            texts: self.ceiling.day_microdollars_max,
        }
    }

    /// The address by which others reach a system that listens on `bound`, without a slash at its
    /// end.
    pub fn base_url(&self, bound: SocketAddr) -> String {
        match &self.public_base_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => endpoint(bound),
        }
    }
}

/// The address of a system that listens on `bound`, for somebody on the same machine.
pub fn endpoint(bound: SocketAddr) -> String {
    let ip = match bound.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(_) => IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
    };
    format!("http://{}", SocketAddr::new(ip, bound.port()))
}

fn from_document(root: &Section<'_>, folder: &Path, variables: &Variables<'_>) -> Option<Config> {
    let listen = root.parsed("listen", listen_address);
    let data_dir = root.text("data_dir").map(|path| folder.join(path));
    let public_base_url = root.parsed("public_base_url", http_url);
    let default_country =
        root.parsed("default_country", country).unwrap_or_else(|| COUNTRY.to_owned());
    let zones_dir = existing_folder(root, "zones_dir", folder);
    let phone_key_file = existing_file(root, "phone_key_file", folder);
    let users_file = existing_file(root, "users_file", folder);
    let private_calendars = root.bool("private_calendars").unwrap_or_default();
    let texts = root.section("texts");
    let links_in_texts = texts.bool("link").unwrap_or_default();
    let hours = texts.parsed("hours", str::parse::<Preset>).unwrap_or_default();

    let (sandbox, twilio) = (root.section("sandbox"), root.section("twilio"));
    let sandbox_settings = sandbox::read(&sandbox);
    let countries = countries(root, (&texts, &twilio), &default_country);
    let twilio_settings = twilio::read(&twilio, folder, &default_country, variables);
    let (model, model_sandbox) = (root.section("model"), root.section("model_sandbox"));
    let writer = model::read(&model, &model_sandbox, folder, variables);
    if twilio.is_present() {
        refuse_stand_ins(root, &sandbox, &model_sandbox);
    }
    let retention = retention::read(&root.section("retention"));
    let spend = root.section("spend");
    let ceiling = ceiling::read(&spend, !twilio.is_present());
    let alerts = root.section("alerts");
    let alert_table = alerts::read(&alerts, folder);
    let telemetry = root.section("telemetry");
    let otlp_endpoint = telemetry.parsed("otlp_endpoint", http_url);
    let access = root.section("access");
    let access_table = access::read(&access, !twilio.is_present());
    let mut secret_files = alerts::secret_files(&alerts, folder);
    let google = root.section("google");
    let google_client = accounts::read(Keeper::Google, &google, folder, variables);
    let microsoft = root.section("microsoft");
    let microsoft_client = accounts::read(Keeper::Microsoft, &microsoft, folder, variables);
    let key_files = key_files([&twilio, &model, &google, &microsoft]);
    secret_files.extend(key_files.iter().map(|path| folder.join(path)));
    let sms = match (twilio.is_present(), twilio_settings) {
        (false, _) => Some(Sms::Sandbox(sandbox_settings)),
        (true, settings) => settings.map(Box::new).map(Sms::Twilio),
    };
    let services = [model, model_sandbox, google, microsoft];
    let sections = [texts, sandbox, twilio, spend, alerts, access, telemetry];
    sections.iter().chain(&services).for_each(Section::finish);
    root.finish();
    Some(Config {
        file: None,
        data_dir: data_dir.unwrap_or_else(|| DATA_DIR.into()),
        listen: listen.unwrap_or(LISTEN),
        public_base_url,
        default_country,
        countries,
        hours,
        retention,
        zones_dir,
        phone_key_file,
        users_file,
        private_calendars,
        links_in_texts,
        sms: sms?,
        ceiling,
        model: writer,
        google: google_client,
        microsoft: microsoft_client,
        alerts: alert_table,
        access: access_table,
        otlp_endpoint,
        secret_files,
    })
}

/// The files that hold what opens accounts, where they are named.
fn key_files(tables: [&Section<'_>; 4]) -> Vec<String> {
    let keys = ["auth_token_file", "key_file", "client_secret_file", "client_secret_file"];
    tables.into_iter().zip(keys).filter_map(|(table, key)| table.text(key)).collect()
}

/// Where texts may go. Whoever names no countries texts people in their own, and the sandbox's
/// phones wherever they seem to be.
fn countries(
    root: &Section<'_>,
    (texts, twilio): (&Section<'_>, &Section<'_>),
    default_country: &str,
) -> Countries {
    if let Some(named) = texts.parsed("countries", str::parse::<Countries>) {
        return named;
    }
    if !twilio.is_present() {
        return Countries::ALL;
    }
    default_country.parse().unwrap_or_else(|bad: BadCountries| {
        root.problem("default_country", bad.to_string());
        Countries::ALL
    })
}

/// With credentials texts go to people.
fn refuse_stand_ins(root: &Section<'_>, sandbox: &Section<'_>, model_sandbox: &Section<'_>) {
    if sandbox.is_present() {
        let what = "and [sandbox] exclude each other: with credentials texts go to Twilio and the \
                    sandbox is not started; remove one of them";
        root.problem("twilio", what);
    }
    if model_sandbox.is_present() {
        let what = "is for trying things out: with Twilio's credentials people would read what it \
                    writes; remove it";
        root.problem("model_sandbox", what);
    }
}

fn existing_file(root: &Section<'_>, key: &'static str, folder: &Path) -> Option<PathBuf> {
    let path = folder.join(root.text(key)?);
    if !path.is_file() {
        root.problem(key, format!("names {}, which is no file", path.display()));
    }
    Some(path)
}

fn existing_folder(root: &Section<'_>, key: &'static str, folder: &Path) -> Option<PathBuf> {
    let path = folder.join(root.text(key)?);
    if !path.is_dir() {
        root.problem(key, format!("names {}, which is no folder", path.display()));
    }
    Some(path)
}

/// Reads an address to listen on.
pub fn listen_address(given: &str) -> Result<SocketAddr, String> {
    let local = given.replace("localhost", "127.0.0.1");
    local.parse().map_err(|_| format!("{given:?} is no address; write one like 127.0.0.1:8730"))
}

/// Reads an address of HTTP or HTTPS that paths can be put behind.
pub fn http_url(given: &str) -> Result<Url, String> {
    let bad = |why: &str| Err(format!("{why}; write an address like https://texts.example.org"));
    let Ok(url) = Url::parse(given) else { return bad("is no address") };
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return bad("must begin with https:// or http://");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return bad("must not hold `?` or `#`");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return bad("must not hold a user or password");
    }
    Ok(url)
}

fn country(given: &str) -> Result<String, &'static str> {
    let code = given.to_ascii_uppercase();
    if code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        Ok(code)
    } else {
        Err("must be a country's two letters, like US or DE")
    }
}

fn read(path: &Path) -> io::Result<String> {
    let facts = fs::metadata(path)?;
    if facts.is_dir() {
        return Err(io::Error::other("it is a folder"));
    }
    if facts.len() > FILE_BYTES_MAX {
        return Err(io::Error::other("it is larger than 1 MiB"));
    }
    fs::read_to_string(path)
}

/// Whether a file is not there, or stands below something that is no folder.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
