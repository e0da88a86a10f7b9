package labs

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// A Schedule says which faults a check is judged under.
//
//	none                            a run without a fault
//	crash(after: effect, nth: 3)    killed at the third effect
//	disconnect(after: ack, nth: 1)  every connection lost at the first ack
//	refuse(after: effect, nth: 3)   the service answers the third request with 503, and does nothing
//	sweep                           crash at each fault point, 25 at most, drawn by the seed
//	sweep(fault: disconnect)        the same with lost connections
//	sweep(after: publish)           at the fault points that are publishes only
//
// Of a cluster:
//
//	node-down(node: 2, after: publish, nth: 3)               the node is down from there on
//	node-down(leads: orders/0, after: publish, nth: 3)       the node that leads the partition is
//	node-down(follows: orders/0, after: publish, nth: 3)     all that follow are: the leader is alone
//	node-down(node: 2, after: publish, nth: 3, back: 30s)    it comes back by the broker's clock
//	leader-move(place: orders/0, after: deliver, nth: 2)     another replica leads the partition
//	rebalance(group: billing, after: effect, nth: 3)         the group shares out its partitions anew: as many
//	                                                         members more come, get a share and go, while a
//	                                                         service takes its time for the answer
//	sweep(fault: node-down, leads: orders/0)                 each of them at each fault point, too
type Schedule struct {
	Kind  string // none, crash, disconnect, refuse, node-down, leader-move, rebalance or sweep
	After string // publish, deliver, ack, nack, reject, effect or commit
	Nth   int    // which of these events, from 1
	Fault string // sweep: crash, disconnect, node-down, leader-move or rebalance

	Node  int           // node-down: the node, from 1; 0 for the one that leads Place
	Place string        // node-down and leader-move: a partition, as orders/0
	Rest  bool          // node-down: not the node that leads Place, but all the others that have it
	Group string        // rebalance: a consumer group
	Back  time.Duration // node-down: when the node is up again, by the broker's clock; 0 for never
}

var (
	partition    = regexp.MustCompile(`^[A-Za-z0-9._-]+/[0-9]+$`)
	scheduleForm = regexp.MustCompile(`^([a-z-]+)(?:\((.*)\))?$`)
	faultEvents  = []string{"publish", "deliver", "ack", "nack", "reject", "effect", "commit"}
	faultKinds   = []string{"crash", "disconnect", "node-down", "leader-move", "rebalance"}
)

// ParseSchedule reads a schedule as lab.yaml has it.
func ParseSchedule(text string) (Schedule, error) {
	m := scheduleForm.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return Schedule{}, fmt.Errorf("schedule %q: want a form such as none, sweep or crash(after: ack, nth: 1)", text)
	}
	s := Schedule{Kind: m[1]}
	if err := s.arguments(m[2]); err != nil {
		return Schedule{}, fmt.Errorf("schedule %q: %w", text, err)
	}
	if err := s.check(); err != nil {
		return Schedule{}, fmt.Errorf("schedule %q: %w", text, err)
	}
	return s, nil
}

// check looks whether a schedule has what its kind needs, and nothing else.
func (s *Schedule) check() error {
	fault := s.Kind
	switch {
	case s.Kind == "none":
	case s.Kind == "sweep":
		s.Fault = cmp.Or(s.Fault, "crash")
		fault = s.Fault
		if s.Nth > 0 {
			return errors.New("a sweep visits every fault point: want no nth")
		}
	case s.Kind == "refuse":
		if s.After != "effect" || s.Nth < 1 {
			return errors.New("want after: effect, and nth")
		}
	case !slices.Contains(faultKinds, s.Kind):
		return errors.New("unknown kind, want none, refuse, sweep, " + strings.Join(faultKinds, ", "))
	case s.After == "" || s.Nth < 1:
		return errors.New("want both after and nth")
	}
	switch {
	case s.Fault != "" && s.Kind != "sweep":
		return errors.New("fault is for a sweep")
	case fault == "node-down" && (s.Node == 0) == (s.Place == ""):
		return errors.New("want either node, from 1, or leads or follows: a partition, such as orders/0")
	case fault == "leader-move" && s.Place == "":
		return errors.New("want place: a partition, such as orders/0")
	case fault == "rebalance" && s.Group == "":
		return errors.New("want group")
	case fault != "node-down" && (s.Node > 0 || s.Back > 0 || s.Rest), fault != "node-down" && fault != "leader-move" && s.Place != "", fault != "rebalance" && s.Group != "":
		return fmt.Errorf("%s takes no such argument", fault)
	}
	return nil
}

// arguments reads "key: value, key: value".
func (s *Schedule) arguments(list string) error {
	if list == "" {
		return nil
	}
	for part := range strings.SplitSeq(list, ",") {
		key, value, _ := strings.Cut(part, ":")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		switch {
		case key == "after" && slices.Contains(faultEvents, value):
			s.After = value
		case key == "fault" && slices.Contains(faultKinds, value):
			s.Fault = value
		case key == "nth" || key == "node":
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 {
				return fmt.Errorf("%s is %q, want a number from 1", key, value)
			}
			*map[string]*int{"nth": &s.Nth, "node": &s.Node}[key] = n
		case slices.Contains([]string{"place", "leads", "follows"}, key) && partition.MatchString(value):
			s.Place, s.Rest = value, key == "follows"
		case key == "group" && value != "":
			s.Group = value
		case key == "back":
			d, err := time.ParseDuration(value)
			if err != nil || d <= 0 {
				return fmt.Errorf("back is %q, want a time, such as 30s", value)
			}
			s.Back = d
		default:
			return fmt.Errorf("argument %q: %q is not known", key, value)
		}
	}
	return nil
}

// UnmarshalYAML reads the schedule of a check.
func (s *Schedule) UnmarshalYAML(node *yaml.Node) error {
	parsed, err := ParseSchedule(node.Value)
	if err != nil {
		return fmt.Errorf("line %d: %w", node.Line, err)
	}
	*s = parsed
	return nil
}
