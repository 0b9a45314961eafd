/* The view `walk`: the way of an address through page tables. */
import { views, el, tag, box, bold, span, code, big, hex, plural, eventOf, resultOf } from './player.js';

const TABLES = ['PT', 'PD', 'PDPT', 'PML4', 'PML5'];
const ADDRESS = 0x000ffffffffff000n;
const [P, W, U, A, D, PS, NX] = [0n, 1n, 2n, 5n, 6n, 7n, 63n].map(bit => 1n << bit);
const FLAGS = [[P, 'P', 'present'], [W, 'W', 'writable'], [U, 'U', 'user'], [A, 'A', 'accessed'], [D, 'D', 'dirty'], [PS, 'PS', 'large page'], [NX, 'NX', 'no execute']];

/* `second PD[0x1][0x2]`: space, table, and the indices on the way down. */
const parse = place => {
  const found = /^(?:(.*) )?([A-Z0-9]+)((?:\[0x[0-9a-f]+\])+)$/.exec(place || '');
  return found && { space: found[1] || '', table: found[2], way: found[3], indices: found[3].slice(1, -1).split('][').map(Number) };
};

/* How this machine cuts an address: the fields from the root down, and the width of the offset. */
const geometry = config => {
  const levels = config.levels || 1, offset = big(Math.log2(config.page_bytes || 4096));
  const width = config.levels ? (config.entry_bytes === 4 ? 10n : 9n) : big(Math.max(1, Math.ceil(Math.log2(config.pages || 2))));
  const fields = TABLES.slice(0, levels).map((name, level) => ({ name, level, width, shift: offset + width * big(level) })).reverse();
  return { levels, offset, fields, entryBytes: big(config.entry_bytes || 8) };
};
const mask = bits => (1n << bits) - 1n;
const cut = (address, { shift, width }) => Number(address >> shift & mask(width));
const bitsOf = (value, width) => big(value).toString(2).padStart(Number(width), '0').slice(-Number(width));

const flags = (bits, was, leaf) => tag('vm-flags', FLAGS
  .filter(([bit]) => bit === PS ? !leaf && bits & PS : leaf || (bit !== D && bit !== NX) || bits & PS || (bit === NX && bits & NX))
  .map(([bit, name, word]) => el('span', { class: `vm-flag${bits & bit ? ' vm-set' : ''}${bits & bit && !(was & bit) ? ' vm-flash' : ''}`, title: `${word}: ${bits & bit ? 'yes' : 'no'}` }, name)));

