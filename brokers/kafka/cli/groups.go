package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/brokerlab/brokerlab/brokers"
)

var groupsCommand = command{
	name:  "kafka-consumer-groups",
	about: "This tool helps to list all consumer groups, describe a consumer group, delete consumer group info, or reset consumer group offsets.",
	options: []option{
		{"all-groups", "", "Apply to all consumer groups."},
		{"all-topics", "", "Consider all topics assigned to a group in the `reset-offsets` process."},
		{"by-duration", "String: duration", "Reset offsets to offset by duration from current timestamp. Format: 'PnDTnHnMnS'."},
		{"command-config", "String: command config property file", "Property file containing configs to be passed to Admin Client."},
		{"delete", "", "Pass in groups to delete topic partition offsets and ownership information over the entire consumer group. For instance --group g1 --group g2."},
		{"delete-offsets", "", "Delete offsets of consumer group. Supports one consumer group at the time, and multiple topics."},
		{"describe", "", "Describe consumer group and list offset lag (number of messages not yet processed) related to given group."},
		{"dry-run", "", "Only show results without executing changes on Consumer Groups. Supported operations: reset-offsets."},
		{"execute", "", "Execute operation. Supported operations: reset-offsets."},
		{"export", "", "Export operation execution to a CSV file. Supported operations: reset-offsets."},
		{"from-file", "String: path to CSV file", "Reset offsets to values defined in CSV file."},
		{"group", "String: consumer group", "The consumer group we wish to act on."},
		{"list", "", "List all consumer groups."},
		{"members", "", "Describe members of the group. This option may be used with the '--describe' option only."},
		{"offsets", "", "Describe the group and list all topic partitions in the group along with their offset lag. This is the default sub-action of '--describe'."},
		{"reset-offsets", "", "Reset offsets of consumer group. Supports one consumer group at the time, and instances should be inactive. Has 2 execution options: --dry-run (the default) to plan which offsets to reset, and --execute to update the committed offsets."},
		{"shift-by", "Long: number-of-offsets", "Reset offsets shifting current offset by 'n', where 'n' can be positive or negative."},
		{"state", "[String]", "When specified with '--describe', includes the state of the group. When specified with '--list', it displays the state of all groups. It can also be used to list groups with specific states."},
		{"timeout", "Long: timeout (ms)", "The timeout that can be set for some use cases. (default: 5000)"},
		{"to-current", "", "Reset offsets to current offset."},
		{"to-datetime", "String: datetime", "Reset offsets to offset from datetime. Format: 'YYYY-MM-DDThh:mm:ss.sss'."},
		{"to-earliest", "", "Reset offsets to earliest offset."},
		{"to-latest", "", "Reset offsets to latest offset."},
		{"to-offset", "Long: offset", "Reset offsets to a specific offset."},
		{"topic", "String: topic", "The topic whose consumer group information should be deleted or topic which should be included in the reset offset process. When resetting offsets, partitions can be specified using this format: 'topic1:0,1,2'."},
		{"type", "[String]", "When specified with '--list', it displays the types of all the groups. It can also be used to list groups with specific types."},
		{"verbose", "", "Provide additional information, if any, when describing the group. This option may be used with '--offsets'/'--members'/'--state'."},
	},
}

// groups is kafka-consumer-groups.
func groups(c *call) int {
	actions := 0
	for _, name := range []string{"list", "describe", "delete", "reset-offsets", "delete-offsets"} {
		if c.has(name) {
			actions++
		}
	}
	action := c.first("list", "describe", "delete", "reset-offsets", "delete-offsets")
	switch {
	case !c.has("bootstrap-server"):
		return c.misused("Missing required argument \"[bootstrap-server]\"")
	case actions != 1:
		return c.misused("Command must include exactly one action: --list, --describe, --delete, --reset-offsets, --delete-offsets")
	case action != "list" && !c.has("group") && !c.has("all-groups"):
		return c.misused("Option [%s] takes one of these options: [all-groups], [group]", action)
	case action == "reset-offsets" && !c.has("topic") && !c.has("all-topics"):
		return c.misused("Option [reset-offsets] takes one of these options: [all-topics], [topic]")
	case action == "delete-offsets" && !c.has("topic"):
		return c.misused("Option [delete-offsets] takes the following options: [topic], [group]")
	}
	adm, ok := c.admin("listGroups(api=LIST_GROUPS)")
	if !ok {
		return exitUsage
	}
	defer adm.Close()
	var err error
	switch action {
	case "list":
		err = c.listGroups(adm)
	case "describe":
		err = c.describeGroups(adm)
	case "delete":
		err = c.deleteGroups(adm)
	case "reset-offsets":
		err = c.resetOffsets(adm)
	default:
		err = c.deleteOffsets(adm)
	}
	switch {
	case err == nil:
		return 0
	case c.stopped(err):
		return brokers.ExitInterrupted
	}
	fmt.Fprintf(c.io.Out, "\nError: %s\n", err)
	return exitUsage
}

