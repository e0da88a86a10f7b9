package wire

import "fmt"

// layouts are the bodies of requests in their flexible versions, as far as they have to be
// known to find every count: kmsg believes a count of tagged fields, up to 2^32, where no
// bytes are left.
//
//	1 2 4 8   an integer or boolean of so many bytes
//	u         a topic id
//	s         a string or bytes, with their compact length
//	[4]       an array of such values
//	{…}       an array of structures, each with tagged fields at its end
//	6+ 5-     what comes next is there from version 6, up to version 5
//
// Tagged fields end the body, too. Produce has a reader of its own.
var layouts = map[int16]string{
	1:  "4 4 4 4 1 4 4 {s {4 4 8 4 8 4}} {s [4]} s",     // Fetch
	2:  "4 1 {s {4 4 8}}",                               // ListOffsets
	3:  "{10+ u s} 1 10- 1 1",                           // Metadata
	8:  "s 4 s s {s {4 8 4 s}}",                         // OffsetCommit
	9:  "7- s 7- {s [4]} 8+ {s 9+ s 9+ 4 {s [4]}} 7+ 1", // OffsetFetch
	10: "3- s 1 4+ [s]",                                 // FindCoordinator
	11: "s 4 4 s s s {s s} 8+ s",                        // JoinGroup
	12: "s 4 s s",                                       // Heartbeat
	13: "s {s s 5+ s}",                                  // LeaveGroup
	14: "s 4 s s 5+ s 5+ s {s s}",                       // SyncGroup
	15: "[s] 1",                                         // DescribeGroups
	16: "4+ [s] 5+ [s]",                                 // ListGroups
	18: "s s",                                           // ApiVersions
	19: "{s 4 2 {4 [4]} {s s}} 4 1",                     // CreateTopics
	20: "6+ {s u} 5- [s] 4",                             // DeleteTopics
	21: "{s {4 8}} 4",                                   // DeleteRecords
	22: "s 4 3+ 8 3+ 2",                                 // InitProducerId
	23: "4 {s {4 4 4}}",                                 // OffsetForLeaderEpoch
	24: "s 8 2 {s [4]}",                                 // AddPartitionsToTxn
	25: "s 8 2 s",                                       // AddOffsetsToTxn
	26: "s 8 2 1",                                       // EndTxn
	28: "s s 8 2 4 s s {s {4 8 4 s}}",                   // TxnOffsetCommit
	32: "{1 s [s]} 1 1",                                 // DescribeConfigs
	33: "{1 s {s s}} 1",                                 // AlterConfigs
	36: "s",                                             // SaslAuthenticate
	37: "{s 4 {[4]}} 4 1",                               // CreatePartitions
	42: "[s]",                                           // DeleteGroups
	43: "1 {s [4]} 4",                                   // ElectLeaders
	44: "{1 s {s 1 s}} 1",                               // IncrementalAlterConfigs
	45: "4 {s {4 [4]}}",                                 // AlterPartitionReassignments
	46: "4 {s [4]}",                                     // ListPartitionReassignments
	60: "1 1+ 1",                                        // DescribeCluster
	68: "s s 4 s s 4 [s] 1+ s s {u [4]}",                // ConsumerGroupHeartbeat
	69: "[s] 1",                                         // ConsumerGroupDescribe
}

// CheckFlexible reports whether the lengths and counts in the body of a flexible request
// stay within it. Error: ErrMalformed.
func CheckFlexible(key, version int16, body []byte) error {
	layout, known := layouts[key]
	r := reader{b: body}
	r.walk(layout, version)
	if !known || r.bad {
		return fmt.Errorf("%w: request %d version %d", ErrMalformed, key, version)
	}
	return nil
}

// walk goes over a structure and the tagged fields at its end. A layout is a constant, so
// what is not understood in it is our mistake.
func (r *reader) walk(layout string, version int16) {
	for i := 0; i < len(layout) && !r.bad; {
		if layout[i] == ' ' {
			i++
			continue
		}
		there := true
		for skip := versions(layout[i:]); skip > 0; skip = versions(layout[i:]) {
			there = there && within(layout[i:i+skip], version)
			i += skip + 1
		}
		size := field(layout[i:])
		if there {
			r.field(layout[i:i+size], version)
		}
		i += size
	}
	r.tags()
}

// versions is how long the limit of versions is at the front of a layout; 0: there is none.
func versions(layout string) int {
	n := 0
	for n < len(layout) && layout[n] >= '0' && layout[n] <= '9' {
		n++
	}
	if n > 0 && n < len(layout) && (layout[n] == '+' || layout[n] == '-') {
		return n + 1
	}
	return 0
}

// within reports whether a version is within a limit.
func within(limit string, version int16) bool {
	n := int16(0)
	for _, digit := range limit[:len(limit)-1] {
		n = 10*n + int16(digit-'0')
	}
	if limit[len(limit)-1] == '+' {
		return version >= n
	}
	return version <= n
}

// field is how long the description of the field at the front of a layout is.
func field(layout string) int {
	depth := 0
	for i, c := range layout {
		switch c {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		if depth == 0 {
			return i + 1
		}
	}
	panic("wire: a layout without end: " + layout)
}

func (r *reader) field(layout string, version int16) {
	inner := layout[1:max(len(layout)-1, 1)]
	switch layout[0] {
	case 's':
		r.bytes(true)
	case 'u':
		r.take(16)
	case '[':
		for n := r.compact(); n > 0 && !r.bad; n-- {
			r.field(inner, version)
		}
	case '{':
		for n := r.compact(); n > 0 && !r.bad; n-- {
			r.walk(inner, version)
		}
	default:
		r.take(int(layout[0] - '0'))
	}
}
