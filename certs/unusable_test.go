package certs

import (
	"crypto/x509"
	"encoding/asn1"
	"testing"
)

// A CA may be limited to purposes. One that fits is enough, wherever it stands.
func TestPurposesOfCA(t *testing.T) {
	const any, server, client = x509.ExtKeyUsageAny, x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth
	for _, tt := range []struct {
		usages  []x509.ExtKeyUsage
		unknown []asn1.ObjectIdentifier
		fits    bool
	}{
		{nil, nil, true},
		{[]x509.ExtKeyUsage{any}, nil, true},
		{[]x509.ExtKeyUsage{server}, nil, true},
		{[]x509.ExtKeyUsage{client, any}, nil, true},
		{[]x509.ExtKeyUsage{any, client}, nil, true},
		{[]x509.ExtKeyUsage{server, client}, nil, true},
		{[]x509.ExtKeyUsage{client}, nil, false},
		{nil, []asn1.ObjectIdentifier{{1, 2, 3}}, false},
		{[]x509.ExtKeyUsage{client}, []asn1.ObjectIdentifier{{1, 2, 3}}, false},
	} {
		if why := unusable(&x509.Certificate{ExtKeyUsage: tt.usages, UnknownExtKeyUsage: tt.unknown}); (why == "") != tt.fits {
			t.Errorf("%v %v: %q", tt.usages, tt.unknown, why)
		}
	}
}
