// Builds web/static: bundles and fonts under hashed names, and manifest.json from logical to real names.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const here = import.meta.dirname;
const out = join(here, '..', 'static');
const root = join(here, '..', '..');
const SCRIPTS = ['app.js', 'sign.js', 'certificates.js', 'viewer.js', 'hash-worker.js'];
const FONTS = [
  '@fontsource-variable/source-serif-4/files/source-serif-4-latin-wght-normal.woff2',
  '@fontsource-variable/source-sans-3/files/source-sans-3-latin-wght-normal.woff2',
];

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const manifest = {};

async function keep(name, content) {
  const extension = extname(name);
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 12);
  const real = `${basename(name, extension)}.${hash}${extension}`;
  await writeFile(join(out, real), content);
  manifest[name] = real;
  const size = (bytes) => `${(bytes / 1024).toFixed(1)} kB`;
  console.log(`${name.padEnd(20)} ${size(content.length).padStart(10)} ${size(gzipSync(content).length).padStart(10)} gzip`);
}

const common = { bundle: true, minify: true, format: 'esm', target: 'es2022', write: false, legalComments: 'none' };
for (const name of SCRIPTS) {
  const { outputFiles } = await build({ ...common, entryPoints: [join(here, name)] });
  await keep(name, Buffer.from(outputFiles[0].contents));
}
await keep('pdf.worker.js', await readFile(join(root, 'node_modules/pdfjs-dist/build/pdf.worker.min.mjs')));
for (const font of FONTS) await keep(basename(font), await readFile(join(root, 'node_modules', font)));
const styles = await build({ ...common, entryPoints: [join(here, 'styles', 'main.css')], external: ['*.woff2'] });
let css = Buffer.from(styles.outputFiles[0].contents).toString();
for (const font of FONTS) css = css.replaceAll(basename(font), manifest[basename(font)]);
await keep('main.css', Buffer.from(css));
await copyFile(join(here, 'favicon.svg'), join(out, 'favicon.svg'));
manifest['favicon.svg'] = 'favicon.svg';
await writeFile(join(out, 'manifest.json'), JSON.stringify(manifest, null, 2));
