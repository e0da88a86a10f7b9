package kafka

import (
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/brokerlab/brokerlab/brokers/kafka/model"
)

// A request is one that we speak: in which versions, and what handles it, inside the
// sequencer. An error of handle ends the connection.
type request struct {
	name     string
	min, max int16
	handle   func(*call) error
	claims   bool // ApiVersions announces version 0 too, as Kafka 4 does
}

const (
	keyProduce       = 0
	keyFetch         = 1
	keyApiVersions   = 18
	keySASLHandshake = 17
	keySASLAuth      = 36
)

// requests is what we speak; ApiVersions announces these rows. The oldest versions are
// those of Kafka 4. Newest versions stop short of topic ids in Produce and Fetch, of
// fetch sessions and of transactions without AddPartitionsToTxn (KIP-890): clients step
// down. Produce is announced from version 0, as
// Kafka 4 does, since librdkafka before 2.11 does not compress otherwise.
var requests map[int16]request

func init() { // a variable that its own functions read cannot be initialised in place
	requests = map[int16]request{
		keyProduce: {"Produce", 3, 11, (*call).handleProduce, true},
		1:          {"Fetch", 4, 12, (*call).handleFetch, false},
		2:          {"ListOffsets", 1, 7, (*call).handleListOffsets, false},
		3:          {"Metadata", 0, 12, (*call).handleMetadata, false},
		8:          {"OffsetCommit", 2, 9, (*call).handleOffsetCommit, false},
		9:          {"OffsetFetch", 1, 9, (*call).handleOffsetFetch, false},
		10:         {"FindCoordinator", 0, 4, (*call).handleFindCoordinator, false},
		11:         {"JoinGroup", 0, 9, (*call).handleJoinGroup, false},
		12:         {"Heartbeat", 0, 4, (*call).handleHeartbeat, false},
		13:         {"LeaveGroup", 0, 5, (*call).handleLeaveGroup, false},
		14:         {"SyncGroup", 0, 5, (*call).handleSyncGroup, false},
		15:         {"DescribeGroups", 0, 5, (*call).handleDescribeGroups, false},
		16:         {"ListGroups", 0, 5, (*call).handleListGroups, false},

		keySASLHandshake: {"SaslHandshake", 0, 1, (*call).handleSASLHandshake, false},
		keyApiVersions:   {"ApiVersions", 0, 4, (*call).handleApiVersions, false},
		19:               {"CreateTopics", 2, 7, (*call).handleCreateTopics, false},
		20:               {"DeleteTopics", 1, 6, (*call).handleDeleteTopics, false},
		21:               {"DeleteRecords", 0, 2, (*call).handleDeleteRecords, false},
		22:               {"InitProducerId", 0, 4, (*call).handleInitProducerID, false},
		23:               {"OffsetForLeaderEpoch", 2, 4, (*call).handleEpochEnd, false},
		24:               {"AddPartitionsToTxn", 0, 3, (*call).handleAddPartitions, false},
		25:               {"AddOffsetsToTxn", 0, 3, (*call).handleAddOffsets, false},
		26:               {"EndTxn", 0, 3, (*call).handleEndTxn, false},
		28:               {"TxnOffsetCommit", 0, 3, (*call).handleTxnOffsetCommit, false},
		32:               {"DescribeConfigs", 1, 4, (*call).handleDescribeConfigs, false},
		33:               {"AlterConfigs", 0, 2, (*call).handleAlterConfigs, false},

		keySASLAuth: {"SaslAuthenticate", 0, 2, (*call).handleSASLAuthenticate, false},
		37:          {"CreatePartitions", 0, 3, (*call).handleCreatePartitions, false},
		42:          {"DeleteGroups", 0, 2, (*call).handleDeleteGroups, false},
		43:          {"ElectLeaders", 0, 2, (*call).handleElectLeaders, false},
		44:          {"IncrementalAlterConfigs", 0, 1, (*call).handleIncrementalAlterConfigs, false},
		45:          {"AlterPartitionReassignments", 0, 0, (*call).handleReassign, false},
		46:          {"ListPartitionReassignments", 0, 0, (*call).handleListReassignments, false},
		47:          {"OffsetDelete", 0, 0, (*call).handleOffsetDelete, false},
		60:          {"DescribeCluster", 0, 1, (*call).handleDescribeCluster, false},
		68:          {"ConsumerGroupHeartbeat", 0, 1, (*call).handleConsumerGroupHeartbeat, false},
		69:          {"ConsumerGroupDescribe", 0, 1, (*call).handleConsumerGroupDescribe, false},
	}
}

// handleApiVersions tells a client what it may ask.
func (k *call) handleApiVersions() error {
	k.reply(k.announce(slices.Sorted(maps.Keys(requests))...))
	return nil
}

// unknownApiVersions answers an ApiVersions of a version that is not spoken in version 0,
// which every client reads, with the versions of ApiVersions that are: the client asks again.
func (k *call) unknownApiVersions() {
	resp := k.announce(keyApiVersions)
	resp.ErrorCode = int16(model.UnsupportedVersion)
	k.reply(resp)
}

func (k *call) announce(keys ...int16) *kmsg.ApiVersionsResponse {
	resp := k.response().(*kmsg.ApiVersionsResponse)
	for _, key := range keys {
		row := requests[key]
		if row.claims {
			row.min = 0
		}
		one := kmsg.NewApiVersionsResponseApiKey()
		one.ApiKey, one.MinVersion, one.MaxVersion = key, row.min, row.max
		resp.ApiKeys = append(resp.ApiKeys, one)
	}
	return resp
}
