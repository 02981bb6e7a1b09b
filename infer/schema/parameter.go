package schema

import (
	"bytes"

	"github.com/spectap/spectap/infer/sketch"
	"github.com/spectap/spectap/infer/wire"
)

// Text holds the facts of one parameter's values, given as text: query, header, cookie or path. It merges
// like [Facts]. The zero value is ready but keeps no value as text, so it never gives an enum; see [NewText].
type textFacts struct{ values valueFacts }

// NewText returns facts for a parameter of this name, which decides whether values may be kept as text.
func newTextFacts(name string) *textFacts {
	return &textFacts{valueFacts{keepsText: canKeepText(name)}}
}

// Add adds the value of one request.
func (t *textFacts) Add(value string) {
	t.add(&stringValue{bytes: []byte(value), hash: sketch.Hash(value)})
}

func (t *textFacts) add(v *stringValue) {
	t.values.exchanges = sum32(t.values.exchanges, 1)
	t.values.addText(v)
}

// addText adds a value whose type shows in its text alone.
func (n *valueFacts) addText(t *stringValue) {
	n.kinds[kindString] = sum32(n.kinds[kindString], 1)
	n.stringFacts().add(t, n.keepsText)
	n.markText(t)
}

// readText notes that a value is given as text, and reads a number.
func (n *valueFacts) markText(t *stringValue) {
	n.isText = true
	if s := t.bytes; len(s) > 0 && len(s) < 20 && (s[0] == '-' || s[0] <= '9') && numberFormats(s)&fmtInteger != 0 {
		n.addNumber(s)
	}
}

// Count is the number of values added.
func (t *textFacts) Count() int { return int(t.values.kinds[kindString]) }

// Merge adds the facts of o, which stays as it is.
func (t *textFacts) Merge(o *textFacts) {
	t.values.keepsText = t.values.keepsText || o.values.keepsText
	t.values.merge(&o.values, mergeMode{})
}

// AppendBinary appends the encoding of the facts. It never fails.
func (t *textFacts) AppendBinary(b []byte) ([]byte, error) {
	f := Facts{root: t.values}
	return f.AppendBinary(b)
}

// UnmarshalBinary replaces t by the facts encoded in data.
func (t *textFacts) UnmarshalBinary(data []byte) error {
	var f Facts
	if err := f.UnmarshalBinary(data); err != nil {
		return err
	}
	t.values = f.root
	return nil
}

// List holds the facts of a parameter that may be a list: given several times, or as values with commas.
type ParameterFacts struct {
	values   textFacts
	elements *textFacts // between commas; nil while there were none, and they are what whole is
	requests uint32
	repeated uint32 // requests that gave it more than once
	commas   uint32 // values with a comma
}

// NewList returns facts for a parameter of this name; see [NewText].
func NewParameterFacts(name string) *ParameterFacts {
	return &ParameterFacts{values: *newTextFacts(name)}
}

// Add adds all values that one request gives the parameter.
func (l *ParameterFacts) Add(values ...string) {
	if len(values) == 0 {
		return
	}
	l.requests = sum32(l.requests, 1)
	if len(values) > 1 {
		l.repeated = sum32(l.repeated, 1)
	}
	for _, v := range values {
		whole := stringValue{bytes: []byte(v), hash: sketch.Hash(v)}
		if bytes.IndexByte(whole.bytes, ',') >= 0 {
			l.commas = sum32(l.commas, 1)
			node := &l.elementFacts().values
			for part := range bytes.SplitSeq(whole.bytes, []byte{','}) {
				node.addText(&stringValue{bytes: part, hash: sketch.Hash(part)})
			}
		} else if l.elements != nil {
			l.elements.values.addText(&whole)
		}
		l.values.add(&whole)
	}
}

// split returns the facts of the parts, made if need be.
func (l *ParameterFacts) elementFacts() *textFacts {
	if l.elements == nil {
		l.elements = l.valuesAsElements()
	}
	return l.elements
}

// unsplit are those of the parts where no value has any.
func (l *ParameterFacts) valuesAsElements() *textFacts {
	t := &textFacts{}
	t.Merge(&l.values)
	t.values.exchanges = 0 // parts are of no request by themselves
	return t
}

// Requests counts the requests that gave the parameter.
func (l *ParameterFacts) Requests() int { return int(l.requests) }

// Distinct estimates how many different texts the parameter was given; beyond some tens it is no more than about right.
func (l *ParameterFacts) Distinct() int {
	if l.values.values.strings == nil {
		return 0
	}
	return int(l.values.values.strings.values.distinct())
}

// Merge adds the facts of o, which stays as it is.
func (l *ParameterFacts) Merge(o *ParameterFacts) {
	switch {
	case o.elements != nil:
		l.elementFacts().Merge(o.elements)
	case l.elements != nil:
		l.elements.Merge(o.valuesAsElements())
	}
	l.values.Merge(&o.values)
	l.requests = sum32(l.requests, o.requests)
	l.repeated = sum32(l.repeated, o.repeated)
	l.commas = sum32(l.commas, o.commas)
}

// AppendBinary appends the encoding of the facts. It never fails.
func (l *ParameterFacts) AppendBinary(b []byte) ([]byte, error) {
	e := encoder{names: map[string]uint64{}}
	b = nums(append(b, codecVersion), l.requests, l.repeated, l.commas)
	b = e.node(b, &l.values.values)
	if l.elements != nil {
		return e.node(b, &l.elements.values), nil
	}
	n := l.values.values // as unsplit gives it
	n.exchanges = 0
	return e.node(b, &n), nil
}

// UnmarshalBinary replaces l by the facts encoded in data.
func (l *ParameterFacts) UnmarshalBinary(data []byte) error {
	d := decoder{Reader: wire.NewReader(data)}
	if d.Byte() != codecVersion {
		return errFacts
	}
	m := ParameterFacts{requests: d.Uint32(), repeated: d.Uint32(), commas: d.Uint32()}
	d.node(&m.values.values, 0)
	var parts textFacts
	if d.node(&parts.values, 0); m.commas > 0 {
		m.elements = &parts
	}
	if d.End() != nil {
		return errFacts
	}
	*l = m
	return nil
}

// Style is how a list is written.
type Style uint8

// The styles of lists.
const (
	NotList      Style = iota // no list
	RepeatedList              // a=1&a=2: form, exploded
	CommaList                 // a=1,2: form, not exploded
)

// Decide tells whether the parameter is a list, and its schema.
func (l *ParameterFacts) Decide(name string, p Policy) (*Schema, Style) {
	if l.repeated > 0 {
		return &Schema{Kind: Array, Items: l.values.Decide(name, p)}, RepeatedList
	}
	if l.commas > 0 && l.elementsShareFormat() {
		return &Schema{Kind: Array, Items: l.elements.Decide(name, p)}, CommaList
	}
	return l.values.Decide(name, p), NotList
}

// oneShape says that all parts between commas are of one shape, and none is empty.
func (l *ParameterFacts) elementsShareFormat() bool {
	s := l.elements.values.strings
	if s == nil || s.empty > 0 {
		return false
	}
	n := l.elements.values.kinds[kindString]
	for _, f := range []format{fmtNumber, fmtUUID, fmtDate, fmtDateTime, fmtToken, fmtEmail, fmtIPv4} {
		if s.formatCount(f) == n {
			return true
		}
	}
	return false
}

// Single is the schema of a value that is never a list, such as a header's.
func (l *ParameterFacts) DecideSingle(name string, p Policy) *Schema { return l.values.Decide(name, p) }
