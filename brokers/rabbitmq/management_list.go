package rabbitmq

import (
	"encoding/base64"
	"hash/crc32"
	"math"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/brokerlab/brokerlab/brokers/rabbitmq/model"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// What there is, in the words of the management plugin.

// nodeName is the only node.
const nodeName = "rabbit@localhost"

// version is that of the RabbitMQ that the miniature is compared with.
const version = "3.10.8"

func (r *request) whoami() (int, any) { return http.StatusOK, userObject(r.user) }

// seen are the virtual hosts that a request is about: the one in its path, or all that
// its user may enter.
func (r *request) seen() []*model.VHost {
	if name := r.PathValue("vhost"); name != "" {
		return []*model.VHost{r.b.node.VHost(name)}
	}
	return slices.DeleteFunc(r.b.node.VHosts(), func(v *model.VHost) bool { return !r.mayEnter(v.Name) })
}

// sees reports whether the user may look at what belongs to others.
func (r *request) sees(of string) bool {
	return of == r.user.Name || slices.Contains(r.user.Tags, "administrator") || slices.Contains(r.user.Tags, "monitoring")
}

func (r *request) overview() (int, any) {
	var ready, unacked, queues, exchanges, consumers, channels int
	for _, v := range r.seen() {
		a, b := v.Sum()
		ready, unacked = ready+a, unacked+b
		queues, exchanges = queues+len(v.Queues()), exchanges+len(v.Exchanges())
		for _, q := range v.Queues() {
			consumers += q.Consumers()
		}
	}
	for _, c := range r.b.inOrder() {
		channels += len(c.channels)
	}
	kinds := []object{}
	for _, kind := range []string{"direct", "fanout", "headers", "topic"} {
		kinds = append(kinds, object{"name": kind, "description": "AMQP " + kind + " exchange, as per the AMQP specification", "enabled": true})
	}
	return http.StatusOK, object{
		"management_version": version, "product_name": "RabbitMQ", "product_version": version, "rabbitmq_version": version,
		"cluster_name": nodeName, "node": nodeName, "rates_mode": "none", "exchange_types": kinds, "disable_stats": false,
		"message_stats": object{}, "churn_rates": object{},
		"queue_totals":  object{"messages": ready + unacked, "messages_ready": ready, "messages_unacknowledged": unacked},
		"object_totals": object{"channels": channels, "connections": len(r.b.conns), "consumers": consumers, "exchanges": exchanges, "queues": queues},
		"listeners":     []object{{"node": nodeName, "protocol": "amqp", "port": AMQPPort}, {"node": nodeName, "protocol": "http", "port": ManagementPort}},
	}
}

func (r *request) listNodes() (int, any) {
	return http.StatusOK, []object{{"name": nodeName, "type": "disc", "running": true, "mem_alarm": r.b.low, "disk_free_alarm": false, "mem_used": r.b.node.Bytes()}}
}

// name is what the management plugin calls a connection: its two ends.
func (c *conn) name() string { return c.nc.RemoteAddr().String() + " -> " + c.nc.LocalAddr().String() }

func (c *conn) state() string {
	if c.blocked {
		return "blocked"
	}
	return "running"
}

func (c *conn) object() object {
	peer, peerPort := ends(c.nc.RemoteAddr())
	host, port := ends(c.nc.LocalAddr())
	return object{
		"peer_host": peer, "peer_port": peerPort, "host": host, "port": port,
		"name": c.name(), "user": c.user, "vhost": c.model.VHostName(), "state": c.state(), "type": "network",
		"protocol": "AMQP 0-9-1", "channels": len(c.channels), "channel_max": c.channelMax, "frame_max": c.frameMax, "node": nodeName,
		"client_properties": plain(c.properties), "user_provided_name": c.given,
	}
}

// ends takes an address apart.
func ends(a net.Addr) (host string, port int) {
	host, text, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String(), 0
	}
	port, _ = strconv.Atoi(text) // 0 if it is none
	return host, port
}

func (r *request) listConnections() (int, any) {
	list := []object{}
	for _, c := range r.b.inOrder() {
		if r.sees(c.user) {
			list = append(list, c.object())
		}
	}
	return http.StatusOK, list
}

// connection finds the one in the path, if the user may see it.
func (r *request) connection() *conn {
	for _, c := range r.b.inOrder() {
		if c.name() == r.PathValue("name") && r.sees(c.user) {
			return c
		}
	}
	return nil
}

func (r *request) getConnection() (int, any) {
	if c := r.connection(); c != nil {
		return http.StatusOK, c.object()
	}
	return http.StatusNotFound, notFound
}

