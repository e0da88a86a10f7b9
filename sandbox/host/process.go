package host

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/brokerlab/brokerlab/sandbox/launcher"
)

// A Program is what to start, and who hears of it. Output and Trace are called
// from goroutines of the process, one call at a time, and must not block for long.
type Program struct {
	Binary *os.File // static, built with lockdown; stays the caller's
	Name   string   // os.Args[0]
	Args   []string
	Env    []string // added to the environment that every program has
	Limits Limits
	Input  []byte                        // for a program that reads it with enter.Enter
	Talk   bool                          // keep the way in open after Go, for Process.Send
	Output func(stream string, b []byte) // stdout or stderr; b is only good during the call
	Trace  func([]TraceRecord)
}

// A TraceRecord says that the program was about to make a client call. Programs
// can forge them: they are for display only.
type TraceRecord struct {
	At   time.Time
	Line int32
	Call int32 // index into Binary.Calls
}

// Limits bound a program. A zero field is an error, not "no limit".
type Limits struct {
	Wall   time.Duration // since Go
	CPU    time.Duration // rounded up to whole seconds, as the kernel counts
	Memory int64         // bytes of private writable memory
	Output int64         // bytes of stdout and stderr together
}

func (l Limits) check() error {
	if l.Wall <= 0 || l.CPU <= 0 || l.Memory <= 0 || l.Output <= 0 {
		return fmt.Errorf("limits %+v: each has to be above zero", l)
	}
	return nil
}

// environment is what every program sees; clients of the AWS SDK need theirs.
var environment = []string{
	"HOME=/", "LANG=C.UTF-8", "TZ=UTC", "GOMAXPROCS=2",
	"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=lab", "AWS_SECRET_ACCESS_KEY=lab",
	"AWS_ENDPOINT_URL_SQS=http://localhost:9324", "AWS_EC2_METADATA_DISABLED=true",
}

// A starter starts programs: the launcher, or at level C the host itself.
type starter interface {
	Start(launcher.Spec) (running, error)
}

// running is a program that was started.
type running interface {
	Signal(syscall.Signal) error
	Usage() (launcher.Usage, bool)
	Exit() <-chan launcher.Exit
}

// ErrNotReady is returned for a program that could not be locked down. It is a
// fault of ours, not of the program.
var ErrNotReady = errors.New("the program could not be locked down")

// A Process is a prepared or running program.
type Process struct {
	limits Limits
	talk   bool
	output *output
	pipes  *pipes
	begin  func() (running, error) // level C: the start itself, put off until Go

	mu      sync.Mutex
	run     running
	started time.Time // zero until Go
	timer   *time.Timer
	limit   string
	killed  bool
	quit    bool

	ended chan struct{} // the process is gone, output may still come
	done  chan struct{}
	exit  Exit
}

// Start prepares a program and lets it go.
func (e *Env) Start(p Program) (*Process, error) {
	proc, err := e.Prepare(p)
	if err != nil {
		return nil, err
	}
	if err := proc.Go(); err != nil {
		return nil, err
	}
	return proc, nil
}

// Prepare starts a program and waits until it is locked down and needs only Go to
// run its own code. A prepared program that is not wanted has to be killed.
func (e *Env) Prepare(p Program) (*Process, error) {
	if err := p.Limits.check(); err != nil {
		return nil, fmt.Errorf("program %q: %w", p.Name, err)
	}
	proc := &Process{limits: p.Limits, talk: p.Talk, ended: make(chan struct{}), done: make(chan struct{})}
	proc.output = newOutput(p, proc.tooMuch)
	if err := e.launch(proc, p); err != nil {
		return nil, fmt.Errorf("program %q: %w", p.Name, err)
	}
	return proc, nil
}

