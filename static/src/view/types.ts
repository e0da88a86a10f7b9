/**
 * The shapes of the view: what a recording holds, and the states that the reducer makes of it.
 * Go's brokers.Event, brokers.State and brokers.Frame, and grader's Recording, are their source.
 */
import type { JournalEvent as Event, State } from "../types.ts";

export type { Flow, Place, State, Token, TokenState } from "../types.ts";

/** One entry of the journal. `at` is in nanoseconds since the journal began. */
export interface JournalEvent extends Event {
	/** Number of the wire frame that caused the event: a key of Recording.frames. */
	frame?: number;
	/** What a declaration, a binding or a subscription asked for. */
	detail?: Record<string, unknown>;
}

/** One frame as it went over the wire. */
export interface Frame {
	id: number;
	client: string;
	channel?: number;
	/** From the broker to the client. */
	out?: boolean;
	/** What the protocol calls it, such as basic.ack. */
	name: string;
	/** Of the whole frame, in bytes. */
	size: number;
	/** The first bytes in base64: at most 512 of them. */
	bytes: string;
	fields: FrameField[];
	/** What it answers, where that says more than the event does. */
	request?: Frame;
}

/** What a part of a frame means: `length` bytes from `at`, counted from the frame's first byte. */
export interface FrameField {
	name: string;
	value: string;
	at: number;
	length: number;
}

/** The whole journal of one run, with what is known about it. */
export interface Recording {
	version: 1;
	title: string;
	lang: "en" | "ru";
	/** Id of the lab, such as rabbitmq/ack-after-work. */
	lab?: string;
	attempt?: number;
	schedule?: string;
	/** Names of the miniatures, such as rabbitmq. */
	brokers: string[];
	/** Names of the services; they are there from the start. */
	services: string[];
	/** The state before events[0]; null when there was nothing but the services. */
	start: State | null;
	/** Oldest first, by seq; seqs may have gaps. */
	events: JournalEvent[];
	/** A sentence by seq, in the reader's language. The page itself says the events that have none. */
	texts: Record<number, string>;
	/** Seqs of the counter-example. */
	proof: number[];
	/** Of a prediction: seqs of what the reader said would happen. */
	mine?: number[];
	/** Seq of the event to open at. */
	at: number;
	/** By JournalEvent.frame. */
	frames?: Record<number, Frame>;
	/** The student's source as it was submitted. */
	files?: { name: string; text: string }[];
}

/** An event of a message's life, and where it then was. */
export interface LifeStep {
	/** Of the event, in the history. */
	index: number;
	event: JournalEvent;
	/** Where the message, or its copies, were just after the event. Empty when it was nowhere. */
	at: Whereabouts[];
}

/** One place that holds a message. */
export interface Whereabouts {
	/** Place.id */
	place: string;
	state: import("../types.ts").TokenState;
	/** From the front of the place, from 0; absent where the order means nothing. */
	position?: number;
}

/** What to look for. Every given part must hold. */
export interface Filter {
	message?: number;
	/** Name of a queue, exchange, consumer or service, or a Place.id. */
	place?: string;
	kinds?: readonly string[];
	client?: string;
	/** Somewhere in the event's names, label, key or reason, whatever the case. */
	text?: string;
}
