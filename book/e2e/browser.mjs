// Debian's Chromium, driven by playwright-core: opens pages of the built book from file://, and hears what they ask for.
import { chromium } from 'playwright-core';
import { fileURLToPath, pathToFileURL } from 'node:url';
import path from 'node:path';

const here = path.dirname(fileURLToPath(import.meta.url));
export const output = path.resolve(process.env.BOOK_OUTPUT || path.join(here, '../../target/book'));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

// A page of the book, or a file elsewhere; `page.requests` and `page.errors` hold what must not be.
export async function open(file, { theme = 'light', width = 1200, height = 900, script = true, scale = 1 } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, javaScriptEnabled: script, reducedMotion: 'reduce', deviceScaleFactor: scale,
    colorScheme: ['light', 'rust'].includes(theme) ? 'light' : 'dark' });
  await context.addInitScript(name => { try { localStorage.setItem('mdbook-theme', name); } catch { /* no storage for this page */ } }, theme);
  const page = await context.newPage();
  page.requests = [];
  page.errors = [];
  page.on('request', request => /^(https?|wss?):/.test(request.url()) && page.requests.push(request.url()));
  page.on('pageerror', error => page.errors.push(error.message));
  page.on('console', message => message.type() === 'error' && page.errors.push(message.text()));
  page.on('requestfailed', request => page.errors.push(`cannot load ${request.url()}`));
  await page.goto(pathToFileURL(path.resolve(output, file)).href);
  return page;
}

export const close = page => page.context().close();
export const closeAll = () => browser.close();
