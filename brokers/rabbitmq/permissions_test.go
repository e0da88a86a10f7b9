package rabbitmq_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/brokerlab/brokerlab/brokers"
)

// people are the users, besides guest, that scenarios meet on either broker, with
// their permissions: configure, write and read.
var people = []struct {
	name, vhost string
	may         [3]string
}{
	{"alice", "/", [3]string{"^alice", "^(alice|shared)", "^(alice|news)"}},
	{"bob", "shop", [3]string{".*", "", ".*"}},
	{"guest", "shop", [3]string{".*", ".*", ".*"}},
}

// settle gives the miniature what definitions gives RabbitMQ.
func settle(t testing.TB, l *lab) {
	t.Helper()
	actions := []brokers.Action{{Do: "vhost", With: map[string]any{"name": "shop"}}}
	for _, p := range people {
		if p.name != "guest" {
			actions = append(actions, brokers.Action{Do: "user", With: map[string]any{"name": p.name, "password": "secret"}})
		}
		actions = append(actions, brokers.Action{Do: "permission", With: map[string]any{
			"user": p.name, "vhost": p.vhost, "configure": p.may[0], "write": p.may[1], "read": p.may[2],
		}})
	}
	must(t, l.Apply(actions))
}

// definitions is a file of RabbitMQ's with the same people in it.
func definitions(t testing.TB) []byte {
	t.Helper()
	type object = map[string]any
	user := func(name, password string) object {
		const salt = "salt"
		sum := sha256.Sum256([]byte(salt + password))
		return object{
			"name": name, "password_hash": base64.StdEncoding.EncodeToString(append([]byte(salt), sum[:]...)),
			"hashing_algorithm": "rabbit_password_hashing_sha256", "tags": "administrator",
		}
	}
	permission := func(name, vhost string, may [3]string) object {
		return object{"user": name, "vhost": vhost, "configure": may[0], "write": may[1], "read": may[2]}
	}
	users := []object{user("guest", "guest")}
	permissions := []object{permission("guest", "/", [3]string{".*", ".*", ".*"})}
	for _, p := range people {
		if p.name != "guest" {
			users = append(users, user(p.name, "secret"))
		}
		permissions = append(permissions, permission(p.name, p.vhost, p.may))
	}
	text, err := json.Marshal(object{"users": users, "vhosts": []object{{"name": "/"}, {"name": "shop"}}, "permissions": permissions})
	must(t, err)
	return text
}

// as connects somebody else, to a virtual host.
func (s *script) as(user, vhost string) (*amqp.Connection, error) {
	s.t.Helper()
	url := strings.Replace(strings.TrimSuffix(s.url, "/"), "guest:guest", user, 1) + "/" + vhost
	conn, err := amqp.Dial(url)
	if err == nil {
		s.t.Cleanup(func() { _ = conn.Close() })
	}
	return conn, err
}

func vhostsApart(s *script, name string) {
	here := s.open()
	conn, err := s.as("guest:guest", "shop")
	must(s.t, err)
	there := s.channel(conn)
	s.queue(here, name, nil)
	_, err = s.channel(conn).QueueDeclarePassive(name, true, false, false, false, nil)
	s.outcome("not there", err)
	s.queue(there, name, nil)
	s.send(there, "", name, amqp.Publishing{Body: []byte("there")})
	s.count(name)
	s.get(there, name, true)
	_, err = s.channel(conn).QueueDeclare(name, false, false, false, false, nil)
	s.outcome("other arguments", err)
}

func strangersToVHosts(s *script, _ string) {
	for _, try := range []struct{ user, vhost string }{
		{"alice:secret", "%2f"}, {"alice:wrong", "%2f"}, {"alice:secret", "shop"}, {"bob:secret", "%2f"}, {"bob:secret", "shop"}, {"alice:secret", "none"},
	} {
		_, err := s.as(try.user, try.vhost)
		s.outcome(try.user+" to "+try.vhost, err)
	}
}

