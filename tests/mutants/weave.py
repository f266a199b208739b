"""Writes all changes that `cargo mutants` would make to a crate into it at once.

A function that is to be changed in three ways becomes a choice between four bodies, by the number
in the variable MUTANT. So one build serves thousands of changes, and each costs a run of the tests
that reach it, instead of a build.
"""

import pathlib
import re

# Which body of a function runs, and, where a file is named for it, which functions were reached.
# Whatever panics ends the process at once, for one failed test is enough.
SWITCH = r'''
/// Which of the bodies runs.
pub mod mutant_switch {
    use std::{fs, io::Write, process, sync::{LazyLock, Mutex}};

    static ACTIVE: LazyLock<u32> = LazyLock::new(|| {
        let chosen = std::env::var("MUTANT").ok().and_then(|number| number.parse().ok());
        if chosen.is_some() {
            std::panic::set_hook(Box::new(|_| process::exit(101)));
        }
        chosen.unwrap_or(0)
    });
    static REACHED: LazyLock<Option<Mutex<(fs::File, std::collections::HashSet<u32>)>>> =
        LazyLock::new(|| {
            let file = fs::File::create(std::env::var("MUTANTS_REACHED").ok()?).ok()?;
            Some(Mutex::new((file, Default::default())))
        });

    /// The number of the change that is on, if it is one of these, else 0.
    pub fn active(first: u32, last: u32) -> u32 {
        if let Some(reached) = &*REACHED {
            let mut reached = reached.lock().unwrap();
            if reached.1.insert(first) {
                writeln!(reached.0, "{first}").unwrap();
            }
        }
        if (first..=last).contains(&*ACTIVE) { *ACTIVE } else { 0 }
    }
}
'''


class Text:
    """A source text in which places are lines and columns, both from one."""

    def __init__(self, text):
        self.starts = [0]
        for line in text.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def offset(self, place):
        return self.starts[place["line"] - 1] + place["column"] - 1

    def span(self, span):
        return self.offset(span["start"]), self.offset(span["end"])


def matching(text, start):
    """Where the bracket that opens at `start` closes. Knows comments, strings and characters."""
    pairs, depth, at = {"(": ")", "{": "}", "[": "]"}, 0, start
    skipped = re.compile(r'//[^\n]*|/\*.*?\*/|r(#*)".*?"\1|b?"(?:\\.|[^"\\])*"'
                         r"|b?'(?:\\[^u]|\\u\{\w+\}|[^'\\])'", re.DOTALL)
    while True:
        found = skipped.match(text, at)
        if found:
            at = found.end()
            continue
        if text[at] in pairs:
            depth += 1
        elif text[at] in pairs.values():
            depth -= 1
            if depth == 0:
                return at
        at += 1


def body_of(text, start, end):
    """The brackets of the body of the function that stands in `start..end`, None without one."""
    item = re.compile(r"(?:[ \t]*(?://[^\n]*|#\[[^\n]*\])?\n)*[^\n]*?\bfn\s+\w+", re.DOTALL)
    head = item.match(text, start)
    if not head:
        return None
    parameters = text.index("(", head.end())
    opening = text.index("{", matching(text, parameters))
    return (opening, end - 1) if text[end - 1] == "}" else None


def is_alone(text, start, opening):
    """Whether a function cannot choose: it runs at build time, or its type is its body's own."""
    head = text[start:opening]
    return bool(re.search(r"\bconst\s+(unsafe\s+)?fn\b|->\s*(?:\w+<)?impl\b", head))


def outermost(spans):
    """Of spans within each other only the outer ones."""
    kept = []
    for start, end in sorted(set(spans), key=lambda span: (span[0], -span[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def weave_file(source, mutants, numbers):
    """The text with all bodies, the lines of each body as (first, last, number), and who is alone.

    `mutants` are the file's changes, `numbers` their numbers. Line numbers count from one. The
    number of an original body is the negative of its function's first.
    """
    text = Text(source)
    functions = outermost(text.span(m["function"]["span"]) for m in mutants if m["function"])
    pieces, bodies, done, line = [], [], 0, 1
    left = dict(zip(numbers, mutants))

    def put(piece):
        nonlocal line
        pieces.append(piece)
        line += piece.count("\n")

    for start, end in functions:
        inside = {n: m for n, m in left.items()
                  if m["function"] and start <= text.span(m["span"])[0] < end}
        body = body_of(source, start, end)
        if not inside or body is None or is_alone(source, start, body[0]):
            continue
        opening, closing = body
        first, last = min(inside), max(inside)
        put(source[done:opening] + f"{{ match crate::mutant_switch::active({first}, {last}) {{\n")
        for number, mutant in inside.items():
            at, until = text.span(mutant["span"])
            changed = source[opening:at] + mutant["replacement"] + " " + source[until:closing + 1]
            before = line
            put(f"{number} => {changed}\n")
            bodies.append((before, line - 1, number))
            del left[number]
        before = line
        put(f"_ => {source[opening:closing + 1]}\n")
        bodies.append((before, line - 1, -first))
        put("} }")
        done = closing + 1
    put(source[done:])
    return "".join(pieces), bodies, list(left)


def weave(root, library, mutants, left_out):
    """Writes the changes into the tree at `root`. `mutants` by number; `left_out` do not compile.

    Returns the bodies of each file, and the numbers of the changes that have to be made singly.
    """
    by_file = {}
    for number, mutant in mutants.items():
        if number not in left_out:
            by_file.setdefault(mutant["file"], []).append(number)
    bodies, alone = {}, []
    for file, numbers in by_file.items():
        path = pathlib.Path(root, file)
        source = path.read_text()
        told = weave_file(source, [mutants[n] for n in numbers], numbers)
        path.write_text(told[0])
        bodies[file] = told[1]
        alone += told[2]
    with open(pathlib.Path(root, library), "a", encoding="utf-8") as file:
        file.write(SWITCH)
    return bodies, alone
