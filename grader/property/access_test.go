package property

import (
	"testing"

	"github.com/brokerlab/brokerlab/brokers"
)

// TestInVHost: only virtual hosts other than the first have their name before that of a
// queue or an exchange.
func TestInVHost(t *testing.T) {
	for _, tt := range []struct {
		e     brokers.Event
		vhost string
		want  bool
	}{
		{brokers.Event{Place: "jobs"}, "/", true},
		{brokers.Event{Exchange: "events"}, "/", true},
		{brokers.Event{Place: "/app1:jobs"}, "/", false},
		{brokers.Event{Place: "/app1:jobs"}, "/app1", true},
		{brokers.Event{Exchange: "/app1:"}, "/app1", true},
		{brokers.Event{Place: "/app1:jobs"}, "/app", false},
		{brokers.Event{Place: "jobs"}, "/app1", false},
	} {
		if got := inVHost(tt.e, tt.vhost); got != tt.want {
			t.Errorf("%q %q in %q: %v, want %v", tt.e.Place, tt.e.Exchange, tt.vhost, got, tt.want)
		}
	}
}

// accessParams are those of the properties about what is done by hand.
var accessParams = map[string]Params{
	"exchange-declared": {"exchange": "user_events", "type": "topic"},
	"published-as":      {"exchange": "user_events", "messages": map[string]any{"a": "user.a", "b": "user.b"}},
	"taken":             {"queue": "orders"},
	"vhosts-declared":   {"vhosts": []any{"/app1", "/app2"}},
	"users-declared":    {"users": map[string]any{"admin": []any{"administrator"}, "app1": []any{}}},
	"user-permissions": {
		"user": "app1", "vhosts": []any{"/app1", "/app2", "/"}, "grants": map[string]any{"/app1": []any{"write", "read"}},
	},
	"attempts-made": {
		"done":    []any{map[string]any{"user": "app1", "vhost": "/app1", "access": "write"}},
		"refused": []any{map[string]any{"user": "app1", "vhost": "/app1", "access": "configure"}, map[string]any{"user": "app1", "vhost": "/app2"}},
	},
}

func (s *story) kind(kind brokers.Kind, user, place, reason string) *story {
	return s.add(brokers.Event{Kind: kind, Source: "rabbitmq", User: user, Place: place, Reason: reason, Line: 3})
}

func (s *story) vhosts(names ...string) *story {
	for _, name := range names {
		s.kind(brokers.VHostAdded, "", name, "")
	}
	return s
}

func (s *story) permitted(user, vhost string) *story {
	s.kind(brokers.Permitted, user, vhost, "")
	s.events[len(s.events)-1].Detail = map[string]any{"configure": "", "write": ".*", "read": ".*"}
	return s
}

func (s *story) publishes(exchange, key, label string) *story {
	return s.add(brokers.Event{Kind: brokers.Published, Exchange: exchange, Key: key, Label: label, User: "guest"})
}

// tried ends the run; then app1 is tried, and may do what stands in may: "/app1 write".
func (s *story) tried(may ...string) *story {
	s.add(brokers.Event{Kind: brokers.Exited, Source: "host"})
	for _, vhost := range []string{"/app1", "/app2", "/"} {
		for _, access := range accesses {
			e := brokers.Event{Kind: brokers.Refused, Source: "host", User: "app1", Place: vhost, Key: access}
			for _, m := range may {
				if m == vhost+" "+access {
					e.Kind = brokers.Allowed
				}
			}
			s.add(e)
		}
	}
	return s
}

// asks has app1 refused something over HTTP: for want of access, or without one.
func (s *story) asks(vhost, access string) *story {
	e := brokers.Event{Kind: brokers.Refused, Source: "rabbitmq", User: "app1", Reason: "401 Login failed", Line: 9}
	if access != "" {
		e.Reason, e.Detail = "ACCESS_REFUSED", map[string]any{"vhost": vhost, "access": access}
	}
	return s.add(e)
}

func (s *story) does(kind brokers.Kind, place string) *story {
	return s.add(brokers.Event{Kind: kind, Source: "rabbitmq", User: "app1", Place: place, Line: 9})
}

