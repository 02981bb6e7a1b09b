package tlsprint

import (
	"crypto/tls"
	"slices"
	"testing"
)

// TestOf checks what distinguishes programs, and what changes between the connections of one.
func TestOf(t *testing.T) {
	const grease, grease2 = 0x2a2a, 0xfafa // RFC 8701
	base := func() *tls.ClientHelloInfo {
		return &tls.ClientHelloInfo{
			CipherSuites: []uint16{grease, 0x1301, 0x1302}, SupportedVersions: []uint16{grease, 0x0304, 0x0303},
			Extensions: []uint16{0, 10, 13, 16, 43, 51}, SupportedCurves: []tls.CurveID{grease, tls.X25519, tls.CurveP256},
			SignatureSchemes: []tls.SignatureScheme{tls.PSSWithSHA256, tls.ECDSAWithP256AndSHA256},
		}
	}
	want := Of(base())
	for _, tt := range []struct {
		name   string
		change func(h *tls.ClientHelloInfo)
		same   bool
	}{
		{"nothing", func(*tls.ClientHelloInfo) {}, true},
		{"other random values", func(h *tls.ClientHelloInfo) {
			h.CipherSuites[0], h.SupportedVersions[0], h.SupportedCurves[0] = grease2, grease2, grease2
		}, true},
		{"extensions in another order", func(h *tls.ClientHelloInfo) { slices.Reverse(h.Extensions) }, true},
		{"protocols", func(h *tls.ClientHelloInfo) {
			h.SupportedProtos = []string{"h2"}
			h.Extensions = slices.DeleteFunc(h.Extensions, func(x uint16) bool { return x == 16 })
		}, true},
		{"resumed session", func(h *tls.ClientHelloInfo) { h.Extensions = append(h.Extensions, 21, 41, 42, 44, grease) }, true},
		{"host", func(h *tls.ClientHelloInfo) { h.ServerName = "a.example" }, true},
		{"cipher suite", func(h *tls.ClientHelloInfo) { h.CipherSuites[1]++ }, false},
		{"order of cipher suites", func(h *tls.ClientHelloInfo) { slices.Reverse(h.CipherSuites) }, false},
		{"no cipher suite", func(h *tls.ClientHelloInfo) { h.CipherSuites = nil }, false},
		{"version", func(h *tls.ClientHelloInfo) { h.SupportedVersions = h.SupportedVersions[:2] }, false},
		{"extension", func(h *tls.ClientHelloInfo) { h.Extensions = append(h.Extensions, 17) }, false},
		{"extension of a neighbouring number", func(h *tls.ClientHelloInfo) { h.Extensions = append(h.Extensions, 45) }, false},
		{"curve", func(h *tls.ClientHelloInfo) { h.SupportedCurves[2] = tls.CurveP384 }, false},
		{"signature", func(h *tls.ClientHelloInfo) { h.SignatureSchemes = h.SignatureSchemes[:1] }, false},
		{"a value in the next list", func(h *tls.ClientHelloInfo) {
			h.CipherSuites, h.SupportedVersions = append(h.CipherSuites, 0x0304), []uint16{0x0303}
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := base()
			tt.change(h)
			before := slices.Clone(h.Extensions)
			if got := Of(h); (got == want) != tt.same {
				t.Errorf("the same fingerprint: %t", !tt.same)
			}
			if !slices.Equal(h.Extensions, before) {
				t.Error("the ClientHello is changed")
			}
		})
	}
}
