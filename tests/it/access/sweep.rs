//! Every operation of the document, by everybody who must not: nothing is told, nothing is written.

use std::fmt::Write as _;
use std::path::Path;

use rusqlite::types::Value as Cell;
use rusqlite::{Connection, OpenFlags};
use tests::chance::Chance;

use super::tokens::wrong_tokens;
use super::*;
use crate::api::problem;

/// The seed of the run; any will do.
const SEED: u64 = 0x0a11_ce55;

/// Rows of all tables, as they are on disk.
pub(super) fn dump(folder: &Path) -> String {
    let tables = open(folder);
    let sql = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";
    let mut statement = tables.prepare(sql).unwrap();
    let names = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    names.map(|name| dump_table(folder, &name.unwrap())).collect()
}

/// Rows of a table, as they are on disk.
pub(super) fn dump_table(folder: &Path, table: &str) -> String {
    let tables = open(folder);
    let mut statement = tables.prepare(&format!("SELECT * FROM \"{table}\"")).unwrap();
    let columns = statement.column_count();
    let mut rows = statement.query([]).unwrap();
    let mut lines = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let mut line = format!("{table}:");
        for column in 0..columns {
            match row.get::<_, Cell>(column).unwrap() {
                Cell::Blob(bytes) => write!(line, " {}", String::from_utf8_lossy(&bytes)).unwrap(),
                Cell::Text(text) => write!(line, " {text:?}").unwrap(),
                other => write!(line, " {other:?}").unwrap(),
            }
        }
        lines.push(line);
    }
    lines.sort();
    lines.join("\n") + "\n"
}

fn open(folder: &Path) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    Connection::open_with_flags(folder.join("store.sqlite"), flags).unwrap()
}

/// An operation of the document.
struct Operation {
    method: Method,
    path: String,
    needs: Option<String>,
    takes: Option<String>,
}

impl Operation {
    fn all() -> Vec<Self> {
        let document: Value = serde_json::from_str(&api::to_json().unwrap()).unwrap();
        let mut found = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let content = operation["requestBody"]["content"].as_object();
                found.push(Self {
                    method: method.to_uppercase().parse().unwrap(),
                    path: path.clone(),
                    needs: operation["x-needs"].as_str().map(str::to_owned),
                    takes: content.and_then(|types| types.keys().next().cloned()),
                });
            }
        }
        found
    }

    /// Its address, of what belongs to somebody.
    fn address(&self, user: &str, reminder: &str) -> String {
        let path = self.path.replace("{user}", user).replace("{calendar}", "work");
        let path = path.replace("{rule}", "delivery_rate").replace("{key}", "0123456789abcdef");
        path.replace("{reminder}", reminder)
    }
}

/// Cases under way, and what must stay as it is.
struct Sweep<'a> {
    place: &'a Place,
    folder: &'a Path,
    before: String,
    secrets: Vec<String>,
    cases: u32,
}

impl<'a> Sweep<'a> {
    async fn of(place: &'a Place, folder: &'a Path) -> Self {
        let phone = |user| tests::users::phone_of(user).as_e164().to_owned();
        let mut secrets = vec![phone("ada"), phone("bo"), OPERATOR.to_owned()];
        secrets.extend(["Ultrasound".to_owned(), "Grimm".to_owned()]);
        Self { place, folder, before: dump(folder), secrets, cases: 0 }
    }

    /// Makes a request that must be refused with one of these statuses.
    async fn refused(&mut self, about: &str, request: Request<Body>, statuses: &[u16]) -> String {
        let answer = answer(&self.place.api, request).await;
        let status = answer.status().as_u16();
        assert!(statuses.contains(&status), "{about}: {status} {}", answer.body());
        problem(&answer, status, about);
        for secret in &self.secrets {
            assert!(!answer.body().contains(secret), "{about} tells {secret}: {}", answer.body());
        }
        self.cases += 1;
        answer.into_body()
    }

    /// Checks that nothing was written. What was written and taken back would show in the feed.
    fn assert_unchanged(&self, about: &str) {
        assert!(dump(self.folder) == self.before, "{about} wrote something");
    }
}

