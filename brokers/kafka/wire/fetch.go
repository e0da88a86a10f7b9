package wire

import (
	"encoding/binary"
	"io"
	"math/bits"
)

// A Fetched is the answer to Fetch for one topic.
type Fetched struct {
	Topic      string
	Partitions []FetchedPartition
}

// A FetchedPartition is the answer for one partition.
type FetchedPartition struct {
	Index         int32
	Error         int16
	HighWatermark int64
	LastStable    int64
	LogStart      int64
	Aborted       []Aborted
	Batches       [][]byte
}

// An Aborted is a transaction whose records a reader of committed records skips.
type Aborted struct {
	Producer int64
	First    int64 // offset of its first record in this partition
}

// Size is how many bytes the batches have together.
func (p *FetchedPartition) Size() (n int) {
	for _, b := range p.Batches {
		n += len(b)
	}
	return n
}

// chunk is how much of an answer is gathered before it is written, in bytes.
const chunk = 32 << 10

// fetchHead is how many bytes stand before the list of topics at most.
const fetchHead = 24

// WriteFetch writes a whole answer of version 4 to 12. Long batches go out as they are
// kept, without being copied.
func WriteFetch(w io.Writer, correlation int32, version int16, errorCode int16, topics []Fetched) error {
	return writeFetch(output{w: w, most: chunk}, correlation, version, errorCode, topics)
}

// FetchStart is how such an answer begins, behind its length: n bytes at most. size is how
// long it is.
func FetchStart(n int, correlation int32, version int16, topics []Fetched) (start []byte, size int) {
	w := beginning{left: SizeLen + n}
	_ = writeFetch(output{w: &w, most: SizeLen + n}, correlation, version, 0, topics) // it ends early
	return w.b[SizeLen:], int(binary.BigEndian.Uint32(w.b))
}

// A beginning keeps the first bytes of what is written.
type beginning struct {
	b    []byte
	left int
}

func (w *beginning) Write(b []byte) (int, error) {
	n := min(len(b), w.left)
	w.b, w.left = append(w.b, b[:n]...), w.left-n
	if w.left == 0 {
		return n, io.ErrShortWrite
	}
	return n, nil
}

func writeFetch(o output, correlation int32, version int16, errorCode int16, topics []Fetched) error {
	o.flexible = version >= 12
	rest := fetchSize(version, topics)
	o.b = AppendHeader(make([]byte, 0, min(rest+fetchHead, o.most)), correlation, o.flexible)
	o.int32(0) // throttle time
	if version >= 7 {
		o.int16(errorCode)
		o.int32(0) // no session
	}
	size := rest + len(o.b) - SizeLen
	binary.BigEndian.PutUint32(o.b, uint32(size))
	o.length(len(topics))
	for i := range topics {
		o.string(topics[i].Topic)
		o.length(len(topics[i].Partitions))
		for j := range topics[i].Partitions {
			o.partition(&topics[i].Partitions[j], version)
		}
		o.tags()
	}
	o.tags()
	return o.flush()
}

// fetchSize counts what WriteFetch writes from the list of topics on.
func fetchSize(version int16, topics []Fetched) int {
	flexible := version >= 12
	n := lengthSize(len(topics), flexible)
	for _, t := range topics {
		n += stringSize(t.Topic, flexible) + lengthSize(len(t.Partitions), flexible)
		for i := range t.Partitions {
			p := &t.Partitions[i]
			n += 4 + 2 + 8 + 8 + lengthSize(len(p.Aborted), flexible) + 16*len(p.Aborted)
			if version >= 5 {
				n += 8
			}
			if version >= 11 {
				n += 4
			}
			size := p.Size()
			n += lengthSize(size, flexible) + size
			if flexible {
				n += len(p.Aborted) + 1 // tags
			}
		}
		if flexible {
			n++
		}
	}
	if flexible {
		n++
	}
	return n
}

func lengthSize(n int, flexible bool) int {
	if !flexible {
		return 4
	}
	return (bits.Len64(uint64(n)+1) + 6) / 7 // a varint has seven bits to a byte
}

func stringSize(s string, flexible bool) int {
	if !flexible {
		return 2 + len(s)
	}
	return lengthSize(len(s), true) + len(s)
}

// An output gathers bytes and writes them in chunks. After an error it writes nothing.
type output struct {
	w        io.Writer
	b        []byte
	most     int // that are gathered
	flexible bool
	err      error
}

func (o *output) int16(v int16) { o.b = binary.BigEndian.AppendUint16(o.b, uint16(v)) }
func (o *output) int32(v int32) { o.b = binary.BigEndian.AppendUint32(o.b, uint32(v)) }
func (o *output) int64(v int64) { o.b = binary.BigEndian.AppendUint64(o.b, uint64(v)) }

func (o *output) length(n int) {
	if o.flexible {
		o.b = binary.AppendUvarint(o.b, uint64(n)+1)
		return
	}
	o.int32(int32(n))
}

func (o *output) string(s string) {
	if o.flexible {
		o.length(len(s))
	} else {
		o.int16(int16(len(s)))
	}
	o.b = append(o.b, s...)
}

func (o *output) tags() {
	if o.flexible {
		o.b = append(o.b, 0)
	}
}

func (o *output) partition(p *FetchedPartition, version int16) {
	o.int32(p.Index)
	o.int16(p.Error)
	o.int64(p.HighWatermark)
	o.int64(p.LastStable)
	if version >= 5 {
		o.int64(p.LogStart)
	}
	o.length(len(p.Aborted))
	for _, a := range p.Aborted {
		o.int64(a.Producer)
		o.int64(a.First)
		o.tags()
	}
	if version >= 11 {
		o.int32(-1) // no other replica is preferred
	}
	o.length(p.Size())
	for _, b := range p.Batches {
		o.raw(b)
	}
	o.tags()
	if len(o.b) >= o.most {
		_ = o.flush()
	}
}

// raw adds bytes, or writes them at once when they are many.
func (o *output) raw(b []byte) {
	if len(o.b)+len(b) > o.most {
		_ = o.flush()
	}
	if len(b) < o.most && o.err == nil {
		o.b = append(o.b, b...)
		return
	}
	if o.err == nil {
		_, o.err = o.w.Write(b)
	}
}

func (o *output) flush() error {
	if o.err == nil && len(o.b) > 0 {
		_, o.err = o.w.Write(o.b)
	}
	o.b = o.b[:0]
	return o.err
}
