package wire

import "fmt"

// A Share is what the leader of a group gives a member to read, or what a member has
// subscribed to: then no partitions are named.
type Share struct {
	Topic      string
	Partitions []int32
}

// ReadAssignment reads what consumers put into SyncGroup: a version, then topics with
// partitions. Other kinds of groups put something else there.
func ReadAssignment(b []byte) ([]Share, error) {
	r := reader{b: b}
	r.int16()
	var out []Share
	for n := r.int32(); n > 0 && !r.bad; n-- {
		s := Share{Topic: r.nullableString16()}
		for n := r.int32(); n > 0 && !r.bad; n-- {
			s.Partitions = append(s.Partitions, r.int32())
		}
		out = append(out, s)
	}
	if r.bad {
		return nil, fmt.Errorf("%w: assignment of a consumer", ErrMalformed)
	}
	return out, nil
}

// ReadSubscription reads the topics in what consumers put into JoinGroup.
func ReadSubscription(b []byte) ([]Share, error) {
	r := reader{b: b}
	r.int16()
	var out []Share
	for n := r.int32(); n > 0 && !r.bad; n-- {
		out = append(out, Share{Topic: r.nullableString16()})
	}
	if r.bad {
		return nil, fmt.Errorf("%w: subscription of a consumer", ErrMalformed)
	}
	return out, nil
}
