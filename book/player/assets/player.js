/* The player of vmtrace/1 traces: one <figure class="vm"> is one player. No dependency, no request. Text of a trace is
   put into the page as text nodes alone. A view is `render(look) -> Node`, registered by name in `views`; book/e2e/bundle.mjs makes one script of all
   sources. */
const SCHEMA = 'vmtrace/1';
const FILE_BYTES_MAX = 8 << 20;

/* el('p', { class: 'x' }, 'text', node): an element; null and false are left out. */
const el = (tag, attrs = {}, ...kids) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attrs)) {
    if (value == null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...kids.flat(3).filter(kid => kid != null && kid !== false).map(kid => kid.nodeType ? kid : String(kid)));
  return node;
};

const tag = (css, ...kids) => el('span', { class: css }, kids);
const box = (css, ...kids) => el('div', { class: css }, kids);
const bold = (...kids) => el('b', {}, kids);
const span = (...kids) => el('span', {}, kids);
const code = text => el('code', {}, text);
/* A box that is wider than its figure is scrolled, by keys too. */
const scroller = (css, label, ...kids) => el('div', { class: css, tabindex: 0, role: 'group', 'aria-label': label }, kids);
const spaced = name => name.replaceAll('_', ' ');

/* The first event of a kind; the first fact with this beginning; what the step came to. */
const eventOf = (ev, kind) => ev.find(event => event.k === kind);
const factOf = (ev, start) => ev.find(event => event.k === 'fact' && event.text.startsWith(start))?.text;
const resultOf = ev => eventOf(ev, 'result')?.text || '';
const isList = value => Array.isArray(value);
/* Addresses have 64 bits, more than a number of JavaScript holds. */
const big = BigInt;
const hex = number => `0x${number.toString(16)}`;
const plural = (count, noun) => `${count} ${noun}${count === 1 ? '' : 's'}`;

/* The first line of a picture: what is done, where, in which space; at the right what it came to. */
const headline = (ev, ...right) => {
  const about = eventOf(ev, 'address');
  return box('vm-address', about && tag('vm-op', about.op), about && code(about.at),
    about?.bytes && tag('vm-op', `+ ${about.bytes} bytes`), about?.space && tag('vm-op', about.space),
    tag('vm-cost', right.filter(Boolean).join('; ')));
};

/* ---- reading ---- */

const isObject = value => value !== null && typeof value === 'object' && !isList(value);

/* What keeps this page from playing `trace`, in words; null if nothing does. */
const refusal = trace => {
  if (!isObject(trace) || typeof trace.schema !== 'string') return 'it is no trace: it names no schema';
  if (trace.schema !== SCHEMA) {
    const other = /^vmtrace\/(\d+)$/.exec(trace.schema);
    return other && +other[1] > 1
      ? `it is of the schema ${trace.schema}, which is newer than this page; this page plays ${SCHEMA}`
      : `it is of the schema ${trace.schema.slice(0, 40)}; this page plays ${SCHEMA}`;
  }
  if (!isList(trace.steps) || !trace.steps.length) return 'it has no steps';
  const bad = trace.steps.findIndex(step => !isObject(step) || typeof step.say !== 'string' || !isObject(step.state)
    || !isList(step.ev) || !step.ev.every(event => isObject(event) && typeof event.k === 'string'));
  if (bad >= 0) return `its step ${bad} is not what ${SCHEMA} says of a step`;
  if (!isObject(trace.source) || !isObject(trace.config)) return 'it does not say where it comes from';
  return null;
};

/* A figure keeps what its states list once, in `pool`. */
const unpool = trace => {
  const { pool } = trace;
  delete trace.pool;
  for (const { state } of pool ? trace.steps : []) {
    for (const [name, list] of Object.entries(state)) if (isList(list)) state[name] = list.map(number => pool[number]);
  }
  return trace;
};

const place = event => event.place || `PA:${event.at}`;

