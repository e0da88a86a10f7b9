package kafka

import (
	"bytes"
	"crypto/subtle"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/brokerlab/brokerlab/brokers/kafka/model"
)

// mechanism is the one way to log in.
const mechanism = "PLAIN"

// mayAsk reports whether a client may make a request before or after it has logged in.
func (c *conn) mayAsk(key int16) bool {
	return len(c.b.cfg.Users) == 0 || c.user != "" || key == keyApiVersions || key == keySASLHandshake || key == keySASLAuth
}

// handleSASLHandshake agrees on how to log in.
func (k *call) handleSASLHandshake() error {
	req, resp := k.request.(*kmsg.SASLHandshakeRequest), k.response().(*kmsg.SASLHandshakeResponse)
	resp.SupportedMechanisms = []string{mechanism}
	k.asking = req.Mechanism == mechanism && k.Version > 0 && len(k.b.cfg.Users) > 0
	if !k.asking {
		resp.ErrorCode = k.code(model.UnsupportedMechanism)
	}
	k.reply(resp)
	return nil
}

// handleSASLAuthenticate checks name and password: authzid NUL authcid NUL password.
func (k *call) handleSASLAuthenticate() error {
	req, resp := k.request.(*kmsg.SASLAuthenticateRequest), k.response().(*kmsg.SASLAuthenticateResponse)
	parts := bytes.Split(req.SASLAuthBytes, []byte{0})
	resp.SASLAuthBytes = []byte{}
	var err error
	switch {
	case !k.asking:
		err = model.IllegalSASLState
	case len(parts) != 3 || !k.b.knows(string(parts[1]), parts[2]):
		err = model.Errorf(model.SASLAuthenticationFailed, "Authentication failed: Invalid username or password")
	default:
		k.user = string(parts[1])
	}
	resp.ErrorCode, resp.ErrorMessage = k.code(err), text(err)
	k.reply(resp)
	return nil
}

func (b *Broker) knows(name string, password []byte) bool {
	want, ok := b.cfg.Users[name]
	return ok && name != "" && subtle.ConstantTimeCompare([]byte(want), password) == 1
}
