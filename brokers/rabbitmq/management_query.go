package rabbitmq

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// What a query may ask of an answer: some columns, another order, one page.

// maxPage bounds a page, in rows.
const maxPage = 500

// chosen picks from an answer what the query asks for.
func chosen(q url.Values, body any) any {
	list, ok := body.([]object)
	if !ok {
		if one, ok := body.(object); ok && q.Get("columns") != "" {
			return columns(one, q.Get("columns"))
		}
		return body
	}
	total := len(list)
	if part := q.Get("name"); part != "" {
		list = slices.DeleteFunc(list, func(row object) bool { return !strings.Contains(fmt.Sprint(row["name"]), part) })
	}
	if by := q.Get("sort"); by != "" {
		slices.SortStableFunc(list, func(a, b object) int { return compare(column(a, by), column(b, by)) })
	}
	if q.Get("sort_reverse") == "true" {
		slices.Reverse(list)
	}
	filtered := len(list)
	page, err := strconv.Atoi(q.Get("page"))
	paged := err == nil && page > 0 && page < 1<<20
	size := maxPage
	if paged {
		if n, err := strconv.Atoi(q.Get("page_size")); err == nil && n > 0 {
			size = min(n, maxPage)
		}
		list = list[min((page-1)*size, len(list)):min(page*size, len(list))]
	}
	if names := q.Get("columns"); names != "" {
		for i := range list {
			list[i] = columns(list[i], names)
		}
	}
	if !paged {
		return list
	}
	return object{
		"filtered_count": filtered, "item_count": len(list), "items": list,
		"page": page, "page_count": (filtered + size - 1) / size, "page_size": size, "total_count": total,
	}
}

// columns keeps the named fields of a row; a dot leads into one.
func columns(row object, names string) object {
	out := object{}
	for name := range strings.SplitSeq(names, ",") {
		value := column(row, name)
		if value == nil {
			continue
		}
		at, into := strings.Split(name, "."), out
		for _, outer := range at[:len(at)-1] {
			inner, ok := into[outer].(object)
			if !ok {
				inner = object{}
				into[outer] = inner
			}
			into = inner
		}
		into[at[len(at)-1]] = value
	}
	return out
}

func column(row object, name string) any {
	first, rest, deeper := strings.Cut(name, ".")
	value := row[first]
	if !deeper {
		return value
	}
	if inner, ok := value.(object); ok {
		return column(inner, rest)
	}
	return nil
}

// compare orders values of a column: numbers as numbers, all else as its text.
func compare(a, b any) int {
	x, aNumber := a.(int)
	y, bNumber := b.(int)
	if aNumber && bNumber {
		return cmp.Compare(x, y)
	}
	return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b))
}

// A form is the body of a request: a JSON object whose numbers and truth values may
// stand in quotes, as rabbitmqadmin sends them.
type form map[string]any

// read reads the body. bad is what the client is told when it is none, or lacks what it
// must have.
func (r *request) read(must ...string) (f form, bad any) {
	text := make([]byte, 0, 512)
	for {
		text = slices.Grow(text, 512)
		n, err := r.Body.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		if err != nil {
			break
		}
	}
	if len(text) == 0 {
		text = []byte("{}")
	}
	if json.Unmarshal(text, &f) != nil || f == nil {
		return nil, problem("bad_request", "not_json")
	}
	if err := f.namesFit(); err != nil {
		return nil, problem("bad_request", err.Error())
	}
	var missing []string
	for _, key := range must {
		if _, ok := f[key]; !ok {
			missing = append(missing, "{key_missing,"+key+"}")
		}
	}
	if missing != nil {
		return nil, problem("bad_request", "["+strings.Join(missing, ",")+"]")
	}
	return f, nil
}

// maxName is how long a name may be, in bytes: AMQP has no room for a longer one.
const maxName = 255

// names are the fields of a form, and parts of a path, that are names.
var names = []string{"name", "vhost", "user", "source", "destination", "routing_key", "component"}

// namesFit refuses a form with a name that is too long.
func (f form) namesFit() error {
	for _, key := range names {
		if n := len(f.text(key)); n > maxName {
			return fmt.Errorf("%s of %d bytes, want at most %d", key, n, maxName)
		}
	}
	return nil
}

// pathFits does so for a path.
func (r *request) pathFits() error {
	for _, key := range names {
		if n := len(r.PathValue(key)); n > maxName {
			return fmt.Errorf("%s of %d bytes, want at most %d", key, n, maxName)
		}
	}
	return nil
}

func (f form) text(key string) string {
	text, _ := f[key].(string)
	return text
}

// truth reads a boolean; absent is missing.
func (f form) truth(key string, missing bool) (bool, error) {
	switch v := f[key].(type) {
	case nil:
		return missing, nil
	case bool:
		return v, nil
	case string:
		if v == "true" || v == "false" {
			return v == "true", nil
		}
	}
	return false, fmt.Errorf("not_boolean: %v", f[key])
}

func (f form) number(key string) (int, error) {
	switch v := f[key].(type) {
	case float64:
		return int(v), nil
	case string:
		return strconv.Atoi(v)
	}
	return 0, fmt.Errorf("%s is %v, want a number", key, f[key])
}

// object reads an object.
func (f form) object(key string) (map[string]any, error) {
	switch v := f[key].(type) {
	case nil:
		return nil, nil
	case map[string]any:
		return v, nil
	case []any:
		if len(v) == 0 {
			return nil, nil // how RabbitMQ writes an empty object
		}
	}
	return nil, fmt.Errorf("%s is %v, want an object", key, f[key])
}

// sortedKeys lists the keys of a map in order.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
