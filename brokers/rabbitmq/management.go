package rabbitmq

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/model"
)

// requestLimit bounds the body of a management request, in bytes.
const requestLimit = 1 << 20

// ServeManagement answers HTTP on l, as the management plugin does: what rabbitmqadmin
// asks for, but for operator policies,
// which are 501. It returns when the listener or the broker is closed. The sequencer is
// told to track l, unless it does already.
func (b *Broker) ServeManagement(l net.Listener) error {
	if _, untracked := l.(interface{ File() (*os.File, error) }); untracked {
		tracked, err := b.seq.Track(l, brokers.BrokerConn)
		if err != nil {
			return fmt.Errorf("rabbitmq: %w", err)
		}
		l = tracked
	}
	if !b.listen(l) {
		return errors.Join(l.Close())
	}
	return b.acceptEach(l, b.admitRequest)
}

// admitRequest starts the goroutine of a management connection, within the bound
// of those that may be there.
func (b *Broker) admitRequest(nc net.Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || len(b.requests) >= b.quota.Connections {
		_ = nc.Close()
		return
	}
	b.requests[nc] = struct{}{}
	b.running.Go(func() {
		_ = nc.SetReadDeadline(time.Now().Add(time.Minute))
		err := brokers.ServeHTTP(nc, b.seq, b.management(), requestLimit)
		if !errors.Is(err, brokers.ErrCut) { // a cut socket is the sequencer's to close
			_ = nc.Close()
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.requests, nc)
	})
}

// A level is what a user must be to make a request: it is told by the user's tags.
type level int

const (
	anybody       level = iota // with one of the tags of the plugin
	member                     // who may enter the virtual host in the path
	policymaker                // that or administrator and, with a virtual host in the path, may enter it
	monitor                    // monitoring or administrator
	administrator              //
)

