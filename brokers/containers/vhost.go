package containers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// The user that the images have from the start. Their ports are published on
// loopback only.
const (
	adminUser     = "guest"
	adminPassword = "guest"
)

// adminWait is how long the management API may lag behind the protocol.
const adminWait = 15 * time.Second

// MakeVHost makes an empty virtual host, so that one container serves many runs
// and none meets what another has left. Tracing is switched on there: the tap listens.
// RabbitMQ keeps the list of those that trace without a lock, so it is changed by one
// request at a time.
func (c *Container) MakeVHost(ctx context.Context, name string) error {
	c.tracing.Lock()
	defer c.tracing.Unlock()
	path := "/api/vhosts/" + url.PathEscape(name)
	if err := c.admin(ctx, http.MethodPut, path, `{"tracing":true}`); err != nil {
		return fmt.Errorf("make virtual host %q: %w", name, err)
	}
	path = "/api/permissions/" + url.PathEscape(name) + "/" + adminUser
	if err := c.admin(ctx, http.MethodPut, path, `{"configure":".*","write":".*","read":".*"}`); err != nil {
		return fmt.Errorf("open virtual host %q: %w", name, err)
	}
	return nil
}

// DropVHost removes a virtual host with everything in it, and ends the
// connections to it. One that is not there is no error.
func (c *Container) DropVHost(ctx context.Context, name string) error {
	err := c.admin(ctx, http.MethodDelete, "/api/vhosts/"+url.PathEscape(name), "")
	var status *adminError
	if errors.As(err, &status) && status.code == http.StatusNotFound {
		return nil
	}
	if err != nil {
		return fmt.Errorf("remove virtual host %q: %w", name, err)
	}
	return nil
}

// An adminError is an answer of the management API that is no success.
type adminError struct {
	code int
	text string
}

func (e *adminError) Error() string {
	return fmt.Sprintf("the management API answers %d: %s", e.code, e.text)
}

// admin makes one request. While nobody listens yet it is made again.
func (c *Container) admin(ctx context.Context, method, path, body string) error {
	addr := c.Addr(c.spec.Image.Admin)
	if addr == "" {
		return fmt.Errorf("the image %s has no management API, which virtual hosts need: use one with the management plugin", c.spec.Image.Ref)
	}
	ctx, cancel := context.WithTimeout(ctx, adminWait)
	defer cancel()
	for {
		err := c.adminOnce(ctx, method, "http://"+addr+path, body)
		var status *adminError
		if err == nil || errors.As(err, &status) || !c.Runs(ctx) {
			return err
		}
		select {
		case <-time.After(helloPause):
		case <-ctx.Done():
			return err
		}
	}
}

func (c *Container) adminOnce(ctx context.Context, method, url, body string) error {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	req.SetBasicAuth(adminUser, adminPassword)
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.web.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 500))
	if resp.StatusCode/100 != 2 {
		return &adminError{resp.StatusCode, string(bytes.TrimSpace(text))}
	}
	return nil
}
