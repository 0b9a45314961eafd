// What the book promises a reader, in a browser: `npm test` after `cargo run -p book`; `npm test -- WORD` runs those with it
// in their names. Pictures of every page, for people to look at, go to target/book-pictures.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { close, closeAll, open, output } from './browser.mjs';
import { isFresh } from './bundle.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const pictures = path.join(output, '../book-pictures');
fs.rmSync(pictures, { recursive: true, force: true });
fs.mkdirSync(pictures, { recursive: true });

const PIECE = 4000;
const THEMES = ['light', 'rust', 'coal', 'navy', 'ayu'];
const OURS = ['figure.vm', '.vm-task', '.vm-quiz', '.vm-plot'];
const pages = fs.readdirSync(output).filter(name => name.endsWith('.html') && !['404.html', 'print.html', 'toc.html', 'index.html'].includes(name));
const played = pages.filter(name => fs.readFileSync(path.join(output, name), 'utf8').includes('<figure class="vm"'));

// Tests wait for the browser most of the time, so a few run side by side, each in a page of its own.
const tests = [], failures = [];
let passed = 0, checked = 0;
const test = (name, body) => tests.push({ name, body });
async function runAll() {
  const queue = [...tests];
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      try {
        await next.body();
        passed++;
        console.log(`ok      ${next.name}`);
      } catch (error) {
        failures.push(next.name);
        console.log(`FAILED  ${next.name}\n        ${String(error.message).split('\n').slice(0, 8).map(line => line.slice(0, 300)).join('\n        ')}`);
      }
    }
  };
  await Promise.all([work(), work(), work()]);
}

// No console error, no request, nothing that axe finds in what is ours, nothing wider than the window.
async function sound(page) {
  assert.deepEqual(page.errors, []);
  assert.deepEqual(page.requests, []);
  assert.equal(await page.locator('figure.vm[data-trouble]').count(), 0, 'a figure that cannot be played');
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `the page is ${wide} px wider than the window`);
}
async function accessible(page) {
  if (!await page.evaluate(() => window.axe)) await page.evaluate(axe);
  const found = await page.evaluate(async ours => {
    const include = ours.filter(selector => document.querySelector(selector));
    if (!include.length) return [];
    const { violations } = await axe.run({ include }, { preload: false, runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], rules: { region: { enabled: false } } });
    return violations.flatMap(({ id, nodes }) => nodes.slice(0, 3).map(node => `${id}: ${node.target} ${node.html.slice(0, 120)} ${node.any[0]?.message || ''}`));
  }, OURS);
  checked++;
  assert.deepEqual(found, []);
}
// The whole page in pieces: one picture of it all would be larger than browsers can draw.
async function photograph(page, name) {
  const height = await page.evaluate(() => document.documentElement.scrollHeight), { width } = page.viewportSize();
  for (let top = 0, part = 1; top < height; top += PIECE, part++) {
    await page.screenshot({ path: path.join(pictures, `${name}-${part}.png`), fullPage: true, clip: { x: 0, y: top, width, height: Math.min(PIECE, height - top) } });
  }
}
const step = page => page.locator('figure.vm').first().getAttribute('data-step').then(Number);
// The runs of a page with the number of their figure, and their number in it.
const runs = name => fs.readFileSync(path.join(output, name), 'utf8').split('<figure class="vm"').slice(1).flatMap((html, figure) =>
  [...html.matchAll(/<script type="application\/json" data-run="[^"]*">(.*?)<\/script>/gs)].map((found, run) => {
    const trace = JSON.parse(found[1]);
    for (const { state } of trace.steps) for (const [key, list] of Object.entries(state)) if (Array.isArray(list)) state[key] = list.map(number => trace.pool[number]);
    delete trace.pool;
    return { figure, run, trace };
  }));
const documents = name => runs(name).map(({ trace }) => trace);
const give = (page, name, text) => page.locator('.vm-file').first().setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) });
const news = page => page.locator('.vm-news').first();

