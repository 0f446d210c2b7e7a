// page.mjs FOLDER: report, diff and trend (NAME-clean.html, NAME-hostile.html) in a real browser. Exit 0, 1 with what is wrong, or 77
// when something is missing.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';
import { openBrowser, skip, take } from './browser.mjs';

// What each page must have, in this order; how many figures at least; a table to sort: its section, its column of numbers, a word in one row.
const PAGES = {
  report: {
    sections: ['findings', 'providers', 'redundancy', 'impact', 'policies', 'concentration', 'facets', 'changes', 'trend',
      'networks', 'groups', 'accounting', 'method', 'citation'],
    figures: 4, sorts: { section: 'providers', column: 1 },
  },
  diff: { sections: ['changes', 'moves', 'states', 'domains'], figures: 1, sorts: { section: 'changes', column: 2 } },
  trend: { sections: ['runs', ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((n) => `measure${n}`)], figures: 10,
    sorts: { section: 'runs', column: 3 } },
};
const folder = process.argv[2];
const file = (page, kind) => resolve(folder, `${page}-${kind}.html`);
const link = (page, kind) => pathToFileURL(file(page, kind)).href;
const failures = [];
let checks = 0;
let where = '';
const expect = (good, what) => {
  checks += 1;
  if (!good) failures.push(`${where}: ${what}`);
};

const axe = take('axe-core');
if (!axe) skip('no axe-core: npm install --prefix tests/browser');
const browser = await openBrowser();

// A tab that counts what a page must not do.
async function visit(url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const tab = await context.newPage();
  const seen = { requests: [], console: [], dialogs: 0 };
  tab.on('request', (request) => request.url() !== url && seen.requests.push(request.url()));
  tab.on('console', (message) => seen.console.push(message.text()));
  tab.on('pageerror', (error) => seen.console.push(String(error)));
  tab.on('dialog', (dialog) => {
    seen.dialogs += 1;
    dialog.dismiss();
  });
  await tab.goto(url);
  await tab.waitForTimeout(150);
  return { context, tab, seen };
}

const quiet = (seen, how) => {
  expect(seen.requests.length === 0, `${how}: requests ${seen.requests}`);
  expect(seen.console.length === 0, `${how}: console ${seen.console}`);
  expect(seen.dialogs === 0, `${how}: ${seen.dialogs} dialogs`);
};
const overflow = (tab) => tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
const census = (tab) => tab.evaluate(() => {
  const names = {};
  for (const element of document.querySelectorAll('*')) names[element.localName] = (names[element.localName] || 0) + 1;
  const odd = [...document.querySelectorAll('*')].flatMap((element) => [...element.attributes].map((a) => a.name))
    .filter((name) => /^on|^style$|^srcdoc$/.test(name));
  return { names, odd };
});

async function sections(page) {
  const { context, tab, seen } = await visit(link(page, 'clean'));
  const wanted = PAGES[page];
  for (const id of wanted.sections) {
    expect(await tab.locator(`section#${id} h2`).count() === 1, `section ${id} is missing`);
    if (page === 'report') expect(await tab.locator(`nav a[href="#${id}"]`).count() === 1, `section ${id} is not in the navigation`);
  }
  const order = await tab.evaluate(() => [...document.querySelectorAll('section')].map((section) => section.id));
  expect(order.join() === wanted.sections.join(), `order of sections: ${order}`);
  const figures = await tab.evaluate(() => [...document.querySelectorAll('figure')].map((figure) => ({
    named: figure.querySelector('svg[role=img] > title')?.textContent && figure.querySelector('svg > desc')?.textContent,
    table: Boolean(figure.nextElementSibling?.querySelector('table.data')),
    sql: /SELECT/.test(figure.nextElementSibling?.querySelector('details pre')?.textContent),
  })));
  expect(figures.length >= wanted.figures, `only ${figures.length} figures`);
  expect(figures.every((figure) => figure.named && figure.table && figure.sql), 'a figure without title, description, table or SQL');
  const duplicate = await tab.evaluate(() => [...document.querySelectorAll('[id]')].length - new Set([...document.querySelectorAll('[id]')]
    .map((element) => element.id)).size);
  expect(duplicate === 0, `${duplicate} ids stand twice`);
  quiet(seen, 'clean');
  await context.close();
}

async function sorting(page) {
  const { context, tab } = await visit(link(page, 'clean'));
  const { section, column: at } = PAGES[page].sorts;
  const table = tab.locator(`#${section} table.data`).first();
  const column = () => table.evaluate((element, index) => [...element.tBodies[0].rows].map((row) => row.cells[index].textContent), at);
  const before = await column();
  await table.locator('th button').nth(at).click();
  const down = await column();
  await table.locator('th button').nth(at).click();
  const up = await column();
  const numbers = (texts) => texts.map((text) => Number(text.replace(/,/g, '')));
  const sorted = numbers(before).sort((a, b) => a - b);
  expect(sorted.length > 2 && sorted.every(Number.isFinite), `numbers: ${before}`);
  expect(numbers(up).join() === sorted.join(), 'ascending order');
  expect(numbers(down).join() === [...sorted].reverse().join(), 'descending order');
  expect(await table.locator('th').nth(at).getAttribute('aria-sort') === 'ascending', 'aria-sort');
  await context.close();
}

