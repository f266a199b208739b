"""Google as the deployed system sees it: the stand-in of our tests (`tests/examples`), and what
those do who are on its side, its people and the network between it and us."""

import json
import subprocess
import urllib.error
import urllib.request
from datetime import timedelta

from system import until


class Google:
    def __init__(self, program, port):
        self.program = program
        self.port = port
        self.process = None

    def __enter__(self):
        log = open("target/emulator/google.log", "wb")
        self.process = subprocess.Popen([self.program, str(self.port)], stdout=log,
                                        stderr=subprocess.STDOUT)
        until("Google's stand-in answers", self._answers, 30)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)

    def put(self, name, start, title=None, minutes=60):
        """Somebody adds an event, or changes the one of that name; every channel tells of it."""
        start = start.replace(microsecond=0)
        end = start + timedelta(minutes=minutes)
        self._ask("PUT", "events", {
            "id": name, "iCalUID": f"{name}@google.test", "status": "confirmed",
            "summary": title or name, "eventType": "default",
            "start": {"dateTime": start.isoformat()}, "end": {"dateTime": end.isoformat()},
        })

    def delete(self, name):
        self._ask("PUT", "events", {"id": name, "status": "cancelled"})

    def allow(self, page):
        """The account's owner opens the page and allows it: where they are sent back to."""
        return self._ask("POST", "allow", page)

    def pushes(self):
        """What was pushed since this was last asked, oldest first."""
        return json.loads(self._ask("POST", "pushes"))

    def channels(self):
        return json.loads(self._ask("GET", "channels"))

    def lists(self):
        """How often it was asked for events."""
        asked = json.loads(self._ask("GET", "requests"))
        return sum(what == "GET /calendar/v3/calendars/primary/events" for what, _ in asked)

    def _answers(self):
        try:
            return self.channels() == []
        except urllib.error.URLError:
            return False

    def _ask(self, method, what, body=None):
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/stand-in/{what}",
                                         data=None if body is None else data, method=method)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read().decode()