// Run in the page: what a picture shows, as texts.
function drawn(stage, view) {
  const texts = (node, selector) => [...node.querySelectorAll(selector)].map(found => found.textContent);
  if (view === 'walk') {
    return { lanes: [...stage.querySelectorAll('.vm-lane.vm-on:not(.vm-frame)')].map(lane => [lane.querySelector('.vm-head b').textContent, lane.querySelector('.vm-sub').textContent]), physical: stage.querySelector('.vm-out.vm-on code')?.textContent };
  }
  if (view === 'tlb') {
    return { entries: [...stage.querySelectorAll('.vm-entry:not(.vm-free, .vm-left)')].map(entry => texts(entry, '.vm-line > *').join(' ')), hits: stage.querySelectorAll('.vm-hit').length, left: stage.querySelectorAll('.vm-left').length };
  }
  if (view === 'cow') {
    return { pages: [...stage.querySelectorAll('.vm-space')].map(space => `${space.querySelector('b').textContent}: ${[...space.querySelectorAll('.vm-pte')].map(one => `${one.querySelector('b').textContent} ${one.querySelector('.vm-right').textContent}`).join(', ')}`).sort(), owners: texts(stage, '.vm-owners').sort(), words: texts(stage, '.vm-word').sort(), wires: stage.querySelectorAll('.vm-wires path').length };
  }
  if (view === 'replacement') {
    const now = texts(stage, 'tbody .vm-now');
    return { now: now.slice(0, -1), miss: now.at(-1) === 'miss' };
  }
  return { areas: texts(stage, '.vm-area:not(.vm-of-file) > .vm-line'), filled: [...stage.querySelectorAll('.vm-area:not(.vm-of-file) .vm-cell:not(.vm-free)')].map(cell => `${cell.children[0].textContent} ${cell.children[2].textContent}`), cached: stage.querySelectorAll('.vm-of-file .vm-cell.vm-cache').length };
}

// What Rust says of the same step.
const said = {
  walk(seen, { ev }, where) {
    const result = ev.find(event => event.k === 'result')?.text || '';
    assert.equal(seen.physical, /^PA:(.*)/.exec(result)?.[1], where);
    if (!/^(user|supervisor|walk)/.test(ev[0]?.op || '')) return;
    const read = ev.filter(event => event.k === 'read').map(event => [event.place.replace(/^.* /, '').split('[')[0], event.place.match(/\[(0x[0-9a-f]+)\]$/)[1]]);
    assert.deepEqual(seen.lanes.map(([table, label]) => [table, label.split(' ')[1]]), read, where);
  },
  tlb(seen, { ev, state }, where) {
    const entries = (state.cpus ? state.cpus.flatMap(cpu => cpu.tlb.sets) : state.tlb?.sets || []).flat().map(one => `${one.page} ${one.asid === undefined ? 'global' : `asid 0x${one.asid.toString(16)}`} → ${one.frame} ${one.rights}${one.dirty ? ' D' : ''}`);
    assert.deepEqual(seen.entries, entries, where);
    const result = ev.find(event => event.k === 'result')?.text || '', free = ev.some(event => event.k === 'fact' && event.text === 'walks: none');
    if (state.cpus) assert.equal(seen.hits > 0, free && !result.includes('fault'), where);
    else assert.equal(seen.hits, result.startsWith('hit') ? 1 : 0, where);
    const evicted = ev.filter(event => event.k === 'fact' && event.text.startsWith('evicted')).length;
    assert.ok(seen.left >= evicted, where);
  },
  cow(seen, { state }, where) {
    assert.deepEqual(seen.pages, state.spaces.map(space => `${space.name}: ${space.pages.map(one => `${one.page} ${one.rights}`).join(', ')}`).sort(), where);
    const count = (number, noun) => `${number} ${noun}${number === 1 ? '' : 's'}`;
    assert.deepEqual(seen.owners, state.frames.map(one => one.frame === state.zero_frame ? count(one.pages, 'page') : count(one.owners, 'owner')).sort(), where);
    assert.deepEqual(seen.words, state.frames.flatMap(one => one.words.map(word => `+${word.at}${word.value}`)).sort(), where);
    assert.equal(seen.wires, state.spaces.flatMap(space => space.pages).length, where);
  },
  replacement(seen, { state, ev }, where) {
    if (!state.replacement || !ev.some(event => event.k === 'page')) return;
    assert.deepEqual(seen.now, state.replacement.frames.map(one => one.page ? one.page + ['used', 'dirty', 'pinned'].filter(bit => one[bit]).map(bit => bit[0]).join('') : ''), where);
    assert.equal(seen.miss, /miss/.test(ev.find(event => event.k === 'result').text), where);
  },
  areas(seen, { state }, where) {
    assert.deepEqual(seen.areas, state.areas.map(area => `${area.start} – ${area.end}${area.text}`), where);
    assert.deepEqual(seen.filled, state.areas.flatMap(area => area.pages.map(page => `${page.page} ${page.rights}${page.dirty ? ' dirty' : ''}`)), where);
    assert.equal(seen.cached, state.files.flatMap(file => file.cached).length, where);
  },
};

