"""How bodies are written that schemathesis does not know by itself."""

import json

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def lines(ctx, value):
    """One object a line; whatever else was made up goes out as it is."""
    items = value if isinstance(value, list) else [value]
    return "\n".join(json.dumps(item) for item in items).encode()


@schemathesis.serializer("text/calendar")
def calendar(ctx, value):
    """A document is text already."""
    return str(value).encode()