// The filter finds every row the table has, shown or not.
async function filtering() {
  const { context, tab } = await visit(link('diff', 'clean'));
  const table = tab.locator('#domains table.data').first(), filter = tab.locator('#domains .filter input').first();
  const last = await table.evaluate((element) => ({ rows: element.tBodies[0].rows.length, domain: [...element.tBodies[0].rows].at(-1).cells[0].textContent }));
  const shown = await table.locator('tbody tr:visible').count();
  expect(last.rows > 500 && shown === 500, `${shown} of ${last.rows} rows shown`);
  await filter.fill(last.domain);
  const found = await table.locator('tbody tr:visible').evaluateAll((rows) => rows.map((row) => row.cells[0].textContent));
  expect(found.length > 0 && found.every((domain) => domain.includes(last.domain)), `found ${found}`);
  await filter.fill('e');
  expect(await table.locator('tbody tr:visible').count() <= 500, 'no more than are shown');
  await filter.fill('');
  expect(await table.locator('tbody tr:visible').count() === shown, 'filter emptied');
  await context.close();
}

// What is folded is unfolded by its link, and stands on paper.
async function folding() {
  const { context, tab } = await visit(link('report', 'clean'));
  expect(!(await tab.locator('#method details').first().evaluate((element) => element.open)), 'the appendix is folded');
  await tab.locator('nav a[href="#method"]').click();
  expect(await tab.locator('#method details').first().evaluate((element) => element.open), 'a link unfolds it');
  await tab.emulateMedia({ media: 'print' });
  await tab.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
  expect(await tab.locator('#networks table.data').first().isVisible(), 'the appendix on paper');
  const broken = await tab.evaluate(() => [...document.querySelectorAll('th')].filter((th) => getComputedStyle(th).overflowWrap !== 'normal').length);
  expect(broken === 0, `${broken} headers that may break within a word`);
  await context.close();
}

async function withoutScripts(page) {
  const text = async (options) => {
    const { context, tab, seen } = await visit(link(page, 'clean'), options);
    const found = { words: (await tab.locator('main').innerText()).length, svg: await tab.locator('svg.chart').count() };
    quiet(seen, 'without scripts');
    await context.close();
    return found;
  };
  const [on, off] = [await text({}), await text({ javaScriptEnabled: false })];
  expect(off.svg === on.svg, 'figures without scripts');
  expect(off.words > on.words * 0.97, `words: ${off.words} without scripts, ${on.words} with`);
}

async function narrow(page) {
  for (const url of [link(page, 'clean'), link(page, 'hostile')]) {
    for (const width of [390, 320]) {
      const { context, tab } = await visit(url, { viewport: { width, height: 844 }, isMobile: true });
      const more = await overflow(tab);
      expect(more <= 0, `${width} px: ${more} px to the right`);
      await context.close();
    }
  }
}

async function accessible(page) {
  for (const colorScheme of ['light', 'dark']) {
    for (const viewport of [{ width: 1280, height: 900 }, { width: 390, height: 844 }]) {
      const { context, tab } = await visit(link(page, 'clean'), { colorScheme, viewport });
      await tab.evaluate(() => document.querySelectorAll('details').forEach((element) => { element.open = true; }));
      await tab.evaluate(axe.source); // the policy forbids a script element; the debugger's is none
      const found = await tab.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
      for (const violation of found.violations)
        failures.push(`${page}: axe, ${colorScheme} ${viewport.width}: ${violation.id}: ${violation.help}: ${violation.nodes[0].html.slice(0, 160)}`);
      checks += found.passes.length;
      await context.close();
    }
  }
}

async function harmless(page) {
  const [{ context, tab }, bad] = [await visit(link(page, 'clean')), await visit(link(page, 'hostile'))];
  const [good, found] = [await census(tab), await census(bad.tab)];
  const known = new Set(Object.keys(good.names));
  for (const name of Object.keys(found.names)) expect(known.has(name), `an element <${name}> that the page never makes`);
  for (const name of ['script', 'style', 'meta', 'title', 'a', 'section', 'h1', 'h2', 'nav'])
    expect(found.names[name] === good.names[name] || name === 'title', `<${name}>: ${found.names[name]}, not ${good.names[name]}`);
  expect(found.odd.length === 0, `attributes ${[...new Set(found.odd)]}`);
  quiet(bad.seen, 'hostile');
  await bad.tab.locator('th button').first().click();
  await bad.tab.evaluate(() => document.querySelectorAll('details').forEach((part) => { part.open = true; }));
  for (const input of await bad.tab.locator('.filter input').all()) await input.fill('<');
  quiet(bad.seen, 'hostile, sorted and filtered');
  const links = await bad.tab.evaluate(() => [...document.querySelectorAll('a')].filter((a) => !a.getAttribute('href').startsWith('#')).length);
  expect(links === 0, `${links} links lead out`);
  await context.close();
  await bad.context.close();
}

async function policy(page) {
  const source = readFileSync(file(page, 'clean'), 'utf8');
  const csp = /Content-Security-Policy" content="([^"]+)"/.exec(source)[1];
  expect(csp.startsWith("default-src 'none'") && !csp.includes('unsafe'), `policy ${csp}`);
  const script = /<script>([\s\S]*)<\/script>/.exec(source)[1];
  expect(Buffer.byteLength(script) <= 6144, `script of ${Buffer.byteLength(script)} bytes`);
  const { context, tab } = await visit(link(page, 'clean'));
  const ran = await tab.evaluate(() => {
    const element = document.createElement('script');
    element.textContent = 'window.mxsRan = true';
    document.body.appendChild(element);
    return Boolean(window.mxsRan);
  });
  expect(!ran, 'the policy lets another script run');
  await context.close();
}

for (const page of Object.keys(PAGES)) {
  where = page;
  for (const part of [sections, sorting, withoutScripts, narrow, accessible, harmless, policy]) await part(page);
}
where = 'diff';
await filtering();
where = 'report';
await folding();
await browser.close();
failures.forEach((what) => console.log(`FAIL ${what}`));
console.log(`${checks} checks, ${failures.length} failures`);
process.exit(failures.length ? 1 : 0);