func permissionsOfQueues(s *script, _ string) {
	admin := s.open()
	for _, q := range []string{"alice in", "shared in", "news", "secret"} {
		s.queue(admin, q, nil)
	}
	conn, err := s.as("alice:secret", "%2f")
	must(s.t, err)
	try := func(what string, do func(ch *amqp.Channel) error) {
		s.outcome(what, do(s.channel(conn)))
	}
	for _, q := range []string{"alice in", "shared in", "news", "secret"} {
		try("declare "+q, func(ch *amqp.Channel) error { _, err := ch.QueueDeclare(q, true, false, false, false, nil); return err })
		try("passive "+q, func(ch *amqp.Channel) error {
			_, err := ch.QueueDeclarePassive(q, true, false, false, false, nil)
			return err
		})
		try("get "+q, func(ch *amqp.Channel) error { _, _, err := ch.Get(q, true); return err })
		try("consume "+q, func(ch *amqp.Channel) error { _, err := ch.Consume(q, "", true, false, false, false, nil); return err })
		try("purge "+q, func(ch *amqp.Channel) error { _, err := ch.QueuePurge(q, false); return err })
		try("bind "+q, func(ch *amqp.Channel) error { return ch.QueueBind(q, "k", "news", false, nil) })
		try("unbind "+q, func(ch *amqp.Channel) error { return ch.QueueUnbind(q, "k", "amq.direct", nil) })
	}
	try("delete news", func(ch *amqp.Channel) error { _, err := ch.QueueDelete("news", false, false, false); return err })
	try("named by the server", func(ch *amqp.Channel) error {
		_, err := ch.QueueDeclare("", false, false, true, false, nil)
		if err != nil {
			err = &amqp.Error{Code: 403, Reason: chance.ReplaceAllString(err.Error(), "amq.$1*")}
		}
		return err
	})
	try("dead letters to news", func(ch *amqp.Channel) error {
		_, err := ch.QueueDeclare("alice dead", false, false, false, false, amqp.Table{"x-dead-letter-exchange": "news"})
		return err
	})
}

func permissionsOfExchanges(s *script, _ string) {
	admin := s.open()
	for _, x := range []string{"alice x", "shared x", "news x", "secret x"} {
		s.exchange(admin, x, "fanout", nil)
	}
	conn, err := s.as("alice:secret", "%2f")
	must(s.t, err)
	try := func(what string, do func(ch *amqp.Channel) error) {
		s.outcome(what, do(s.channel(conn)))
	}
	for _, x := range []string{"alice x", "shared x", "news x", "secret x", "amq.fanout"} {
		try("declare "+x, func(ch *amqp.Channel) error { return ch.ExchangeDeclare(x, "fanout", true, false, false, false, nil) })
		try("passive "+x, func(ch *amqp.Channel) error {
			return ch.ExchangeDeclarePassive(x, "fanout", true, false, false, false, nil)
		})
		try("bind to "+x, func(ch *amqp.Channel) error { return ch.ExchangeBind(x, "k", "news x", false, nil) })
		try("bind from "+x, func(ch *amqp.Channel) error { return ch.ExchangeBind("shared x", "k", x, false, nil) })
		ch := s.channel(conn)
		end := closing(ch)
		must(s.t, ch.PublishWithContext(background, x, "k", false, false, amqp.Publishing{}))
		err := ch.Qos(1, 0, false)
		if err == nil {
			s.say("publish to %s: ok", x)
		} else {
			s.closed("publish to "+x, end)
		}
		try("delete "+x, func(ch *amqp.Channel) error { return ch.ExchangeDelete(x, true, false) })
	}
	ch := s.channel(conn)
	end := closing(ch)
	must(s.t, ch.PublishWithContext(background, "", "alice in", false, false, amqp.Publishing{}))
	s.closed("default exchange", end)
	try("alternate", func(ch *amqp.Channel) error {
		return ch.ExchangeDeclare("alice alternate", "fanout", true, false, false, false, amqp.Table{"alternate-exchange": "secret x"})
	})
}
