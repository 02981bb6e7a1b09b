package capture

import (
	"crypto/tls"
	"encoding/binary"
	"errors"
	"hash/fnv"
	"slices"
)

// Reasons to forward a connection without decrypting it.
var (
	errNotHTTP = errors.New("the client does not offer HTTP")
	errPinned  = errors.New("the client refuses the proxy's certificate")
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
	c.fingerprint = fingerprint(hello)
	isHTTP := func(proto string) bool { return slices.Contains(p.tls.NextProtos, proto) }
	var err error
	switch offers := hello.SupportedProtos; {
	case len(offers) > 0 && !slices.ContainsFunc(offers, isHTTP):
		err = errNotHTTP
	case p.pins.passes(c.refuser()):
		err = errPinned
	default:
		return nil, nil
	}
	c.discardWrites = true // crypto/tls sends an alert
	c.early = append(seen, c.early...)
	return nil, err
}

// fingerprint distinguishes programs that share an address by their TLS offers, which depend on the
// TLS library and its settings. It ignores what changes between connections of one program: random
// values (GREASE, RFC 8701), the order of extensions, extensions of a resumed session, and the
// protocols, of which a browser offers fewer for a WebSocket than for a page.
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
