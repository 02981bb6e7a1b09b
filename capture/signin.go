package capture

import (
	"cmp"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/spectap/spectap/flow"
)

// signsConnection reports whether the header of a request or response belongs to a sign-in that is
// valid for its connection, and so for every later request on it, whoever sends that.
func signsConnection(h http.Header) bool {
	if slices.ContainsFunc(h["Authorization"], func(v string) bool { return flow.ConnectionScheme(v) != "" }) {
		return true
	}
	for _, v := range h["Www-Authenticate"] {
		for challenge := range strings.SplitSeq(v, ",") {
			if flow.ConnectionScheme(challenge) != "" {
				return true
			}
		}
	}
	return len(h["Persistent-Auth"]) > 0 && strings.EqualFold(h.Get("Persistent-Auth"), "true") // of IIS
}

// routesFor returns the routes for a request. From the first one that signs in, a client's
// connection has its own, and shares no connection to an upstream with other clients. So has one
// that came with a connection to its address.
func (x *exchange) routesFor(r *http.Request) *routes {
	own := x.conn.ownRoutes(x.routes).Load()
	if own == nil && (x.conn.upstream != nil || signsConnection(r.Header)) {
		own = x.separate()
	}
	return cmp.Or(own, x.routes)
}

// separate gives the client's connection its own routes.
func (x *exchange) separate() *routes {
	own := x.conn.ownRoutes(x.routes)
	own.CompareAndSwap(nil, x.p.newRoutes(x.routes.public, true))
	return own.Load()
}

// ownRoutes returns the routes of the client's connection that replace shared ones.
func (c *clientConn) ownRoutes(shared *routes) *atomic.Pointer[routes] {
	if shared.public {
		return &c.own[1]
	}
	return &c.own[0]
}

func (c *clientConn) closeOwn() {
	if upstream := c.takeUpstream(); upstream != nil {
		upstream.Close()
	}
	for i := range c.own {
		if w := c.own[i].Load(); w != nil {
			w.close()
		}
	}
}

// lastBody is the body of a response after which its connection must not be reused. http.Transport
// keeps the connection nevertheless, so it is closed before the client has the complete response.
type lastBody struct {
	io.ReadCloser
	conn net.Conn
}

func (b *lastBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.conn.Close()
	}
	return n, err
}

func (b *lastBody) Close() error {
	err := b.ReadCloser.Close()
	b.conn.Close()
	return err
}
