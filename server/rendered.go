package server

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"
)

// maxRendered bounds the pages that are kept rendered. When there are more,
// all are forgotten: that is rare, and rendering one takes a millisecond.
const maxRendered = 256

// A rendered page is its bytes, plain and compressed.
type rendered struct{ plain, zipped []byte }

// renderedPages keeps reading pages as they were last sent. Most visits find
// the page, the progress and the theme as they were.
type renderedPages struct {
	mu    sync.Mutex
	pages map[string]rendered
}

func (r *renderedPages) get(key string) (rendered, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	page, ok := r.pages[key]
	return page, ok
}

func (r *renderedPages) put(key string, page rendered) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pages == nil || len(r.pages) >= maxRendered {
		r.pages = map[string]rendered{}
	}
	r.pages[key] = page
}

// renderedKey names everything that a reading page depends on. version is that
// of the course.
func renderedKey(version uint64, path, theme string, st standing) string {
	var key strings.Builder
	fmt.Fprint(&key, version, " ", path, " ", theme)
	for _, id := range slices.Sorted(maps.Keys(st.pages)) {
		key.WriteString(" " + id + "=" + string(st.pages[id]))
	}
	for _, id := range slices.Sorted(maps.Keys(st.labs)) {
		fmt.Fprintf(&key, " %s=%v", id, st.labs[id])
	}
	return key.String()
}

// newRendered compresses a page once, better than one would for each visit.
func newRendered(page []byte) rendered {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, err := w.Write(page)
	if err != nil || w.Close() != nil {
		return rendered{plain: page} // cannot be: a buffer takes every write
	}
	return rendered{plain: page, zipped: zipped.Bytes()}
}

// send answers with a rendered page.
func (p rendered) send(c echo.Context, status int) error {
	head := c.Response().Header()
	head.Set("Cache-Control", "private, no-cache")
	head.Add("Vary", "Accept-Encoding")
	accepted := c.Request().Header.Get("Accept-Encoding")
	if p.zipped != nil && strings.Contains(accepted, "gzip") && !strings.Contains(accepted, "gzip;q=0") {
		head.Set("Content-Encoding", "gzip")
		return c.HTMLBlob(status, p.zipped)
	}
	return c.HTMLBlob(status, p.plain)
}