func (r *request) listChannels() (int, any) {
	list := []object{}
	for _, c := range r.b.inOrder() {
		for _, number := range sortedKeys(c.channels) {
			if !r.sees(c.user) {
				continue
			}
			consumers, unacked, prefetch := c.channels[number].model.Sums()
			list = append(list, object{
				"consumer_count": consumers, "messages_unacknowledged": unacked, "prefetch_count": prefetch,
				"name": c.name() + " (" + strconv.Itoa(int(number)) + ")", "number": int(number), "user": c.user, "vhost": c.model.VHostName(),
				"node": nodeName, "state": "running", "connection_details": object{"name": c.name()},
			})
		}
	}
	return http.StatusOK, list
}

func (r *request) listConsumers() (int, any) {
	list := []object{}
	for _, v := range r.seen() {
		for _, q := range v.Queues() {
			list = append(list, r.consumers(v, q)...)
		}
	}
	return http.StatusOK, list
}

func (r *request) consumers(v *model.VHost, q *model.Queue) []object {
	list := []object{}
	for _, s := range q.Subscribers() {
		name := s.Connection
		for c := range r.b.conns {
			if c.model.Name == s.Connection {
				name = c.name()
			}
		}
		list = append(list, object{
			"consumer_tag": s.Tag, "ack_required": !s.NoAck, "exclusive": s.Exclusive, "prefetch_count": s.Prefetch, "active": true, "arguments": object{},
			"queue":           object{"name": q.Name, "vhost": v.Name},
			"channel_details": object{"name": name + " (" + strconv.Itoa(s.Channel) + ")", "number": s.Channel, "connection_name": name},
		})
	}
	return list
}

func (r *request) listExchanges() (int, any) {
	list := []object{}
	for _, v := range r.seen() {
		for _, x := range v.Exchanges() {
			list = append(list, exchangeObject(v, x))
		}
	}
	return http.StatusOK, list
}

func exchangeObject(v *model.VHost, x *model.Exchange) object {
	o := object{
		"name": x.Name, "vhost": v.Name, "type": x.Kind, "durable": x.Durable, "auto_delete": x.AutoDelete,
		"internal": x.Internal, "arguments": plain(x.Arguments),
	}
	if p := x.Policy(); p != nil {
		o["policy"] = p.Name
	}
	return o
}

// exchangeName turns what the plugin calls the default exchange into its name.
func exchangeName(name string) string {
	if name == "amq.default" {
		return ""
	}
	return name
}

// exchange finds the one in the path.
func (r *request) exchange() *model.Exchange {
	for _, x := range r.vhost().Exchanges() {
		if x.Name == exchangeName(r.PathValue("name")) {
			return x
		}
	}
	return nil
}

func (r *request) getExchange() (int, any) {
	x := r.exchange()
	if x == nil {
		return http.StatusNotFound, notFound
	}
	o := exchangeObject(r.vhost(), x)
	o["incoming"], o["outgoing"] = []object{}, []object{}
	return http.StatusOK, o
}

func (r *request) vhost() *model.VHost { return r.b.node.VHost(r.PathValue("vhost")) }

func (r *request) listQueues() (int, any) {
	list := []object{}
	for _, v := range r.seen() {
		for _, q := range v.Queues() {
			list = append(list, queueObject(v, q))
		}
	}
	return http.StatusOK, list
}

func queueObject(v *model.VHost, q *model.Queue) object {
	o := object{
		"name": q.Name, "vhost": v.Name, "durable": q.Durable, "auto_delete": q.AutoDelete, "exclusive": q.Owner != nil,
		"arguments": plain(q.Arguments), "node": nodeName, "type": "classic", "state": "running", "policy": nil, "operator_policy": nil,
		"messages": q.Ready() + q.Unacked(), "messages_ready": q.Ready(), "messages_unacknowledged": q.Unacked(),
		"message_bytes_ready": q.Bytes(), "consumers": q.Consumers(), "effective_policy_definition": object{},
	}
	if p := q.Policy(); p != nil {
		o["policy"], o["effective_policy_definition"] = p.Name, plain(p.Definition)
	}
	return o
}

// queue finds the one in the path.
func (r *request) queue() *model.Queue {
	for _, q := range r.vhost().Queues() {
		if q.Name == r.PathValue("name") {
			return q
		}
	}
	return nil
}

func (r *request) getQueue() (int, any) {
	q := r.queue()
	if q == nil {
		return http.StatusNotFound, notFound
	}
	o := queueObject(r.vhost(), q)
	o["consumer_details"], o["incoming"], o["deliveries"] = r.consumers(r.vhost(), q), []object{}, []object{}
	return http.StatusOK, o
}

// bindings lists those that fit.
func (r *request) bindings(fits func(model.Binding) bool) (int, any) {
	list := []object{}
	for _, v := range r.seen() {
		for _, b := range v.Bindings() {
			if fits(b) {
				list = append(list, bindingObject(b))
			}
		}
	}
	return http.StatusOK, list
}

func (r *request) listBindings() (int, any) {
	return r.bindings(func(model.Binding) bool { return true })
}

func (r *request) bindingsOfQueue() (int, any) {
	if r.queue() == nil {
		return http.StatusNotFound, notFound
	}
	return r.bindings(func(b model.Binding) bool { return !b.ToExchange && b.Destination == r.PathValue("name") })
}

