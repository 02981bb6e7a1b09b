// Package params reads values as OpenAPI's styles of parameters and encodings of forms write them.
// A [Reader] is the same for those who check a request and for those who send it again; what they
// make of a scalar and of an object, they say.
//
// Each item of a list is unescaped by itself, so that an escaped delimiter stays part of it. A text
// that is not written in the style is an error, without the text.
//
// Read params.go first, then tree.go, which reads the brackets in names of forms.
package params

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/openapi"
)

// Errors of values.
var (
	ErrUnreadable = errors.New("cannot be read")
	errEscapes    = errors.New("has invalid escapes")
	errRepeated   = errors.New("occurs more than once")
	errJSON       = errors.New("is not JSON")
	errOdd        = errors.New("has a name without a value")
)

// Parameter says how the value of a parameter is written.
type Parameter struct {
	Name, In, Style string
	Explode         bool
	Schema          *openapi3.SchemaRef
}

// Of returns how a parameter of a document is written, with the defaults of OpenAPI.
func Of(p *openapi3.Parameter) Parameter {
	out := Parameter{Name: p.Name, In: p.In, Schema: p.Schema}
	if m, err := p.SerializationMethod(); err == nil {
		out.Style, out.Explode = m.Style, m.Explode
	}
	return out
}

// Reader reads values. All its functions are required.
type Reader struct {
	// Lenient keeps a text with an invalid escape as it is, as many servers do.
	Lenient bool
	// Scalar returns a text as a value that a schema admits, else any value.
	Scalar func(r *openapi3.SchemaRef, text string) any
	// Object returns an object with members of these names.
	Object func(names []string, values []any) any
	// JSON returns data.
	JSON func(text []byte) (any, error)
	// Admits reports whether a schema that admits lists takes a value as it is. If it does not, a
	// scalar becomes a list of one, and a list its text.
	Admits func(r *openapi3.SchemaRef, v any) bool
}

type unescaper func(string) (string, error)

// Value reads what was sent of a parameter: at least one pair. Path parameters and headers are one
// pair. Names are unescaped; values are raw.
func (rd Reader) Value(p Parameter, sent []decode.Pair) (any, error) {
	switch p.In {
	case openapi3.ParameterInPath:
		return rd.path(p, sent[0].Raw)
	case openapi3.ParameterInHeader:
		if !openapi.IsComposite(p.Schema) {
			return rd.Scalar(p.Schema, sent[0].Raw), nil
		}
		trim := func(s string) (string, error) { return strings.TrimSpace(s), nil }
		return rd.composite(p, sent[0].Raw, ",", p.Explode, trim)
	case openapi3.ParameterInCookie: // most have no escapes
		return rd.pairs(p, sent, lenient(url.PathUnescape))
	}
	return rd.pairs(p, sent, rd.unescaper(url.QueryUnescape))
}

// unescaper returns an unescaper that is as lenient as the reader.
func (rd Reader) unescaper(strict unescaper) unescaper {
	if rd.Lenient {
		return lenient(strict)
	}
	return strict
}

func lenient(strict unescaper) unescaper {
	return func(s string) (string, error) {
		if t, err := strict(s); err == nil {
			return t, nil
		}
		return s, nil
	}
}

// path reads a path parameter (RFC 6570, sections 3.2.2, 3.2.5 and 3.2.7).
func (rd Reader) path(p Parameter, raw string) (any, error) {
	sep := ","
	switch {
	case p.Style == openapi3.SerializationLabel:
		raw = strings.TrimPrefix(raw, ".")
		if p.Explode {
			sep = "."
		}
	case p.Style == openapi3.SerializationMatrix && p.Explode && openapi.IsComposite(p.Schema):
		raw, sep = strings.TrimPrefix(raw, ";"), ";"
		if openapi.IsArray(p.Schema) { // ;name=a;name=b
			items := strings.Split(raw, sep)
			for i := range items {
				_, items[i], _ = strings.Cut(items[i], "=")
			}
			raw = strings.Join(items, sep)
		}
	case p.Style == openapi3.SerializationMatrix:
		_, raw, _ = strings.Cut(raw, "=")
	}
	unescape := rd.unescaper(url.PathUnescape)
	if !openapi.IsComposite(p.Schema) {
		return rd.scalar(p.Schema, raw, unescape)
	}
	return rd.composite(p, raw, sep, p.Explode, unescape)
}

func (rd Reader) scalar(r *openapi3.SchemaRef, raw string, unescape unescaper) (any, error) {
	s, err := unescape(raw)
	if err != nil {
		return nil, errEscapes
	}
	return rd.Scalar(r, s), nil
}

