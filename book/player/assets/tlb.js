/* The view `tlb`: sets and ways, whose entry is found where, and who has left. */
(() => {
  'use strict';
  const { views, el, tag, hex, plural, headline } = window.vmPlayer;
  const SETS_SHOWN = 8;

  const bytes = count => {
    const power = Math.max(0, Math.floor(Math.log2(count) / 10));
    return `${count / 2 ** (10 * power)} ${['bytes', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`;
  };
  const whose = entry => entry.asid === undefined ? 'global' : `asid ${hex(entry.asid)}`;
  const same = (a, b) => a.page === b.page && a.asid === b.asid && a.pages === b.pages;

  const card = (entry, css, badge) => el('div', { class: `vm-entry ${css}${entry.stale ? ' vm-stale' : ''}` },
    el('div', { class: 'vm-line' }, el('b', {}, entry.page), tag('vm-whose', whose(entry))),
    el('div', { class: 'vm-line' }, tag('', `→ ${entry.frame}`), tag('', `${entry.rights}${entry.dirty ? ' D' : ''}`)),
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
      return el('div', { class: `vm-set${asked(set) ? ' vm-on' : ''}` }, tag('vm-setname', `set ${hex(set)}`),
        el('div', { class: 'vm-ways' }, entries.map(entry => {
          const hit = found(entry), fresh = !quiet && !old.some(other => same(entry, other));
          return card(entry, hit ? 'vm-hit' : fresh ? 'vm-fresh' : '', hit ? 'hit' : fresh ? 'new' : null);
        }), Array.from({ length: Math.min(free, 16) }, () => el('div', { class: 'vm-entry vm-free' }, 'free')),
        free > 16 ? tag('vm-note', `${free - 16} more are free`) : null));
    };
    return [tlb?.in_order_of_use && config.ways > 1 ? el('div', { class: 'vm-order' }, tag('', 'leaves first'), tag('', 'used last')) : null,
      shown.map(row), shown.length < config.sets ? el('p', { class: 'vm-note' }, `${config.sets - shown.length} sets are empty`) : null];
  };
  const leavers = (gone, evicted) => gone.length ? el('div', { class: 'vm-set vm-leavers' }, tag('vm-setname', evicted ? 'evicted' : 'gone'),
    el('div', { class: 'vm-ways' }, gone.map(entry => card(entry, 'vm-left')))) : null;
  const lost = (old, sets) => old.filter(entry => !sets.flat().some(other => same(entry, other)));

  /* Whether an entry answers for an address in a space. */
  const answers = (at, pageBytes, asid) => entry => {
    const page = at / pageBytes;
    return page >= BigInt(entry.page) && page < BigInt(entry.page) + BigInt(entry.pages) && (entry.asid === undefined || whose(entry) === asid);
  };

  views.tlb = look => {
    if (look.state.cpus) return board(look);
    const { config, ev, state, before, asks } = look;
    const sets = state.tlb?.sets || [], old = (before?.tlb?.sets || []).flat();
    const about = ev.find(event => event.k === 'address'), places = ev.filter(event => event.k === 'index');
    const result = ev.find(event => event.k === 'result')?.text || '';
    const hit = /^hit/.test(result), missed = /^miss/.test(result);
    const answered = hit && about ? answers(BigInt(about.at), BigInt(config.page_bytes), about.space) : () => false;
    const gone = asks ? [] : lost(old, sets);

    const parts = (name, set, offset, note) => el('div', { class: 'vm-split' },
      [['', name, 'tag'], [' vm-part-set', set, 'set'], [' vm-part-offset', offset, 'offset']].map(([css, value, word]) =>
        tag(`vm-part${css}`, el('b', {}, asks && places.length ? '?' : value), word)), note);
    const split = places.length ? places.map(({ pages, set, tag: name }) => parts(name, hex(set), hex(BigInt(about.at) % BigInt(pages * config.page_bytes)),
      places.length > 1 || pages > 1 ? tag('vm-part-size', `if the page has ${bytes(pages * config.page_bytes)}`) : null)) : parts('·', '·', '·');
    return el('div', { class: 'vm-tlb', style: `--ways:${Number(config.ways)}` },
      headline(ev, asks ? 'hit or miss?' : hit ? 'hit' : missed ? 'miss' : '', plural(sets.flat().length, 'entry').replace('entrys', 'entries')),
      el('div', { class: 'vm-splits' }, split),
      grid({ config, tlb: state.tlb, old, quiet: asks || !before, found: answered, asked: set => !asks && places.some(place => place.set === set) }),
      leavers(gone, ev.some(event => event.k === 'fact' && event.text.startsWith('evicted'))));
  };

  /* Several CPUs over page tables: what each TLB holds, what the tables say, and who has the frames. */
  const board = ({ config, ev, state, before, asks }) => {
    const about = ev.find(event => event.k === 'address');
    const facts = ev.filter(event => event.k === 'fact').map(event => event.text);
    const walked = facts.find(text => text.startsWith('walks: ')), order = facts.find(text => text.startsWith('in this order'));
    const failed = /fault/.test(ev.find(event => event.k === 'result')?.text || '');
    const cpus = state.cpus.map(({ cpu, space, asid, tlb }) => {
      const old = (before?.cpus?.[cpu]?.tlb.sets || []).flat(), mine = about?.space === `cpu ${cpu}`;
      const hit = mine && walked === 'walks: none' && !failed ? answers(BigInt(about.at), BigInt(config.page_bytes), `asid ${hex(asid)}`) : () => false;
      return el('div', { class: `vm-box vm-cpu${mine ? ' vm-me' : ''}`, style: `--ways:${Number(config.tlb.ways)}` },
        el('div', { class: 'vm-line' }, el('b', {}, `CPU ${cpu}`), tag('', `${space}, asid ${hex(asid)}`)),
        grid({ config: config.tlb, tlb, old, quiet: asks || !before, found: hit, asked: () => false }), asks ? null : leavers(lost(old, tlb.sets)));
    });
    const listed = (title, rows) => el('div', { class: 'vm-box' }, el('div', { class: 'vm-line' }, el('b', {}, title)),
      rows.length ? rows.map(([name, text, fresh]) => el('div', { class: `vm-line vm-word${fresh ? ' vm-writen' : ''}` }, tag('', name), tag('', text))) : tag('vm-note', 'none'));
    const fresh = (list, now, key, text) => !asks && !!before && !before[list]?.some(old => old[key] === now[key] && text(old) === text(now));
    const inside = frame => frame.in_use ? `holds ${frame.holds}` : 'free';
    return el('div', { class: 'vm-mmu' }, headline(ev, walked, order), el('div', { class: 'vm-cpus' }, cpus),
      el('div', { class: 'vm-cpus' },
        listed('Page tables', (state.entries || []).map(entry => [entry.place, entry.text, fresh('entries', entry, 'place', old => old.text)])),
        listed('Frames', (state.frames || []).map(frame => [`frame ${frame.frame}`, inside(frame), fresh('frames', frame, 'frame', inside)]))));
  };
})();