func administered() []ruling {
	granted := func() *story {
		return (&story{}).vhosts("/app1", "/app2").kind(brokers.UserAdded, "app1", "", "").permitted("app1", "/app1")
	}
	own := func() *story { return (&story{}).does(brokers.Published, "/app1:jobs") }
	declared := func(kind string) *story {
		return (&story{}).add(brokers.Event{Kind: brokers.Declared, Exchange: "user_events", Detail: map[string]any{"type": kind}})
	}
	tagged := func() *story {
		return (&story{}).kind(brokers.UserAdded, "admin", "", "").kind(brokers.UserChanged, "admin", "", "tags: administrator").kind(brokers.UserAdded, "app1", "", "")
	}
	return []ruling{
		{"there", "exchange-declared", declared("topic"), "", nil},
		{"never declared", "exchange-declared", &story{}, "no-exchange", nil},
		{"of another type", "exchange-declared", declared("direct"), "exchange-type", []uint64{1}},
		{"deleted", "exchange-declared", declared("topic").add(brokers.Event{Kind: brokers.Deleted, Exchange: "user_events"}), "no-exchange", nil},
		{"a queue of its own goes", "exchange-declared", declared("topic").add(brokers.Event{Kind: brokers.Deleted, Exchange: "user_events", Place: "jobs"}), "", nil},

		{"both", "published-as", (&story{}).publishes("user_events", "user.b", "b").publishes("user_events", "user.a", "a"), "", nil},
		{"wrong first, then right", "published-as", (&story{}).publishes("", "user.a", "a").publishes("user_events", "user.a", "a").publishes("user_events", "user.b", "b"), "", nil},
		{"one missing", "published-as", (&story{}).publishes("user_events", "user.a", "a"), "not-sent", nil},
		{"by name", "published-as", (&story{}).publishes("", "orders", "a"), "sent-elsewhere", []uint64{1}},
		{"another key", "published-as", (&story{}).publishes("user_events", "user", "a"), "sent-with-other-key", []uint64{1}},

		{"taken", "taken", orders("a", "b").auto(1).auto(2), "", nil},
		{"taken after a look", "taken", orders("a").delivered(1).rejected(1).requeued(1).auto(1), "", nil},
		{"nothing there", "taken", &story{}, "nothing-came", nil},
		{"looked at", "taken", orders("a").delivered(1).rejected(1).requeued(1), "put-back", nil},
		{"rejected", "taken", orders("a").delivered(1).rejected(1), "thrown-away", []uint64{1, 3}},
		{"one of two", "taken", orders("a", "b").auto(1), "never-taken", []uint64{2}},

		{"both there", "vhosts-declared", (&story{}).vhosts("/app1", "/app2"), "", nil},
		{"without the slash", "vhosts-declared", (&story{}).vhosts("/app1", "app2"), "no-vhost", nil},
		{"deleted again", "vhosts-declared", (&story{}).vhosts("/app1", "/app2").kind(brokers.VHostDeleted, "", "/app1", ""), "no-vhost", nil},

		{"with their tags", "users-declared", tagged(), "", nil},
		{"one missing", "users-declared", (&story{}).kind(brokers.UserAdded, "app1", "", ""), "no-user", nil},
		{"deleted again", "users-declared", tagged().kind(brokers.UserDeleted, "app1", "", ""), "no-user", nil},
		{"without a tag", "users-declared", (&story{}).kind(brokers.UserAdded, "admin", "", ""), "wrong-tags", []uint64{1}},
		{"with a tag too many", "users-declared", tagged().kind(brokers.UserChanged, "app1", "", "tags: administrator"), "wrong-tags", []uint64{4}},
		{"another password is no matter", "users-declared", tagged().kind(brokers.UserChanged, "admin", "", "password"), "", nil},
		{"tags of somebody who has gone", "users-declared", tagged().kind(brokers.UserDeleted, "x", "", "").kind(brokers.UserChanged, "x", "", "tags: administrator"), "", nil},

		{"exactly that", "user-permissions", granted().tried("/app1 write", "/app1 read"), "", nil},
		{"nobody there", "user-permissions", (&story{}).vhosts("/app1").tried(), "no-user", nil},
		{"configure, too", "user-permissions", granted().tried("/app1 configure", "/app1 write", "/app1 read"), "may-too-much", []uint64{4, 6}},
		{"elsewhere, too", "user-permissions", granted().permitted("app1", "/").tried("/app1 write", "/app1 read", "/ write"), "may-too-much", []uint64{5, 14}},
		{"in what it made", "user-permissions", granted().vhosts("/app2").permitted("app1", "/app2").tried("/app1 write", "/app1 read", "/app2 read"), "may-by-making", nil},
		{"not even in", "user-permissions", (&story{}).kind(brokers.UserAdded, "app1", "", "").tried(), "may-nothing", []uint64{4}},
		{"taken back", "user-permissions", granted().kind(brokers.Forbidden, "app1", "/app1", "").tried(), "may-nothing", nil},
		{"no reading", "user-permissions", granted().tried("/app1 write"), "may-too-little", []uint64{4, 8}},
		{"gone with its virtual host", "user-permissions", granted().kind(brokers.VHostDeleted, "", "/app1", "").tried(), "may-nothing", nil},
		{"deleted", "user-permissions", granted().kind(brokers.UserDeleted, "app1", "", "").tried(), "no-user", nil},
		{"deleted and made anew", "user-permissions", granted().kind(brokers.UserDeleted, "app1", "", "").kind(brokers.UserAdded, "app1", "", "").tried(), "may-nothing", nil},
		{"given behind the making of another", "user-permissions", granted().vhosts("/x").permitted("app1", "/").tried("/app1 write", "/app1 read", "/ read"), "may-too-much", nil},

		{"works at home, and is kept out", "attempts-made", own().asks("/app1", "configure").asks("/app2", enter), "", nil},
		{"did nothing at home", "attempts-made", (&story{}).asks("/app2", enter), "not-done-as", nil},
		{"did it elsewhere", "attempts-made", (&story{}).does(brokers.Published, "/app2:jobs"), "not-done-as", nil},
		{"did something else at home", "attempts-made", (&story{}).does(brokers.Delivered, "/app1:jobs"), "not-done-as", nil},
		{"read at home, and was not refused to declare", "attempts-made", own().does(brokers.Delivered, "/app1:jobs").asks("/app2", enter), "not-tried", nil},
		{"refused at home", "attempts-made", (&story{}).asks("/app1", "write"), "refused-own", []uint64{1}},
		{"nothing elsewhere", "attempts-made", own().asks("/app1", "configure"), "not-tried", nil},
		{"a wrong password proves nothing", "attempts-made", own().asks("/app1", "configure").asks("", ""), "refused-otherwise", []uint64{3}},
		{"let in", "attempts-made", own().asks("/app1", "configure").does(brokers.Delivered, "/app2:jobs"), "not-refused", []uint64{3}},
		{"made a queue", "attempts-made", own().does(brokers.Declared, "/app1:mine").asks("/app2", enter), "not-refused", []uint64{2}},
	}
}
