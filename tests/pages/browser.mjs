// A browser that looks at pages: what it asks of others, what goes wrong, what bars the way.
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

export const base = process.argv[2];
const axe = readFileSync('node_modules/axe-core/axe.min.js', 'utf8');
export const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ['--no-sandbox'],
});
let failed = 0;

export async function check(what, look) {
  try {
    await look();
    console.log(`ok      ${what}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${what}\n    ${String(error.stack ?? error).replaceAll('\n', '\n    ')}`);
  }
}

// A page that notes what is asked of other hosts, and what goes wrong in it.
export async function open(path, settings = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...settings });
  const page = await watch(context);
  const answer = await page.goto(base + path, { waitUntil: 'load' });
  assert.equal(answer.status(), 200, path);
  return page;
}

export async function watch(context) {
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

export async function judge(page, name) {
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

export async function everyLook(path, name) {
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

export async function finish() {
  await browser.close();
  console.log(failed ? `${failed} failed` : 'all passed');
  process.exit(failed ? 1 : 0);
}
