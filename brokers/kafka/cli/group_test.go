package cli_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// TestConsumerProtocol: kafka-consumer-groups tells of a group with the consumer protocol
// as of any other.
func TestConsumerProtocol(t *testing.T) {
	at := cluster(t)
	tool := func(words ...string) string {
		out, _ := run(t.Context(), t, "", append([]string{words[0], "--bootstrap-server", at}, words[1:]...)...)
		return out
	}
	tool("kafka-topics", "--create", "--topic", "events", "--partitions", "2")
	cl, err := kgo.NewClient(kgo.SeedBrokers(at), kgo.ConsumerGroup("next"), kgo.ConsumeTopics("events"), kgo.ServerSideBalancer(), kgo.ClientID("me"),
		kgo.DisableAutoCommit(), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := cl.ProduceSync(ctx, &kgo.Record{Topic: "events", Value: []byte("x")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if fetches := cl.PollFetches(ctx); fetches.NumRecords() != 1 {
		t.Fatalf("read: %+v", fetches)
	}
	member, _ := cl.GroupMetadata()
	if got := strings.Join(strings.Fields(tool("kafka-consumer-groups", "--describe", "--group", "next")), " "); !strings.Contains(got, "next events 0 - 1 - "+member) {
		t.Errorf("what a member reads and nobody has committed: %s", got)
	}
	if err := cl.CommitUncommittedOffsets(ctx); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		words []string
		want  []string
	}{
		{[]string{"--list", "--type", "consumer"}, []string{"next Consumer"}},
		{[]string{"--describe", "--group", "next"}, []string{"next events 0 ", "next events 1 ", " 1 1 0 " + member + " /127.0.0.1 me"}},
		{[]string{"--describe", "--group", "next", "--members", "--verbose"}, []string{"next " + member + " /127.0.0.1 me 2 events(0,1)"}},
		{[]string{"--describe", "--group", "next", "--state"}, []string{" uniform Stable 1"}},
	} {
		got := ""
		for _, line := range strings.Split(tool(append([]string{"kafka-consumer-groups"}, c.words...)...), "\n") {
			got += strings.Join(strings.Fields(line), " ") + "\n"
		}
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%v says\n%s\nand not %q", c.words, got, want)
			}
		}
	}
	cl.Close()
	for began := time.Now(); !strings.Contains(tool("kafka-consumer-groups", "--describe", "--group", "next", "--state"), "Empty"); time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > patience {
			t.Fatal("the group is not empty")
		}
	}
	if got := tool("kafka-consumer-groups", "--delete", "--group", "next"); !strings.Contains(got, "was successful") {
		t.Errorf("delete says %s", got)
	}
}

// TestOneAction: kafka-consumer-groups does one thing at a time, and says what it needs.
func TestOneAction(t *testing.T) {
	at := cluster(t)
	for _, tt := range []struct {
		words string
		want  string
	}{
		{"--list --describe --group g", "exactly one action"},
		{"--group g", "exactly one action"},
		{"--describe", "Option [describe] takes one of these options: [all-groups], [group]"},
		{"--reset-offsets --group g", "Option [reset-offsets] takes one of these options: [all-topics], [topic]"},
		{"--delete-offsets --group g", "Option [delete-offsets] takes the following options: [topic], [group]"},
	} {
		out, code := run(t.Context(), t, "", append([]string{"kafka-consumer-groups", "--bootstrap-server", at}, strings.Fields(tt.words)...)...)
		if code != 1 || !strings.Contains(out, tt.want) {
			t.Errorf("%s: %d %s, want %q", tt.words, code, out, tt.want)
		}
	}
	if out, code := run(t.Context(), t, "", "kafka-consumer-groups", "--list"); code != 1 || !strings.Contains(out, "[bootstrap-server]") {
		t.Errorf("nowhere: %d %s", code, out)
	}
}
