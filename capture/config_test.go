package capture

import (
	"context"
	"crypto/tls"
	"net/url"
	"strings"
	"testing"

	"github.com/spectap/spectap/certs"
)

// TestConfig checks which configurations New and Check refuse, and with which reason. The reason
// has no password.
func TestConfig(t *testing.T) {
	ca, _, err := certs.LoadOrCreate(t.TempDir())
	noError(t, err)
	reverse := func(s string) func(*Config) { return func(c *Config) { c.Reverse = must(url.Parse(s)) } }
	via := func(s string) func(*Config) { return func(c *Config) { c.Upstream.Proxy = must(url.Parse(s)) } }
	insecure := func(s string) func(*Config) { return func(c *Config) { c.Upstream.Insecure = []string{s} } }
	for _, tt := range []struct {
		name   string
		change func(*Config)
		want   string // part of the error, "" for none
	}{
		{"least", func(*Config) {}, ""},
		{"no sink", func(c *Config) { c.Sink = nil }, "a sink and certificates"},
		{"no certificates", func(c *Config) { c.Certificates = nil }, "a sink and certificates"},
		{"reverse", reverse("http://a.example"), ""},
		{"reverse over TLS, with a path", reverse("https://a.example:8443/v1/"), ""},
		{"reverse of another scheme", reverse("ftp://a.example"), "reverse ftp://a.example: must be"},
		{"reverse without a host", reverse("http:///v1"), "must be an http or https URL"},
		{"reverse with a user", reverse("https://me:hunter2@a.example"), "reverse https://me:xxxxx@a.example: must be"},
		{"reverse with a query", reverse("https://a.example?a=b"), "nothing behind its path"},
		{"reverse with credentials", func(c *Config) {
			reverse("http://a.example")(c)
			c.Admit = func(string, string) bool { return true }
		}, "cannot ask its clients"},
		{"insecure host", insecure("a.example:8443"), ""},
		{"insecure path", insecure("a.example/v1"), `upstream "a.example/v1": must be HOST or HOST:PORT`},
		{"insecure domain", insecure(".example"), `upstream ".example": must be`},
		{"insecure port", insecure(":443"), `upstream ":443": must be`},
		{"insecure nothing", insecure(""), `upstream "": must be`},
		{"certificate for no host", func(c *Config) {
			c.Upstream.Certificates = map[string]tls.Certificate{"a.example/": {}}
		}, `upstream "a.example/": must be`},
		{"upstream proxy over HTTP", via("http://p.example"), ""},
		{"upstream proxy over TLS", via("https://p.example:8443"), ""},
		{"upstream proxy by SOCKS", via("socks5://p.example"), ""},
		{"upstream proxy of another scheme", via("socks4://me:hunter2@p.example"), "upstream proxy socks4://me:xxxxx@p.example: must be"},
		{"upstream proxy without a host", via("http://:8080"), "names no host"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := Config{Sink: newMemory(), Certificates: ca}
			tt.change(&c)
			p, err := New(c)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("New: %v, want %q", err, tt.want)
			}
			if c.Sink != nil && c.Certificates != nil {
				if got := c.Check(); (got == nil) != (err == nil) || err != nil && got.Error() != err.Error() {
					t.Errorf("Check: %v, but New: %v", got, err)
				}
			}
			if err != nil {
				return
			}
			if err := p.Shutdown(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	if _, err := NewQueue(QueueConfig{}); err == nil || !strings.Contains(err.Error(), "needs a store") {
		t.Errorf("a queue without a store: %v", err)
	}
}
