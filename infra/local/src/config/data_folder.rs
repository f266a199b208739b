//! The data folder: the database, the secrets, and where the running system can be reached.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::secret::Secret;

/// What phone numbers are hashed with; without it the opt-outs in the database name nobody.
const PHONE_KEY: &str = "phone.key";

/// What opens the API to the operator.
const OPERATOR_TOKEN: &str = "operator.token";

/// The address of the system that runs on this folder.
const ENDPOINT: &str = "endpoint";

/// Held by the one process that works on this folder.
const LOCK: &str = "lock";

/// Bytes of a secret that we make: 256 bits.
const SECRET_BYTES: usize = 32;

/// The folder that holds everything of one local system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFolder {
    path: PathBuf,
    phone_key_file: Option<PathBuf>,
}

/// Held while a system runs on a data folder. The operating system lets go of it when the process
/// ends, however it ends.
#[derive(Debug)]
pub struct DataLock {
    _file: File,
}

/// What is wrong with a data folder.
#[derive(Debug, thiserror::Error)]
pub enum BadFolder {
    /// It cannot be made or written to.
    #[error("cannot write to {path:?}: {}", advice(.source))]
    NotWritable {
        /// The folder or the file in it.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something in it cannot be read.
    #[error("cannot read {path:?}: {}", .source)]
    NotReadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A secret in it is empty.
    #[error("{path:?} is empty; put the secret back, as a new one would not fit the stored data")]
    EmptySecret {
        /// The file.
        path: PathBuf,
    },
    /// Another system works on it.
    #[error(
        "another system is running on the data folder {path:?}; stop it first, or name another \
         folder with --data"
    )]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The machine gives no random numbers.
    #[error("the machine gives no random numbers to make secrets from")]
    NoRandomness,
}

/// A cause and what to do about it.
fn advice(error: &io::Error) -> String {
    let advice = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free some space and start again; nothing is lost"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "mend its permissions, or name another folder with --data"
        }
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            "a file stands where the folder should be; name another folder with --data"
        }
        _ => "name another folder with --data",
    };
    format!("{error}; {advice}")
}

impl DataFolder {
    /// The folder at `path`; nothing is touched yet. The phone key may lie elsewhere.
    pub fn new(path: PathBuf, phone_key_file: Option<PathBuf>) -> Self {
        Self { path, phone_key_file }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.path.join("beforehand.db")
    }

    /// Makes the folder if it is not there, for its owner only.
    pub fn create(&self) -> Result<(), BadFolder> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.path).map_err(|source| not_writable(&self.path, source))
    }

    /// Whether the folder takes a new file; leaves nothing behind.
    pub fn check_writable(&self) -> Result<(), BadFolder> {
        let write = || tempfile::tempfile_in(&self.path)?.write_all(b"beforehand");
        write().map_err(|source| not_writable(&self.path, source))
    }

    /// Takes the folder for this process, or says that another has it.
    pub fn lock(&self) -> Result<DataLock, BadFolder> {
        let path = self.path.join(LOCK);
        let file = File::options().create(true).append(true).open(&path);
        let file = file.map_err(|source| not_writable(&path, source))?;
        match file.try_lock() {
            Ok(()) => Ok(DataLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(BadFolder::InUse { path: self.path.clone() }),
            Err(TryLockError::Error(source)) => Err(not_writable(&path, source)),
        }
    }

    /// The secret that phone numbers are hashed with. Made on the first start.
    pub fn phone_key(&self) -> Result<Secret, BadFolder> {
        match &self.phone_key_file {
            Some(path) => read_secret(path),
            None => read_or_make(&self.path.join(PHONE_KEY)),
        }
    }

    /// The token that opens the API to the operator. Made on the first start.
    pub fn operator_token(&self) -> Result<Secret, BadFolder> {
        read_or_make(&self.path.join(OPERATOR_TOKEN))
    }

    /// The token, if a system ever started here.
    pub fn known_operator_token(&self) -> Result<Option<Secret>, BadFolder> {
        let path = self.path.join(OPERATOR_TOKEN);
        if path.exists() { read_secret(&path).map(Some) } else { Ok(None) }
    }

    /// Whether the secret that phone numbers are hashed with can be read. It is not made here; a
    /// folder without a database needs none yet.
    pub fn check_phone_key(&self) -> Result<(), BadFolder> {
        let in_folder = self.path.join(PHONE_KEY);
        let path = self.phone_key_file.as_ref().unwrap_or(&in_folder);
        if path.exists() || self.phone_key_file.is_some() || self.database().exists() {
            read_secret(path)?;
        }
        Ok(())
    }

    /// Tells the command line where the system that starts here can be reached.
    pub fn announce(&self, bound: SocketAddr) -> Result<(), BadFolder> {
        let path = self.path.join(ENDPOINT);
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(&self.path)?;
            writeln!(file, "{}", super::endpoint(bound))?;
            file.persist(&path)?;
            Ok(())
        };
        write().map_err(|source| not_writable(&path, source))
    }

    /// The address of the last system that started here; it may have stopped since.
    pub fn endpoint(&self) -> Result<Option<String>, BadFolder> {
        let path = self.path.join(ENDPOINT);
        match fs::read_to_string(&path) {
            Ok(address) => Ok(Some(address.trim().to_owned()).filter(|text| !text.is_empty())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(BadFolder::NotReadable { path, source }),
        }
    }

    /// The secrets in it, as far as they exist.
    pub fn secret_files(&self) -> Vec<PathBuf> {
        let in_folder = [OPERATOR_TOKEN, PHONE_KEY].map(|name| self.path.join(name));
        let all = in_folder.into_iter().chain(self.phone_key_file.clone());
        all.filter(|path| path.is_file()).collect()
    }
}