// pairs reads a parameter of a query, or a cookie.
func (rd Reader) pairs(p Parameter, sent []decode.Pair, unescape unescaper) (any, error) {
	isNested := func(s decode.Pair) bool { return s.Name != p.Name }
	last := sent[len(sent)-1].Raw
	isList := openapi.IsArray(p.Schema) || len(openapi.SchemaTypes(p.Schema)) == 0 && len(sent) > 1
	isObject := openapi.IsObject(p.Schema)
	switch {
	case p.Style == openapi3.SerializationDeepObject, slices.ContainsFunc(sent, isNested), p.Explode && isObject && !isText(p.Schema):
		return rd.members(p, sent, unescape)
	case isList && p.Explode:
		list := []any{}
		for _, x := range sent {
			v, err := rd.scalar(openapi.SchemaItems(p.Schema), x.Raw, unescape)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return rd.orText(p.Schema, last, unescape, list, nil)
	case len(sent) > 1 && p.In != openapi3.ParameterInCookie: // of cookies, the last counts
		return nil, errRepeated
	case !openapi.IsComposite(p.Schema):
		return rd.scalar(p.Schema, last, unescape)
	}
	raw, sep := UnescapeSeparator(p.Style, last)
	return rd.composite(p, raw, sep, false, unescape)
}

// members reads the pairs of one deepObject or exploded object.
func (rd Reader) members(p Parameter, sent []decode.Pair, unescape unescaper) (any, error) {
	tree := &Tree{}
	for _, x := range sent {
		s, err := unescape(x.Raw)
		if err != nil {
			return nil, errEscapes
		}
		switch rest, isOwn := strings.CutPrefix(x.Name, p.Name); {
		case isOwn && (p.Style == openapi3.SerializationDeepObject || strings.HasPrefix(rest, "[")):
			// The "x" replaces the parameter's name, which may have brackets itself.
			tree.Put(openapi.BracketKeys("x" + rest)[1:], Text(s))
		default:
			tree.Put(keysOf(p.Schema, x.Name), Text(s))
		}
	}
	return rd.Tree(p.Schema, tree), nil
}

func isText(r *openapi3.SchemaRef) bool {
	return slices.Contains(openapi.SchemaTypes(r), openapi3.TypeString)
}

// composite reads a list or object in one value, or the text that the schema admits in its place.
func (rd Reader) composite(p Parameter, raw, sep string, explode bool, unescape unescaper) (any, error) {
	v, err := rd.split(raw, sep, explode, p.Schema, unescape)
	return rd.orText(p.Schema, raw, unescape, v, err)
}

func (rd Reader) orText(r *openapi3.SchemaRef, raw string, unescape unescaper, v any, err error) (any, error) {
	if isText(r) && (err != nil || !rd.Admits(r, v)) {
		return rd.scalar(r, raw, unescape)
	}
	return v, err
}

// Split reads a list or object in one text that has no escapes.
func (rd Reader) Split(r *openapi3.SchemaRef, text, sep string) (any, error) {
	return rd.split(text, sep, false, r, func(s string) (string, error) { return s, nil })
}

// split reads a list or object from one value with separators. It unescapes each item separately.
func (rd Reader) split(raw, sep string, explode bool, r *openapi3.SchemaRef, unescape unescaper) (any, error) {
	var items []string
	if raw != "" {
		items = strings.Split(raw, sep)
	}
	if openapi.IsArray(r) || !openapi.IsObject(r) {
		list := []any{}
		for _, x := range items {
			v, err := rd.scalar(openapi.SchemaItems(r), x, unescape)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	}
	var names []string
	var values []any
	for i := 0; i < len(items); i++ {
		name, value, ok := strings.Cut(items[i], "=")
		if !explode {
			if i+1 == len(items) {
				return nil, errOdd
			}
			name, value, ok = items[i], items[i+1], true
			i++
		}
		n, err1 := unescape(name)
		v, err2 := unescape(value)
		if !ok || err1 != nil || err2 != nil {
			return nil, ErrUnreadable
		}
		names, values = append(names, n), append(values, rd.Scalar(openapi.SchemaProperty(r, n), v))
	}
	return rd.Object(names, values), nil
}

// Separator returns the character that separates items of an array in a style that writes it as one
// value.
func Separator(style string) string {
	switch style {
	case openapi3.SerializationSpaceDelimited:
		return " "
	case openapi3.SerializationPipeDelimited:
		return "|"
	}
	return ","
}

// UnescapeSeparator undoes the escapes of a style's separator in a raw value, and returns the
// separator.
func UnescapeSeparator(style, raw string) (unescaped, sep string) {
	switch sep = Separator(style); sep {
	case " ":
		raw = strings.NewReplacer("%20", " ", "+", " ").Replace(raw)
	case "|":
		raw = strings.NewReplacer("%7C", "|", "%7c", "|").Replace(raw)
	}
	return raw, sep
}
