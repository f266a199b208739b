// Looks at the pages of a running system. See `run`.
import { strict as assert } from 'node:assert';
import { base, browser, check, everyLook, finish, judge, open, watch } from './browser.mjs';
import { dashboard } from './dashboard.mjs';

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

await finish();
