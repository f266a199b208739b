"""Turns the SAM template into plain CloudFormation, offline.

    transform.py OUT.json [FUNCTION=S3_URI ...]

Code that is not named comes from a place that does not exist: enough for whoever only reads the
result. Run it with the Python of `tests/tools emulator`.
"""

import json
import os
import pathlib
import sys

# The translator asks boto3 for a region; nothing is sent anywhere.
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samtranslator.translator.transform import transform  # noqa: E402
from samtranslator.yaml_helper import yaml_parse  # noqa: E402

TEMPLATE = pathlib.Path(__file__).parent / "template.yaml"
NOWHERE = "s3://code-is-uploaded-later/bootstrap.zip"


class NoManagedPolicies:
    """Roles are written out in the template, so no managed policy is looked up by its name."""

    def load(self):
        return {}


def plain(code):
    """The template as plain CloudFormation; `code` says where each function's zip is."""
    template = yaml_parse(TEMPLATE.read_text())
    for name, properties in functions_of(template).items():
        properties["CodeUri"] = code.get(name, NOWHERE)
    return transform(template, {}, NoManagedPolicies())


def functions_in():
    """The names of the template's functions, which are their directories'."""
    return sorted(functions_of(yaml_parse(TEMPLATE.read_text())))


def functions_of(template):
    resources = template["Resources"].values()
    all_of = [r["Properties"] for r in resources if r["Type"] == "AWS::Serverless::Function"]
    return {properties["CodeUri"].rsplit("/", 1)[-1]: properties for properties in all_of}


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    code = dict(pair.split("=", 1) for pair in sys.argv[2:])
    out = pathlib.Path(sys.argv[1])
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(plain(code), indent=1) + "\n")


if __name__ == "__main__":
    main()
