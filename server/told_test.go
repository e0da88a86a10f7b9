package server

import (
	"testing"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/course"
	"github.com/brokerlab/brokerlab/grader"
)

func TestAClusterIsToldByWhatMattersAtEachPlace(t *testing.T) {
	all, err := loadWords()
	if err != nil {
		t.Fatal(err)
	}
	end := brokers.State{
		Places: []brokers.Place{
			{Kind: "node", Name: "node-1", Detail: map[string]any{"node": 1, "up": true, "controller": true}},
			{Kind: "node", Name: "node-2", Detail: map[string]any{"node": 2, "up": false, "controller": false}},
			{Kind: "partition", Name: "orders/0", Ready: 1, Tokens: []brokers.Token{{Message: 1, Label: "4"}, {Message: 2, Label: "5", State: "dead"}}, Detail: map[string]any{
				"base": int64(2), "end": int64(5), "hw": int64(4), "stable": int64(3), "leader": 1, "isr": []int{1, 3}, "offsets": []int64{4},
			}},
			{Kind: "partition", Name: "orders/1", Detail: map[string]any{"base": 0, "end": 0, "hw": 0, "stable": 0, "leader": 0, "isr": []int{2}}},
			{Kind: "group", Name: "charge", Detail: map[string]any{"state": "Stable", "generation": 2, "members": 2, "offsets": map[string]int64{"orders/0": 4}}},
			{Kind: "consumer", Name: "a", Detail: map[string]any{"group": "charge", "lag": map[string]int64{"orders/1": 2, "orders/0": 1}}},
			{Kind: "consumer", Name: "b", Detail: map[string]any{"group": "charge", "lag": map[string]int64{}}},
			{Kind: "transaction", Name: "shop", Detail: map[string]any{"state": "aborted"}},
			{Kind: "queue", Name: "jobs", Ready: 3, Detail: map[string]any{"durable": true}},
			{Kind: "consumer", Name: "worker", InFlight: 1, Detail: map[string]any{"queue": "jobs", "prefetch": 1}},
		},
		Flows: []brokers.Flow{{From: "node:1", To: "partition:orders/0", Label: "leads"}},
	}
	want := map[string][]string{
		"en": {"leads 1 partition, controller", "down", "led by node 1; in sync: 1, 3; starts at offset 2, next offset 5; high watermark 4; transactions are open from offset 3 on; record 4; aborted: 5",
			"no leader; in sync: 2; starts at offset 0, next offset 0", "2 members; orders/0 committed up to offset 4", "reads orders/0, orders/1, lag 3", "has nothing to read", "aborted"},
		"ru": {"ведёт 1 партицию, контроллер", "выключен", "лидер\u00a0— узел 1; синхронны: 1, 3; начинается со смещения 2, следующее смещение 5; верхняя граница 4; со смещения 3 открыты транзакции; записи: 4; отменено: 5",
			"", "", "читает orders/0, orders/1, отставание 3", "читать нечего", "отменена"},
	}
	for lang, says := range want {
		var run course.ToldRun
		all[lang].tellEnd(&run, grader.Played{End: end})
		if len(run.Ends) != len(says) || len(run.Places) != 2 || run.Places[0].Ready != 3 || run.Places[1].InFlight != 1 {
			t.Fatalf("%s: %+v", lang, run)
		}
		for i, want := range says {
			if got := run.Ends[i].Says; want != "" && got != want {
				t.Errorf("%s: %s: %q, want %q", lang, run.Ends[i].Name, got, want)
			}
		}
	}
}

func TestActionsTellOnlyWhatTheyChange(t *testing.T) {
	same, other := course.ToldEnd{Kind: "node", Name: "node-1", Says: "leads 1"}, course.ToldEnd{Kind: "node", Name: "node-1", Says: "down"}
	told := course.Told{Runs: []course.ToldRun{{Ends: []course.ToldEnd{same}}, {Ends: []course.ToldEnd{same}}, {Ends: []course.ToldEnd{other}}}}
	told.OnlyChanges()
	if len(told.Runs[0].Ends) != 1 || len(told.Runs[1].Ends) != 0 || len(told.Runs[2].Ends) != 1 {
		t.Errorf("%+v", told)
	}
}
