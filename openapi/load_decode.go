package openapi

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// decoder decodes a document of version 3 fragment by fragment.
//
// Kin-openapi decodes every object twice, the second time as plain data to find its extensions, so
// that it reads a byte once for each level of nesting. The decoder splits the outer levels into
// fragments and passes those to kin-openapi: that takes a third of the time for a document of 10
// MB.
type decoder struct {
	ctx    context.Context
	kind   *ObjectLayout // of the document
	todo   []fragment
	leaves map[string]*openapi3.Schema // see leaf
}

// fragment is a part of a document that is decoded on its own.
type fragment struct {
	where  string // for errors
	data   json.RawMessage
	kind   *ObjectLayout
	decode func([]byte) error
}

func (d *decoder) add(where string, data json.RawMessage, kind *ObjectLayout, decode func([]byte) error) {
	d.todo = append(d.todo, fragment{where, data, kind, decode})
}

// decodeDocument decodes a document of version 3. Of several errors it returns the first in the
// order of names.
func decodeDocument(ctx context.Context, top members) (*openapi3.T, error) {
	d := &decoder{ctx: ctx, kind: DocumentLayout(), leaves: map[string]*openapi3.Schema{}}
	top = maps.Clone(top)
	paths := top.take("paths")
	sections, _ := membersOf(top["components"])
	components := make(map[string]members)
	for _, name := range []string{"schemas", "responses", "parameters", "requestBodies", "examples"} {
		components[name] = sections.take(name)
	}
	if sections != nil {
		top["components"] = sections.object()
	}
	doc := new(openapi3.T)
	rest, err := keepDigits(top.object(), d.kind)
	if err == nil {
		err = json.Unmarshal(rest, doc)
	}
	if err != nil {
		return nil, LineError(err)
	}
	if doc.Paths == nil {
		doc.Paths = openapi3.NewPaths()
	}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		item := new(openapi3.PathItem)
		doc.Paths.Set(path, item)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := d.item("paths "+path, paths[path], item); err != nil {
			return nil, err
		}
	}
	if c := doc.Components; c != nil {
		kinds := d.kind.Child("components")
		addComponents(d, components["schemas"], kinds, "schemas", &c.Schemas, d.schema)
		addComponents(d, components["responses"], kinds, "responses", &c.Responses, d.response)
		addComponents(d, components["parameters"], kinds, "parameters", &c.Parameters, unmarshal)
		addComponents(d, components["requestBodies"], kinds, "requestBodies", &c.RequestBodies, d.body)
		addComponents(d, components["examples"], kinds, "examples", &c.Examples, unmarshal)
	}
	return doc, d.run()
}

func unmarshal[R any](data []byte, to *R) error { return json.Unmarshal(data, to) }

// addComponents adds a fragment for each component of a section, such as "schemas".
func addComponents[M ~map[string]*R, R any](
	d *decoder, from members, kinds *ObjectLayout, section string, to *M, decode func([]byte, *R) error,
) {
	if len(from) == 0 {
		return
	}
	if *to == nil {
		*to = make(M, len(from))
	}
	for _, key := range slices.Sorted(maps.Keys(from)) {
		v := new(R)
		(*to)[key] = v
		d.add("components "+section+" "+key, from[key], kinds.Child(section).Child(key),
			func(b []byte) error { return decode(b, v) })
	}
}

// item splits a path item into its operations. The rest of it is decoded at once.
func (d *decoder) item(where string, data json.RawMessage, item *openapi3.PathItem) error {
	kind := d.kind.Child("paths").Child("")
	m, ok := membersOf(data)
	if !ok {
		d.add(where, data, kind, item.UnmarshalJSON)
		return nil
	}
	operations := make(map[string]members)
	for name := range m {
		if !IsOperationKey(name) {
			continue
		}
		if op, ok := membersOf(m[name]); ok {
			operations[name] = op
			delete(m, name)
		}
	}
	rest, err := keepDigits(m.object(), kind)
	if err == nil {
		err = item.UnmarshalJSON(rest)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", where, LineError(err))
	}
	for _, name := range slices.Sorted(maps.Keys(operations)) {
		op := new(openapi3.Operation)
		item.SetOperation(strings.ToUpper(name), op)
		if err := d.operation(where+" "+name, operations[name], kind.Child(name), op); err != nil {
			return err
		}
	}
	return nil
}

// operation splits an operation: its request body and each of its responses is a fragment.
func (d *decoder) operation(where string, m members, kind *ObjectLayout, op *openapi3.Operation) error {
	responses := m.take("responses")
	body, hasBody := m["requestBody"]
	if _, ok := membersOf(body); ok {
		delete(m, "requestBody")
	} else {
		hasBody = false
	}
	rest, err := keepDigits(m.object(), kind)
	if err == nil {
		err = op.UnmarshalJSON(rest)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", where, LineError(err))
	}
	if hasBody {
		op.RequestBody = new(openapi3.RequestBodyRef)
		d.add(where+" requestBody", body, kind.Child("requestBody"),
			func(b []byte) error { return d.body(b, op.RequestBody) })
	}
	for _, status := range slices.Sorted(maps.Keys(responses)) {
		r := new(openapi3.ResponseRef)
		op.Responses.Set(status, r)
		d.add(where+" responses "+status, responses[status], kind.Child("responses").Child(status),
			func(b []byte) error { return d.response(b, r) })
	}
	return nil
}

// maxWhere bounds the path in an error, in runes.
const maxWhere = 100

// run decodes all fragments.
func (d *decoder) run() error {
	for _, f := range d.todo {
		if err := d.ctx.Err(); err != nil {
			return err
		}
		data, err := keepDigits(f.data, f.kind)
		if err == nil {
			err = f.decode(data)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", ShortenText(f.where, maxWhere), LineError(err))
		}
	}
	return nil
}