// Go lets a prepared program run its own code. Wall time counts from here.
func (p *Process) Go() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.started.IsZero() {
		return errors.New("the program was let go already")
	}
	if p.begin != nil {
		run, err := p.begin()
		if err != nil {
			return err
		}
		p.run = run
		go p.wait()
	}
	p.started = time.Now()
	if err := p.pipes.release(p.talk); err != nil {
		_ = p.signal(syscall.SIGKILL) // it is of no use any more
		return fmt.Errorf("let the program go: %w", err)
	}
	p.timer = time.AfterFunc(p.limits.Wall, p.tooLong)
	return nil
}

// Send gives a running program that was started with Talk one more packet, of at most
// link.MaxSmall bytes. It is safe from any goroutine.
func (p *Process) Send(b []byte) error {
	if !p.talk {
		return errors.New("the program was not started to be talked to")
	}
	return p.pipes.send(b)
}

// signal sends to the program if there is one. p.mu is held.
func (p *Process) signal(s syscall.Signal) error {
	if p.run == nil {
		return nil
	}
	return p.run.Signal(s)
}

// Kill ends the program at once. Its Exit says Killed, unless it had ended or met
// a limit before.
func (p *Process) Kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.ended:
		return
	default:
	}
	p.killed = p.limit == ""
	if p.run == nil {
		p.exit = Exit{Code: -1, Killed: true}
		close(p.ended)
		p.pipes.close()
		close(p.done)
		return
	}
	_ = p.signal(syscall.SIGKILL) // gone launcher, gone program
}

// stop ends the program because of a limit, unless another one was first.
func (p *Process) stop(limit string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.limit == "" && !p.killed {
		p.limit = limit
	}
	_ = p.signal(syscall.SIGKILL) // as above
}

// tooMuch is called when the program has printed more than it may.
func (p *Process) tooMuch() { p.stop(LimitOutput) }

// tooLong is called when the program's wall time is over.
func (p *Process) tooLong() {
	p.mu.Lock()
	if p.limit == "" && !p.killed {
		p.limit = LimitWall
	}
	p.mu.Unlock()
	p.Quit()
}

// dumpTime is how long a program may take to print its goroutines: some milliseconds, but
// the machine may be busy. Only a program that ignores the signal is waited for so long.
const dumpTime = 3 * time.Second

// Quit ends the program with SIGQUIT and gives the goroutine dump that it leaves,
// "" if it would not say. The dump is not part of the program's output.
func (p *Process) Quit() string {
	p.output.expectDump() // not under p.mu: an Output that calls Kill holds the other lock
	p.mu.Lock()
	p.quit = true
	_ = p.signal(syscall.SIGQUIT) // what does not hear it is killed below
	p.mu.Unlock()
	late := time.NewTimer(dumpTime)
	defer late.Stop()
	select {
	case <-p.done:
		return p.output.dumped()
	case <-p.output.dumpFull:
	case <-late.C:
	}
	p.mu.Lock()
	_ = p.signal(syscall.SIGKILL)
	p.mu.Unlock()
	<-p.done
	return p.output.dumped()
}

// Usage tells how much processor time the program has used since it was started, and
// whether it wants more. It reports false where that cannot be found out. One goroutine
// may ask at a time.
func (p *Process) Usage() (used launcher.Usage, ok bool) {
	p.mu.Lock()
	run := p.run
	p.mu.Unlock()
	if run == nil {
		return used, false
	}
	return run.Usage()
}

// Done is closed when the program has ended and its output was handed on.
func (p *Process) Done() <-chan struct{} { return p.done }

// Wait waits for the end of the program.
func (p *Process) Wait() Exit {
	<-p.done
	return p.exit
}

// wait hears of the end of the program and works out what it means.
func (p *Process) wait() {
	ex := <-p.run.Exit()
	p.mu.Lock()
	close(p.ended)
	var wall time.Duration
	if !p.started.IsZero() {
		wall = time.Since(p.started)
	}
	if p.timer != nil {
		p.timer.Stop()
	}
	p.mu.Unlock()
	p.output.drain(p.pipes)
	p.mu.Lock()
	p.exit = p.judge(ex, wall)
	p.mu.Unlock()
	close(p.done)
}
