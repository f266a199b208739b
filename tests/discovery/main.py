"""Holds requests and answers against a discovery document of Google's."""

import json
import re
import sys
from datetime import date, datetime
from urllib.parse import parse_qsl, unquote, urlsplit


class Judge:
    def __init__(self, document):
        self.document = document
        self.base = urlsplit(document["baseUrl"])
        self.methods = list(methods(document))
        self.counts = {True: 0, False: 0}
        self.seen = set()

    def check(self, what, holds, why=""):
        self.counts[bool(holds)] += 1
        if not holds:
            print(f"FAIL {what}: {why}")

    def method(self, exchange):
        """The method that a request asks for, with what stands in its path."""
        url = urlsplit(exchange["url"])
        prefix = self.base.path
        if (url.scheme, url.netloc) != (self.base.scheme, self.base.netloc):
            return None, {}
        if not url.path.startswith(prefix):
            return None, {}
        for method in self.methods:
            pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(method["path"]))
            found = re.fullmatch(pattern, url.path[len(prefix):])
            if found and method["httpMethod"] == exchange["method"]:
                return method, {name: unquote(value) for name, value in found.groupdict().items()}
        return None, {}

    def exchange(self, exchange):
        about = f"{exchange['method']} {exchange['url'].split('?')[0]}"
        method, in_path = self.method(exchange)
        self.check(f"{about} is a method of the API", method is not None, "no such method")
        if method is None:
            return
        self.seen.add(method["id"])
        self.parameters(method, in_path, exchange)
        has_body = "request" in method
        self.check(f"{about}: body", bool(exchange["body"]) == has_body, "one too many, or none")
        if has_body and exchange["body"]:
            self.value(f"{about}: body", method["request"], json.loads(exchange["body"]))
        status, answer = exchange["status"], exchange["answer"]
        if not 200 <= status < 300:
            return self.fault(f"{about}: {status}", status, answer)
        if "response" not in method:
            return self.check(f"{about}: answer", not answer, "there should be none")
        self.value(f"{about}: answer", method["response"], json.loads(answer))

    def parameters(self, method, in_path, exchange):
        known = {**self.document["parameters"], **method.get("parameters", {})}
        given = parse_qsl(urlsplit(exchange["url"]).query, keep_blank_values=True)
        given = [*in_path.items(), *given]
        names = [name for name, _ in given]
        for name, parameter in known.items():
            if parameter.get("required"):
                self.check(f"{method['id']}: {name}", name in names, "is missing")
        for name, value in given:
            what = f"{method['id']}: {name}={value}"
            parameter = known.get(name)
            self.check(f"{what} is known", parameter is not None, "no such parameter")
            if parameter is None:
                continue
            self.check(f"{what} once", names.count(name) == 1 or parameter.get("repeated"), "repeated")
            wrong = wrong_text(parameter, value)
            self.check(what, not wrong, wrong)
            if name == "fields":
                self.fields(what, method["response"], value)

    def fields(self, what, schema, mask):
        """Whether every field of a mask is one of the schema's."""
        for name, inner in split(mask):
            properties = self.resolved(schema).get("properties", {})
            self.check(f"{what}: {name}", name in properties, "no such field")
            if inner and name in properties:
                below = self.resolved(properties[name])
                self.fields(what, below.get("items", below), inner)

    def resolved(self, schema):
        return self.document["schemas"][schema["$ref"]] if "$ref" in schema else schema

    def value(self, what, schema, value):
        schema = self.resolved(schema)
        kind = schema.get("type")
        if kind == "object":
            self.check(f"{what} is an object", isinstance(value, dict), repr(value))
            for name, part in value.items() if isinstance(value, dict) else ():
                known = schema.get("properties", {}).get(name) or schema.get("additionalProperties")
                self.check(f"{what}.{name} is known", known is not None, "no such field")
                if known is not None:
                    self.value(f"{what}.{name}", known, part)
        elif kind == "array":
            self.check(f"{what} is a list", isinstance(value, list), repr(value))
            for part in value if isinstance(value, list) else ():
                self.value(f"{what}[]", schema["items"], part)
        elif kind == "string":
            wrong = wrong_text(schema, value) if isinstance(value, str) else "is no text"
            self.check(what, not wrong, wrong)
        elif kind == "boolean":
            self.check(what, isinstance(value, bool), repr(value))
        elif kind == "integer":
            is_whole = isinstance(value, int) and not isinstance(value, bool)
            self.check(what, is_whole, repr(value))

    def fault(self, what, status, answer):
        """The document does not describe errors; Google's are of this shape everywhere."""
        error = json.loads(answer or "{}").get("error", {})
        self.check(f"{what}: code", error.get("code") == status, repr(error))
        reasons = [one.get("reason") for one in error.get("errors", [])]
        self.check(f"{what}: reason", reasons and all(reasons), repr(error))


def methods(part):
    for method in part.get("methods", {}).values():
        yield method
    for below in part.get("resources", {}).values():
        yield from methods(below)


def wrong_text(schema, text):
    """What is wrong with a value that is written as a text; nothing if it is right."""
    kind, form = schema.get("type"), schema.get("format")
    try:
        if kind == "boolean":
            return "" if text in ("true", "false") else "is no boolean"
        if kind == "integer" or form in ("int64", "uint64"):
            low, high = int(schema.get("minimum", -(2**63))), int(schema.get("maximum", 2**63))
            return "" if low <= int(text) <= high else "is out of bounds"
        if form == "date":
            date.fromisoformat(text)
        if form == "date-time":
            moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
            return "" if moment.tzinfo else "has no offset"
    except ValueError as error:
        return str(error)
    if "enum" in schema and text not in schema["enum"]:
        return f"is none of {schema['enum']}"
    if "pattern" in schema and not re.fullmatch(schema["pattern"], text):
        return "does not match"
    return ""


def split(mask):
    """The fields of a mask: `a,b(c,d(e))` is a, and b with `c,d(e)`."""
    depth, begin, parts = 0, 0, []
    for index, letter in enumerate(mask + ","):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(mask[begin:index])
            begin = index + 1
    for part in parts:
        name, _, inner = part.partition("(")
        yield name, inner.removesuffix(")")


def main():
    document, exchanges = sys.argv[1:]
    with open(document, encoding="utf-8") as file:
        judge = Judge(json.load(file))
    with open(exchanges, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    for line in lines:
        judge.exchange(line)
    for name in ("events.list", "events.watch", "channels.stop"):
        judge.check(f"{name} is asked for", f"calendar.{name}" in judge.seen, "never")
    statuses = sorted({line["status"] for line in lines})
    print(f"calendar v3 of {judge.document['revision']}; {len(lines)} exchanges, {statuses}")
    print(f"{judge.counts[True]} passed, {judge.counts[False]} failed")
    sys.exit(bool(judge.counts[False]))


main()
