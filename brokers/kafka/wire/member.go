package wire

import (
	"encoding/binary"
	"fmt"
)

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

// Assignment makes what the leader of a group sends for a member: ReadAssignment reads it.
func Assignment(shares []Share) []byte {
	out := appendShares(shares, func(dst []byte, s Share) []byte {
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(s.Partitions)))
		for _, p := range s.Partitions {
			dst = binary.BigEndian.AppendUint32(dst, uint32(p))
		}
		return dst
	})
	return binary.BigEndian.AppendUint32(out, noUserData)
}

// Subscription makes what a member says of itself: ReadSubscription reads it.
func Subscription(topics ...string) []byte {
	shares := make([]Share, 0, len(topics))
	for _, t := range topics {
		shares = append(shares, Share{Topic: t})
	}
	return binary.BigEndian.AppendUint32(appendShares(shares, func(dst []byte, _ Share) []byte { return dst }), noUserData)
}

// noUserData is the length of bytes that are null.
const noUserData = 1<<32 - 1

func appendShares(shares []Share, each func([]byte, Share) []byte) []byte {
	out := binary.BigEndian.AppendUint32([]byte{0, 0}, uint32(len(shares))) // version 0
	for _, s := range shares {
		out = binary.BigEndian.AppendUint16(out, uint16(len(s.Topic)))
		out = each(append(out, s.Topic...), s)
	}
	return out
}
