package wire

import "fmt"

// A Produce is a request to append batches to partitions.
type Produce struct {
	Transaction string // transactional id, or empty
	Acks        int16  // 0, 1, or -1 for all
	TimeoutMS   int32
	Topics      []ProduceTopic
}

// A ProduceTopic is what a request appends to one topic.
type ProduceTopic struct {
	Name       string
	Partitions []ProducePartition
}

// A ProducePartition is what a request appends to one partition.
type ProducePartition struct {
	Index   int32
	Records []byte // batches; they point into the request
}

// ReadProduce reads a request of version 3 to 11. Its lists grow with what is really
// there, so a length that promises more costs nothing. It keeps b.
func ReadProduce(b []byte, version int16) (Produce, error) {
	flexible := version >= 9
	r := reader{b: b}
	p := Produce{Transaction: r.string(flexible), Acks: r.int16(), TimeoutMS: r.int32()}
	for n := r.length(flexible); n > 0 && !r.bad; n-- {
		t := ProduceTopic{Name: r.name(flexible)}
		for n := r.length(flexible); n > 0 && !r.bad; n-- {
			t.Partitions = append(t.Partitions, ProducePartition{Index: r.int32(), Records: r.bytes(flexible)})
			if flexible {
				r.tags()
			}
		}
		if flexible {
			r.tags()
		}
		p.Topics = append(p.Topics, t)
	}
	if flexible {
		r.tags()
	}
	if r.bad || len(r.b) > 0 {
		return Produce{}, fmt.Errorf("%w: Produce version %d", ErrMalformed, version)
	}
	return p, nil
}
