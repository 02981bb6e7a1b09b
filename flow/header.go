package flow

import (
	"net/http"
	"slices"
	"strings"
)

// Field is one header line.
type Field struct{ Name, Value string }

// is says whether the line is called name. Names are ASCII (RFC 9110, section 5.1), so equal ones are equally long.
func (f *Field) is(name string) bool {
	return len(f.Name) == len(name) && strings.EqualFold(f.Name, name)
}

// Header is a list of header lines in order, duplicates kept. Names compare without regard to case.
type Header []Field

// HeaderOf copies h, names sorted, the values of each name in their order.
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

// Get returns the first value of name, "" when there is none.
func (h Header) Get(name string) string {
	for _, f := range h {
		if f.is(name) {
			return f.Value
		}
	}
	return ""
}

// Has says whether there is a line called name.
func (h Header) Has(name string) bool {
	return slices.ContainsFunc(h, func(f Field) bool { return f.is(name) })
}

// Values returns all values of name in order.
func (h Header) Values(name string) []string {
	var out []string
	for _, f := range h {
		if f.is(name) {
			out = append(out, f.Value)
		}
	}
	return out
}

// HTTP returns the header in net/http's form; the order of names is lost.
func (h Header) HTTP() http.Header {
	out := make(http.Header, len(h))
	for _, f := range h {
		out.Add(f.Name, f.Value)
	}
	return out
}

// MediaType returns the media type of the Content-Type line; see the function of that name.
func (h Header) MediaType() string { return MediaType(h.Get("Content-Type")) }

// MediaType returns the media type in a Content-Type value, lower case, without parameters: what stands before its
// first ";".
func MediaType(contentType string) string {
	t, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(t))
}
