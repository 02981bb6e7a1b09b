package capture

import (
	"crypto/tls"
	"errors"
	"slices"
)

// Reasons to forward a connection without decrypting it.
var (
	errNotHTTP = errors.New("the client does not offer HTTP")
	errUnread  = errors.New("nothing can be read: the client or the proxy refuses a certificate")
	// errElsewhere is for redirected connections only.
	errElsewhere = errors.New("the client is not to be recorded, or names a host that the address is not known to have")
)

// helloSize is the initial size of the buffer for a ClientHello, in bytes. Most are smaller.
const helloSize = 2 << 10

// peekHello inspects a ClientHello before anything is sent. It is the GetConfigForClient of a
// tls.Config. If it returns one of the errors above, nothing was sent on the connection, and Read
// returns all its bytes again.
func (p *Proxy) peekHello(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	c := hello.Conn.(*clientConn)
	seen := c.hello
	c.hello = nil
	c.fingerprint = tlsPrint(hello)
	isHTTP := func(proto string) bool { return slices.Contains(p.tls.NextProtos, proto) }
	known := c.redirected == nil || c.redirected(hello.ServerName, true)
	if p.cfg.Guard != nil && !c.page {
		if c.denied = p.judgeHello(c, hello, isHTTP, known); c.denied != nil {
			return nil, errDenied
		}
		return nil, nil
	}
	var err error
	switch offers := hello.SupportedProtos; {
	case len(offers) > 0 && !slices.ContainsFunc(offers, isHTTP):
		err = errNotHTTP
	case !known:
		p.log.Info("a client names a host that its address is not known to have", "address", c.authority, "name", hello.ServerName)
		err = errElsewhere
	case c.redirected != nil && !p.cfg.Scope.Host("https", c.authority):
		p.stats.outOfScope.Add(1)
		err = errElsewhere
	case p.pins.passes(c.refuser()):
		p.stats.pinned.Add(1)
		err = errUnread
	case c.upstream != nil && !p.meet(c, offers):
		err = errUnread
	default:
		return nil, nil
	}
	c.discardWrites = true // crypto/tls sends an alert
	c.early = append(seen, c.early...)
	return nil, err
}
