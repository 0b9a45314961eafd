// What a class's report promises, in a browser: node report.mjs DIR, where DIR is what `grader report --html` wrote. Pictures
// for people to look at go to target/report-pictures.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { close, closeAll, open, output } from './browser.mjs';

const folder = path.resolve(process.argv[2]);
const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const pictures = path.join(output, '../report-pictures');
fs.rmSync(pictures, { recursive: true, force: true });
fs.mkdirSync(pictures, { recursive: true });

const pages = ['index.html', ...fs.readdirSync(path.join(folder, 'students')).sort().map(name => `students/${name}`)];
assert.ok(pages.length > 3, 'the report has students');
let checked = 0;

// No error, no request, nothing that axe finds, nothing wider than the window, no script of a student.
async function sound(page, where) {
  assert.deepEqual(page.errors, [], where);
  assert.deepEqual(page.requests, [], where);
  assert.equal(await page.evaluate(() => window.broken), undefined, `${where}: a student's script ran`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${where} is ${wide} px wider than the window`);
  // The page's policy keeps the page from loading axe, not the browser's own tools.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { preload: false, runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  assert.deepEqual(violations.flatMap(({ id, nodes }) => nodes.slice(0, 3).map(node => `${where}: ${id}: ${node.target} ${node.html.slice(0, 120)}`)), []);
  checked++;
}

for (const name of pages) {
  for (const [theme, width] of [['light', 1200], ['navy', 1200], ['light', 360], ['navy', 360]]) {
    const page = await open(path.join(folder, name), { theme, width });
    await sound(page, `${name}, ${theme}, ${width} px`);
    await page.screenshot({ path: path.join(pictures, `${path.basename(name, '.html')}-${theme === 'light' ? 'light' : 'dark'}-${width}.png`), fullPage: true });
    await close(page);
  }
}

const column = page => page.locator('#students tbody tr:not([hidden]) th').allTextContents();
const page = await open(path.join(folder, 'index.html'), {});
const before = await column(page);
const points = page.getByRole('button', { name: 'points', exact: true });
await points.click();
await points.click();
assert.equal(await page.locator('#students th[aria-sort=descending]').count(), 1);
const sums = (await page.locator('#students tbody tr').evaluateAll(rows => rows.map(row => row.cells[row.cells.length - 4].textContent))).filter(text => text).map(Number);
assert.deepEqual(sums, [...sums].sort((a, b) => b - a), 'the most points first');
assert.deepEqual((await column(page)).sort(), [...before].sort(), 'nobody is lost');
await page.getByRole('searchbox').fill(before[0]);
assert.ok((await column(page)).includes(before[0]));
await page.getByRole('searchbox').fill('nobody is called that');
assert.deepEqual(await column(page), []);
await page.getByRole('searchbox').fill('');
await page.locator('#students a').first().click();
await page.getByRole('link', { name: 'The class' }).click();
assert.ok(page.url().endsWith('index.html'));
await page.emulateMedia({ media: 'print' });
assert.equal(await page.getByRole('searchbox').count(), 0, 'paper has no search');
await close(page);

// Without its script the page is complete.
const plain = await open(path.join(folder, 'index.html'), { script: false });
assert.deepEqual(await column(plain), before);
assert.equal(await plain.locator('#students button').count(), 0);
await close(plain);
await closeAll();
console.log(`${pages.length} pages of a report, ${checked} checks by axe; pictures in ${path.relative(process.cwd(), pictures)}`);
