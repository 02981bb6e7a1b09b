package egress

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/guard"
)

// maxDecoded bounds the decoded body that [Call.EffectiveMethods] reads, in bytes.
const maxDecoded = 16 << 20

// EffectiveMethods returns the methods as which servers may handle the request: see
// [guard.EffectiveMethods]. It reads the body without its content coding.
func (c *Call) EffectiveMethods() guard.Methods {
	q := guard.Request{Method: c.Method, URL: c.URL, Body: c.Body}
	for _, p := range c.Header {
		q.Header = append(q.Header, flow.Field(p))
	}
	for _, k := range c.Cookies {
		q.Header = append(q.Header, flow.Field{Name: "Cookie", Value: k.Name + "=" + k.Value})
	}
	// An unknown coding leaves the body as it is.
	body := flow.Body{Data: c.Body, Size: int64(len(c.Body))}
	if data, _, err := decode.Body(q.Header, body, maxDecoded); err == nil && len(data) > 0 {
		q.Body = data
	}
	return guard.EffectiveMethods(q)
}

// Digest returns the digest of a call's request: its method, URL, headers, cookies, credentials and
// body. Equal requests have equal digests.
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
	// Headers that http.Transport adds.
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
