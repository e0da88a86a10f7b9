package model

import (
	"errors"
	"fmt"

	"github.com/brokerlab/brokerlab/brokers"
)

// A Code is one of Kafka's error codes. As an error it has no words of its own.
type Code int16

// The codes that the model answers with.
const (
	UnknownServerError       Code = -1
	OffsetOutOfRange         Code = 1
	CorruptMessage           Code = 2
	UnknownTopicOrPartition  Code = 3
	LeaderNotAvailable       Code = 5
	NotLeaderOrFollower      Code = 6
	RequestTimedOut          Code = 7
	MessageTooLarge          Code = 10
	OffsetMetadataTooLarge   Code = 12
	CoordinatorNotAvailable  Code = 15
	NotCoordinator           Code = 16
	InvalidTopic             Code = 17
	NotEnoughReplicas        Code = 19
	NotEnoughAfterAppend     Code = 20
	InvalidRequiredAcks      Code = 21
	IllegalGeneration        Code = 22
	InconsistentProtocol     Code = 23
	InvalidGroupID           Code = 24
	UnknownMemberID          Code = 25
	InvalidSessionTimeout    Code = 26
	RebalanceInProgress      Code = 27
	SASLAuthenticationFailed Code = 58
	UnsupportedMechanism     Code = 33
	IllegalSASLState         Code = 34
	UnsupportedVersion       Code = 35
	TopicAlreadyExists       Code = 36
	InvalidPartitions        Code = 37
	InvalidReplicationFactor Code = 38
	InvalidReplicaAssignment Code = 39
	InvalidConfig            Code = 40
	InvalidRequest           Code = 42
	UnsupportedFormat        Code = 43
	PolicyViolation          Code = 44
	OutOfOrderSequence       Code = 45
	InvalidProducerEpoch     Code = 47
	InvalidTxnState          Code = 48
	InvalidProducerIDMapping Code = 49
	InvalidTxnTimeout        Code = 50
	ConcurrentTransactions   Code = 51
	GroupNotEmpty            Code = 68
	GroupIDNotFound          Code = 69
	FetchSessionNotFound     Code = 70
	FencedLeaderEpoch        Code = 74
	UnknownLeaderEpoch       Code = 75
	MemberIDRequired         Code = 79
	PreferredNotAvailable    Code = 80
	GroupMaxSizeReached      Code = 81
	FencedInstanceID         Code = 82
	EligibleNotAvailable     Code = 83
	ElectionNotNeeded        Code = 84
	NoReassignment           Code = 85
	SubscribedToTopic        Code = 86
	InvalidRecord            Code = 87
	UnstableOffsetCommit     Code = 88
	ThrottlingQuotaExceeded  Code = 89
	ProducerFenced           Code = 90
	UnknownTopicID           Code = 100
	TransactionalIDNotFound  Code = 105
	FencedMemberEpoch        Code = 110
	UnreleasedInstanceID     Code = 111
	UnsupportedAssignor      Code = 112
	StaleMemberEpoch         Code = 113
	InvalidRegularExpression Code = 128
)

// Error returns the code's number.
func (c Code) Error() string { return fmt.Sprintf("kafka error %d", int16(c)) }

// An Error is a Code with words, for those answers that have room for them.
type Error struct {
	Code Code
	Text string
}

func (e *Error) Error() string { return e.Text }

// Errorf makes an Error.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{code, fmt.Sprintf(format, args...)}
}

// CodeOf returns the code of an error that the model has returned. One without a code is
// a quota's, for which Kafka has POLICY_VIOLATION, or our own fault.
func CodeOf(err error) Code {
	var code Code
	var known *Error
	var quota *brokers.QuotaError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return code
	case errors.As(err, &known):
		return known.Code
	case errors.As(err, &quota):
		return PolicyViolation
	}
	return UnknownServerError
}