/* One event as a line of the text trace: shown only with `~`, compared without. Null if the heading says it. */
const line = event => {
  switch (event.k) {
    case 'address': case 'index': case 'page': return null;
    case 'result': return `result: ${event.text}`;
    case 'fact': return event.text;
    case 'read': return `~ read ${place(event)} = ${event.value}`;
    case 'write': return `~ write ${place(event)} = ${event.value}, was ${event.before}`;
    case 'zero': return `~ zero frame ${event.frame}`;
    case 'copy': return `~ copy frame ${event.from} to frame ${event.to}`;
    case 'note': return `~ note: ${event.text}`;
    default: return `~ ${event.text ?? JSON.stringify(event)}`;
  }
};
const compared = step => step.ev.filter(event => event.k === 'result' || event.k === 'fact');
const result = step => step.ev.filter(event => event.k === 'result').map(event => event.text).join(', ');

/* Where `theirs` first leaves `ours`, in compared facts: { step, words }, or null. */
const difference = (ours, theirs) => {
  const steps = Math.max(ours.steps.length, theirs.steps.length);
  for (let step = 0; step < steps; step++) {
    const [a, b] = [ours.steps[step], theirs.steps[step]];
    if (!b) return { step: step - 1, words: ['it ends here, and ', code(`step ${step}: ${a.say}`), ' is missing'] };
    if (!a) return { step, words: ['the other run has ended, and this one goes on'] };
    if (a.say !== b.say) return { step, words: ['another step: ', code(b.say), ' instead of ', code(a.say)] };
    const [left, right] = [compared(a), compared(b)];
    const gone = left.filter(event => !right.some(other => line(other) === line(event)));
    const news = right.filter(event => !left.some(other => line(other) === line(event)));
    if (!gone.length && !news.length) continue;
    const first = gone[0] || news[0], lane = first.lane ? `${first.lane}: ` : '';
    const subject = text => text.split(': ')[0];
    const twin = gone[0] && news.find(event => subject(line(event)) === subject(line(gone[0])));
    if (twin) return { step, words: [lane, 'expected ', code(line(gone[0])), ', and here it is ', code(line(twin))] };
    return gone[0]
      ? { step, words: [lane, 'expected ', code(line(gone[0])), ', which is missing here'] }
      : { step, words: [lane, code(line(news[0])), ' is one line too many'] };
  }
  return null;
};

/* The step of a run that a view draws. While a question waits for its answer, everything is as it was before. */
const look = (trace, stop) => {
  const step = trace.steps[stop.step], before = trace.steps[stop.step - 1];
  const ev = stop.asks ? step.ev.filter(event => ['address', 'index', 'page'].includes(event.k)) : step.ev;
  return { trace, config: trace.config, index: stop.step, asks: stop.asks, ev, before: before?.state, state: stop.asks ? before.state : step.state };
};

/* Every step is one stop; a step with a question is two, so that the reader can predict first. */
const stopsOf = trace => trace.steps.flatMap((step, index) =>
  step.ask && index ? [{ step: index, asks: true }, { step: index, asks: false }] : [{ step: index, asks: false }]);

/* ---- one player ---- */

let players = 0;

