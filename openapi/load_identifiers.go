package openapi

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/internal/jsonvalue"
)

// identifiers finds the schemas of a document by URI (JSON Schema 2020-12, section 8.2).
type identifiers struct {
	root    any
	schemas map[string]jsontext.Pointer
}

// pointIdentifiers replaces references of schemas to an $id, an $anchor or a $dynamicAnchor by JSON
// pointers: kin-openapi follows no others. A dead reference stays as it is. It reports false if a
// document has no such references.
func pointIdentifiers(top members) (members, bool) {
	has := func(keyword string) bool {
		for _, data := range top {
			if bytes.Contains(data, []byte(keyword)) {
				return true
			}
		}
		return false
	}
	if !has(`"$id"`) && !has(`"$anchor"`) && !has(`"$dynamicAnchor"`) {
		return nil, false
	}
	root, err := ParseJSON(top.object())
	if err != nil {
		return nil, false // kin-openapi reports the mistake
	}
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
	x.visit(root, DocumentLayout(), base, "", func(s map[string]any, base *url.URL, _ jsontext.Pointer) {
		if ref, ok := s["$ref"].(string); ok {
			s["$ref"] = x.pointed(ref, base)
		}
	})
	return membersOfTree(root)
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
			return referenceTo(to)
		}
		return ref
	}
	if fragment != "" {
		fragment = "#" + fragment
	}
	if to, ok := x.schemas[u.String()+fragment]; ok {
		return referenceTo(to)
	}
	return ref
}

// referenceTo writes a JSON pointer as a reference within a document.
func referenceTo(to jsontext.Pointer) string {
	u := url.URL{Fragment: string(to)}
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
