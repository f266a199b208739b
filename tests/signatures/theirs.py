"""The side of Twilio's Python library: signs or checks requests, one JSON line each."""

import json
import sys

from twilio.request_validator import RequestValidator


class Pairs(dict):
    """Parameters that may come more than once, as web frameworks hand them over."""

    def __init__(self, pairs):
        super().__init__()
        for name, value in pairs:
            self.setdefault(name, []).append(value)

    def getlist(self, name):
        return self[name]


for line in sys.stdin:
    asked = json.loads(line)
    validator = RequestValidator(asked["token"])
    parameters = Pairs(asked["pairs"]) if asked["is_form"] else asked["body"]
    if asked.get("signature") is None:
        # A body that is not a form is covered by its hash in the address.
        form = parameters if asked["is_form"] else {}
        answer = validator.compute_signature(asked["url"], form)
    else:
        answer = validator.validate(asked["url"], parameters, asked["signature"])
    print(json.dumps(answer))
