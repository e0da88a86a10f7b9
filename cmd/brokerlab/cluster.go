package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
)

// orders is what can be asked of a live cluster, as its help says it.
const orders = "down NODE, up NODE, move TOPIC/PARTITION (to another leader), rebalance GROUP"

// orderLimit is how many bytes a line of them may have.
const orderLimit = 4096

// takeOrders reads what is to happen to a cluster, a line each, and brings it about. It
// ends with the input; the cluster goes on. In the background of a terminal it waits
// until it is in front again.
func takeOrders(ctx context.Context, c *console, journal *brokers.Journal, seq *brokers.Sequencer, cluster brokers.Disturber) {
	readInBackground()
	in := bufio.NewReaderSize(c.in, orderLimit)
	for ctx.Err() == nil {
		line, err := in.ReadSlice('\n')
		switch {
		case errors.Is(err, syscall.EIO):
			time.Sleep(time.Second)
			continue
		case errors.Is(err, bufio.ErrBufferFull):
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = in.ReadSlice('\n')
			}
			fmt.Fprintf(c.err, "A line of more than %d bytes: want one of: %s\n", orderLimit, orders)
			continue
		case err != nil && !errors.Is(err, io.EOF):
			fmt.Fprintf(c.err, "No more can be typed: %v\n", err)
			return
		case err != nil && len(line) == 0:
			return
		}
		words := strings.Fields(string(line))
		if len(words) == 0 {
			continue
		}
		said, changed := "done", false
		d, err := order(words)
		if err == nil {
			seq.Do(func() {
				before := journal.Last()
				err = cluster.Disturb(d)
				changed = journal.Last() != before
			})
		}
		switch {
		case err != nil:
			said = err.Error()
		case !changed:
			said = "nothing has changed: it was so already, or there is no such group with members"
		}
		fmt.Fprintf(c.err, "%s: %s\n", strings.Join(words, " "), said)
	}
}

// order is what one line asks for.
func order(words []string) (brokers.Disturbance, error) {
	d := brokers.Disturbance{}
	if len(words) != 2 {
		return d, fmt.Errorf("want one of: %s", orders)
	}
	switch what, which := words[0], words[1]; what {
	case "down", "up":
		n, err := strconv.ParseInt(which, 10, 32)
		if err != nil || n < 1 {
			return d, fmt.Errorf("node %q, want its number, from 1", which)
		}
		d.Kind, d.Node = brokers.NodeDown, int(n)
		if what == "up" {
			d.Kind = brokers.NodeUp
		}
	case "move":
		d.Kind, d.Place = brokers.Elected, which
	case "rebalance":
		d.Kind, d.Group = brokers.Rebalancing, which
	default:
		return d, fmt.Errorf("want one of: %s", orders)
	}
	return d, nil
}
