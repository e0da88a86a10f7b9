package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// The user that is there from the start.
const guest = "guest"

// requestTime is how long one request may take, maxAnswer how long its answer may be, in
// bytes.
const (
	requestTime = 30 * time.Second
	maxAnswer   = 4 << 20
)

// An api makes requests to the management port as one user.
type api struct {
	ctx            context.Context
	host, port     string
	user, password string
	cookie         string // in place of a user: what the tools of the node itself show
}

// An answer is what came back.
type answer struct {
	status int
	path   string // that was asked for, from /api on
	body   []byte
}

// row is a JSON object.
type row = map[string]any

// do makes a request; path stands behind /api, its parts escaped.
func (a *api) do(method, path string, body any) (answer, error) {
	ctx, cancel := context.WithTimeout(a.ctx, requestTime)
	defer cancel()
	var sent io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return answer{}, fmt.Errorf("%s %s: %w", method, path, err)
		}
		sent = bytes.NewReader(b)
	}
	path = "/api" + path
	req, err := http.NewRequestWithContext(ctx, method, "http://"+net.JoinHostPort(a.host, a.port)+path, sent)
	if err != nil {
		return answer{}, err
	}
	if a.cookie != "" {
		req.Header.Set("Authorization", "Cookie "+a.cookie)
	} else {
		req.SetBasicAuth(a.user, a.password)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return answer{}, fmt.Errorf("%s %s: %w", method, path, err)
	}
	return answer{resp.StatusCode, path, bytes.TrimSpace(text)}, nil
}

// unreachable says in the system's words why nobody answers.
func unreachable(err error) string {
	var number syscall.Errno
	if errors.As(err, &number) {
		text := number.Error()
		return fmt.Sprintf("[Errno %d] %s", int(number), strings.ToUpper(text[:1])+text[1:])
	}
	var outer *url.Error
	if errors.As(err, &outer) {
		return outer.Err.Error()
	}
	return err.Error()
}

// failed reports whether the broker did not do what was asked.
func (a answer) failed() bool { return a.status >= http.StatusBadRequest }

// reason is what the broker says of a refusal; "" if nothing.
func (a answer) reason() string {
	var said struct {
		Reason any `json:"reason"`
	}
	if json.Unmarshal(a.body, &said) != nil || said.Reason == nil {
		return ""
	}
	if text, ok := said.Reason.(string); ok {
		return text
	}
	return fmt.Sprint(said.Reason)
}

// rows reads the answer as a list of objects, and one object as a list of one.
func (a answer) rows() ([]row, error) {
	in := json.NewDecoder(bytes.NewReader(a.body))
	in.UseNumber()
	var list []row
	if bytes.HasPrefix(a.body, []byte("{")) {
		list = []row{{}}
		return list, in.Decode(&list[0])
	}
	if err := in.Decode(&list); err != nil {
		return nil, fmt.Errorf("%s: the answer is no list of objects: %w", a.path, err)
	}
	return list, nil
}

// list asks for rows.
func (a *api) list(path string) ([]row, answer, error) {
	got, err := a.do(http.MethodGet, path, nil)
	if err != nil || got.failed() {
		return nil, got, err
	}
	rows, err := got.rows()
	return rows, got, err
}

// at joins the parts of a path, each escaped.
func at(parts ...string) string {
	var path strings.Builder
	for _, part := range parts {
		path.WriteString("/" + escape(part))
	}
	return path.String()
}

// escape writes a part of a path in ASCII letters, digits and -._~, all else as %XX.
func escape(part string) string {
	return strings.ReplaceAll(url.QueryEscape(part), "+", "%20")
}

// text is a field of an object, as people write it.
func text(o row, field string) string { return plain(o[field]) }

// plain writes a value: text as it is, lists joined by spaces, objects as JSON.
func plain(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool, json.Number:
		return fmt.Sprint(v)
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = plain(v[i])
		}
		return strings.Join(parts, " ")
	}
	b, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(b)
}
