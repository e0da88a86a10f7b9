package rabbitmq

import "time"

// maxSilence is for how many looks in a row, half an interval apart, a client may say
// nothing: two intervals and something. Looks are counted and not time, as RabbitMQ does
// it: when the machine stands still for seconds, the client has stood still, too.
const maxSilence = 5

// startHeartbeat begins to send heartbeats, and to expect them, at an interval
// that the client has settled on; 0 means neither. It uses the machine's time
// and not the lab's clock: skipping ahead in a lab must not cut the line.
func (c *conn) startHeartbeat(interval time.Duration) {
	if interval <= 0 {
		return
	}
	sent, heard, silence := c.out.sent(), c.heard.Load(), 0
	c.beatMu.Lock()
	defer c.beatMu.Unlock()
	c.beatTimer = time.AfterFunc(interval/2, func() {
		c.beatMu.Lock()
		defer c.beatMu.Unlock()
		if c.beatTimer == nil {
			return
		}
		silence++
		if now := c.heard.Load(); now != heard {
			heard, silence = now, 0
		}
		if silence == maxSilence {
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
