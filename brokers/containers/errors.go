package containers

import (
	"fmt"
	"strings"
	"time"
)

// A NoDockerError says that no docker daemon answered.
type NoDockerError struct {
	Endpoint string // that was tried
	Err      error
}

func (e *NoDockerError) Error() string {
	return fmt.Sprintf("no docker daemon answers at %s: start docker, or set DOCKER_HOST to where it listens (%v)", e.Endpoint, e.Err)
}

// Unwrap gives what the daemon's socket answered.
func (e *NoDockerError) Unwrap() error { return e.Err }

// A NoImageError says that an image is not on this machine.
type NoImageError struct {
	Broker string
	Ref    string
}

func (e *NoImageError) Error() string {
	return fmt.Sprintf("the image %s of %s is not on this machine: get it with `docker pull %s`, or name another with --image %s=NAME or BROKERLAB_IMAGE_%s",
		e.Ref, e.Broker, e.Ref, e.Broker, strings.ToUpper(e.Broker))
}

// A GoneError says that a container has ended by itself, or was removed.
type GoneError struct {
	Broker string
	Ref    string
}

func (e *GoneError) Error() string {
	return fmt.Sprintf("the container of %s (%s) has ended", e.Broker, e.Ref)
}

// A NotReadyError says that a container did not speak its protocol in time, or
// ended before it did.
type NotReadyError struct {
	Broker string
	Ref    string
	After  time.Duration
	Exited bool
	Last   error    // of the newest attempt
	Log    []string // the container's last lines
}

func (e *NotReadyError) Error() string {
	how := "did not become ready"
	if e.Exited {
		how = "ended before it was ready"
	}
	msg := fmt.Sprintf("%s in %s %s in %s: %v", e.Broker, e.Ref, how, e.After.Round(time.Second/10), e.Last)
	if len(e.Log) == 0 {
		return msg + "; it logged nothing"
	}
	return msg + "; its last words:\n  " + strings.Join(e.Log, "\n  ")
}

// Unwrap gives what the newest attempt failed with.
func (e *NotReadyError) Unwrap() error { return e.Last }
