package rabbitmq

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/brokers/rabbitmq/model"
)

// Definitions are everything but the messages, as one object: what could be set up again
// on another node.

// definitions writes them. What is exclusive to a connection or there from the start is
// left out.
func (r *request) definitions() (int, any) {
	out := r.contents(r.b.node.VHosts(), true)
	var users, permissions, vhosts, globals = []object{}, []object{}, []object{}, []object{}
	for _, u := range r.b.node.Users() {
		users = append(users, r.fullUser(u))
	}
	for _, p := range r.b.node.Permissions() {
		permissions = append(permissions, permissionObject(p))
	}
	for _, v := range r.b.node.VHosts() {
		vhosts = append(vhosts, object{"name": v.Name})
	}
	for _, g := range r.b.node.Globals() {
		globals = append(globals, object{"name": g.Name, "value": g.Value})
	}
	maps.Copy(out, object{
		"rabbitmq_version": version, "product_name": "RabbitMQ", "product_version": version,
		"users": users, "vhosts": vhosts, "permissions": permissions, "topic_permissions": []object{}, "global_parameters": globals,
	})
	return http.StatusOK, out
}

// definitionsOf writes those of one virtual host, which do not name it.
func (r *request) definitionsOf() (int, any) {
	return http.StatusOK, r.contents([]*model.VHost{r.vhost()}, false)
}

// contents are the definitions of what is in virtual hosts.
func (r *request) contents(hosts []*model.VHost, named bool) object {
	var queues, exchanges, bindings, policies, parameters = []object{}, []object{}, []object{}, []object{}, []object{}
	add := func(list *[]object, o object, without ...string) {
		if !named {
			without = append(without, "vhost")
		}
		for _, key := range without {
			delete(o, key)
		}
		*list = append(*list, o)
	}
	for _, v := range hosts {
		private := map[string]bool{}
		for _, q := range v.Queues() {
			if private[q.Name] = q.Owner != nil; q.Owner == nil {
				add(&queues, columns(queueObject(v, q), "name,vhost,durable,auto_delete,arguments"))
			}
		}
		for _, x := range v.Exchanges() {
			if x.Name != "" && !strings.HasPrefix(x.Name, "amq.") {
				add(&exchanges, exchangeObject(v, x), "policy")
			}
		}
		for _, b := range v.Bindings() {
			if b.Source != "" && (b.ToExchange || !private[b.Destination]) {
				add(&bindings, bindingObject(b), "properties_key")
			}
		}
		for _, p := range v.Policies() {
			add(&policies, policyObject(v, p))
		}
		for _, p := range parametersOf(v) {
			add(&parameters, p)
		}
	}
	return object{
		"rabbit_version": version, "queues": queues, "exchanges": exchanges, "bindings": bindings, "policies": policies, "parameters": parameters,
	}
}

// A chapter is one list of the definitions, and how one of its entries is made. What is
// there already stays as it is, but for users, permissions, policies and parameters.
type chapter struct {
	name string
	must []string
	make func(r *request, f form) error
}

// chapters are in the order in which they are read: each needs those before it.
var chapters = []chapter{
	{"users", []string{"name"}, (*request).importUser},
	{"vhosts", []string{"name"}, func(r *request, f form) error {
		_, err := r.b.node.AddVHost(f.text("name"))
		return err
	}},
	{"permissions", []string{"user", "vhost", "configure", "write", "read"}, func(r *request, f form) error {
		return r.b.node.Permit(f.text("user"), f.text("vhost"), f.text("configure"), f.text("write"), f.text("read"))
	}},
	{"topic_permissions", nil, func(*request, form) error {
		return errors.New("permissions of topics are not part of this miniature")
	}},
	{"parameters", []string{"component", "name", "value", "vhost"}, (*request).importParameter},
	{"global_parameters", []string{"name", "value"}, func(r *request, f form) error {
		_, err := r.b.node.SetGlobal(f.text("name"), f["value"])
		return err
	}},
	{"policies", []string{"name", "pattern", "definition", "vhost"}, func(r *request, f form) error {
		return r.inVHost(f, func(*model.Channel, *model.VHost) error {
			_, err := r.setPolicy(f.text("vhost"), f.text("name"), f)
			return err
		})
	}},
	{"queues", []string{"name", "vhost"}, (*request).importQueue},
	{"exchanges", []string{"name", "type", "vhost"}, (*request).importExchange},
	{"bindings", []string{"source", "destination", "destination_type", "routing_key", "vhost"}, (*request).importBinding},
}

// importDefinitions reads definitions, all of the node's or of one virtual host. What is
// wrong is told with the list and the place where it stands; what came before it is made.
func (r *request) importDefinitions() (int, any) {
	f, bad := r.read()
	if bad != nil {
		return http.StatusBadRequest, problem("bad_request", "failed_to_parse_json")
	}
	vhost := r.PathValue("vhost")
	for _, c := range chapters {
		entries, err := f.list(c.name)
		if err != nil {
			return refuse(err)
		}
		for i, entry := range entries {
			if vhost != "" && slices.Contains(c.must, "vhost") {
				entry["vhost"] = vhost
			}
			if err := r.importOne(c, entry); err != nil {
				return refuse(fmt.Errorf("%s[%d]: %w", c.name, i, err))
			}
		}
	}
	return done(false)
}