func (c *call) listGroups(adm *kadm.Client) error {
	listed, err := adm.ListGroups(c.ctx)
	if err != nil {
		return errors.New(reason(err, ""))
	}
	next, err := adm.ListGroupsByType(c.ctx, []string{consumerType})
	if err != nil {
		return errors.New(reason(err, ""))
	}
	t := table{{"GROUP"}}
	if c.has("type") {
		t[0] = append(t[0], "TYPE")
	}
	if c.has("state") {
		t[0] = append(t[0], "STATE")
	}
	for _, g := range listed.Sorted() {
		groupType := classicType
		if _, ok := next[g.Group]; ok {
			groupType = consumerType
		}
		if !c.among("state", g.State) || !c.among("type", groupType) {
			continue
		}
		row := []string{g.Group}
		if c.has("type") {
			row = append(row, groupType)
		}
		if c.has("state") {
			row = append(row, g.State)
		}
		t = append(t, row)
	}
	if len(t[0]) > 1 {
		t.print(c, 0)
		return nil
	}
	for _, row := range t[1:] {
		fmt.Fprintln(c.io.Out, row[0])
	}
	return nil
}

// The types of groups: the protocols by which their members agree.
const (
	classicType  = "Classic"
	consumerType = "Consumer"
)

// among reports whether a word is one of those that a flag lists, whatever their case; a
// flag without words takes every one.
func (c *call) among(flag, word string) bool {
	list := c.last(flag)
	return list == "" || slices.ContainsFunc(strings.Split(list, ","), func(s string) bool { return strings.EqualFold(strings.TrimSpace(s), word) })
}

// wanted are the groups that the flags name.
func (c *call) wanted(adm *kadm.Client) ([]string, error) {
	if !c.has("all-groups") {
		return c.given["group"], nil
	}
	listed, err := adm.ListGroups(c.ctx)
	if err != nil {
		return nil, errors.New(reason(err, ""))
	}
	names := listed.Groups()
	slices.Sort(names)
	return names, nil
}

