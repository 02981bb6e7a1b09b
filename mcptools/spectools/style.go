package spectools

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
)

// text is a scalar as it stands in a URL or header.
func text(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return string(v), true
	case bool:
		if v {
			return "true", true
		}
		return "false", true
	case nil:
		return "", true
	}
	return "", false
}

// escaper writes one value with what must not stand for itself escaped.
type escaper func(string) string

// unreserved are the characters that are never escaped (RFC 3986 section 2.3).
const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

// escapeBut percent-encodes all bytes but those of keep.
func escapeBut(keep string) escaper {
	var plain [256]bool
	for i := range len(keep) {
		plain[keep[i]] = true
	}
	return func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			if c := s[i]; plain[c] {
				b.WriteByte(c)
			} else {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		}
		return b.String()
	}
}

// escapers of the places. Those for reserved characters let through what cannot end a value: "&", "#", "+", ";" and
// "%" would make another request of it, and a path's "/", "?" and "#" another path.
type escapers struct{ path, pathReserved, query, queryReserved, form, cookie, header escaper }

func newEscapers() escapers {
	form := escapeBut(unreserved + " ")
	return escapers{
		path:          escapeBut(unreserved),
		pathReserved:  escapeBut(unreserved + ":@!$&'()*+,;="),
		query:         escapeBut(unreserved),
		queryReserved: escapeBut(unreserved + ":/?[]@!$'()*,="),
		form:          func(s string) string { return strings.ReplaceAll(form(s), " ", "+") },
		cookie:        escapeBut(unreserved + "!#$&'()*+-./:<=>?@[]^_`{|}~"),
		header:        func(s string) string { return s },
	}
}

// pair is one name with its value, both escaped.
type pair struct{ name, value string }

// errDelimiter is of spaceDelimited and pipeDelimited, whose delimiter looks the same escaped or not.
var errDelimiter = errors.New("has an item with the character that stands between items here")

var errNested = errors.New("cannot hold a list or object inside a list or object here")

// simple writes a value for path and header: simple, label and matrix (RFC 6570).
func simple(name string, v any, style string, explode bool, esc escaper) (string, error) {
	prefix, sep := "", ","
	switch style {
	case "label":
		prefix = "."
		if explode {
			sep = "."
			if plain := esc; composite(v) { // what stands between items is no part of one
				esc = func(s string) string { return strings.ReplaceAll(plain(s), ".", "%2E") }
			}
		}
	case "matrix":
		prefix = ";"
		if explode {
			sep = ";"
		}
	}
	named := style == "matrix"
	switch v := v.(type) {
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			s, ok := text(e)
			if !ok {
				return "", errNested
			}
			parts[i] = esc(s)
			if named && explode {
				parts[i] = esc(name) + "=" + parts[i]
			}
		}
		if named && !explode {
			prefix += esc(name) + "="
		}
		return prefix + strings.Join(parts, sep), nil
	case *orderedjson.Object:
		parts := make([]string, 0, len(v.Names()))
		for _, n := range v.Names() {
			s, ok := text(v.Value(n))
			if !ok {
				return "", errNested
			}
			if explode {
				parts = append(parts, esc(n)+"="+esc(s))
			} else {
				parts = append(parts, esc(n), esc(s))
			}
		}
		if named && !explode {
			prefix += esc(name) + "="
		}
		return prefix + strings.Join(parts, sep), nil
	}
	s, _ := text(v)
	if named {
		prefix += esc(name) + "="
	}
	return prefix + esc(s), nil
}

// separatorOf is what stands between the items of a list that is one value.
func separatorOf(style string) string {
	switch style {
	case "spaceDelimited":
		return " "
	case "pipeDelimited":
		return "|"
	}
	return ","
}

// delimited undoes the escape of what stands between items.
func delimited(style, raw string) (undone, sep string) {
	switch sep = separatorOf(style); sep {
	case " ":
		raw = strings.NewReplacer("%20", " ", "+", " ").Replace(raw)
	case "|":
		raw = strings.NewReplacer("%7C", "|", "%7c", "|").Replace(raw)
	}
	return raw, sep
}

func composite(v any) bool {
	switch v.(type) {
	case []any, *orderedjson.Object:
		return true
	}
	return false
}

// formStyle writes a value for query, cookie and form fields: form, spaceDelimited, pipeDelimited and deepObject.
// What the styles leave open is written as most servers read it: nested members as a[b], elements of nested
// lists as a[0].
func formStyle(name string, v any, style string, explode bool, nameEsc, esc escaper) ([]pair, error) {
	if style == "deepObject" {
		return deep(name, v, nameEsc, esc), nil
	}
	between := separatorOf(style)
	sep := map[string]string{",": ",", " ": "%20", "|": "%7C"}[between]
	if plainEsc := esc; !explode { // what stands between items is no part of one
		esc = func(s string) string { return strings.ReplaceAll(plainEsc(s), ",", "%2C") }
	}
	switch v := v.(type) {
	case []any:
		return formList(name, v, style, sep, explode, nameEsc, esc)
	case *orderedjson.Object:
		if explode {
			var out []pair
			for _, n := range v.Names() {
				s, ok := text(v.Value(n))
				if !ok {
					// The style has no way to write it.
					out = append(out, deep(n, v.Value(n), nameEsc, esc)...)
					continue
				}
				out = append(out, pair{nameEsc(n), esc(s)})
			}
			return out, nil
		}
		parts := make([]string, 0, 2*len(v.Names()))
		for _, n := range v.Names() {
			s, ok := text(v.Value(n))
			if !ok {
				return nil, errNested
			}
			if between != "," && strings.Contains(n+s, between) {
				return nil, errDelimiter
			}
			parts = append(parts, esc(n), esc(s))
		}
		return []pair{{nameEsc(name), strings.Join(parts, sep)}}, nil
	}
	s, _ := text(v)
	return []pair{{nameEsc(name), esc(s)}}, nil
}

func formList(name string, v []any, style, sep string, explode bool, nameEsc, esc escaper) ([]pair, error) {
	var parts []string
	for _, e := range v {
		s, ok := text(e)
		if !ok {
			if explode {
				return deep(name, v, nameEsc, esc), nil
			}
			return nil, errNested
		}
		if between := separatorOf(style); !explode && between != "," && strings.Contains(s, between) {
			return nil, errDelimiter
		}
		parts = append(parts, esc(s))
	}
	if !explode {
		return []pair{{nameEsc(name), strings.Join(parts, sep)}}, nil
	}
	var out []pair
	for _, p := range parts {
		out = append(out, pair{nameEsc(name), p})
	}
	return out, nil
}

// deep writes name[key]=value, and name[0]=value for lists, as far down as it goes.
func deep(name string, v any, nameEsc, esc escaper) []pair {
	switch v := v.(type) {
	case []any:
		var out []pair
		for i, e := range v {
			out = append(out, deep(fmt.Sprintf("%s[%d]", name, i), e, nameEsc, esc)...)
		}
		return out
	case *orderedjson.Object:
		var out []pair
		for _, n := range v.Names() {
			out = append(out, deep(name+"["+n+"]", v.Value(n), nameEsc, esc)...)
		}
		return out
	}
	s, _ := text(v)
	return []pair{{nameEsc(name), esc(s)}}
}

// join writes pairs as a query or form.
func join(ps []pair) string {
	var b strings.Builder
	for i, p := range ps {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.name)
		b.WriteByte('=')
		b.WriteString(p.value)
	}
	return b.String()
}
