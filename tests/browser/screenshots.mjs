// screenshots.mjs PAGE FOLDER: the page in the light, in the dark, on a phone and on paper, for people to look at.
import { mkdirSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';
import { openBrowser } from './browser.mjs';

const [page, folder] = process.argv.slice(2);
if (!folder) {
  console.error('screenshots.mjs PAGE.html FOLDER');
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
const browser = await openBrowser();
const looks = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
  { name: 'phone', colorScheme: 'light', viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true },
];
for (const { name, ...options } of looks) {
  const context = await browser.newContext(options);
  const tab = await context.newPage();
  await tab.goto(pathToFileURL(resolve(page)).href);
  await tab.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
  if (name === 'light') writeFileSync(`${folder}/print.pdf`, await tab.pdf({ format: 'A4' }));
  await context.close();
}
await browser.close();
console.log(`${folder}: light.png dark.png phone.png print.pdf`);
