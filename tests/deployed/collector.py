"""A collector of OpenTelemetry on loopback, which reads the spans that functions post to it: OTLP
over HTTP, by the numbers of its messages' fields (opentelemetry/proto, trace/v1)."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Collector(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port):
        super().__init__(("127.0.0.1", port), Handler)
        self.lock = threading.Lock()
        self.kept = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def keep(self, spans):
        with self.lock:
            self.kept.extend(spans)

    def spans(self):
        """All that came so far."""
        with self.lock:
            return list(self.kept)

    def of_reminder(self, reminder):
        """Those in the trace of a reminder, which has its id."""
        return [span for span in self.spans() if span["trace"] == reminder]

    def handle_error(self, request, client_address):
        """Functions that are killed leave their connections; that is no news."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_ours = (self.path, self.headers["Content-Type"]) == ("/v1/traces",
                                                                "application/x-protobuf")
        if is_ours:
            self.server.keep(list(_spans(body)))
        self.send_response(200 if is_ours else 415)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def _spans(export):
    """The spans of an `ExportTraceServiceRequest`."""
    for resource_spans in _all(export, 1):
        service = _attributes(_one(resource_spans, 1), 1).get("service.name")
        for scope_spans in _all(resource_spans, 2):
            for span in _all(scope_spans, 2):
                links = [(_one(link, 1).hex(), _one(link, 2).hex()) for link in _all(span, 13)]
                yield {"service": service, "name": _one(span, 5).decode(),
                       "trace": _one(span, 1).hex(), "span": _one(span, 2).hex(),
                       "attributes": _attributes(span, 9), "links": links}


def _attributes(message, number):
    """The attributes that are text."""
    pairs = {}
    for pair in _all(message, number):
        texts = list(_all(_one(pair, 2), 1))
        if texts:
            pairs[_one(pair, 1).decode()] = texts[0].decode()
    return pairs


def _one(message, number):
    return next(_all(message, number), b"")


def _all(message, number):
    return (value for known, value in _fields(message) if known == number)


def _fields(message):
    """Each field's number and value, by protobuf's wire format."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(message, at)
        else:
            length = {1: 8, 5: 4}.get(kind)
            if length is None:
                length, at = _varint(message, at)
            value, at = message[at:at + length], at + length
        yield key >> 3, value


def _varint(message, at):
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
