import assert from "node:assert/strict";
import { test } from "node:test";
import { lightOf } from "../src/light.ts";

test("an event lights its line in the file that it names", () => {
	assert.deepEqual(lightOf({ seq: 4, at: 0, kind: "acked", line: 12 }), { seq: 4, line: 12 });
	assert.deepEqual(lightOf({ seq: 4, at: 0, kind: "effect", line: 12, file: "ledger.go", place: "orders" }), { seq: 4, line: 12, file: "ledger.go", place: "orders" });
	assert.deepEqual(lightOf({ seq: 4, at: 0, kind: "effect", file: "ledger.go" }), { seq: 4 }, "a file without a line lights nothing");
});
