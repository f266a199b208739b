"""Parts of the deployment that are broken for a while: each says what is wrong and what to do, as
an error that the alarm on logged errors counts, and nothing is lost or sent twice meanwhile."""

import json
from datetime import timedelta

from alone import TICK
from system import check, event, instant, now, until


def a_role_without_its_permissions_is_named_and_the_text_goes_out_once_it_has_them(system):
    iam = system.client("iam")
    sender = system.client("lambda").get_function_configuration(FunctionName="beforehand-sender")
    role = sender["Role"].split("/")[-1]
    kept = {name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            for name in iam.list_role_policies(RoleName=role)["PolicyNames"]}
    check(kept, "the sender's role has policies of its own")
    phone = _due_soon(system, "unpermitted")
    row = system.reminder("unpermitted")
    for name, document in kept.items():
        iam.put_role_policy(RoleName=role, PolicyName=name,
                            PolicyDocument=json.dumps(_without_store(document)))
    try:
        _wait_until_due(row)
        _says_error(system, "sender", "role does not permit it")
        check(system.texts(phone) == [], "nothing is sent in doubt")
    finally:
        for name, document in kept.items():
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
    _goes_out_once(system, "unpermitted", phone)


def an_item_of_another_version_is_named_and_its_text_goes_out_once_it_can_be_read(system):
    phone = _due_soon(system, "versioned")
    row = system.reminder("versioned")
    key = {"user": "versioned", "reminder": row["id"]}
    _set_version(system, key, "9")
    try:
        _wait_until_due(row)
        _says_error(system, "sender", "version 9")
        check(system.texts(phone) == [], "what cannot be read is not sent")
    finally:
        _set_version(system, key, "1")
    _goes_out_once(system, "versioned", phone)


def _due_soon(system, user):
    """A user whose text is due in seconds, with minutes to spare; the phone."""
    phone = system.add_user(user, lead=["10m"])
    system.put(user, event("Meeting", now() + timedelta(minutes=10, seconds=20)))
    return phone


def _without_store(document):
    """The policy with everything but the store's tables."""
    document = json.loads(document) if isinstance(document, str) else document
    def touches_store(statement):
        actions = statement["Action"]
        actions = [actions] if isinstance(actions, str) else actions
        return any(action.startswith("dynamodb:") for action in actions)
    left = [each for each in document["Statement"] if not touches_store(each)]
    nothing = {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}
    return {**document, "Statement": left or [nothing]}


def _set_version(system, key, version):
    system.client("dynamodb").update_item(
        TableName=system.outputs["RemindersTableName"],
        Key={name: {"S": value} for name, value in key.items()},
        UpdateExpression="SET #doc.#v = :version",
        ExpressionAttributeNames={"#doc": "doc", "#v": "v"},
        ExpressionAttributeValues={":version": {"N": version}},
    )


def _wait_until_due(row):
    until("its instant has come", lambda: now() > instant(row["send_at"]), 60)


def _says_error(system, function, words):
    """An error of the function's log names what is wrong."""
    logs = system.client("logs")
    def look():
        system.invoke("monitor", TICK)
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=f"/aws/lambda/beforehand-{function}")
        lines = [line["message"] for page in pages for line in page["events"]]
        return [line for line in lines if '"level":"ERROR"' in line and words in line]
    until(f"the {function}'s log has an error about: {words}", look, 120)


def _goes_out_once(system, user, phone):
    def look():
        # The sweep comes by itself as well; here nobody wants to wait for it.
        system.invoke("monitor", TICK)
        return system.reminders(user)[0]["state"] == "delivered"
    until(f"{user}'s reminder is delivered", look, 300)
    texts = system.texts(phone)
    check(len(texts) == 1, f"one text: {texts}")
