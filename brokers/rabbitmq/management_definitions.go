package rabbitmq

import (
	"net/http"
	"strings"
)

// definitions are everything but the messages, as one object: what could be set up
// again on another node. What is exclusive to a connection or there from the start is
// left out.
func (r *request) definitions() (int, any) {
	var vhosts, queues, exchanges, bindings, users, permissions = []object{}, []object{}, []object{}, []object{}, []object{}, []object{}
	for _, u := range r.b.node.Users() {
		users = append(users, r.fullUser(u))
	}
	for _, p := range r.b.node.Permissions() {
		permissions = append(permissions, permissionObject(p))
	}
	for _, v := range r.b.node.VHosts() {
		vhosts = append(vhosts, object{"name": v.Name})
		private := map[string]bool{}
		for _, q := range v.Queues() {
			if private[q.Name] = q.Owner != nil; q.Owner == nil {
				queues = append(queues, columns(queueObject(v, q), "name,vhost,durable,auto_delete,arguments"))
			}
		}
		for _, x := range v.Exchanges() {
			if x.Name != "" && !strings.HasPrefix(x.Name, "amq.") {
				exchanges = append(exchanges, exchangeObject(v, x))
			}
		}
		for _, b := range v.Bindings() {
			if b.Source != "" && (b.ToExchange || !private[b.Destination]) {
				o := bindingObject(b)
				delete(o, "properties_key")
				bindings = append(bindings, o)
			}
		}
	}
	return http.StatusOK, object{
		"rabbit_version": version, "rabbitmq_version": version, "product_name": "RabbitMQ", "product_version": version,
		"users": users, "vhosts": vhosts, "permissions": permissions, "topic_permissions": []object{}, "parameters": []object{},
		"global_parameters": []object{}, "policies": []object{}, "queues": queues, "exchanges": exchanges, "bindings": bindings,
	}
}
