package wire

import "fmt"

func millis(n int64) string { return fmt.Sprintf("%d ms", n) }

func oneOf(words map[int64]string) func(int64) string {
	return func(n int64) string {
		if word, ok := words[n]; ok {
			return fmt.Sprintf("%d (%s)", n, word)
		}
		return fmt.Sprint(n)
	}
}

var (
	acks      = oneOf(map[int64]string{-1: "all", 0: "none", 1: "leader"})
	isolation = oneOf(map[int64]string{0: "read_uncommitted", 1: "read_committed"})
	yesNo     = oneOf(map[int64]string{0: "no", 1: "yes"})
	replica   = oneOf(map[int64]string{-1: "a consumer"})
	unknown   = oneOf(map[int64]string{-1: "unknown"})
	noNumber  = oneOf(map[int64]string{-1: "none"})
	noError   = oneOf(map[int64]string{0: "none"})
	instants  = oneOf(map[int64]string{-1: "latest", -2: "earliest", -3: "largest timestamp"})
	keyKinds  = oneOf(map[int64]string{0: "group", 1: "transaction"})
	standard  = oneOf(map[int64]string{-1: "the broker's default"})
)

// bodies are the bodies of the requests that cause events, in the versions that we speak.
// Names are the protocol's own, as in https://kafka.apache.org/protocol.
var bodies = map[int16][]piece{
	0: { // Produce
		{name: "transactional id", is: isText}, {name: "acks", is: isNumber2, say: acks}, {name: "timeout", is: isNumber4, say: millis},
		{name: "topics", is: isArray, of: []piece{{name: "topic", is: isText}, {name: "partitions", is: isArray, of: []piece{
			{name: "partition", is: isNumber4}, {name: "records", is: isBatch},
		}}}},
	},
	1: { // Fetch
		{name: "replica id", is: isNumber4, say: replica}, {name: "max wait", is: isNumber4, say: millis}, {name: "min bytes", is: isNumber4},
		{name: "max bytes", is: isNumber4}, {name: "isolation level", is: isNumber1, say: isolation},
		{name: "session id", is: isNumber4, since: 7}, {name: "session epoch", is: isNumber4, since: 7, say: noNumber},
		{name: "topics", is: isArray, of: []piece{{name: "topic", is: isText}, {name: "partitions", is: isArray, of: []piece{
			{name: "partition", is: isNumber4}, {name: "leader epoch", is: isNumber4, since: 9, say: unknown}, {name: "fetch offset", is: isNumber8},
			{name: "last fetched epoch", is: isNumber4, since: 12, say: unknown}, {name: "log start offset", is: isNumber8, since: 5, say: unknown}, {name: "partition max bytes", is: isNumber4},
		}}}},
	},
	2: { // ListOffsets
		{name: "replica id", is: isNumber4, say: replica}, {name: "isolation level", is: isNumber1, since: 2, say: isolation},
		{name: "topics", is: isArray, of: []piece{{name: "topic", is: isText}, {name: "partitions", is: isArray, of: []piece{
			{name: "partition", is: isNumber4}, {name: "leader epoch", is: isNumber4, since: 4, say: unknown}, {name: "timestamp", is: isNumber8, say: instants},
		}}}},
	},
	8: { // OffsetCommit
		{name: "group id", is: isText}, {name: "generation", is: isNumber4, say: noNumber}, {name: "member id", is: isText},
		{name: "group instance id", is: isText, since: 7}, {name: "retention", is: isNumber8, until: 4, say: standard},
		{name: "topics", is: isArray, of: []piece{{name: "topic", is: isText}, {name: "partitions", is: isArray, of: offsets(6)}}},
	},
	10: {{name: "key", is: isText, until: 3}, {name: "key type", is: isNumber1, since: 1, say: keyKinds}}, // FindCoordinator
	11: { // JoinGroup
		{name: "group id", is: isText}, {name: "session timeout", is: isNumber4, say: millis}, {name: "rebalance timeout", is: isNumber4, since: 1, say: millis},
		{name: "member id", is: isText}, {name: "group instance id", is: isText, since: 5}, {name: "protocol type", is: isText},
		{name: "protocols", is: isArray, of: []piece{{name: "protocol", is: isText}, {name: "metadata", is: isSubscription}}},
		{name: "reason", is: isText, since: 8},
	},
	12: member, // Heartbeat
	13: { // LeaveGroup
		{name: "group id", is: isText}, {name: "member id", is: isText, until: 2},
		{name: "members", is: isArray, since: 3, of: []piece{{name: "member id", is: isText}, {name: "group instance id", is: isText}, {name: "reason", is: isText, since: 5}}},
	},
	14: { // SyncGroup
		{name: "group id", is: isText}, {name: "generation", is: isNumber4}, {name: "member id", is: isText}, {name: "group instance id", is: isText, since: 3},
		{name: "protocol type", is: isText, since: 5}, {name: "protocol", is: isText, since: 5},
		{name: "assignments", is: isArray, of: []piece{{name: "member id", is: isText}, {name: "assignment", is: isAssignment}}},
	},
	18: {{name: "client software", is: isText, since: 3}, {name: "client version", is: isText, since: 3}}, // ApiVersions
	19: { // CreateTopics
		{name: "topics", is: isArray, of: []piece{
			{name: "topic", is: isText}, {name: "partitions", is: isNumber4, say: standard}, {name: "replication factor", is: isNumber2, say: standard},
			{name: "assignments", is: isArray, of: []piece{{name: "partition", is: isNumber4}, {name: "nodes", is: isNumbers}}},
			{name: "configs", is: isArray, of: []piece{{name: "config", is: isText}, {name: "value", is: isText}}},
		}},
		{name: "timeout", is: isNumber4, say: millis}, {name: "validate only", is: isNumber1, since: 1, say: yesNo},
	},
	22: { // InitProducerId
		{name: "transactional id", is: isText}, {name: "transaction timeout", is: isNumber4, say: millis},
		{name: "producer id", is: isNumber8, since: 3, say: noNumber}, {name: "producer epoch", is: isNumber2, since: 3, say: noNumber},
	},
	25: append(producer[:3:3], piece{name: "group id", is: isText}),              // AddOffsetsToTxn
	26: append(producer[:3:3], piece{name: "commit", is: isNumber1, say: yesNo}), // EndTxn
	28: { // TxnOffsetCommit
		{name: "transactional id", is: isText}, {name: "group id", is: isText}, {name: "producer id", is: isNumber8}, {name: "producer epoch", is: isNumber2},
		{name: "generation", is: isNumber4, since: 3, say: noNumber}, {name: "member id", is: isText, since: 3}, {name: "group instance id", is: isText, since: 3},
		{name: "topics", is: isArray, of: []piece{{name: "topic", is: isText}, {name: "partitions", is: isArray, of: offsets(2)}}},
	},
}

