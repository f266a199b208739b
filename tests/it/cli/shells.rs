//! Completions and pages of the manual.

use std::process::{Command, Stdio};

use super::{Desk, run};

/// Every command that the help names.
fn commands() -> Vec<String> {
    let help = run(&["--help"], b"");
    assert_eq!(help.code, 0, "{help:?}");
    let after = help.out.split_once("Commands:\n").expect("a list of commands").1;
    let lines = after.lines().take_while(|line| line.is_empty() || line.starts_with(' '));
    // A command stands two columns in; what is told of it stands further in.
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names: Vec<_> =
        names.filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect();
    assert!(names.len() > 20 && names.contains(&"man".to_owned()), "{names:?}");
    names
}

#[test]
fn ops_01_completions_of_each_shell_name_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = run(&["completions", shell], b"");
        assert_eq!((script.code, script.err.as_str()), (0, ""), "{shell}");
        for name in commands() {
            assert!(script.out.contains(&name), "{shell}: {name}");
        }
        assert!(script.out.contains("dry-run"), "{shell}: options, too");
    }
    run(&["completions", "cmd"], b"").assert_refused(2, "possible values");
}

#[test]
fn ops_01_bash_reads_its_completions() {
    let script = run(&["completions", "bash"], b"").out;
    let file = Desk::new();
    let path = file.file("completions.bash", &script);
    let read = Command::new("bash").arg("-n").arg(&path).stdin(Stdio::null()).output();
    let read = read.expect("bash runs");
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    // And completes: what begins with "roll" is one command.
    let ask = "source \"$1\"; COMP_WORDS=(beforehand roll); COMP_CWORD=1; \
               _beforehand beforehand roll beforehand; echo \"${COMPREPLY[@]}\"";
    let told = Command::new("bash").args(["-c", ask, "bash"]).arg(&path).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&told.stdout).trim(), "rollout", "{told:?}");
}

#[test]
fn ops_01_the_manual_names_every_command_and_has_a_page_for_each() {
    let page = run(&["man"], b"");
    assert_eq!(page.code, 0, "{page:?}");
    assert!(page.out.contains(".TH beforehand 1"), "{}", page.out);
    for name in commands() {
        assert!(page.out.contains(&format!("beforehand\\-{name}(1)")), "{name}: {}", page.out);
        let one = run(&["man", &name], b"");
        assert_eq!(one.code, 0, "{one:?}");
        assert!(one.out.contains(".SH SYNOPSIS"), "{name}");
    }
    let add = run(&["man", "users", "add"], b"");
    assert!(add.out.contains("\\-\\-zone"), "{}", add.out);
    run(&["man", "fly"], b"").assert_refused(3, "there is no command");
}
