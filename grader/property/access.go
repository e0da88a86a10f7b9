package property

import (
	"maps"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
)

// Who may do what, and what was tried: virtual hosts, users, permissions.

// accesses are the permissions that a user can have in a virtual host.
var accesses = []string{"configure", "write", "read"}

// enter is what is refused to a user who has no permission in a virtual host at all.
const enter = "enter"

// vhostsDeclared holds when virtual hosts are there at the end. Parameter: vhosts.
func vhostsDeclared(events []brokers.Event, p Params) Result {
	run, _ := atEnd(events)
	there, others := make(map[string]bool), 0
	for _, e := range run {
		switch e.Kind {
		case brokers.VHostAdded:
			there[e.Place] = true
			others++
		case brokers.VHostDeleted:
			delete(there, e.Place)
		}
	}
	for _, name := range texts(p["vhosts"]) {
		if !there[name] {
			return unreached(others == 0, fails("no-vhost", Facts{VHost: name, Count: len(there)}))
		}
	}
	return holds
}

// usersDeclared holds when users are there at the end, each with its tags and no more.
// Parameter: users, the tags by name.
func usersDeclared(events []brokers.Event, p Params) Result {
	run, _ := atEnd(events)
	type user struct {
		tags []string
		last brokers.Event
	}
	there, others := make(map[string]*user), 0
	for _, e := range run {
		switch e.Kind {
		case brokers.UserAdded:
			there[e.User] = &user{last: e}
			others++
		case brokers.UserChanged:
			if tags, ok := strings.CutPrefix(e.Reason, "tags:"); ok && there[e.User] != nil {
				there[e.User].tags, there[e.User].last = strings.Fields(tags), e
			}
		case brokers.UserDeleted:
			delete(there, e.User)
		}
	}
	wanted, _ := p["users"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		u := there[name]
		if u == nil {
			return unreached(others == 0, fails("no-user", Facts{User: name}))
		}
		want := texts(wanted[name])
		slices.Sort(want)
		slices.Sort(u.tags)
		if !slices.Equal(want, u.tags) {
			f := Facts{User: name, To: strings.Join(want, ", "), What: strings.Join(u.tags, ", "), Line: u.last.Line}
			return fails("wrong-tags", f, u.last.Seq)
		}
	}
	return holds
}

// An Attempt is something that a user may or may not do: Access is configure, write or
// read, with a queue or an exchange that is called Name.
type Attempt struct{ User, VHost, Access, Name string }

// attemptedName is what a permission is tried on: nobody would write a pattern for it alone.
const attemptedName = "brokerlab.attempt"

// Attempts are what a property wants tried when a run is over; most want nothing.
func Attempts(name string, p Params) []Attempt {
	if name != "user-permissions" {
		return nil
	}
	var all []Attempt
	for _, vhost := range texts(p["vhosts"]) {
		for _, access := range accesses {
			all = append(all, Attempt{p.text("user"), vhost, access, attemptedName})
		}
	}
	return all
}

// userPermissions holds when a user may do, in each of some virtual hosts, exactly what is
// granted there: it has been tried when the run was over. Parameters: user, vhosts, and
// grants, a list of configure, write and read by virtual host.
func userPermissions(events []brokers.Event, p Params) Result {
	run, after := atEnd(events)
	user := p.text("user")
	grants, _ := p["grants"].(map[string]any)
	given, known := permissions(run, user)
	if !known {
		return unreached(true, fails("no-user", Facts{User: user}))
	}
	for _, vhost := range texts(p["vhosts"]) {
		for _, access := range accesses {
			tried := attempted(after, user, vhost, access)
			wanted, may := slices.Contains(texts(grants[vhost]), access), tried.Kind == brokers.Allowed
			if wanted == may {
				continue
			}
			last := given[vhost].permitted
			f := Facts{User: user, VHost: vhost, Access: access, Line: last.Line}
			f.Pattern, _ = last.Detail[access].(string)
			f.To = strings.Join(texts(grants[vhost]), ", ")
			switch {
			case may && given[vhost].byMaking:
				return fails("may-by-making", f, last.Seq, tried.Seq)
			case may:
				return fails("may-too-much", f, last.Seq, tried.Seq)
			case last.Seq == 0:
				return fails("may-nothing", f, tried.Seq)
			}
			return fails("may-too-little", f, last.Seq, tried.Seq)
		}
	}
	return holds
}

// A grant is what gave a user its permissions in a virtual host.
type grant struct {
	permitted brokers.Event
	byMaking  bool // they came with making the virtual host
}

