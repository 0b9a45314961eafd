/* The view `cow`: spaces, the frames that their pages lie in, and who shares which. */
import { views, el, tag, box, bold, span, big, plural, eventOf, factOf, headline } from './player.js';
const svg = (name, attrs) => {
  const node = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attrs)) node.setAttribute(key, value);
  return node;
};

/* Lines from pages to frames, drawn again whenever the picture's size changes. */
const wires = (box, ends) => {
  const lines = svg('svg', { class: 'vm-wires', 'aria-hidden': 'true' });
  box.append(lines);
  new ResizeObserver(() => {
    const at = box.getBoundingClientRect();
    lines.replaceChildren(...ends.map(([from, to, css]) => {
      const [a, b] = [from.getBoundingClientRect(), to.getBoundingClientRect()];
      const [x1, y1, x2, y2] = [a.right - at.left, a.top + a.height / 2 - at.top, b.left - at.left, b.top + 15 - at.top];
      const middle = (x1 + x2) / 2;
      return svg('path', { class: css, d: `M${x1},${y1} C${middle},${y1} ${middle},${y2} ${x2 - 5},${y2} l-4,-4 m4,4 l-4,4` });
    }));
  }).observe(box);
};

/* Whether what the TLB knows allows more than the table, or leads elsewhere. */
const isStale = ({ cached, rights, frame }) => cached.frame !== frame || [...cached.rights].some((right, k) => right !== '-' && rights[k] === '-');

views.cow = ({ trace, config, ev, state, before, asks }) => {
  const size = big(config.page_bytes || 4096);
  const about = eventOf(ev, 'address'), page = about && big(about.at) / size;
  const names = [...new Set(trace.steps.flatMap(step => (step.state.spaces || []).map(space => space.name)))];
  const spaces = [...state.spaces || []].sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
  const rank = new Map();
  for (const { pages } of spaces) for (const { frame } of pages) if (!rank.has(frame)) rank.set(frame, frame === state.zero_frame ? 1e9 : rank.size);
  const frames = [...state.frames || []].sort((a, b) => rank.get(a.frame) - rank.get(b.frame));
  const earlier = name => before?.frames?.find(({ frame }) => frame === name);
  const freed = asks ? [] : (before?.frames || []).filter(({ frame }) => frame !== state.zero_frame && !frames.some(other => other.frame === frame));
  const touched = ev.filter(event => (event.k === 'write' || event.k === 'read') && event.at).map(({ k, at }) => ({ k, frame: big(at) / size, at: big(at) % size }));
  const faults = factOf(ev, 'page faults: ')?.slice(13);

  const cards = new Map(frames.map(({ frame, owners, pages, words }) => {
    const zero = frame === state.zero_frame, copied = ev.find(event => event.k === 'copy' && event.to === frame);
    const was = earlier(frame)?.owners, changed = !asks && before && was !== owners;
    const word = ({ at, value }) => {
      const touch = touched.find(one => one.frame === big(frame) && one.at === big(at));
      return el('div', { class: `vm-line vm-word${touch ? ` vm-${touch.k}n` : ''}` }, span(`+${at}`), span(value));
    };
    return [frame, box(`vm-box${zero ? ' vm-zero' : ''}${copied ? ' vm-fresh' : ''}`,
      box('vm-line', bold(zero ? 'zero frame' : `frame ${frame}`),
        tag(`vm-owners${changed ? ' vm-fresh' : ''}${owners === pages + (zero ? 1 : 0) ? '' : ' vm-badly'}`, zero ? plural(pages, 'page') : plural(owners, 'owner'))),
      copied ? tag('vm-note', `copy of ${copied.from === state.zero_frame ? 'the zero frame' : `frame ${copied.from}`}`) : null,
      words.length ? words.map(word) : tag('vm-note', 'all zero'))];
  }));

  const ends = [];
  const row = (space, one) => {
    const me = about?.space === space && page === big(one.page), old = before?.spaces?.find(({ name }) => name === space)?.pages.find(other => other.page === one.page);
    const changed = !asks && old && old.rights !== one.rights;
    const node = box(`vm-line vm-pte${me ? ' vm-me' : ''}`, bold(one.page),
      tag(`vm-right${changed ? ' vm-fresh' : ''}`, one.rights), one.shared ? tag('vm-badge', 'shared') : null,
      one.cached ? tag(`vm-badge${isStale(one) ? ' vm-badly' : ''}`, `TLB ${one.cached.rights}`) : null);
    const card = cards.get(one.frame);
    if (card) ends.push([node, card, `${one.rights.includes('w') ? 'vm-may' : ''}${me ? ' vm-now' : ''}`]);
    return node;
  };
  const columns = box('vm-cow',
    box('vm-column', spaces.map(({ name, pages, tables }) => box('vm-box vm-space',
      box('vm-line', bold(name), tag('vm-note', `table: ${plural(tables.length, 'frame')}`)),
      pages.length ? pages.map(one => row(name, one)) : tag('vm-note', 'no pages'))), spaces.length ? null : tag('vm-note', 'no space')),
    box('vm-column', [...cards.values()],
      freed.map(({ frame }) => box('vm-box vm-left', box('vm-line', bold(`frame ${frame}`), tag('vm-note', 'freed'))))));
  wires(columns, ends);
  return el('div', {}, headline(ev, faults && plural(+faults, 'page fault'), `${plural(state.frames_in_use, 'frame')} in use`), columns);
};
