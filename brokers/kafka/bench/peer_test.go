package bench

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka"
)

// A peer is a cluster of three nodes to measure, in a process of its own as a lab host is:
// the client's work and its garbage are not the cluster's.
type peer struct {
	name   string
	pid    int
	addrs  []string
	client *kgo.Client // writes
	admin  *kadm.Client
	topics int // made so far

	stdin io.WriteCloser
	out   *bufio.Reader
}

// A usage is what a peer's process has used since it began.
type usage struct {
	CPU      time.Duration // user and system
	System   time.Duration
	Switches int64  // of threads, by the kernel
	Allocs   uint64 // objects on the heap
	Bytes    uint64 // their size
}

func (u usage) minus(o usage) usage {
	return usage{u.CPU - o.CPU, u.System - o.System, u.Switches - o.Switches, u.Allocs - o.Allocs, u.Bytes - o.Bytes}
}

func (u usage) plus(o usage) usage {
	return usage{u.CPU + o.CPU, u.System + o.System, u.Switches + o.Switches, u.Allocs + o.Allocs, u.Bytes + o.Bytes}
}

// peerVar names the peer that a process of this test is to be.
const peerVar = "BENCH_PEER"

// starters are the peers; the first is compared with the second.
var starters = []struct {
	name  string
	start func() ([]string, func(), error)
}{
	{"miniature", func() ([]string, func(), error) { return startMiniature(50_000) }},
	{"kfake", startKfake},
}

func TestMain(m *testing.M) {
	for _, s := range starters {
		if os.Getenv(peerVar) == s.name {
			if err := bePeer(s.start); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			return
		}
	}
	os.Exit(m.Run())
}

// startMiniature runs a cluster whose journal remembers so many events.
func startMiniature(remembered int) ([]string, func(), error) {
	clock := brokers.RealClock()
	quota := brokers.DefaultQuota()
	quota.Messages, quota.Bytes, quota.EventsPerSecond = 1<<30, 1<<40, 1<<30
	journal := brokers.NewJournal(remembered, brokers.Forget, clock)
	b := kafka.New(kafka.Config{Clock: clock, Journal: journal, Sequencer: brokers.NewSequencer(journal), Quota: quota})
	var addrs []string
	for node := range b.Ports() {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, nil, err
		}
		addrs = append(addrs, l.Addr().String())
		go func() { _ = b.Serve(node, l) }()
	}
	return addrs, func() { _ = b.Close() }, nil
}

func startKfake() ([]string, func(), error) {
	c, err := kfake.NewCluster(kfake.NumBrokers(3))
	if err != nil {
		return nil, nil, err
	}
	return c.ListenAddrs(), c.Close, nil
}

// bePeer runs a peer until stdin ends: it says where it listens, and answers each line
// with what the process has used.
func bePeer(start func() ([]string, func(), error)) error {
	addrs, stop, err := start()
	if err != nil {
		return err
	}
	defer stop()
	stopProfile, err := profile()
	if err != nil {
		return err
	}
	defer stopProfile()
	fmt.Println(strings.Join(addrs, " "))
	asked, say := bufio.NewScanner(os.Stdin), json.NewEncoder(os.Stdout)
	for asked.Scan() {
		if asked.Text() == "collect" {
			runtime.GC()
		}
		if err := say.Encode(used()); err != nil {
			return err
		}
	}
	return asked.Err()
}

// profile writes where the processor time goes to $BENCH_PROFILE.miniature and .kfake, if
// that is set.
func profile() (stop func(), err error) {
	file := os.Getenv("BENCH_PROFILE")
	if file == "" {
		return func() {}, nil
	}
	f, err := os.Create(file + "." + os.Getenv(peerVar)) //nolint:gosec // where the one who measures wants it
	if err != nil {
		return nil, err
	}
	return pprof.StopCPUProfile, pprof.StartCPUProfile(f)
}

func used() usage {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	sys := time.Duration(r.Stime.Nano())
	return usage{time.Duration(r.Utime.Nano()) + sys, sys, r.Nvcsw + r.Nivcsw, m.Mallocs, m.TotalAlloc}
}

// apart puts this process on the first processor and the peers on the second, for as long
// as the benchmark runs, where there is taskset: else it is chance, for seconds on end,
// whether a client and its cluster find themselves on the same one.
func apart(b *testing.B, peers []*peer) {
	pin := func(pid int, where string) {
		if out, err := exec.Command("taskset", "-acp", where, strconv.Itoa(pid)).CombinedOutput(); err != nil { //nolint:gosec // our own processes
			b.Logf("not pinned: %v %s", err, out)
		}
	}
	if runtime.NumCPU() < 2 {
		return
	}
	pin(os.Getpid(), "0")
	b.Cleanup(func() { pin(os.Getpid(), fmt.Sprintf("0-%d", runtime.NumCPU()-1)) })
	for _, p := range peers {
		pin(p.pid, "1")
	}
}

// startPeers runs the peers and ends them with the benchmark.
func startPeers(b *testing.B) (peers []*peer) {
	for _, s := range starters {
		cmd := exec.Command(os.Args[0]) //nolint:gosec // this test
		cmd.Env = append(os.Environ(), peerVar+"="+s.name)
		var complaints bytes.Buffer
		cmd.Stderr = &complaints
		stdin, err := cmd.StdinPipe()
		must(b, err)
		out, err := cmd.StdoutPipe()
		must(b, err)
		must(b, cmd.Start())
		p := &peer{name: s.name, pid: cmd.Process.Pid, stdin: stdin, out: bufio.NewReader(out)}
		b.Cleanup(func() {
			_ = stdin.Close()
			if err := cmd.Wait(); err != nil {
				b.Errorf("%s: %v\n%s", s.name, err, complaints.String())
			}
		})
		line, err := p.out.ReadString('\n')
		must(b, err)
		p.addrs = strings.Fields(line)
		p.connect(b)
		peers = append(peers, p)
	}
	return peers
}

// ready has the peer's garbage collected, and this process's own.
func (p *peer) ready(b *testing.B) {
	p.usage(b, true)
	runtime.GC()
}

// usage asks the peer what it has used; with collect, after its garbage is gone.
func (p *peer) usage(b *testing.B, collect bool) (u usage) {
	word := "used\n"
	if collect {
		word = "collect\n"
	}
	_, err := io.WriteString(p.stdin, word)
	must(b, err)
	line, err := p.out.ReadBytes('\n')
	must(b, err)
	must(b, json.Unmarshal(line, &u))
	return u
}
