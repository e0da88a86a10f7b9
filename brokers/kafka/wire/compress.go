package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// A Compression is how the records of a batch are compressed.
type Compression int8

// The compressions, by their numbers in a batch's attributes.
const (
	None Compression = iota
	Gzip
	Snappy
	LZ4
	Zstd
)

// ErrTooLarge marks a batch that would decompress to more than the limit.
var ErrTooLarge = errors.New("a batch decompresses to more than its limit")

// decompress returns what b holds, up to limit bytes. Errors: ErrRecords, ErrTooLarge.
func (c Compression) decompress(b []byte, limit int) ([]byte, error) {
	var out []byte
	var err error
	switch c {
	case None:
		return b, nil
	case Gzip:
		var r *gzip.Reader
		if r, err = gzip.NewReader(bytes.NewReader(b)); err == nil {
			out, err = readUpTo(r, limit)
		}
	case Snappy:
		out, err = unsnappy(b, limit)
	case LZ4:
		out, err = readUpTo(lz4.NewReader(bytes.NewReader(b)), limit)
	case Zstd:
		out, err = unzstd(b, limit)
	default:
		err = fmt.Errorf("unknown compression %d", c)
	}
	if err != nil && !errors.Is(err, ErrTooLarge) {
		err = fmt.Errorf("%w: %w", ErrRecords, err)
	}
	return out, err
}

func readUpTo(r io.Reader, limit int) ([]byte, error) {
	out, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err == nil && len(out) > limit {
		return nil, ErrTooLarge
	}
	return out, err
}

// zstdWindow bounds the window that a decoder allocates, in bytes: zstd's own default
// levels use up to 8 MiB.
const zstdWindow = 8 << 20

// zstds are decoders that are not in use: making one is slow.
var zstds = sync.Pool{New: func() any {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(zstdWindow))
	if err != nil {
		panic(err) // the options are constants
	}
	return d
}}

func unzstd(b []byte, limit int) ([]byte, error) {
	d := zstds.Get().(*zstd.Decoder)
	defer zstds.Put(d)
	if err := d.Reset(bytes.NewReader(b)); err != nil {
		return nil, err
	}
	defer func() { _ = d.Reset(nil) }()
	return readUpTo(d, limit)
}

// xerial begins what Java's snappy stream writes: blocks, each after its length.
var xerial = []byte{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0}

// xerialHeader is that and two versions.
const xerialHeader = 16

// unsnappy decompresses one snappy block, or the blocks of a Java stream.
func unsnappy(b []byte, limit int) ([]byte, error) {
	if !bytes.HasPrefix(b, xerial) {
		return unblock(nil, b, limit)
	}
	if len(b) < xerialHeader {
		return nil, fmt.Errorf("a snappy stream of %d bytes", len(b))
	}
	var out []byte
	for b = b[xerialHeader:]; len(b) > 0; {
		if len(b) < 4 {
			return nil, fmt.Errorf("a snappy stream with %d bytes after its last block", len(b))
		}
		size := int64(binary.BigEndian.Uint32(b))
		if size > int64(len(b)-4) {
			return nil, fmt.Errorf("a snappy block of %d bytes where %d are left", size, len(b)-4)
		}
		var err error
		if out, err = unblock(out, b[4:4+size], limit); err != nil {
			return nil, err
		}
		b = b[4+size:]
	}
	return out, nil
}

// unblock appends one decompressed block to out.
func unblock(out, block []byte, limit int) ([]byte, error) {
	size, err := s2.DecodedLen(block)
	if err != nil {
		return nil, err
	}
	if size > limit-len(out) {
		return nil, ErrTooLarge
	}
	plain, err := s2.Decode(make([]byte, size), block)
	if err != nil || out == nil {
		return plain, err
	}
	return append(out, plain...), nil
}
