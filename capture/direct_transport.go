package capture

// The files direct_*.go send HTTP/1.1 requests in the goroutine of their caller.
//
// http.Transport reads and writes each connection in goroutines of its own, so a request passes
// through three. For a proxy in front of a quick server, these changes of goroutines are a large
// part of its work. A directTransport does without them, for requests that need nothing else: it
// leaves bodies that come as a stream, upgrades, Expect and all of HTTP/2 to http.Transport.

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"time"

	"golang.org/x/net/http/httpguts"
)

// maxBody bounds the request bodies that are sent before the response is read, in bytes. So much
// fits into the buffers of a connection: sending does not wait for a server that does not read.
const maxBody = 16 << 10

// maxInformational bounds the responses of the class 1xx to one request.
const maxInformational = 16

// directDial connects to a host and port. For https the connection is one of TLS.
type directDial func(ctx context.Context, network, addr string) (net.Conn, error)

// directTransport is a http.RoundTripper for http and https URLs. It is safe for concurrent use.
type directTransport struct {
	Base *http.Transport // sends the other requests
	// Keep, unless nil, reports whether another request may use the connection after a response
	// with this header. It must be set before the first request, and does not concern Base.
	Keep func(http.Header) bool

	plain, tls directDial
	pool       pool
	maxHeader  int64
	bufferSize int
}

// newDirectTransport returns a transport that takes limits from base, and sends by it what it does
// not send itself. base must not be changed afterwards. A nil dial function leaves the scheme to
// base. Connections of dialTLS must speak HTTP/1.1.
func newDirectTransport(base *http.Transport, dial, dialTLS directDial) *directTransport {
	t := &directTransport{Base: base, maxHeader: base.MaxResponseHeaderBytes, bufferSize: base.ReadBufferSize}
	if t.maxHeader <= 0 {
		t.maxHeader = 10 << 20 // as http.Transport
	}
	if t.bufferSize <= 0 {
		t.bufferSize = 4 << 10
	}
	if canCheck && !base.DisableKeepAlives && base.DisableCompression && base.ResponseHeaderTimeout == 0 {
		t.tls = dialTLS
		if base.Proxy == nil {
			t.plain = dial
		}
	}
	t.pool.limits(base)
	return t
}

// CloseIdleConnections closes the connections that no request uses, also those of Base.
func (t *directTransport) CloseIdleConnections() {
	t.pool.closeIdle()
	t.Base.CloseIdleConnections()
}

// RoundTrip implements http.RoundTripper. Errors are those of connections and of http.ReadResponse.
// TLS is not set in responses.
func (t *directTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	dial := t.dialFor(r)
	if dial == nil {
		return t.Base.RoundTrip(r)
	}
	key := key{r.URL.Scheme, hostPort(r)}
	trace := httptrace.ContextClientTrace(r.Context())
	if c := t.pool.take(key); c != nil {
		resp, err := t.send(c, r, trace, true)
		if err == nil || !c.retry || !isReplayable(r) || r.Context().Err() != nil {
			return resp, err
		}
		if r, err = rewound(r); err != nil {
			return nil, err
		}
	}
	if trace != nil && trace.GetConn != nil {
		trace.GetConn(key.addr)
	}
	nc, err := dial(r.Context(), "tcp", key.addr)
	if err != nil {
		closeBody(r)
		return nil, err
	}
	return t.send(newConn(nc, key, &t.pool, t.bufferSize), r, trace, false)
}

