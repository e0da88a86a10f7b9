package inhost

import (
	"net"
	"regexp"
	"strconv"

	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/sandbox/host"
)

// onHost is the machine of a real lab host.
type onHost struct{ env *host.Env }

func (m onHost) Listen(port int) (net.Listener, error) { return m.env.Listen(port) }

func (m onHost) Emit(v any) { m.env.Emit(v) }

func (m onHost) Prepare(p program) (process, error) {
	proc, err := m.env.Prepare(host.Program{
		Binary: p.Binary, Name: "program", Args: p.Args, Input: p.Input, Talk: p.Talk,
		Limits: host.Limits{
			Wall: p.Limits.Wall, CPU: p.Limits.CPU, Memory: p.Limits.Memory, Output: p.Limits.Output,
		},
		Output: p.Output,
		Trace: func(records []host.TraceRecord) {
			out := make([]traceRecord, len(records))
			for i, r := range records {
				out[i] = traceRecord{At: r.At, Line: int(r.Line), Call: int(r.Call)}
			}
			p.Trace(out)
		},
	})
	if err != nil {
		return nil, err
	}
	return onHostProcess{proc, p.Input != nil}, nil
}

type onHostProcess struct {
	*host.Process
	interpreted bool
}

func (p onHostProcess) Quit() { p.Process.Quit() }

// otherThanMain is a file as events name it: the main one goes without saying.
func otherThanMain(name string) string {
	if name == "main.go" {
		return ""
	}
	return name
}

// waitingAt takes apart "amqp.(*Channel).Consume at main.go:21".
var waitingAt = regexp.MustCompile(`^(.+) at ([^ :]+\.go):(\d+)$`)

// placed takes apart "main.go:31".
var placed = regexp.MustCompile(`^([^ :]+\.go):(\d+)$`)

func (p onHostProcess) Wait() trial.Exit {
	e := p.Process.Wait()
	out := trial.Exit{
		Code: e.Code, Signal: e.Signal, Limit: e.Limit, Waiting: e.Waiting,
		Panic: e.Panic, Killed: e.Killed, CPU: e.CPU, Wall: e.Wall, MaxRSS: e.MaxRSS,
	}
	if p.interpreted { // its stack is the interpreter's
		out.Waiting, out.Panic = "", ""
		return out
	}
	if m := placed.FindStringSubmatch(e.Place); m != nil {
		out.Line, _ = strconv.Atoi(m[2])
		out.File = otherThanMain(m[1])
	}
	if m := waitingAt.FindStringSubmatch(e.Waiting); m != nil {
		out.Waiting = m[1]
		out.Line, _ = strconv.Atoi(m[3])
		out.File = otherThanMain(m[2])
	}
	if out.Waiting == host.Running {
		out.Waiting, out.Computing = "", true
	}
	return out
}
