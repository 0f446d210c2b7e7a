// The page to browse, in a real browser: it finds, filters, opens, links, saves; by keyboard, on a phone, without a network; strangers' texts
// stay texts. Sizes and times are printed (MXS_TIMES=1), not judged: a machine may be slow.
//
//   node browse.mjs PAGE HOSTILE_PAGE
import assert from 'node:assert/strict';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { openBrowser, take } from './browser.mjs';

const [url, hostile] = process.argv.slice(2, 4).map((path) => pathToFileURL(path).href);
const browser = await openBrowser();

async function visit(address, options = {}) {
  const context = await browser.newContext(options), page = await context.newPage(), seen = { requests: [], errors: [] };
  page.on('request', (request) => { if (!/^(file|blob|data):/.test(request.url())) seen.requests.push(request.url()); });
  page.on('pageerror', (error) => seen.errors.push(String(error)));
  page.on('console', (message) => { if (message.type() === 'error') seen.errors.push(message.text()); });
  page.on('dialog', (dialog) => { seen.errors.push('dialog'); dialog.dismiss(); });
  await page.goto(address);
  await page.waitForSelector('html[data-ready]');
  return { page, context, seen };
}

const total = async (page) => (await page.textContent('#status')).match(/^([\d,]+) of ([\d,]+) domains$/).slice(1).map((n) => Number(n.replace(/,/g, '')));

async function finds() {
  const { page, context, seen } = await visit(url);
  const [all, count] = await total(page);
  assert.equal(all, count);
  const name = await page.textContent('button.name');
  await page.fill('#q', name);
  assert.equal(await page.locator('button.name').first().textContent(), name);
  assert.ok((await total(page))[0] >= 1);
  assert.match(page.url(), new RegExp('#q=' + name.replace(/\./g, '\\.')));
  await page.fill('#q', '');
  const option = await page.locator('#state option').nth(1).getAttribute('value');
  await page.selectOption('#state', option);
  const [some] = await total(page);
  assert.ok(some > 0 && some <= count);
  const states = await page.locator('tbody tr td:nth-child(2)').allTextContents();
  assert.ok(states.every((state) => state === option));
  assert.deepEqual(seen, { requests: [], errors: [] });
  await context.close();
}

/* The columns of the list: two of the invented survey, each with domains that have no value. */
async function filtersByColumns() {
  const { page, context, seen } = await visit(url);
  const [, count] = await total(page);
  const options = await page.locator('#facet0 option').evaluateAll((list) => list.slice(1).map((one) => [one.value, Number(one.textContent.match(/\(([\d,]+)\)$/)[1].replace(/,/g, ''))]));
  assert.ok(options.some(([value]) => value === '=Tyrol') && options.some(([value]) => value === '='));
  assert.equal(options.reduce((sum, [, n]) => sum + n, 0), count, 'one value each here');
  for (const [value, n] of options) {
    await page.selectOption('#facet0', value);
    assert.equal((await total(page))[0], n, value);
  }
  await page.selectOption('#facet0', '=Tyrol');
  const [tyrol] = await total(page);
  await page.selectOption('#facet1', '=hospital');
  assert.ok((await total(page))[0] < tyrol);
  const again = await context.newPage();
  await again.goto(page.url());
  await again.waitForSelector('html[data-ready]');
  assert.deepEqual(await total(again), await total(page), 'a link shows the same');
  await page.locator('button.name').first().click();
  assert.ok((await page.locator('.details').textContent()).includes('Region: Tyrol'));
  assert.deepEqual(seen, { requests: [], errors: [] });
  await context.close();
}

async function opensByKeyboardAndLinks() {
  const { page, context } = await visit(url);
  await page.focus('#q');
  for (let i = 0; i < 40 && !(await page.evaluate(() => document.activeElement.classList.contains('name'))); i++) await page.keyboard.press('Tab');
  const name = await page.evaluate(() => document.activeElement.textContent);
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('.details h2').textContent(), name);
  assert.ok((await page.locator('.details h3').allTextContents()).includes('Delivery order'));
  const link = page.url();
  const again = await context.newPage();
  await again.goto(link);
  await again.waitForSelector('.details h2');
  assert.equal(await again.locator('.details h2').textContent(), name);
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('.details').count(), 0);
  await context.close();
}

