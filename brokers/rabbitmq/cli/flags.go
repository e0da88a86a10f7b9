package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A flag is one option of a command line.
type flag struct {
	short byte   // 0: none
	long  string // without the two dashes
	value string // what its argument is called; "" for a flag without one
	must  bool   // it has to be there
	help  string
}

// given is what the flags of one call say, by long name.
type given map[string]string

func (g given) has(name string) bool { _, ok := g[name]; return ok }

// or is the value of a flag, or otherwise without it.
func (g given) or(name, otherwise string) string {
	if value, ok := g[name]; ok {
		return value
	}
	return otherwise
}

// errUnknown and errNoValue tell mistakes apart that each tool has its own words for.
var (
	errUnknown = errors.New("no such option")
	errNoValue = errors.New("requires an argument")
)

// A flagError is a mistake with one flag.
type flagError struct {
	flag string // as it was typed
	err  error  // errUnknown or errNoValue
}

func (e *flagError) Error() string { return fmt.Sprintf("%s: %v", e.flag, e.err) }

func (e *flagError) Unwrap() error { return e.err }

// parse reads flags into g, in all the ways that they are written: --name x, --name=x,
// -n x, -nx, -qf x. It returns the words that are none; with first it stops at the first
// of them, and what comes after is among the words, too. Two dashes end the flags.
func parse(flags []flag, g given, args []string, first bool) (words []string, err error) {
	for len(args) > 0 {
		arg := args[0]
		switch {
		case arg == "--":
			return append(words, args[1:]...), nil
		case len(arg) < 2 || arg[0] != '-':
			if first {
				return append(words, args...), nil
			}
			words = append(words, arg)
			args = args[1:]
		case strings.HasPrefix(arg, "--"):
			args, err = parseLong(flags, g, args)
		default:
			args, err = parseShort(flags, g, args)
		}
		if err != nil {
			return words, err
		}
	}
	return words, nil
}

// parseLong reads --name, and returns what follows.
func parseLong(flags []flag, g given, args []string) ([]string, error) {
	name, value, joined := strings.Cut(args[0][2:], "=")
	f, ok := findLong(flags, name)
	switch {
	case !ok:
		return nil, &flagError{"--" + name, errUnknown}
	case f.value == "":
		g[f.long] = "true"
		return args[1:], nil
	case joined:
		g[f.long] = value
		return args[1:], nil
	case len(args) < 2:
		return nil, &flagError{"--" + name, errNoValue}
	}
	g[f.long] = args[1]
	return args[2:], nil
}

// findLong finds a flag by its name or by a beginning that no other has.
func findLong(flags []flag, name string) (flag, bool) {
	var found []flag
	for _, f := range flags {
		if f.long == name {
			return f, true
		}
		if len(name) > 1 && strings.HasPrefix(f.long, name) {
			found = append(found, f)
		}
	}
	if len(found) == 1 {
		return found[0], true
	}
	return flag{}, false
}

// parseShort reads -n, or several of them in one word, and returns what follows.
func parseShort(flags []flag, g given, args []string) ([]string, error) {
	letters := args[0][1:]
	for i := range len(letters) {
		n := slices.IndexFunc(flags, func(f flag) bool { return f.short == letters[i] && f.short != 0 })
		if n < 0 {
			return nil, &flagError{"-" + letters[i:i+1], errUnknown}
		}
		f := flags[n]
		if f.value == "" {
			g[f.long] = "true"
			continue
		}
		if rest := letters[i+1:]; rest != "" {
			g[f.long] = strings.TrimPrefix(rest, "=")
			return args[1:], nil
		}
		if len(args) < 2 {
			return nil, &flagError{"-" + letters[i:i+1], errNoValue}
		}
		g[f.long] = args[1]
		return args[2:], nil
	}
	return args[1:], nil
}

// typed are the flags as they are typed.
func typed(flags []flag) []string {
	var all []string
	for _, f := range flags {
		all = append(all, "--"+f.long)
	}
	return all
}
