package brokers

import (
	"cmp"
	"sync"
)

// MaxFrameBytes is how much of a frame is kept, in bytes; Frame.Size says how
// long it was.
const MaxFrameBytes = 512

// A Frame is one unit of a protocol as it was on the wire: what a client sent and
// the broker acted on, or what the broker sent. A message with its body is one
// Frame, whatever number of pieces the protocol cuts it into.
type Frame struct {
	ID      uint64  `json:"id"` // what Event.Frame refers to
	Client  string  `json:"client"`
	Channel int     `json:"channel,omitempty"`
	Out     bool    `json:"out,omitempty"`     // from the broker to the client
	Name    string  `json:"name"`              // such as "basic.ack" or "POST /charges"
	Size    int     `json:"size"`              // of the whole, in bytes
	Bytes   []byte  `json:"bytes"`             // its beginning, at most MaxFrameBytes
	Fields  []Field `json:"fields"`            // what Bytes say, in their order
	Request *Frame  `json:"request,omitempty"` // what it answers, where that says more than the event does
}

// A Field is a part of a frame that means something.
type Field struct {
	Name   string `json:"name"` // as the protocol calls it
	Value  string `json:"value"`
	At     int    `json:"at"`     // offset in Frame.Bytes
	Length int    `json:"length"` // in bytes, all of them in Frame.Bytes
}

// A RawFrame is a frame that nobody has read yet. Whoever speaks a protocol hands
// it to the Journal, which copies the beginning of Bytes.
type RawFrame struct {
	Client  string
	Channel int
	Out     bool
	Size    int    // of the whole; 0: Bytes is all of it
	Bytes   []byte // at least the first MaxFrameBytes of it
	// Explain decodes the beginning of a frame of up to MaxFrameBytes, when somebody
	// asks for it. It must stand bytes that make no sense.
	Explain func([]byte) (name string, fields []Field)
	Request uint64 // number of the frame that it answers; 0: nobody has to know
}

const (
	// maxFrames is how many frames a journal remembers at most.
	maxFrames = 8192
	// frameRoom is how many bytes of them, at most.
	frameRoom = 2 << 20
	// frameBlock is how many bytes, and keptBlock how many frames, there is made room for
	// at once.
	frameBlock = 64 << 10
	keptBlock  = 256
)

// frames are the newest frames of a journal. Their bytes lie one after the other
// in a ring, so that keeping one costs a copy and no memory of its own.
type frames struct {
	mu    sync.Mutex
	last  uint64                             // number of the newest
	kept  [maxFrames / keptBlock][]keptFrame // by number
	bytes [frameRoom / frameBlock][]byte     // a ring
	used  uint64                             // bytes ever put there; those that lie frameRoom behind are gone
}

type keptFrame struct {
	id  uint64
	raw RawFrame // without Bytes
	at  uint64   // where they are, counted as used is
	n   int
}

// number gives out the next number.
func (f *frames) number() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last++
	return f.last
}

// keep remembers a frame under a number that was given out.
func (f *frames) keep(id uint64, raw *RawFrame) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := min(len(raw.Bytes), MaxFrameBytes)
	if at := f.used % frameBlock; at+uint64(n) > frameBlock {
		f.used += frameBlock - at // a frame lies in one piece
	}
	block := &f.bytes[f.used%frameRoom/frameBlock]
	if *block == nil {
		*block = make([]byte, frameBlock)
	}
	copy((*block)[f.used%frameBlock:], raw.Bytes[:n])
	i := id % maxFrames
	kept := &f.kept[i/keptBlock]
	if *kept == nil {
		*kept = make([]keptFrame, keptBlock)
	}
	k := &(*kept)[i%keptBlock]
	k.id, k.at, k.n = id, f.used, n
	k.raw.Client, k.raw.Channel, k.raw.Out, k.raw.Explain = raw.Client, raw.Channel, raw.Out, raw.Explain
	k.raw.Request = raw.Request
	k.raw.Size = max(raw.Size, len(raw.Bytes))
	f.used += uint64(n)
}

// find returns a copy of a frame, its bytes included.
func (f *frames) find(id uint64) (raw RawFrame, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := id % maxFrames
	if id == 0 || f.kept[i/keptBlock] == nil {
		return RawFrame{}, false
	}
	k := &f.kept[i/keptBlock][i%keptBlock]
	if k.id != id || f.used-k.at > frameRoom {
		return RawFrame{}, false
	}
	raw = k.raw
	at := k.at % frameBlock
	raw.Bytes = append([]byte{}, f.bytes[k.at%frameRoom/frameBlock][at:at+uint64(k.n)]...)
	return raw, true
}

// Handling says which frame the broker acts on from now on: events that are
// appended until Handled carry it. It is called inside the sequencer, and raw's
// Bytes have to stay until Handled. A frame that causes no event is not kept.
func (j *Journal) Handling(raw RawFrame) { j.handling, j.cause, j.acting = raw, 0, true }

// Handled says that what happens from now on, no frame has asked for.
func (j *Journal) Handled() { j.handling, j.cause, j.acting = RawFrame{}, 0, false }

// causeOf returns the number of the frame that is being handled, 0 for none. client is
// whom the event names: the frame that opens a connection comes before its name.
func (j *Journal) causeOf(client string) uint64 {
	if j.acting && j.cause == 0 {
		j.handling.Client = cmp.Or(j.handling.Client, client)
		j.cause = j.frames.number()
		j.frames.keep(j.cause, &j.handling)
	}
	return j.cause
}

// ReserveFrame numbers a frame that the broker is about to send, so that an event
// can carry it already.
func (j *Journal) ReserveFrame() uint64 { return j.frames.number() }

// Sent remembers a frame that the broker sends, under a reserved number; 0 is none.
func (j *Journal) Sent(id uint64, raw RawFrame) {
	if id != 0 {
		raw.Out = true
		j.frames.keep(id, &raw)
	}
}

// Received remembers a frame that a client has sent, though no event carries it, and
// returns its number: the frame that answers it can name it.
func (j *Journal) Received(raw RawFrame) uint64 {
	id := j.frames.number()
	j.frames.keep(id, &raw)
	return id
}

// Frame returns the frame that an event carries, decoded. ok is false when it was
// never sent, or has been forgotten: the newest few thousand are remembered. It may
// be called from any goroutine.
func (j *Journal) Frame(id uint64) (f Frame, ok bool) {
	raw, ok := j.frames.find(id)
	if !ok {
		return Frame{}, false
	}
	f = raw.decoded(id)
	if asked, ok := j.frames.find(raw.Request); ok {
		request := asked.decoded(raw.Request)
		f.Request = &request
	}
	return f, true
}

func (raw *RawFrame) decoded(id uint64) Frame {
	f := Frame{ID: id, Client: raw.Client, Channel: raw.Channel, Out: raw.Out, Size: raw.Size, Bytes: raw.Bytes, Fields: []Field{}}
	if raw.Explain != nil {
		name, fields := raw.Explain(raw.Bytes)
		f.Name, f.Fields = name, append(f.Fields, fields...)
	}
	return f
}
