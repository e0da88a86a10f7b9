package brokers

import "time"

// A Kind says what an Event records. One vocabulary serves all brokers and
// services, so checks, replays and pages need to know it only once.
type Kind string

// What a broker does with its own furniture.
const (
	Declared Kind = "declared" // a queue, exchange or topic exists from here on
	Deleted  Kind = "deleted"
	Bound    Kind = "bound"
	Unbound  Kind = "unbound"
	Purged   Kind = "purged" // N messages were thrown away on request
)

// What happens to a message, in the order of its life.
const (
	Published    Kind = "published"     // the broker took the message in; N is its size in bytes
	Routed       Kind = "routed"        // a copy is ready in Place, at the end of its line; N is the line's priority, from 0
	Unroutable   Kind = "unroutable"    // no queue wanted it
	Returned     Kind = "returned"      // unroutable and mandatory: given back to the publisher
	Confirmed    Kind = "confirmed"     // the publisher was told; Tag is the confirm's tag
	Delivered    Kind = "delivered"     // given to a consumer; in flight unless Reason is "auto-ack"
	Acked        Kind = "acked"         // the broker forgot the message
	Nacked       Kind = "nacked"        // refused with basic.nack or the like
	Rejected     Kind = "rejected"      // refused with basic.reject
	Requeued     Kind = "requeued"      // ready again in Place
	Expired      Kind = "expired"       // outlived its time to live
	DeadLettered Kind = "dead-lettered" // moved on to Exchange for the reason in Reason; with "full" it never was in Place
	Dropped      Kind = "dropped"       // gone for good, for the reason in Reason
)

// What clients do besides moving messages.
const (
	Opened     Kind = "opened"     // a connection; Reason names the client library
	Closed     Kind = "closed"     // a connection ended; Reason says how
	Subscribed Kind = "subscribed" // a consumer started; N is its prefetch, 0 for no limit
	Cancelled  Kind = "cancelled"  // a consumer ended
	Limited    Kind = "limited"    // a consumer may hold N messages from here on, 0 for no limit
	Refused    Kind = "refused"    // the broker answered with an error; Reason holds it
	Blocked    Kind = "blocked"    // a publisher was asked to pause, for Reason
	Unblocked  Kind = "unblocked"  // and no longer
	OverQuota  Kind = "quota"      // a quota was met; Reason names it
)

// What an administrator changes: virtual hosts, users, and what these may do there.
const (
	VHostAdded   Kind = "vhost-added"    // the virtual host Place exists from here on
	VHostDeleted Kind = "vhost-deleted"  // and no longer, with all that was in it
	UserAdded    Kind = "user-added"     // User exists from here on; Reason lists the tags
	UserChanged  Kind = "user-changed"   // User has another password, or the tags in Reason
	UserDeleted  Kind = "user-deleted"   //
	Permitted    Kind = "permitted"      // User may, in the virtual host Place, what the patterns in Detail say: configure, write, read
	Forbidden    Kind = "forbidden"      // User may do nothing there any more
	PolicySet    Kind = "policy-set"     // the policy Key of the virtual host Place is what Detail says: pattern, apply-to, priority, definition
	PolicyGone   Kind = "policy-cleared" // and is no more
	Governed     Kind = "governed"       // the policy Reason applies to the queue Place or to the Exchange from here on, or none; Detail is as in Declared
	LimitSet     Kind = "limit-set"      // of the virtual host Place or of User there may be N of Key; -1 for any number
	Allowed      Kind = "allowed"        // a probe: User may do Key (configure, write, read) in the virtual host Place
)

