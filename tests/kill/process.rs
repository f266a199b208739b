//! The two processes: the provider, which lives on, and the system, which is killed.

use std::fs::{self, File, OpenOptions};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use adapters_embedded::clock::SystemClock;
use adapters_embedded::sms_sandbox::{SandboxConfig, SandboxText, SmsSandbox};
use app::ports::Clock as _;
use jiff::SignedDuration;

use crate::client::{Asked, Client};
use crate::{Failed, Time};

/// The number that all texts come from.
const SENDER: &str = "+12025550100";

/// The sandbox's account.
const ACCOUNT: &str = "AC00000000000000000000000000005a4d";

/// A process that ends with its owner.
pub(crate) struct Process(Child);

impl Process {
    fn start(command: &mut Command, log: &Path) -> Result<Self, Failed> {
        let log = OpenOptions::new().create(true).append(true).open(log)?;
        let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        Ok(Self(command.spawn()?))
    }

    /// SIGKILL, which no process hears coming. False if it had ended by itself.
    fn kill(&mut self) -> Result<bool, Failed> {
        if self.0.try_wait()?.is_some() {
            return Ok(false);
        }
        self.0.kill()?;
        self.0.wait()?;
        Ok(true)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // There is nobody left to tell.
        let _ = self.0.kill().and_then(|()| self.0.wait());
    }
}

/// The program that lies beside this one.
fn beforehand() -> Result<PathBuf, Failed> {
    let path = std::env::current_exe()?.with_file_name("beforehand");
    if path.exists() { Ok(path) } else { Err(format!("{} is missing", path.display()).into()) }
}

/// The SMS sandbox.
pub(crate) enum Provider {
    /// A process of its own, which nobody kills.
    Alone {
        /// Its base address.
        endpoint: String,
        /// Ends with this.
        _process: Process,
    },
    /// Within the system, killed with it; this is its journal.
    Within {
        /// The file.
        journal: PathBuf,
    },
}

impl Provider {
    pub(crate) async fn start(
        folder: &Path,
        answer_after: u32,
        time: &Time,
    ) -> Result<Self, Failed> {
        let port_file = folder.join("sandbox.port");
        let mut command = Command::new(beforehand()?);
        command.args(["sandbox", "--listen", "127.0.0.1:0", "--port-file"]).arg(&port_file);
        // The system may be down for a while, and callbacks that come in vain are given up.
        command.args(["--callback-retry-after-ms", "4000"]);
        command.args(["--answer-after-ms", &answer_after.to_string()]);
        let log = folder.join("sandbox.log");
        let mut process = Process::start(&mut command, &log)?;
        loop {
            let port = fs::read_to_string(&port_file).unwrap_or_default();
            if port.ends_with('\n') {
                let endpoint = format!("http://127.0.0.1:{}", port.trim());
                return Ok(Self::Alone { endpoint, _process: process });
            }
            if process.0.try_wait()?.is_some() {
                return Err(format!("the sandbox ended: {}", fs::read_to_string(log)?).into());
            }
            time.wait(SignedDuration::from_millis(20)).await;
        }
    }

    /// The sandbox that the system runs itself.
    pub(crate) fn within(folder: &Path) -> Self {
        Self::Within { journal: folder.join("data").join("sandbox.jsonl") }
    }

    /// Every text it took. One within the system must have been killed before.
    pub(crate) async fn texts(&self, client: &Client) -> Result<Vec<SandboxText>, Failed> {
        match self {
            Self::Alone { endpoint, .. } => {
                let texts = client.ask(&Asked::get(format!("{endpoint}/sandbox/texts"))).await?;
                Ok(serde_json::from_value(texts)?)
            }
            Self::Within { journal } => {
                let clock = Arc::new(|| SystemClock.now());
                Ok(SmsSandbox::open(SandboxConfig::default(), clock, journal)?.texts())
            }
        }
    }
}

/// The system.
pub(crate) struct System {
    data: PathBuf,
    log: PathBuf,
    process: Option<Process>,
    kills: u32,
}

impl System {
    /// Writes its configuration; it does not run yet.
    pub(crate) fn prepare(folder: &Path, provider: &Provider) -> Result<Self, Failed> {
        let data = folder.join("data");
        fs::create_dir(&data)?;
        // The port stays the same over kills, as callbacks are on their way to it.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        // More texts than the usual ceiling of a day has room for, and all must leave.
        let mut config =
            format!("listen = \"127.0.0.1:{port}\"\n[spend]\nday_usd_max = \"1000\"\n");
        if let Provider::Alone { endpoint, .. } = provider {
            config.push_str(&format!(
                "[twilio]\nbase_url = \"{endpoint}\"\naccount_sid = \"{ACCOUNT}\"\n\
                 auth_token = \"sandbox\"\nfrom = \"{SENDER}\"\n\
                 texts_per_second = 1000\n"
            ));
        }
        fs::write(data.join("beforehand.toml"), config)?;
        Ok(Self { data, log: folder.join("system.log"), process: None, kills: 0 })
    }

    pub(crate) fn start(&mut self) -> Result<(), Failed> {
        let mut command = Command::new(beforehand()?);
        command.arg("--data").arg(&self.data).args(["up", "--no-demo"]);
        self.process = Some(Process::start(&mut command, &self.log)?);
        Ok(())
    }

    pub(crate) fn kill(&mut self) -> Result<(), Failed> {
        let killed = self.process.as_mut().map_or(Ok(false), Process::kill)?;
        if !killed {
            return Err(format!("the system ended by itself:\n{}", self.end_of_log()).into());
        }
        self.kills += 1;
        Ok(())
    }

    /// How often it was killed.
    pub(crate) fn kills(&self) -> u32 {
        self.kills
    }

    /// Runs a command of the operator's; gives its exit code and what it printed.
    pub(crate) fn ask(&self, words: &[&str]) -> Result<(Option<i32>, String), Failed> {
        let output =
            Command::new(beforehand()?).arg("--data").arg(&self.data).args(words).output()?;
        let printed = [output.stdout, output.stderr].concat();
        Ok((output.status.code(), String::from_utf8_lossy(&printed).into_owned()))
    }

    /// The last lines it logged.
    pub(crate) fn end_of_log(&self) -> String {
        let Ok(log) = File::open(&self.log).and_then(std::io::read_to_string) else {
            return String::new();
        };
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}