// fetched is the body of an answer to Fetch.
var fetched = []piece{
	{name: "throttle time", is: isNumber4, say: millis}, {name: "error code", is: isNumber2, since: 7, say: noError}, {name: "session id", is: isNumber4, since: 7},
	{name: "topics", is: isArray, of: []piece{{name: "topic", is: isText}, {name: "partitions", is: isArray, of: []piece{
		{name: "partition", is: isNumber4}, {name: "error code", is: isNumber2, say: noError}, {name: "high watermark", is: isNumber8},
		{name: "last stable offset", is: isNumber8}, {name: "log start offset", is: isNumber8, since: 5},
		{name: "aborted transactions", is: isArray, of: []piece{{name: "producer id", is: isNumber8}, {name: "first offset", is: isNumber8}}},
		{name: "preferred read replica", is: isNumber4, since: 11, say: noNumber}, {name: "records", is: isBatch},
	}}}},
}

// producer is how requests of a transaction begin.
var producer = []piece{{name: "transactional id", is: isText}, {name: "producer id", is: isNumber8}, {name: "producer epoch", is: isNumber2}}

var member = []piece{
	{name: "group id", is: isText}, {name: "generation", is: isNumber4}, {name: "member id", is: isText}, {name: "group instance id", is: isText, since: 3},
}

// offsets is what is committed in a partition; the leader epoch is there from a version on.
func offsets(epochSince int16) []piece {
	return []piece{
		{name: "partition", is: isNumber4}, {name: "committed offset", is: isNumber8}, {name: "leader epoch", is: isNumber4, since: epochSince, say: unknown}, {name: "metadata", is: isText},
	}
}
