// Bundles the unit tests, since this Node does not read TypeScript, and runs them.
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = mkdtempSync(join(here, ".out-"));
try {
	const tests = readdirSync(here).filter((name) => name.endsWith(".test.ts"));
	await build({
		entryPoints: tests.map((name) => join(here, name)),
		outdir: out,
		outExtension: { ".js": ".mjs" },
		bundle: true,
		platform: "node",
		format: "esm",
		target: "node20",
		logLevel: "warning",
		sourcemap: "inline",
	});
	const files = readdirSync(out).map((name) => join(out, name));
	const run = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...files], { stdio: "inherit", cwd: dirname(here) });
	process.exitCode = run.status ?? 1;
} finally {
	rmSync(out, { recursive: true });
}
