package capture

import (
	"io"
	"net"
	"testing"

	"github.com/spectap/spectap/capture/scope"
)

// TestNormalize checks the form of authorities: lower case, ASCII, without a default port.
func TestNormalize(t *testing.T) {
	for _, tt := range []struct{ name, scheme, in, want string }{
		{"plain", "https", "api.example.com", "api.example.com"},
		{"case", "https", "API.Example.COM:8443", "api.example.com:8443"},
		{"default port of https", "https", "a.example:443", "a.example"},
		{"default port of http", "http", "a.example:80", "a.example"},
		{"port of the other scheme", "http", "a.example:443", "a.example:443"},
		{"port of the other scheme, https", "https", "a.example:80", "a.example:80"},
		{"empty port", "https", "a.example:", "a.example"},
		{"international name", "https", "Bücher.example", "xn--bcher-kva.example"},
		{"international name with a port", "https", "bücher.example:8443", "xn--bcher-kva.example:8443"},
		{"international name with the default port", "https", "bücher.example:443", "xn--bcher-kva.example"},
		{"not a name", "https", "\xff\xfe:8443", "\ufffd\ufffd:8443"},
		{"IPv6", "http", "[::1]:80", "[::1]"},
		{"IPv6 with a port", "http", "[::1]:8080", "[::1]:8080"},
		{"IPv6 that ends like a port", "http", "::80", "::80"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := normalize(tt.scheme, tt.in)
			if got != tt.want {
				t.Errorf("normalize(%q, %q) = %q, want %q", tt.scheme, tt.in, got, tt.want)
			}
			if again := normalize(tt.scheme, got); again != got {
				t.Errorf("the second time: %q", again)
			}
		})
	}
}

// TestDeadTunnel checks that the client's connection is closed if the host of its tunnel cannot be
// reached.
func TestDeadTunnel(t *testing.T) {
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead.Close()
	g := newRig(t, func(cfg *Config) { cfg.Scope.Exclude = []scope.Rule{must(scope.ParseRule("127.0.0.1"))} })
	c := g.connect(dead.Addr().String(), "")
	if _, err := io.ReadAll(c); err != nil {
		t.Errorf("the connection is not closed: %v", err)
	}
}
