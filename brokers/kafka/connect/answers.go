package connect

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
)

// workerID is where the one worker is.
var workerID = "localhost:" + strconv.Itoa(Port)

// problem is the answer to a request that cannot be done.
func problem(code int, message string) reply {
	return reply{code, struct {
		Code    int    `json:"error_code"`
		Message string `json:"message"`
	}{code, message}}
}

func (w *Worker) about(*request) reply {
	return reply{http.StatusOK, map[string]string{"version": Version, "commit": "brokerlab", "kafka_cluster_id": "brokerlab"}}
}

// names is GET /connectors; with expand it says more of each.
func (w *Worker) names(r *request) reply {
	expand := r.URL.Query()["expand"]
	if len(expand) == 0 {
		return reply{http.StatusOK, append([]string{}, slices.Sorted(maps.Keys(w.connectors))...)}
	}
	out := make(map[string]map[string]any)
	for _, c := range w.inOrder() {
		out[c.name] = make(map[string]any)
		if slices.Contains(expand, "info") {
			out[c.name]["info"] = c.info()
		}
		if slices.Contains(expand, "status") {
			out[c.name]["status"] = c.statusBody()
		}
	}
	return reply{http.StatusOK, out}
}

// taskID names a task in answers.
type taskID struct {
	Connector string `json:"connector"`
	Task      int    `json:"task"`
}

// info describes a connector as Connect does.
func (c *connector) info() any {
	tasks := []taskID{}
	for _, t := range c.tasks {
		tasks = append(tasks, taskID{c.name, t.id})
	}
	return struct {
		Name   string            `json:"name"`
		Config map[string]string `json:"config"`
		Tasks  []taskID          `json:"tasks"`
		Type   string            `json:"type"`
	}{c.name, c.config, tasks, c.plugin.Type}
}

func (w *Worker) show(r *request) reply {
	c, bad := w.find(r.parts[0])
	if bad != nil {
		return *bad
	}
	return reply{http.StatusOK, c.info()}
}

func (w *Worker) configuration(r *request) reply {
	c, bad := w.find(r.parts[0])
	if bad != nil {
		return *bad
	}
	return reply{http.StatusOK, c.config}
}

// A state is how a connector or a task is.
type stateBody struct {
	ID     *int   `json:"id,omitempty"`
	State  string `json:"state"`
	Worker string `json:"worker_id"`
	Trace  string `json:"trace,omitempty"`
}

func (t *task) stateBody() stateBody {
	return stateBody{ID: &t.id, State: t.state, Worker: workerID, Trace: t.trace}
}

func (c *connector) statusBody() any {
	tasks := []stateBody{}
	for _, t := range c.tasks {
		tasks = append(tasks, t.stateBody())
	}
	return struct {
		Name      string      `json:"name"`
		Connector stateBody   `json:"connector"`
		Tasks     []stateBody `json:"tasks"`
		Type      string      `json:"type"`
	}{c.name, stateBody{State: c.state, Worker: workerID}, tasks, c.plugin.Type}
}

func (w *Worker) status(r *request) reply {
	c := w.connectors[r.parts[0]]
	if c == nil {
		return problem(http.StatusNotFound, "No status found for connector "+r.parts[0])
	}
	return reply{http.StatusOK, c.statusBody()}
}

func (w *Worker) taskStatus(r *request) reply {
	t, bad := w.findTask(r)
	if bad != nil {
		return problem(http.StatusNotFound, "No status found for task "+r.parts[0]+"-"+r.parts[1])
	}
	return reply{http.StatusOK, t.stateBody()}
}

func (w *Worker) taskList(r *request) reply {
	c, bad := w.find(r.parts[0])
	if bad != nil {
		return *bad
	}
	type entry struct {
		ID     taskID            `json:"id"`
		Config map[string]string `json:"config"`
	}
	out := []entry{}
	for _, t := range c.tasks {
		out = append(out, entry{taskID{c.name, t.id}, t.config()})
	}
	return reply{http.StatusOK, out}
}

// config is what the connector tells a task.
func (t *task) config() map[string]string {
	config := maps.Clone(t.c.config)
	config["task.class"] = strings.TrimSuffix(t.c.plugin.Class, "Connector") + "Task"
	return config
}

func (w *Worker) plugins(*request) reply {
	out := make([]map[string]string, 0, len(Plugins))
	for _, p := range Plugins {
		out = append(out, map[string]string{"class": p.Class, "type": p.Type, "version": Version})
	}
	return reply{http.StatusOK, out}
}

// validate is PUT /connector-plugins/{class}/config/validate.
func (w *Worker) validate(r *request) reply {
	var in map[string]any
	if bad := r.body(&in); bad != nil {
		return *bad
	}
	config, err := texts(in)
	if err != nil {
		return problem(http.StatusBadRequest, err.Error())
	}
	p, ok := pluginOf(r.parts[0])
	if !ok {
		return problem(http.StatusNotFound, missingClass(r.parts[0]))
	}
	if given, ok := pluginOf(config["connector.class"]); config["connector.class"] != "" && (!ok || given.Class != p.Class) {
		return problem(http.StatusBadRequest, fmt.Sprintf("Included connector type %s does not match request type %s", config["connector.class"], p.Class))
	}
	values := p.Validate(config)
	configs := make([]any, 0, len(values))
	for i, v := range values {
		configs = append(configs, v.body(i))
	}
	return reply{http.StatusOK, map[string]any{
		"name": p.Class, "error_count": len(errorsOf(values)), "groups": []string{"Common", "Transforms", "Error Handling"}, "configs": configs,
	}}
}

// body describes a setting and its value.
func (v Value) body(order int) any {
	kind, importance := v.Type, "LOW"
	if kind == "" {
		kind = "STRING"
	}
	if v.Required {
		importance = "HIGH"
	}
	var byDefault, given any
	if v.Default != "" {
		byDefault = v.Default
	}
	if v.IsSet || v.Default != "" {
		given = v.Given
	}
	return map[string]any{
		"definition": map[string]any{
			"name": v.Name, "type": kind, "required": v.Required, "default_value": byDefault, "importance": importance,
			"documentation": v.Doc, "group": nil, "width": "NONE", "display_name": v.Name, "dependents": []string{}, "order": order,
		},
		"value": map[string]any{
			"name": v.Name, "value": given, "recommended_values": append([]string{}, v.Values...), "errors": append([]string{}, v.Errors...), "visible": true,
		},
	}
}

// sorted are the settings of a configuration as an error shows them.
func sorted(config map[string]string) []string {
	out := make([]string, 0, len(config))
	for _, name := range slices.Sorted(maps.Keys(config)) {
		out = append(out, name+"="+config[name])
	}
	return out
}

// Place draws the worker, with the names of its connectors.
func (w *Worker) Place() brokers.Place {
	place := brokers.Place{ID: "service:connect", Kind: "service", Name: "connect"}
	if len(w.connectors) > 0 {
		place.Detail = map[string]any{"connectors": slices.Sorted(maps.Keys(w.connectors))}
	}
	return place
}
