// Looks at a person's own page, opened by the link in the third argument. See `run`.
import { strict as assert } from 'node:assert';
import { base, browser, check, finish, judge, open } from './browser.mjs';

const link = process.argv[3].replace(base, '');
const reminder = process.argv[4].replace(base, '');
const parts = [['/me', 'own'], ['/me/settings', 'own-settings'], ['/me/data', 'own-data']];

// The link goes on to the page by itself, with a script or without.
async function enter(settings = {}) {
  const page = await open(link, settings);
  await page.waitForURL(`${base}/me`);
  return page;
}

async function go(page, path) {
  const answer = await page.goto(base + path, { waitUntil: 'load' });
  assert.equal(answer.status(), 200, path);
}

for (const width of [360, 1280]) {
  for (const colorScheme of ['light', 'dark']) {
    for (const [path, name] of parts) {
      await check(`${name} at ${width} pixels, ${colorScheme}`, async () => {
        const page = await enter({ viewport: { width, height: 800 }, colorScheme });
        await go(page, path);
        await judge(page, `${name}-${width}-${colorScheme}`);
        await page.context().close();
      });
    }
  }
}

await check('settings are previewed while they are changed, and saved', async () => {
  const page = await enter({ viewport: { width: 360, height: 800 } });
  await go(page, '/me/settings');
  await page.locator('input[name=lead][value="15m"]').uncheck();
  await page.locator('input[name=lead][value="30m"]').check();
  await page.waitForFunction(() => document.querySelector('#preview').innerText.includes('in 30 minutes'));
  await page.locator('input[name=limit]').fill('many');
  await page.waitForSelector('#preview .wrong');
  await page.locator('input[name=limit]').fill('9');
  await page.waitForFunction(() => !document.querySelector('#preview .wrong'));
  await judge(page, 'own-previewed');
  await page.locator('button.strong').click();
  await page.waitForSelector('.said');
  await judge(page, 'own-saved');
  await page.context().close();
});

await check('without scripts settings are previewed and saved, and a reminder is cancelled', async () => {
  const page = await enter({ javaScriptEnabled: false });
  await go(page, '/me/settings');
  await page.locator('input[name=lead][value="30m"]').uncheck();
  await page.locator('input[name=lead][value="15m"]').check();
  await page.locator('button[formaction]').click();
  assert.match(await page.locator('#preview').innerText(), /in 15 minutes/);
  await page.locator('button.strong').click();
  assert.equal(await page.locator('.said').count(), 1);
  const cancel = page.locator('button[value=cancel]');
  const before = await cancel.count();
  assert.ok(before > 0, 'something waits');
  await cancel.first().click();
  assert.equal(await page.locator('.said').count(), 1);
  assert.equal(await cancel.count(), before - 1);
  await page.context().close();
});

await check('every language fits a small phone', async () => {
  const page = await enter({ viewport: { width: 360, height: 800 } });
  for (const language of ['de', 'es', 'fr', 'pt', 'ja', 'en']) {
    await go(page, '/me/settings');
    await page.locator('select[name=language]').selectOption(language);
    await page.locator('button.strong').click();
    await page.waitForSelector(`html[lang=${language}] .said`);
    for (const [path, name] of parts) {
      await go(page, path);
      await judge(page, `${name}-${language}`);
    }
  }
  await page.context().close();
});

await check('a reminder is put off by its button', async () => {
  const page = await enter({ viewport: { width: 360, height: 800 } });
  await page.locator('button[value="snooze-5"]').first().click();
  await page.waitForSelector('.said');
  assert.match(await page.locator('.said').innerText(), /texted again at/);
  await page.context().close();
});

await check('a link to a reminder opens it, and what is said there is kept', async () => {
  for (const colorScheme of ['light', 'dark']) {
    const page = await open(reminder, { viewport: { width: 360, height: 800 }, colorScheme });
    await judge(page, `own-reminder-${colorScheme}`);
    await page.context().close();
  }
  const page = await open(reminder, { viewport: { width: 360, height: 800 }, javaScriptEnabled: false });
  const buttons = page.locator('main button');
  assert.ok((await buttons.count()) > 0, 'there is something to do');
  await buttons.first().click();
  assert.equal(await page.locator('.said').count(), 1);
  await page.context().close();
});

await check('a link that opens nothing says how to get another', async () => {
  const context = await browser.newContext({ viewport: { width: 360, height: 800 } });
  const page = await context.newPage();
  const answer = await page.goto(`${base}/r?AAAA`);
  assert.equal(answer.status(), 404);
  assert.match(await page.locator('main').innerText(), /ask/i);
  await page.screenshot({ path: 'own-gone.png' });
  await context.close();
});

await check('who erases themselves is gone', async () => {
  const page = await enter({ viewport: { width: 360, height: 800 } });
  await go(page, '/me/data');
  await page.locator('button.danger').click();
  assert.equal(await page.locator('button.danger').count(), 1, 'not without being sure');
  await page.locator('input[name=sure]').check();
  await page.locator('button.danger').click();
  await page.waitForFunction(() => !document.querySelector('button.danger'));
  await judge(page, 'own-erased');
  const answer = await page.goto(`${base}/me`);
  assert.equal(answer.status(), 404);
  await page.context().close();
});

await finish();