for (const name of pages) {
  for (const theme of ['light', 'navy']) {
    for (const width of [1200, 360]) {
      test(`${name}, ${theme}, ${width} px`, async () => {
        const page = await open(name, { theme, width });
        await page.evaluate(() => document.querySelectorAll('details').forEach(details => { details.open = true; }));
        await sound(page);
        await accessible(page);
        await page.evaluate(() => document.querySelectorAll('details').forEach(details => { details.open = false; }));
        await photograph(page, `${name.replace('.html', '')}-${theme}-${width}`);
        await close(page);
      });
    }
  }
}

// Every stop of every figure once, in every theme; the answers of a picture are those of Rust.
for (const name of played) {
  for (const theme of THEMES) {
    test(`${name}: every step of every figure, ${theme}`, async () => {
      const page = await open(name, { theme, width: theme === 'coal' ? 360 : 1200 });
      const stops = await page.evaluate(() => [...document.querySelectorAll('figure.vm')].map(figure => figure.vm.stops));
      for (let stop = 0; stop < Math.max(...stops); stop++) {
        await page.evaluate(at => document.querySelectorAll('figure.vm').forEach(figure => figure.vm.go(at)), stop);
        if (stop % (theme === 'light' ? 3 : 9) === 1) await accessible(page);
      }
      await sound(page);
      await close(page);
    });
  }
  test(`${name}: what is drawn is what Rust said`, async () => {
    const page = await open(name);
    for (const { figure, run, trace } of runs(name)) {
      await page.evaluate(([at, run]) => document.querySelectorAll('figure.vm')[at].vm.choose(run), [figure, run]);
      const expected = said[trace.view];
      assert.ok(expected, `no test knows the view ${trace.view}`);
      for (const [number, step] of trace.steps.entries()) {
        await page.evaluate(([at, to]) => document.querySelectorAll('figure.vm')[at].vm.goTo(to), [figure, number]);
        // Lines between pages and frames are drawn when the browser has laid out the rest.
        if (trace.view === 'cow') await page.evaluate(() => new Promise(done => { requestAnimationFrame(() => requestAnimationFrame(done)); }));
        const stage = page.locator('figure.vm').nth(figure).locator('.vm-stage');
        expected(await stage.evaluate(drawn, trace.view), step, `${trace.id}, step ${number}`);
      }
    }
    await close(page);
  });
}

test('arrow keys step and do not turn the page; Home and End; the focus stays', async () => {
  const page = await open('page_table.html');
  await page.getByRole('button', { name: 'Next' }).first().focus();
  await page.keyboard.press('Enter');
  assert.equal(await step(page), 1);
  await page.keyboard.press('ArrowRight');
  assert.equal(await step(page), 2);
  await page.keyboard.press('ArrowLeft');
  assert.equal(await step(page), 1);
  await page.keyboard.press('End');
  assert.equal(await step(page), 12);
  assert.equal(await page.evaluate(() => document.activeElement.className.includes('vm-main')), true);
  await page.keyboard.press('Home');
  assert.equal(await step(page), 0);
  await page.locator('figure.vm input[type=range]').first().focus();
  await page.keyboard.press('ArrowRight');
  assert.equal(await step(page), 1);
  assert.match(page.url(), /page_table\.html$/);
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.notEqual(outline, 'none');
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('ArrowRight');
  await page.waitForURL(/multi_level_walk\.html$/);
  await close(page);
});

test('everything of a figure is reached and worked by keys alone', async () => {
  const page = await open('page_table.html');
  await page.locator('.vm-controls button').first().focus();
  const seen = [];
  for (let key = 0; key < 6; key++) {
    seen.push(await page.evaluate(() => document.activeElement.getAttribute('aria-label') || document.activeElement.textContent.trim() || document.activeElement.type));
    await page.keyboard.press('Tab');
  }
  assert.deepEqual(seen, ['‹ Back', 'Next ›', 'Play', 'Step', 'Events of this step', 'file']);
  await close(page);
});

