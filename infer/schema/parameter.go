package schema

import (
	"bytes"

	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/internal/varint"
)

// textFacts counts the values of one parameter, given as text. It merges like [Facts]. The zero
// value is ready but keeps no text, so it never gives an enum; see newTextFacts.
type textFacts struct{ values valueFacts }

// newTextFacts returns facts for a parameter. The name decides whether values may be kept as text.
func newTextFacts(name string) *textFacts {
	return &textFacts{valueFacts{keepsText: canKeepText(name)}}
}

// Add adds the value of one request.
func (t *textFacts) Add(value string) {
	t.add(&stringValue{bytes: []byte(value), hash: bottomk.Hash(value)})
}

// add adds a value and counts a request.
func (t *textFacts) add(v *stringValue) {
	t.values.exchanges = sum32(t.values.exchanges, 1)
	t.values.addText(v)
}

// addText adds a value that is given as text.
func (n *valueFacts) addText(t *stringValue) {
	n.kinds[kindString] = sum32(n.kinds[kindString], 1)
	n.stringFacts().add(t, n.keepsText, 1)
	n.markText(t)
}

// markText marks n as given as text, and adds the value to the number range if it is an integer.
func (n *valueFacts) markText(t *stringValue) {
	n.isText = true
	if s := t.bytes; len(s) > 0 && len(s) < 20 && (s[0] == '-' || s[0] <= '9') && numberFormats(s)&fmtInteger != 0 {
		n.addNumber(s)
	}
}

// Count returns the number of values.
func (t *textFacts) Count() int { return int(t.values.kinds[kindString]) }

// Merge adds the facts of o, which is not changed.
func (t *textFacts) Merge(o *textFacts) {
	t.values.keepsText = t.values.keepsText || o.values.keepsText
	t.values.merge(&o.values, mergeMode{})
}

// AppendBinary appends the encoding of the facts. The error is always nil.
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

// ParameterFacts counts the values of one query, header, cookie or path parameter, which may be a
// list: a repeated parameter, or values with commas. It merges like [Facts]. The zero value is
// ready but keeps no text, so it never gives an enum; see [NewParameterFacts].
type ParameterFacts struct {
	values   textFacts
	elements *textFacts // between commas; nil if no value has a comma, then values holds the same
	requests uint32
	repeated uint32 // requests that repeat the parameter
	commas   uint32 // values with a comma
}

// NewParameterFacts returns facts for a parameter. The name decides whether values may be kept as
// text.
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
		value := stringValue{bytes: []byte(v), hash: bottomk.Hash(v)}
		if bytes.IndexByte(value.bytes, ',') >= 0 {
			l.commas = sum32(l.commas, 1)
			elements := &l.elementFacts().values
			for element := range bytes.SplitSeq(value.bytes, []byte{','}) {
				elements.addText(&stringValue{bytes: element, hash: bottomk.Hash(element)})
			}
		} else if l.elements != nil {
			l.elements.values.addText(&value)
		}
		l.values.add(&value)
	}
}

// elementFacts returns the facts of the elements, and creates them if needed.
func (l *ParameterFacts) elementFacts() *textFacts {
	if l.elements == nil {
		l.elements = l.valuesAsElements()
	}
	return l.elements
}

// valuesAsElements returns the facts of the elements if no value has a comma.
func (l *ParameterFacts) valuesAsElements() *textFacts {
	t := &textFacts{}
	t.Merge(&l.values)
	t.values.exchanges = 0 // elements do not count requests
	return t
}

// Requests returns the number of requests that have the parameter.
func (l *ParameterFacts) Requests() int { return int(l.requests) }

// Distinct estimates the number of distinct values. It is exact up to 64.
func (l *ParameterFacts) Distinct() int {
	if l.values.values.strings == nil {
		return 0
	}
	return int(l.values.values.strings.values.distinct())
}

// Texts returns all values, sorted, or their comma-separated elements if any value has commas. It
// returns nil unless the text of each is known.
func (l *ParameterFacts) Texts() []string {
	facts := &l.values
	if l.commas > 0 {
		facts = l.elements
	}
	if facts.values.strings == nil {
		return nil
	}
	return facts.values.strings.allTexts()
}

// HasFormat reports whether all values have a format.
func (l *ParameterFacts) HasFormat(name string) bool { return l.values.values.commonFormat() == name }

// Merge adds the facts of o, which is not changed.
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

// AppendBinary appends the encoding of the facts. The error is always nil.
func (l *ParameterFacts) AppendBinary(b []byte) ([]byte, error) {
	l.values.values.settle() // before it is copied
	c, elements := newWriter(b), l.values.values
	if elements.exchanges = 0; l.elements != nil { // as in valuesAsElements
		elements = l.elements.values
	}
	l.code(c, &elements)
	return c.Out(), nil
}

// UnmarshalBinary replaces l by the facts encoded in data.
func (l *ParameterFacts) UnmarshalBinary(data []byte) error {
	var m ParameterFacts
	var elements textFacts
	if err := decoded(data, func(c *codec) { m.code(c, &elements.values) }); err != nil {
		return err
	}
	if m.commas > 0 {
		m.elements = &elements
	}
	*l = m
	return nil
}

func (l *ParameterFacts) code(c *codec, elements *valueFacts) {
	varint.Naturals(c.Coder, &l.requests, &l.repeated, &l.commas)
	c.value(&l.values.values, 0)
	c.value(elements, 0)
}

// Style is how a list is written.
type Style uint8

// The styles of lists.
const (
	NotList      Style = iota // not a list
	RepeatedList              // a=1&a=2: form, exploded
	CommaList                 // a=1,2: form, not exploded
)

// Decide returns the schema of the parameter and the style of the list, if it is one.
func (l *ParameterFacts) Decide(name string, p Policy) (*Schema, Style) {
	if l.repeated > 0 {
		return &Schema{Kind: Array, Items: l.values.Decide(name, p)}, RepeatedList
	}
	if l.commas > 0 && l.elementsHaveFormat() {
		return &Schema{Kind: Array, Items: l.elements.Decide(name, p)}, CommaList
	}
	return l.values.Decide(name, p), NotList
}

// elementsHaveFormat reports whether all elements between commas have one format and are not empty.
func (l *ParameterFacts) elementsHaveFormat() bool {
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

// DecideSingle returns the schema of a parameter that is never a list, such as a header.
func (l *ParameterFacts) DecideSingle(name string, p Policy) *Schema { return l.values.Decide(name, p) }
