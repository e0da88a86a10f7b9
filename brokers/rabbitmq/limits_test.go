package rabbitmq_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// TestLimitsForClients: who comes in past a limit hears of it in RabbitMQ's words, and a
// limit that is taken away is none.
func TestLimitsForClients(t *testing.T) {
	l := start(t)
	wantLimits(t, l.url(), manage(t, l), false)
}

// TestRabbitMQLimits asks RabbitMQ itself. It counts a user's channels behind their
// opening (rabbit_channel_tracking hears of a channel by an event), so on a busy machine
// some more may slip in before the limit is felt.
func TestRabbitMQLimits(t *testing.T) {
	url, base := startManaged(t, "[rabbitmq_management].")
	waitManaged(t, base)
	wantLimits(t, url, base, true)
}

// wantLimits wants the second channel refused or, by a broker that counts late, one of
// those behind it.
func wantLimits(t *testing.T, url, base string, late bool) {
	t.Helper()
	set := func(method, path, value string) {
		if status, body := grantOne(t, base, admin(method, path, value)); status != 204 {
			t.Fatalf("%s %s: %d %s", method, path, status, body)
		}
		time.Sleep(200 * time.Millisecond)
	}
	var heard []string
	note := func(err error) { heard = append(heard, fmt.Sprint(err)) }
	try := func() {
		conn, err := amqp.Dial(url)
		note(err)
		if err == nil {
			must(t, conn.Close())
		}
	}
	set("PUT", "/vhost-limits/%2F/max-connections", `{"value":0}`)
	try()
	set("PUT", "/vhost-limits/%2F/max-connections", `{"value":-1}`)
	try()
	set("PUT", "/user-limits/guest/max-connections", `{"value":0}`)
	try()
	set("DELETE", "/user-limits/guest/max-connections", "")
	set("PUT", "/user-limits/guest/max-channels", `{"value":1}`)
	conn, err := amqp.Dial(url)
	must(t, err)
	defer conn.Close()
	closed := conn.NotifyClose(make(chan *amqp.Error, 1))
	_, err = conn.Channel()
	note(err)
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		if _, err := conn.Channel(); err != nil || !late || time.Now().After(deadline) {
			break
		}
	}
	select {
	case why := <-closed:
		note(why)
	case <-time.After(patience):
		note(nil)
	}
	want := []string{
		`Exception (530) Reason: "NOT_ALLOWED - access to vhost '/' refused for user 'guest': connection limit (0) is reached"`, "<nil>",
		`Exception (530) Reason: "NOT_ALLOWED - connection refused for user 'guest': user connection limit (0) is reached"`,
		"<nil>", `Exception (530) Reason: "NOT_ALLOWED - number of channels opened for user 'guest' has reached the maximum allowed user limit of (1)"`,
	}
	if !slices.Equal(heard, want) {
		t.Errorf("heard\n%q\nwant\n%q", heard, want)
	}
}
