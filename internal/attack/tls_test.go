package attack

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"
)

// issuer is a CA of the test.
type issuer struct {
	a    *attack
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	path string // of its certificate
}

func (a *attack) issuer(name string) *issuer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.Fatal(err)
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, key.Public(), key)
	if err != nil {
		a.Fatal(err)
	}
	return &issuer{a, cert, key, a.file(name+".pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))}
}

// leaf returns a certificate for 127.0.0.1 and localhost that change has changed.
func (i *issuer) leaf(change func(c *x509.Certificate)) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		i.a.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	if change != nil {
		change(c)
	}
	der, err := x509.CreateCertificate(rand.Reader, c, i.cert, key.Public(), i.key)
	if err != nil {
		i.a.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// secure starts an API with TLS that counts the requests it gets. It returns its port.
func (a *attack) secure(c *tls.Config) (port string, seen chan *http.Request) {
	seen = make(chan *http.Request, 16)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r
		io.WriteString(w, "ok")
	}))
	s.TLS, s.Config.ErrorLog = c, log.New(io.Discard, "", 0)
	s.StartTLS()
	a.Cleanup(s.Close)
	_, port, _ = net.SplitHostPort(s.Listener.Addr().String())
	return port, seen
}

// An upstream that cannot prove who it is gets no request, of the proxy and of the tools that send.
func TestUpstreamTLS(t *testing.T) {
	for name, change := range map[string]struct {
		leaf  func(c *x509.Certificate)
		tls   func(c *tls.Config)
		ca    string   // "other": of a CA that is not trusted
		flags []string // of the proxy
	}{
		"expired":         {leaf: func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }},
		"not yet valid":   {leaf: func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) }},
		"wrong host":      {leaf: func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = []string{"evil.example"}, nil }},
		"common name":     {leaf: func(c *x509.Certificate) { c.DNSNames, c.IPAddresses, c.Subject.CommonName = nil, nil, "127.0.0.1" }},
		"address as name": {leaf: func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = []string{"127.0.0.1"}, nil }},
		"of a client": {leaf: func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		}},
		"unknown CA":          {ca: "other"},
		"insecure other host": {ca: "other", flags: []string{"--insecure-upstream", "localhost", "--insecure-upstream", "0.0.1", "--insecure-upstream", "1127.0.0.1"}},
		"version 1.1":         {tls: func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }},
		"static RSA or CBC key": {tls: func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA}
		}},
	} {
		try(t, name, "answers for an upstream with a certificate or protocol that proves nothing", "no request is sent", func(a *attack) {
			i := a.issuer("trusted")
			signer := i
			if change.ca != "" {
				signer = a.issuer(change.ca)
			}
			c := &tls.Config{Certificates: []tls.Certificate{signer.leaf(change.leaf)}}
			if change.tls != nil {
				change.tls(c)
			}
			port, seen := a.secure(c)
			_, at := a.proxy(nil, append([]string{"--listen", "127.0.0.1:0", "--db", a.dir + "/a.db", "--upstream-ca", i.path}, change.flags...)...)
			status := a.connectAs(at, "127.0.0.1:"+port, "", "")
			if len(seen) > 0 || status == 200 {
				a.breach("the proxy sent a request: status %d", status)
			}
			db := a.capture(exchange{method: "GET", url: "https://127.0.0.1:" + port + "/a", header: []string{"Authorization: Bearer abcdef123456"}})
			o := a.spectap("replay", "1", "--yes", "--db", db, "--upstream-ca", i.path)
			if len(seen) > 0 || o.status == 0 {
				a.breach("replay sent a request: %s%s", o.stdout, o.stderr)
			}
			g := a.agent(legacy, []string{"mcp", "--db", db, "--allow", "send", "--send-to", "https://127.0.0.1:" + port, "--upstream-ca", i.path})
			if r := g.call("replay_flow", object{"flow_id": 1}); len(seen) > 0 || !r.isError {
				a.breach("replay_flow sent a request: %s", r.raw)
			}
		})
	}
}

// connectAs sends a request through a proxy to an authority, with another SNI and Host if they are
// not "". It returns the status.
func (a *attack) connectAs(proxy, authority, sni, host string) int {
	a.Helper()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(a.must("ca", "print")))
	to, err := url.Parse(proxy)
	if err != nil {
		a.Fatal(err)
	}
	transport := &http.Transport{Proxy: http.ProxyURL(to), TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: sni}}
	defer transport.CloseIdleConnections()
	r, err := http.NewRequestWithContext(a.Context(), "GET", "https://"+authority+"/", http.NoBody)
	if err != nil {
		a.Fatal(err)
	}
	r.Host = host
	resp, err := (&http.Client{Transport: transport, Timeout: deadline}).Do(r)
	if err != nil {
		a.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// The authority of CONNECT decides where a request goes, whose certificate is asked for and whose
// client certificate is shown; neither SNI nor Host do.
func TestAuthorityDecides(t *testing.T) {
	const tries, holds = "names one host in CONNECT and another one in SNI or Host", "the request goes to the host of CONNECT alone"
	for name, other := range map[string]struct{ sni, host string }{
		"SNI": {sni: "localhost"}, "Host": {host: "localhost"}, "both": {"localhost", "localhost"}, "in capitals": {"LOCALHOST", "LOCALHOST"}, "with a dot": {"localhost", "localhost."},
	} {
		try(t, name, tries, holds, func(a *attack) {
			i := a.issuer("trusted")
			client := i.leaf(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} })
			key, err := x509.MarshalPKCS8PrivateKey(client.PrivateKey)
			if err != nil {
				a.Fatal(err)
			}
			pair := a.file("client.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: client.Certificate[0]}))+
				string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})))
			evil, seen := a.secure(&tls.Config{Certificates: []tls.Certificate{i.leaf(nil)}, ClientAuth: tls.RequestClientCert})
			strict, refused := a.secure(&tls.Config{Certificates: []tls.Certificate{i.leaf(func(c *x509.Certificate) { c.IPAddresses = nil })}})
			_, at := a.proxy(nil, "--listen", "127.0.0.1:0", "--db", a.dir+"/a.db", "--upstream-ca", i.path, "--client-cert", "localhost="+pair, "--insecure-upstream", "localhost")
			if status := a.connectAs(at, "127.0.0.1:"+evil, other.sni, other.host); status == 200 {
				if r := <-seen; len(r.TLS.PeerCertificates) > 0 {
					a.breach("127.0.0.1 gets the client certificate of localhost")
				}
			}
			if status := a.connectAs(at, "127.0.0.1:"+strict, other.sni, other.host); status == 200 || len(refused) > 0 {
				a.breach("a certificate of localhost passes for 127.0.0.1: status %d", status)
			}
			if status := a.connectAs(at, "localhost:"+evil, "", ""); status != 200 || len((<-seen).TLS.PeerCertificates) != 1 {
				a.Fatalf("localhost does not get its certificate: %d", status)
			}
		})
	}
}