function upgrade(figure) {
  if (figure.vm) return figure.vm;
  const runs = [];
  let trouble = null;
  for (const script of figure.querySelectorAll('script[type="application/json"]')) {
    try {
      const trace = JSON.parse(script.textContent);
      trouble ||= refusal(trace);
      if (!trouble) unpool(trace);
      runs.push({ name: script.dataset.run, trace });
    } catch { trouble ||= 'it is not JSON'; }
  }
  if (!runs.length || trouble) { figure.dataset.trouble = trouble || 'no run'; return null; }

  const id = `vm${++players}`;
  let run, stops = [], at = 0, timer = null;
  const caption = figure.querySelector('.vm-cap');
  caption.id = `${id}-cap`;
  figure.setAttribute('aria-labelledby', caption.id);

  const button = (kind, press, ...inside) => el('button', { type: 'button', class: `vm-b ${kind}`, onclick: press }, inside);
  const arrow = sign => el('span', { 'aria-hidden': 'true' }, sign);
  const forth = span('Next');
  const back = button('', () => { pause(); go(at - 1); }, arrow('‹ '), 'Back');
  const next = button('vm-main', () => { pause(); go(at + 1); }, forth, arrow(' ›'));
  const playing = button('vm-icon', () => timer ? pause() : play());
  const slider = el('input', { type: 'range', min: 0, step: 1, value: 0, 'aria-label': 'Step', oninput: e => { pause(); go(+e.target.value); } });
  const count = el('span', { class: 'vm-count' });
  const say = el('div', { class: 'vm-say', role: 'status', 'aria-live': 'polite', 'aria-atomic': 'true' });
  const tabs = el('div', { class: 'vm-tabs', role: 'group', 'aria-label': 'Runs' });
  const news = el('p', { class: 'vm-news', role: 'status', hidden: true });
  const stage = box('vm-stage');
  const events = el('pre', { class: 'vm-events', tabindex: 0, role: 'group', 'aria-label': 'Events of this step' });
  const file = el('input', { type: 'file', accept: '.json,application/json', class: 'vm-file', id: `${id}-file`, onchange: open });
  const ui = box('vm-ui', tabs,
    box('vm-controls', back, next, playing, slider, count), say, news, stage,
    box('vm-tools',
      el('details', { class: 'vm-details' }, el('summary', {}, 'Events of this step'), events),
      el('span', { class: 'vm-open' }, file, el('label', { for: file.id }, 'Play my own run…'))));
  const fallback = figure.querySelector('.vm-static');
  fallback.hidden = true;
  fallback.before(ui);
  figure.classList.add('vm-js');

  function choose(index, keep) {
    pause();
    const step = keep && stops.length ? stops[at].step : 0;
    run = index;
    const trace = runs[run].trace;
    stops = stopsOf(trace);
    caption.textContent = trace.title || trace.id;
    figure.dataset.view = views[trace.view] ? trace.view : 'facts';
    slider.max = stops.length - 1;
    tabs.hidden = runs.length < 2;
    tabs.replaceChildren(...runs.map((other, k) => el('button', { type: 'button', class: 'vm-b', 'aria-pressed': String(k === run),
      onclick: () => { choose(k, true); tabs.children[k].focus(); } }, other.name || `Run ${k + 1}`)));
    goTo(step);
  }

  /* The picture of a step, its question answered. */
  const goTo = step => go(stops.findLastIndex(stop => stop.step <= step));

  function go(wanted) {
    at = Math.max(0, Math.min(stops.length - 1, wanted));
    const { trace } = runs[run], stop = stops[at], step = trace.steps[stop.step], last = trace.steps.length - 1;
    const view = look(trace, stop);
    try { stage.replaceChildren((views[trace.view] || views.facts)(view)); }
    catch (error) { console.error(error); stage.replaceChildren(views.facts(view)); }
    const what = step.say.replace(/\.$/, '');
    say.replaceChildren(el('p', {}, bold(`Step ${stop.step} `), what, !stop.asks && result(step) ? [' → ', code(result(step))] : ''),
      step.ask ? el('p', { class: 'vm-ask' }, bold(stop.asks ? 'Predict' : 'Asked'), ' ', step.ask) : '');
    events.textContent = stop.asks ? 'Predict first: the events come with the answer.' : step.ev.map(line).filter(Boolean).join('\n') || 'Nothing happened.';
    slider.value = at;
    slider.ariaValueText = `step ${stop.step} of ${last}${stop.asks ? ', question' : ''}`;
    count.textContent = `${stop.step} / ${last}`;
    /* aria-disabled, not disabled: the focus must not be lost at the ends. */
    back.ariaDisabled = at === 0;
    next.ariaDisabled = at === stops.length - 1;
    forth.textContent = stop.asks ? 'Answer' : 'Next';
    figure.dataset.step = stop.step;
    figure.dataset.asks = stop.asks;
  }

  function play() {
    if (at === stops.length - 1) go(0);
    const tick = () => {
      go(at + 1);
      if (at === stops.length - 1) pause(); else wait();
    };
    const wait = () => { timer = setTimeout(tick, stops[at].asks ? 4000 : 1800); };
    wait();
    playing.textContent = '❚❚';
    playing.ariaLabel = 'Pause';
    say.ariaLive = 'off';
  }

  function pause() {
    clearTimeout(timer);
    timer = null;
    playing.textContent = '▶';
    playing.ariaLabel = 'Play';
    say.ariaLive = 'polite';
  }

  function tell(...words) {
    news.hidden = false;
    news.replaceChildren(...words.flat());
  }

  async function open(event) {
    const chosen = event.target.files[0];
    event.target.value = '';
    if (!chosen) return;
    if (chosen.size > FILE_BYTES_MAX) tell(`${chosen.name} cannot be played: it has more than ${FILE_BYTES_MAX >> 20} MiB.`);
    else add(await chosen.text(), chosen.name);
  }

  /* Takes in another run, plays it, and says where it first differs from the one that is here already. */
  function add(text, name) {
    let trace;
    try { trace = JSON.parse(text); } catch { return tell(`${name} cannot be played: it is not JSON.`); }
    const trouble = refusal(trace);
    if (trouble) return tell(`${name} cannot be played: ${trouble}.`);
    runs.push({ name: trace.source.by === 'reference' ? name : 'Your run', trace });
    choose(runs.length - 1);
    compare();
  }

  /* Compares the run that is shown with the first one of the same scenario. */
  function compare() {
    const mine = runs[run].trace;
    const same = other => other.source.lab === mine.source.lab && other.id === mine.id;
    const other = runs.find((candidate, k) => k !== run && same(candidate.trace));
    if (!other) return tell('Playing your run. This figure has no other run of the same scenario to compare with.');
    const found = difference(other.trace, mine);
    if (!found) return tell('Your run agrees with the other one in every compared line.');
    tell(bold(`First difference: step ${found.step}. `), found.words, '. The buttons above switch between the runs.');
    goTo(found.step);
  }

  figure.addEventListener('keydown', event => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const wanted = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: stops.length - 1 }[event.key];
    if (wanted === undefined) return;
    event.stopPropagation(); /* mdBook turns the page on arrows */
    if (event.target === slider || event.target === events) return;
    event.preventDefault();
    pause();
    go(wanted);
  });

  choose(0);
  const mine = runs.findIndex(other => other.trace.source.by === 'submission');
  if (mine > 0) { choose(mine); compare(); }
  return figure.vm = { go, goTo, choose, get stop() { return at; }, get stops() { return stops.length; } };
}

