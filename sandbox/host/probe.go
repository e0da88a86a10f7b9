package host

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/brokerlab/brokerlab/sandbox/lockdown/enter"
)

// A probe is something that a student's program must not be able to do, except
// for the one thing that it must.
type probe struct {
	name    string
	allowed bool
	try     func(Trial) error // nil when it could
}

// A Trial is what the probes are aimed at.
type Trial struct {
	Port  int // of the lab, on its own loopback
	Other int // of a listener outside the lab, on the computer's loopback
}

var probes = append([]probe{
	{"connect to the lab's own port", true, func(t Trial) error { return dial("127.0.0.1", t.Port) }},
	{"read /etc/passwd", false, func(Trial) error { return read("/etc/passwd") }},
	{"read /proc/self/environ", false, func(Trial) error { return read("/proc/self/environ") }},
	{"write a file", false, func(Trial) error { return os.WriteFile("/tmp/brokerlab-probe", []byte("x"), 0o600) }},
	{"connect to the internet", false, func(Trial) error { return dial("1.1.1.1", 53) }},
	{"connect to this computer's loopback", false, func(t Trial) error { return dial("127.0.0.1", t.Other) }},
	{"use 512 MiB of memory", false, use},
}, systemProbes...)

// Probe is the role "probe" of the lab command: a program that is started just as
// a student's is, and tries the probe that its arguments name. Its exit code is 0
// when it could do it, refusedCode when not.
func Probe() int {
	if _, err := enter.Enter(); err != nil {
		fmt.Fprintln(os.Stderr, "brokerlab:", err)
		return enter.Exit
	}
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "probe: want a number and two ports")
		return 2
	}
	var n [3]int
	for i := range n {
		n[i], _ = strconv.Atoi(os.Args[2+i]) // 0 is no port and the first probe
	}
	if n[0] < 0 || n[0] >= len(probes) {
		return 2
	}
	if err := probes[n[0]].try(Trial{Port: n[1], Other: n[2]}); err != nil {
		fmt.Print(err)
		return refusedCode
	}
	fmt.Print("it could")
	return 0
}

const refusedCode = 3

// An Outcome is what became of one probe.
type Outcome struct {
	Name  string `json:"name"`
	Want  string `json:"want"`  // "refused" or "allowed"
	Found string `json:"found"` // in the system's own words
	OK    bool   `json:"ok"`
}

// DoctorMethod is answered by every host, whatever its handler is: with the
// lab command as its file it tries all probes and gives a list of Outcome.
const DoctorMethod = "sandbox.doctor"

// probeLimits are as a student's program has them.
var probeLimits = Limits{Wall: time.Minute, CPU: 20 * time.Second, Memory: 256 << 20, Output: 64 << 10}

// doctor tries every probe in a program of its own: some of them end it.
func (e *Env) doctor(ctx context.Context, params json.RawMessage, files []*os.File) (any, error) {
	var t Trial
	if err := json.Unmarshal(params, &t); err != nil {
		return nil, err
	}
	if len(files) != 1 {
		return nil, fmt.Errorf("doctor: %d files, want the lab command", len(files))
	}
	l, err := e.Listen(0) //nolint:contextcheck // listening is done at once
	if err != nil {
		return nil, err
	}
	defer l.Close() //nolint:errcheck // nobody is connected any more
	t.Port = l.Addr().(*net.TCPAddr).Port
	e.permit(t.Port)
	var all []Outcome
	for i := range probes {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		o, err := e.try(i, t, files[0])
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

// try runs one probe.
func (e *Env) try(i int, t Trial, lab *os.File) (Outcome, error) {
	var said strings.Builder
	p, err := e.Start(Program{
		Binary: lab, Name: "brokerlab-lab", Limits: probeLimits,
		Args:   []string{"probe", strconv.Itoa(i), strconv.Itoa(t.Port), strconv.Itoa(t.Other)},
		Output: func(_ string, b []byte) { said.Write(b) },
	})
	if err != nil {
		return Outcome{}, fmt.Errorf("probe %q: %w", probes[i].name, err)
	}
	exit := p.Wait()
	found, _, _ := strings.Cut(said.String(), "\n")
	o := Outcome{Name: probes[i].name, Want: "refused", Found: found}
	could := exit.Code == 0
	if probes[i].allowed {
		o.Want = "allowed"
	}
	o.OK = could == probes[i].allowed
	if exit.Limit != "" || exit.Signal != "" {
		o.Found = strings.TrimSpace("ended: " + exit.Limit + " " + exit.Signal)
	}
	return o, nil
}

func read(name string) error {
	_, err := os.ReadFile(name)
	return err
}

func dial(address string, port int) error {
	c, err := net.DialTimeout("tcp4", net.JoinHostPort(address, strconv.Itoa(port)), 2*time.Second)
	if err != nil {
		return err
	}
	return c.Close()
}

// use touches 512 MiB, so that they are really there.
func use(Trial) error {
	b := make([]byte, 512<<20)
	for i := 0; i < len(b); i += 4096 {
		b[i] = 1
	}
	return nil
}
