// Signs somebody up: from the page to the first text on the phone page. See `run`.
import { strict as assert } from 'node:assert';
import { createServer } from 'node:http';
import { base, check, finish, judge, open } from './browser.mjs';

const number = '+12025550147';

for (const width of [360, 1280]) {
  for (const colorScheme of ['light', 'dark']) {
    await check(`sign-up at ${width} pixels, ${colorScheme}`, async () => {
      const page = await open('/join', { viewport: { width, height: 800 }, colorScheme });
      await judge(page, `join-${width}-${colorScheme}`);
      await page.context().close();
    });
  }
}

await check('every language of the sign-up fits a small phone', async () => {
  const page = await open('/join', { viewport: { width: 360, height: 800 } });
  for (const language of ['de', 'es', 'fr', 'pt', 'ja', 'en']) {
    await page.locator(`a[hreflang=${language}]`).click();
    await page.waitForSelector(`html[lang=${language}] #join`);
    await judge(page, `join-${language}`);
  }
  await page.context().close();
});

await check('the script fills the zone in, and nobody signs up without agreeing', async () => {
  const page = await open('/join', { timezoneId: 'America/New_York' });
  assert.equal(await page.locator('#join input[name=zone]').inputValue(), 'America/New_York');
  await page.locator('input[name=phone]').fill(number);
  await page.locator('#join button').click();
  assert.equal(await page.locator('#join').count(), 1, 'the box is required');
  await page.context().close();
});

// A calendar of the next days, as an address. The last event of an hour is always ahead.
function calendar() {
  const stamp = (at) => at.toISOString().replace(/[-:]|\.\d+/g, '');
  const hours = [...Array(72).keys()].map((hour) => {
    const start = new Date(Date.now() + (hour + 1) * 3_600_000);
    const end = new Date(start.getTime() + 1_800_000);
    return `BEGIN:VEVENT\r\nUID:${hour}@pages.example\r\nDTSTAMP:${stamp(new Date())}\r\n` +
      `DTSTART:${stamp(start)}\r\nDTEND:${stamp(end)}\r\nSUMMARY:First of many\r\nEND:VEVENT\r\n`;
  });
  return `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//pages//EN\r\n${hours.join('')}END:VCALENDAR\r\n`;
}

await check('from sign-up without scripts to the first text on the phone page', async () => {
  const server = createServer((_, answer) => {
    answer.writeHead(200, { 'content-type': 'text/calendar' });
    answer.end(calendar());
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const quiet = { javaScriptEnabled: false, viewport: { width: 360, height: 800 } };
  try {
    const page = await open('/join', quiet);
    await page.locator('input[name=phone]').fill(number);
    // Wherever it is day now, so that no quiet hours are in the way.
    const zone = `Etc/GMT${Math.round(new Date().getUTCHours() - 12) >= 0 ? '+' : ''}${new Date().getUTCHours() - 12}`;
    await page.locator('input[name=zone]').fill(zone.replace('GMT+0', 'GMT'));
    await page.locator('input[name=agree]').check();
    await page.locator('#join button').click();
    assert.match(await page.locator('main').innerText(), /YES/);
    const phones = await open('/');
    const phone = phones.locator(`#phone-${number.slice(1)}`);
    await phones.waitForFunction((id) => document.querySelector(id)?.innerText.includes('reply YES'),
      `#phone-${number.slice(1)}`);
    await phone.locator('input[name=body]').fill('YES');
    await phone.locator('button.send').click();
    await phones.waitForFunction((id) => document.querySelector(id)?.innerText.includes('/me/in?'),
      `#phone-${number.slice(1)}`);
    const link = (await phone.innerText()).match(/\/me\/in\?[\w-]+/)[0];
    const own = await open(link, quiet);
    await own.waitForURL(`${base}/me`);
    await own.goto(`${base}/me/data`);
    const feed = own.locator('details', { has: own.locator('button[value=address]') });
    await feed.locator('summary').click();
    await feed.locator('input[name=address]').fill(`http://127.0.0.1:${server.address().port}/new.ics`);
    await feed.locator('button').click();
    assert.equal(await own.locator('.said').count(), 1, await own.locator('main').innerText());
    await phones.waitForTimeout(2_000);
    await phones.locator('#jump').click();
    await phones.waitForFunction((id) => document.querySelector(id)?.innerText.includes('First of many'),
      `#phone-${number.slice(1)}`);
    await phones.screenshot({ path: 'join-first-text.png' });
    await phones.context().close();
    await own.context().close();
    await page.context().close();
  } finally {
    server.close();
  }
});

await finish();
