package cli

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

// chosen are the partitions that --topic names, as topic or topic:0,1; with
// --all-topics those of which the group has committed something.
func (c *call) chosen(adm *kadm.Client, group string) (kadm.TopicsSet, error) {
	set := make(kadm.TopicsSet)
	if c.has("all-topics") {
		committed, err := adm.FetchOffsets(c.ctx, group)
		if err != nil {
			return nil, errors.New(reason(err, ""))
		}
		committed.Each(func(o kadm.OffsetResponse) { set.Add(o.Topic, o.Partition) })
		return set, nil
	}
	for _, text := range c.given["topic"] {
		topic, parts, some := strings.Cut(text, ":")
		found, err := adm.ListTopicsWithInternal(c.ctx, topic)
		if err == nil {
			err = found[topic].Err
		}
		if err != nil {
			return nil, errors.New(reason(err, ""))
		}
		set.Add(topic, found[topic].Partitions.Numbers()...)
		if !some {
			continue
		}
		delete(set, topic)
		for _, part := range strings.Split(parts, ",") {
			n, err := strconv.ParseInt(strings.TrimSpace(part), 10, 32)
			if err != nil {
				return nil, fmt.Errorf("Invalid partition '%s' in '%s'", part, text) //nolint:staticcheck // the tool's own words
			}
			set.Add(topic, int32(n))
		}
	}
	return set, nil
}

// resetOffsets moves groups to other offsets, or shows to which they would be moved.
func (c *call) resetOffsets(adm *kadm.Client) error {
	names, err := c.wanted(adm)
	if err != nil {
		return err
	}
	if c.has("execute") && c.has("dry-run") || c.has("export") && c.has("execute") {
		return errors.New("Option [reset-offsets] only accepts one of [dry-run], [execute]") //nolint:staticcheck // the tool's own words
	}
	if c.first("execute", "dry-run", "export") == "" {
		fmt.Fprintln(c.io.Err, "WARN: No action will be performed as the --execute option is missing. In a future major release, the default behavior of this command will be to prompt the user before executing the reset rather than doing a dry run. You should add the --dry-run option explicitly if you are scripting this command and want to keep the current default behavior without prompting.")
	}
	t := table{}
	for _, group := range names {
		plan, err := c.plan(adm, group)
		if err != nil {
			return err
		}
		if c.has("execute") {
			if err := adm.CommitAllOffsets(c.ctx, group, plan); err != nil {
				return errors.New(reason(err, ""))
			}
		}
		for _, o := range plan.Sorted() {
			t = append(t, []string{group, o.Topic, strconv.Itoa(int(o.Partition)), strconv.FormatInt(o.At, 10)})
		}
	}
	if c.has("export") {
		for _, row := range t {
			if len(names) == 1 {
				row = row[1:]
			}
			fmt.Fprintln(c.io.Out, strings.Join(row, ","))
		}
		return nil
	}
	fmt.Fprintf(c.io.Out, "\n%-30s %-30s %-10s %-15s\n", "GROUP", "TOPIC", "PARTITION", "NEW-OFFSET")
	for _, row := range t {
		fmt.Fprintf(c.io.Out, "%-30s %-30s %-10s %-15s\n", row[0], row[1], row[2], row[3])
	}
	return nil
}

// plan is where a group is to go. A group at work cannot be moved.
func (c *call) plan(adm *kadm.Client, group string) (kadm.Offsets, error) {
	all, err := adm.DescribeGroups(c.ctx, group)
	if err != nil {
		return nil, errors.New(reason(err, ""))
	}
	if state := all[group].State; state != "Empty" && state != "Dead" && state != "" {
		return nil, fmt.Errorf("Assignments can only be reset if the group '%s' is inactive, but the current state is %s.", group, state) //nolint:staticcheck // the tool's own words
	}
	set, err := c.chosen(adm, group)
	if err != nil {
		return nil, err
	}
	to, err := c.target(adm, group, set.Topics())
	if err != nil {
		return nil, err
	}
	plan := make(kadm.Offsets)
	starts, err := adm.ListStartOffsets(c.ctx, set.Topics()...)
	if err != nil {
		return nil, errors.New(reason(err, ""))
	}
	ends, err := adm.ListEndOffsets(c.ctx, set.Topics()...)
	if err != nil {
		return nil, errors.New(reason(err, ""))
	}
	for _, topic := range set.Sorted() {
		for _, p := range topic.Partitions {
			start, _ := starts.Lookup(topic.Topic, p)
			end, ok := ends.Lookup(topic.Topic, p)
			if !ok || end.Err != nil {
				return nil, fmt.Errorf("Unable to find partition %s-%d", topic.Topic, p) //nolint:staticcheck // the tool's own words
			}
			at := to(topic.Topic, p, start.Offset, end.Offset)
			if inside := min(max(at, start.Offset), end.Offset); inside != at {
				side := "higher than latest"
				if at < start.Offset {
					side = "lower than earliest"
				}
				c.log("WARN", "New offset (%d) is %s offset for topic partition %s-%d. Value will be set to %d (org.apache.kafka.tools.consumer.group.ConsumerGroupCommand)", at, side, topic.Topic, p, inside)
				at = inside
			}
			plan.AddOffset(topic.Topic, p, at, -1)
		}
	}
	return plan, nil
}

