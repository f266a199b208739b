// Looks at the operators' dashboard of a running system, signed in as an operator. See `run`.
import { strict as assert } from 'node:assert';

export async function dashboard({ browser, base, check, judge, watch }) {
  // A page of somebody who signed in through the form, by keyboard.
  async function signedIn(settings = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...settings });
    const page = await watch(context);
    const answer = await page.goto(base + '/dashboard');
    assert.equal(answer.status(), 401, 'it asks who one is');
    page.faults.length = 0;
    await page.locator('#token').focus();
    await page.keyboard.type(process.env.TOKEN);
    await page.keyboard.press('Enter');
    await page.waitForSelector('#health');
    return page;
  }

  async function everyLook(name, go) {
    for (const width of [360, 1280]) {
      for (const colorScheme of ['light', 'dark']) {
        await check(`${name} at ${width} pixels, ${colorScheme}`, async () => {
          const page = await signedIn({ viewport: { width, height: 800 }, colorScheme });
          await go(page);
          await judge(page, `${name}-${width}-${colorScheme}`);
          await page.context().close();
        });
      }
    }
  }

  const behind = (page) => page.locator('#days a[href*="of=planned"]').first();
  await everyLook('dashboard', async () => {});
  await everyLook('behind', (page) => behind(page).click());

  await check('the sign-in is judged as well, and a wrong token is told', async () => {
    const page = await watch(await browser.newContext());
    await page.goto(base + '/dashboard');
    await page.fill('#token', 'wrong-horse-battery');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[role=alert]');
    page.faults.length = 0;
    await judge(page, 'sign-in');
    await page.context().close();
  });

  await check('the dashboard keeps itself up to date, and focus stays', async () => {
    const page = await signedIn();
    await page.evaluate(() => { window.untouched = true; });
    const link = behind(page);
    await link.focus();
    const before = await page.locator('#as-of time').getAttribute('datetime');
    await page.waitForFunction(
      (old) => document.querySelector('#as-of time').getAttribute('datetime') !== old,
      before,
      { timeout: 25000 },
    );
    assert.ok(await page.evaluate(() => window.untouched), 'without a reload');
    const focused = await page.evaluate(() => document.activeElement.getAttribute('href'));
    assert.match(focused ?? '', /of=planned/, 'the focus is where it was');
    await page.context().close();
  });

  await check('from a number to the reasons, without scripts', async () => {
    const page = await signedIn({ javaScriptEnabled: false });
    await behind(page).click();
    const why = page.locator('a[href^="/dashboard/reminders/"]').first();
    await why.click();
    assert.match(await page.locator('body').innerText(), /What happened/);
    await page.context().close();
  });

  const experiments = (page) => page.goto(base + '/dashboard/experiments');
  const act = async (page, button, reason) => {
    const form = page.locator('form', { has: page.getByRole('button', { name: button }) });
    await form.locator('input[name=by]').fill('ann');
    await form.locator('input[name=reason]').fill(reason);
    await form.getByRole('button', { name: button }).click();
  };
  await check('an experiment is defined, started and ended, without scripts', async () => {
    const page = await signedIn({ javaScriptEnabled: false });
    await experiments(page);
    await act(page, 'Keep it as a draft', 'to see how it goes');
    await act(page, 'Put users in its arms', 'everything is ready');
    assert.match(await page.locator('main').innerText(), /running/i);
    await act(page, 'Stop without a consequence', 'it was seen');
    assert.match(await page.locator('main').innerText(), /stopped/i);
    await experiments(page);
    assert.match(await page.locator('table').innerText(), /stopped/i);
    await page.context().close();
  });
  await everyLook('experiments', experiments);
  await everyLook('experiment', async (page) => {
    await experiments(page);
    await page.locator('th a[href^="/dashboard/experiments/"]').first().click();
  });

  await check('a policy as strict as can be', async () => {
    const answer = await (await browser.newContext()).request.get(base + '/dashboard');
    const policy = answer.headers()['content-security-policy'] ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
  });
}
