package openapi

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/lazyregexp"
)

// identifiers finds the schemas of a document by URI (JSON Schema 2020-12, section 8.2).
type identifiers struct {
	root    any
	schemas map[string]jsontext.Pointer
}

// pointIdentifiers rewrites the references of schemas that kin-openapi does not follow: see
// [Point], and those that lead into a schema beside its own reference. It reports false if a
// document has none of them.
func pointIdentifiers(top members) (members, bool) {
	keywords := [][]byte{[]byte(`"$id"`), []byte(`"$anchor"`), []byte(`"$dynamicAnchor"`), []byte(`"$defs"`)}
	if !slices.ContainsFunc(slices.Collect(maps.Values(top)), func(data json.RawMessage) bool {
		has := func(keyword []byte) bool { return bytes.Contains(data, keyword) }
		return slices.ContainsFunc(keywords, has) || hasInnerReference.Get().Match(data)
	}) {
		return nil, false
	}
	root, err := ParseJSON(top.object())
	if err != nil {
		return nil, false // kin-openapi reports the mistake
	}
	Point(root)
	eachObject(root, DocumentLayout(), func(s map[string]any, kind *ObjectLayout) bool {
		if ref, ok := s["$ref"].(string); ok && kind.Schema {
			openWay(root, DocumentLayout(), ReferenceTokens(ref))
		}
		return true
	})
	return membersOfTree(root)
}

// hasInnerReference finds a reference into a schema, such as #/components/schemas/A/properties/b.
var hasInnerReference = lazyregexp.New(`#/(?:components/schemas/[^"/]+|paths)/[^"]`)

// openWay moves the references of the schemas that a JSON pointer leads through into their allOf,
// which means the same: kin-openapi replaces a reference and what is beside it by the target.
func openWay(v any, kind *ObjectLayout, tokens []string) {
	for _, token := range tokens {
		switch at := v.(type) {
		case map[string]any:
			if ref, ok := at["$ref"].(string); ok && kind.Schema && at[token] != nil {
				parts, _ := at["allOf"].([]any)
				at["allOf"] = append(slices.Clone(parts), map[string]any{"$ref": ref})
				delete(at, "$ref")
			}
			v, kind = at[token], kind.Child(token)
		default:
			v, _ = jsonvalue.At(v, token)
		}
	}
}

// Point replaces references of schemas to an $id, an $anchor or a $dynamicAnchor, or below an $id,
// by JSON pointers from the root of a document of version 3.1 or later. A dead reference stays as
// it is.
func Point(root any) {
	x := identifiers{root: root, schemas: map[string]jsontext.Pointer{}}
	base, _ := url.Parse("https://document.invalid/") // identifiers may be relative
	x.visit(root, DocumentLayout(), base, "", func(s map[string]any, base *url.URL, at jsontext.Pointer) {
		if id, ok := s["$id"].(string); ok && id != "" {
			x.schemas[base.String()] = at
		}
		for _, keyword := range []string{"$anchor", "$dynamicAnchor"} {
			if anchor, ok := s[keyword].(string); ok {
				x.schemas[base.String()+"#"+anchor] = at
			}
		}
	})
	if len(x.schemas) == 0 {
		return
	}
	x.visit(root, DocumentLayout(), base, "", func(s map[string]any, base *url.URL, _ jsontext.Pointer) {
		if ref, ok := s["$ref"].(string); ok {
			s["$ref"] = x.pointed(ref, base)
		}
	})
}

func membersOfTree(root any) (members, bool) {
	data, err := json.Marshal(root)
	if err != nil {
		return nil, false
	}
	return membersOf(data)
}

// visit calls f with the schemas in v, the base of their URIs and their place.
func (x *identifiers) visit(
	v any, kind *ObjectLayout, base *url.URL, at jsontext.Pointer, f func(map[string]any, *url.URL, jsontext.Pointer),
) {
	switch v := v.(type) {
	case map[string]any:
		if kind.Schema {
			if id, ok := v["$id"].(string); ok {
				if u, err := base.Parse(id); err == nil {
					u.Fragment = ""
					base = u
				}
			}
			f(v, base, at)
		}
		for name, e := range v {
			if child := kind.Child(name); !child.IsUnknown() {
				x.visit(e, child, base, at.AppendToken(name), f)
			}
		}
	case []any:
		for i, e := range v {
			x.visit(e, kind, base, at.AppendToken(strconv.Itoa(i)), f)
		}
	}
}

// pointed returns a reference below a base as a JSON pointer from the root of the document.
func (x *identifiers) pointed(ref string, base *url.URL) string {
	u, err := base.Parse(ref)
	if err != nil {
		return ref
	}
	fragment := u.Fragment
	u.Fragment, u.RawFragment = "", ""
	if strings.HasPrefix(fragment, "/") {
		schema, ok := x.schemas[u.String()]
		to := schema + jsontext.Pointer(fragment)
		if _, found := jsonvalue.At(x.root, jsonvalue.Tokens(string(to))...); ok && found {
			return ReferenceTo(string(to))
		}
		return ref
	}
	if fragment != "" {
		fragment = "#" + fragment
	}
	if to, ok := x.schemas[u.String()+fragment]; ok {
		return ReferenceTo(string(to))
	}
	return ref
}

// ReferenceTo writes a JSON pointer as a reference within a document.
func ReferenceTo(pointer string) string {
	if pointer == "" {
		return "#"
	}
	u := url.URL{Fragment: pointer}
	return u.String()
}

// Lookup returns the target of a reference such as #/components/schemas/A in the data of a
// document. It reports false for a dead reference, and for one out of the document.
func Lookup(root any, ref string) (any, bool) {
	tokens := ReferenceTokens(ref)
	if tokens == nil {
		return nil, false
	}
	return jsonvalue.At(root, tokens...)
}

// ReferenceTokens returns the tokens of the JSON pointer in a reference such as
// #/components/schemas/A, nil for a reference out of the document or to all of it.
func ReferenceTokens(ref string) []string {
	path, isLocal := strings.CutPrefix(ref, "#/")
	if !isLocal {
		return nil
	}
	tokens := strings.Split(path, "/")
	for i, t := range tokens {
		if s, err := url.PathUnescape(t); err == nil {
			t = s
		}
		tokens[i] = jsonvalue.Token(t)
	}
	return tokens
}
