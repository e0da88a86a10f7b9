package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
)

type api struct{ hits int }

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.hits++
	w.Header().Set("X-Hits", strconv.Itoa(a.hits))
	if r.Method != http.MethodPost {
		http.Error(w, "want POST", http.StatusMethodNotAllowed)
		return
	}
	b, _ := io.ReadAll(r.Body)
	fmt.Fprintf(w, "got %s", b)
}

func main() {
	a := &api{}
	for _, m := range []string{"GET", "POST"} {
		rec := httptest.NewRecorder()
		a.ServeHTTP(rec, httptest.NewRequest(m, "/x", strings.NewReader("body")))
		fmt.Println(rec.Code, strings.TrimSpace(rec.Body.String()), rec.Header().Get("X-Hits"))
	}
}
