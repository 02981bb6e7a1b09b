package egress

import (
	"errors"
	"net/url"
	"testing"
)

// TestNewRefuses: an origin or a proxy that cannot be used is an error, with no client.
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
