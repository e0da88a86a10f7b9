package labs

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

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
type Schedule struct {
	Kind  string // none, crash, disconnect, refuse or sweep
	After string // crash and disconnect: publish, deliver, ack, nack, reject, effect or commit
	Nth   int    // crash, disconnect and refuse: which of these events, from 1
	Fault string // sweep: crash or disconnect
}

var (
	scheduleForm = regexp.MustCompile(`^([a-z-]+)(?:\((.*)\))?$`)
	faultEvents  = []string{"publish", "deliver", "ack", "nack", "reject", "effect", "commit"}
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
	switch s.Kind {
	case "none":
	case "sweep":
		if s.Fault == "" {
			s.Fault = "crash"
		}
	case "crash", "disconnect":
		if s.After == "" || s.Nth < 1 {
			return Schedule{}, fmt.Errorf("schedule %q: want both after and nth", text)
		}
	case "refuse":
		if s.After != "effect" || s.Nth < 1 {
			return Schedule{}, fmt.Errorf("schedule %q: want after: effect, and nth", text)
		}
	default:
		return Schedule{}, fmt.Errorf("schedule %q: unknown kind, want none, crash, disconnect, refuse or sweep", text)
	}
	return s, nil
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
		case key == "fault" && (value == "crash" || value == "disconnect"):
			s.Fault = value
		case key == "nth":
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 {
				return fmt.Errorf("nth is %q, want a number from 1", value)
			}
			s.Nth = n
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