views.walk = ({ config, ev, state, asks }) => {
  const { fields, offset, levels, entryBytes } = geometry(config), linear = !config.levels;
  const entries = (state.entries || []).map(entry => ({ ...parse(entry.place), at: big(entry.at), bits: big(entry.bits), text: entry.text }));
  const placeAt = new Map((state.entries || []).map(entry => [entry.at, entry.place]));
  const about = eventOf(ev, 'address'), address = about && big(about.at);
  const touched = ev.filter(event => event.k === 'read' || event.k === 'write').map(event => ({ ...event, ...parse(event.place || placeAt.get(event.at)) }));
  const reads = touched.filter(event => event.k === 'read').length, writes = touched.length - reads;
  const more = eventOf(ev, 'cut');
  const result = resultOf(ev);
  const physical = /^PA:(0x[0-9a-f]+)$/.exec(result)?.[1];
  const access = about && /^(user|supervisor|walk)/.test(about.op), failed = access && !asks && !physical;
  /* Tables that two spaces share are named by the first one, so the way can go over from one space into the other. */
  let space = touched.find(event => event.table)?.space || '';
  const name = way => `${TABLES[levels - way.length]}${way.map(index => `[${hex(index)}]`).join('')}`;
  const find = way => entries.find(entry => entry.space === space && entry.table + entry.way === name(way));

  const way = [];
  let order = 0, ended = null, page = null;
  const columns = fields.map(field => {
    const index = address == null ? null : cut(address, field);
    const inside = page !== null;
    if (!inside && index !== null) way.push(linear ? Number(address >> field.shift) : index);
    const here = address == null || inside ? null : way.slice();
    const mine = here ? touched.filter(event => event.table && [space, ''].includes(event.space) && event.table + event.way === name(here)) : [];
    const seen = mine.length ? mine : null;
    if (seen) ({ space } = seen[0]);
    const owner = space;
    const entry = here && find(here);
    const leaf = field.level === 0;
    const bits = entry ? entry.bits : big(seen?.find(event => event.k === 'read')?.value || 0);
    const was = big(seen?.find(event => event.k === 'write')?.before ?? bits);
    const on = !!seen && !asks;
    if (on) { order++; ended = field.level; }
    if (on && bits & P && (leaf || bits & PS) && (leaf || entry?.text.startsWith('frame'))) page = { entry, bits, field };
    return { field, index, inside, here, owner, on, entry, bits, was, leaf, order, bad: false };
  });
  const decisive = columns.find(column => column.on && column.field.level === ended);
  if (failed && decisive) decisive.bad = true;

  const target = (bits, text, leaf) => {
    if (!(bits & P)) return linear ? (bits ? 'on disk' : 'unallocated') : 'not present';
    const frame = /^frame (0x[0-9a-f]+)/.exec(text || '')?.[1] || hex((bits & ADDRESS) >> 12n);
    return linear ? text : `→ ${frame}`;
  };
  const row = (label, text, me, extra) => box(`vm-row${me ? ' vm-me' : ''}${extra || ''}`, span(label), span(text));

  const card = column => {
    const { field, here, owner, on, entry, leaf } = column;
    let rows = [], head = '';
    const table = here ? entries.filter(one => one.space === owner && one.table === field.name && one.indices.slice(0, -1).join() === here.slice(0, -1).join())
      : entries.filter(one => one.table === field.name);
    if (here && (on || (linear && entries.length) || table.length) && !(asks && !linear)) {
      const me = here.at(-1), at = entry?.at ?? (table[0] && table[0].at + big(me - table[0].indices.at(-1)) * entryBytes);
      if (at != null) head = hex(at - big(me) * entryBytes);
      const others = table.filter(one => one.indices.at(-1) !== me);
      const below = others.filter(one => one.indices.at(-1) < me), above = others.filter(one => one.indices.at(-1) > me);
      const near = linear ? [...below.slice(-4), ...above.slice(0, 6)] : [...below.slice(-1), ...above.slice(0, 1)];
      const shown = [...near.map(one => [one.indices.at(-1), one]), [me, null]].sort((a, b) => a[0] - b[0]);
      rows = shown.map(([index, one]) => one ? row(hex(index), target(one.bits, one.text, leaf)) : row(hex(me), target(column.bits, entry?.text, leaf), on));
      if (others.length > near.length) rows.push(row('', `${others.length - near.length} more`));
    } else if (!here && !column.inside && table.length) {
      const label = one => (one.space ? `${one.space} ` : '') + (linear ? hex(one.indices[0]) : one.indices.map(index => index.toString(16)).join('·'));
      rows = table.slice(0, 6).map(one => row(label(one), target(one.bits, one.text, leaf)));
      if (table.length > 6) rows.push(row('', `${table.length - 6} more`));
    }
    return box('vm-card', box('vm-head', bold(field.name), span(head)),
      column.inside ? box('vm-none', 'not read: inside the large page') : rows.length ? rows : box('vm-none', ''),
      here && on ? flags(column.bits, column.was, leaf || !!(column.bits & PS && page)) : null);
  };

  const part = (bits, words) => box(`vm-field${address == null ? ' vm-off' : ''}`, tag('vm-bits', bits), tag('vm-sub', words));
  const lane = column => {
    const { field: { level, width, shift }, index, inside, on } = column;
    return el('div', { class: `vm-lane vm-l${level}${on ? ' vm-on' : ''}${column.bad ? ' vm-bad' : ''}${on && level === ended ? ' vm-cur' : ''}${inside ? ' vm-inside' : ''}`, style: `--k:${column.order}` },
      address == null ? part('·'.repeat(Math.min(12, Number(width))), `${width} bits`)
        : part(bitsOf(index, width), inside ? 'offset' : `${linear ? 'page' : 'index'} ${asks ? '?' : hex(linear ? address >> shift : index)}`),
      card(column));
  };

  /* How many bits of the address say where in the page. */
  const shift = page ? page.field.shift : offset;
  const within = address == null ? null : address & mask(shift);
  const frame = page && (/^frame (0x[0-9a-f]+)/.exec(page.entry?.text || '')?.[1] || null);
  const sharers = page && entries.filter(one => one !== page.entry && one.text.startsWith(`frame ${frame} `));
  const last = el('div', { class: `vm-lane vm-frame${physical || (frame && !failed) ? ' vm-on' : ''}${failed ? ' vm-on vm-bad' : ''}${physical ? ' vm-cur' : ''}`, style: `--k:${order + 1}` },
    address == null ? part('·'.repeat(12), `${offset} bits`) : part(bitsOf(address & mask(offset), offset), `offset ${asks ? '?' : hex(within)}`),
    box('vm-card', box('vm-head', bold(failed ? (about.op === 'walk' ? 'End' : 'Fault') : 'Frame'), span(!failed && frame || '')),
      failed ? fault(about.op, result)
        : box('vm-pageful', physical ? el('i', { class: within * 2n >> shift ? 'vm-low' : '', style: `top:${(Number(within) / Number(1n << shift) * 96).toFixed(1)}%` }, span(hex(within))) : null,
          sharers?.length ? tag('vm-shared', `also ${sharers.length > 1 ? `${sharers.length} other pages` : linear ? `page ${hex(sharers[0].indices[0])}` : sharers[0].table + sharers[0].way}`) : null)));

  return box('vm-walk',
    box('vm-address', tag('vm-op', about ? about.op : ''), code(address == null ? '' : hex(address)),
      tag('vm-cost', asks ? 'reads: ?' : `${more ? `${reads}+ reads` : plural(reads, 'read')}${writes ? `, ${plural(writes, 'write')}` : ''}; ${plural(state.frames_in_use ?? 0, 'frame')} in use`)),
    el('div', { class: `vm-lanes${linear ? ' vm-linear' : ''}`, style: `--n:${levels}` }, columns.map(lane), last),
    box(`vm-address vm-out${physical ? ' vm-on' : ''}`, tag('vm-op', 'physical'),
      code(physical || (asks ? '?' : failed ? 'none' : '·'.repeat(9)))));
};

const fault = (op, result) => {
  const error = /error code (\S+)(?: \(([^)]*)\))?/.exec(result), canonical = /canonical/.test(result);
  return box('vm-fault', bold(op === 'walk' ? '–' : canonical ? '#GP' : '#PF'),
    span(canonical ? 'not canonical' : result.split(', ').at(-1)), error && span(`code ${error[1]}`), error?.[2] && span(error[2]));
};
