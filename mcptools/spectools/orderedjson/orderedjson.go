// Package orderedjson reads and writes JSON whose objects keep the order of their members and whose
// numbers keep their digits. Tools need both: query parameters and form fields leave in the order
// in which the caller named them, and an identifier beyond 2^53 must arrive as it was written.
//
// A value is nil, a bool, a string, a [json.Number], a []any or an [*Object].
//
// Read orderedjson.go first; it is the only file.
package orderedjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/jsonschema"
)

// maxDepth bounds how deep values nest.
const maxDepth = 128

// Object is a JSON object whose members keep their order. The zero value is not usable; call [New].
// It is not safe for concurrent use.
type Object struct {
	names  []string
	values map[string]any
}

// New returns an object without members.
func New() *Object { return &Object{values: make(map[string]any)} }

// Len returns the number of members.
func (o *Object) Len() int { return len(o.names) }

// Names returns the names of the members in their order. The caller must not change the slice.
func (o *Object) Names() []string { return o.names }

// Get returns a member and reports whether there is one of that name.
func (o *Object) Get(name string) (any, bool) {
	v, ok := o.values[name]
	return v, ok
}

// Value returns a member, or nil.
func (o *Object) Value(name string) any { return o.values[name] }

// Set adds a member at the end, or replaces the value of the one that has the name.
func (o *Object) Set(name string, v any) {
	if _, ok := o.values[name]; !ok {
		o.names = append(o.names, name)
	}
	o.values[name] = v
}

// Delete removes a member.
func (o *Object) Delete(name string) {
	if _, ok := o.values[name]; !ok {
		return
	}
	delete(o.values, name)
	i := slices.Index(o.names, name)
	o.names = append(o.names[:i:i], o.names[i+1:]...)
}

// Decode reads one JSON value. Unlike encoding/json it refuses an object that has a name twice,
// because two readers of such an object may see two different calls, and numbers whose exponent is
// out of bounds.
func Decode(raw []byte) (any, error) {
	if !utf8.Valid(raw) {
		return nil, errors.New("is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	v, err := decodeValue(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("has more than one value")
	}
	return v, nil
}

var errNotJSON = errors.New("is not JSON")

func decodeValue(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, errNotJSON
	}
	if n, ok := t.(json.Number); ok {
		if err := jsonschema.CheckNumber(n); err != nil {
			return nil, fmt.Errorf("has a number that %w", err)
		}
	}
	if t != json.Delim('[') && t != json.Delim('{') {
		return t, nil
	}
	if depth >= maxDepth {
		return nil, fmt.Errorf("nests deeper than %d", maxDepth)
	}
	list, object := []any{}, (*Object)(nil)
	if t == json.Delim('{') {
		object = New()
	}
	for d.More() {
		name := ""
		if object != nil {
			n, err := d.Token()
			if err != nil {
				return nil, errNotJSON
			}
			name = n.(string)
			if _, again := object.values[name]; again {
				return nil, errors.New("has the same name twice in one object")
			}
		}
		v, err := decodeValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		if object != nil {
			object.Set(name, v)
		} else {
			list = append(list, v)
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, errNotJSON
	}
	if object != nil {
		return object, nil
	}
	return list, nil
}

// Plain copies a value with a map[string]any for each [*Object], which is what package guard takes.
func Plain(v any) any {
	switch v := v.(type) {
	case *Object:
		m := make(map[string]any, len(v.names))
		for n, e := range v.values {
			m[n] = Plain(e)
		}
		return m
	case []any:
		a := make([]any, len(v))
		for i, e := range v {
			a[i] = Plain(e)
		}
		return a
	}
	return v
}

// PlainOf converts a Go value to the form that [Decode] and [Plain] give it: it is encoded and
// decoded again. A value that JSON cannot hold becomes false, which as a schema accepts nothing.
func PlainOf(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		return false
	}
	x, err := Decode(b)
	if err != nil {
		return false
	}
	return Plain(x)
}

// Encode writes a value as JSON: members in their order, numbers as they were written, no escapes
// for HTML.
func Encode(v any) []byte {
	var b bytes.Buffer
	encodeTo(&b, v)
	return b.Bytes()
}

func encodeTo(b *bytes.Buffer, v any) {
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		fmt.Fprintf(b, "%t", v)
	case json.Number:
		b.WriteString(string(v))
	case string:
		b.Write(jsonvalue.Encode(v))
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			encodeTo(b, e)
		}
		b.WriteByte(']')
	case *Object:
		b.WriteByte('{')
		for i, n := range v.names {
			if i > 0 {
				b.WriteByte(',')
			}
			b.Write(jsonvalue.Encode(n))
			b.WriteByte(':')
			encodeTo(b, v.values[n])
		}
		b.WriteByte('}')
	}
}
