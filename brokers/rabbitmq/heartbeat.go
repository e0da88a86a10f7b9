package rabbitmq

import "time"

// startHeartbeat begins to send heartbeats, and to expect them, at an interval
// that the client has settled on; 0 means neither. It uses the machine's time
// and not the lab's clock: skipping ahead in a lab must not cut the line.
func (c *conn) startHeartbeat(interval time.Duration) {
	c.heard.Store(int64(time.Since(c.began)))
	if interval <= 0 {
		return
	}
	sent := c.out.sent()
	c.beatMu.Lock()
	defer c.beatMu.Unlock()
	c.beatTimer = time.AfterFunc(interval/2, func() {
		c.beatMu.Lock()
		defer c.beatMu.Unlock()
		if c.beatTimer == nil {
			return
		}
		if time.Since(c.began)-time.Duration(c.heard.Load()) > 2*interval {
			c.silent = true
			c.stop()
			return
		}
		if now := c.out.sent(); now == sent {
			c.out.beat()
		}
		sent = c.out.sent()
		c.beatTimer.Reset(interval / 2)
	})
}

func (c *conn) stopHeartbeat() {
	c.beatMu.Lock()
	defer c.beatMu.Unlock()
	if c.beatTimer != nil {
		c.beatTimer.Stop()
		c.beatTimer = nil
	}
}
