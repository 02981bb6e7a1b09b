package spectools

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/spectap/spectap/guard"
)

// maxDepth bounds how deep arguments nest.
const maxDepth = 128

// object is a JSON object that knows the order of its members.
type object struct {
	names  []string
	values map[string]any
}

func newObject() *object { return &object{values: make(map[string]any)} }

func (o *object) set(name string, v any) {
	if _, ok := o.values[name]; !ok {
		o.names = append(o.names, name)
	}
	o.values[name] = v
}

func (o *object) get(name string) (any, bool) {
	v, ok := o.values[name]
	return v, ok
}

func (o *object) delete(name string) {
	if _, ok := o.values[name]; !ok {
		return
	}
	delete(o.values, name)
	for i, n := range o.names {
		if n == name {
			o.names = append(o.names[:i:i], o.names[i+1:]...)
			return
		}
	}
}

// decodeJSON reads one JSON value: *object, []any, string, json.Number, bool or nil. Unlike encoding/json it refuses
// an object that has a name twice, since two readers of such a thing may see two different calls.
func decodeJSON(raw []byte) (any, error) {
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

func decodeValue(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, errors.New("is not JSON")
	}
	switch t := t.(type) {
	case json.Number:
		if err := guard.CheckNumber(t); err != nil {
			return nil, fmt.Errorf("has a number that %w", err)
		}
		return t, nil
	case json.Delim:
		if depth >= maxDepth {
			return nil, fmt.Errorf("nests deeper than %d", maxDepth)
		}
		if t == '[' {
			return decodeArray(d, depth)
		}
		return decodeObject(d, depth)
	}
	return t, nil
}

func decodeArray(d *json.Decoder, depth int) (any, error) {
	out := []any{}
	for d.More() {
		v, err := decodeValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	if _, err := d.Token(); err != nil {
		return nil, errors.New("is not JSON")
	}
	return out, nil
}

func decodeObject(d *json.Decoder, depth int) (any, error) {
	out := newObject()
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, errors.New("is not JSON")
		}
		name := t.(string)
		if _, ok := out.values[name]; ok {
			return nil, errors.New("has the same name twice in one object")
		}
		v, err := decodeValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		out.set(name, v)
	}
	if _, err := d.Token(); err != nil {
		return nil, errors.New("is not JSON")
	}
	return out, nil
}

// plain is v with maps in the place of objects, as package guard wants it.
func plain(v any) any {
	switch v := v.(type) {
	case *object:
		m := make(map[string]any, len(v.names))
		for n, e := range v.values {
			m[n] = plain(e)
		}
		return m
	case []any:
		a := make([]any, len(v))
		for i, e := range v {
			a[i] = plain(e)
		}
		return a
	}
	return v
}

// encode writes v as JSON, members in their order, numbers as they were written.
func encode(v any) []byte {
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
		encodeString(b, v)
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			encodeTo(b, e)
		}
		b.WriteByte(']')
	case *object:
		b.WriteByte('{')
		for i, n := range v.names {
			if i > 0 {
				b.WriteByte(',')
			}
			encodeString(b, n)
			b.WriteByte(':')
			encodeTo(b, v.values[n])
		}
		b.WriteByte('}')
	}
}

func encodeString(b *bytes.Buffer, s string) {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if e.Encode(s) == nil {
		b.Truncate(b.Len() - 1) // the encoder ends with a line break
	}
}
