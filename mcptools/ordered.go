package mcptools

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// members is a JSON object whose members keep their order. It is what package jp calls Keyed: over a map, its
// results come in another order each time.
type members struct {
	names  []string
	values map[string]any
}

// ValueForKey implements jp.Keyed.
func (m *members) ValueForKey(name string) (any, bool) {
	v, ok := m.values[name]
	return v, ok
}

// Keys implements jp.Keyed.
func (m *members) Keys() []string { return m.names }

// SetValueForKey implements jp.Keyed.
func (m *members) SetValueForKey(name string, v any) {
	if _, has := m.values[name]; !has {
		m.names = append(m.names, name)
	}
	m.values[name] = v
}

// RemoveValueForKey implements jp.Keyed.
func (m *members) RemoveValueForKey(name string) {
	delete(m.values, name)
	m.names = slices.DeleteFunc(m.names, func(n string) bool { return n == name })
}

// MarshalJSON writes the members in their order.
func (m *members) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, name := range m.names {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.values[name])
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// maxDepth bounds the nesting of a body that is read.
const maxDepth = 1000

var errTooDeep = errors.New("nested too deep")

// readOrdered reads one JSON value: objects are *members, integers that fit are int64, other numbers float64 where
// that has them exactly enough to be compared, else json.Number. Of members of one name the last counts.
func readOrdered(text string) (any, error) {
	d := jsontext.NewDecoder(strings.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	v, err := nextValue(d, 0)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return v, err
}

func nextValue(d *jsontext.Decoder, depth int) (any, error) {
	t, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, errTooDeep
	}
	switch t.Kind() {
	case jsontext.KindNull:
		return nil, nil
	case jsontext.KindTrue, jsontext.KindFalse:
		return t.Bool(), nil
	case jsontext.KindString:
		return t.String(), nil
	case jsontext.KindNumber:
		return exact(json.Number(t.String())), nil
	case jsontext.KindBeginArray:
		return nextList(d, depth)
	}
	return nextObject(d, depth)
}

func nextList(d *jsontext.Decoder, depth int) (any, error) {
	list := []any{}
	for d.PeekKind() != jsontext.KindEndArray {
		v, err := nextValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := d.ReadToken()
	return list, err
}

func nextObject(d *jsontext.Decoder, depth int) (any, error) {
	m := &members{values: map[string]any{}}
	for d.PeekKind() != jsontext.KindEndObject {
		name, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		key := name.String() // the token is void after the next call
		v, err := nextValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		m.SetValueForKey(key, v)
	}
	_, err := d.ReadToken()
	return m, err
}

func exact(x json.Number) any {
	if n, err := x.Int64(); err == nil {
		return n
	}
	if f, err := x.Float64(); err == nil && strings.ContainsAny(x.String(), ".eE") {
		return f
	}
	return x
}
