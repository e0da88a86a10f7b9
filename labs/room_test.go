package labs_test

import (
	"testing"

	"github.com/brokerlab/brokerlab/labs"
)

func TestRoomOfALab(t *testing.T) {
	action := func(do string, with map[string]any) labs.Action { return labs.Action{Do: do, With: with} }
	topics := []labs.Action{
		action("topic", map[string]any{"topic": "orders", "partitions": 2}),
		action("topic", map[string]any{"topic": "counts"}),
		action("topic", map[string]any{"topic": "old", "partitions": 9}),
		action("produce", map[string]any{"topic": "orders", "partition": 1}),
		action("partitions", map[string]any{"topic": "orders", "partitions": 3}),
		action("delete", map[string]any{"topic": "old"}),
	}
	lab := labs.Lab{Brokers: []labs.Broker{{Name: "kafka", Actions: topics}}, Services: []string{"ledger"}}
	if got := lab.Room(); got == nil || *got != (labs.Room{Partitions: 4, Services: 1}) {
		t.Errorf("room %v, want 4 partitions and 1 service", got)
	}
	for name, brokers := range map[string][]labs.Broker{"rabbitmq": {{Name: "rabbitmq"}}, "a kafka that is empty": {{Name: "kafka"}}} {
		if got := (&labs.Lab{Brokers: brokers}).Room(); got != nil {
			t.Errorf("%s: room %v, want none", name, *got)
		}
	}
}
