// Says what the view makes of journals: reads {"journals": [{"start", "services", "events", "at": [seqs]}]}
// from a file and writes one line of JSON for each journal: the states at those events, gone to
// backwards, so that nothing is told by the order of going.
import { build } from "esbuild";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const view = join(dirname(fileURLToPath(import.meta.url)), "..", "src", "view", "history.ts");
const bundle = await build({ entryPoints: [view], bundle: true, write: false, format: "esm", target: "node20", logLevel: "warning" });
const { History } = await import("data:text/javascript;base64," + Buffer.from(bundle.outputFiles[0].contents).toString("base64"));

for (const { start, services, events, at } of JSON.parse(readFileSync(process.argv[2], "utf8")).journals) {
	const history = new History({ start: start ?? null, events, services: services ?? [] });
	const states = at.map((seq) => seq).reverse().map((seq) => history.stateAt(history.indexOf(seq))).reverse();
	process.stdout.write(JSON.stringify(states) + "\n");
}