/* The fall-back view: the state as tables of facts. */
const cell = value => isObject(value) || isList(value) ? JSON.stringify(value) : String(value ?? '–');
const facts = ({ state, before }) => box('vm-facts', Object.entries(state).map(([name, value]) => {
  const rows = isList(value) ? value : [value];
  const same = row => (isList(before?.[name]) ? before[name] : [before?.[name]]).some(old => JSON.stringify(old) === JSON.stringify(row));
  const keys = isObject(rows[0]) ? Object.keys(rows[0]) : [];
  if (!rows.length) return el('p', {}, bold(spaced(name)), ': none');
  if (!keys.length && rows.length === 1) return el('p', { class: same(rows[0]) ? '' : 'vm-new' }, bold(spaced(name)), `: ${cell(rows[0])}`);
  return scroller('vm-scroll', spaced(name), el('table', {}, el('caption', {}, spaced(name)),
    keys.length ? el('thead', {}, el('tr', {}, keys.map(key => el('th', { scope: 'col' }, spaced(key))))) : null,
    el('tbody', {}, rows.map(row => el('tr', { class: before && !same(row) ? 'vm-new' : '' },
      keys.length ? keys.map(key => el('td', {}, cell(row?.[key]))) : el('td', {}, cell(row)))))));
}));

const views = { facts };
export { views, el, tag, box, bold, span, code, scroller, big, hex, plural, eventOf, factOf, resultOf, headline };

const all = () => document.querySelectorAll('figure.vm').forEach(upgrade);
if (document.readyState === 'loading') addEventListener('DOMContentLoaded', all);
else setTimeout(all);

/* Paper gets the table and the steps. */
const printing = on => document.querySelectorAll('figure.vm-js').forEach(figure => {
  figure.querySelector('.vm-static').hidden = !on;
  figure.querySelectorAll('.vm-static details').forEach(details => { details.open = on; });
});
addEventListener('beforeprint', () => printing(true));
addEventListener('afterprint', () => printing(false));
