package containers

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// fakeDaemon is a docker daemon that has no image and answers a pull with lines.
func fakeDaemon(t *testing.T, lines ...string) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/_ping", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("OK")) })
	mux.HandleFunc("POST /images/create", func(w http.ResponseWriter, r *http.Request) {
		if from, tag := r.FormValue("fromImage"), r.FormValue("tag"); from != "mirror:5000/rabbit" || tag != "3" {
			t.Errorf("asked for %q, tag %q", from, tag)
		}
		_, _ = w.Write([]byte(strings.Join(lines, "\r\n")))
	})
	mux.HandleFunc("/images/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "this daemon does not know "+r.URL.Path, http.StatusNotImplemented)
	})
	web := httptest.NewServer(mux)
	t.Cleanup(web.Close)
	t.Setenv("DOCKER_HOST", "tcp://"+web.Listener.Addr().String())
}

// TestPull: an image is downloaded only when asked for, and how far that is is told.
func TestPull(t *testing.T) {
	fakeDaemon(t,
		`{"status":"Pulling from library/rabbit","id":"3"}`,
		`{"status":"Downloading","progressDetail":{"current":5,"total":40},"id":"a"}`,
		`{"status":"Download complete","progressDetail":{},"id":"a"}`, "")
	image := defaults["rabbitmq"]
	image.Ref = "mirror:5000/rabbit:3"
	var none *NoImageError
	if _, err := Start(t.Context(), Spec{Broker: "rabbitmq", Image: image}, nil); !errors.As(err, &none) {
		t.Errorf("unasked: error %v, want a NoImageError", err)
	}
	var done, total int64
	var phases []string
	_, err := Start(t.Context(), Spec{Broker: "rabbitmq", Image: image, Pull: true}, func(p Progress) {
		phases = append(phases, p.Phase)
		done, total = max(done, p.Done), max(total, p.Total)
	})
	if err == nil || errors.As(err, &none) {
		t.Errorf("error %v, want that of a daemon that knows no containers", err)
	}
	if done != 5 || total != 40 || len(phases) < 3 || phases[1] != PhasePull {
		t.Errorf("told of %d bytes of %d in phases %q", done, total, phases)
	}
}

func TestPullFails(t *testing.T) {
	fakeDaemon(t, `{"errorDetail":{"message":"no route to host"},"error":"no route to host"}`, "")
	image := defaults["rabbitmq"]
	image.Ref = "mirror:5000/rabbit:3"
	_, err := Start(t.Context(), Spec{Broker: "rabbitmq", Image: image, Pull: true}, nil)
	var failed *PullError
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), "no route to host") || !strings.Contains(err.Error(), image.Ref) {
		t.Errorf("error %v, want a PullError with the daemon's reason", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = Start(ctx, Spec{Broker: "rabbitmq", Image: image, Pull: true}, func(p Progress) {
		if p.Phase == PhasePull {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("given up: error %v, want context.Canceled", err)
	}
	if _, err := (&pulling{}).Write(make([]byte, maxPullLine+1)); err == nil {
		t.Error("a line without an end is kept in memory")
	}
}
