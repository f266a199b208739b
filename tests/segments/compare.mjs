// Compares the segments that we count with those of Twilio's own calculator, text by text.
// Usage: node compare.mjs PROGRAM [TEXTS] [SEED] [FROM]; PROGRAM is domain's example `segments`. Texts are
// made and compared a thousand at a time, so memory stays the same however many there are.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { once } from "node:events";
import calculator from "sms-segments-calculator";

const { SegmentedMessage } = calculator;
const [program, texts = "1000000", seed = String(Date.now() % 1e9), from = "0"] =
  process.argv.slice(2);
console.log(`texts ${from} to ${texts}, seed ${seed}`);

// Mulberry32: small, and the same numbers from the same seed everywhere.
let state = Number(seed) >>> 0;
const random = () => {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
const below = (n) => Math.floor(random() * n);
const pick = (list) => list[below(list.length)];

const ascii = [...Array(95).keys()].map((at) => String.fromCharCode(32 + at));
const gsm = [..."@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà"];
const extended = [..."^{}\\[~]|€\f"];
const letters = [..."çêîôûáíóúãõâëïœšžłđßñğ’‘“”–—…•½`´"];
const scripts = [..."яжИбגשלוםمرحبا会議予定テスト안녕नमस्तेไทยαβγ"];
// Without CRLF, which the calculator takes for a character that GSM-7 lacks; it has both.
const pieces = [
  "👍", "👨‍👩‍👧‍👦", "👩🏽‍💻", "🇩🇪", "🇺🇸", "❤️", "1️⃣", "é", "à́̂", "e\u0301", "क्षि", "각", "\u200d",
  "\ufe0f", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "ñ", "𝒳", "𠮷",
];
const alphabets = [
  () => pick(ascii),
  () => pick([pick(ascii), pick(ascii), pick(gsm)]),
  () => pick([pick(ascii), pick(gsm), pick(extended)]),
  () => (below(12) ? pick(ascii) : pick(letters)),
  () => (below(3) ? pick(scripts) : " "),
  () => (below(8) ? pick(ascii) : pick(pieces)),
  () => pick(pieces),
];
// Lengths near the edges of parts are where counts differ, so half of all texts are there.
const edges = [66, 67, 68, 69, 70, 71, 133, 134, 135, 152, 153, 154, 159, 160, 161, 305, 306, 307];
const text = () => {
  const length = random() < 0.5 ? pick(edges) + below(3) - 1 : below(330);
  const next = pick(alphabets);
  let out = "";
  while (out.length < length) out += next();
  return out;
};

const ours = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
const lines = createInterface({ input: ours.stdout })[Symbol.asyncIterator]();
const total = Number(texts);
const first = Number(from);
// Those before were compared by a run that was cut short: they are made, and no more.
for (let skipped = 0; skipped < first; skipped += 1) text();
let wrong = 0;
ours.on("exit", (code) => {
  if (code !== 0) process.exit(2);
});
for (let done = first; done < total; done += 1000) {
  if (done % 100000 === 0 && done > first) console.log(`${done - first} compared, ${wrong} differ`);
  const batch = Array.from({ length: Math.min(1000, total - done) }, text);
  if (!ours.stdin.write(batch.map((one) => JSON.stringify(one) + "\n").join(""))) {
    await once(ours.stdin, "drain");
  }
  for (const one of batch) {
    const { value: line } = await lines.next();
    const theirs = new SegmentedMessage(one);
    const expected = `${theirs.encodingName} ${theirs.segmentsCount}`;
    if (line !== expected) {
      wrong += 1;
      if (wrong <= 20) console.error(`${JSON.stringify(one)}\n  ours ${line}, theirs ${expected}`);
    }
  }
}
ours.stdin.end();
const mebibytes = Math.round(process.resourceUsage().maxRSS / 1024);
console.log(`${total - first - wrong} of ${total - first} texts count the same; ${mebibytes} MiB at most`);
process.exit(wrong === 0 ? 0 : 1);