// What happens in a cluster: logs that are copied, groups that share partitions,
// transactions. Place is a partition, as "topic/0"; Tag is an offset in it.
const (
	Replicated  Kind = "replicated"  // the follower on Node copied N records from offset Tag on; Message is the first
	Watermark   Kind = "watermark"   // every record before Tag is on all replicas that are in sync
	InSync      Kind = "in-sync"     // Node joined the replicas that are in sync; N counts them
	OutOfSync   Kind = "out-of-sync" // Node left them, for Reason; N counts those that stay
	Elected     Kind = "elected"     // Node leads the partition (or is the controller) from here on, 0 for nobody; Tag is the leader epoch
	NodeDown    Kind = "node-down"   // Node is down
	NodeUp      Kind = "node-up"     // Node is back
	Lost        Kind = "lost"        // the new leader does not have the record; Reason says what its producer was told
	LogStart    Kind = "log-start"   // what was before offset Tag has been deleted; the log begins there
	Truncated   Kind = "truncated"   // the replica on Node cut off N records from offset Tag on, to follow its leader
	Duplicate   Kind = "duplicate"   // sent again and dropped: the log has it at offset Tag
	Fenced      Kind = "fenced"      // a producer or member was shut out by a newer one of the same name
	Configured  Kind = "configured"  // the setting Key of Place is now Reason
	Rebalancing Kind = "rebalancing" // Group shares out its partitions anew, for Reason; Tag is the generation that ends
	Joined      Kind = "joined"      // Consumer is a member of Group; Tag is the generation, N counts the members
	Assigned    Kind = "assigned"    // Consumer reads the partition Place in Group; without Place, none
	Left        Kind = "left"        // Consumer is no longer a member of Group, for Reason; N counts those that stay
	Committed   Kind = "committed"   // Group will go on at offset Tag in Place; Consumer is the member, if one committed it
	TxnBegan    Kind = "txn-began"   // the transaction of producer Key has its first partition
	TxnCommit   Kind = "txn-commit"  // it was committed; with Place, the marker stands at Tag there
	TxnAbort    Kind = "txn-abort"   // it was aborted, for Reason; with Place, likewise
)

// What the host and its services record.
const (
	Failed       Kind = "failed"       // Consumer could not do its work for the message, which stays where it is
	Effect       Kind = "effect"       // a service did something in the world; Place is the service's account
	Started      Kind = "started"      // a program was started
	Restarted    Kind = "restarted"    // a program was started again after a crash
	Exited       Kind = "exited"       // a program ended by itself; N is its exit code
	Stopped      Kind = "stopped"      // a limit or the end of the run ended the program; Reason names it
	Crash        Kind = "crash"        // injected: the program was killed here
	Disconnected Kind = "disconnected" // injected: the program's connections were lost here
	Skipped      Kind = "skipped"      // the clock jumped N milliseconds ahead, for Reason
)

// An Event is one thing that happened, with the ids to follow it by. It is one
// flat struct for all kinds; a kind leaves unset what it has no use for.
type Event struct {
	Seq         uint64        `json:"seq"`                   // position in the journal, from 1
	At          time.Duration `json:"at"`                    // since the journal began, by its clock, in nanoseconds
	Kind        Kind          `json:"kind"`                  //
	Source      string        `json:"source,omitempty"`      // who recorded it: "rabbitmq", "ledger", "host"
	Client      string        `json:"client,omitempty"`      // the connection, such as "c1"; empty when the broker acted by itself
	Channel     int           `json:"channel,omitempty"`     // channel within the connection, where the protocol has them
	Place       string        `json:"place,omitempty"`       // queue, topic or account
	Exchange    string        `json:"exchange,omitempty"`    //
	Key         string        `json:"key,omitempty"`         // routing key or partition key
	Message     uint64        `json:"message,omitempty"`     // number of the message in this host, from 1; copies keep it
	Label       string        `json:"label,omitempty"`       // what the lab calls the message, such as an order's id
	Tag         uint64        `json:"tag,omitempty"`         // delivery tag or offset
	Consumer    string        `json:"consumer,omitempty"`    // consumer tag, or member of a group
	Group       string        `json:"group,omitempty"`       // consumer group, where the protocol has them
	Node        int           `json:"node,omitempty"`        // node of a cluster, from 1
	N           int64         `json:"n,omitempty"`           // a number whose meaning the kind gives
	User        string        `json:"user,omitempty"`        // who is meant or, of a request over HTTP, who made it
	Redelivered bool          `json:"redelivered,omitempty"` // delivered, or done, before
	Reason      string        `json:"reason,omitempty"`      //
	Line        int           `json:"line,omitempty"`        // line of the student's source, for display only
	File        string        `json:"file,omitempty"`        // its file; "" for main.go
	Frame       uint64        `json:"frame,omitempty"`       // the frame that caused it or, of what is sent, carried it; see Journal.Frame

	// Detail is what a declaration, a binding or a subscription asked for, in the words
	// of the State's places; nobody changes it afterwards. Other kinds have none, but for
	// Leaky.
	Detail map[string]any `json:"detail,omitempty"`
}

// Leaky is the key, in the Detail of a declared queue of a real broker or of a message
// that is published there, of why messages leave queues by themselves: that they have
// gone, only a miniature tells.
const (
	Leaky        = "leaky"
	LeakyByTime  = "time"  // theirs, or the queue's
	LeakyByLimit = "limit" // for want of room
)
