package host

import (
	"regexp"
	"strings"
)

// frame is one call in a goroutine dump.
type frame struct {
	function string // "github.com/rabbitmq/amqp091-go.(*Channel).Consume"
	place    string // "main.go:21"
}

// Running begins what Waiting says of code that was being executed.
const Running = "running"

var (
	goroutineHead = regexp.MustCompile(`^goroutine (\d+)[^\[]*\[([^\],]+)`)
	framePlace    = regexp.MustCompile(`^\t(?:.*[/\\])?([^/\\]+\.go:\d+)`)
)

// Waiting finds in a goroutine dump where the student's code waited, such as
// "amqp.(*Channel).Consume at main.go:21" or "chan receive at main.go:30", or that
// it did not wait: "running at main.go:12". It looks only at goroutines with a
// function of package main. What runs goes before a call of a client, that before
// other waits, and then the main goroutine before others. It gives "" when the dump
// does not tell.
func Waiting(dump string) string {
	best, rank := "", 0
	for _, g := range strings.Split(dump, "\n\n") {
		lines := strings.Split(g, "\n")
		for len(lines) > 0 && !goroutineHead.MatchString(lines[0]) {
			lines = lines[1:]
		}
		if len(lines) == 0 {
			continue
		}
		head := goroutineHead.FindStringSubmatch(lines[0])
		where, client := waits(head[2], frames(lines[1:]))
		r := 1
		switch {
		case strings.HasPrefix(where, Running+" at "):
			r += 4
		case client:
			r += 2
		}
		if head[1] == "1" {
			r++
		}
		if where != "" && r > rank {
			best, rank = where, r
		}
	}
	return best
}

// waits says where one goroutine waits, innermost frame first, and whether it is
// in a call of a client library.
func waits(state string, stack []frame) (where string, client bool) {
	for i, f := range stack {
		if !strings.HasPrefix(f.function, "main.") {
			continue
		}
		if state == "running" || state == "runnable" {
			return Running + " at " + f.place, false
		}
		if i == 0 || strings.HasPrefix(stack[i-1].function, "runtime.") {
			return state + " at " + f.place, false // a channel, a select
		}
		called := stack[i-1].function
		return short(called) + " at " + f.place, strings.Contains(path(called), ".")
	}
	return "", false
}

// frames reads the calls of one goroutine.
func frames(lines []string) []frame {
	var out []frame
	for i := 0; i+1 < len(lines); i++ {
		m := framePlace.FindStringSubmatch(lines[i+1])
		if m == nil || strings.HasPrefix(lines[i], "created by ") {
			continue
		}
		name := lines[i]
		if end := strings.LastIndexByte(name, '('); end > 0 {
			name = name[:end] // the arguments
		}
		out = append(out, frame{function: name, place: m[1]})
		i++
	}
	return out
}

// path is the import path of a function's package; its first element has a dot
// when it is not of the standard library. Dots in the last element are escaped.
func path(function string) string {
	slash := strings.LastIndexByte(function, '/') + 1
	if dot := strings.IndexByte(function[slash:], '.'); dot >= 0 {
		return strings.ReplaceAll(function[:slash+dot], "%2e", ".")
	}
	return function
}

// packageNames are the packages whose name is not the end of their path.
var packageNames = map[string]string{
	"github.com/rabbitmq/amqp091-go":      "amqp",
	"github.com/redis/go-redis/v9":        "redis",
	"github.com/eclipse/paho.mqtt.golang": "mqtt",
}

var versionElement = regexp.MustCompile(`/v\d+$`)

// short gives a function with the name of its package in place of the path.
func short(function string) string {
	p := path(function)
	rest := strings.ReplaceAll(function, "%2e", ".")[len(p):]
	name, ok := packageNames[p]
	if !ok {
		p = versionElement.ReplaceAllString(p, "")
		name = p[strings.LastIndexByte(p, '/')+1:]
	}
	return name + strings.TrimSuffix(rest, "[...]")
}
