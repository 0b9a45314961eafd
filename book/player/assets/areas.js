/* The view `areas`: a process's memory map, the pages of it that are filled, and the files behind it. */
import { views, el, tag, box, bold, span, big, hex, plural, eventOf, resultOf, headline } from './player.js';
const CELLS = 16;

/* What a page shows, in short, and the class that colours it. */
const kind = shows => {
  const file = /^page (\S+) of (.*)$/.exec(shows);
  if (file) return [`${file[2].split('/').pop()} ${file[1]}`, 'vm-cache'];
  return shows === 'own' ? ['own', 'vm-own'] : shows === 'zeros' ? ['zeros', 'vm-zeros'] : [shows, 'vm-badly'];
};
const cell = (head, text, foot, css, dirty) => box(`vm-cell ${css}`, bold(head), span(text), span(foot, dirty && tag('vm-dirt', ' dirty')));

views.areas = ({ config, ev, state, before, asks }) => {
  const size = big(config.page_bytes || 4096), areas = state.areas || [];
  const about = eventOf(ev, 'address');
  const first = about && big(about.at), end = about && first + big(about.bytes || 1);
  const meant = (from, to) => about != null && from < end && to > first;
  const result = resultOf(ev);
  const outcome = /(?:no|minor|major) fault|SIG[A-Z]+/.exec(result)?.[0];
  const bad = /SIG/.test(outcome || '');

  const low = big(config.start || 0), whole = Number(big(config.end || 1) - low) || 1;
  const share = (from, to) => {
    const [a, b] = [from, to].map(at => Math.max(0, Math.min(100, Number(at - low) / whole * 100)));
    return `left:${a.toFixed(2)}%;width:${(b - a).toFixed(2)}%`;
  };
  const backing = text => /\//.test(text) ? 'vm-cache' : 'vm-own';
  const ruler = el('div', { class: 'vm-ruler', 'aria-hidden': 'true' },
    areas.map(area => el('i', { class: backing(area.text), style: share(big(area.start), big(area.end)) })),
    about && el('i', { class: `vm-mark${bad ? ' vm-badly' : ''}`, style: share(first, end) }));

  const lane = area => {
    const [start, stop] = [big(area.start), big(area.end)];
    const old = before?.areas?.find(other => other.start === area.start && other.end === area.end);
    const filled = new Map(area.pages.map(page => [big(page.page), page]));
    const count = Number((stop - start) / size), all = count <= CELLS;
    const numbers = all ? Array.from({ length: count }, (_, k) => start / size + big(k)) : [...filled.keys()].slice(0, CELLS);
    const draw = number => {
      const page = filled.get(number), me = meant(number * size, (number + 1n) * size) ? ' vm-me' : '';
      if (!page) return cell(hex(number), '', 'not filled', `vm-free${me}`);
      const [text, css] = kind(page.shows), then = old?.pages.find(other => other.page === page.page);
      return cell(hex(number), text, page.rights, `${css}${me}${!asks && before && then?.text !== page.text ? ' vm-fresh' : ''}`, page.dirty);
    };
    return box(`vm-area${!asks && before && old?.text !== area.text ? ' vm-fresh' : ''}`,
      box('vm-line', bold(`${area.start} – ${area.end}`), span(area.text)),
      box('vm-cells', numbers.map(draw), all ? null : tag('vm-note', `${plural(count, 'page')}, ${filled.size} filled`)));
  };
  const hole = (from, to) => to > from && el('p', { class: `vm-hole${meant(from, to) ? ' vm-me' : ''}` }, `hole: ${plural(Number((to - from) / size), 'page')} from ${hex(from)}`);
  const lanes = [];
  let above = low;
  for (const area of areas) {
    lanes.push(hole(above, big(area.start)), lane(area));
    above = big(area.end);
  }
  lanes.push(hole(above, big(config.end || 0)));

  const file = ({ name, bytes, cached }) => {
    const count = Number((big(bytes) + size - 1n) / size);
    const known = new Map(cached.map(page => [Number(page.index), page]));
    const old = before?.files?.find(other => other.name === name);
    const numbers = [...new Set([...Array(Math.min(count, CELLS)).keys(), ...known.keys()])].slice(0, CELLS);
    return box('vm-area vm-of-file', box('vm-line', bold(name), span(`${bytes} bytes`)),
      box('vm-cells', numbers.map(index => {
        const page = known.get(index), fresh = page && old && !asks && !old.cached.some(other => Number(other.index) === index && other.dirty === page.dirty);
        return cell(hex(index), page ? 'page cache' : 'on disk', '', `${page ? 'vm-cache' : 'vm-free'}${fresh ? ' vm-fresh' : ''}`, page?.dirty);
      }), count > CELLS && tag('vm-note', plural(count, 'page'))));
  };
  const files = state.files || [];
  return box('vm-map',
    headline(ev, outcome, `${plural(state.frames_in_use ?? 0, 'frame')} in use`),
    ruler, lanes, files.length ? el('p', { class: 'vm-note vm-over' }, 'Files') : null, files.map(file));
};
