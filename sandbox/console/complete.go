package console

import (
	"context"
	"maps"
	"slices"
	"strings"
	"unicode/utf16"
)

// maxItems bounds what is offered.
const maxItems = 200

// complete offers what could stand at the end of a line, in place of its last back
// UTF-16 code units: commands, a tool's flags, and the values that the broker knows.
func (s *Shell) complete(ctx context.Context, line string) (items []string, back int) {
	words, part := s.words(line)
	switch {
	case len(words) == 0:
		items = slices.Collect(maps.Keys(builtins))
		for _, t := range s.tools {
			items = append(items, t.Name)
		}
	default:
		t, ok := s.tool(words[0])
		if !ok {
			return nil, 0
		}
		flag, value, joined := strings.Cut(part, "=")
		switch {
		case t.Words != nil:
			items = slices.Clone(t.Words(ctx, words[1:], part))
		case joined && strings.HasPrefix(flag, "--"):
			part = value
			items = valuesOf(ctx, t.Values, flag)
		case strings.HasPrefix(part, "-"):
			items = slices.Clone(t.Flags)
		default:
			if items = valuesOf(ctx, t.Values, words[len(words)-1]); items == nil && part == "" {
				items = slices.Clone(t.Flags)
			}
		}
	}
	items = slices.DeleteFunc(items, func(item string) bool { return !strings.HasPrefix(item, part) })
	slices.Sort(items)
	return items[:min(len(items), maxItems)], len(utf16.Encode([]rune(part)))
}

func valuesOf(ctx context.Context, values func(context.Context, string) []string, flag string) []string {
	if values == nil || !strings.HasPrefix(flag, "-") {
		return nil
	}
	return slices.Clone(values(ctx, flag))
}

// words are those of the last command of a line, and the one that is being typed.
func (s *Shell) words(line string) (words []string, part string) {
	if i := strings.LastIndexAny(line, "|;&\n"); i >= 0 {
		line = line[i+1:]
	}
	words = strings.Fields(line)
	if n := len(words); n > 0 && !strings.HasSuffix(line, " ") && !strings.HasSuffix(line, "\t") {
		return words[:n-1], words[n-1]
	}
	return words, ""
}