// requests is what the management port answers, inside the sequencer.
var requests = []struct {
	pattern string
	who     level
	answer  func(*request) (status int, body any)
}{
	{"GET /api/whoami", anybody, (*request).whoami},
	{"GET /api/overview", anybody, (*request).overview},
	{"GET /api/nodes", monitor, (*request).listNodes},
	{"GET /api/connections", anybody, (*request).listConnections},
	{"GET /api/connections/{name}", anybody, (*request).getConnection},
	{"DELETE /api/connections/{name}", anybody, (*request).closeConnection},
	{"GET /api/channels", anybody, (*request).listChannels},
	{"GET /api/consumers", anybody, (*request).listConsumers},
	{"GET /api/consumers/{vhost}", member, (*request).listConsumers},
	{"GET /api/exchanges", anybody, (*request).listExchanges},
	{"GET /api/exchanges/{vhost}", member, (*request).listExchanges},
	{"GET /api/exchanges/{vhost}/{name}", member, (*request).getExchange},
	{"PUT /api/exchanges/{vhost}/{name}", member, (*request).putExchange},
	{"DELETE /api/exchanges/{vhost}/{name}", member, (*request).deleteExchange},
	{"POST /api/exchanges/{vhost}/{name}/publish", member, (*request).publish},
	{"GET /api/exchanges/{vhost}/{name}/bindings/{end}", member, (*request).bindingsOfExchange},
	{"GET /api/queues", anybody, (*request).listQueues},
	{"GET /api/queues/{vhost}", member, (*request).listQueues},
	{"GET /api/queues/{vhost}/{name}", member, (*request).getQueue},
	{"PUT /api/queues/{vhost}/{name}", member, (*request).putQueue},
	{"DELETE /api/queues/{vhost}/{name}", member, (*request).deleteQueue},
	{"DELETE /api/queues/{vhost}/{name}/contents", member, (*request).purge},
	{"POST /api/queues/{vhost}/{name}/get", member, (*request).get},
	{"GET /api/queues/{vhost}/{name}/bindings", member, (*request).bindingsOfQueue},
	{"GET /api/bindings", anybody, (*request).listBindings},
	{"GET /api/bindings/{vhost}", member, (*request).listBindings},
	{"GET /api/bindings/{vhost}/e/{source}/{kind}/{destination}", member, (*request).bindingsBetween},
	{"POST /api/bindings/{vhost}/e/{source}/{kind}/{destination}", member, (*request).bind},
	{"DELETE /api/bindings/{vhost}/e/{source}/{kind}/{destination}/{key}", member, (*request).unbind},
	{"GET /api/vhosts", anybody, (*request).listVHosts},
	{"GET /api/vhosts/{name}", anybody, (*request).getVHost},
	{"PUT /api/vhosts/{name}", administrator, (*request).putVHost},
	{"DELETE /api/vhosts/{name}", administrator, (*request).deleteVHost},
	{"GET /api/users", administrator, (*request).listUsers},
	{"GET /api/users/{name}", administrator, (*request).getUser},
	{"PUT /api/users/{name}", administrator, (*request).putUser},
	{"DELETE /api/users/{name}", administrator, (*request).deleteUser},
	{"GET /api/users/{user}/permissions", administrator, (*request).listPermissions},
	{"GET /api/permissions", administrator, (*request).listPermissions},
	{"GET /api/permissions/{vhost}/{user}", administrator, (*request).getPermission},
	{"PUT /api/permissions/{vhost}/{user}", administrator, (*request).putPermission},
	{"DELETE /api/permissions/{vhost}/{user}", administrator, (*request).deletePermission},
	{"GET /api/policies", anybody, (*request).listPolicies},
	{"GET /api/policies/{vhost}", member, (*request).listPolicies},
	{"GET /api/policies/{vhost}/{name}", member, (*request).getPolicy},
	{"PUT /api/policies/{vhost}/{name}", policymaker, (*request).putPolicy},
	{"DELETE /api/policies/{vhost}/{name}", policymaker, (*request).deletePolicy},
	{"GET /api/operator-policies", anybody, (*request).nothing},
	{"/api/operator-policies/{vhost}/{name}", member, (*request).leftOut},
	{"GET /api/parameters", policymaker, (*request).listParameters},
	{"GET /api/parameters/{component}", policymaker, (*request).listParameters},
	{"GET /api/parameters/{component}/{vhost}", policymaker, (*request).listParameters},
	{"GET /api/parameters/{component}/{vhost}/{name}", policymaker, (*request).getParameter},
	{"PUT /api/parameters/{component}/{vhost}/{name}", policymaker, (*request).putParameter},
	{"DELETE /api/parameters/{component}/{vhost}/{name}", policymaker, (*request).deleteParameter},
	{"GET /api/global-parameters", policymaker, (*request).listGlobals},
	{"GET /api/global-parameters/{name}", policymaker, (*request).getGlobal},
	{"PUT /api/global-parameters/{name}", policymaker, (*request).putGlobal},
	{"DELETE /api/global-parameters/{name}", policymaker, (*request).deleteGlobal},
	{"GET /api/vhost-limits", anybody, (*request).listLimits},
	{"GET /api/vhost-limits/{vhost}", member, (*request).listLimits},
	{"PUT /api/vhost-limits/{vhost}/{name}", administrator, (*request).putLimit},
	{"DELETE /api/vhost-limits/{vhost}/{name}", administrator, (*request).deleteLimit},
	{"GET /api/user-limits", administrator, (*request).userLimits},
	{"GET /api/user-limits/{user}", administrator, (*request).userLimits},
	{"PUT /api/user-limits/{user}/{name}", administrator, (*request).putUserLimit},
	{"DELETE /api/user-limits/{user}/{name}", administrator, (*request).deleteUserLimit},
	{"GET /api/definitions", administrator, (*request).definitions},
	{"POST /api/definitions", administrator, (*request).importDefinitions},
	{"GET /api/definitions/{vhost}", administrator, (*request).definitionsOf},
	{"POST /api/definitions/{vhost}", administrator, (*request).importDefinitions},
	{"GET /api/aliveness-test/{vhost}", member, (*request).alive},
	{"GET /api/health/checks/alarms", anybody, (*request).alarms},
	{"GET /api/health/checks/local-alarms", anybody, (*request).localAlarms},
	{"GET /api/health/checks/virtual-hosts", anybody, (*request).wellAlways},
	{"GET /api/health/checks/node-is-mirror-sync-critical", anybody, (*request).wellAlone},
	{"GET /api/health/checks/node-is-quorum-critical", anybody, (*request).wellAlone},
	{"GET /api/health/checks/certificate-expiration/{within}/{unit}", anybody, (*request).certificates},
	{"GET /api/health/checks/port-listener/{port}", anybody, (*request).portListener},
	{"GET /api/health/checks/protocol-listener/{protocol}", anybody, (*request).protocolListener},
	{"GET /api/healthchecks/node", anybody, (*request).wellNode},
	{"GET /api/healthchecks/node/{name}", anybody, (*request).wellNode},
}