// permissions are the grants that a user has at the end, by virtual host.
func permissions(run []brokers.Event, user string) (given map[string]grant, known bool) {
	given = make(map[string]grant)
	for i, e := range run {
		switch {
		case e.Kind == brokers.VHostDeleted:
			delete(given, e.Place)
		case e.User != user:
		case e.Kind == brokers.UserAdded:
			known = true
		case e.Kind == brokers.UserDeleted:
			known = false
			clear(given)
		case e.Kind == brokers.Permitted:
			given[e.Place] = grant{e, i > 0 && run[i-1].Kind == brokers.VHostAdded && run[i-1].Place == e.Place}
		case e.Kind == brokers.Forbidden:
			delete(given, e.Place)
		}
	}
	return given, known
}

// attempted finds what became of an attempt of the host's.
func attempted(after []brokers.Event, user, vhost, access string) brokers.Event {
	i := slices.IndexFunc(after, func(e brokers.Event) bool {
		return e.Source == "host" && (e.Kind == brokers.Allowed || e.Kind == brokers.Refused) && e.User == user && e.Place == vhost && e.Key == access
	})
	if i < 0 {
		return brokers.Event{}
	}
	return after[i]
}

// attemptsMade holds when the session itself has tried some things, and came out of it as
// it should: refused for want of the permission, or done. Parameters: refused and done,
// lists of user, vhost and access; without an access any will do.
func attemptsMade(events []brokers.Event, p Params) Result {
	run, _ := atEnd(events)
	for _, want := range attempts(p["done"]) {
		if r := done(run, want); !r.OK {
			return r
		}
	}
	for _, want := range attempts(p["refused"]) {
		if r := refusedAttempt(run, want); !r.OK {
			return r
		}
	}
	return holds
}

func attempts(list any) []Attempt {
	items, _ := list.([]any)
	var all []Attempt
	for _, item := range items {
		fields := Params{}
		if m, ok := item.(map[string]any); ok {
			fields = m
		}
		all = append(all, Attempt{User: fields.text("user"), VHost: fields.text("vhost"), Access: fields.text("access")})
	}
	return all
}

// did says what an event shows that its user may do: "" if nothing.
func did(e brokers.Event) string {
	switch e.Kind {
	case brokers.Published:
		return "write"
	case brokers.Delivered:
		return "read"
	case brokers.Declared, brokers.Deleted:
		return "configure"
	}
	return ""
}

// inVHost reports whether an event is about something in a virtual host.
func inVHost(e brokers.Event, vhost string) bool {
	if vhost == "/" {
		return !strings.Contains(e.Place+e.Exchange, ":")
	}
	return strings.HasPrefix(e.Place, vhost+":") || strings.HasPrefix(e.Exchange, vhost+":")
}

// done holds when a user has done something in a virtual host.
func done(run []brokers.Event, want Attempt) Result {
	for _, e := range run {
		if e.User == want.User && e.Client == "" && did(e) == want.Access && inVHost(e, want.VHost) {
			return holds
		}
	}
	tried := lastRefusal(run, want, want.Access, enter)
	f := Facts{User: want.User, VHost: want.VHost, Access: want.Access, What: tried.Reason, Line: tried.Line}
	if tried.Seq > 0 {
		return fails("refused-own", f, tried.Seq)
	}
	return unreached(!acted(run, want.User), fails("not-done-as", f))
}

// refusedAttempt holds when a user was refused something in a virtual host because it has
// no permission for it, and not for another reason.
func refusedAttempt(run []brokers.Event, want Attempt) Result {
	accesses := []string{want.Access}
	if want.Access == "" {
		accesses = []string{enter, "configure", "write", "read"}
	}
	if lastRefusal(run, want, accesses...).Seq > 0 {
		return holds
	}
	f := Facts{User: want.User, VHost: want.VHost, Access: want.Access}
	for _, e := range run {
		switch {
		case e.User != want.User || e.Client != "":
		case e.Kind == brokers.Refused && e.Detail == nil && strings.HasPrefix(e.Reason, "401"):
			f.What, f.Line = strings.TrimPrefix(e.Reason, "401 "), e.Line
			return fails("refused-otherwise", f, e.Seq)
		case did(e) != "" && (want.Access == "" || did(e) == want.Access) && inVHost(e, want.VHost):
			f.Line = e.Line
			return fails("not-refused", f, e.Seq)
		}
	}
	return unreached(!acted(run, want.User), fails("not-tried", f))
}

// lastRefusal is the newest refusal of one of some accesses to a user in a virtual host.
func lastRefusal(run []brokers.Event, want Attempt, accesses ...string) (last brokers.Event) {
	for _, e := range run {
		access, _ := e.Detail["access"].(string)
		if e.Kind == brokers.Refused && e.User == want.User && e.Detail["vhost"] == want.VHost && slices.Contains(accesses, access) {
			last = e
		}
	}
	return last
}

// acted reports whether a user asked for anything at all.
func acted(run []brokers.Event, user string) bool {
	return slices.ContainsFunc(run, func(e brokers.Event) bool {
		return e.User == user && e.Client == "" && (did(e) != "" || e.Kind == brokers.Refused)
	})
}
