package apidoc

import (
	"encoding/json"
	"maps"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/compact"
)

// Data is the data of a document, from which parts are made without encoding the rest. Its methods
// may be called from any goroutine.
type Data struct {
	root map[string]any // never modified

	mu    sync.Mutex // guards the maps
	sizes map[string]int
	refs  map[string][]string
}

// DataOf returns the data of a document.
func DataOf(doc *openapi3.T) (*Data, error) {
	v, err := openapi.Data(doc)
	root, _ := v.(map[string]any)
	return &Data{root: root, sizes: map[string]int{}, refs: map[string][]string{}}, err
}

// Whole returns the complete document. The caller must not modify it.
func (d *Data) Whole() map[string]any { return d.root }

// Part returns a document of some operations and the components that they refer to, under the same
// names. The caller must not modify it.
func (d *Data) Part(operations []compact.Operation) map[string]any {
	part, _ := d.part(operations)
	return part
}

// Operation returns an operation, with the components that it references, directly or indirectly.
// The caller must modify neither.
func (d *Data) Operation(method, template string) (operation, components map[string]any) {
	part := d.Part([]compact.Operation{{Method: method, Template: template}})
	operation = object(object(part, "paths"), template)
	for _, key := range openapi.OperationKeys(method) {
		operation = object(operation, key)
	}
	return operation, object(part, "components")
}

// Size returns about the bytes of the JSON of a part, and never less.
func (d *Data) Size(operations []compact.Operation) int {
	_, size := d.part(operations)
	return size
}

// part builds a part, and counts its bytes: those of each element with its key and punctuation.
func (d *Data) part(operations []compact.Operation) (part map[string]any, size int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	part = maps.Clone(d.root)
	paths, components := map[string]any{}, map[string]any{}
	delete(part, "paths")
	delete(part, "components")
	delete(part, "tags")
	delete(part, "webhooks")
	size = d.size("", part)
	tags := map[string]bool{}
	needed := map[string]bool{}
	var todo []string
	for _, o := range operations {
		item := object(object(d.root, "paths"), o.Template)
		copied, has := paths[o.Template].(map[string]any)
		if !has {
			copied = map[string]any{}
			for key, v := range item {
				if !openapi.IsOperationKey(key) && key != openapi.AdditionalOperations {
					copied[key] = v
				}
			}
			paths[o.Template] = copied
			size += len(o.Template) + 8 + d.size(o.Template, copied)
			todo = append(todo, d.references(o.Template, copied)...)
		}
		keys := openapi.OperationKeys(o.Method)
		for ; len(keys) > 1; keys = keys[1:] {
			if copied[keys[0]] == nil {
				copied[keys[0]] = map[string]any{}
			}
			item, copied = object(item, keys[0]), object(copied, keys[0])
		}
		key := keys[0]
		copied[key] = item[key]
		id := o.Method + " " + o.Template
		size += len(key) + 4 + d.size(id, item[key])
		todo = append(todo, d.references(id, item[key])...)
		todo = append(todo, d.schemes(item[key])...)
		for _, t := range o.Tags {
			tags[t] = true
		}
	}
	part["paths"] = paths
	size += d.addComponents(components, todo, needed)
	if len(components) > 0 {
		part["components"] = components
	}
	if list := d.tags(tags); len(list) > 0 {
		part["tags"] = list
		raw, _ := json.Marshal(list) // data of a document: cannot fail
		size += len(raw) + 8
	}
	return part, size + 64
}

// addComponents adds the referenced components and those that they refer to, and returns their
// size.
func (d *Data) addComponents(components map[string]any, todo []string, needed map[string]bool) (size int) {
	for len(todo) > 0 {
		ref := todo[len(todo)-1]
		if todo = todo[:len(todo)-1]; needed[ref] {
			continue
		}
		needed[ref] = true
		kind, name, _ := strings.Cut(ref, "/")
		v, has := object(object(d.root, "components"), kind)[name]
		if !has {
			continue
		}
		if components[kind] == nil {
			components[kind] = map[string]any{}
			size += len(kind) + 8
		}
		components[kind].(map[string]any)[name] = v
		size += len(name) + 8 + d.size(ref, v)
		todo = append(todo, d.references(ref, v)...)
	}
	return size
}

// tags returns the declarations of tags.
func (d *Data) tags(names map[string]bool) (list []any) {
	all, _ := d.root["tags"].([]any)
	for _, v := range all {
		if t, ok := v.(map[string]any); ok {
			if name, _ := t["name"].(string); names[name] {
				list = append(list, t)
			}
		}
	}
	return list
}

// schemes returns the security schemes of an operation.
func (d *Data) schemes(operation any) (refs []string) {
	o, _ := operation.(map[string]any)
	v, has := o["security"]
	if !has {
		v = d.root["security"]
	}
	alternatives, _ := v.([]any)
	for _, a := range alternatives {
		together, _ := a.(map[string]any)
		for name := range together {
			refs = append(refs, "securitySchemes/"+name)
		}
	}
	return refs
}

// size returns the bytes of the JSON of an element. id identifies it; "" does not cache the size.
// The caller holds mu.
func (d *Data) size(id string, v any) int {
	if n, has := d.sizes[id]; has {
		return n
	}
	raw, _ := json.Marshal(v) // data of a document: cannot fail
	if id != "" {
		d.sizes[id] = len(raw)
	}
	return len(raw)
}

// references returns the components that an element refers to itself, as KIND/NAME. The caller
// holds mu.
func (d *Data) references(id string, v any) []string {
	refs, has := d.refs[id]
	if !has {
		walkReferences(v, func(ref string) {
			if kind, name, ok := componentOf(ref); ok {
				refs = append(refs, kind+"/"+name)
			}
		})
		d.refs[id] = refs
	}
	return refs
}

// walkReferences calls visit with each reference in v, also those of discriminators.
func walkReferences(v any, visit func(ref string)) {
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			visit(ref)
		}
		for _, ref := range object(object(v, "discriminator"), "mapping") {
			if ref, ok := ref.(string); ok {
				visit(ref)
			}
		}
		for _, y := range v {
			walkReferences(y, visit)
		}
	case []any:
		for _, y := range v {
			walkReferences(y, visit)
		}
	}
}

// componentOf returns the component that a reference leads to or into.
func componentOf(ref string) (kind, name string, ok bool) {
	path, ok := strings.CutPrefix(ref, "#/components/")
	kind, rest, _ := strings.Cut(path, "/")
	name, _, _ = strings.Cut(rest, "/")
	return kind, jsonvalue.Token(name), ok && name != ""
}

// object returns the object that is a member of another, or nil.
func object(o map[string]any, name string) map[string]any {
	v, _ := o[name].(map[string]any)
	return v
}

// Fit returns the largest number of operations, up to n, whose text has at most limit bytes, and at
// least 1 unless n is 0. size returns the bytes of the text of a number of operations, which grows
// with it.
func Fit(n, limit int, size func(n int) (int, error)) (int, error) {
	fits, tooMany := 0, n+1
	for next := 1; tooMany-fits > 1; {
		bytes, err := size(next)
		if err != nil {
			return 0, err
		}
		if bytes <= limit {
			fits = next
		} else {
			tooMany = next
		}
		if tooMany > n { // not yet too many: double
			next = min(2*fits, n)
		} else {
			next = (fits + tooMany) / 2
		}
	}
	return max(fits, min(n, 1)), nil
}
