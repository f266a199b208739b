"""Deploys the template onto an emulator, as `make deploy` does onto AWS."""

import io
import json
import pathlib
import platform
import sys
import zipfile

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from emulator import REGION

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "infra"))

from transform import functions_in, plain  # noqa: E402

STACK = "beforehand"
BUCKET = "beforehand-code"

# Not secret: what the stand-ins on the other side know too.
SECRET = {
    "twilio_auth_token": "0123456789abcdef0123456789abcdef",
    "phone_key": "a-phone-key-for-emulators-only",
    "operator_token": "operator-token-for-emulators-only",
}

PARAMETERS = {
    "TwilioAccountSid": "AC0123456789abcdef0123456789abcdef",
    "TwilioFrom": "+12025550100",
    "TextsPerSecond": "1000",
    # Functions are processes of this machine.
    "Architecture": "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64",
    "ProtectTables": "false",
}

# What API Gateway's own address is in the template.
API_ADDRESS = "https://${HttpApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}"


class Deployment:
    """A stack on an emulator."""

    def __init__(self, url):
        self.url = url

    def client(self, service):
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"max_attempts": 2}),
        )

    def create(self, functions, parameters, secret):
        """Uploads, creates the stack and returns its outputs."""
        code = self.upload(functions)
        made = self.client("secretsmanager").create_secret(
            Name=STACK, SecretString=json.dumps(secret)
        )
        given = {**PARAMETERS, "SecretArn": made["ARN"], **parameters}
        template = adapted(plain(code), self.url, given)
        formation = self.client("cloudformation")
        formation.create_stack(
            StackName=STACK,
            TemplateURL=self.upload_template(template),
            Parameters=[
                {"ParameterKey": name, "ParameterValue": value} for name, value in given.items()
            ],
            Capabilities=["CAPABILITY_IAM"],
        )
        try:
            formation.get_waiter("stack_create_complete").wait(
                StackName=STACK, WaiterConfig={"Delay": 1, "MaxAttempts": 120}
            )
        except Exception as failed:
            raise RuntimeError("\n".join(self.failures(formation))) from failed
        stack = formation.describe_stacks(StackName=STACK)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def upload(self, functions):
        """Puts every bootstrap into a bucket; says where by function."""
        storage = self.client("s3")
        storage.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        code = {}
        for name in functions_in():
            bootstrap = pathlib.Path(functions) / name / "bootstrap"
            if not bootstrap.is_file():
                raise FileNotFoundError(f"{bootstrap} is missing; build it, or name --functions")
            storage.put_object(Bucket=BUCKET, Key=f"{name}.zip", Body=zipped(bootstrap))
            code[name] = f"s3://{BUCKET}/{name}.zip"
        return code

    def upload_template(self, template):
        """CloudFormation takes 51,200 bytes in a request; ours is longer."""
        self.client("s3").put_object(
            Bucket=BUCKET, Key="template.json", Body=json.dumps(template).encode()
        )
        return f"{self.url}/{BUCKET}/template.json"

    def failures(self, formation):
        yield "the stack could not be created:"
        for page in formation.get_paginator("describe_stack_events").paginate(StackName=STACK):
            for step in page["StackEvents"]:
                if step["ResourceStatus"].endswith("FAILED"):
                    why = step.get("ResourceStatusReason", "no reason given")
                    yield f"  {step['LogicalResourceId']}: {why}"

    def save_logs(self, folder):
        """Writes every log group into a file, for whoever asks why a test failed."""
        folder.mkdir(parents=True, exist_ok=True)
        logs = self.client("logs")
        for group in logs.describe_log_groups()["logGroups"]:
            name = group["logGroupName"]
            lines = []
            try:
                for page in logs.get_paginator("filter_log_events").paginate(logGroupName=name):
                    lines.extend((line["timestamp"], line["message"]) for line in page["events"])
            except ClientError as error:
                lines.append((0, str(error)))
            text = "".join(message.rstrip("\n") + "\n" for _, message in sorted(lines))
            (folder / (name.strip("/").replace("/", "_") + ".log")).write_text(text)


def zipped(bootstrap):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, bootstrap.read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=1)
    return buffer.getvalue()


def adapted(template, url, given):
    """The template for an emulator, which differs in what the emulator cannot do, and in nothing
    else:

    - it serves APIs below a path on loopback, so the API's own address is another;
    - it knows no alarms on metric math, so those are left out (nothing reads alarms here);
    - it takes a number that is a parameter for a text, so those are put in here;
    - it wants a batch to be allowed by its own name, where AWS asks for the action it is made of.
    """
    numbers = {
        name: int(given.get(name, parameter.get("Default", 0)))
        for name, parameter in template["Parameters"].items()
        if parameter["Type"] == "Number"
    }

    def with_numbers(node):
        if isinstance(node, dict):
            if list(node) == ["Ref"] and node["Ref"] in numbers:
                return numbers[node["Ref"]]
            return {name: with_numbers(value) for name, value in node.items()}
        return [with_numbers(value) for value in node] if isinstance(node, list) else node

    def with_batches(node):
        if isinstance(node, dict):
            if node.get("Action") == "sqs:SendMessage":
                node = {**node, "Action": ["sqs:SendMessage", "sqs:SendMessageBatch"]}
            return {name: with_batches(value) for name, value in node.items()}
        return [with_batches(value) for value in node] if isinstance(node, list) else node

    resources = {
        name: with_batches(with_numbers(resource))
        for name, resource in template["Resources"].items()
        if "Metrics" not in resource.get("Properties", {})
    }
    text = json.dumps({**template, "Resources": resources})
    assert API_ADDRESS in text, "the template no longer spells the API's address as expected"
    return json.loads(text.replace(API_ADDRESS, url + "/_aws/execute-api/${HttpApi}"))
