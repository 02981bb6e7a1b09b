package egress

import (
	"encoding/base64"
	"errors"
)

// echoed is an error whose text had a secret. It has no Unwrap, which would return the text.
type echoed struct {
	text string
	err  error
}

func (e *echoed) Error() string { return e.text }

// Is reports whether the error with the secret is target.
func (e *echoed) Is(target error) bool { return errors.Is(e.err, target) }

// withoutEchoes removes the secrets of a call from its error: net/http quotes responses that are
// not HTTP, and the status of a proxy; either may repeat the request.
func (cl *Client) withoutEchoes(err error, c *Call) error {
	var secrets []string
	for _, cr := range c.Credentials {
		secrets = append(secrets, cr.Secrets()...)
	}
	if p := cl.config.Proxy; p != nil && p.User != nil {
		name := p.User.Username()
		password, _ := p.User.Password()
		secrets = append(secrets, password, base64.StdEncoding.EncodeToString([]byte(name+":"+password)))
	}
	text := err.Error()
	hidden := string(HideEcho([]byte(text), "(credential)", secrets...))
	if hidden == text {
		return err
	}
	return &echoed{hidden, err}
}
