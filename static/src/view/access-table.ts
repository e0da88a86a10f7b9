/** RabbitMQ's users and virtual hosts in a table under the picture: who may do what where. It is there once there is more of them than at the start. */
import { el } from "../dom.ts";
import type { Say } from "../strings.ts";
import { type Permission, permissionsOf } from "./access.ts";
import type { Choices } from "./picture.ts";
import type { Place, State } from "./types.ts";

const kinds = ["configure", "write", "read"] as const;

/** A pattern that a name may fit. */
export interface Right {
	what: (typeof kinds)[number];
	/** Absent where every name fits. */
	pattern?: string;
}

/** What a permission amounts to: nothing where no name can fit. */
export function rightsOf(permission: Permission | undefined): Right[] {
	if (!permission) return [];
	return kinds.flatMap((what): Right[] => {
		const pattern = permission[what];
		if (pattern === "" || pattern === "^$") return [];
		return [pattern === ".*" ? { what } : { what, pattern }];
	});
}

export class AccessTable {
	readonly element: HTMLDetailsElement;
	private readonly sum = el("small");
	private readonly heads = el("tr");
	private readonly body = el("tbody");
	private drawn = "";

	constructor(private readonly say: Say, private readonly choices: Pick<Choices, "place">) {
		const title = say("access.title");
		const whole = el("table", {}, el("caption", { class: "offscreen" }, title), el("thead", {}, this.heads), this.body);
		this.element = el("details", { class: "access", hidden: true, open: true },
			el("summary", {}, title, this.sum), el("div", { class: "places", tabindex: 0, role: "region", "aria-label": title }, whole));
	}

	show(state: State): void {
		const users = state.places.filter((p) => p.kind === "user");
		const vhosts = state.places.filter((p) => p.kind === "vhost");
		this.element.hidden = vhosts.length === 0;
		const drawn = JSON.stringify([users, vhosts]);
		if (drawn === this.drawn) return;
		this.drawn = drawn;
		const { say } = this;
		this.sum.textContent = [say.count("access.vhosts", vhosts.length), say.count("access.users", users.length)].join(" · ");
		this.heads.replaceChildren(el("th", { scope: "col" }, say("access.user")), ...vhosts.map((vhost) => el("th", { scope: "col" }, this.head(vhost))));
		this.body.replaceChildren(...users.map((user) => this.row(user, vhosts)));
	}

	/** Shows the events of a virtual host when it is chosen. */
	private head({ name }: Place): HTMLElement {
		return el("button", { type: "button", class: "line", click: () => this.choices.place(name) }, this.say("access.in", { vhost: name }));
	}

	private row(user: Place, vhosts: readonly Place[]): HTMLElement {
		const tags = (user.detail?.["tags"] as string[] | undefined) ?? [];
		const permissions = permissionsOf(user);
		return el("tr", {},
			el("th", { scope: "row" }, user.name, tags.length > 0 ? el("small", {}, tags.join(", ")) : ""),
			...vhosts.map((vhost) => this.cell(permissions[vhost.name])));
	}

	/** Who may enter and then do nothing is told apart from who may not enter. */
	private cell(permission: Permission | undefined): HTMLElement {
		const rights = rightsOf(permission);
		if (rights.length === 0) return el("td", { class: "none" }, this.say(permission ? "access.enter" : "access.none"));
		return el("td", {}, ...rights.flatMap(({ what, pattern }, i) => [i > 0 ? ", " : "", what, ...(pattern === undefined ? [] : [" ", el("code", {}, pattern)])]));
	}
}
