/** What the lab page says. The texts are in i18n/{en,ru}.json; the server puts one of them into #i18n. */
import type en from "../i18n/en.json";

export type Key = keyof typeof en;

/** Keys that take a count: the JSON has one text per plural form, such as "ready_one". */
type Plural<K> = K extends `${infer Base}_other` ? Base : never;
export type Counted = Plural<Key>;

type Values = Record<string, string | number>;

export interface Say {
	(key: Key, values?: Values): string;
	/** Says a key that takes a count; the text gets it as {n}. */
	count(key: Counted, n: number, values?: Values): string;
	/** Says a key that is made of parts at run time, or gives `fallback` where there is none. */
	any(key: string, fallback: string, values?: Values): string;
	/** Writes a number as the language does: 10,000. */
	number(n: number): string;
	/** The mark between whole and tenth. */
	decimal: string;
}

/** Makes the voice of the page from a flat table of texts. */
export function voice(texts: Record<string, string>, lang: string): Say {
	const plural = new Intl.PluralRules(lang);
	const put = (text: string, values: Values): string => text.replace(/ (?=—)/g, "\u00a0").replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole)); // No line begins with a dash.
	const say = ((key: Key, values: Values = {}) => put(texts[key] ?? key, values)) as Say;
	say.count = (key, n, values = {}) => put(texts[`${key}_${plural.select(n)}`] ?? texts[`${key}_other`] ?? key, { n, ...values });
	say.any = (key, fallback, values = {}) => (key in texts ? put(texts[key]!, values) : fallback);
	const digits = new Intl.NumberFormat(lang);
	say.number = (n) => digits.format(n);
	say.decimal = new Intl.NumberFormat(lang).formatToParts(1.5).find((p) => p.type === "decimal")?.value ?? ".";
	return say;
}

/** Reads the texts that the server rendered into the page. */
export function voiceOfPage(): Say {
	const raw = document.getElementById("i18n")?.textContent ?? "{}";
	return voice(JSON.parse(raw) as Record<string, string>, document.documentElement.lang || "en");
}
