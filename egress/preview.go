package egress

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"github.com/spectap/spectap/guard"
)

// Digest returns the digest of what a call sends: its method, URL, headers, cookies, credentials
// and body. Equal requests have equal digests.
func (c *Call) Digest() guard.Digest {
	flatten := func(pairs []Pair) []any {
		var out []any
		for _, p := range pairs {
			out = append(out, p.Name, p.Value)
		}
		return out
	}
	var credentials []any
	for _, cr := range c.Credentials {
		credentials = append(credentials, string(cr.In), cr.Name, cr.Value)
	}
	return guard.DigestOf([]any{c.Method, c.URL.String(), flatten(c.Header), flatten(c.Cookies), string(c.Body), credentials})
}

// Preview returns the request of a call as HTTP/1.1 writes it, with its credentials. Other versions
// of HTTP send the same fields. It fails with the errors of [Client.Do] for a call that may not
// leave, but looks up no host.
func (cl *Client) Preview(c Call) ([]byte, error) {
	if !isMethod(c.Method) {
		return nil, ErrMethod
	}
	req, err := cl.request(context.Background(), c, c.URL)
	if err != nil {
		return nil, err
	}
	// What http.Transport adds.
	if req.Header.Get("Accept-Encoding") == "" && req.Header.Get("Range") == "" && req.Method != http.MethodHead {
		req.Header.Set("Accept-Encoding", "gzip")
	}
	req.Close = c.Once
	var b bytes.Buffer
	if err := req.Write(&b); err != nil {
		return nil, fmt.Errorf("write request: %w", err)
	}
	return b.Bytes(), nil
}
