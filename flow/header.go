package flow

import (
	"net/http"
	"slices"
	"strings"
)

// Field is one header line.
type Field struct{ Name, Value string }

// hasName reports whether the line has this name. Names are ASCII (RFC 9110, section 5.1), so equal
// names have equal length.
func (f *Field) hasName(name string) bool {
	return len(f.Name) == len(name) && strings.EqualFold(f.Name, name)
}

// Header is a list of header lines in order, with duplicates. Names compare case-insensitively.
type Header []Field

// HeaderOf returns a copy of h with sorted names. The values of each name keep their order.
func HeaderOf(h http.Header) Header {
	names := make([]string, 0, len(h))
	n := 0
	for name, values := range h {
		names = append(names, name)
		n += len(values)
	}
	slices.Sort(names)
	out := make(Header, 0, n)
	for _, name := range names {
		for _, v := range h[name] {
			out = append(out, Field{name, v})
		}
	}
	return out
}

// Get returns the first value of name, or "".
func (h Header) Get(name string) string {
	for _, f := range h {
		if f.hasName(name) {
			return f.Value
		}
	}
	return ""
}

// Has reports whether there is a line with this name.
func (h Header) Has(name string) bool {
	return slices.ContainsFunc(h, func(f Field) bool { return f.hasName(name) })
}

// Values returns all values of name in order.
func (h Header) Values(name string) []string {
	var out []string
	for _, f := range h {
		if f.hasName(name) {
			out = append(out, f.Value)
		}
	}
	return out
}

// HTTP converts the header to net/http's type, which loses the order of names.
func (h Header) HTTP() http.Header {
	out := make(http.Header, len(h))
	for _, f := range h {
		out.Add(f.Name, f.Value)
	}
	return out
}

// MediaType returns the media type of the Content-Type line; see the function [MediaType].
func (h Header) MediaType() string { return MediaType(h.Get("Content-Type")) }

// MediaType returns the media type of a Content-Type value in lower case, without parameters: the
// text before its first ";".
func MediaType(contentType string) string {
	t, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(t))
}
