// The side of Twilio's Node.js library: signs or checks requests, one JSON line each. It is found
// through NODE_PATH.
const twilio = require("twilio");
const { getExpectedTwilioSignature } = require("twilio/lib/webhooks/webhooks");

function parameters(pairs) {
    const all = Object.create(null);
    for (const [name, value] of pairs) {
        (all[name] ??= []).push(value);
    }
    return all;
}

function answer({ token, url, is_form, body, pairs, signature }) {
    if (signature === undefined || signature === null) {
        return getExpectedTwilioSignature(token, url, is_form ? parameters(pairs) : {});
    }
    if (is_form) {
        return twilio.validateRequest(token, signature, url, parameters(pairs));
    }
    return twilio.validateRequestWithBody(token, signature, url, body);
}

const lines = require("fs").readFileSync(0, "utf8").split("\n").filter(Boolean);
process.stdout.write(lines.map((line) => JSON.stringify(answer(JSON.parse(line))) + "\n").join(""));
