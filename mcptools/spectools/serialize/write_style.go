package serialize

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/openapi/params"
)

// escapedPair is a name and a value, both escaped.
type escapedPair struct {
	name, value string
	nameOnly    bool // written without "="
}

var (
	// errDelimiter is for spaceDelimited and pipeDelimited, whose delimiter looks the same escaped
	// or not.
	errDelimiter = errors.New("has an item with the character that separates items here")
	errNested    = errors.New("cannot hold an array or object inside an array or object here")
)

func isComposite(v any) bool {
	switch v.(type) {
	case []any, *orderedjson.Object:
		return true
	}
	return false
}

// writeSimple writes a value for a path or header, in the style simple, label or matrix (RFC 6570).
func writeSimple(name string, v any, style string, explode bool, esc escaper) (string, error) {
	prefix, sep := "", ","
	switch style {
	case "label":
		prefix = "."
		if explode {
			sep = "."
			if base := esc; isComposite(v) { // an item must not contain the separator
				esc = func(s string) string { return strings.ReplaceAll(base(s), ".", "%2E") }
			}
		}
	case "matrix":
		prefix = ";"
		if explode {
			sep = ";"
		}
	}
	named := style == "matrix"
	if named && (!explode || !isComposite(v)) {
		prefix += esc(name) + "="
	}
	items, err := itemsOf(v, explode, esc)
	if _, isList := v.([]any); isList && named && explode {
		for i := range items {
			items[i] = esc(name) + "=" + items[i]
		}
	}
	return prefix + strings.Join(items, sep), err
}

// itemsOf returns the texts of a value: itself, its items, or its members, as name=value if
// exploded, else as names and values in turn.
func itemsOf(v any, explode bool, esc escaper) (out []string, err error) {
	list := []any{v}
	switch v := v.(type) {
	case []any:
		list = v
	case *orderedjson.Object:
		for _, n := range v.Names() {
			s, ok := scalarText(v.Value(n))
			switch {
			case !ok:
				return nil, errNested
			case explode:
				out = append(out, esc(n)+"="+esc(s))
			default:
				out = append(out, esc(n), esc(s))
			}
		}
		return out, nil
	}
	for _, e := range list {
		s, ok := scalarText(e)
		if !ok {
			return nil, errNested
		}
		out = append(out, esc(s))
	}
	return out, nil
}

// pairWriter writes values as pairs of a query, cookie or form, in the style form, spaceDelimited,
// pipeDelimited or deepObject. Where the styles are undefined, it writes what most servers read:
// nested members as a[b], items of nested arrays as a[0].
type pairWriter struct {
	style   string
	explode bool
	name    escaper // for names
	value   escaper // for values
}

func (w pairWriter) write(name string, v any) ([]escapedPair, error) {
	if w.style == "deepObject" {
		return w.writeDeep(name, v), nil
	}
	if !w.explode {
		return w.join(name, v)
	}
	switch v := v.(type) {
	case []any:
		items, err := itemsOf(v, true, w.value)
		if err != nil {
			return w.writeDeep(name, v), nil
		}
		var out []escapedPair
		for _, item := range items {
			out = append(out, escapedPair{name: w.name(name), value: item})
		}
		return out, nil
	case *orderedjson.Object:
		var out []escapedPair
		for _, n := range v.Names() {
			out = append(out, w.writeDeep(n, v.Value(n))...) // the style does not define other values than scalars
		}
		return out, nil
	}
	return w.writeDeep(name, v), nil
}

// join writes a value as one pair. An item must not contain the separator.
func (w pairWriter) join(name string, v any) ([]escapedPair, error) {
	sep, isDivided := params.Separator(w.style), false
	items, err := itemsOf(v, false, func(s string) string {
		isDivided = isDivided || sep != "," && isComposite(v) && strings.Contains(s, sep)
		return strings.ReplaceAll(w.value(s), ",", "%2C")
	})
	switch {
	case err != nil:
		return nil, err
	case isDivided:
		return nil, errDelimiter
	}
	sep = map[string]string{",": ",", " ": "%20", "|": "%7C"}[sep]
	return []escapedPair{{name: w.name(name), value: strings.Join(items, sep)}}, nil
}

// writeDeep writes name[key]=value for members and name[0]=value for items, at any depth.
func (w pairWriter) writeDeep(name string, v any) []escapedPair {
	switch v := v.(type) {
	case []any:
		var out []escapedPair
		for i, e := range v {
			out = append(out, w.writeDeep(fmt.Sprintf("%s[%d]", name, i), e)...)
		}
		return out
	case *orderedjson.Object:
		var out []escapedPair
		for _, n := range v.Names() {
			out = append(out, w.writeDeep(name+"["+n+"]", v.Value(n))...)
		}
		return out
	}
	s, _ := scalarText(v)
	return []escapedPair{{name: w.name(name), value: w.value(s)}}
}

// joinPairs writes pairs as a query or form.
func joinPairs(pairs []escapedPair) string {
	texts := make([]string, len(pairs))
	for i, p := range pairs {
		if texts[i] = p.name; !p.nameOnly {
			texts[i] += "=" + p.value
		}
	}
	return strings.Join(texts, "&")
}

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
	if slices.ContainsFunc(scalars(v), HasDotSegment) {
		return "", errDots
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
