package property

import "github.com/brokerlab/brokerlab/brokers"

// writes adds a record to t/0 in the transaction that is open there.
func (s *story) writes(label string) *story {
	return s.add(brokers.Event{Kind: brokers.Published, Source: "kafka", Place: "t/0", Label: label, Reason: "counts-1", Client: "p", Line: 20})
}

// ends writes the marker of a transaction into t/0.
func (s *story) ends(kind brokers.Kind) *story {
	return s.add(brokers.Event{Kind: kind, Source: "kafka", Key: "counts-1"}).add(brokers.Event{Kind: kind, Source: "kafka", Key: "counts-1", Place: "t/0"})
}

func resulted() []ruling {
	all := func() *story { return (&story{}).writes("KZ 3").writes("UZ 1").ends(brokers.TxnCommit) }
	return []ruling{
		{"both, in a transaction", "results-exactly", all(), "", nil},
		{"both, without", "results-exactly", stores("KZ 3", "UZ 1"), "", nil},
		{"aborted, then written again", "results-exactly", (&story{}).writes("KZ 3").crash().ends(brokers.TxnAbort).writes("KZ 3").writes("UZ 1").ends(brokers.TxnCommit), "", nil},
		{"aborted", "results-exactly", (&story{}).writes("KZ 3").ends(brokers.TxnAbort), "no-result", nil},
		{"left open", "results-exactly", (&story{}).writes("KZ 3"), "no-result", nil},
		{"twice", "results-exactly", all().crash().writes("KZ 3").ends(brokers.TxnCommit), "result-twice", []uint64{1, 5, 6}},
		{"another count", "results-exactly", stores("KZ 3", "UZ 2"), "result-wrong", []uint64{2}},
		{"a correction is one too many", "results-exactly", stores("KZ 3", "UZ 1", "UZ 2"), "result-wrong", []uint64{3}},
		{"nobody asked", "results-exactly", stores("KZ 3", "RU 1"), "result-surplus", []uint64{2}},
		{"one is missing", "results-exactly", stores("KZ 3"), "result-missing", nil},
		{"in another topic", "results-exactly", (&story{}).stored("tt/0", 0, "", "KZ 3"), "no-result", nil},
	}
}
