package connect

import (
	"fmt"
	"strconv"

	"github.com/brokerlab/brokerlab/brokers"
)

// tolerance begins what a task says that met a record which it may not step over.
const tolerance = "Tolerance exceeded in error handler"

// exceeded ends a task for a record that it could not handle.
func exceeded(err error) error {
	return fmt.Errorf("org.apache.kafka.connect.errors.ConnectException: %s\nCaused by: %w", tolerance, err)
}

// said is an error in Connect's own words.
type said string

func (e said) Error() string { return string(e) }

// Stages at which a record can fail.
const (
	stageKey       = "KEY_CONVERTER"
	stageValue     = "VALUE_CONVERTER"
	stageTransform = "TRANSFORMATION"
	stagePut       = "TASK_PUT"
)

// reject does with a record that cannot be handled what the configuration says: it steps
// over it, keeps it in the dead letter queue, or returns the error that ends the task.
func (s *sink) reject(r *Record, stage string, err error) error {
	if s.setting("errors.tolerance") != "all" {
		return exceeded(err)
	}
	topic := s.setting("errors.deadletterqueue.topic.name")
	what := "steps over a record"
	if topic != "" {
		what = "puts a record aside in " + topic
	}
	s.t.c.w.record(brokers.Event{Kind: brokers.Refused, Place: s.t.name(), Label: s.t.c.w.cfg.Label(r.rawValue), Reason: what + ": " + clip(err.Error())})
	if topic == "" {
		return nil
	}
	headers := r.Headers
	if s.setting("errors.deadletterqueue.context.headers.enable") == "true" {
		headers = append(headers[:len(headers):len(headers)], s.context(r, stage, err)...)
	}
	return s.keep(topic, r, headers)
}

// context is what the headers of a dead letter say.
func (s *sink) context(r *Record, stage string, err error) []Header {
	const prefix = "__connect.errors."
	text := map[string]string{
		"topic": r.Topic, "partition": strconv.Itoa(int(r.Partition)), "offset": strconv.FormatInt(r.Offset, 10),
		"connector.name": s.t.c.name, "task.id": strconv.Itoa(s.t.id), "stage": stage, "exception.message": clip(err.Error()),
	}
	var out []Header
	for _, name := range []string{"topic", "partition", "offset", "connector.name", "task.id", "stage", "exception.message"} {
		out = append(out, Header{prefix + name, []byte(text[name])})
	}
	return out
}
