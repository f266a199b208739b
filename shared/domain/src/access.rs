//! Who may do what: one decision, for every way to prove who one is.

use crate::ids::UserId;

/// What somebody may do at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// What belongs to one user: their own.
    User,
    /// Everything.
    Operator,
}

/// Somebody who has proved who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// What they are called in logs and in the keys of what is kept for them. It holds no secret
    /// and tells one caller from all others.
    pub name: String,
    /// Whose data is theirs, if anybody's. Only what [`Scope::User`] opens.
    pub user: Option<UserId>,
    /// Whether [`Scope::Operator`] is among their scopes.
    pub is_operator: bool,
}

impl Caller {
    /// The operator of the deployment, who holds its token.
    pub fn operator() -> Self {
        Self { name: "operator".to_owned(), user: None, is_operator: true }
    }
}

/// What an operation touches, and so what it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needed<'a> {
    /// Nothing of anybody's: everybody who is known may ask.
    Known,
    /// What belongs to a user; none where it belongs to nobody.
    Of(Option<&'a UserId>),
    /// What is everybody's.
    Operator,
}

/// Whether somebody may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// They may.
    Allowed,
    /// They may not, and must not learn whether there is such a thing.
    LooksAbsent,
    /// They may not, and that is no secret.
    Forbidden,
}

/// How often somebody may ask; 0 for as often as they like. The operator's token always is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestRates {
    /// Requests a minute of one user, machine or subject.
    pub caller_per_minute: u32,
    /// Requests a minute from one address, whoever it is that asks.
    pub address_per_minute: u32,
}

impl Default for RequestRates {
    /// What no page or program of one person reaches, and what an office behind one address does
    /// not, but whoever tries out tokens does.
    fn default() -> Self {
        Self { caller_per_minute: 300, address_per_minute: 3_000 }
    }
}

/// Decides whether a caller may do what needs `needed`.
pub fn decide(caller: &Caller, needed: Needed<'_>) -> Decision {
    match (needed, &caller.user) {
        _ if caller.is_operator => Decision::Allowed,
        (Needed::Known, _) => Decision::Allowed,
        (Needed::Operator, _) | (Needed::Of(_), None) => Decision::Forbidden,
        (Needed::Of(Some(owner)), Some(user)) if owner == user => Decision::Allowed,
        (Needed::Of(_), Some(_)) => Decision::LooksAbsent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_reach_their_own_and_nothing_tells_them_of_others() {
        let user = |name: &str| UserId::parse(name).unwrap();
        let caller = |user: Option<&str>, is_operator| Caller {
            name: "somebody".to_owned(),
            user: user.map(|name| UserId::parse(name).unwrap()),
            is_operator,
        };
        let (ada, bo) = (user("ada"), user("bo"));
        let check = |caller: &Caller, needed, expected| {
            assert_eq!(decide(caller, needed), expected, "{caller:?} {needed:?}");
        };
        let (theirs, others, nobodys) =
            (Needed::Of(Some(&ada)), Needed::Of(Some(&bo)), Needed::Of(None));
        let person = caller(Some("ada"), false);
        check(&person, Needed::Known, Decision::Allowed);
        check(&person, theirs, Decision::Allowed);
        check(&person, others, Decision::LooksAbsent);
        check(&person, nobodys, Decision::LooksAbsent);
        check(&person, Needed::Operator, Decision::Forbidden);
        let nobody = caller(None, false);
        check(&nobody, Needed::Known, Decision::Allowed);
        check(&nobody, theirs, Decision::Forbidden);
        check(&nobody, nobodys, Decision::Forbidden);
        check(&nobody, Needed::Operator, Decision::Forbidden);
        for operator in [Caller::operator(), caller(Some("ada"), true)] {
            for needed in [Needed::Known, theirs, others, nobodys, Needed::Operator] {
                check(&operator, needed, Decision::Allowed);
            }
        }
    }
}
