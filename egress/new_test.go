package egress

import (
	"errors"
	"net/url"
	"testing"
)

// TestNewRefuses: an origin or a proxy that cannot be used is an error, with no client.
func TestOrigin(t *testing.T) {
	for _, x := range []struct{ name, url, want string }{
		{"plain", "https://a.example/p?q#f", "https://a.example"},
		{"upper case", "HTTP://A.Example", "http://a.example"},
		{"default port of http", "http://a.example:80", "http://a.example"},
		{"default port of https", "https://a.example:443/", "https://a.example"},
		{"port of the other scheme", "http://a.example:443", "http://a.example:443"},
		{"other port", "https://a.example:8443", "https://a.example:8443"},
		{"IPv6", "http://[::1]/", "http://[::1]"},
		{"IPv6 with a port", "http://[::1]:8080/", "http://[::1]:8080"},
		{"IPv6 with the default port", "https://[FE80::1]:443", "https://[fe80::1]"},
		{"another scheme", "ftp://a.example", ""},
		{"no scheme", "//a.example", ""},
		{"no host", "http:///a", ""},
		{"user", "http://u@a.example", ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			got, err := Origin(parse(t, x.url))
			if got != x.want || errors.Is(err, ErrOrigin) != (x.want == "") {
				t.Errorf("got %s, %v; want %s", got, err, x.want)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	for _, x := range []struct {
		name   string
		config Config
	}{
		{"origin of another scheme", Config{Origins: []string{"ftp://a.example"}}},
		{"origin without a host", Config{Origins: []string{"https://"}}},
		{"origin that is no URL", Config{Origins: []string{"https://a.example", "http://[::1"}}},
		{"origin with a user", Config{Origins: []string{"https://u:p@a.example"}}},
		{"named origin of another scheme", Config{Named: []string{"file:///etc"}}},
		{"named origin that is no URL", Config{Named: []string{"http://%zz"}}},
		{"proxy of another scheme", Config{Proxy: &url.URL{Scheme: "socks9", Host: "a.example"}}},
		{"proxy without a host", Config{Proxy: &url.URL{Scheme: "http"}}},
	} {
		t.Run(x.name, func(t *testing.T) {
			c, err := New(x.config)
			if c != nil || !errors.Is(err, ErrOrigin) {
				t.Errorf("got %v, %v", c, err)
			}
		})
	}
	c, err := New(Config{Origins: []string{"https://a.example"}})
	if c == nil || err != nil {
		t.Fatalf("got %v, %v", c, err)
	}
	c.Close()
}
