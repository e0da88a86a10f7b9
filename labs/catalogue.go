package labs

// A PropertyInfo is what an author may write about one property of the journal.
// The grader holds the functions; a test there keeps this table true.
type PropertyInfo struct {
	Name     string
	Required []string // parameters
	Optional []string
	Messages []string // ids of the ways it can fail, see grader/messages
}

// counts are the parameters that are numbers.
var counts = []string{"max", "members", "partitions", "replicas", "tries"}

// Properties are the properties that a check may name.
var Properties = []PropertyInfo{
	{"declared", []string{"queue"}, nil, []string{"not-declared"}},
	{"at-least-once", []string{"queue", "service"}, []string{"amount", "except"}, []string{"lost", "refusal-ignored", "refused-good", "not-done", "nothing-done", "wrong-amount"}},
	{"at-most-once", []string{"queue", "service"}, nil, []string{"done-twice"}},
	{"effect-exactly-once", []string{"queue", "service"}, []string{"amount", "except"}, []string{"lost", "refusal-ignored", "refused-good", "not-done", "nothing-done", "wrong-amount", "done-twice"}},
	{"no-ack-before-effect", []string{"queue", "service"}, nil, []string{"acked-early", "auto-acked", "never-acked"}},
	{"prefetch-at-most", []string{"queue", "max"}, nil, []string{"no-consumer", "prefetch-ignored", "prefetch-unlimited", "prefetch-high"}},
	{"dead-lettered", []string{"queue", "to"}, []string{"tries"}, []string{"dead-swallowed", "dead-waiting", "dead-retried", "dead-not-refused", "dead-good"}},
	{"no-done-before-confirm", []string{"queue", "service"}, nil, []string{"no-confirms", "done-unconfirmed", "never-done"}},
	{"published-all", []string{"queue", "service"}, nil, []string{"lost-publish", "nothing-published", "not-published", "not-marked"}},
	{"retried-n-times", []string{"queue", "service"}, []string{"delay", "tries", "to"}, []string{"never-tried", "hot-loop", "too-soon", "held-waiting", "not-retried", "tried-too-often", "tried-too-seldom", "parked-early", "parked-good", "not-parked"}},
	{"parked", []string{"queue", "service", "to"}, nil, []string{"never-tried", "parked-good", "parked-lost", "not-parked"}},
	{"none-blocked", []string{"queue", "service"}, nil, []string{"never-tried", "blocked"}},
	{"no-commit-before-effect", []string{"topic", "service"}, []string{"group"}, []string{"committed-early", "committed-unread", "never-committed"}},
	{"every-record-done", []string{"topic", "service"}, []string{"group", "except", "amount"}, []string{"record-lost", "record-undone", "no-record-done", "wrong-amount"}},
	{"no-repeats", []string{"topic", "service"}, nil, []string{"record-repeated", "no-record-done"}},
	{"spread-over", []string{"topic", "partitions"}, nil, []string{"log-empty", "not-spread"}},
	{"all-committed", []string{"topic", "group"}, nil, []string{"never-committed", "left-uncommitted"}},
	{"results-exactly", []string{"topic", "results"}, nil, []string{"no-result", "result-wrong", "result-twice", "result-surplus", "result-missing"}},
	{"no-duplicates", []string{"topic"}, nil, []string{"in-log-twice", "log-empty"}},
	{"per-key-order", []string{"topic", "order"}, nil, []string{"log-empty", "record-missing", "key-wrong", "key-scattered", "out-of-order"}},
	{"replayed-from", []string{"topic", "from"}, nil, []string{"not-replayed", "replayed-too-much", "replayed-too-little", "replay-stopped"}},
	{"group-covers-all-partitions", []string{"topic", "group", "partitions"}, []string{"members"}, []string{"no-group", "too-few-members", "owned-twice", "uncovered"}},
	{"topic-declared", []string{"topic", "partitions"}, nil, []string{"no-topic", "wrong-partitions"}},
	{"read-whole", []string{"topic"}, nil, []string{"log-empty", "nothing-read", "read-partly"}},
	{"replicated-to", []string{"topic", "replicas"}, nil, []string{"never-confirmed", "confirmed-alone", "confirmed-lost"}},
	{"written-all", []string{"topic", "service"}, nil, []string{"marked-unwritten", "marked-lost", "none-written", "not-written", "written-unmarked"}},
	{"records-done-once", []string{"topic", "service"}, []string{"group", "except"}, []string{"record-lost", "record-undone", "no-record-done", "record-done-twice"}},
	{"rows-indexed", []string{"table", "service"}, []string{"except"}, []string{"config-refused", "task-failed", "nothing-indexed", "all-set-aside", "row-not-indexed"}},
	{"changes-indexed", []string{"table", "service", "fields"}, []string{"except"}, []string{"config-refused", "task-failed", "nothing-indexed", "all-set-aside", "row-stale"}},
	{"one-document-per-row", []string{"table", "service"}, nil, []string{"config-refused", "task-failed", "nothing-indexed", "all-set-aside", "indexed-twice"}},
	{"field-absent", []string{"table", "service", "field"}, nil, []string{"config-refused", "task-failed", "nothing-indexed", "all-set-aside", "field-indexed"}},
	{"kept-aside", []string{"table", "service", "topic", "labels"}, nil, []string{"config-refused", "task-failed", "kept-good", "not-kept"}},
	{"read-once", []string{"table", "service", "topic"}, nil, []string{"config-refused", "task-failed", "log-empty", "read-again"}},
	{"routed", []string{"exchange", "to"}, []string{"queues", "type"}, []string{"wrong-type", "nothing-routed", "misrouted", "missed"}},
	{"returns-handled", []string{"queue", "to"}, nil, []string{"vanished", "return-ignored", "return-left", "good-refused", "nothing-returned"}},
	{RoutedExactly, []string{"exchange", "table"}, []string{"queues", "hidden"}, []string{"none-bound", "bound-elsewhere", "key-refused", "key-missing", "key-extra"}},
	{"bindings-at-most", []string{"max"}, nil, []string{"bindings-many"}},
	{"exchange-declared", []string{"exchange", "type"}, nil, []string{"no-exchange", "exchange-type"}},
	{"published-as", []string{"exchange", "messages"}, nil, []string{"not-sent", "sent-elsewhere", "sent-with-other-key"}},
	{"taken", []string{"queue"}, nil, []string{"nothing-came", "thrown-away", "put-back", "never-taken"}},
	{"vhosts-declared", []string{"vhosts"}, nil, []string{"no-vhost"}},
	{"users-declared", []string{"users"}, nil, []string{"no-user", "wrong-tags"}},
	{"user-permissions", []string{"user", "vhosts", "grants"}, nil, []string{"no-user", "may-too-much", "may-by-making", "may-nothing", "may-too-little"}},
	{"attempts-made", []string{"refused", "done"}, nil, []string{"not-tried", "not-refused", "refused-otherwise", "refused-own", "not-done-as"}},
}

