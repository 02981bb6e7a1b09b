package capture

import (
	"crypto/tls"
	"encoding/binary"
	"errors"
	"hash/fnv"
	"slices"
)

// Reasons to pass a connection on as it came.
var (
	errNotHTTP = errors.New("the client does not offer HTTP")
	errPinned  = errors.New("the client refuses our certificate")
)

// helloSize is room for most ClientHellos.
const helloSize = 2 << 10

// peekHello looks at a ClientHello before anything is answered to it. It is a tls.Config's GetConfigForClient. Where it
// gives one of the errors above, the connection is as it came: nothing was sent on it, and all will be read again.
func (p *Proxy) peekHello(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	c := hello.Conn.(*clientConn)
	seen := c.hello
	c.hello = nil
	c.print = fingerprint(hello)
	known := func(proto string) bool { return slices.Contains(p.tls.NextProtos, proto) }
	var err error
	switch offers := hello.SupportedProtos; {
	case len(offers) > 0 && !slices.ContainsFunc(offers, known):
		err = errNotHTTP
	case p.pins.passes(c.refuser()):
		err = errPinned
	default:
		return nil, nil
	}
	c.muted = true // crypto/tls sends an alert
	c.early = append(seen, c.early...)
	return nil, err
}

// fingerprint tells programs apart, of which many may use one address: what a program offers is up to its library of TLS
// and its settings. Left out is what changes from one connection to the next: values that are made up (GREASE, RFC 8701),
// the order of extensions, what a session that is resumed adds, and the protocols, which a browser has fewer of for a
// WebSocket than for a page.
func fingerprint(hello *tls.ClientHelloInfo) uint64 {
	h := fnv.New64a()
	var b [2]byte
	list := func(values []uint16) {
		for _, v := range values {
			if v&0x0f0f != 0x0a0a {
				binary.BigEndian.PutUint16(b[:], v)
				h.Write(b[:])
			}
		}
		h.Write([]byte{0xff})
	}
	list(hello.CipherSuites)
	list(hello.SupportedVersions)
	extensions := slices.DeleteFunc(slices.Clone(hello.Extensions), func(x uint16) bool {
		switch x {
		case 16, 21, 41, 42, 44: // ALPN, padding, pre_shared_key, early_data, cookie
			return true
		}
		return false
	})
	slices.Sort(extensions)
	list(extensions)
	for _, c := range hello.SupportedCurves {
		list([]uint16{uint16(c)})
	}
	for _, s := range hello.SignatureSchemes {
		list([]uint16{uint16(s)})
	}
	return h.Sum64()
}
