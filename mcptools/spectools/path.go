package spectools

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
)

var (
	errEmpty = errors.New("must not be empty")
	errDots  = errors.New(`must not be or hold the path segments "." and ".."`)
	errNull  = errors.New("must not be null")
)

// pathValue writes a path parameter. "/" is escaped unless the parameter spans slashes, and nothing that a server
// might read as "." or ".." gets through, however often it is escaped.
func (e escapers) pathValue(p *param, v any) (string, error) {
	if v == nil {
		return "", errNull
	}
	if p.content != "" {
		return e.path(string(orderedjson.Encode(v))), nil
	}
	for _, s := range scalars(v) {
		if hasDots(s) {
			return "", errDots
		}
	}
	if p.multi {
		s, ok := text(v)
		if !ok {
			return "", errNested
		}
		segments := strings.Split(s, "/")
		for i, seg := range segments {
			if seg == "" {
				return "", errors.New("must not have an empty path segment")
			}
			segments[i] = e.path(seg)
		}
		return strings.Join(segments, "/"), nil
	}
	esc := e.path
	if p.allowReserved {
		esc = e.pathReserved
	}
	out, err := simple(p.name, v, p.style, p.explode, esc)
	switch {
	case err != nil:
		return "", err
	case out == "":
		return "", errEmpty
	case hasDots(out):
		return "", errDots // several values make one together
	}
	return out, nil
}

// scalars are the texts in a value.
func scalars(v any) []string {
	switch v := v.(type) {
	case []any:
		var out []string
		for _, e := range v {
			out = append(out, scalars(e)...)
		}
		return out
	case *orderedjson.Object:
		var out []string
		for _, n := range v.Names() {
			out = append(append(out, n), scalars(v.Value(n))...)
		}
		return out
	}
	s, _ := text(v)
	return []string{s}
}

// hasDots says whether some reader may find the segment "." or ".." in s: one that takes "\" for "/", that cuts
// parameters behind ";", or that undoes escapes again.
func hasDots(s string) bool {
	for range 4 {
		segments := strings.FieldsFunc(s, func(r rune) bool { return r == '/' || r == '\\' })
		if slices.ContainsFunc(segments, func(seg string) bool {
			seg, _, _ = strings.Cut(seg, ";")
			seg = strings.TrimFunc(seg, func(r rune) bool { return r <= ' ' || r == 0x7f })
			return seg == "." || seg == ".."
		}) {
			return true
		}
		next, err := url.PathUnescape(s)
		if err != nil || next == s {
			return false
		}
		s = next
	}
	return true // escaped more often than anyone does in good faith
}

// fillPath puts values in the place of a template's parameters. What stands around them is kept as it is escaped.
func (e escapers) fillPath(template string, values map[string]string) string {
	literal := escapeBut(unreserved + ":@!$&'()*+,;=/%")
	var b strings.Builder
	for {
		lit, rest, ok := strings.Cut(template, "{")
		b.WriteString(literal(lit))
		if !ok {
			return b.String()
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			b.WriteString(literal("{" + rest))
			return b.String()
		}
		b.WriteString(values[name])
		template = after
	}
}
