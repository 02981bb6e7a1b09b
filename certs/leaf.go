package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"strings"
	"time"
)

const (
	leafLife = 7 * 24 * time.Hour
	// renewAhead is how long before it expires a leaf is renewed.
	renewAhead = 24 * time.Hour
	// maxLeaves bounds the cache. A leaf with its key takes about 3 KB.
	maxLeaves = 4096
	// maxCommonName is RFC 5280's ub-common-name. Longer hosts are in the SAN alone.
	maxCommonName = 64
)

// Certificate returns the certificate for host, a DNS name or an IP address without port, with its
// key. It is cached; minting takes about 0.1 ms. The caller must not change it.
func (a *Authority) Certificate(host string) (*tls.Certificate, error) {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	now := a.now()
	return a.leaves.get(host, func(c *tls.Certificate) bool {
		return now.Before(c.Leaf.NotAfter.Add(-renewAhead)) && now.After(c.Leaf.NotBefore)
	}, func() (*tls.Certificate, error) {
		c, err := a.mint(host, now)
		if err != nil {
			return nil, fmt.Errorf("mint certificate for %q: %w", host, err)
		}
		return c, nil
	})
}

// mint makes a leaf certificate.
func (a *Authority) mint(host string, now time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{
		SerialNumber: newSerial(),
		Subject:      pkix.Name{Organization: []string{"spectap"}},
		NotBefore:    now.Add(-skew),
		NotAfter:     now.Add(leafLife),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if len(host) <= maxCommonName {
		t.Subject.CommonName = host
	}
	if ip := net.ParseIP(host); ip != nil {
		t.IPAddresses = []net.IP{ip}
	} else {
		t.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, a.cert, key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	// Chromium looks for the CA that it was configured to accept only in the chain that is sent.
	return &tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: key, Leaf: leaf}, nil
}
