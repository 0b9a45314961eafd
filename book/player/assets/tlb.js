/* The view `tlb`: sets and ways, whose entry is found where, and who has left. */
import { views, el, tag, box, bold, span, big, hex, plural, eventOf, factOf, resultOf, headline } from './player.js';
const SETS_SHOWN = 8;

const bytes = count => {
  const power = Math.max(0, Math.floor(Math.log2(count) / 10));
  return `${count / 2 ** (10 * power)} ${['bytes', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`;
};
const whose = entry => entry.asid === undefined ? 'global' : `asid ${hex(entry.asid)}`;
const same = (a, b) => a.page === b.page && a.asid === b.asid && a.pages === b.pages;

const card = (entry, css, badge) => box(`vm-entry ${css}${entry.stale ? ' vm-stale' : ''}`,
  box('vm-line', bold(entry.page), tag('vm-whose', whose(entry))),
  box('vm-line', span(`→ ${entry.frame}`), span(`${entry.rights}${entry.dirty ? ' D' : ''}`)),
  entry.pages > 1 ? tag('vm-note', plural(entry.pages, 'page')) : null,
  entry.stale ? tag('vm-badge vm-badly', 'stale') : null,
  badge ? tag('vm-badge', badge) : null);

/* The sets of one TLB. `found` says whether an entry is the one that answered, `asked` whether a set was looked into. */
const grid = ({ config, tlb, old, quiet, found, asked }) => {
  const sets = tlb?.sets || [];
  const shown = [...Array(config.sets).keys()].filter(set => config.sets <= SETS_SHOWN || sets[set]?.length || asked(set));
  const row = set => {
    const entries = sets[set] || [];
    const free = Math.max(0, config.ways - entries.length);
    return box(`vm-set${asked(set) ? ' vm-on' : ''}`, tag('vm-setname', `set ${hex(set)}`),
      box('vm-ways', entries.map(entry => {
        const hit = found(entry), fresh = !quiet && !old.some(other => same(entry, other));
        return card(entry, hit ? 'vm-hit' : fresh ? 'vm-fresh' : '', hit ? 'hit' : fresh ? 'new' : null);
      }), Array.from({ length: Math.min(free, 16) }, () => box('vm-entry vm-free', 'free')),
      free > 16 ? tag('vm-note', `${free - 16} more are free`) : null));
  };
  return [tlb?.in_order_of_use && config.ways > 1 ? box('vm-order', span('leaves first'), span('used last')) : null,
    shown.map(row), shown.length < config.sets ? el('p', { class: 'vm-note' }, `${config.sets - shown.length} sets are empty`) : null];
};
const leavers = (gone, evicted) => gone.length ? box('vm-set vm-leavers', tag('vm-setname', evicted ? 'evicted' : 'gone'),
  box('vm-ways', gone.map(entry => card(entry, 'vm-left')))) : null;
const lost = (old, sets) => old.filter(entry => !sets.flat().some(other => same(entry, other)));

/* Whether an entry answers for an address in a space. */
const answers = (at, pageBytes, asid) => entry => {
  const page = at / pageBytes;
  return page >= big(entry.page) && page < big(entry.page) + big(entry.pages) && (entry.asid === undefined || whose(entry) === asid);
};

views.tlb = look => {
  if (look.state.cpus) return board(look);
  const { config, ev, state, before, asks } = look;
  const sets = state.tlb?.sets || [], old = (before?.tlb?.sets || []).flat();
  const about = eventOf(ev, 'address'), places = ev.filter(event => event.k === 'index');
  const result = resultOf(ev);
  const hit = /^hit/.test(result), missed = /^miss/.test(result);
  const answered = hit && about ? answers(big(about.at), big(config.page_bytes), about.space) : () => false;
  const gone = asks ? [] : lost(old, sets);

  const parts = (name, set, offset, note) => box('vm-split',
    [['', name, 'tag'], [' vm-part-set', set, 'set'], [' vm-part-offset', offset, 'offset']].map(([css, value, word]) =>
      tag(`vm-part${css}`, bold(asks && places.length ? '?' : value), word)), note);
  const split = places.length ? places.map(({ pages, set, tag: name }) => parts(name, hex(set), hex(big(about.at) % big(pages * config.page_bytes)),
    (places.length > 1 || pages > 1) && tag('vm-part-size', `if the page has ${bytes(pages * config.page_bytes)}`))) : parts('·', '·', '·');
  return el('div', { class: 'vm-tlb', style: `--ways:${Number(config.ways)}` },
    headline(ev, asks ? 'hit or miss?' : hit ? 'hit' : missed ? 'miss' : '', plural(sets.flat().length, 'entry').replace('entrys', 'entries')),
    box('vm-splits', split),
    grid({ config, tlb: state.tlb, old, quiet: asks || !before, found: answered, asked: set => !asks && places.some(place => place.set === set) }),
    leavers(gone, factOf(ev, 'evicted')));
};

/* Several CPUs over page tables: what each TLB holds, what the tables say, and who has the frames. */
const board = ({ config, ev, state, before, asks }) => {
  const about = eventOf(ev, 'address');
  const walked = factOf(ev, 'walks: '), order = factOf(ev, 'in this order');
  const failed = /fault/.test(resultOf(ev));
  const cpus = state.cpus.map(({ cpu, space, asid, tlb }) => {
    const old = (before?.cpus?.[cpu]?.tlb.sets || []).flat(), mine = about?.space === `cpu ${cpu}`;
    const hit = mine && walked === 'walks: none' && !failed ? answers(big(about.at), big(config.page_bytes), `asid ${hex(asid)}`) : () => false;
    return el('div', { class: `vm-box vm-cpu${mine ? ' vm-me' : ''}`, style: `--ways:${Number(config.tlb.ways)}` },
      box('vm-line', bold(`CPU ${cpu}`), span(`${space}, asid ${hex(asid)}`)),
      grid({ config: config.tlb, tlb, old, quiet: asks || !before, found: hit, asked: () => false }), asks ? null : leavers(lost(old, tlb.sets)));
  });
  const listed = (title, rows) => box('vm-box', box('vm-line', bold(title)),
    rows.length ? rows.map(([name, text, fresh]) => box(`vm-line vm-word${fresh ? ' vm-writen' : ''}`, span(name), span(text))) : tag('vm-note', 'none'));
  const fresh = (list, now, key, text) => !asks && !!before && !before[list]?.some(old => old[key] === now[key] && text(old) === text(now));
  const inside = frame => frame.in_use ? `holds ${frame.holds}` : 'free';
  return box('vm-mmu', headline(ev, walked, order), box('vm-cpus', cpus),
    box('vm-cpus',
      listed('Page tables', (state.entries || []).map(entry => [entry.place, entry.text, fresh('entries', entry, 'place', old => old.text)])),
      listed('Frames', (state.frames || []).map(frame => [`frame ${frame.frame}`, inside(frame), fresh('frames', frame, 'frame', inside)]))));
};