test('a question comes before its answer', async () => {
  const page = await open('page_table.html');
  const figure = page.locator('figure.vm').nth(1);
  await page.evaluate(() => document.querySelectorAll('figure.vm')[1].vm.goTo(5));
  await page.evaluate(() => { const { vm } = document.querySelectorAll('figure.vm')[1]; vm.go(vm.stop - 1); });
  assert.equal(await figure.getAttribute('data-asks'), 'true');
  assert.match(await figure.locator('.vm-ask').textContent(), /^Predict/);
  assert.doesNotMatch(await figure.locator('.vm-say').textContent(), /→/);
  assert.equal(await figure.locator('.vm-fault').count(), 0);
  await figure.getByRole('button', { name: 'Answer' }).click();
  assert.equal(await figure.locator('.vm-fault b').textContent(), '#PF');
  assert.equal(await figure.locator('.vm-say').getAttribute('aria-live'), 'polite');
  await close(page);
});

test('play goes on by itself, and pauses', async () => {
  const page = await open('page_table.html');
  await page.getByRole('button', { name: 'Play', exact: true }).first().click();
  await page.waitForFunction(() => +document.querySelector('figure.vm').dataset.step === 2, null, { timeout: 20000 });
  await page.getByRole('button', { name: 'Pause' }).first().click();
  const at = await step(page);
  await page.waitForTimeout(2500);
  assert.equal(await step(page), at);
  await close(page);
});

test('an own run: the first difference in words, and its step', async () => {
  const page = await open('page_table.html');
  const [trace] = documents('page_table.html');
  await give(page, 'same.json', JSON.stringify({ ...trace, source: { ...trace.source, by: 'submission' } }));
  await news(page).filter({ hasText: 'agrees with the other one' }).waitFor();
  const mine = structuredClone(trace);
  mine.source.by = 'submission';
  mine.steps[4].ev.find(event => event.k === 'result').text = 'in memory, frame 0x2 rw-u';
  await give(page, 'run.json', JSON.stringify(mine));
  await news(page).filter({ hasText: 'First difference: step 4.' }).waitFor();
  const expected = trace.steps[4].ev.find(event => event.k === 'result').text;
  assert.match(await news(page).textContent(), new RegExp(`expected result: ${expected}, and here it is result: in memory, frame 0x2 rw-u`));
  assert.equal(await step(page), 4);
  assert.equal(await page.locator('.vm-tabs').first().locator('button').count(), 3);
  await close(page);
});

test('foreign and newer files are refused in words', async () => {
  const page = await open('page_table.html');
  const [trace] = documents('page_table.html');
  for (const [text, words] of [
    ['no json', 'x.json cannot be played: it is not JSON.'],
    ['[]', 'x.json cannot be played: it is no trace: it names no schema.'],
    ['{"schema":"other/9"}', 'x.json cannot be played: it is of the schema other/9; this page plays vmtrace/1.'],
    ['{"schema":"vmtrace/2","steps":[]}', 'x.json cannot be played: it is of the schema vmtrace/2, which is newer than this page; this page plays vmtrace/1.'],
    ['{"schema":"vmtrace/1"}', 'x.json cannot be played: it has no steps.'],
    ['{"schema":"vmtrace/1","steps":[{"say":1}]}', 'x.json cannot be played: its step 0 is not what vmtrace/1 says of a step.'],
  ]) {
    await give(page, 'x.json', text);
    await page.waitForFunction(wanted => document.querySelector('.vm-news').textContent === wanted, words, { timeout: 5000 });
  }
  await give(page, 'later.json', JSON.stringify({ ...trace, view: 'holograms' }));
  await page.waitForFunction(() => document.querySelector('figure.vm').dataset.view === 'facts');
  assert.ok(await page.locator('figure.vm').first().locator('.vm-facts').isVisible());
  await accessible(page);
  assert.deepEqual(page.errors, []);
  await close(page);
});

