// Looks at the pages of a running system. See `run`.
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { dashboard } from './dashboard.mjs';

const base = process.argv[2];
const axe = readFileSync('node_modules/axe-core/axe.min.js', 'utf8');
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ['--no-sandbox'],
});
let failed = 0;

async function check(what, look) {
  try {
    await look();
    console.log(`ok      ${what}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${what}\n    ${String(error.stack ?? error).replaceAll('\n', '\n    ')}`);
  }
}

// A page that notes what is asked of other hosts, and what goes wrong in it.
async function open(path, settings = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...settings });
  const page = await watch(context);
  const answer = await page.goto(base + path, { waitUntil: 'load' });
  assert.equal(answer.status(), 200, path);
  return page;
}

async function watch(context) {
  const page = await context.newPage();
  page.strangers = [];
  page.faults = [];
  page.on('request', (asked) => {
    const host = new URL(asked.url()).host;
    if (host !== new URL(base).host) page.strangers.push(host);
  });
  page.on('pageerror', (error) => page.faults.push(String(error)));
  page.on('console', (said) => said.type() === 'error' && page.faults.push(said.text()));
  return page;
}

async function judge(page, name) {
  await page.screenshot({ path: `${name}.png`, fullPage: true });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(wide <= 0, `it overflows by ${wide} pixels`);
  assert.deepEqual(page.strangers, [], 'nothing is asked of another host');
  assert.deepEqual(page.faults, [], 'nothing goes wrong in the page');
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run());
  const barriers = found.violations.map((one) => `${one.id}: ${one.nodes.map((n) => n.html)}`);
  assert.deepEqual(barriers, [], 'axe-core finds nothing');
}

async function everyLook(path, name) {
  for (const width of [360, 1280]) {
    for (const colorScheme of ['light', 'dark']) {
      await check(`${name} at ${width} pixels, ${colorScheme}`, async () => {
        const page = await open(path, { viewport: { width, height: 800 }, colorScheme });
        await judge(page, `${name}-${width}-${colorScheme}`);
        await page.context().close();
      });
    }
  }
}

await check('a text arrives once the clock is moved on, and STOP is answered by keyboard', async () => {
  const page = await open('/');
  await page.locator('#jump').focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('#phones').innerText.includes('in 15 minutes'));
  const reply = page.locator('input[name=body]').first();
  await reply.focus();
  await page.keyboard.type('STOP');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => /opted out|unsubscribed/i.test(document.body.innerText));
  await judge(page, 'stopped');
  await page.context().close();
});
await everyLook('/', 'home');

const first = await open('/');
const why = await first.locator('a[href^="/why/"]').first().getAttribute('href');
await first.context().close();
await everyLook(why, 'why');

await check('everything can be read without scripts', async () => {
  const page = await open('/', { javaScriptEnabled: false });
  const words = await page.locator('body').innerText();
  assert.match(words, /in 15 minutes/);
  const link = page.locator('a[href^="/why/"]').first();
  await link.click();
  assert.match(await page.locator('body').innerText(), /planned/i);
  await page.context().close();
});

await check('a strict policy says what a page may load', async () => {
  const answer = await (await browser.newContext()).request.get(base + '/');
  const policy = answer.headers()['content-security-policy'] ?? '';
  assert.match(policy, /default-src 'none'|default-src 'self'/);
  assert.doesNotMatch(policy, /unsafe/);
});

await dashboard({ browser, base, check, judge, watch });

await browser.close();
console.log(failed ? `${failed} failed` : 'all passed');
process.exit(failed ? 1 : 0);
