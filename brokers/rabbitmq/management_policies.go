package rabbitmq

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"

	"github.com/brokerlab/brokerlab/brokers/rabbitmq/model"
)

// What an administrator or a policymaker sets for many things at once: policies, limits,
// parameters. Operator policies are left out.

func policyObject(v *model.VHost, p *model.Policy) object {
	return object{
		"vhost": v.Name, "name": p.Name, "pattern": p.Pattern, "apply-to": p.ApplyTo, "priority": p.Priority, "definition": plain(p.Definition),
	}
}

func (r *request) listPolicies() (int, any) {
	list := []object{}
	for _, v := range r.seen() {
		for _, p := range v.Policies() {
			list = append(list, policyObject(v, p))
		}
	}
	return http.StatusOK, list
}

func (r *request) getPolicy() (int, any) {
	p := r.vhost().Policy(r.PathValue("name"))
	if p == nil {
		return http.StatusNotFound, notFound
	}
	return http.StatusOK, policyObject(r.vhost(), p)
}

func (r *request) putPolicy() (int, any) {
	f, bad := r.read("pattern", "definition")
	if bad != nil {
		return http.StatusBadRequest, bad
	}
	added, err := r.setPolicy(r.PathValue("vhost"), r.PathValue("name"), f)
	if err != nil {
		return refuse(err)
	}
	return done(added)
}

// setPolicy reads a policy and sets it.
func (r *request) setPolicy(vhost, name string, f form) (added bool, err error) {
	pattern, ok := f["pattern"].(string)
	if !ok {
		return false, invalid("pattern should be a binary but was %s", erlangOf(f["pattern"]))
	}
	priority := 0
	if f["priority"] != nil {
		n, ok := f["priority"].(float64)
		if !ok || n != math.Trunc(n) || math.Abs(n) > math.MaxInt32 {
			return false, invalid("priority should be a number, actually was %s", escapeErlang(f["priority"]))
		}
		priority = int(n)
	}
	if f["apply-to"] != nil && f.text("apply-to") == "" {
		return false, invalid("apply-to '%s' unrecognised; should be 'queues', 'exchanges' or 'all'", jsonText(f["apply-to"]))
	}
	given, err := f.object("definition")
	if err != nil {
		return false, err
	}
	definition, err := tableOf("definition", given)
	if err != nil {
		return false, err
	}
	p, err := model.NewPolicy(name, pattern, f.text("apply-to"), priority, definition)
	if err != nil {
		return false, err
	}
	return r.b.node.VHost(vhost).SetPolicy(p)
}

func (r *request) deletePolicy() (int, any) {
	if !r.vhost().ClearPolicy(r.PathValue("name")) {
		return http.StatusNotFound, notFound
	}
	return done(false)
}

// limitsComponent is the component whose parameters the limits of virtual hosts are.
const limitsComponent = "vhost-limits"

// limitsObject is how limits are written: none as an empty list.
func limitsObject(limits map[string]int) any {
	o := object{}
	for name, n := range limits {
		o[name] = n
	}
	return o
}

func (r *request) listLimits() (int, any) {
	list := []object{}
	for _, v := range r.seen() {
		if len(v.Limits()) > 0 {
			list = append(list, object{"vhost": v.Name, "value": limitsObject(v.Limits())})
		}
	}
	return http.StatusOK, list
}

// checkLimit refuses what is no limit; what is the word for those of its kind.
func checkLimit(what, name string, value any, known ...string) error {
	if !slices.Contains(known, name) {
		return fmt.Errorf("Unrecognised terms [{%s,%s}] in %s", erlangOf(name), erlangOf(value), what) //nolint:staticcheck // RabbitMQ's words
	}
	if n, ok := value.(float64); !ok || n != math.Trunc(n) || math.Abs(n) > math.MaxInt32 {
		return fmt.Errorf("%s should be a number, actually was %s", name, erlangOf(value))
	}
	return nil
}

func (r *request) putLimit() (int, any) {
	f, bad := r.read("value")
	if bad != nil {
		return http.StatusBadRequest, bad
	}
	if r.vhost() == nil {
		return http.StatusNotFound, problem("not_found", "vhost_not_found")
	}
	name := r.PathValue("name")
	if err := checkLimit("limits", name, f["value"], model.MaxConnections, model.MaxQueues); err != nil {
		return refuse(invalid("%v", err))
	}
	r.vhost().Limit(name, int(f["value"].(float64)))
	return done(false)
}

func (r *request) deleteLimit() (int, any) {
	if r.vhost() == nil {
		return http.StatusNotFound, notFound
	}
	r.vhost().Unlimit(r.PathValue("name"))
	return done(false)
}

// userLimits lists those of the user in the path, or of all.
func (r *request) userLimits() (int, any) {
	name, list := r.PathValue("user"), []object{}
	if _, ok := r.b.node.User(name); name != "" && !ok {
		return http.StatusNotFound, notFound
	}
	for _, u := range r.b.node.Users() {
		if limits := r.b.node.UserLimits(u.Name); len(limits) > 0 && (name == "" || name == u.Name) {
			list = append(list, object{"user": u.Name, "value": limitsObject(limits)})
		}
	}
	return http.StatusOK, list
}

