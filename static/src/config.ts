/** Files of a configuration in place of a program: their colours, and the words that differ. */
import { json } from "@codemirror/lang-json";
import { indentUnit, StreamLanguage } from "@codemirror/language";
import { properties } from "@codemirror/legacy-modes/mode/properties";
import { xml } from "@codemirror/legacy-modes/mode/xml";
import { yaml } from "@codemirror/legacy-modes/mode/yaml";
import type { Extension } from "@codemirror/state";
import type { Key, Say } from "./strings.ts";

const languages: Record<string, () => Extension> = {
	json,
	yaml: () => StreamLanguage.define(yaml),
	yml: () => StreamLanguage.define(yaml),
	xml: () => StreamLanguage.define(xml),
	properties: () => StreamLanguage.define(properties),
};

const ending = (name: string): string => name.slice(name.lastIndexOf(".") + 1);

/** The language of a file by its name, with what is indented by; null for one that is no configuration. */
export function configLanguage(name: string): Extension | null {
	const language = languages[ending(name)];
	return language ? [language(), indentUnit.of("  ")] : null;
}

/** The page's words for a lab whose files are applied and not compiled. */
export function configVoice(say: Say): Say {
	const own = (key: string): string => words[key] ?? key;
	const voice = ((key, values) => say(own(key) as Key, values)) as Say;
	return Object.assign(voice, say, { any: (key: string, otherwise: string, values?: Record<string, string | number>) => say.any(own(key), otherwise, values) });
}

const words: Record<string, Key> = {
	"edit.title": "config.title",
	"edit.compiles": "config.valid",
	"edit.rich.long": "config.rich",
	"status.building": "config.checking",
	"status.built": "config.valid",
	"status.broken": "config.broken",
	"status.starting": "config.applying",
	"output.empty": "config.answers",
};
