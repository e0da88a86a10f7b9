package labs

import "maps"

// setting turns the first state of a lab's RabbitMQ into steps of a scene.
func (l *Lab) setting() []Step {
	var steps []Step
	for _, b := range l.Brokers {
		for _, a := range b.Actions {
			with := maps.Clone(a.With)
			switch {
			case a.Do == "declare" && with["queue"] != nil:
				with["name"] = with["queue"]
				delete(with, "queue")
				steps = append(steps, Step{Do: "queue", With: with})
			case a.Do == "declare":
				with["name"] = with["exchange"]
				delete(with, "exchange")
				steps = append(steps, Step{Do: "exchange", With: with})
			case a.Do == "bind":
				steps = append(steps, Step{Do: "bind", With: with})
			}
		}
	}
	return steps
}

// A WantedBinding is a step of a scene: a queue is bound to an exchange.
type WantedBinding struct{ Exchange, Queue, Pattern string }

// RoutingScene is what comes of bindings in the lab's first state, when keys are then published
// to the exchange of its table, one after the other. A message is called by its key.
func (l *Lab) RoutingScene(bindings []WantedBinding, keys []string) Scene {
	s := Scene{Broker: "rabbitmq", Setup: l.setting()}
	for _, b := range bindings {
		s.Steps = append(s.Steps, Step{Do: "bind", With: map[string]any{"exchange": b.Exchange, "queue": b.Queue, "key": b.Pattern}})
	}
	exchange := l.Routing().Exchange
	for _, key := range keys {
		s.Steps = append(s.Steps, Step{Do: "publish", With: map[string]any{"exchange": exchange, "key": key, "label": key}})
	}
	return s
}