func (r *request) putUserLimit() (int, any) {
	f, bad := r.read("value")
	if bad != nil {
		return http.StatusBadRequest, bad
	}
	user, name := r.PathValue("user"), r.PathValue("name")
	if _, ok := r.b.node.User(user); !ok {
		return http.StatusBadRequest, object{"error": "bad_request", "reason": []string{"no_such_user", user}}
	}
	if err := checkLimit("user-limits", name, f["value"], model.MaxConnections, model.MaxChannels); err != nil {
		return refuse(err)
	}
	r.b.node.LimitUser(user, name, int(f["value"].(float64)))
	return done(false)
}

func (r *request) deleteUserLimit() (int, any) {
	if _, ok := r.b.node.User(r.PathValue("user")); !ok {
		return http.StatusNotFound, notFound
	}
	r.b.node.UnlimitUser(r.PathValue("user"), r.PathValue("name"))
	return done(false)
}

// parametersOf are those of a virtual host: its limits are one.
func parametersOf(v *model.VHost) []object {
	if v.Limits() == nil {
		return nil
	}
	return []object{{"vhost": v.Name, "component": limitsComponent, "name": "limits", "value": listIfEmpty(limitsObject(v.Limits()))}}
}

// listIfEmpty is how RabbitMQ writes an object that is empty.
func listIfEmpty(value any) any {
	if o, ok := value.(object); ok && len(o) == 0 {
		return []object{}
	}
	return value
}

func (r *request) listParameters() (int, any) {
	list := []object{}
	for _, v := range r.seen() {
		for _, p := range parametersOf(v) {
			if of := r.PathValue("component"); of == "" || of == p["component"] {
				list = append(list, p)
			}
		}
	}
	return http.StatusOK, list
}

func (r *request) getParameter() (int, any) {
	for _, p := range parametersOf(r.vhost()) {
		if r.PathValue("component") == p["component"] && r.PathValue("name") == p["name"] {
			return http.StatusOK, p
		}
	}
	return http.StatusNotFound, notFound
}

// componentError says that nobody takes parameters of a component: those that do are
// plugins, as shovel and federation are.
func componentError(component string) error { return invalid("component %s not found", component) }

func (r *request) putParameter() (int, any) {
	f, bad := r.read("value")
	if bad != nil {
		return http.StatusBadRequest, bad
	}
	switch component := r.PathValue("component"); component {
	case limitsComponent:
		f["component"], f["vhost"], f["name"] = component, r.PathValue("vhost"), r.PathValue("name")
		if err := r.importParameter(f); err != nil {
			return refuse(invalid("%v", err))
		}
		return done(false)
	case "policy", "operator_policy":
		return refuse(errors.New("policies may not be set using this method"))
	default:
		return refuse(componentError(component))
	}
}

func (r *request) deleteParameter() (int, any) {
	if status, body := r.getParameter(); status != http.StatusOK {
		return status, body
	}
	for name := range r.vhost().Limits() {
		r.vhost().Unlimit(name)
	}
	return done(false)
}

func (r *request) listGlobals() (int, any) {
	list := []object{}
	for _, g := range r.b.node.Globals() {
		list = append(list, object{"name": g.Name, "value": g.Value})
	}
	return http.StatusOK, list
}

func (r *request) getGlobal() (int, any) {
	for _, g := range r.b.node.Globals() {
		if g.Name == r.PathValue("name") {
			return http.StatusOK, object{"name": g.Name, "value": g.Value}
		}
	}
	return http.StatusNotFound, notFound
}

func (r *request) putGlobal() (int, any) {
	f, bad := r.read("value")
	if bad != nil {
		return http.StatusBadRequest, bad
	}
	added, err := r.b.node.SetGlobal(r.PathValue("name"), f["value"])
	if err != nil {
		return refuse(err)
	}
	return done(added)
}

func (r *request) deleteGlobal() (int, any) {
	if !r.b.node.ClearGlobal(r.PathValue("name")) {
		return http.StatusNotFound, notFound
	}
	return done(false)
}

// invalid is how RabbitMQ refuses what is set.
func invalid(format string, args ...any) error {
	return fmt.Errorf("Validation failed\n\n"+format+"\n", args...) //nolint:staticcheck // RabbitMQ's own words
}

// erlangOf writes a value of JSON as RabbitMQ's own language does.
func erlangOf(value any) string {
	if text, ok := value.(string); ok {
		return `<<"` + text + `">>`
	}
	return jsonText(value)
}

// escapeErlang does so for a page.
func escapeErlang(value any) string {
	if text, ok := value.(string); ok {
		return `&lt;&lt;"` + text + `"&gt;&gt;`
	}
	return jsonText(value)
}