// A target gives the new offset of a partition that reaches from start to end.
type target func(topic string, partition int32, start, end int64) int64

// target reads the flag that says where to.
func (c *call) target(adm *kadm.Client, group string, topics []string) (target, error) {
	switch flag := c.first("to-earliest", "to-latest", "to-offset", "shift-by", "to-current", "to-datetime", "by-duration"); flag {
	case "to-earliest":
		return func(_ string, _ int32, start, _ int64) int64 { return start }, nil
	case "to-latest":
		return func(_ string, _ int32, _, end int64) int64 { return end }, nil
	case "to-offset":
		n, err := strconv.ParseInt(c.last(flag), 10, 64)
		return func(string, int32, int64, int64) int64 { return n }, unreadable(flag, c.last(flag), err)
	case "shift-by", "to-current":
		by := int64(0)
		if flag == "shift-by" {
			var err error
			if by, err = strconv.ParseInt(c.last(flag), 10, 64); err != nil {
				return nil, unreadable(flag, c.last(flag), err)
			}
		}
		committed, err := adm.FetchOffsets(c.ctx, group)
		if err != nil {
			return nil, errors.New(reason(err, ""))
		}
		return func(topic string, p int32, _, end int64) int64 {
			if o, ok := committed.Lookup(topic, p); ok && o.At >= 0 {
				return o.At + by
			}
			return end
		}, nil
	case "to-datetime":
		at, err := moment(c.last(flag))
		if err != nil {
			return nil, err
		}
		return c.after(c.ctx, adm, topics, at)
	case "by-duration":
		span, err := duration(c.last(flag))
		if err != nil {
			return nil, err
		}
		return c.after(c.ctx, adm, topics, time.Now().Add(-span))
	}
	return nil, errors.New("Option '[reset-offsets]' requires one of the following scenarios: [to-offset], [shift-by], [to-datetime], [by-duration], [to-earliest], [to-latest], [to-current], [from-file]") //nolint:staticcheck // the tool's own words
}

func unreadable(flag, value string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("Cannot parse argument '%s' of option %s", value, flag) //nolint:staticcheck // the tool's own words
}

// moment reads a point of time, in UTC unless it says otherwise.
func moment(text string) (at time.Time, err error) {
	for _, layout := range []string{"2006-01-02T15:04:05.000", "2006-01-02T15:04:05", "2006-01-02T15:04:05.000Z07:00", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04"} {
		if at, err = time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	return at, fmt.Errorf("Unparseable date: \"%s\"", text) //nolint:staticcheck // the tool's own words
}

// isoDuration is how java.time.Duration is written: P2DT3H4M5S.
var isoDuration = regexp.MustCompile(`^(?i)P(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9})S)?)?$`)

// duration reads a span of time.
func duration(text string) (time.Duration, error) {
	parts := isoDuration.FindStringSubmatch(text)
	if parts == nil || strings.Join(parts[1:], "") == "" {
		return 0, errors.New("Text cannot be parsed to a Duration") //nolint:staticcheck // Java's own words
	}
	var span time.Duration
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		n, _ := strconv.ParseInt("0"+parts[i+1], 10, 64) // digits only
		span += time.Duration(n) * unit
	}
	return span, nil
}

// after is the first offset at or after a time; without one, the end.
func (c *call) after(ctx context.Context, adm *kadm.Client, topics []string, at time.Time) (target, error) {
	listed, err := adm.ListOffsetsAfterMilli(ctx, at.UnixMilli(), topics...)
	if err != nil {
		return nil, errors.New(reason(err, ""))
	}
	return func(topic string, p int32, _, end int64) int64 {
		if o, ok := listed.Lookup(topic, p); ok && o.Err == nil && o.Offset >= 0 {
			return o.Offset
		}
		return end
	}, nil
}
