package egress

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/icholy/digest"
)

// roundTrip sends a request, and sends it again if the answer is a challenge of the digest scheme
// (RFC 7616) for which the call has user and password. So does a call that allows one request: the
// server refused it, and its answer to the challenge is that request.
func (cl *Client) roundTrip(t *http.Transport, c *Call, req *http.Request) (*http.Response, error) {
	resp, err := t.RoundTrip(req) // which adds Accept-Encoding, and decodes the response
	i := slices.IndexFunc(c.Credentials, func(cr Credential) bool { return cr.In == InDigest })
	if err != nil || resp.StatusCode != http.StatusUnauthorized || i < 0 {
		return resp, err
	}
	challenge, err := digest.FindChallenge(resp.Header)
	if err != nil {
		return resp, nil // nothing that can be answered: the caller sees the refusal
	}
	user, password, _ := strings.Cut(c.Credentials[i].Value, ":")
	answer, err := digest.Digest(challenge, digest.Options{
		Method: req.Method, URI: req.URL.RequestURI(), Username: user, Password: password,
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(c.Body)), nil },
	})
	if err != nil {
		return resp, nil
	}
	again := req.Clone(req.Context())
	if CheckHeader("Authorization", answer.String()) != nil {
		return resp, nil
	}
	again.Header.Set("Authorization", answer.String())
	if c.Body != nil {
		again.Body = io.NopCloser(bytes.NewReader(c.Body))
	}
	io.CopyN(io.Discard, resp.Body, 64<<10) // so that the connection can be reused
	resp.Body.Close()
	return t.RoundTrip(again)
}

// DigestAnswer returns the Authorization header with which a response was asked for, if it has an
// answer to a challenge: who knows it can try passwords.
func DigestAnswer(resp *http.Response) (sent Credential, ok bool) {
	if resp.Request != nil {
		sent = Credential{In: InHeader, Name: "Authorization", Value: resp.Request.Header.Get("Authorization")}
	}
	return sent, digest.IsDigest(sent.Value)
}
