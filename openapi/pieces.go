package openapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow/jsonscan"
)

// Kin-openapi decodes every object twice, the second time as plain data to find its extensions, so that a document
// is read as often as it nests deep. The outer levels are taken apart here, and it decodes the pieces: half the time
// for a document of 10 MB, and on all processors.

// members are the members of a JSON object, each as it is written. Of several with one name the last one counts.
type members map[string]json.RawMessage

// membersOf takes apart an object of JSON that is known to be valid; false means that data are something else, which
// kin-openapi will say.
func membersOf(data json.RawMessage) (members, bool) {
	i := jsonscan.Space(data, 0)
	if i == len(data) || data[i] != '{' {
		return nil, false
	}
	m := members{}
	for i = jsonscan.Space(data, i+1); i < len(data) && data[i] == '"'; i = jsonscan.Space(data, i) {
		end, escaped := jsonscan.StringEnd(data, i)
		if end < 0 {
			return nil, false
		}
		name := string(data[i+1 : end-1])
		if escaped || !utf8.ValidString(name) {
			if json.Unmarshal(data[i:end], &name) != nil {
				return nil, false
			}
		}
		from := jsonscan.Space(data, jsonscan.Space(data, end)+1) // past the colon
		i = jsonscan.ValueEnd(data, from)
		m[name] = data[from:i:i]
		if i = jsonscan.Space(data, i); i < len(data) && data[i] == ',' {
			i++
		}
	}
	return m, true
}

// object writes members as an object again.
func (m members) object() json.RawMessage {
	b := []byte{'{'}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if len(b) > 1 {
			b = append(b, ',')
		}
		name, _ := json.Marshal(k) // a string always can
		b = append(append(append(b, name...), ':'), m[k]...)
	}
	return append(b, '}')
}

// take removes the members of an object under key and returns those that are no extensions; what else stands there,
// and the extensions, stay for kin-openapi to decode with the rest.
func (m members) take(key string) members {
	inner, ok := membersOf(m[key])
	if !ok {
		return nil
	}
	rest := members{}
	for k, v := range inner {
		if strings.HasPrefix(k, "x-") {
			rest[k] = v
			delete(inner, k)
		}
	}
	m[key] = rest.object()
	return inner
}

// decoder decodes pieces. The first error, in the order of the document's names, counts.
type decoder struct {
	kind   *object // of the document
	todo   []piece
	leaves leaves
}

type piece struct {
	where  string
	data   json.RawMessage
	kind   *object
	decode func([]byte) error
}

func (d *decoder) add(where string, data json.RawMessage, kind *object, decode func([]byte) error) {
	d.todo = append(d.todo, piece{where, data, kind, decode})
}

// decodeDocument decodes a document of version 3.
func decodeDocument(top members) (*openapi3.T, error) {
	d := &decoder{kind: documentKind()}
	top = maps.Clone(top)
	paths := top.take("paths")
	parts, _ := membersOf(top["components"])
	components := make(map[string]members)
	for _, name := range []string{"schemas", "responses", "parameters", "requestBodies", "examples"} {
		components[name] = parts.take(name)
	}
	if parts != nil {
		top["components"] = parts.object()
	}
	doc := new(openapi3.T)
	rest, err := exactly(top.object(), d.kind)
	if err == nil {
		err = json.Unmarshal(rest, doc)
	}
	if err != nil {
		return nil, oneLine(err)
	}
	if doc.Paths == nil {
		doc.Paths = openapi3.NewPaths()
	}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		item := new(openapi3.PathItem)
		doc.Paths.Set(path, item)
		if err := d.item("paths "+path, paths[path], item); err != nil {
			return nil, err
		}
	}
	if c := doc.Components; c != nil {
		kinds := d.kind.child("components")
		pieces(d, components["schemas"], kinds, "schemas", &c.Schemas, d.schema)
		pieces(d, components["responses"], kinds, "responses", &c.Responses, d.response)
		pieces(d, components["parameters"], kinds, "parameters", &c.Parameters, decodePart)
		pieces(d, components["requestBodies"], kinds, "requestBodies", &c.RequestBodies, d.body)
		pieces(d, components["examples"], kinds, "examples", &c.Examples, decodePart)
	}
	return doc, d.run()
}

func decodePart[R any](data []byte, to *R) error { return json.Unmarshal(data, to) }

// pieces adds the components of one kind.
func pieces[M ~map[string]*R, R any](d *decoder, from members, kinds *object, name string, to *M, decode func([]byte, *R) error) {
	if len(from) == 0 {
		return
	}
	if *to == nil {
		*to = make(M, len(from))
	}
	for _, key := range slices.Sorted(maps.Keys(from)) {
		v := new(R)
		(*to)[key] = v
		d.add("components "+name+" "+key, from[key], kinds.child(name).child(key), func(b []byte) error { return decode(b, v) })
	}
}

// item takes a path item apart. Its operations are pieces; what is beside them is decoded at once.
func (d *decoder) item(where string, data json.RawMessage, item *openapi3.PathItem) error {
	kind := d.kind.child("paths").child("")
	m, ok := membersOf(data)
	if !ok {
		d.add(where, data, kind, item.UnmarshalJSON)
		return nil
	}
	operations := make(map[string]members)
	for name := range m {
		if !slices.Contains(methods(), name) {
			continue
		}
		if op, ok := membersOf(m[name]); ok {
			operations[name] = op
			delete(m, name)
		}
	}
	rest, err := exactly(m.object(), kind)
	if err == nil {
		err = item.UnmarshalJSON(rest)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", where, oneLine(err))
	}
	for _, name := range slices.Sorted(maps.Keys(operations)) {
		op := new(openapi3.Operation)
		item.SetOperation(strings.ToUpper(name), op)
		if err := d.operation(where+" "+name, operations[name], kind.child(name), op); err != nil {
			return err
		}
	}
	return nil
}

// methods are the members of a path item that are operations.
func methods() []string {
	return []string{"get", "head", "post", "put", "patch", "delete", "options", "trace"}
}

// operation takes an operation apart: its responses are pieces, and so is the rest.
func (d *decoder) operation(where string, m members, kind *object, op *openapi3.Operation) error {
	responses := m.take("responses")
	body, hasBody := m["requestBody"]
	if _, ok := membersOf(body); ok {
		delete(m, "requestBody")
	} else {
		hasBody = false
	}
	rest, err := exactly(m.object(), kind)
	if err == nil {
		err = op.UnmarshalJSON(rest)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", where, oneLine(err))
	}
	if hasBody {
		op.RequestBody = new(openapi3.RequestBodyRef)
		d.add(where+" requestBody", body, kind.child("requestBody"), func(b []byte) error { return d.body(b, op.RequestBody) })
	}
	for _, status := range slices.Sorted(maps.Keys(responses)) {
		r := new(openapi3.ResponseRef)
		op.Responses.Set(status, r)
		d.add(where+" responses "+status, responses[status], kind.child("responses").child(status), func(b []byte) error { return d.response(b, r) })
	}
	return nil
}

// run decodes all pieces.
func (d *decoder) run() error {
	errs := make([]error, len(d.todo))
	next := make(chan int, len(d.todo))
	for i := range d.todo {
		next <- i
	}
	close(next)
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(d.todo)) {
		wg.Go(func() {
			for i := range next {
				p := &d.todo[i]
				data, err := exactly(p.data, p.kind)
				if err == nil {
					err = p.decode(data)
				}
				if err != nil {
					errs[i] = fmt.Errorf("%s: %w", shorten(p.where, 100), oneLine(err))
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
