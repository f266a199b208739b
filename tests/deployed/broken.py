"""Parts of the deployment that are broken for a while: each says what is wrong and what to do, as
an error that the alarm on logged errors counts, and nothing is lost or sent twice meanwhile."""

import json
from datetime import timedelta

from alone import TICK
from system import check, event, instant, now, until


def a_role_without_its_permissions_is_named_and_the_text_goes_out_once_it_has_them(system):
    iam, role, kept = _sender_policies(system)
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


def rol_05_a_switch_that_cannot_be_read_sends_nothing_until_it_can(system):
    dynamodb, table = system.client("dynamodb"), system.outputs["ControlTableName"]
    key = {"kind": {"S": "rollout"}, "name": {"S": "switch"}}
    kept = dynamodb.get_item(TableName=table, Key=key).get("Item")
    iam, role, policies = _sender_policies(system)
    phone = _due_soon(system, "unswitched")
    row = system.reminder("unswitched")
    later = {"v": {"N": "9"}, "is_on": {"BOOL": True}, "version": {"N": "1"}}
    dynamodb.put_item(TableName=table, Item={**key, "version": {"N": "1"}, "doc": {"M": later}})
    try:
        try:
            _put_off(system, "unswitched", row)
            # It may not be read any more before it could be again.
            for name, document in policies.items():
                iam.put_role_policy(RoleName=role, PolicyName=name,
                                    PolicyDocument=json.dumps(_without(document, "TakeTurns")))
        finally:
            if kept:
                dynamodb.put_item(TableName=table, Item=kept)
            else:
                dynamodb.delete_item(TableName=table, Key=key)
        _put_off(system, "unswitched", system.reminder("unswitched"))
    finally:
        for name, document in policies.items():
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
    check(system.texts(phone) == [], "nothing was sent in doubt")
    _goes_out_once(system, "unswitched", phone)


def _put_off(system, user, row):
    """Its instant comes and goes, and it waits for a later one: the row by then."""
    def look():
        after = system.reminders(user)[0]
        check(after["state"] == "scheduled", f"it waits: {after}")
        return after if instant(after["send_at"]) > instant(row["send_at"]) else None
    return until(f"{user}'s reminder is put off", look, 120)


def _sender_policies(system):
    """The client of IAM, the sender's role, and its policies by name."""
    iam = system.client("iam")
    sender = system.client("lambda").get_function_configuration(FunctionName="beforehand-sender")
    role = sender["Role"].split("/")[-1]
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policies = {name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
                for name in names}
    check(policies, "the sender's role has policies of its own")
    return iam, role, policies


def _without(document, sid):
    """The policy without the statement of this name, which it must have."""
    document = json.loads(document) if isinstance(document, str) else document
    left = [each for each in document["Statement"] if each.get("Sid") != sid]
    check(len(left) < len(document["Statement"]), f"the policy has {sid}")
    return {**document, "Statement": left}


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
