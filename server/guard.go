package server

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// hosts are the names under which this server may be asked. Any web page can
// point a name of its own at 127.0.0.1; the Host header then has that name.
type hosts struct {
	names map[string]bool
	open  bool // listening beyond loopback: any literal address is ours
}

func newHosts(addr string, more []string) hosts {
	h := hosts{names: map[string]bool{"localhost": true, "127.0.0.1": true, "::1": true}}
	for _, name := range more {
		h.names[strings.ToLower(name)] = true
	}
	name, _, err := net.SplitHostPort(addr)
	if err != nil {
		return h
	}
	ip := net.ParseIP(name)
	h.open = name == "" || ip != nil && !ip.IsLoopback()
	if name != "" && (ip == nil || !ip.IsUnspecified()) {
		h.names[strings.ToLower(name)] = true
	}
	return h
}

// ours reports whether a Host header names this server. A literal address
// cannot be rebound, so it is fine when we listen on more than loopback.
func (h hosts) ours(header string) bool {
	name := header
	if split, _, err := net.SplitHostPort(header); err == nil {
		name = split
	}
	name = strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(name, "["), "]"))
	return h.names[name] || h.open && net.ParseIP(name) != nil
}

// guard refuses requests that were meant for another host, and sets the
// headers that every answer has.
func (s *Server) guard(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		nonce := newNonce()
		c.Set(nonceKey, nonce)
		head := c.Response().Header()
		head.Set("Content-Security-Policy", contentPolicy(nonce))
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("X-Frame-Options", "DENY")
		head.Set("Referrer-Policy", "same-origin")
		head.Set("Cross-Origin-Opener-Policy", "same-origin")
		head.Set("Cross-Origin-Resource-Policy", "same-origin")
		head.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		if !s.hosts.ours(c.Request().Host) {
			return fmt.Errorf("host %q: %w", c.Request().Host, errForeignHost)
		}
		api := isAPI(c.Request().URL.Path)
		if api {
			head.Set("Cache-Control", "no-store")
		}
		// Reading the API is held to the same rule as changing things: only our
		// own pages, and programs that are no browsers, may.
		if api || changes(c.Request().Method) {
			if err := refuseForeign(c); err != nil {
				return err
			}
		}
		return next(c)
	}
}

// refuseForeign returns an error when a browser says that another site is asking.
func refuseForeign(c echo.Context) error {
	head := c.Request().Header
	if site := head.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return fmt.Errorf("sec-fetch-site %q: %w", site, errForeignOrigin)
	}
	if origin := head.Get("Origin"); origin != "" && !sameOrigin(c, origin) {
		return fmt.Errorf("origin %q at host %q: %w", origin, c.Request().Host, errForeignOrigin)
	}
	return nil
}

// sameOrigin reports whether an Origin header names the host that is asked.
// Both schemes are taken: a proxy may speak https for us.
func sameOrigin(c echo.Context, origin string) bool {
	host := c.Request().Host
	return strings.EqualFold(origin, "http://"+host) || strings.EqualFold(origin, "https://"+host)
}

func changes(method string) bool {
	return method != http.MethodGet && method != http.MethodHead
}

const nonceKey = "csp-nonce"

func nonce(c echo.Context) string {
	n, _ := c.Get(nonceKey).(string)
	return n
}

func newNonce() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, by its documentation
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// contentPolicy lets a page load our own files and nothing else. The nonce is
// for the one style element that the code editor makes.
func contentPolicy(nonce string) string {
	return "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-" + nonce + "'; " +
		"img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
		"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}
