package containers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/ory/dockertest/v3/docker"
)

// Reap removes our containers whose server is gone: one that was killed had no
// chance to. It returns how many there were. Containers of servers on other
// machines that share the daemon are left alone. Error: *NoDockerError.
func Reap(ctx context.Context) (int, error) {
	pool, err := connect(ctx)
	if err != nil {
		return 0, err
	}
	return reap(ctx, pool.Client)
}

func reap(ctx context.Context, client *docker.Client) (int, error) {
	removed := 0
	err := remove(ctx, client, labelOurs+"=1", func(labels map[string]string) bool {
		gone := serverGone(labels[labelServer])
		if gone {
			removed++
		}
		return gone
	})
	return removed, err
}

// remove removes the containers with a label that match, running or not; a nil
// match takes all. One that somebody else removes meanwhile is no error.
func remove(ctx context.Context, client *docker.Client, label string, match func(map[string]string) bool) error {
	found, err := client.ListContainers(docker.ListContainersOptions{
		All: true, Filters: map[string][]string{"label": {label}}, Context: ctx,
	})
	if err != nil {
		return fmt.Errorf("list containers: %w", err)
	}
	var errs []error
	for _, c := range found {
		if match != nil && !match(c.Labels) {
			continue
		}
		err := client.RemoveContainer(docker.RemoveContainerOptions{ID: c.ID, RemoveVolumes: true, Force: true, Context: ctx})
		var missing *docker.NoSuchContainer
		if err != nil && !errors.As(err, &missing) && !strings.Contains(err.Error(), "already in progress") {
			errs = append(errs, fmt.Errorf("remove container %.12s: %w", c.ID, err))
		}
	}
	return errors.Join(errs...)
}

// thisServer names this process in a label: the machine, the process, and when
// that began, since numbers of processes are used again.
func thisServer() string {
	pid := os.Getpid()
	began, _ := processBegan(pid)
	return strings.Join([]string{machineName(), strconv.Itoa(pid), began}, " ")
}

// machineName tells this boot of this machine from every other.
func machineName() string {
	host, _ := os.Hostname()
	return strings.ReplaceAll(host, " ", "_") + bootID()
}

// serverGone reports whether the process of a label was on this machine and is
// no more. What cannot be told is taken for alive.
func serverGone(server string) bool {
	parts := strings.Split(server, " ")
	if len(parts) != 3 {
		return false
	}
	pid, err := strconv.Atoi(parts[1])
	if err != nil || pid <= 0 {
		return false
	}
	host, _, _ := strings.Cut(parts[0], "/")
	here, _, _ := strings.Cut(machineName(), "/")
	if host != here {
		return false
	}
	if parts[0] != machineName() {
		return true // this machine has been started anew since
	}
	began, alive := processBegan(pid)
	return !alive || began != parts[2]
}
