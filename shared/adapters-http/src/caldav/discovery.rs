//! Finding the calendar, whatever its owner gave us: a server, an account or the calendar itself
//! (RFC 6764, RFC 5397, RFC 4791 6.2).

use app::ports::PullError;
use url::Url;

use super::answer::{Multistatus, Resource};
use super::ask;
use super::door::{Door, Question, Said};
use super::xml::{CALDAV, DAV};
use crate::feed::needs_person;

/// Where a server says that its calendars are.
const WELL_KNOWN: &str = "/.well-known/caldav";

/// Finds the calendar, by its name if there are several.
pub(super) async fn find(door: &Door<'_>, name: Option<&str>) -> Result<Url, PullError> {
    let (url, account) = account(door).await?;
    if account.resources.iter().any(Resource::is_calendar) {
        return Ok(url);
    }
    let home = match href(&account, CALDAV, "calendar-home-set") {
        Some(home) => door.join(&url, home)?,
        None => {
            let no_account = || {
                needs_person(
                    "the address is neither a calendar nor an account with calendars: connect the \
                     address that the calendar's server shows for CalDAV",
                )
            };
            let principal = href(&account, DAV, "current-user-principal").ok_or_else(no_account)?;
            let principal = door.join(&url, principal)?;
            let question = Question::properties("0", ask::ACCOUNT);
            let (url, account) = door.expect(&principal, question).await?;
            let home = href(&account, CALDAV, "calendar-home-set").ok_or_else(no_account)?;
            door.join(&url, home)?
        }
    };
    let question = Question::properties("1", ask::CALENDARS);
    let (url, all) = door.expect(&home, question).await?;
    let calendars: Vec<_> = all.resources.iter().filter(|found| found.is_calendar()).collect();
    let chosen = chosen(&calendars, name).map_err(needs_person)?;
    door.join(&url, &chosen.href)
}

/// The account behind the address. Who gives only a host is asked for the well-known place first.
async fn account(door: &Door<'_>) -> Result<(Url, Multistatus), PullError> {
    let given = door.home().clone();
    let mut well_known = given.clone();
    well_known.set_path(WELL_KNOWN);
    well_known.set_query(None);
    let is_host_only = matches!(given.path(), "" | "/");
    let places = if is_host_only { [well_known, given] } else { [given, well_known] };
    let mut first_failure = None;
    for place in &places {
        let question = Question::properties("0", ask::ACCOUNT);
        match door.ask(place, question).await? {
            Said::Many(url, many) => return Ok((url, many)),
            Said::Status(response) => {
                let is_elsewhere = matches!(response.status().as_u16(), 200..300 | 400..500)
                    && response.status() != 401;
                if !is_elsewhere {
                    return Err(door.failure(&response));
                }
                // What the place that was given says is worth more than what another one says.
                if place == door.home() || first_failure.is_none() {
                    first_failure = Some(door.failure(&response));
                }
            }
        }
    }
    Err(first_failure.unwrap_or_else(|| needs_person("the address names no host")))
}

fn href<'a>(found: &'a Multistatus, namespace: &str, name: &str) -> Option<&'a str> {
    found.resources.iter().find_map(|resource| resource.href_in(namespace, name))
}

/// The calendar of a name, or the only one.
fn chosen<'a>(
    calendars: &[&'a Resource],
    name: Option<&str>,
) -> Result<&'a Resource, &'static str> {
    let is_named = |resource: &&&Resource, name: &str| {
        let last = resource.href.trim_end_matches('/').rsplit('/').next();
        resource.text(DAV, "displayname") == Some(name) || last == Some(name)
    };
    match (name, calendars) {
        (Some(name), _) => calendars.iter().find(|one| is_named(one, name)).copied().ok_or(
            "the account has no calendar of that name: connect it anew with the name that the \
             calendar's server shows",
        ),
        (None, [only]) => Ok(only),
        (None, []) => Err("the account has no calendar that holds events"),
        (None, _) => Err(
            "the account has several calendars: connect it anew, and name the one that is meant",
        ),
    }
}
