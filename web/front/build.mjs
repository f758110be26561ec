// Builds web/static: bundles and fonts under hashed names, and manifest.json from logical to real names.
//
// Fails when the signing scripts grow beyond what was promised.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const here = import.meta.dirname;
const out = join(here, '..', 'static');
const modules = join(here, '..', '..', 'node_modules');

const SCRIPTS = ['app.js', 'sign.js', 'certificates.js', 'viewer.js', 'hash-worker.js'];
const FONTS = [
  '@fontsource-variable/source-serif-4/files/source-serif-4-latin-wght-normal.woff2',
  '@fontsource-variable/source-sans-3/files/source-sans-3-latin-wght-normal.woff2',
];
/** What a person downloads to sign, compressed, in bytes. */
const SIGNING = { scripts: ['sign.js', 'hash-worker.js'], limit: 25_000 };

const pdfVersion = JSON.parse(await readFile(join(modules, 'pdfjs-dist/package.json'))).version;
/** Files that PDF.js asks for by their own names, in a folder named after its version. */
const PDF_ASSETS = `pdf-${pdfVersion}`;
const COMMON = {
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  write: false,
  legalComments: 'none',
  define: { PDF_ASSETS: JSON.stringify(PDF_ASSETS) },
};

const manifest = {};
const compressed = {};

async function keep(name, content) {
  const extension = extname(name);
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 12);
  manifest[name] = `${basename(name, extension)}.${hash}${extension}`;
  compressed[name] = gzipSync(content).length;
  await writeFile(join(out, manifest[name]), content);
  const [size, small] = [content.length, compressed[name]].map((bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(10));
  console.log(`${name.padEnd(40)} ${size} ${small} gzip`);
}

async function bundle(path, options = {}) {
  const { outputFiles } = await build({ ...COMMON, ...options, entryPoints: [join(here, path)] });
  return outputFiles[0].text;
}

async function copyPdfAssets() {
  const folder = join(out, PDF_ASSETS);
  await cp(join(modules, 'pdfjs-dist/standard_fonts'), folder, { recursive: true });
  // JPEG 2000 without WebAssembly, which the Content-Security-Policy forbids.
  for (const name of ['openjpeg_nowasm_fallback.js', 'LICENSE_OPENJPEG', 'LICENSE_PDFJS_OPENJPEG']) {
    await cp(join(modules, 'pdfjs-dist/wasm', name), join(folder, name));
  }
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
for (const name of SCRIPTS) await keep(name, Buffer.from(await bundle(name)));
await keep('pdf.worker.js', await readFile(join(modules, 'pdfjs-dist/build/pdf.worker.min.mjs')));
await copyPdfAssets();
for (const font of FONTS) await keep(basename(font), await readFile(join(modules, font)));
let css = await bundle('styles/main.css', { external: ['*.woff2'] });
for (const font of FONTS) css = css.replaceAll(basename(font), manifest[basename(font)]);
await keep('main.css', Buffer.from(css));
await keep('favicon.svg', await readFile(join(here, 'favicon.svg')));

const signing = SIGNING.scripts.reduce((total, name) => total + compressed[name], 0);
console.log(`${'to sign'.padEnd(40)} ${''.padStart(10)} ${`${(signing / 1000).toFixed(1)} kB`.padStart(10)} gzip`);
if (signing > SIGNING.limit) throw new Error(`the signing scripts weigh more than ${SIGNING.limit} bytes compressed`);
// Written last: a build that stopped half-way is not taken for a whole one.
await writeFile(join(out, 'manifest.json'), JSON.stringify(manifest, null, 2));
