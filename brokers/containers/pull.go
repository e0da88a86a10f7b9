package containers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ory/dockertest/v3/docker"
)

const (
	// pullSilence is how long a registry may send nothing.
	pullSilence = time.Minute
	// pullEvery is how often a pull says how far it is.
	pullEvery = 250 * time.Millisecond
	// maxPullLine bounds one line of what the daemon tells, in bytes.
	maxPullLine = 64 << 10
)

// A PullError says that an image could not be downloaded.
type PullError struct {
	Broker string
	Ref    string
	Err    error
}

func (e *PullError) Error() string {
	return fmt.Sprintf("the image %s of %s is not on this machine and could not be downloaded: %v", e.Ref, e.Broker, e.Err)
}

// Unwrap gives what the daemon said.
func (e *PullError) Unwrap() error { return e.Err }

// pull downloads the image, and says how far it is in bytes.
func (c *Container) pull(ctx context.Context, progress func(Progress)) error {
	repository, tag := split(c.spec.Image.Ref)
	p := pulling{tell: func(done, total int64) {
		progress(Progress{Phase: PhasePull, Broker: c.spec.Broker, Detail: c.spec.Image.Ref, Elapsed: time.Since(c.began), Done: done, Total: total})
	}}
	p.tell(0, 0)
	err := c.pool.Client.PullImage(docker.PullImageOptions{
		Repository: repository, Tag: tag, OutputStream: &p, RawJSONStream: true, InactivityTimeout: pullSilence, Context: ctx,
	}, docker.AuthConfiguration{})
	if err == nil {
		err = p.failed
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return &PullError{Broker: c.spec.Broker, Ref: c.spec.Image.Ref, Err: err}
	}
	return nil
}

// pulling reads what the daemon tells of a pull, one JSON object to a line, and
// adds up its layers.
type pulling struct {
	tell   func(done, total int64)
	rest   []byte           // of a line that has not ended
	layers map[string]layer // by id
	told   time.Time
	failed error
}

type layer struct{ done, total int64 }

// Write takes a part of the stream.
func (p *pulling) Write(b []byte) (int, error) {
	p.rest = append(p.rest, b...)
	for {
		line, rest, whole := bytes.Cut(p.rest, []byte("\n"))
		if !whole {
			break
		}
		p.line(line)
		p.rest = rest
	}
	if len(p.rest) > maxPullLine {
		return 0, fmt.Errorf("a line of more than %d bytes from the docker daemon", maxPullLine)
	}
	return len(b), nil
}

func (p *pulling) line(line []byte) {
	var said struct {
		ID       string `json:"id"`
		Status   string `json:"status"`
		Error    string `json:"error"`
		Progress struct {
			Current int64 `json:"current"`
			Total   int64 `json:"total"`
		} `json:"progressDetail"`
	}
	if json.Unmarshal(line, &said) != nil {
		return // words for people, of an old daemon
	}
	if said.Error != "" {
		p.failed = errors.New(said.Error)
		return
	}
	if said.Status != "Downloading" || said.Progress.Total <= 0 {
		return
	}
	if p.layers == nil {
		p.layers = make(map[string]layer)
	}
	p.layers[said.ID] = layer{said.Progress.Current, said.Progress.Total}
	if time.Since(p.told) < pullEvery {
		return
	}
	p.told = time.Now()
	var sum layer
	for _, l := range p.layers {
		sum.done += l.done
		sum.total += l.total
	}
	p.tell(sum.done, sum.total)
}