// CommonMessages are the ways in which any check can fail.
var CommonMessages = []string{"does-not-compile", "needs", "quota", "unfinished", "not-reached"}

// Property returns the catalogue's row for a name.
func Property(name string) (PropertyInfo, bool) {
	for _, p := range append(Properties, ofAnswers) {
		if p.Name == name {
			return p, true
		}
	}
	return PropertyInfo{}, false
}

// A BrokerInfo is what an author may write about one broker.
type BrokerInfo struct {
	Name    string
	Actions map[string][]string // steps of its first state, and the fields of each
}

// Brokers are the brokers that a lab may name, and Services the services. Both
// are in the lab host; a test there keeps these tables true.
var (
	Brokers = []BrokerInfo{{"kafka", map[string][]string{
		"topic":          {"topic", "partitions", "replication", "configs"},
		"partitions":     {"topic", "partitions"},
		"produce":        {"topic", "partition", "key", "value", "headers", "count", "time"},
		"commit":         {"group", "topic", "partition", "offset"},
		"node-down":      {"node"},
		"node-up":        {"node"},
		"fetch":          {"bytes"},
		"lag":            {"node", "ms"},
		"leader":         {"topic", "partition", "node", "unclean"},
		"delete":         {"topic"},
		"delete-records": {"topic", "partition", "offset"},
		"configs":        {"topic", "configs"},
	}}, {"rabbitmq", map[string][]string{
		"declare": {"queue", "exchange", "type", "durable", "exclusive", "internal", "auto_delete", "arguments"},
		"bind":    {"queue", "destination", "exchange", "key", "arguments"},
		"publish": {"exchange", "key", "body", "headers", "count"},
	}}}
	Services = []string{"connect", "db", "ledger", "outbox", "search"}
)

func brokerNames() []string {
	names := make([]string, 0, len(Brokers))
	for _, b := range Brokers {
		names = append(names, b.Name)
	}
	return names
}

func propertyNames() []string {
	names := make([]string, 0, len(Properties))
	for _, p := range Properties {
		names = append(names, p.Name)
	}
	return append(names, ofAnswers.Name)
}
