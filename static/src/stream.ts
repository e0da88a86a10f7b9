/** The one stream of a page: closed while the page is hidden, resumed where it was, opened again when it breaks. */
import type { Update } from "./types.ts";

const firstRetry = 500;
const longestRetry = 15_000;

/**
 * Calls `take` with each update, and `state` when the stream is lost for a while or back; `told`, once the server
 * has said all that there was to say when the page came.
 */
export function follow(address: (last: string) => string, take: (update: Update) => void, state: (live: boolean) => void, told: () => void = () => undefined): () => void {
	let source: EventSource | null = null;
	let last = "";
	let retry = firstRetry;
	let timer = 0;

	const open = (): void => {
		clearTimeout(timer);
		source?.close();
		const own = (source = new EventSource(address(last)));
		own.onopen = () => {
			retry = firstRetry;
			state(true);
		};
		own.onmessage = (message: MessageEvent<string>) => {
			if (message.lastEventId) last = message.lastEventId;
			take(JSON.parse(message.data) as Update);
		};
		own.addEventListener("told", told);
		own.onerror = () => {
			if (document.hidden) return;
			state(false);
			if (own.readyState !== EventSource.CLOSED) return; // It tries again by itself.
			timer = window.setTimeout(open, retry);
			retry = Math.min(retry * 2, longestRetry);
		};
	};
	const close = (): void => {
		clearTimeout(timer);
		source?.close();
		source = null;
	};
	document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
	addEventListener("pagehide", close);
	addEventListener("pageshow", (event) => event.persisted && open());
	if (!document.hidden) open();
	return close;
}
