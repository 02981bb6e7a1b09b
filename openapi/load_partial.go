package openapi

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/internal/jsonvalue"
)

// LoadPartial is [Load] for a document with references that are dead or lead to other documents.
// They cost only the operations and path items whose parameters or body they replace: of those, the
// name, tags and texts stay. Other objects with such a reference become empty: a schema within
// another accepts any value. The extension [ExtUnresolved] says why in each.
func LoadPartial(data []byte) (*openapi3.T, error) {
	doc, err := Load(data)
	if err == nil {
		return doc, nil
	}
	top, parseError := parseTop(data)
	if parseError == nil {
		top, parseError = lower(top)
	}
	if parseError != nil {
		return nil, err
	}
	kind := DocumentLayout()
	if top["swagger"] != nil {
		kind = SwaggerLayout()
	} else if pointed, ok := pointIdentifiers(top); ok {
		top = pointed
	}
	root, treeError := ParseJSON(top.object())
	if treeError != nil {
		return nil, err
	}
	p := partial{root: root, kind: kind, left: maxReferenceWork}
	p.cutOperations()
	isCut := false
	eachObject(root, kind, func(o map[string]any, kind *ObjectLayout) bool {
		if ref, ok := o["$ref"].(string); ok {
			if _, why := p.resolve(ref, 0); why != "" {
				clear(o)
				if isCut = true; kind.Schema {
					o[ExtUnresolved] = why
				}
			}
		}
		isCut = isCut || o[ExtUnresolved] != nil
		return true
	})
	if !isCut || p.left < 0 {
		return nil, err // for another reason
	}
	rest, ok := membersOfTree(root)
	if !ok {
		return nil, err
	}
	if doc, err = loadTop(context.Background(), rest); err != nil {
		return nil, err
	}
	return effectiveForm(doc, data)
}

// partial cuts what references lead nowhere from out of a document.
type partial struct {
	root any
	kind *ObjectLayout
	left int // objects that may be visited to follow references
}

// cutOperations cuts operations with such references, directly or through others.
func (p *partial) cutOperations() {
	top, _ := p.root.(map[string]any)
	paths, _ := top["paths"].(map[string]any)
	for path, v := range paths {
		item, _ := v.(map[string]any)
		kind := p.kind.Child("paths").Child(path)
		shared := maps.Clone(item)
		maps.DeleteFunc(shared, func(name string, _ any) bool { return IsOperationKey(name) || name == AdditionalOperations })
		why := p.unresolved(shared, kind, map[string]bool{})
		if _, isRef := item["$ref"]; isRef && why != "" {
			paths[path] = map[string]any{ExtUnresolved: why}
			continue
		}
		operations, _ := item[AdditionalOperations].(map[string]any)
		operations = maps.Clone(operations)
		if operations == nil {
			operations = map[string]any{}
		}
		for _, name := range operationKeys() {
			operations[name] = item[name]
		}
		for _, v := range operations {
			if op, ok := v.(map[string]any); ok {
				request := map[string]any{"parameters": op["parameters"], "requestBody": op["requestBody"]}
				if why := why + p.unresolved(request, kind.Child("get"), map[string]bool{}); why != "" {
					maps.DeleteFunc(op, func(name string, _ any) bool {
						return !slices.Contains([]string{"operationId", "tags", "summary", "description"}, name)
					})
					op[ExtUnresolved], op["responses"] = why, map[string]any{}
				}
			}
		}
	}
}

// unresolved returns the first dead reference in v, or in its targets, or "". It does not check
// schemas: an operation can be called without knowing all of its body.
func (p *partial) unresolved(v any, kind *ObjectLayout, seen map[string]bool) (why string) {
	eachObject(v, kind, func(o map[string]any, kind *ObjectLayout) bool {
		p.left--
		if ref, ok := o["$ref"].(string); ok && !seen[ref] && why == "" {
			seen[ref] = true
			var to any
			if to, why = p.resolve(ref, 0); why == "" {
				why = p.unresolved(to, kind, seen)
			}
		}
		isWhole := kind.Schema && kind.Children["schema"] == nil // else it is a parameter of version 2.0
		return why == "" && p.left >= 0 && !isWhole
	})
	return why
}

// eachObject calls f with the objects in v whose parts the layout knows, and with those in them if
// f returns true, in the order of names.
func eachObject(v any, kind *ObjectLayout, f func(map[string]any, *ObjectLayout) bool) {
	switch v := v.(type) {
	case map[string]any:
		if !f(v, kind) {
			return
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if child := kind.Child(name); !child.IsUnknown() {
				eachObject(v[name], child, f)
			}
		}
	case []any:
		for _, e := range v {
			eachObject(e, kind, f)
		}
	}
}

// maxHops bounds a chain of references.
const maxHops = 32

// resolve returns what a reference leads to, or why it leads nowhere.
func (p *partial) resolve(ref string, hops int) (v any, why string) {
	nowhere := fmt.Sprintf("the reference %q leads nowhere", ShortenText(ref, 200))
	fragment, isLocal := strings.CutPrefix(ref, "#")
	pointer, err := url.PathUnescape(fragment)
	switch {
	case !isLocal:
		return nil, fmt.Sprintf("the reference %q leads to another document, which was not read", ShortenText(ref, 200))
	case err != nil || pointer != "" && pointer[0] != '/' || hops > maxHops:
		return nil, nowhere
	}
	v = p.root
	for token := range jsontext.Pointer(pointer).Tokens() {
		o, _ := v.(map[string]any)
		if via, ok := o["$ref"].(string); ok && o[token] == nil {
			if v, why = p.resolve(via, hops+1); why != "" {
				return nil, why
			}
		}
		var found bool
		if v, found = jsonvalue.At(v, token); !found {
			return nil, nowhere
		}
	}
	return v, ""
}
