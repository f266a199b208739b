// What a function of the same kind is in Node.js: the clients of the store and of the queues, made
// once, and a loop that asks for invocations. No framework, bundled and minified.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import http from "node:http";

const clients = [new DynamoDBClient({}), new SQSClient({})];

function next() {
  const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
  const path = "/2018-06-01/runtime/invocation/next";
  http.get({ hostname, port, path }, (answer) => answer.resume().on("end", next));
}

if (clients.length === 2) next();
