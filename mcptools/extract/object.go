package extract

import (
	"encoding/json"
	"errors"
	"fmt"
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
	b := []byte{'{'}
	for i, name := range m.names {
		if i > 0 {
			b = append(b, ',')
		}
		key, _ := json.Marshal(name) // a text
		value, err := json.Marshal(m.values[name])
		if err != nil {
			return nil, err
		}
		b = append(append(append(b, key...), ':'), value...)
	}
	return append(b, '}'), nil
}

// maxDepth limits the nesting of a body.
const maxDepth = 1000

var errTooDeep = errors.New("nested too deep")

// decodeJSON reads one JSON value. Objects become *object. Integers that fit become int64. Other
// numbers with a fraction or an exponent become float64, so that filters can compare them; the rest
// become json.Number. The last of several members with the same name counts. m counts later
// accesses.
func decodeJSON(text string, m *meter) (any, error) {
	d := &valueDecoder{Decoder: jsontext.NewDecoder(strings.NewReader(text), jsontext.AllowDuplicateNames(true),
		jsontext.AllowInvalidUTF8(true)), meter: m, left: maxNodes}
	v, err := d.value(0)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return v, err
}

// valueDecoder decodes values as long as they are no more than maxNodes.
type valueDecoder struct {
	*jsontext.Decoder
	meter *meter
	left  int // nodes
}

// objectNodes is the memory of an object with one member, in nodes.
const objectNodes = 4

// take takes n nodes.
func (d *valueDecoder) take(n int) error {
	if d.left -= n; d.left < 0 {
		return fmt.Errorf("%w: the JSON has too many values", ErrTooMuch)
	}
	return nil
}

func (d *valueDecoder) value(depth int) (any, error) {
	if err := d.take(1); err != nil {
		return nil, err
	}
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
		return d.array(depth)
	}
	return d.object(depth)
}

func (d *valueDecoder) array(depth int) (any, error) {
	list := []any{}
	for d.PeekKind() != jsontext.KindEndArray {
		v, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := d.ReadToken()
	return list, err
}

func (d *valueDecoder) object(depth int) (any, error) {
	if err := d.take(objectNodes); err != nil {
		return nil, err
	}
	out := &object{values: map[string]any{}, meter: d.meter}
	for d.PeekKind() != jsontext.KindEndObject {
		name, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		key := name.String() // the next read invalidates the token
		v, err := d.value(depth + 1)
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
