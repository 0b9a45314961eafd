// Makes of the player's sources the one script that pages load: `npm run bundle` writes it, `npm run bundle -- --check` only
// says whether it is what the sources give. Terser takes out what people need and browsers do not.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { minify } from 'terser';

const assets = path.join(path.dirname(fileURLToPath(import.meta.url)), '../player/assets');
const shipped = path.join(assets, 'player.min.js');
const VIEWS = ['walk', 'tlb', 'replacement', 'cow', 'areas'];

// Every source is a module; together they are one scope, and each view a block in it.
export async function bundle() {
  const source = name => fs.readFileSync(path.join(assets, `${name}.js`), 'utf8').replace(/^import .*;$/gm, '').replace(/^export .*;$/gm, '');
  const whole = `(() => {\n'use strict';\n${source('player')}\n${VIEWS.map(name => `{\n${source(name)}\n}\n`).join('')}})();`;
  const { code } = await minify(whole, { ecma: 2022, compress: { passes: 3, unsafe: true, unsafe_arrows: true, keep_fargs: false }, format: { inline_script: true } });
  return `/* Made of the sources beside it by book/e2e/bundle.mjs. */\n${code}\n`;
}

export const isFresh = async () => fs.readFileSync(shipped, 'utf8') === await bundle();

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--check')) {
    const fresh = await isFresh();
    if (!fresh) console.error('book/player/assets/player.min.js is not what its sources give: npm run bundle');
    process.exit(fresh ? 0 : 1);
  }
  fs.writeFileSync(shipped, await bundle());
  console.log(`${path.relative(process.cwd(), shipped)}: ${fs.statSync(shipped).size} bytes`);
}
