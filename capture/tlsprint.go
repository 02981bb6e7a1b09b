package capture

// This file distinguishes programs by the way they begin TLS.

import (
	"crypto/tls"
	"encoding/binary"
	"hash/fnv"
	"slices"
)

// tlsPrint returns the fingerprint of a ClientHello. It distinguishes programs that share an
// address by their TLS offers, which depend on the TLS library and its settings. It ignores parts
// that change between connections of one program: random values (GREASE, RFC 8701), the order of
// extensions, extensions of a resumed session, and the protocols, of which a browser offers fewer
// for a WebSocket than for a page.
func tlsPrint(hello *tls.ClientHelloInfo) uint64 {
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
