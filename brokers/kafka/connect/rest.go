package connect

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maxName bounds the name of a connector, in bytes.
const maxName = 100

// A route is one request of the REST interface. Parts of the path in braces are handed on.
type route struct {
	method, path string
	handle       func(w *Worker, r *request) reply
}

// A request with the parts of its path that its route names.
type request struct {
	*http.Request
	parts []string
}

// A reply is a status and a body, which is written as JSON; nil for none.
type reply struct {
	code int
	body any
}

// routes are all requests that are answered.
var routes = []route{
	{"GET", "/", (*Worker).about},
	{"GET", "/connectors", (*Worker).names},
	{"POST", "/connectors", (*Worker).create},
	{"GET", "/connectors/{}", (*Worker).show},
	{"DELETE", "/connectors/{}", (*Worker).drop},
	{"GET", "/connectors/{}/config", (*Worker).configuration},
	{"PUT", "/connectors/{}/config", (*Worker).configure},
	{"GET", "/connectors/{}/status", (*Worker).status},
	{"PUT", "/connectors/{}/pause", asks(paused, http.StatusAccepted)},
	{"PUT", "/connectors/{}/resume", asks(running, http.StatusAccepted)},
	{"PUT", "/connectors/{}/stop", asks(stopped, http.StatusNoContent)},
	{"POST", "/connectors/{}/restart", (*Worker).restart},
	{"GET", "/connectors/{}/tasks", (*Worker).taskList},
	{"GET", "/connectors/{}/tasks/{}/status", (*Worker).taskStatus},
	{"POST", "/connectors/{}/tasks/{}/restart", (*Worker).taskRestart},
	{"GET", "/connector-plugins", (*Worker).plugins},
	{"PUT", "/connector-plugins/{}/config/validate", (*Worker).validate},
}

// ServeHTTP answers one request, inside the sequencer.
func (w *Worker) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	got := w.answer(r)
	if got.body == nil {
		out.WriteHeader(got.code)
		return
	}
	out.Header().Set("Content-Type", "application/json")
	out.WriteHeader(got.code)
	_ = json.NewEncoder(out).Encode(got.body) // into memory
}

func (w *Worker) answer(r *http.Request) reply {
	if !w.up {
		return problem(http.StatusServiceUnavailable, "The worker is not running")
	}
	var allowed []string
	for _, route := range routes {
		parts, ok := match(route.path, r.URL.EscapedPath())
		if !ok {
			continue
		}
		if route.method == r.Method {
			return route.handle(w, &request{r, parts})
		}
		allowed = append(allowed, route.method)
	}
	if allowed != nil {
		return problem(http.StatusMethodNotAllowed, "HTTP 405 Method Not Allowed")
	}
	return problem(http.StatusNotFound, "HTTP 404 Not Found")
}

// match compares a path with a route's, part by part.
func match(pattern, path string) (parts []string, ok bool) {
	want := strings.Split(pattern, "/")
	have := strings.Split(strings.TrimSuffix(path, "/"), "/")
	if pattern == "/" {
		want = want[:1]
	}
	if len(want) != len(have) {
		return nil, false
	}
	for i := range want {
		part, err := url.PathUnescape(have[i])
		switch {
		case err != nil:
			return nil, false
		case want[i] == "{}" && part != "":
			parts = append(parts, part)
		case want[i] != part:
			return nil, false
		}
	}
	return parts, true
}

// body reads the JSON of a request.
func (r *request) body(into any) (bad *reply) {
	raw, err := io.ReadAll(r.Body)
	if err == nil && depth(raw) > maxDepth {
		err = fmt.Errorf("nested more than %d deep", maxDepth)
	}
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		p := problem(http.StatusBadRequest, "Cannot deserialize the request: "+err.Error())
		return &p
	}
	return nil
}

// create is POST /connectors.
func (w *Worker) create(r *request) reply {
	var in struct {
		Name   string         `json:"name"`
		Config map[string]any `json:"config"`
		State  string         `json:"initial_state"`
	}
	if bad := r.body(&in); bad != nil {
		return *bad
	}
	config, err := texts(in.Config)
	switch {
	case err != nil:
		return problem(http.StatusBadRequest, err.Error())
	case in.Config == nil:
		return problem(http.StatusBadRequest, refusal([]string{`Missing required configuration "connector.class" which has no default value.`}))
	case in.Name == "":
		return problem(http.StatusBadRequest, refusal([]string{`Missing required configuration "name" which has no default value.`}))
	case config["name"] != "" && config["name"] != in.Name:
		return problem(http.StatusBadRequest, "Connector name configuration ("+config["name"]+") doesn't match connector name in the URL ("+in.Name+")")
	case w.connectors[in.Name] != nil:
		return problem(http.StatusConflict, "Connector "+in.Name+" already exists")
	}
	p, bad := w.accept(in.Name, config)
	if bad != nil {
		return *bad
	}
	state := running
	switch in.State {
	case paused, stopped:
		state = in.State
	}
	if err := w.keepConfig(in.Name, config); err != nil {
		return problem(http.StatusInternalServerError, "Error "+err.Error())
	}
	return reply{http.StatusCreated, w.add(in.Name, p, config, state).info()}
}

