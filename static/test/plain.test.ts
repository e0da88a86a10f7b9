import assert from "node:assert/strict";
import { test } from "node:test";
import { isRow } from "../src/console/plain.ts";

test("lines of a table are told from sentences", () => {
	for (const row of ["GROUP  TOPIC  PARTITION  CURRENT-OFFSET\n", "charges orders 1          12              24              12\n", "Topic: user-events\tPartition: 0\tLeader: 1\n", "--version                Display Kafka version.\n"]) assert.equal(isRow(row), true, row);
	for (const line of ["", "\n", "$ kafka-topics --list\n", ">   --topic user-events --group mailer\n", "Error while executing topic command : Topic 'x' already exists.\n", "anna\tpaid\n"]) assert.equal(isRow(line), false, line);
});
