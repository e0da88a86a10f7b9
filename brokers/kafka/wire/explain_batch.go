package wire

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

// maxExplained is how much a compressed batch that is explained may decompress to.
const maxExplained = 64 << 10

var compressions = map[Compression]string{None: "not compressed", Gzip: "gzip", Snappy: "snappy", LZ4: "lz4", Zstd: "zstd"}

// records explains the records of a partition: the head of each batch field by field, then
// each record, as far as the bytes go. A request has one batch, an answer any number.
func (e *explainer) records(name string) {
	from := e.at
	n := e.length(4)
	if n < 0 {
		e.note(name, "none", from)
		return
	}
	end := e.at + n
	size, ok := e.batchSize()
	switch {
	case n == 0:
		e.note(name, "0 bytes", from)
	case ok && size < n:
		e.note(name, fmt.Sprintf("%d bytes: record batches", n), from)
	default:
		e.note(name, fmt.Sprintf("%d bytes: a record batch", n), from)
	}
	for i := 1; !e.over && e.at < end; i++ {
		if size, ok = e.batchSize(); !ok || size > end-e.at {
			e.over = true // cut off, or of an older format
			return
		}
		e.of = ""
		if i > 1 {
			e.of = fmt.Sprintf("batch %d, ", i)
		}
		e.batch(e.at + size)
	}
	e.of = ""
}

// batchSize is how long the batch is that begins here; ok is false where none does, or its
// head is cut off.
func (e *explainer) batchSize() (n int, ok bool) {
	if e.over || len(e.b)-e.at < batchHeader || e.b[e.at+16] != 2 {
		return 0, false
	}
	n = 12 + int(int32(binary.BigEndian.Uint32(e.b[e.at+8:])))
	return n, n >= batchHeader
}

// batch explains one batch, which ends there.
func (e *explainer) batch(end int) {
	start := e.at
	e.head()
	whole := end <= len(e.b)
	b := head(e.b[start:min(end, len(e.b))])
	switch {
	case b.Compression() == None:
		for i := int32(0); i < b.Count && !e.over && e.at < end; i++ {
			e.record(&b, i)
		}
	case whole:
		e.compressed(&b, end)
	default:
		e.over = true
	}
	switch {
	case !whole:
		e.over = true
	case !e.over:
		e.at = end
	}
}

// head explains what stands before the records of a batch.
func (e *explainer) head() {
	stamp := func(ms int64) string {
		return fmt.Sprintf("%d (%s)", ms, time.UnixMilli(ms).UTC().Format("2006-01-02 15:04:05.000"))
	}
	e.number("base offset", 8, func(n int64) string {
		if e.answer {
			return fmt.Sprint(n)
		}
		return fmt.Sprintf("%d (the broker sets it)", n)
	})
	e.number("batch length", 4, nil)
	e.number("leader epoch", 4, unknown)
	e.number("magic", 1, func(n int64) string { return fmt.Sprintf("%d (format of the batch)", n) })
	e.number("crc", 4, func(n int64) string { return fmt.Sprintf("0x%08x", uint32(n)) })
	e.number("attributes", 2, func(n int64) string {
		says := []string{compressions[Compression(n&attrCompression)]}
		if n&Transactional != 0 {
			says = append(says, "transactional")
		}
		if n&attrControl != 0 {
			says = append(says, "control")
		}
		return fmt.Sprintf("%d (%s)", n, strings.Join(says, ", "))
	})
	e.number("last offset delta", 4, nil)
	e.number("base timestamp", 8, stamp)
	e.number("max timestamp", 8, stamp)
	e.number("producer id", 8, noNumber)
	e.number("producer epoch", 2, noNumber)
	e.number("base sequence", 4, noNumber)
	e.number("record count", 4, nil)
}

// record explains one record that is not compressed.
func (e *explainer) record(b *Batch, i int32) {
	named := func(what string) string { return fmt.Sprintf("%srecord %d: %s", e.of, i, what) }
	varint := func(what string, say func(int64) string) int64 {
		from := e.at
		n, size := binary.Varint(e.b[min(e.at, len(e.b)):])
		if size <= 0 || e.take(size) == nil {
			e.over = true
			return 0
		}
		if what != "" {
			e.note(named(what), say(n), from)
		}
		return n
	}
	text := func(what string) {
		from := e.at
		n := varint("", nil)
		if n < 0 {
			e.note(named(what), "none", from)
			return
		}
		if n > int64(len(e.b)) {
			e.over = true
			return
		}
		if t := e.take(int(n)); t != nil {
			e.note(named(what), shown(t), from)
		}
	}
	plain := func(n int64) string { return fmt.Sprint(n) }
	varint("length", plain)
	e.number(named("attributes"), 1, nil)
	varint("timestamp delta", millis)
	varint("offset delta", plain)
	text("key")
	text("value")
	for h := varint("headers", plain); h > 0 && !e.over; h-- {
		text("header")
		text("header value")
	}
}

// compressed explains records that have to be decompressed: all lie in the same bytes.
func (e *explainer) compressed(b *Batch, end int) {
	from := e.at
	e.at = end
	e.note("records, "+compressions[b.Compression()], fmt.Sprintf("%d bytes", end-from), from)
	i := 0
	err := b.Each(maxExplained, func(r Record) bool {
		for _, part := range [...]struct {
			name string
			is   []byte
		}{{"key", r.Key}, {"value", r.Value}} {
			value := "none"
			if part.is != nil {
				value = shown(part.is)
			}
			e.note(fmt.Sprintf("%srecord %d: %s", e.of, i, part.name), value, from)
		}
		i++
		return len(e.parts) < maxParts
	})
	if err != nil {
		e.note("records", "cannot be decompressed", from)
	}
}
