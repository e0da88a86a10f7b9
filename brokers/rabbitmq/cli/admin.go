package cli

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
)

// adminFlags are what stands before the command, in either spelling. Those of v1 may
// stand anywhere in it.
var adminFlags = []flag{
	{'H', "host", "HOST", false, "HTTP API hostname to use when connecting"},
	{'P', "port", "PORT", false, "HTTP API port to use when connecting"},
	{'V', "vhost", "VHOST", false, "target virtual host. Defaults to '/'"},
	{'u', "username", "USERNAME", false, "this user must have the permissions for HTTP API access"},
	{'p', "password", "PASSWORD", false, "requires username to be specified via --username"},
	{'q', "quiet", "", false, "produce less output"},
	{0, "non-interactive", "", false, "disable table styling and headers"},
	{0, "table-style", "STYLE", false, "style of tables: " + strings.Join(styleNames, ", ")},
	{'h', "help", "", false, "Print help"},
	{0, "version", "", false, "Print version"},
}

// flagsV1 are those that only the first spelling has.
var flagsV1 = []flag{
	{'f', "format", "FORMAT", false, "format for listing commands - one of [" + strings.Join(formatNames, ", ") + "]"},
	{'S', "sort", "SORT", false, "sort key for listing queries"},
	{'R', "sort-reverse", "", false, "reverse the sort order"},
	{'d', "depth", "DEPTH", false, "maximum depth to recurse for listing tables"},
}

// admin is rabbitmqadmin.
func (t *target) admin(ctx context.Context, io brokers.ToolIO, args []string) int {
	c := &call{ctx: ctx, io: io, to: t, args: args, given: make(given)}
	run := adminV2
	if old(args) {
		run = adminV1
	}
	code := run(c)
	if code != 0 && ctx.Err() != nil {
		return brokers.ExitInterrupted
	}
	return code
}

// connect is the api for the user that the flags name.
func (c *call) connect() {
	c.api = &api{
		ctx: c.ctx, host: c.or("host", c.to.host), port: c.or("port", c.to.port),
		user: c.or("username", guest), password: c.or("password", guest),
	}
}

// argumentV1 is an argument as the first spelling has it.
var argumentV1 = regexp.MustCompile(`^[a-z_-]+=`)

// old reports whether a line is in the spelling of the Python tool, which went with
// RabbitMQ up to 3.13. The new one has the same verbs; it is told by what follows them.
func old(args []string) bool {
	words, err := parse(slices.Concat(adminFlags, flagsV1), make(given), args, true)
	var wrong *flagError
	if errors.As(err, &wrong) || len(words) == 0 {
		return slices.ContainsFunc(args, isFlagV1)
	}
	verb, noun, rest := words[0], "", words[1:]
	if len(rest) > 0 {
		noun, rest = rest[0], rest[1:]
	}
	switch verb {
	case "publish":
		return noun != "" && noun != "message" && noun[0] != '-'
	case "get":
		return noun != "" && noun != "messages" && noun[0] != '-'
	case "list", "show":
		return slices.ContainsFunc(args, isFlagV1) || len(rest) > 0 && rest[0][:min(1, len(rest[0]))] != "-"
	case "declare", "delete", "close", "purge":
		return noun == "permission" || argumentV1.MatchString(noun) || slices.ContainsFunc(rest, argumentV1.MatchString) && !strings.HasPrefix(rest[0], "-")
	case "help":
		return noun == "subcommands" || noun == "config"
	}
	return slices.ContainsFunc(args[:len(args)-len(words)], isFlagV1)
}

// isFlagV1 reports whether a word is a flag that only the first spelling has.
func isFlagV1(word string) bool {
	return slices.ContainsFunc(flagsV1, func(f flag) bool {
		name, _, _ := strings.Cut(word, "=")
		return name == "--"+f.long || len(word) > 1 && word[0] == '-' && word[1] == f.short
	})
}

// adminWords completes what may follow some words of rabbitmqadmin.
func (t *target) adminWords(ctx context.Context, words []string, part string) []string {
	left, err := parse(slices.Concat(adminFlags, flagsV1), make(given), words, true)
	if len(left) == 0 {
		if err != nil && len(words) > 0 {
			return t.valuesOf(ctx, words[len(words)-1]) // of a flag that wants one
		}
		if strings.HasPrefix(part, "-") {
			return append(typed(adminFlags), typed(flagsV1)...)
		}
		return verbs()
	}
	if name, _, joined := strings.Cut(part, "="); joined && !strings.HasPrefix(part, "-") {
		var items []string
		for _, value := range t.valuesOf(ctx, name) {
			items = append(items, name+"="+value)
		}
		return items
	}
	g := groupV2(left[0])
	switch {
	case g == nil:
		return nil
	case len(left) == 1:
		return g.nouns()
	}
	cmd := g.find(left[1])
	last := words[len(words)-1]
	switch {
	case cmd == nil:
		return nil
	case !strings.HasPrefix(last, "-") || strings.HasPrefix(part, "-"):
		return typed(cmd.flags)
	case last != "--name":
		return t.valuesOf(ctx, last)
	case g.name == "declare" || cmd.name == "declare":
		return nil // it is not there yet
	case groupV2(plural(cmd.name)) != nil:
		return t.named(ctx, plural(cmd.name)) // delete queue
	}
	return t.named(ctx, g.name) // queues delete
}
