package wire

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
)

// A Record is one record of a batch. Key, Value and Headers point into the batch, or
// into what it was decompressed to.
type Record struct {
	Delta   int32 // offset, from the batch's base
	Time    int64 // milliseconds since 1970
	Key     []byte
	Value   []byte // nil: a tombstone
	Headers []byte // as they are on the wire, with their number
}

// Each calls fn with every record, until fn returns false. It decompresses to at most
// limit bytes. Errors: ErrRecords, ErrTooLarge.
func (b *Batch) Each(limit int, fn func(Record) bool) error {
	body, err := b.Compression().decompress(b.Bytes[batchHeader:], limit)
	if err != nil {
		return err
	}
	r := reader{b: body}
	last := int32(-1)
	for i := range b.Count {
		rec, err := b.next(&r)
		if err != nil {
			return fmt.Errorf("record %d: %w", i, err)
		}
		if rec.Delta <= last || rec.Delta > b.LastDelta {
			return fmt.Errorf("%w: record %d has offset %d after %d, the last of the batch is %d", ErrRecords, i, rec.Delta, last, b.LastDelta)
		}
		last = rec.Delta
		if !fn(rec) {
			return nil
		}
	}
	if len(r.b) > 0 {
		return fmt.Errorf("%w: %d bytes after the last of %d", ErrRecords, len(r.b), b.Count)
	}
	return nil
}

// next reads one record: its length, attributes, time, offset, key, value, headers.
func (b *Batch) next(r *reader) (Record, error) {
	size := r.varint()
	if size < 0 || size > int64(len(r.b)) {
		return Record{}, fmt.Errorf("%w: a length of %d bytes where %d are left", ErrRecords, size, len(r.b))
	}
	in := reader{b: r.take(int(size))}
	in.take(1) // attributes: none are defined
	rec := Record{Time: b.FirstTime + in.varint()}
	delta := in.varint()
	rec.Delta = int32(delta)
	rec.Key = in.varbytes()
	rec.Value = in.varbytes()
	rec.Headers = in.b
	headers := in.varint()
	if headers < 0 {
		in.bad = true
	}
	for ; headers > 0 && !in.bad; headers-- {
		if in.varbytes() == nil {
			in.bad = true // a header has a name
		}
		in.varbytes()
	}
	if r.bad || in.bad || len(in.b) > 0 || int64(rec.Delta) != delta {
		return Record{}, fmt.Errorf("%w: cannot be read", ErrRecords)
	}
	if b.Attributes&attrLogAppendTime != 0 {
		rec.Time = b.MaxTime
	}
	return rec, nil
}

// varbytes reads bytes after their varint length; -1 is null, which is nil.
func (r *reader) varbytes() []byte {
	n := r.varint()
	if n < 0 {
		return nil
	}
	if n > int64(len(r.b)) {
		r.bad, r.b = true, nil
		return nil
	}
	return r.take(int(n))
}

// noHeaders is the wire form of a record's headers when there are none.
var noHeaders = []byte{0}

// Pack makes an uncompressed batch. The head's attributes, times, producer and sequence
// are taken from like; deltas and times from the records, of which there is at least one
// unless like says how far the batch goes.
func Pack(like Batch, records []Record) Batch {
	b := like
	b.Attributes &^= attrCompression
	b.Count = int32(len(records))
	if len(records) > 0 {
		b.LastDelta = max(b.LastDelta, records[len(records)-1].Delta)
		b.FirstTime, b.MaxTime = records[0].Time, records[0].Time
	}
	out := make([]byte, batchHeader, batchHeader+64*len(records))
	for _, r := range records {
		b.MaxTime = max(b.MaxTime, r.Time)
		out = appendRecord(out, r, b.FirstTime)
	}
	b.Bytes = out
	b.writeHead()
	return b
}

func appendRecord(dst []byte, r Record, first int64) []byte {
	if r.Headers == nil {
		r.Headers = noHeaders
	}
	body := make([]byte, 1, 32+len(r.Key)+len(r.Value)+len(r.Headers))
	body = binary.AppendVarint(body, r.Time-first)
	body = binary.AppendVarint(body, int64(r.Delta))
	body = appendVarbytes(body, r.Key)
	body = appendVarbytes(body, r.Value)
	body = append(body, r.Headers...)
	dst = binary.AppendVarint(dst, int64(len(body)))
	return append(dst, body...)
}

func appendVarbytes(dst, b []byte) []byte {
	if b == nil {
		return binary.AppendVarint(dst, -1)
	}
	dst = binary.AppendVarint(dst, int64(len(b)))
	return append(dst, b...)
}

// writeHead fills in the bytes of the header.
func (b *Batch) writeHead() {
	be, h := binary.BigEndian, b.Bytes
	be.PutUint64(h, uint64(b.Base))
	be.PutUint32(h[8:], uint32(len(h)-batchPrefix))
	be.PutUint32(h[12:], uint32(b.LeaderEpoch))
	h[16] = 2
	be.PutUint16(h[21:], uint16(b.Attributes))
	be.PutUint32(h[23:], uint32(b.LastDelta))
	be.PutUint64(h[27:], uint64(b.FirstTime))
	be.PutUint64(h[35:], uint64(b.MaxTime))
	be.PutUint64(h[43:], uint64(b.Producer))
	be.PutUint16(h[51:], uint16(b.ProducerEpoch))
	be.PutUint32(h[53:], uint32(b.Sequence))
	be.PutUint32(h[57:], uint32(b.Count))
	b.sum()
}

// Marker makes the control batch that ends a transaction of a producer.
func Marker(producer int64, epoch int16, commit bool, ms int64) Batch {
	key := []byte{0, 0, 0, 0} // version, then 0 for abort and 1 for commit
	if commit {
		key[3] = 1
	}
	value := make([]byte, 6) // version, then the coordinator's epoch
	like := Batch{Attributes: Transactional | attrControl, Producer: producer, ProducerEpoch: epoch, Sequence: -1}
	return Pack(like, []Record{{Time: ms, Key: key, Value: value}})
}

// Headers makes the wire form of a record's headers, by name.
func Headers(of map[string]string) []byte {
	out := binary.AppendVarint(nil, int64(len(of)))
	for _, name := range slices.Sorted(maps.Keys(of)) {
		out = appendVarbytes(out, []byte(name))
		out = appendVarbytes(out, []byte(of[name]))
	}
	return out
}

// Murmur2 is the hash by which Kafka's clients choose the partition of a key.
func Murmur2(b []byte) uint32 {
	const m = 0x5bd1e995
	h := uint32(0x9747b28c) ^ uint32(len(b))
	for ; len(b) >= 4; b = b[4:] {
		k := binary.LittleEndian.Uint32(b) * m
		k = (k ^ k>>24) * m
		h = h*m ^ k
	}
	for i := len(b) - 1; i >= 0; i-- {
		h ^= uint32(b[i]) << (8 * i)
	}
	if len(b) > 0 {
		h *= m
	}
	h = (h ^ h>>13) * m
	return h ^ h>>15
}
