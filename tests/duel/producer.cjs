// Fills the queue and tells how much is left of it. Found through NODE_PATH.
//   node producer.cjs REDIS_PORT fill COUNT FIRST_AT_MS SPREAD_MS SEED at-least-once|at-most-once
//   node producer.cjs REDIS_PORT left
const { Queue } = require("bullmq");

const [port, what, count, firstAt, spread, seed, promise] = process.argv.slice(2);
const queue = new Queue("reminders", { connection: { host: "127.0.0.1", port: Number(port) } });

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
function dice(seed) {
    let state = seed >>> 0;
    return () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    };
}

async function fill() {
    const draw = dice(Number(seed));
    const attempts = promise === "at-least-once" ? 10 : 1;
    const jobs = Array.from({ length: Number(count) }, (_, number) => {
        const at = Number(firstAt) + Math.floor(draw() * Number(spread));
        return {
            name: "remind",
            data: { to: `+1202556${String(1000 + (number % 9000)).padStart(4, "0")}` },
            opts: {
                jobId: `r${number}`,
                delay: Math.max(0, at - Date.now()),
                attempts,
                backoff: { type: "exponential", delay: 1000 },
            },
        };
    });
    for (let from = 0; from < jobs.length; from += 1000) {
        await queue.addBulk(jobs.slice(from, from + 1000));
    }
}

async function main() {
    if (what === "fill") {
        await fill();
    } else {
        console.log(JSON.stringify(await queue.getJobCounts()));
    }
    await queue.close();
}

main();