func (r *request) bindingsOfExchange() (int, any) {
	x := r.exchange()
	if end := r.PathValue("end"); x == nil || end != "source" && end != "destination" {
		return http.StatusNotFound, notFound
	}
	return r.bindings(func(b model.Binding) bool {
		if r.PathValue("end") == "source" {
			return b.Source == x.Name
		}
		return b.ToExchange && b.Destination == x.Name
	})
}

// between reports whether a binding has the ends in the path.
func (r *request) between(b model.Binding) bool {
	return b.Source == exchangeName(r.PathValue("source")) && b.Destination == r.PathValue("destination") && b.ToExchange == (r.PathValue("kind") == "e")
}

func (r *request) bindingsBetween() (int, any) { return r.bindings(r.between) }

func bindingObject(b model.Binding) object {
	kind := "queue"
	if b.ToExchange {
		kind = "exchange"
	}
	return object{
		"source": b.Source, "vhost": b.VHost, "destination": b.Destination, "destination_type": kind,
		"routing_key": b.Key, "arguments": plain(b.Arguments), "properties_key": bindingKey(b),
	}
}

// bindingKey names a binding between the same two ends: its routing key and, with
// arguments, a hash of them. What stands after the ~ is opaque in RabbitMQ too.
func bindingKey(b model.Binding) string {
	key := url.QueryEscape(b.Key)
	switch {
	case b.ID != "":
		sum := crc32.ChecksumIEEE([]byte(b.ID))
		return key + "~" + base64.RawURLEncoding.EncodeToString([]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
	case key == "":
		return "~"
	}
	return key
}

func (r *request) listVHosts() (int, any) {
	list := []object{}
	for _, v := range r.b.node.VHosts() {
		if r.sees("") || r.mayEnter(v.Name) {
			list = append(list, vhostObject(v))
		}
	}
	return http.StatusOK, list
}

func (r *request) getVHost() (int, any) {
	v := r.b.node.VHost(r.PathValue("name"))
	if v == nil {
		return http.StatusNotFound, notFound
	}
	if !r.sees("") && !r.mayEnter(v.Name) {
		return http.StatusUnauthorized, problem("not_authorised", "User not authorised to access virtual host")
	}
	return http.StatusOK, vhostObject(v)
}

func vhostObject(v *model.VHost) object {
	ready, unacked := v.Sum()
	description := ""
	if v.Name == "/" {
		description = "Default virtual host"
	}
	return object{
		"name": v.Name, "description": description, "tags": []string{}, "tracing": false, "default_queue_type": "undefined",
		"metadata": object{"description": description, "tags": []string{}}, "cluster_state": object{nodeName: "running"},
		"messages": ready + unacked, "messages_ready": ready, "messages_unacknowledged": unacked,
	}
}

func userObject(u model.User) object {
	tags := u.Tags
	if tags == nil {
		tags = []string{}
	}
	return object{"name": u.Name, "tags": tags}
}

// fullUser is that with what an administrator sees.
func (r *request) fullUser(u model.User) object {
	o := userObject(u)
	o["password_hash"], o["hashing_algorithm"], o["limits"] = r.b.node.PasswordHash(u.Name), "rabbit_password_hashing_sha256", limitsObject(r.b.node.UserLimits(u.Name))
	return o
}

func (r *request) listUsers() (int, any) {
	list := []object{}
	for _, u := range r.b.node.Users() {
		list = append(list, r.fullUser(u))
	}
	return http.StatusOK, list
}

func (r *request) getUser() (int, any) {
	u, ok := r.b.node.User(r.PathValue("name"))
	if !ok {
		return http.StatusNotFound, notFound
	}
	return http.StatusOK, r.fullUser(u)
}

func permissionObject(p model.Permission) object {
	return object{"user": p.User, "vhost": p.VHost, "configure": p.Configure, "write": p.Write, "read": p.Read}
}

func (r *request) listPermissions() (int, any) {
	list := []object{}
	for _, p := range r.b.node.Permissions() {
		if of := r.PathValue("user"); of == "" || of == p.User {
			list = append(list, permissionObject(p))
		}
	}
	return http.StatusOK, list
}

func (r *request) getPermission() (int, any) {
	for _, p := range r.b.node.Permissions() {
		if p.User == r.PathValue("user") && p.VHost == r.PathValue("vhost") {
			return http.StatusOK, permissionObject(p)
		}
	}
	return http.StatusNotFound, notFound
}

// plain turns a field table into what JSON can say.
func plain(t wire.Table) object {
	out := make(object, len(t))
	for _, f := range t {
		out[f.Name] = plainValue(f.Value)
	}
	return out
}

func plainValue(value any) any {
	switch v := value.(type) {
	case wire.Table:
		return plain(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plainValue(v[i])
		}
		return out
	case []byte:
		return string(v)
	case float32:
		return plainValue(float64(v))
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
	}
	return value
}