fn not_writable(path: &Path, source: io::Error) -> BadFolder {
    BadFolder::NotWritable { path: path.to_owned(), source }
}

fn read_secret(path: &Path) -> Result<Secret, BadFolder> {
    let text = fs::read_to_string(path)
        .map_err(|source| BadFolder::NotReadable { path: path.to_owned(), source })?;
    if text.trim().is_empty() {
        return Err(BadFolder::EmptySecret { path: path.to_owned() });
    }
    Ok(Secret::new(text.trim()))
}

fn read_or_make(path: &Path) -> Result<Secret, BadFolder> {
    if path.exists() {
        return read_secret(path);
    }
    let secret = random_hex()?;
    let write = || {
        // Temporary files are made for their owner only, and appear whole under their final name.
        let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
        writeln!(file, "{secret}")?;
        file.as_file().sync_all()?;
        file.persist_noclobber(path)?;
        Ok(())
    };
    write().map_err(|source| not_writable(path, source))?;
    Ok(Secret::new(secret))
}

/// Random bytes from the operating system, good enough for secrets.
pub fn random<const N: usize>() -> Result<[u8; N], BadFolder> {
    let mut bytes = [0; N];
    let random = rustls::crypto::ring::default_provider().secure_random;
    random.fill(&mut bytes).map_err(|_| BadFolder::NoRandomness)?;
    Ok(bytes)
}

fn random_hex() -> Result<String, BadFolder> {
    let bytes: [u8; SECRET_BYTES] = random()?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, DataFolder) {
        let outer = tempfile::tempdir().unwrap();
        let folder = DataFolder::new(outer.path().join("a/b"), None);
        folder.create().unwrap();
        (outer, folder)
    }

    #[test]
    fn secrets_are_made_once_and_read_by_their_owner_only() {
        let (_outer, folder) = folder();
        assert_eq!(folder.known_operator_token().unwrap(), None);
        let token = folder.operator_token().unwrap();
        assert_eq!(token.reveal().len(), 2 * SECRET_BYTES);
        assert_eq!(folder.operator_token().unwrap(), token);
        assert_eq!(folder.known_operator_token().unwrap(), Some(token.clone()));
        assert_ne!(folder.phone_key().unwrap(), token);
        #[cfg(unix)]
        for path in folder.secret_files() {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{path:?}");
        }
    }

    #[test]
    fn an_emptied_secret_is_not_replaced() {
        let (_outer, folder) = folder();
        fs::write(folder.path().join(PHONE_KEY), "\n").unwrap();
        let refused = folder.phone_key().unwrap_err().to_string();
        assert!(refused.contains("is empty"), "{refused}");
    }

    #[test]
    fn one_system_works_on_a_folder() {
        let (_outer, folder) = folder();
        let lock = folder.lock().unwrap();
        let refused = folder.lock().unwrap_err().to_string();
        assert!(refused.contains("another system is running"), "{refused}");
        drop(lock);
        folder.lock().unwrap();
    }

    #[test]
    fn the_endpoint_is_announced_as_others_reach_it() {
        let (_outer, folder) = folder();
        assert_eq!(folder.endpoint().unwrap(), None);
        folder.announce("0.0.0.0:81".parse().unwrap()).unwrap();
        assert_eq!(folder.endpoint().unwrap().as_deref(), Some("http://127.0.0.1:81"));
        folder.announce("[::1]:82".parse().unwrap()).unwrap();
        assert_eq!(folder.endpoint().unwrap().as_deref(), Some("http://[::1]:82"));
    }

    #[test]
    fn a_folder_below_a_file_is_refused_with_advice() {
        let outer = tempfile::tempdir().unwrap();
        let file = outer.path().join("file");
        fs::write(&file, "").unwrap();
        for path in [file.join("data"), file] {
            let folder = DataFolder::new(path, None);
            let made = folder.create().and_then(|()| folder.check_writable());
            let refused = made.unwrap_err().to_string();
            assert!(refused.contains("name another folder with --data"), "{refused}");
        }
    }
}