func (c *call) describeGroups(adm *kadm.Client) error {
	names, err := c.wanted(adm)
	if err != nil {
		return err
	}
	for _, name := range names {
		g, err := c.described(adm, name)
		if err != nil {
			return err
		}
		switch {
		case c.has("members"):
			c.describeMembers(g)
		case c.has("state"):
			c.describeState(g)
		default:
			err = c.describeOffsets(adm, g)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// standing says of a group without members, or on the way to others, that it is so.
func (c *call) standing(g group) {
	switch g.state {
	case "Empty":
		fmt.Fprintf(c.io.Err, "\nConsumer group '%s' has no active members.\n", g.name)
	case "PreparingRebalance", "CompletingRebalance", "Assigning", "Reconciling":
		fmt.Fprintf(c.io.Err, "\nWarning: Consumer group '%s' is rebalancing.\n", g.name)
	}
}

func (c *call) describeMembers(g group) {
	c.standing(g)
	if len(g.members) == 0 {
		return
	}
	t := table{{"GROUP", "CONSUMER-ID", "HOST", "CLIENT-ID", "#PARTITIONS"}}
	if c.has("verbose") {
		t[0] = append(t[0], "ASSIGNMENT")
	}
	for _, m := range g.members {
		n := 0
		var texts []string
		for _, topic := range m.assigned.Sorted() {
			n += len(topic.Partitions)
			texts = append(texts, topic.Topic+"("+ids(topic.Partitions)+")")
		}
		row := []string{g.name, m.id, m.host, m.client, strconv.Itoa(n)}
		if c.has("verbose") {
			row = append(row, strings.Join(texts, ", "))
		}
		t = append(t, row)
	}
	t.print(c, 0)
}

func (c *call) describeState(g group) {
	c.standing(g)
	at := fmt.Sprintf("%s:%d (%d)", g.coordinator.Host, g.coordinator.Port, g.coordinator.NodeID)
	table{{"GROUP", "COORDINATOR (ID)", "ASSIGNMENT-STRATEGY", "STATE", "#MEMBERS"},
		{g.name, at, g.protocol, g.state, strconv.Itoa(len(g.members))}}.print(c, 15)
}

// describeOffsets is a line for each partition that the group reads, or has read.
func (c *call) describeOffsets(adm *kadm.Client, g group) error {
	committed, ends, err := c.offsetsOf(adm, g)
	if err != nil {
		return err
	}
	c.standing(g)
	t := table{{"GROUP", "TOPIC", "PARTITION", "CURRENT-OFFSET", "LOG-END-OFFSET", "LAG", "CONSUMER-ID", "HOST", "CLIENT-ID"}}
	for _, topic := range ends.Offsets().TopicsSet().Sorted() {
		for _, p := range topic.Partitions {
			end, _ := ends.Lookup(topic.Topic, p)
			row := []string{g.name, topic.Topic, strconv.Itoa(int(p)), "-", dash(end.Offset), "-", "-", "-", "-"}
			if at, ok := committed.Lookup(topic.Topic, p); ok && at.At >= 0 {
				row[3] = dash(at.At)
				if end.Offset >= 0 {
					row[5] = dash(max(end.Offset-at.At, 0))
				}
			}
			for _, m := range g.members {
				if m.assigned.Lookup(topic.Topic, p) {
					row[6], row[7], row[8] = m.id, m.host, m.client
				}
			}
			t = append(t, row)
		}
	}
	if len(t) > 1 {
		t.print(c, 0)
	}
	return nil
}

// dash writes an offset, or a dash for none.
func dash(n int64) string {
	if n < 0 {
		return "-"
	}
	return strconv.FormatInt(n, 10)
}

func (c *call) deleteGroups(adm *kadm.Client) error {
	names, err := c.wanted(adm)
	if err != nil {
		return err
	}
	var done, not []string
	for _, name := range names {
		resp, err := adm.DeleteGroup(c.ctx, name)
		if err == nil {
			err = resp.Err
		}
		if err != nil {
			not = append(not, fmt.Sprintf("* Group '%s' could not be deleted due to: %s: %s", name, exception(err), reason(err, resp.ErrMessage)))
			continue
		}
		done = append(done, "'"+name+"'")
	}
	if len(not) == 0 {
		fmt.Fprintf(c.io.Out, "Deletion of requested consumer groups (%s) was successful.\n", strings.Join(done, ", "))
		return nil
	}
	if len(done) > 0 {
		fmt.Fprintf(c.io.Out, "\nThese consumer groups were deleted successfully: %s\n", strings.Join(done, ", "))
	}
	return fmt.Errorf("Deletion of some consumer groups failed:\n%s", strings.Join(not, "\n")) //nolint:staticcheck // the tool's own words
}

func (c *call) deleteOffsets(adm *kadm.Client) error {
	group := c.last("group")
	if _, err := c.described(adm, group); err != nil {
		return err
	}
	set, err := c.chosen(adm, group)
	if err != nil {
		return err
	}
	resp, err := adm.DeleteOffsets(c.ctx, group, set)
	if err != nil {
		return errors.New(reason(err, ""))
	}
	fmt.Fprintf(c.io.Out, "Request succeeded for deleting offsets from group %s.\n", group)
	t := table{{"TOPIC", "PARTITION", "STATUS"}}
	for _, p := range set.Sorted() {
		for _, n := range p.Partitions {
			status := "Successful"
			if err, ok := resp.Lookup(p.Topic, n); ok && err != nil {
				status = "Error: " + reason(err, "")
			}
			t = append(t, []string{p.Topic, strconv.Itoa(int(n)), status})
		}
	}
	t.print(c, 15)
	return nil
}

// A table is rows of text, the heading first.
type table [][]string

// print prints the table under an empty line, its columns as wide as their longest
// text, and at least so wide. Where Kafka's own tool has a least width, lines of 150
// columns come of it; the terminals here have half of that, so the longest tables have none.
func (t table) print(c *call, least int) {
	widths := make([]int, len(t[0]))
	for i, title := range t[0] {
		switch {
		case title == "PARTITION" && least > 0:
			widths[i] = 10
		case strings.HasPrefix(title, "#"):
			widths[i] = len(title)
		default:
			widths[i] = max(len(title), least)
		}
	}
	for _, row := range t {
		for i, text := range row {
			widths[i] = max(widths[i], len(text))
		}
	}
	fmt.Fprintln(c.io.Out)
	for _, row := range t {
		var line strings.Builder
		for i, text := range row {
			if i > 0 {
				line.WriteByte(' ')
			}
			if i == len(row)-1 {
				line.WriteString(text)
				continue
			}
			fmt.Fprintf(&line, "%-*s", widths[i], text)
		}
		fmt.Fprintln(c.io.Out, line.String())
	}
}
