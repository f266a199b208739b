//! The summary of a day as a mail: in words, and as HTML with bars, which every reader of mail can
//! show, as pictures often are not.

use domain::alerts::digest::{Digest, DigestDay, DigestPart};
use domain::figures::words;
use lettre::message::MultiPart;
use maud::{DOCTYPE, Markup, html};

use super::is_web_address;

/// Both forms of it.
pub(super) fn body(digest: &Digest) -> MultiPart {
    MultiPart::alternative_plain_html(plain(digest), page(digest).into_string())
}

fn plain(digest: &Digest) -> String {
    let list = |all: &[String], none: &str| match all {
        [] => vec![format!("  {none}")],
        all => all.iter().map(|one| format!("- {one}")).collect(),
    };
    let mut lines = vec![title(digest), String::new(), "What needs attention".to_owned()];
    lines.extend(list(&digest.attention, "Nothing does."));
    lines
        .extend([String::new(), "The day, and in brackets the mean of the week before".to_owned()]);
    lines.extend(
        digest.lines.iter().map(|line| format!("- {}: {} ({})", line.name, line.day, line.usual)),
    );
    if !digest.parts.is_empty() {
        lines.extend([String::new(), "By stage and variant".to_owned()]);
        lines.extend(digest.parts.iter().map(|of| format!("- {}", part(of))));
    }
    lines.extend([String::new(), "Delivered of sent".to_owned()]);
    lines.extend(
        digest.days.iter().map(|day| {
            format!("- {}: {} of {}", day.on.strftime("%a %F"), day.delivered, day.sent)
        }),
    );
    lines.extend([String::new(), "Open alerts".to_owned()]);
    lines.extend(list(&digest.open, "None."));
    lines.extend([String::new(), format!("Rollout: {}", digest.rollout)]);
    lines.extend(dashboard(digest).map(|address| format!("Dashboard: {address}")));
    lines.push(String::new());
    lines.join("\n")
}

/// A stage or a variant in a line.
pub(super) fn part(of: &DigestPart) -> String {
    let sent = words::count(of.sent);
    format!("{}: {sent} sent, {} delivered ({}), {}", of.name, of.delivered, of.usual, of.cost)
}

fn title(digest: &Digest) -> String {
    let day = digest.on.strftime("%A %F");
    format!("{} on {day} (days of {})", digest.deployment, digest.zone)
}

fn dashboard(digest: &Digest) -> Option<&str> {
    digest.dashboard.as_deref().filter(|page| is_web_address(page))
}

/// Readers of mail know no style sheets, so what matters stands in attributes.
fn page(digest: &Digest) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; title { (title(digest)) } }
            body style="font-family: sans-serif; color: #1d2420; max-width: 40em" {
                h1 style="font-size: 1.3em" { (title(digest)) }
                h2 style="font-size: 1.1em" { "What needs attention" }
                (list(&digest.attention, "Nothing does."))
                h2 style="font-size: 1.1em" { "The day beside the mean of the week before" }
                table cellpadding="4" style="border-collapse: collapse" {
                    tr {
                        th align="left" { "Figure" } th align="right" { "The day" }
                        th align="right" { "Usual" }
                    }
                    @for line in &digest.lines {
                        tr {
                            td style="border-top: 1px solid #dcd7ca" { (line.name) }
                            td align="right" style="border-top: 1px solid #dcd7ca" {
                                b { (line.day) }
                            }
                            td align="right" style="border-top: 1px solid #dcd7ca; color: #5a635d" {
                                (line.usual)
                            }
                        }
                        "\n"
                    }
                }
                @if !digest.parts.is_empty() {
                    h2 style="font-size: 1.1em" { "By stage and variant" }
                    (parts(&digest.parts))
                }
                h2 style="font-size: 1.1em" { "Delivered of sent" }
                (bars(&digest.days))
                h2 style="font-size: 1.1em" { "Open alerts" }
                (list(&digest.open, "None."))
                h2 style="font-size: 1.1em" { "Rollout" }
                p { (digest.rollout) }
                @if let Some(address) = dashboard(digest) {
                    p { a href=(address) { "Dashboard" } }
                }
            }
        }
    }
}

fn parts(parts: &[DigestPart]) -> Markup {
    html! {
        table cellpadding="4" style="border-collapse: collapse" {
            tr {
                th align="left" { "Of" } th align="right" { "Sent" }
                th align="right" { "Delivered" } th align="right" { "Usual" }
                th align="right" { "Cost" }
            }
            @for of in parts {
                tr {
                    @for (at, told) in
                        [&of.name, &words::count(of.sent), &of.delivered, &of.usual, &of.cost]
                            .into_iter()
                            .enumerate()
                    {
                        td align=(if at == 0 { "left" } else { "right" })
                            style="border-top: 1px solid #dcd7ca" { (told) }
                    }
                }
                "\n"
            }
        }
    }
}

fn list(all: &[String], none: &str) -> Markup {
    html! {
        @if all.is_empty() { p { (none) } }
        @else { ul { @for one in all { li { (one) } "\n" } } }
    }
}

/// A bar per day: what was delivered, and behind it what was not.
fn bars(days: &[DigestDay]) -> Markup {
    let most = days.iter().map(|day| day.sent).max().unwrap_or(0);
    // At least one in a hundred of the width, so that a little is seen.
    let width = |count: u64| (count * 100).checked_div(most).unwrap_or(0).max(1);
    html! {
        table cellpadding="2" width="100%" style="border-collapse: collapse" {
            @for day in days {
                @let lost = day.sent.saturating_sub(day.delivered);
                tr {
                    td width="90" { (day.on.strftime("%a %b %-d")) }
                    td {
                        @if day.sent > 0 {
                            table cellpadding="0" cellspacing="0" width=(percent(width(day.sent))) {
                                tr {
                                    @if day.delivered > 0 {
                                        td bgcolor="#17594a" height="14"
                                            width=(percent(day.delivered * 100 / day.sent)) { "" }
                                    }
                                    @if lost > 0 { td bgcolor="#d5cfbf" height="14" { "" } }
                                }
                            }
                        }
                    }
                    td align="right" width="110" {
                        (words::count(day.delivered)) " of " (words::count(day.sent))
                    }
                }
                "\n"
            }
        }
    }
}

fn percent(n: u64) -> String {
    format!("{n}%")
}
