package serialize

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
)

var (
	errEmpty = errors.New("must not be empty")
	errDots  = errors.New(`must not be or contain the path segments "." and ".."`)
	errNull  = errors.New("must not be null")
)

// pathValue writes a path parameter. It escapes "/" unless the parameter spans segments, and
// refuses a value that a server might read as "." or "..", however often it is escaped.
func (p *Parameter) pathValue(v any) (string, error) {
	if v == nil {
		return "", errNull
	}
	if p.ContentType != "" {
		return escapePath(string(orderedjson.Encode(v))), nil
	}
	for _, s := range scalars(v) {
		if HasDotSegment(s) {
			return "", errDots
		}
	}
	if p.MultiSegment {
		return multiSegmentValue(v)
	}
	esc := escapePath
	if p.AllowReserved {
		esc = escapePathReserved
	}
	out, err := writeSimple(p.Name, v, p.Style, p.Explode, esc)
	switch {
	case err != nil:
		return "", err
	case out == "":
		return "", errEmpty
	case HasDotSegment(out): // several values together may form one
		return "", errDots
	}
	return out, nil
}

func multiSegmentValue(v any) (string, error) {
	s, ok := scalarText(v)
	if !ok {
		return "", errNested
	}
	segments := strings.Split(s, "/")
	for i, seg := range segments {
		if seg == "" {
			return "", errors.New("must not have an empty path segment")
		}
		segments[i] = escapePath(seg)
	}
	return strings.Join(segments, "/"), nil
}

// scalars returns the texts in a value, names of members included.
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
	s, _ := scalarText(v)
	return []string{s}
}

// HasDotSegment reports whether some server may find the path segment "." or ".." in s: one that
// reads "\" as "/", that removes parameters after ";", or that undoes escapes again.
func HasDotSegment(s string) bool {
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
	return true // nobody escapes so often in good faith
}

// fillTemplate replaces the parameters of a path template with values. The fixed text keeps its
// escapes.
func fillTemplate(template string, values map[string]string) string {
	var b strings.Builder
	for {
		literal, rest, ok := strings.Cut(template, "{")
		b.WriteString(escapePathLiteral(literal))
		if !ok {
			return b.String()
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			b.WriteString(escapePathLiteral("{" + rest))
			return b.String()
		}
		b.WriteString(values[name])
		template = after
	}
}
