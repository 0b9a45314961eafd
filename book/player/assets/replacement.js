/* The view `replacement`: which page lies in which frame after each access, and who leaves. */
import { views, el, tag, box, code, scroller, plural, eventOf, resultOf } from './player.js';

const about = step => eventOf(step.ev, 'page');
const result = step => resultOf(step.ev);
const missed = step => /miss/.test(result(step));

views.replacement = look => {
  const { trace, config, index, state, before, asks, ev } = look;
  if (!trace.steps.some(step => step.state.replacement)) return views.facts(look);
  const now = state.replacement?.frames || [], hand = state.replacement?.hand;
  const columns = trace.steps.map((step, number) => ({ step, number, page: about(step) })).filter(({ page }) => page);
  const seen = number => number < index || (number === index && !asks);
  const misses = columns.filter(({ step, number }) => seen(number) && missed(step)).length;
  const frames = Array.from({ length: Number(config.frames) }, (_, frame) => frame);

  const cell = ({ step, number }, frame) => {
    if (!seen(number)) return el('td', { class: number === index ? 'vm-now' : '' });
    const { page, used, dirty, pinned } = step.state.replacement?.frames[frame] || {};
    const then = trace.steps[number - 1]?.state.replacement?.frames[frame];
    return el('td', { class: `${number === index ? 'vm-now ' : ''}${page && then?.page !== page ? 'vm-came' : ''}` }, page || '',
      page && (used || dirty || pinned) ? el('small', {}, [used && 'u', dirty && 'd', pinned && 'p']) : null);
  };
  const current = columns.find(({ number }) => number === index);
  const grid = scroller('vm-scroll vm-matrix', 'Frames after each access', el('table', {},
    el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'access'), columns.map(({ number, page }) =>
      el('th', { scope: 'col', class: number === index ? 'vm-now' : '', title: `${page.op} page ${page.page}` }, page.page, page.op === 'read' ? null : el('small', {}, page.op[0]))))),
    el('tbody', {}, frames.map(frame => el('tr', {}, el('th', { scope: 'row' }, `frame ${frame}`, Number(hand) === frame && hand !== undefined ? tag('vm-hand', ' ◀ hand') : null),
      columns.map(column => cell(column, frame)))),
    el('tr', { class: 'vm-verdicts' }, el('th', { scope: 'row' }, 'miss?'), columns.map(({ step, number }) =>
      el('td', { class: number === index ? 'vm-now' : '' }, seen(number) && missed(step) ? 'miss' : ''))))));
  new ResizeObserver(() => {
    const here = grid.querySelector('thead .vm-now');
    if (here) grid.scrollLeft = here.offsetLeft - grid.clientWidth * 0.6;
  }).observe(grid);

  const gone = asks ? null : (before?.replacement?.frames || []).find(old => old.page && !now.some(one => one.page === old.page));
  const order = (asks ? before : state)?.asked?.['would leave'];
  return box('vm-replacement',
    box('vm-address', tag('vm-op', String(config.policy).replaceAll('_', ' ')), current ? code(`${current.page.op} ${current.page.page}`) : null,
      gone ? tag('vm-op', `${gone.page} leaves${gone.dirty ? ', written back' : ''}`) : null,
      tag('vm-cost', eventOf(ev, 'result') || asks ? plural(misses, 'miss').replace('misss', 'misses') : '')),
    grid, el('p', { class: 'vm-note' }, order ? ['would leave, in this order: ', code(order)] : ' '));
};
