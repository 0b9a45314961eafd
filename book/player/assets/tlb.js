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

  views.tlb = ({ config, ev, state, before, asks }) => {
    const sets = state.tlb?.sets || [], old = (before?.tlb?.sets || []).flat();
    const about = ev.find(event => event.k === 'address'), places = ev.filter(event => event.k === 'index');
    const result = ev.find(event => event.k === 'result')?.text || '';
    const page = about && BigInt(about.at) / BigInt(config.page_bytes);
    const answers = entry => page != null && page >= BigInt(entry.page) && page < BigInt(entry.page) + BigInt(entry.pages)
      && (entry.asid === undefined || whose(entry) === about.space);
    const hit = /^hit/.test(result), missed = /^miss/.test(result);
    const gone = asks ? [] : old.filter(entry => !sets.flat().some(other => same(entry, other)));
    const evicted = ev.some(event => event.k === 'fact' && event.text.startsWith('evicted'));

    const parts = (name, set, offset, note) => el('div', { class: 'vm-split' },
      [['', name, 'tag'], [' vm-part-set', set, 'set'], [' vm-part-offset', offset, 'offset']].map(([css, value, word]) =>
        tag(`vm-part${css}`, el('b', {}, asks && places.length ? '?' : value), word)), note);
    const split = places.length ? places.map(({ pages, set, tag: name }) => parts(name, hex(set), hex(BigInt(about.at) % BigInt(pages * config.page_bytes)),
      places.length > 1 || pages > 1 ? tag('vm-part-size', `if the page has ${bytes(pages * config.page_bytes)}`) : null)) : parts('·', '·', '·');

    const asked = set => !asks && places.some(place => place.set === set);
    const shown = [...Array(config.sets).keys()].filter(set => config.sets <= SETS_SHOWN || sets[set]?.length || asked(set));
    const row = set => {
      const entries = sets[set] || [];
      const free = Math.max(0, config.ways - entries.length);
      return el('div', { class: `vm-set${asked(set) ? ' vm-on' : ''}` }, tag('vm-setname', `set ${hex(set)}`),
        el('div', { class: 'vm-ways' }, entries.map(entry => {
          const found = hit && answers(entry), fresh = before && !asks && !old.some(other => same(entry, other));
          return card(entry, found ? 'vm-hit' : fresh ? 'vm-fresh' : '', found ? 'hit' : fresh ? 'new' : null);
        }), Array.from({ length: Math.min(free, 16) }, () => el('div', { class: 'vm-entry vm-free' }, 'free')),
        free > 16 ? tag('vm-note', `${free - 16} more are free`) : null));
    };
    return el('div', { class: 'vm-tlb', style: `--ways:${Number(config.ways)}` },
      headline(ev, asks ? 'hit or miss?' : hit ? 'hit' : missed ? 'miss' : '', plural(sets.flat().length, 'entry').replace('entrys', 'entries')),
      el('div', { class: 'vm-splits' }, split),
      state.tlb?.in_order_of_use && config.ways > 1 ? el('div', { class: 'vm-order' }, tag('', 'leaves first'), tag('', 'used last')) : null,
      shown.map(row),
      shown.length < config.sets ? el('p', { class: 'vm-note' }, `${config.sets - shown.length} sets are empty`) : null,
      gone.length ? el('div', { class: 'vm-set vm-leavers' }, tag('vm-setname', evicted ? 'evicted' : 'gone'),
        el('div', { class: 'vm-ways' }, gone.map(entry => card(entry, 'vm-left')))) : null);
  };
})();
