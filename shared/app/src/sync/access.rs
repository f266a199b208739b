//! What opens a calendar, in the form in which it is sealed.

use domain::calendar_address::CalendarAddress;
use serde::{Deserialize, Serialize};

use crate::ports::{Access, Connection, Hidden, PullError};
use crate::seals::{BadSeal, Sealed, Seals};

/// An [`Access`], version 1; other kinds join it.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum AccessV1 {
    IcsAddress {
        address: String,
    },
    CalDav {
        address: String,
        user: String,
        password: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        calendar: Option<String>,
    },
    Google {
        calendar: String,
        refresh_token: String,
    },
    Microsoft {
        calendar: String,
        refresh_token: String,
    },
}

/// Seals what opens a calendar for its connection.
pub(super) fn sealed(
    seals: &Seals,
    user: &str,
    calendar: &str,
    access: &Access,
) -> Result<Sealed, BadSeal> {
    let form = match access {
        Access::IcsAddress { address } => {
            AccessV1::IcsAddress { address: address.reveal().to_owned() }
        }
        Access::CalDav { address, user, password, calendar } => AccessV1::CalDav {
            address: address.reveal().to_owned(),
            user: user.reveal().to_owned(),
            password: password.reveal().to_owned(),
            calendar: calendar.clone(),
        },
        Access::Google { calendar, refresh_token } => AccessV1::Google {
            calendar: calendar.clone(),
            refresh_token: refresh_token.reveal().to_owned(),
        },
        Access::Microsoft { calendar, refresh_token } => AccessV1::Microsoft {
            calendar: calendar.clone(),
            refresh_token: refresh_token.reveal().to_owned(),
        },
    };
    // These forms hold texts only, which always serialise.
    let text = serde_json::to_string(&form).unwrap_or_default();
    seals.seal(&place(user, calendar), &text)
}

/// Opens what opens a calendar.
pub(super) fn opened(seals: &Seals, connection: &Connection) -> Result<Access, PullError> {
    let place = place(connection.user.as_str(), connection.calendar.as_str());
    let text = seals.open(&place, &connection.access).map_err(|bad| PullError::NeedsPerson {
        what: format!("what opens the calendar cannot be read: {bad}; or connect it anew"),
    })?;
    let unreadable = || PullError::NeedsPerson {
        what: "what opens the calendar is not in a form we know: connect it anew".to_owned(),
    };
    let form = serde_json::from_str(&text).map_err(|_| unreadable())?;
    let address = |text: &str| CalendarAddress::parse(text).map_err(|_| unreadable());
    Ok(match form {
        AccessV1::IcsAddress { address: text } => Access::IcsAddress { address: address(&text)? },
        AccessV1::CalDav { address: text, user, password, calendar } => Access::CalDav {
            address: address(&text)?,
            user: Hidden::new(user),
            password: Hidden::new(password),
            calendar,
        },
        AccessV1::Google { calendar, refresh_token } => {
            Access::Google { calendar, refresh_token: Hidden::new(refresh_token) }
        }
        AccessV1::Microsoft { calendar, refresh_token } => {
            Access::Microsoft { calendar, refresh_token: Hidden::new(refresh_token) }
        }
    })
}

/// Seals what opens the calendar from now on. If that fails the former stays, and opens a while.
pub(super) fn replace(seals: &Seals, connection: &mut Connection, access: &Access) {
    let (user, calendar) = (connection.user.as_str(), connection.calendar.as_str());
    if let Ok(sealed) = sealed(seals, user, calendar, access) {
        connection.access = sealed;
    }
}

/// Seals anew what a former key sealed. If that fails the old seal stays, and still opens.
pub(super) fn reseal(seals: &Seals, connection: &mut Connection) {
    if seals.is_current(&connection.access) {
        return;
    }
    let (user, calendar) = (connection.user.as_str(), connection.calendar.as_str());
    if let Ok(text) = seals.open(&place(user, calendar), &connection.access)
        && let Ok(sealed) = seals.seal(&place(user, calendar), &text)
    {
        connection.access = sealed;
    }
}

fn place<'a>(user: &'a str, calendar: &'a str) -> [&'a str; 3] {
    ["connection", user, calendar]
}
