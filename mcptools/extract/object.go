package extract

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// object is a JSON object that keeps the order of its members. It implements jp.Keyed: with a map,
// package jp returns matches in random order.
type object struct {
	names  []string
	values map[string]any
	meter  *meter // counts the accesses of package jp; nil counts none
}

// ValueForKey implements jp.Keyed.
func (m *object) ValueForKey(name string) (any, bool) {
	if m.meter != nil {
		m.meter.spend(1)
	}
	v, ok := m.values[name]
	return v, ok
}

// Keys implements jp.Keyed.
func (m *object) Keys() []string { return m.names }

// SetValueForKey implements jp.Keyed.
func (m *object) SetValueForKey(name string, v any) {
	if _, has := m.values[name]; !has {
		m.names = append(m.names, name)
	}
	m.values[name] = v
}

// RemoveValueForKey implements jp.Keyed.
func (m *object) RemoveValueForKey(name string) {
	delete(m.values, name)
	m.names = slices.DeleteFunc(m.names, func(n string) bool { return n == name })
}

// MarshalJSON writes the members in order.
func (m *object) MarshalJSON() ([]byte, error) {
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

// maxDepth limits the nesting of a body.
const maxDepth = 1000

var errTooDeep = errors.New("nested too deep")

// decodeJSON reads one JSON value. Objects become *object. Integers that fit become int64. Other
// numbers with a fraction or an exponent become float64, so that filters can compare them; the rest
// become json.Number. The last of several members with the same name counts. m counts later
// accesses.
func decodeJSON(text string, m *meter) (any, error) {
	d := jsontext.NewDecoder(strings.NewReader(text), jsontext.AllowDuplicateNames(true),
		jsontext.AllowInvalidUTF8(true))
	v, err := decodeValue(d, m, 0)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return v, err
}

func decodeValue(d *jsontext.Decoder, m *meter, depth int) (any, error) {
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
		return decodeNumber(json.Number(t.String())), nil
	case jsontext.KindBeginArray:
		return decodeArray(d, m, depth)
	}
	return decodeObject(d, m, depth)
}

func decodeArray(d *jsontext.Decoder, m *meter, depth int) (any, error) {
	list := []any{}
	for d.PeekKind() != jsontext.KindEndArray {
		v, err := decodeValue(d, m, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := d.ReadToken()
	return list, err
}

func decodeObject(d *jsontext.Decoder, m *meter, depth int) (any, error) {
	out := &object{values: map[string]any{}, meter: m}
	for d.PeekKind() != jsontext.KindEndObject {
		name, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		key := name.String() // the next read invalidates the token
		v, err := decodeValue(d, m, depth+1)
		if err != nil {
			return nil, err
		}
		out.SetValueForKey(key, v)
	}
	_, err := d.ReadToken()
	return out, err
}

func decodeNumber(x json.Number) any {
	if n, err := x.Int64(); err == nil {
		return n
	}
	if f, err := x.Float64(); err == nil && strings.ContainsAny(x.String(), ".eE") {
		return f
	}
	return x
}
