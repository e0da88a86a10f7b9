package server

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/course"
)

// BenchmarkReadingPage is the server's side of a chapter page: every layer from
// the guard to the last byte, with progress from the database. It reports
// requests/s over all cores and the 99th percentile in microseconds, which
// count towards the budget of 5 000 requests/s and 2 ms.
func BenchmarkReadingPage(b *testing.B) {
	s := start(b)
	refs := s.course().Refs("en")
	i := slices.IndexFunc(refs, func(r course.PageRef) bool { return r.Kind == course.KindPage })
	path := refs[i].Href
	s.do(b, http.MethodPost, "/api/progress", `{"page":"`+refs[i].ID+`","state":"open"}`)
	for _, tt := range []struct{ name, encoding string }{{"plain", ""}, {"gzip", "gzip"}} {
		b.Run(tt.name, func(b *testing.B) {
			var times durations
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				mine := make([]time.Duration, 0, 1024)
				for pb.Next() {
					r := httptest.NewRequest(http.MethodGet, "http://"+home+path, http.NoBody)
					r.Header.Set("Accept-Encoding", tt.encoding)
					w := httptest.NewRecorder()
					began := time.Now()
					s.Handler().ServeHTTP(w, r)
					mine = append(mine, time.Since(began))
					if w.Code != http.StatusOK {
						b.Errorf("%d", w.Code)
					}
				}
				times.add(mine)
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
			b.ReportMetric(float64(times.percentile(99).Microseconds()), "p99-µs")
		})
	}
}

// durations are measured by many goroutines.
type durations struct {
	mu   sync.Mutex
	list []time.Duration
}

func (d *durations) add(more []time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.list = append(d.list, more...)
}

func (d *durations) percentile(p int) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	slices.Sort(d.list)
	return d.list[min(len(d.list)*p/100, len(d.list)-1)]
}
