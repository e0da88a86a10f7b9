package labs

// A Room says how much of a cluster the picture of a lab shows before anything has
// happened, so that the page can keep the room for it.
type Room struct {
	Partitions int `json:"partitions"`
	Services   int `json:"services"`
}

// Room counts what a lab's Kafka begins with; nil for a lab without Kafka, and for one
// whose topics are yet to be made.
func (l *Lab) Room() *Room {
	partitions := make(map[any]int)
	for _, b := range l.Brokers {
		if b.Name != "kafka" {
			continue
		}
		for _, a := range b.Actions {
			switch topic := a.With["topic"]; a.Do {
			case "topic", "partitions":
				partitions[topic] = 1
				if n, ok := a.With["partitions"].(int); ok {
					partitions[topic] = n
				}
			case "delete":
				delete(partitions, topic)
			}
		}
	}
	room := Room{Services: len(l.Services)}
	for _, n := range partitions {
		room.Partitions += n
	}
	if room.Partitions == 0 {
		return nil
	}
	return &room
}