const evil = trace => {
  const bad = structuredClone(trace);
  const markup = '</script><img src=x onerror="window.broken=1"><b>';
  bad.source.by = 'submission';
  bad.title = markup;
  for (const one of bad.steps) {
    one.say = markup;
    one.ask = markup;
    one.ev.push({ k: 'note', text: markup }, { k: 'result', text: markup }, { k: markup, text: markup });
    for (const entry of one.state.entries) entry.text = markup;
  }
  return bad;
};

test('markup in a run stays text', async () => {
  const page = await open('page_table.html');
  await give(page, '<img src=x onerror="window.broken=1">.json', JSON.stringify(evil(documents('page_table.html')[0])));
  await news(page).waitFor();
  for (let stop = 0; stop < 20; stop++) await page.evaluate(at => document.querySelector('figure.vm').vm.go(at), stop);
  assert.equal(await page.evaluate(() => window.broken), undefined);
  assert.equal(await page.locator('figure.vm img').count(), 0);
  assert.deepEqual(page.requests, []);
  await close(page);
});

test('without scripts, and on paper: a table and the steps', async () => {
  const page = await open('page_table.html', { script: false });
  assert.ok(await page.locator('.vm-static table').first().isVisible());
  assert.equal(await page.locator('.vm-ui').count(), 0);
  await page.locator('figure.vm').nth(1).screenshot({ path: path.join(pictures, 'no-script.png') });
  await close(page);
  const printed = await open('page_table.html');
  await printed.evaluate(() => dispatchEvent(new Event('beforeprint')));
  await printed.emulateMedia({ media: 'print' });
  assert.ok(await printed.locator('.vm-static table').first().isVisible());
  assert.ok(await printed.locator('.vm-static ol').first().isVisible());
  assert.equal(await printed.locator('.vm-ui').first().isVisible(), false);
  await printed.pdf({ path: path.join(pictures, 'page_table.pdf') });
  await close(printed);
});

test('a report is a page of its own, with the same figure', async () => {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'report-'));
  const [trace] = documents('multi_level_walk.html').filter(one => one.id === 'built-by-hand');
  const mine = structuredClone(trace);
  mine.source.by = 'submission';
  mine.steps[5].ev.find(event => event.k === 'result').text = 'PA:0x9000';
  mine.steps[5].ask = '</script><script>window.broken=1</script>';
  fs.writeFileSync(path.join(scratch, 'a.json'), JSON.stringify(trace));
  fs.writeFileSync(path.join(scratch, 'b.json'), JSON.stringify(mine));
  const html = execFileSync('cargo', ['run', '--quiet', '--locked', '-p', 'player', '--example', 'report', '--', 'multi_level_walk: built-by-hand', `Reference=${scratch}/a.json`, `Your run=${scratch}/b.json`], { maxBuffer: 1 << 26 });
  fs.writeFileSync(path.join(scratch, 'report.html'), html);
  for (const [theme, width] of [['light', 1000], ['navy', 1000], ['light', 360]]) {
    const page = await open(path.join(scratch, 'report.html'), { theme, width });
    await news(page).filter({ hasText: 'First difference: step 5.' }).waitFor();
    assert.equal(await step(page), 5);
    await sound(page);
    await accessible(page);
    assert.equal(await page.evaluate(() => window.broken), undefined);
    await page.screenshot({ path: path.join(pictures, `report-${theme}-${width}.png`), fullPage: true });
    await close(page);
  }
  fs.rmSync(scratch, { recursive: true });
});

test('the script is what its sources give', async () => {
  assert.ok(await isFresh(), 'npm run bundle');
});

test('weights', async () => {
  const size = file => fs.statSync(path.join(output, file)).size;
  for (const name of pages) assert.ok(size(name) < 150_000 || name === 'print.html', `${name} has ${size(name)} bytes`);
  const whole = folder => fs.readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => sum + (entry.isDirectory() ? whole(path.join(folder, entry.name)) : fs.statSync(path.join(folder, entry.name)).size), 0);
  assert.ok(whole(output) < 6_000_000, `the book has ${whole(output)} bytes`);
});

const only = process.argv[2];
if (only) tests.splice(0, tests.length, ...tests.filter(({ name }) => name.includes(only)));
await runAll();
await closeAll();
console.log(`\n${passed} passed, ${failures.length} failed; ${checked} checks by axe; pictures in ${path.relative(process.cwd(), pictures)}`);
process.exit(failures.length ? 1 : 0);
