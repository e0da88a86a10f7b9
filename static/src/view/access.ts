/** Who may enter RabbitMQ, and do what where: its users with their permissions, and its virtual hosts. */
import type { Owner } from "./ordered.ts";
import { exchangeKey, Exchange } from "./rabbitmq.ts";
import type { JournalEvent, Place } from "./types.ts";
import { Thing, type World } from "./world.ts";

/** Patterns of the names that a user may make, write to and read from. */
export interface Permission {
	configure: string;
	write: string;
	read: string;
}

const userKey = (name: string): string => `0user:${name}`;
const vhostKey = (name: string): string => `0vhost:${name}`;

export class User extends Thing {
	tags: readonly string[] = [];
	/** By virtual host. */
	permissions: Readonly<Record<string, Permission>> = {};

	constructor(readonly name: string, owner: Owner) { super(userKey(name), owner); }

	override draw(): Place { return placeOf("user", this.name, { tags: this.tags, permissions: this.permissions }); }
}

export class VHost extends Thing {
	constructor(readonly name: string, owner: Owner) { super(vhostKey(name), owner); }

	override draw(): Place { return placeOf("vhost", this.name); }
}

function placeOf(kind: string, name: string, detail?: Record<string, unknown>): Place {
	return { id: `${kind}:${name}`, kind, name, ready: 0, inFlight: 0, done: 0, dead: 0, ...(detail ? { detail } : {}) };
}

const steps: Record<string, (world: World, e: JournalEvent) => void> = {
	"vhost-added": (world, e) => { world.add((owner) => new VHost(e.place ?? "", owner)); },
	"vhost-deleted": vhostDeleted,
	"user-added": (world, e) => { world.add((owner) => new User(e.user ?? "", owner)); },
	"user-changed": userChanged,
	"user-deleted": (world, e) => world.remove(userKey(e.user ?? "")),
	permitted: (world, e) => permit(world, e.user ?? "", e.place ?? "", e.detail as Permission | undefined),
	forbidden: (world, e) => permit(world, e.user ?? "", e.place ?? ""),
};

/** Takes an event about virtual hosts and users; all others leave the world as it is. */
export function access(world: World, e: JournalEvent): void {
	const step = steps[e.kind];
	if (!step) return;
	begin(world);
	step(world, e);
}

/** Before the first such event there are the virtual host "/" and guest, who may do everything there. */
function begin(world: World): void {
	if (world.get(vhostKey("/"))) return;
	world.add((owner) => new VHost("/", owner));
	const guest = world.add((owner) => new User("guest", owner));
	guest.tags = ["administrator"];
	guest.permissions = { "/": { configure: ".*", write: ".*", read: ".*" } };
}

function vhostDeleted(world: World, e: JournalEvent): void {
	const name = e.place ?? "";
	world.remove(vhostKey(name));
	for (const user of world.all(User)) permit(world, user.name, name);
	for (const exchange of world.all(Exchange)) if (exchange.detail["vhost"] === name) world.remove(exchangeKey(exchange.name));
}

/** The user has other tags; of another password nothing is shown. */
function userChanged(world: World, e: JournalEvent): void {
	const [what, ...tags] = (e.reason ?? "").split(" ");
	const user = what === "tags:" ? world.edit<User>(userKey(e.user ?? "")) : undefined;
	if (user) user.tags = tags;
}

function permit(world: World, name: string, vhost: string, to?: Permission): void {
	const user = world.edit<User>(userKey(name));
	if (!user) return;
	const { [vhost]: _, ...others } = user.permissions;
	user.permissions = to ? { ...others, [vhost]: to } : others;
}

/** A user or virtual host from before the journal; false when the place is neither. */
export function seedAccess(world: World, place: Place): boolean {
	if (place.kind === "vhost") world.add((owner) => new VHost(place.name, owner));
	if (place.kind === "user") {
		const user = world.add((owner) => new User(place.name, owner));
		user.tags = (place.detail?.["tags"] as string[] | undefined) ?? [];
		user.permissions = permissionsOf(place);
	}
	return place.kind === "vhost" || place.kind === "user";
}

/** What a user may do, by virtual host. */
export function permissionsOf(user: Place): Readonly<Record<string, Permission>> {
	return (user.detail?.["permissions"] as Record<string, Permission> | undefined) ?? {};
}