fn request(operation: &Operation, address: &str, token: Option<&str>, body: Body) -> Request<Body> {
    let kind = operation.takes.as_deref().unwrap_or("application/json");
    let request = Request::builder().method(operation.method.clone()).uri(address);
    let request = request.header(header::CONTENT_TYPE, kind);
    let request = match token {
        Some(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
        None => request,
    };
    request.body(body).unwrap()
}

/// A token with one letter of its last part changed.
fn broken(token: &str, chance: &Chance) -> String {
    let signature = token.rfind('.').map_or(0, |dot| dot + 1);
    let span = u64::try_from(token.len() - signature - 2).unwrap();
    let at = signature + usize::try_from(chance.below(span)).unwrap();
    let mut letters = token.as_bytes().to_vec();
    letters[at] = if letters[at] == b'A' { b'B' } else { b'A' };
    String::from_utf8(letters).unwrap()
}

#[tokio::test]
async fn api_01_api_02_nobody_reaches_what_is_not_theirs_by_any_operation() {
    let chance = Chance::new(SEED);
    println!("seed {SEED:#x}");
    let folder = tempfile::tempdir().unwrap();
    let place = Place::in_folder(folder.path()).await;
    let (_, revoked) = {
        let made = place.key(json!({ "name": "old", "scopes": ["operator"] })).await;
        let path = format!("/v1/keys/{}", made.0);
        assert_eq!(place.status(Method::DELETE, &path, Some(OPERATOR)).await, 200);
        made
    };
    let (_, own_key) = place.key(json!({ "name": "x", "scopes": ["user"], "user": "ada" })).await;
    let ada = place.token("ada", "beforehand:user");
    let nobody = place.token("ada", "openid");
    let stranger = place.token("stranger", "beforehand:user");
    let (row, hers) = (place.world.reminder("bo").await, place.world.reminder("ada").await);
    let (row, hers) = (row.id.to_string(), hers.id.to_string());
    let mut usual = wrong_tokens(&place);
    usual.retain(|(what, _)| *what != "a key of its own");
    let mut sweep = Sweep::of(&place, folder.path()).await;
    for operation in Operation::all() {
        let Some(needs) = operation.needs.clone() else { continue };
        let (address, own) = (operation.address("bo", &row), operation.address("ada", &hers));
        let what = format!("{} {}", operation.method, operation.path);
        let mut wrong = usual.clone();
        wrong.push(("a broken signature", broken(&ada, &chance)));
        wrong.push(("a revoked key", revoked.clone()));
        wrong.push(("a broken key", broken(&own_key.replace('_', "."), &chance).replace('.', "_")));
        wrong.push(("a made-up key", format!("bfk_{:016x}_x", chance.number())));
        wrong.push(("a made-up token", format!("{:032x}", chance.number())));
        wrong.push(("half the token", OPERATOR[..OPERATOR.len() - 1].to_owned()));
        for (why, token) in &wrong {
            let request = request(&operation, &own, Some(token), Body::empty());
            sweep.refused(&format!("{what}, {why}"), request, &[401]).await;
        }
        let bare = request(&operation, &own, None, Body::empty());
        sweep.refused(&format!("{what}, no token"), bare, &[401]).await;
        for token in [&ada, &own_key, &stranger] {
            let expected = if needs == "user" { 404 } else { 403 };
            let foreign = request(&operation, &address, Some(token), Body::empty());
            let said = sweep.refused(&format!("{what}, foreign"), foreign, &[expected]).await;
            if needs == "user" {
                // The very same answer as for what is not there at all.
                let absent = operation.address("nobody", &"0".repeat(32));
                let unknown = request(&operation, &absent, Some(token), Body::empty());
                let unknown = sweep.refused(&what, unknown, &[404]).await;
                let unknown = unknown.replace("nobody", "bo").replace(&"0".repeat(32), &row);
                assert_eq!(said, unknown, "{what}");
            }
        }
        let scopeless = request(&operation, &own, Some(&nobody), Body::empty());
        sweep.refused(&format!("{what}, no scope"), scopeless, &[403]).await;
        sweep.assert_unchanged(&what);
    }
    println!("{} cases", sweep.cases);
    assert!(sweep.cases >= 500, "{} cases", sweep.cases);
    place.world.finish().await;
}

/// Bodies that nothing can be made of.
fn bad_bodies(chance: &Chance) -> Vec<(&'static str, Vec<u8>)> {
    let noise = (0..1 + chance.below(2_000)).map(|_| (chance.number() & 0xff) as u8 | 0x80);
    let deep = 1_000 + usize::try_from(chance.below(10_000)).unwrap();
    let mut cut = json!({ "id": "cy", "phone": "+12025550177", "zone": "UTC" }).to_string();
    cut.truncate(1 + usize::try_from(chance.below(cut.len() as u64 - 1)).unwrap());
    vec![
        ("noise", noise.collect()),
        ("deep lists", "[".repeat(deep).into_bytes()),
        ("deep objects", "{\"a\":".repeat(deep).into_bytes()),
        ("cut off", cut.into_bytes()),
        ("a number", chance.number().to_string().into_bytes()),
        ("an unknown field", format!("{{\"f{}\": 1}}", chance.number()).into_bytes()),
        ("a list", b"[1]".to_vec()),
        ("not UTF-8", b"{\"id\": \"\xff\xfe\"}".to_vec()),
    ]
}

#[tokio::test]
async fn api_01_bodies_that_cannot_be_read_are_refused_and_change_nothing() {
    let chance = Chance::new(SEED);
    println!("seed {SEED:#x}");
    let folder = tempfile::tempdir().unwrap();
    let place = Place::in_folder(folder.path()).await;
    let ada = place.token("ada", "beforehand:user");
    let hers = place.world.reminder("ada").await.id.to_string();
    let mut sweep = Sweep::of(&place, folder.path()).await;
    for operation in Operation::all() {
        let Some(kind) = operation.takes.clone() else { continue };
        let token = if operation.needs.as_deref() == Some("user") { &ada } else { OPERATOR };
        let address = operation.address("ada", &hers);
        let what = format!("{} {}", operation.method, operation.path);
        if kind == "application/json" {
            for _ in 0..4 {
                for (why, body) in bad_bodies(&chance) {
                    let request = request(&operation, &address, Some(token), body.into());
                    let about = format!("{what}, {why}");
                    sweep.refused(&about, request, &[400, 422]).await;
                }
            }
        }
        let flood = "x".repeat(33 * 1024 * 1024);
        let flood = request(&operation, &address, Some(token), flood.into());
        sweep.refused(&format!("{what}, a flood"), flood, &[413]).await;
        sweep.assert_unchanged(&what);
        // An import says of each line that it is none.
        if kind == "application/x-ndjson" {
            continue;
        }
        let mut other = request(&operation, &address, Some(token), "<html>".into());
        other.headers_mut().insert(header::CONTENT_TYPE, "text/html".parse().unwrap());
        sweep.refused(&format!("{what}, of another type"), other, &[415]).await;
        sweep.assert_unchanged(&what);
    }
    println!("{} cases", sweep.cases);
    place.world.finish().await;
}

#[tokio::test]
async fn api_02_a_user_reaches_what_is_theirs() {
    let place = Place::new().await;
    let ada = place.token("ada", "beforehand:user");
    let row = place.world.reminder("ada").await.id;
    let get = async |path: &str| place.status(Method::GET, path, Some(&ada)).await;
    for path in ["", "/export", "/settings", "/connections", "/reminders", "/why", "/metrics"] {
        assert_eq!(get(&format!("/v1/users/ada{path}")).await, 200, "{path}");
    }
    assert_eq!(get(&format!("/v1/reminders/{row}")).await, 200);
    assert_eq!(get(&format!("/v1/reminders/{row}/why")).await, 200);
    let head = place.status(Method::HEAD, "/v1/users/bo", Some(&ada)).await;
    assert_eq!(head, 404, "HEAD is no way around");
    assert_eq!(place.status(Method::HEAD, "/metrics", Some(&ada)).await, 403);
    assert_eq!(get("/v1/users/import").await, 404, "another may be called so");
    assert_eq!(get("/v1/nothing").await, 404);
    let path = "/v1/users/ada/settings";
    let vouch = place.ask(Method::PATCH, path, Some(&ada), &json!({ "verified": true })).await;
    problem(&vouch, 403, "nobody vouches for themselves");
    let body = json!({ "reminders": false });
    assert_eq!(place.ask(Method::PATCH, path, Some(&ada), &body).await.status(), 200);
    assert_eq!(place.status(Method::DELETE, "/v1/users/ada", Some(&ada)).await, 200);
    assert_eq!(get("/v1/users/ada").await, 404);
    place.world.finish().await;
}
