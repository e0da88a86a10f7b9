package property

import "github.com/brokerlab/brokerlab/brokers"

// goes has the record at an offset of t/0 lost with its leader.
func (s *story) goes(label string, offset uint64) *story {
	return s.add(brokers.Event{Kind: brokers.NodeDown, Source: "kafka", Node: 1, Reason: "injected"}).
		add(brokers.Event{Kind: brokers.Lost, Source: "kafka", Place: "t/0", Tag: offset, Label: label, Reason: "not acknowledged"})
}

func written() []ruling {
	return []ruling{
		{"written and marked", "written-all", outbox("a", "b").stored("t/0", 0, "", "a").marked("a").stored("t/0", 1, "", "b").marked("b"), "", nil},
		{"twice is no matter", "written-all", outbox("a").stored("t/0", 0, "", "a").crash().stored("t/0", 1, "", "a").marked("a"), "", nil},
		{"lost and written again", "written-all", outbox("a").stored("t/0", 0, "", "a").goes("a", 0).stored("t/0", 0, "", "a").marked("a"), "", nil},
		{"one of two copies is lost", "written-all", outbox("a").stored("t/0", 0, "", "a").stored("t/0", 1, "", "a").marked("a").goes("a", 1), "", nil},
		{"marked, then lost", "written-all", outbox("a").stored("t/0", 0, "", "a").marked("a").goes("a", 0), "marked-lost", []uint64{2, 3, 4, 5}},
		{"lost, then marked", "written-all", outbox("a").stored("t/0", 0, "", "a").goes("a", 0).marked("a"), "marked-lost", []uint64{2, 3, 4, 5}},
		{"marked, never written", "written-all", outbox("a", "b").marked("b").stored("t/0", 0, "", "a"), "marked-unwritten", []uint64{3}},
		{"in another topic", "written-all", outbox("a").stored("tt/0", 0, "", "a").marked("a"), "marked-unwritten", []uint64{3}},
		{"nothing", "written-all", outbox("a", "b"), "none-written", nil},
		{"not all", "written-all", outbox("a", "b").stored("t/0", 0, "", "a").marked("a"), "not-written", []uint64{2}},
		{"lost, and given up", "written-all", outbox("a", "b").stored("t/0", 0, "", "a").marked("a").stored("t/0", 1, "", "b").goes("b", 1), "not-written", []uint64{2, 6, 7}},
		{"not marked", "written-all", outbox("a").stored("t/0", 0, "", "a"), "written-unmarked", []uint64{2}},
		{"in doubt, and what follows waits", "written-all", outbox("a", "b").stored("t/0", 0, "", "a").cutOff(), "written-unmarked", []uint64{3, 4}},

		{"each once", "records-done-once", stores("a", "").reads("t/0", 0).charged("a"), "", nil},
		{"a repeat that was known", "records-done-once", stores("a", "a").reads("t/0", 0).charged("a").reads("t/0", 1).again("a"), "", nil},
		{"a repeat that was not", "records-done-once", stores("a").crash().stored("t/0", 1, "", "a").charged("a").charged("a"), "record-done-twice", []uint64{1, 2, 3, 4, 5}},
		{"one record, done twice", "records-done-once", stores("a").charged("a").charged("a"), "record-done-twice", []uint64{1, 2, 3}},
		{"one not done", "records-done-once", stores("a", "b").reads("t/0", 0).charged("a"), "record-undone", []uint64{2}},
		{"nothing done", "records-done-once", stores("a").reads("t/0", 0), "no-record-done", []uint64{2}},
		{"moved past and lost", "records-done-once", stores("a").reads("t/0", 0).commits("t/0", 1).crash(), "record-lost", nil},
	}
}