// A request is one that was let in.
type request struct {
	*http.Request
	b       *Broker
	user    model.User
	node    bool         // it comes from the tools of the node itself, which are no user
	refused *model.Error // why it was not done, where the model has said so
}

type object = map[string]any

// problem is the body of a refusal.
func problem(what, why string) object { return object{"error": what, "reason": why} }

var notFound = problem("Object Not Found", "Not Found")

// management answers the requests. Its handlers run inside the sequencer.
func (b *Broker) management() http.Handler {
	mux := http.NewServeMux()
	for _, r := range requests {
		mux.HandleFunc(r.pattern, func(w http.ResponseWriter, hr *http.Request) {
			unmarkSlashes(hr)
			asked := &request{Request: hr, b: b}
			status, refusal := asked.letIn(r.who)
			var body any = refusal
			if refusal == nil {
				status, body = b.try(asked, r.answer)
			}
			asked.recordRefusal(status, body)
			reply(w, status, body)
			b.deliverAll(nil) // what has become ready, or was given back
		})
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path := r.URL.Path; len(path) > 1 && strings.HasSuffix(path, "/") && !strings.HasSuffix(path, "//") {
			r.URL.Path, r.URL.RawPath = strings.TrimSuffix(path, "/"), strings.TrimSuffix(r.URL.RawPath, "/")
		}
		markSlashes(r)
		if h, pattern := mux.Handler(r); pattern == "" {
			var dry dryAnswer
			h.ServeHTTP(&dry, r)
			if dry.status == http.StatusMethodNotAllowed {
				w.WriteHeader(dry.status)
				return
			}
			reply(w, http.StatusNotFound, notFound)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// slash stands for a segment of a path that is one slash, the name of the first virtual
// host: ServeMux takes that for the end of the path.
const slash = "/\x00"

func markSlashes(r *http.Request) {
	segments := strings.Split(r.URL.EscapedPath(), "/")
	for i, s := range segments {
		if strings.EqualFold(s, "%2F") {
			segments[i] = url.PathEscape(slash)
		}
	}
	r.URL.RawPath = strings.Join(segments, "/")
	r.URL.Path, _ = url.PathUnescape(r.URL.RawPath) // each segment was escaped well
}

func unmarkSlashes(r *http.Request) {
	for _, name := range []string{"vhost", "name", "user", "source", "destination", "key"} {
		if r.PathValue(name) == slash {
			r.SetPathValue(name, "/")
		}
	}
}

// dryAnswer takes in only whether a path is known with another method.
type dryAnswer struct{ status int }

func (*dryAnswer) Header() http.Header         { return make(http.Header) }
func (*dryAnswer) Write(p []byte) (int, error) { return len(p), nil }
func (d *dryAnswer) WriteHeader(status int)    { d.status = status }

// Cookie is what the tools of a node show in place of a user's name and password, as
// Erlang's cookie is: it is taken from this machine only.
const Cookie = "BROKERLAB"

// letIn says who makes a request, or refuses it.
func (r *request) letIn(who level) (status int, refusal object) {
	const refused = http.StatusUnauthorized // RabbitMQ does not use 403
	if r.Header.Get("Authorization") == "Cookie "+Cookie && fromHere(r.RemoteAddr) {
		r.node, r.user = true, model.User{Tags: []string{"administrator"}}
		return r.letInto(who)
	}
	name, password, ok := r.BasicAuth()
	if !ok {
		return refused, object{}
	}
	r.user = model.User{Name: name}
	if !r.b.node.Authentic(name, password) {
		return refused, problem("not_authorized", "Login failed")
	}
	r.user, _ = r.b.node.User(name)
	return r.letInto(who)
}

// fromHere reports whether an address is this machine's own.
func fromHere(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}

// letInto looks at what somebody who is known may ask for.
func (r *request) letInto(who level) (status int, refusal object) {
	const refused = http.StatusUnauthorized
	has := func(tags ...string) bool {
		return slices.ContainsFunc(tags, func(tag string) bool { return slices.Contains(r.user.Tags, tag) })
	}
	vhost := r.PathValue("vhost")
	switch {
	case !has("administrator", "monitoring", "policymaker", "management"):
		return refused, problem("not_authorised", "Not management user")
	case who == administrator && !has("administrator"):
		return refused, problem("not_authorised", "Not administrator user")
	case who == policymaker && !has("administrator", "policymaker"):
		return refused, problem("not_authorised", "User not authorised to access object")
	case who == monitor && !has("administrator", "monitoring"):
		return refused, problem("not_authorised", "Not monitor user")
	case vhost != "" && r.b.node.VHost(vhost) == nil && r.Method == http.MethodGet:
		return http.StatusNotFound, notFound
	case vhost != "" && r.b.node.VHost(vhost) == nil && who != administrator:
		return http.StatusNotFound, problem("not_found", "vhost_not_found")
	case who == policymaker && vhost != "" && !r.mayEnter(vhost):
		return refused, problem("not_authorised", "User not authorised to access object")
	case who == member && !r.mayEnter(vhost):
		r.refused = model.NoEntry(r.user.Name, vhost)
		return refused, problem("not_authorised", "User not authorised to access virtual host")
	}
	return 0, nil
}

// mayEnter reports whether the user may look into a virtual host.
func (r *request) mayEnter(vhost string) bool { return r.node || r.b.node.MayEnter(r.user.Name, vhost) }

// recordRefusal notes a request that was not done: who may not, and what could not be.
// Questions that have no answer are none.
func (r *request) recordRefusal(status int, body any) {
	if status != http.StatusUnauthorized && (status < http.StatusBadRequest || r.Method == http.MethodGet) || !r.b.journal.Room() {
		return
	}
	o, _ := body.(object)
	reason := fmt.Sprintf("%d %v", status, o["reason"])
	e := brokers.Event{Kind: brokers.Refused, Source: "rabbitmq", User: r.user.Name}
	if r.refused != nil {
		reason = r.refused.Error()
		if r.refused.Access != "" {
			e.Detail = map[string]any{"access": r.refused.Access, "vhost": r.refused.VHost}
		}
	}
	e.Reason = reason[:min(len(reason), maxReason)]
	r.b.journal.Append(e)
}

// try answers a request that changes something only if there is room for it, and one
// that we cannot answer with our own failure. Of a list, it keeps what the query asks for.
func (b *Broker) try(r *request, do func(*request) (int, any)) (status int, body any) {
	if r.Method != http.MethodGet {
		if err := b.room(); err != nil {
			return r.refusalOf(err)
		}
		if err := r.pathFits(); err != nil {
			return http.StatusBadRequest, problem("bad_request", err.Error())
		}
	}
	if err := guard(func() error {
		if status, body = do(r); r.Method == http.MethodGet && status == http.StatusOK {
			body = chosen(r.URL.Query(), body)
		}
		return nil
	}); err != nil {
		return http.StatusInternalServerError, problem("internal_server_error", err.Error())
	}
	return status, body
}

// refusalOf is an error of the model as the management plugin has it.
func (r *request) refusalOf(err error) (int, any) {
	r.refused = refusal(err)
	switch e := r.refused; e.Code {
	case model.NotFound:
		return http.StatusNotFound, problem("not_found", e.Text)
	case model.AccessRefused:
		return http.StatusUnauthorized, problem("not_authorised", "Access refused.")
	}
	return http.StatusBadRequest, problem("bad_request", r.refused.Text)
}

// reply sends an answer.
func reply(w http.ResponseWriter, status int, body any) {
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="RabbitMQ Management"`)
	}
	if o, ok := body.(object); body == nil || ok && len(o) == 0 {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	_ = out.Encode(body)
}

func (r *request) nothing() (int, any) { return http.StatusOK, []object{} }

func (r *request) leftOut() (int, any) {
	return http.StatusNotImplemented, problem("not_implemented", r.Method+" "+r.RequestURI+" is not part of this miniature")
}
