package egress

import (
	"bytes"
	"cmp"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/icholy/digest"
)

// challenges has the last challenge of each origin for a user, which further calls answer at once.
type challenges struct {
	mu   sync.Mutex // guards last
	last map[[2]string]*challenge
}

// challenge is a challenge with the number of its answers, which a server may want to increase.
type challenge struct {
	*digest.Challenge
	answers int
}

// maxChallenges bounds the challenges of a client: callers may bring credentials of their own.
const maxChallenges = 1000

// use returns a challenge and the number of the answer to it. If found is nil, that is the last
// one, or nil.
func (x *challenges) use(key [2]string, found *digest.Challenge) (*digest.Challenge, int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if found != nil {
		if x.last == nil || len(x.last) >= maxChallenges {
			x.last = map[[2]string]*challenge{}
		}
		x.last[key] = &challenge{Challenge: found}
	}
	c := x.last[key]
	if c == nil {
		return nil, 0
	}
	c.answers++
	return c.Challenge, c.answers
}

// roundTrip sends a request, and sends it again if the answer is a challenge of the digest scheme
// (RFC 7616) for which the call has user and password. So does a call that allows one request: the
// server refused it, and its answer to the challenge is that request.
func (cl *Client) roundTrip(t *http.Transport, c *Call, req *http.Request) (*http.Response, error) {
	i := slices.IndexFunc(c.Credentials, func(cr Credential) bool { return cr.In == InDigest })
	if i < 0 {
		return t.RoundTrip(req) // which adds Accept-Encoding, and decodes the response
	}
	secret := c.Credentials[i].Value
	first := cmp.Or(cl.answer(c, req, secret, nil), req)
	resp, err := t.RoundTrip(first)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	found, err := digest.FindChallenge(resp.Header)
	if err != nil {
		return resp, nil // nothing that can be answered: the caller sees the refusal
	}
	again := cl.answer(c, req, secret, found)
	if again == nil {
		return resp, nil
	}
	io.CopyN(io.Discard, resp.Body, 64<<10) // so that the connection can be reused
	resp.Body.Close()
	return t.RoundTrip(again)
}

// answer returns a request with the answer to a challenge; if that is nil, to the last one of its
// origin. It returns nil without a challenge that can be answered.
func (cl *Client) answer(c *Call, req *http.Request, secret string, found *digest.Challenge) *http.Request {
	asked, n := cl.challenges.use([2]string{req.URL.Scheme + "://" + req.URL.Host, secret}, found)
	if asked == nil {
		return nil
	}
	user, password, _ := strings.Cut(secret, ":")
	body := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(c.Body)), nil }
	answer, err := digest.Digest(asked, digest.Options{
		Method: req.Method, URI: req.URL.RequestURI(), Username: user, Password: password, GetBody: body, Count: n,
	})
	if err != nil || CheckHeader("Authorization", answer.String()) != nil {
		return nil
	}
	again := req.Clone(req.Context())
	again.Header.Set("Authorization", answer.String())
	if c.Body != nil {
		again.Body, _ = body()
	}
	return again
}

// DigestAnswer returns the Authorization header with which a response was asked for, if it has an
// answer to a challenge: who knows it can try passwords.
func DigestAnswer(resp *http.Response) (sent Credential, ok bool) {
	if resp.Request != nil {
		sent = Credential{In: InHeader, Name: "Authorization", Value: resp.Request.Header.Get("Authorization")}
	}
	return sent, digest.IsDigest(sent.Value)
}
