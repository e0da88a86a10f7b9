package inhost

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/trial"
)

// A connectApplier applies files to Kafka Connect: what happens then is done by its
// worker and the services, as the clock has it.
type connectApplier struct {
	*connectService
	world *world
}

func (c connectApplier) lasting() bool { return true }

func (c connectApplier) kill() {
	c.worker.Kill()
	for _, b := range c.world.brokers {
		b.Cut("crash")
	}
}

func (c connectApplier) start() { c.worker.Start() }

// tell is the request and what Connect answered.
func (c connectApplier) tell(a trial.Applied) string {
	return fmt.Sprintf("POST /connectors < %s\n%s\n", a.File, reason(a.Code, a.Message))
}

// apply sends each file to Connect as POST /connectors, and tells what it answered.
func (c connectApplier) apply(files []trial.ConfigFile) []trial.Applied {
	w := c.world
	out := make([]trial.Applied, 0, len(files))
	for _, f := range files {
		req, err := http.NewRequest(http.MethodPost, "http://localhost:8083/connectors", strings.NewReader(f.Text))
		if err != nil {
			continue // only for a method or address that cannot be
		}
		req.Header.Set("Content-Type", "application/json")
		var answer brokers.Answer
		w.seq.Do(func() {
			c.ServeHTTP(&answer, req)
			var problem struct {
				Message string `json:"message"`
			}
			_ = json.Unmarshal(answer.Body(), &problem) // a worker's own JSON
			problem.Message = plainly(problem.Message)
			if answer.Status() != http.StatusCreated {
				w.journal.Append(brokers.Event{Kind: brokers.Refused, Source: c.name(), Key: f.Name, Reason: reason(answer.Status(), problem.Message)})
			}
			out = append(out, trial.Applied{File: f.Name, Code: answer.Status(), Message: problem.Message})
		})
	}
	return out
}

// maxRefusal bounds what the journal keeps of an answer, in bytes.
const maxRefusal = 600

func reason(code int, message string) string {
	text := fmt.Sprintf("%d %s", code, http.StatusText(code))
	if message != "" {
		text += ": " + message
	}
	return text[:min(len(text), maxRefusal)]
}

// plainly is an answer of Connect without the lines that frame it.
func plainly(message string) string {
	var lines []string
	for line := range strings.SplitSeq(message, "\n") {
		if !strings.HasPrefix(line, "Connector configuration is invalid") && !strings.HasPrefix(line, "You can also find") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, " ")
}
