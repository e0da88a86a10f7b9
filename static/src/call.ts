/** One call of the JSON API. Every answer that is not a success throws a Refused. */

/** Refused says that the server answered, and what. A lost connection is a TypeError of fetch instead. */
export class Refused extends Error {
	constructor(readonly status: number, readonly code: string, message: string, readonly body: Record<string, unknown>) {
		super(message);
	}
}

/** Sends a body, if there is one, and gives the answer; an empty one is {}. */
export async function call<T>(method: string, path: string, lang: string, body?: unknown, more: RequestInit = {}): Promise<T> {
	const init: RequestInit = { method, ...more };
	if (body !== undefined) {
		init.body = JSON.stringify(body);
		init.headers = { "Content-Type": "application/json" };
	}
	const answer = await fetch(`${path}?lang=${lang}`, init);
	const value = (await answer.json().catch((problem: unknown) => {
		if (answer.ok && answer.status !== 204) throw problem; // It was cut off on its way.
		return {};
	})) as T & { error?: { code?: string; message?: string } };
	if (!answer.ok) {
		throw new Refused(answer.status, value.error?.code ?? "", value.error?.message ?? answer.statusText, value as Record<string, unknown>);
	}
	return value;
}
