package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
)

type logR struct {
	io.Reader
	n int
}

func (l *logR) Read(p []byte) (int, error) { n, err := l.Reader.Read(p); l.n += n; return n, err }

type Handler struct{ name string }

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(201)
	fmt.Fprintf(w, "%s %s", h.name, r.URL.Path)
}
func main() {
	l := &logR{Reader: strings.NewReader("hello world")}
	io.Copy(io.Discard, l)
	fmt.Println(l.n)
	rec := httptest.NewRecorder()
	mux := http.NewServeMux()
	mux.Handle("/a", &Handler{"h"})
	mux.HandleFunc("/b", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "fb") })
	mux.ServeHTTP(rec, httptest.NewRequest("GET", "/a", nil))
	fmt.Println(rec.Code, rec.Body.String())
}
