package opfilter

import (
	"fmt"
	"strings"
	"testing"
)

// TestText checks the filter of an operation, alone and among others.
func TestText(t *testing.T) {
	op := func(path string, servers ...string) Operation {
		return Operation{Host: "h", Method: "GET", Path: path, Servers: servers}
	}
	of := func(host, method, path string) Operation { return Operation{Host: host, Method: method, Path: path} }
	for _, tt := range []struct {
		name string
		o    Operation
		all  []Operation
		want string
	}{
		{"a literal", op("/a.b"), []Operation{op("/{x}")}, `path:"~^/a\\.b$"`},
		{"a parameter", op("/a/{x}"), nil, `path:"~^/a/[^/]+$"`},
		{"two parameters in a segment", op("/{x}.{y}"), nil, `path:"~^/[^/]+\\.[^/]+$"`},
		{"a part of a path that bodies tell apart", op("/a#b"), nil, `path:"~^/a$"`},
		{"a quote", op(`/a"b`), nil, `path:"~^/a\"b$"`},
		{"a server", op("/a", "https://h/v1/", "https://other/v2"), nil, `path:"~^/v1/a$"`},
		{"two servers", op("/a", "https://h/v2", "https://h/v1", "https://h/v1/"), nil, `path:"~^(?:/v1|/v2)/a$"`},
		{"a server that is no URL", op("/a", "https://h/%zz"), nil, `path:"~^/a$"`},
		{"narrower ones", op("/a/{x}"), []Operation{op("/a/{x}"), op("/a/me"), op("/a/me"), op("/a/all"), op("/b/me"), op("/a/me/too"), op("/{y}/me")},
			`path:"~^/a/[^/]+$" -path:"~^/a/all$" -path:"~^/a/me$"`},
		{"of other hosts and methods", op("/{x}"), []Operation{of("i", "GET", "/me"), of("h", "PUT", "/me"), of("h", "GET", "/you")}, `path:"~^/[^/]+$" -path:"~^/you$"`},
		{"a narrower one with a parameter", op("/{x}/{y}"), []Operation{op("/{x}/a"), op("/b/{z}")}, `path:"~^/[^/]+/[^/]+$" -path:"~^/[^/]+/a$" -path:"~^/b/[^/]+$"`},
	} {
		if got, want := Text(tt.o, tt.all), "host:h method:GET "+tt.want; got != want {
			t.Errorf("%s: %s\nwant %s", tt.name, got, want)
		}
	}
	var all []Operation
	for i := range maxExceptions + 1 {
		all = append(all, op(fmt.Sprintf("/%02d", i)))
	}
	for n, want := range map[int]int{maxExceptions: maxExceptions, maxExceptions + 1: maxExceptions} {
		text := Text(op("/{x}"), all[:n])
		if got := strings.Count(text, " -"); got != want || !strings.Contains(text, `-path:"~^/00$"`) {
			t.Errorf("of %d narrower operations, %d are excluded: %s", n, got, text)
		}
	}
}
