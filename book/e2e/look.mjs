// Pictures of single steps, for people to look at while drawing: node look.mjs PAGE THEME WIDTH FIGURE STOP FILE
import { open, closeAll } from './browser.mjs';
const [page, theme, width, figure, stop, file] = process.argv.slice(2);
const tab = await open(`${page}.html`, { theme, width: +width });
await tab.evaluate(([f, s]) => document.querySelectorAll('figure.vm')[f].vm.go(s), [+figure, +stop]);
await tab.locator('figure.vm').nth(+figure).screenshot({ path: file });
if (tab.errors.length) console.log(tab.errors);
await closeAll();
