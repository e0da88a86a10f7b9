// Builds static/dist from static/src and static/css: hashed names, manifest.json,
// and each file compressed beside itself, so that the server compresses nothing.
import { build, context } from "esbuild";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");

// Files that pages preload by a short name, whatever the package calls them.
const fonts = {
  "golos-latin.woff2": "golos-text-latin-wght-normal",
  "golos-cyrillic.woff2": "golos-text-cyrillic-wght-normal",
  "mono-latin.woff2": "jetbrains-mono-latin-wght-normal",
  "mono-cyrillic.woff2": "jetbrains-mono-cyrillic-wght-normal",
};

const budgets = { reading: 60 * 1024, lab: 350 * 1024, "play.en": 60 * 1024, "play.ru": 60 * 1024, "replay-page": 60 * 1024, console: 120 * 1024, "terminals.en": 160 * 1024, "terminals.ru": 160 * 1024 };

const options = {
  absWorkingDir: here,
  entryPoints: ["src/reading.ts", "src/lab.ts", "src/play.en.ts", "src/play.ru.ts", "src/replay-page.ts", "src/console.ts", "src/terminals.en.ts", "src/terminals.ru.ts", "css/reading.css", "css/lab.css", "css/play.css", "css/replay-page.css", "css/console.css", "css/terminals.css", "css/favicon.svg"],
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  outdir: dist,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022", "chrome123", "firefox120", "safari17.5"],
  loader: { ".woff2": "file", ".svg": "copy" },
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
  plugins: [{ name: "dist", setup: (b) => { b.onStart(clear); b.onEnd(finish); } }],
};

/** Empties dist but for its committed README, so that no old file is embedded. */
function clear() {
  mkdirSync(dist, { recursive: true });
  for (const name of readdirSync(dist)) {
    if (name !== "README") rmSync(join(dist, name), { recursive: true });
  }
}

/** Writes the manifest and the compressed copies, and holds the budgets. */
function finish(result) {
  if (result.errors.length > 0) return;
  const manifest = {};
  for (const [path, out] of Object.entries(result.metafile.outputs)) {
    const name = basename(path);
    if (out.entryPoint) manifest[basename(out.entryPoint).replace(/\.ts$/, ".js")] = name;
    for (const [short, long] of Object.entries(fonts)) {
      if (name.startsWith(long)) manifest[short] = name;
    }
  }
  const sizes = compress(Object.keys(result.metafile.outputs).map((p) => basename(p)));
  writeFileSync(join(dist, "manifest.json"), JSON.stringify(manifest, null, "\t") + "\n");
  report(manifest, sizes);
}

/** Writes name.br and name.gz beside each text file and returns the brotli and gzip sizes. */
function compress(names) {
  const sizes = {};
  for (const name of names.filter((n) => !n.endsWith(".woff2"))) {
    const raw = readFileSync(join(dist, name));
    const br = brotliCompressSync(raw, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
    const gz = gzipSync(raw, { level: 9 });
    writeFileSync(join(dist, name + ".br"), br);
    writeFileSync(join(dist, name + ".gz"), gz);
    sizes[name] = { br: br.length, gz: gz.length };
  }
  return sizes;
}

/** Prints what each kind of page weighs and fails the build when one is over its budget. */
function report(manifest, sizes) {
  for (const [page, budget] of Object.entries(budgets)) {
    const own = [manifest[page.replace(/\.(en|ru)$/, "") + ".css"], manifest[page + ".js"]];
    const gz = own.reduce((sum, name) => sum + sizes[name].gz, 0);
    const br = own.reduce((sum, name) => sum + sizes[name].br, 0);
    const line = `${page}: ${kib(gz)} KiB gzip, ${kib(br)} KiB brotli, of ${kib(budget)} KiB`;
    if (gz > budget) throw new Error(`${line}: over budget`);
    console.log(line);
  }
}

const kib = (n) => (n / 1024).toFixed(1);

if (process.argv.includes("--watch")) {
  await (await context(options)).watch();
} else {
  await build(options);
}