// dialFor returns how to connect for a request, or nil if the request is for Base.
func (t *directTransport) dialFor(r *http.Request) directDial {
	if r.URL == nil || r.Header == nil || r.URL.Host == "" || r.Close || len(r.TransferEncoding) > 0 || r.Trailer != nil ||
		!httpguts.ValidHeaderFieldName(r.Method) || r.Method == http.MethodConnect {
		return nil
	}
	if r.Body != nil && r.Body != http.NoBody && (r.GetBody == nil || r.ContentLength <= 0 || r.ContentLength > maxBody) {
		return nil
	}
	for name, values := range r.Header {
		switch name {
		case "Connection", "Upgrade", "Expect", "Transfer-Encoding", "Te":
			return nil
		}
		if !httpguts.ValidHeaderFieldName(name) {
			return nil // the base has the error for it
		}
		if slices.ContainsFunc(values, func(v string) bool { return !httpguts.ValidHeaderFieldValue(v) }) {
			return nil
		}
	}
	switch r.URL.Scheme {
	case "http":
		return t.plain
	case "https":
		return t.tls
	}
	return nil
}

// isReplayable reports whether a request may be sent a second time when a connection that was used
// before ends without an answer.
func isReplayable(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	return false
}

// rewound returns a request with its body from the beginning.
func rewound(r *http.Request) (*http.Request, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return r, nil
	}
	body, err := r.GetBody()
	if err != nil {
		return nil, err
	}
	again := *r
	again.Body = body
	return &again, nil
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		r.Body.Close()
	}
}

// send sends a request on a connection and reads the response up to its body.
func (t *directTransport) send(c *conn, r *http.Request, trace *httptrace.ClientTrace, reused bool) (*http.Response, error) {
	ctx := r.Context()
	if trace != nil && trace.GotConn != nil {
		info := httptrace.GotConnInfo{Conn: c.Conn, Reused: reused, WasIdle: reused}
		if reused {
			info.IdleTime = time.Since(c.idleSince)
		}
		trace.GotConn(info)
	}
	c.begin(ctx, t.maxHeader)
	resp, err := c.exchange(r, trace)
	if err != nil {
		c.abort()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, err
	}
	c.limit = -1
	keep := !resp.Close && (t.Keep == nil || t.Keep(resp.Header))
	if resp.Body == http.NoBody {
		c.end(keep)
		return resp, nil
	}
	resp.Body = &directBody{conn: c, ctx: ctx, inner: resp.Body, keep: keep}
	return resp, nil
}

var (
	errHeaderTooLarge = errors.New("the response headers exceeded the limit")
	errInformational  = errors.New("invalid: too many informational responses")
	errSwitched       = errors.New("invalid: status 101 without a request to upgrade")
)

// exchange writes a request and reads the header of its response.
func (c *conn) exchange(r *http.Request, trace *httptrace.ClientTrace) (*http.Response, error) {
	err := r.Write(c.bw) // closes the body, and calls the trace
	if err == nil {
		err = c.bw.Flush()
	}
	if err != nil {
		c.retry = true
		return nil, fmt.Errorf("write the request: %w", err)
	}
	if _, err := c.br.Peek(1); err != nil {
		c.retry = !errors.Is(err, errHeaderTooLarge)
		return nil, fmt.Errorf("read the response: %w", err)
	}
	if trace != nil && trace.GotFirstResponseByte != nil {
		trace.GotFirstResponseByte()
	}
	for range maxInformational {
		resp, err := http.ReadResponse(c.br, r)
		switch {
		case err != nil:
			return nil, fmt.Errorf("read the response: %w", err)
		case resp.StatusCode == http.StatusSwitchingProtocols:
			return nil, errSwitched
		case resp.StatusCode >= 200 || resp.StatusCode < 100:
			return resp, nil
		}
		if trace != nil && trace.Got1xxResponse != nil {
			if err := trace.Got1xxResponse(resp.StatusCode, textproto.MIMEHeader(resp.Header)); err != nil {
				return nil, err
			}
		}
	}
	return nil, errInformational
}

// hostPort returns the address of a request's URL, in ASCII and with a port.
func hostPort(r *http.Request) string {
	host, port := r.URL.Hostname(), r.URL.Port()
	if ascii, err := httpguts.PunycodeHostPort(host); err == nil {
		host = ascii
	}
	if port == "" {
		port = "80"
		if r.URL.Scheme == "https" {
			port = "443"
		}
	}
	return net.JoinHostPort(host, port)
}
