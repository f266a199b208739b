// The worker of a job queue, as its documentation advises where each job must be done: it posts the
// text that the job names, and is killed while it does. Found through NODE_PATH.
//   node worker.cjs REDIS_PORT PROVIDER_URL at-least-once|at-most-once
const { Worker } = require("bullmq");

const [port, provider, promise] = process.argv.slice(2);
const account = "AC00000000000000000000000000005a4d";
const url = `${provider}/2010-04-01/Accounts/${account}/Messages.json`;
const authorization = "Basic " + Buffer.from(`${account}:sandbox`).toString("base64");

async function send(job) {
    const body = new URLSearchParams({
        To: job.data.to,
        From: "+12025550100",
        Body: `Reminder ${job.id}`,
    });
    const answer = await fetch(url, { method: "POST", headers: { authorization }, body });
    if (!answer.ok) {
        throw new Error(`the provider answered ${answer.status}`);
    }
    return (await answer.json()).sid;
}

const worker = new Worker("reminders", send, {
    connection: { host: "127.0.0.1", port: Number(port), maxRetriesPerRequest: null },
    concurrency: 50,
    // A job whose worker died is found again this soon; the defaults, 30 s each, only take longer.
    lockDuration: 5000,
    stalledInterval: 2000,
    // By default a job that stalls twice is given up. For "at least once" it never is; for "at most
    // once" one that stalls is not tried again.
    maxStalledCount: promise === "at-least-once" ? 1000 : 0,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 100000 },
});
worker.on("error", (error) => console.error(String(error)));