// configure is PUT /connectors/{name}/config: it makes the connector if it is not there.
func (w *Worker) configure(r *request) reply {
	var in map[string]any
	if bad := r.body(&in); bad != nil {
		return *bad
	}
	config, err := texts(in)
	if err != nil {
		return problem(http.StatusBadRequest, err.Error())
	}
	name := r.parts[0]
	p, bad := w.accept(name, config)
	if bad != nil {
		return *bad
	}
	if err := w.keepConfig(name, config); err != nil {
		return problem(http.StatusInternalServerError, "Error "+err.Error())
	}
	if c := w.connectors[name]; c != nil {
		c.change(p, config)
		return reply{http.StatusOK, c.info()}
	}
	return reply{http.StatusCreated, w.add(name, p, config, running).info()}
}

// texts makes a configuration of JSON: numbers and booleans are taken as they are written.
func texts(in map[string]any) (map[string]string, error) {
	if len(in) > maxConfig {
		return nil, fmt.Errorf("a configuration of %d settings, want at most %d", len(in), maxConfig)
	}
	out := make(map[string]string, len(in))
	for name, v := range in {
		switch v := v.(type) {
		case string:
			out[name] = v
		case bool:
			out[name] = strconv.FormatBool(v)
		case float64:
			out[name] = strconv.FormatFloat(v, 'f', -1, 64)
		case nil:
		default:
			return nil, said(fmt.Sprintf("Cannot deserialize the request: %q is neither a string nor a number nor a boolean", name))
		}
	}
	return out, nil
}

// accept checks a configuration, and fills in its name.
func (w *Worker) accept(name string, config map[string]string) (Plugin, *reply) {
	refuse := func(text string) (Plugin, *reply) {
		p := problem(http.StatusBadRequest, text)
		return Plugin{}, &p
	}
	if len(name) > maxName || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
		return refuse(fmt.Sprintf("a name of %d bytes, want at most %d and no control characters", len(name), maxName))
	}
	if w.connectors[name] == nil && len(w.connectors) >= maxConnectors {
		return refuse(fmt.Sprintf("quota: this worker runs at most %d connectors", maxConnectors))
	}
	config["name"] = name
	class := config["connector.class"]
	if class == "" {
		return refuse(`Connector config {` + strings.Join(sorted(config), ", ") + `} contains no connector type`)
	}
	p, ok := pluginOf(class)
	if !ok {
		return refuse(missingClass(class))
	}
	if errs := errorsOf(p.Validate(config)); len(errs) > 0 {
		return refuse(refusal(errs))
	}
	return p, nil
}

// missingClass is what Connect says of a class that it does not have.
func missingClass(class string) string {
	names := make([]string, 0, len(Plugins))
	for _, p := range Plugins {
		names = append(names, fmt.Sprintf("PluginDesc{class='%s', type=%s}", p.Class, p.Type))
	}
	return fmt.Sprintf("Failed to find any class that implements Connector and which name matches %s, available connectors are: %s", class, strings.Join(names, ", "))
}

// asks makes a request that moves a connector to a state.
func asks(state string, code int) func(*Worker, *request) reply {
	return func(w *Worker, r *request) reply {
		c, bad := w.find(r.parts[0])
		if bad != nil {
			return *bad
		}
		c.ask(state)
		return reply{code, nil}
	}
}

func (w *Worker) drop(r *request) reply {
	c, bad := w.find(r.parts[0])
	if bad != nil {
		return *bad
	}
	c.remove()
	return reply{http.StatusNoContent, nil}
}

// restart is POST /connectors/{name}/restart: its tasks only if they are asked for.
func (w *Worker) restart(r *request) reply {
	c, bad := w.find(r.parts[0])
	if bad != nil {
		return *bad
	}
	query := r.URL.Query()
	if query.Get("includeTasks") != "true" {
		return reply{http.StatusNoContent, nil}
	}
	for _, t := range c.tasks {
		if t.state == failed || query.Get("onlyFailed") != "true" {
			t.restart()
		}
	}
	return reply{http.StatusAccepted, c.statusBody()}
}

func (w *Worker) taskRestart(r *request) reply {
	t, bad := w.findTask(r)
	if bad != nil {
		return *bad
	}
	t.restart()
	return reply{http.StatusNoContent, nil}
}

// find returns a connector, or the answer that there is none.
func (w *Worker) find(name string) (*connector, *reply) {
	if c := w.connectors[name]; c != nil {
		return c, nil
	}
	p := problem(http.StatusNotFound, "Connector "+name+" not found")
	return nil, &p
}

func (w *Worker) findTask(r *request) (*task, *reply) {
	c, bad := w.find(r.parts[0])
	if bad != nil {
		return nil, bad
	}
	i := slices.IndexFunc(c.tasks, func(t *task) bool { return strconv.Itoa(t.id) == r.parts[1] })
	if i < 0 {
		p := problem(http.StatusNotFound, "Task "+c.name+"-"+r.parts[1]+" not found")
		return nil, &p
	}
	return c.tasks[i], nil
}
