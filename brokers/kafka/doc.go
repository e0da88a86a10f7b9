// Package kafka is a miniature Kafka: a cluster of three nodes in one process. It speaks
// Kafka's protocol to real clients and keeps everything in memory.
//
// Read it in this order:
//
//	broker.go       New, Serve, Close, and what the lab host asks
//	model/          logs, replicas, groups, transactions: no sockets
//	wire/           frames and record batches as bytes; knows nothing of topics
//	conn.go         one connection: requests are read, and handled one at a time
//	outbox.go       answers in the order of their requests, though some come late
//	requests.go     the table of requests that is announced and obeyed
//	produce.go      Produce and Fetch
//	metadata.go     where things are: nodes, leaders, offsets by time
//	groups.go       joining groups, by the classic protocol
//	consumers.go    the consumer protocol, KIP-848
//	offsets.go      committing
//	transactions.go all or nothing
//	topics.go       creating and deleting; leaders and replicas
//	configs.go      settings
//	sasl.go         logging in, if users are configured
//	refuse.go       errors in answers and in the journal
//	disturb.go      faults inside the cluster
//	visit.go        members that come with an injected rebalance, and go
//	explain.go      a request's bytes, for those who look at them
//	apply.go        the state that a lab starts with
//	embed.go        the model, for Connect in the same process
//
// Nodes have the ids 1, 2 and 3. A node that goes down ends its connections and answers
// none until it is up again; what its logs had is still there then.
//
// Where this differs from Kafka 4, for the sake of a course:
//
//   - A node that dies is noticed at once, not after its session with the controller. The
//     controllers keep their quorum whatever goes down.
//   - A follower fetches when the clock says so, by default in the step after its leader
//     took a record. All followers of a node do it in one step.
//   - Each batch is a segment of its own; what is due for deletion goes when it is due.
//   - group.initial.rebalance.delay.ms is 0.
//   - In a group with the consumer protocol the coordinator works out the new target in the
//     step in which something has changed. Members of both protocols do not mix: a group
//     changes its protocol when it has no members. A member may commit with an older epoch
//     what was its own by then, as from Kafka 4.3 on.
//   - Group and transaction state outlives every node. There are no topics
//     __consumer_offsets and __transaction_state to look at.
//   - The commit or abort of a transaction is answered when its markers are on all replicas
//     in sync, so a client never meets CONCURRENT_TRANSACTIONS after it.
//   - A Fetch brings at most 8 MiB; batches are kept as they were compressed, whatever
//     compression.type says.
//
// Not there: share groups and groups of Streams, fetch sessions, topic ids in Produce,
// Fetch, OffsetCommit and OffsetFetch, KIP-890, quotas of users, ACLs, delegation tokens,
// TLS, log directories, tiered storage, message formats before version 2. ApiVersions does
// not announce them and clients do without; a client that asks all the same is hung up on,
// as Kafka does.
package kafka
