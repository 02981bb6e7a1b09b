package childenv

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pavlo-v-chernykh/keystore-go/v4"

	"github.com/spectap/spectap/certs"
	"github.com/spectap/spectap/internal/test/must"
)

// TestWithoutLoopback checks that local hosts are removed from NO_PROXY and that both spellings of
// the variable are merged.
func TestWithoutLoopback(t *testing.T) {
	for _, tt := range []struct{ upper, lower, want string }{
		{"", "", ""},
		{"localhost,127.0.0.1,::1", "localhost", ""},
		{"*", "*.corp.example", "*.corp.example"},
		{".corp.example, 10.0.0.0/8 ,localhost:8080,127.0.0.1:80,[::1]:80", "build.example", ".corp.example,10.0.0.0/8,build.example"},
		{"127.0.0.0/8,127.*,.localhost,*.localhost,api.localhost,::1/128", "", ""},
		{"LOCALHOST,[::1],*.LocalHost:80,*localhost,[::ffff:127.0.0.1],Build.Example", "", "Build.Example"},
		{"notlocalhost,mylocalhost.example,127.example", "", "notlocalhost,mylocalhost.example,127.example"},
		{"a.example", "a.example,b.example", "a.example,b.example"},
	} {
		t.Run(tt.upper+" and "+tt.lower, func(t *testing.T) {
			if got := withoutLoopback(tt.upper, tt.lower); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestBuild checks that existing settings are kept where possible, and that no variable is set
// twice.
func TestBuild(t *testing.T) {
	ca, _, err := certs.LoadOrCreate(t.TempDir())
	must.Do(t, err)
	other, _, err := certs.LoadOrCreate(t.TempDir())
	must.Do(t, err)
	dir, home := t.TempDir(), t.TempDir()
	must.Do(t, os.WriteFile(filepath.Join(home, ".wgetrc"), []byte("tries = 3"), 0o600))
	cfg := Config{
		Proxy: "127.0.0.1:1234", CA: ca.CertPEM(), Dir: dir, Helper: url.UserPassword("helper", "pw"),
		Environ: []string{
			"PATH=/nowhere", "HTTP_PROXY=http://old", "http_proxy=http://old", "NODE_OPTIONS=--max-old-space-size=512",
			"JAVA_TOOL_OPTIONS=-Xmx1g", "HOME=" + home, "SSL_CERT_FILE=" + other.CertPath(), "NODE_EXTRA_CA_CERTS=" + other.CertPath(),
		},
	}
	env, err := Build(cfg)
	must.Do(t, err)
	e := environment(env)
	var names []string
	for _, v := range env {
		name, _, _ := strings.Cut(v, "=")
		if slices.Contains(names, name) {
			t.Errorf("%s is set twice", name)
		}
		names = append(names, name)
	}
	for name, want := range map[string]string{
		"PATH": "/nowhere", "HTTP_PROXY": "http://127.0.0.1:1234", "https_proxy": "http://127.0.0.1:1234", "NO_PROXY": "<-loopback>", "no_proxy": "",
		"SE_PROXY": "http://helper:pw@127.0.0.1:1234", "SE_AVOID_STATS": "true", "NPM_CONFIG_UPDATE_NOTIFIER": "false",
		"NODE_OPTIONS": "--max-old-space-size=512 --require=" + filepath.Join(dir, "node.cjs"),
	} {
		if got := e.get(name); got != want {
			t.Errorf("%s=%s, want %s", name, got, want)
		}
	}
	if got := e.get("JAVA_TOOL_OPTIONS"); !strings.HasPrefix(got, "-Xmx1g -Dhttp.proxyHost=127.0.0.1 ") {
		t.Errorf("JAVA_TOOL_OPTIONS=%s", got)
	}
	for _, name := range []string{"SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "NPM_CONFIG_CAFILE"} {
		data := must.Get(os.ReadFile(e.get(name)))
		for who, cert := range map[string]*x509.Certificate{"ours": ca.Root(), "the user's": other.Root()} {
			if !contains(data, cert) {
				t.Errorf("%s lacks %s", name, who)
			}
		}
	}
	settings, err := os.ReadFile(e.get("WGETRC"))
	if want := "tries = 3\nca_certificate = " + e.get("SSL_CERT_FILE") + "\n"; err != nil || string(settings) != want {
		t.Errorf("settings of wget: %v, %q, want %q", err, settings, want)
	}
	if got := e.get("DENO_CERT"); !strings.HasPrefix(got, dir) {
		t.Errorf("DENO_CERT=%s", got)
	}
	cfg.Proxy = "" // the network leads there
	for _, v := range must.Get(Build(cfg)) {
		if strings.Contains(strings.ToLower(v), "proxy") {
			t.Errorf("%s names a proxy", v)
		}
	}
}

// contains reports whether a PEM bundle has the certificate.
func contains(bundle []byte, cert *x509.Certificate) bool {
	for block, rest := pem.Decode(bundle); block != nil; block, rest = pem.Decode(rest) {
		if bytes.Equal(block.Bytes, cert.Raw) {
			return true
		}
	}
	return false
}

// TestTrustStore reads the trust store with the library that wrote it, and checks that invalid
// certificates are left out.
func TestTrustStore(t *testing.T) {
	ca, _, err := certs.LoadOrCreate(t.TempDir())
	must.Do(t, err)
	junk := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("no certificate")})
	other, _, err := certs.LoadOrCreate(t.TempDir())
	must.Do(t, err)
	data := must.Get(trustStore(join(junk, join(ca.CertPEM(), other.CertPEM()))))
	ks := keystore.New()
	must.Do(t, ks.Load(bytes.NewReader(data), []byte(storePassword)))
	if aliases := ks.Aliases(); len(aliases) != 2 {
		t.Fatalf("aliases %v", aliases)
	}
	for alias, want := range map[string]*x509.Certificate{"root-1": ca.Root(), "root-2": other.Root()} {
		entry, err := ks.GetTrustedCertificateEntry(alias)
		if err != nil || !bytes.Equal(entry.Certificate.Content, want.Raw) {
			t.Errorf("%s is another certificate, or %v", alias, err)
		}
	}
}
