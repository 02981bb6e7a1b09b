package egress

import (
	"errors"
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
