/**
 * From events to worlds: one reducer for each source of events. A new broker adds a file with
 * its reducer and a line here.
 */
import { kafka } from "./reduce-kafka.ts";
import { rabbitmq } from "./reduce-rabbitmq.ts";
import { host, play, service, Service, serviceKey } from "./reduce-services.ts";
import { connect, table, tables, Table } from "./reduce-tables.ts";
import { seed } from "./seed.ts";
import type { JournalEvent, Recording } from "./types.ts";
import { World } from "./world.ts";

/** Brings a world up to an event. It must take any event, in any order: journals may lack what came before. */
export type Reducer = (world: World, event: JournalEvent) => void;

/** By JournalEvent.source. Every other source is a service. */
const reducers: Record<string, Reducer> = { host, play, rabbitmq, kafka, db: table, search: table, connect };

export function reduce(world: World, event: JournalEvent): void {
	(reducers[event.source ?? "host"] ?? service)(world, event);
	world.name(event.kind === "routed" || (event.kind === "published" && event.source === "kafka") ? event.label : undefined, event.message);
}

/** The world before the first event of a recording. */
export function begin(rec: Pick<Recording, "start" | "services">): World {
	const world = new World();
	for (const name of rec.services) {
		if (!world.get(serviceKey(name))) world.add((owner) => (tables.has(name) ? new Table(name, owner) : new Service(name, owner)));
	}
	if (rec.start) seed(world, rec.start);
	return world;
}