async function saves() {
  const { page, context } = await visit(url, { acceptDownloads: true });
  await page.selectOption('#state', await page.locator('#state option').nth(1).getAttribute('value'));
  const [some] = await total(page);
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('text=Save these as CSV')]);
  const { readFileSync } = await import('node:fs');
  const lines = readFileSync(await download.path(), 'utf8').trimEnd().split('\n');
  assert.equal(lines.length, some + 1);
  assert.match(lines[0], /^domain,state,mailbox,.*,facet_Region,facet_Sector$/);
  await context.close();
}

async function narrow() {
  const { page, context } = await visit(url, { viewport: { width: 390, height: 800 } });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 'nothing is wider than the phone');
  await page.locator('button.name').first().click();
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 'nor is what was opened');
  await context.close();
}

async function accessible() {
  const axe = take('axe-core');
  for (const colorScheme of ['light', 'dark']) {
    const { page, context } = await visit(url, { colorScheme, bypassCSP: true });
    await page.locator('button.name').first().click();
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() => window.axe.run());
    assert.deepEqual(violations.map((one) => one.id + ': ' + one.nodes[0].html.slice(0, 120)), [], colorScheme);
    await context.close();
  }
}

async function harmless() {
  const { page, context, seen } = await visit(hostile);
  for (let i = 0; i < 20 && i < (await page.locator('button.name[aria-expanded=false]').count()); i++)
    await page.locator('button.name[aria-expanded=false]').first().click();
  assert.equal(await page.locator('main img, main svg, main iframe, main a, main script').count(), 0);
  assert.equal(await page.locator('script').count(), 2);
  assert.deepEqual(seen, { requests: [], errors: [] });
  await page.goto(hostile + '#q=%E0%A4%A&state=%3Cimg%20src=x%3E&__proto__=1&open=%22%3E%3Cscript%3E');
  await page.waitForSelector('html[data-ready]');
  assert.deepEqual(seen, { requests: [], errors: [] });
  await context.close();
}

/* A file that was cut on its way, or a browser without DecompressionStream: the page says so, and nothing breaks. */
async function saysWhatIsWrong() {
  const { readFileSync, writeFileSync } = await import('node:fs');
  const path = fileURLToPath(url), cut = path.replace('.html', '-cut.html');
  writeFileSync(cut, readFileSync(path, 'utf8').replace(/(id="data">[A-Za-z0-9+/]{400})[A-Za-z0-9+/=]+/, '$1'));
  for (const [address, prepare, sentence] of [[pathToFileURL(cut).href, () => {}, /are damaged/], [url, () => { delete window.DecompressionStream; }, /newer browser/]]) {
    const context = await browser.newContext(), page = await context.newPage(), errors = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.addInitScript(prepare);
    await page.goto(address);
    await page.waitForFunction(() => !document.getElementById('lede').textContent.includes('needs its script'));
    assert.match(await page.textContent('#lede'), sentence);
    assert.deepEqual(errors, []);
    await context.close();
  }
}

async function times() {
  const { page, context } = await visit(url);
  const ready = await page.evaluate(() => performance.getEntriesByName('ready')[0].startTime);
  const filter = await page.evaluate(() => {
    const field = document.getElementById('q'), spent = [];
    for (const text of ['a', 'an', 'ber', 'net', 'zz', '', 'e']) {
      const from = performance.now();
      field.value = text;
      field.dispatchEvent(new Event('input', { bubbles: true }));
      spent.push(performance.now() - from);
    }
    return spent;
  });
  console.log(`ready ${Math.round(ready)} ms; filter ${filter.map((one) => one.toFixed(1)).join(', ')} ms`);
  await context.close();
}

for (const test of process.env.MXS_TIMES ? [times] : [finds, filtersByColumns, opensByKeyboardAndLinks, saves, narrow, accessible, harmless, saysWhatIsWrong]) {
  await test();
  console.log('ok', test.name);
}
await browser.close();
