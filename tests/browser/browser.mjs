// Debian's Chromium, driven by playwright-core from MXS_NPM (a folder with node_modules) or from here.
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const here = resolve(process.env.MXS_NPM || '.', 'package.json');
const require = createRequire(here);

export const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);

export function take(name) {
  try {
    return require(name);
  } catch {
    return null;
  }
}

// Exit code 77 is "skipped" for CTest.
export function skip(why) {
  console.log(`skipped: ${why}`);
  process.exit(77);
}

export async function openBrowser() {
  const playwright = take('playwright-core');
  if (!CHROMIUM) skip('no chromium: apt-get install chromium');
  if (!playwright) skip('no playwright-core: npm install --prefix tests/browser');
  return playwright.chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
}
