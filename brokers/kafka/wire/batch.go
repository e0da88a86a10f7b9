package wire

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// A record batch, version 2:
//
//	 0  8 bytes  base offset: the broker writes it
//	 8  4 bytes  length of what follows
//	12  4 bytes  leader epoch: the broker writes it
//	16  1 byte   magic: 2
//	17  4 bytes  CRC-32C of what follows
//	21  2 bytes  attributes
//	23  4 bytes  offset of the last record, from the base
//	27  8 bytes  timestamp of the first record, in milliseconds
//	35  8 bytes  largest timestamp
//	43  8 bytes  producer id, or -1
//	51  2 bytes  producer epoch
//	53  4 bytes  sequence number of the first record
//	57  4 bytes  number of records
//	61           the records, compressed or not
const (
	batchPrefix = 12 // bytes that the length does not count
	batchHeader = 61
	crcFrom     = 21
)

// Attributes of a batch.
const (
	attrCompression   = 0x07
	attrLogAppendTime = 0x08
	// Transactional is the attribute of a batch that belongs to a transaction.
	Transactional = 0x10
	attrControl   = 0x20
)

// NoProducer is the producer id of a batch that no idempotent producer sent.
const NoProducer = -1

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A Batch is the head of a record batch, and its bytes.
type Batch struct {
	Base          int64
	LeaderEpoch   int32
	Attributes    int16
	LastDelta     int32
	FirstTime     int64 // milliseconds since 1970
	MaxTime       int64
	Producer      int64
	ProducerEpoch int16
	Sequence      int32
	Count         int32
	Bytes         []byte // all of it
}

// ErrCorrupt marks a batch whose checksum or length is wrong. ErrMagic marks one of an
// older format. ErrRecords marks records that are not what the head says.
var (
	ErrCorrupt = fmt.Errorf("%w: corrupt record batch", ErrMalformed)
	ErrMagic   = fmt.Errorf("%w: record format", ErrMalformed)
	ErrRecords = fmt.Errorf("%w: records", ErrMalformed)
)

// ReadBatch reads the batch at the front of b, and returns what follows it. It keeps b.
// Errors: ErrCorrupt, ErrMagic, ErrRecords.
func ReadBatch(b []byte) (Batch, []byte, error) {
	if len(b) < batchHeader {
		if len(b) > 16 && b[16] < 2 {
			return Batch{}, nil, fmt.Errorf("%w: magic %d, want 2", ErrMagic, b[16])
		}
		return Batch{}, nil, fmt.Errorf("%w: %d bytes, want at least %d", ErrCorrupt, len(b), batchHeader)
	}
	if b[16] != 2 {
		return Batch{}, nil, fmt.Errorf("%w: magic %d, want 2", ErrMagic, b[16])
	}
	size := int64(int32(binary.BigEndian.Uint32(b[8:]))) + batchPrefix
	if size < batchHeader || size > int64(len(b)) {
		return Batch{}, nil, fmt.Errorf("%w: a length of %d bytes where %d are left", ErrCorrupt, size, len(b))
	}
	rest := b[size:]
	b = b[:size:size]
	if want, got := binary.BigEndian.Uint32(b[17:]), crc32.Checksum(b[crcFrom:], castagnoli); want != got {
		return Batch{}, nil, fmt.Errorf("%w: checksum %08x, want %08x", ErrCorrupt, got, want)
	}
	out := head(b)
	if out.Count < 0 || out.LastDelta < 0 || out.LastDelta+1 < out.Count {
		return Batch{}, nil, fmt.Errorf("%w: %d with a last offset of %d", ErrRecords, out.Count, out.LastDelta)
	}
	return out, rest, nil
}

// head reads a header that is known to be there.
func head(b []byte) Batch {
	be := binary.BigEndian
	return Batch{
		Base:          int64(be.Uint64(b)),
		LeaderEpoch:   int32(be.Uint32(b[12:])),
		Attributes:    int16(be.Uint16(b[21:])),
		LastDelta:     int32(be.Uint32(b[23:])),
		FirstTime:     int64(be.Uint64(b[27:])),
		MaxTime:       int64(be.Uint64(b[35:])),
		Producer:      int64(be.Uint64(b[43:])),
		ProducerEpoch: int16(be.Uint16(b[51:])),
		Sequence:      int32(be.Uint32(b[53:])),
		Count:         int32(be.Uint32(b[57:])),
		Bytes:         b,
	}
}

// Compression returns how the records are compressed.
func (b *Batch) Compression() Compression { return Compression(b.Attributes & attrCompression) }

// Transactional reports whether the batch belongs to a transaction.
func (b *Batch) Transactional() bool { return b.Attributes&Transactional != 0 }

// Control reports whether the batch is a marker that ends a transaction.
func (b *Batch) Control() bool { return b.Attributes&attrControl != 0 }

// Place writes where in a log the batch stands. The checksum does not cover that.
func (b *Batch) Place(base int64, leaderEpoch int32) {
	b.Base, b.LeaderEpoch = base, leaderEpoch
	binary.BigEndian.PutUint64(b.Bytes, uint64(base))
	binary.BigEndian.PutUint32(b.Bytes[12:], uint32(leaderEpoch))
}

// StampAppended gives all records the time at which the broker took them, in
// milliseconds, in place of their own.
func (b *Batch) StampAppended(ms int64) {
	b.Attributes |= attrLogAppendTime
	b.MaxTime = ms
	binary.BigEndian.PutUint16(b.Bytes[21:], uint16(b.Attributes))
	binary.BigEndian.PutUint64(b.Bytes[35:], uint64(ms))
	b.sum()
}

// sum writes the checksum.
func (b *Batch) sum() {
	binary.BigEndian.PutUint32(b.Bytes[17:], crc32.Checksum(b.Bytes[crcFrom:], castagnoli))
}