func (r *request) importOne(c chapter, f form) error {
	for _, key := range c.must {
		if _, ok := f[key]; !ok {
			return fmt.Errorf("%q is missing", key)
		}
		if _, text := f[key].(string); !text && key != "value" && key != "definition" {
			return fmt.Errorf("%q is %s, want text", key, jsonText(f[key]))
		}
	}
	if err := errors.Join(f.namesFit(), r.b.room()); err != nil {
		return err
	}
	err := c.make(r, f)
	if e := (*model.Error)(nil); errors.As(err, &e) {
		return errors.New(e.Text)
	}
	return err
}

// list reads a list of objects.
func (f form) list(key string) ([]form, error) {
	given, ok := f[key].([]any)
	if f[key] != nil && !ok {
		return nil, fmt.Errorf("%s is %s, want a list", key, jsonText(f[key]))
	}
	var out []form
	for i, entry := range given {
		o, ok := entry.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s[%d] is %s, want an object", key, i, jsonText(entry))
		}
		out = append(out, o)
	}
	return out, nil
}

// jsonText writes a value for those who have written it, cut off if it is long.
func jsonText(value any) string {
	b, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(b[:min(len(b), 100)])
}

// inVHost does something in the virtual host of an entry.
func (r *request) inVHost(f form, do func(*model.Channel, *model.VHost) error) error {
	v := r.b.node.VHost(f.text("vhost"))
	if v == nil {
		return fmt.Errorf("no_such_vhost: %q", f.text("vhost"))
	}
	return do(v.Setup(), v)
}

func (r *request) importUser(f form) error {
	tags, err := f.tags()
	if err != nil {
		return err
	}
	limits, err := f.object("limits")
	if err != nil {
		return err
	}
	for _, name := range sortedKeys(limits) {
		if err := checkLimit("user-limits", name, limits[name], model.MaxConnections, model.MaxChannels); err != nil {
			return err
		}
	}
	if err := r.setUser(f.text("name"), f, tags); err != nil {
		return err
	}
	for _, name := range sortedKeys(limits) {
		r.b.node.LimitUser(f.text("name"), name, int(limits[name].(float64)))
	}
	return nil
}

func (r *request) importQueue(f form) error {
	durable, autoDelete, _, arguments, err := f.declaration()
	if err != nil {
		return err
	}
	return r.inVHost(f, func(ch *model.Channel, v *model.VHost) error {
		if v.Queue(f.text("name")) != nil {
			return nil
		}
		_, err := ch.DeclareQueue(model.QueueSpec{Name: f.text("name"), Durable: durable, AutoDelete: autoDelete, Arguments: arguments})
		return err
	})
}

func (r *request) importExchange(f form) error {
	durable, autoDelete, internal, arguments, err := f.declaration()
	if err != nil {
		return err
	}
	return r.inVHost(f, func(ch *model.Channel, v *model.VHost) error {
		if slices.ContainsFunc(v.Exchanges(), func(x *model.Exchange) bool { return x.Name == f.text("name") }) {
			return nil
		}
		return ch.DeclareExchange(model.ExchangeSpec{
			Name: f.text("name"), Kind: f.text("type"), Durable: durable, AutoDelete: autoDelete, Internal: internal, Arguments: arguments,
		})
	})
}

func (r *request) importBinding(f form) error {
	given, err := f.object("arguments")
	if err != nil {
		return err
	}
	arguments, err := tableOf("arguments", given)
	if err != nil {
		return err
	}
	if err := f.oneOf("destination_type", "queue", "exchange"); err != nil {
		return err
	}
	return r.inVHost(f, func(ch *model.Channel, _ *model.VHost) error {
		bind := ch.Bind
		if f.text("destination_type") == "exchange" {
			bind = ch.BindExchange
		}
		return bind(f.text("destination"), f.text("source"), f.text("routing_key"), arguments)
	})
}

// importParameter sets the limits of a virtual host, the only parameters there are.
func (r *request) importParameter(f form) error {
	if f.text("component") != limitsComponent {
		return componentError(f.text("component"))
	}
	limits, err := f.object("value")
	if err != nil {
		return err
	}
	return r.inVHost(f, func(_ *model.Channel, v *model.VHost) error {
		for _, name := range sortedKeys(limits) {
			if err := checkLimit("limits", name, limits[name], model.MaxConnections, model.MaxQueues); err != nil {
				return err
			}
		}
		for _, name := range sortedKeys(limits) {
			v.Limit(name, int(limits[name].(float64)))
		}
		return nil
	})
}
