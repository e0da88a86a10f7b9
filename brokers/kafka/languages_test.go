package kafka_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestKafkajs runs a kafkajs program against the miniature.
func TestKafkajs(t *testing.T) {
	modules := nodeModules(t)
	want, err := os.ReadFile(filepath.Join("testdata", "node", "want.txt"))
	must(t, err)
	l := start(t)
	ctx, cancel := context.WithTimeout(context.Background(), 3*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", filepath.Join("testdata", "node", "group.js"), strings.Join(l.addrs, ","))
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules, "KAFKAJS_NO_PARTITIONER_WARNING=1")
	var errs bytes.Buffer // where node and kafkajs warn of what they like
	cmd.Stderr = &errs
	if out, err := cmd.Output(); err != nil || string(out) != string(want) {
		t.Errorf("%v: printed\n%swant\n%s%s", err, out, want, errs.String())
	}
}

// TestPython runs programs with the Kafka clients of Python that Debian has: confluent_kafka,
// which is librdkafka, and kafka-python. /usr/bin/python3 is the one that has them.
func TestPython(t *testing.T) {
	for program, module := range map[string]string{"rdkafka": "confluent_kafka", "kafkapython": "kafka"} {
		t.Run(module, func(t *testing.T) {
			if out, err := exec.Command("/usr/bin/python3", "-c", "import "+module).CombinedOutput(); err != nil {
				t.Skipf("SKIPPED: there is no %s (apt install python3-confluent-kafka python3-kafka): %v\n%s", module, err, out)
			}
			path := filepath.Join("testdata", "python", program)
			want, err := os.ReadFile(path + ".txt")
			must(t, err)
			l := start(t)
			ctx, cancel := context.WithTimeout(context.Background(), 3*patience)
			defer cancel()
			cmd := exec.CommandContext(ctx, "/usr/bin/python3", path+".py", strings.Join(l.addrs, ","))
			var errs bytes.Buffer
			cmd.Stderr = &errs
			if out, err := cmd.Output(); err != nil || string(out) != string(want) {
				t.Errorf("%v: printed\n%swant\n%s%s", err, out, want, errs.String())
			}
		})
	}
}

// nodeModules finds a folder with kafkajs in it, or has npm make one. It skips the test
// when neither is possible.
func nodeModules(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skipf("SKIPPED: node is not installed: %v", err)
	}
	for _, dir := range []string{os.Getenv("BROKERLAB_NODE_MODULES"), filepath.Join("testdata", "node", "node_modules")} {
		if _, err := os.Stat(filepath.Join(dir, "kafkajs", "package.json")); dir != "" && err == nil {
			dir, err = filepath.Abs(dir)
			must(t, err)
			return dir
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	install := exec.CommandContext(ctx, "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts")
	install.Dir = filepath.Join("testdata", "node")
	if out, err := install.CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: npm install kafkajs: %v\n%s", err, out)
	}
	return nodeModules(t)
}

// TestKcat writes and reads with kcat, in every compression, alone and in a group.
func TestKcat(t *testing.T) {
	if _, err := exec.LookPath("kcat"); err != nil {
		t.Skipf("SKIPPED: kcat is not installed (apt install kafkacat): %v", err)
	}
	l := start(t)
	kcat := func(in string, args ...string) string {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), 3*patience)
		defer cancel()
		cmd := exec.CommandContext(ctx, "kcat", append([]string{"-b", strings.Join(l.addrs, ",")}, args...)...)
		cmd.Stdin = strings.NewReader(in)
		var errs bytes.Buffer
		cmd.Stderr = &errs
		out, err := cmd.Output()
		if err != nil {
			t.Errorf("kcat %s: %v\n%s", strings.Join(args, " "), err, errs.String())
		}
		return string(out)
	}
	var lines strings.Builder
	for i := range 200 {
		fmt.Fprintf(&lines, "the value of record %d\n", i)
	}
	for _, z := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		kcat(lines.String(), "-P", "-t", z, "-z", z)
		if got := kcat("", "-C", "-t", z, "-e", "-q"); got != lines.String() {
			t.Errorf("%s: read %d bytes, want %d", z, len(got), lines.Len())
		}
	}
	kcat(lines.String(), "-P", "-t", "idempotent", "-X", "enable.idempotence=true")
	if got := kcat("", "-G", "group", "-X", "auto.offset.reset=earliest", "-e", "-q", "idempotent"); got != lines.String() {
		t.Errorf("group: read %d bytes, want %d", len(got), lines.Len())
	}
	if got := kcat("", "-L"); !strings.Contains(got, "3 brokers") || !strings.Contains(got, `topic "zstd" with 1 partitions`) {
		t.Errorf("metadata: %s", got)
	}
}
