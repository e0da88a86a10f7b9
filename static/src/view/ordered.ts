/**
 * A sorted map whose copies share what they have in common: a copy costs one small array, and
 * a change after it costs one chunk. That is what makes a snapshot of a broker with 10 000
 * messages cheap.
 */

/** Whoever may change a structure in place. Each snapshot begins with a new one. */
export type Owner = object;

const most = 64; // Entries of a chunk.

interface Chunk<K, V> {
	owner: Owner;
	keys: K[];
	values: V[];
}

export class Ordered<K extends number | string, V> {
	private chunks: Chunk<K, V>[] = [];
	private n = 0;

	constructor(private readonly owner: Owner) {}

	get size(): number { return this.n; }

	/** The same entries for an owner: this very map if it is the owner's, else a copy, and from then on nobody may change this one. */
	at(owner: Owner): Ordered<K, V> {
		if (owner === this.owner) return this;
		const copy = new Ordered<K, V>(owner);
		copy.chunks = this.chunks.slice();
		copy.n = this.n;
		return copy;
	}

	get(key: K): V | undefined {
		const chunk = this.chunks[this.chunkOf(key)];
		if (!chunk) return undefined;
		const i = lowerBound(chunk.keys, key);
		return chunk.keys[i] === key ? chunk.values[i] : undefined;
	}

	set(key: K, value: V): void {
		const c = Math.max(0, Math.min(this.chunkOf(key), this.chunks.length - 1));
		if (this.chunks.length === 0) this.chunks.push({ owner: this.owner, keys: [], values: [] });
		const chunk = this.own(c);
		const i = lowerBound(chunk.keys, key);
		if (chunk.keys[i] === key) {
			chunk.values[i] = value;
			return;
		}
		this.n++;
		if (chunk.keys.length < most) {
			chunk.keys.splice(i, 0, key);
			chunk.values.splice(i, 0, value);
		} else if (i === most) { // What comes in order fills its chunks.
			this.chunks.splice(c + 1, 0, { owner: this.owner, keys: [key], values: [value] });
		} else {
			this.split(c);
			this.n--;
			this.set(key, value);
		}
	}

	/** Takes an entry out, and returns its value. */
	delete(key: K): V | undefined {
		const c = this.chunkOf(key);
		const i = c < this.chunks.length ? lowerBound(this.chunks[c]!.keys, key) : 0;
		if (this.chunks[c]?.keys[i] !== key) return undefined;
		const value = this.chunks[c]!.values[i]!;
		this.n--;
		if (this.chunks[c]!.keys.length === 1) {
			this.chunks.splice(c, 1);
			return value;
		}
		const chunk = this.own(c);
		chunk.keys.splice(i, 1);
		chunk.values.splice(i, 1);
		return value;
	}

	clear(): void {
		this.chunks = [];
		this.n = 0;
	}

	/** The entry with the least key. */
	first(): { key: K; value: V } | undefined {
		const chunk = this.chunks[0];
		return chunk && { key: chunk.keys[0]!, value: chunk.values[0]! };
	}

	/** Calls fn for each entry in order, until it returns false. */
	each(fn: (value: V, key: K, position: number) => boolean | void): void {
		let position = 0;
		for (const chunk of this.chunks) {
			for (let i = 0; i < chunk.keys.length; i++) {
				if (fn(chunk.values[i]!, chunk.keys[i]!, position++) === false) return;
			}
		}
	}

	/** The chunk that holds a key, or would: the first whose greatest key is not less. */
	private chunkOf(key: K): number {
		let low = 0;
		let high = this.chunks.length;
		while (low < high) {
			const middle = (low + high) >> 1;
			const keys = this.chunks[middle]!.keys;
			if (keys[keys.length - 1]! < key) low = middle + 1;
			else high = middle;
		}
		return low;
	}

	private own(c: number): Chunk<K, V> {
		const chunk = this.chunks[c]!;
		if (chunk.owner === this.owner) return chunk;
		return (this.chunks[c] = { owner: this.owner, keys: chunk.keys.slice(), values: chunk.values.slice() });
	}

	private split(c: number): void {
		const chunk = this.own(c);
		this.chunks.splice(c + 1, 0, { owner: this.owner, keys: chunk.keys.splice(most / 2), values: chunk.values.splice(most / 2) });
	}
}

/** The index of the first key that is not less. */
function lowerBound<K extends number | string>(keys: readonly K[], key: K): number {
	let low = 0;
	let high = keys.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (keys[middle]! < key) low = middle + 1;
		else high = middle;
	}
	return low;
}
