package kafka

import (
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka/model"
)

// guard runs fn. A panic is our fault; it costs the connection that met it, and
// no other.
func guard(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return fn()
}

// maxReason is how much of an error the journal keeps, in bytes.
const maxReason = 500

// code is an error as the protocol has it, noted in the journal.
func (k *call) code(err error) int16 {
	if err == nil {
		return 0
	}
	k.recordRefusal(requests[k.Key].name, err)
	return int16(model.CodeOf(err))
}

// text is what an answer says of an error, where it has room for words.
func text(err error) *string {
	if err == nil {
		return nil
	}
	var code model.Code
	if errors.As(err, &code) {
		return nil
	}
	s := err.Error()
	return &s
}

// usual are answers that clients get all the time when nothing is wrong.
func usual(code model.Code) bool {
	switch code {
	case model.MemberIDRequired, model.RebalanceInProgress:
		return true
	}
	return false
}

// recordRefusal notes an error in the journal. Once the journal has no room, only the
// first one is: else a client could fill it by being refused.
func (c *conn) recordRefusal(what string, err error) {
	code := model.CodeOf(err)
	if usual(code) || c.gone {
		return
	}
	if full := !c.b.journal.Room(); full {
		if c.b.fullNoted {
			return
		}
		c.b.fullNoted = true
	}
	reason := what + ": "
	if known := kerr.TypedErrorForCode(int16(code)); known != nil {
		reason += known.Message
	}
	if words := text(err); words != nil {
		reason += " " + *words
	}
	event := brokers.Event{Kind: brokers.Refused, Source: "kafka", Client: c.name, Node: int(c.node), Reason: reason[:min(len(reason), maxReason)]}
	var quota *brokers.QuotaError
	if errors.As(err, &quota) {
		over := event
		over.Kind, over.Reason, over.N = brokers.OverQuota, quota.What, int64(quota.Limit)
		c.b.journal.Append(over)
	}
	c.b.journal.Append(event)
}
