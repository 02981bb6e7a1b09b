package schema

import (
	"bytes"

	"github.com/spectap/spectap/infer/sketch"
	"github.com/spectap/spectap/infer/wire"
)

// Text holds the facts of one parameter's values, given as text: query, header, cookie or path. It merges
// like [Facts]. The zero value is ready but keeps no value as text, so it never gives an enum; see [NewText].
type textFacts struct{ node node }

// NewText returns facts for a parameter of this name, which decides whether values may be kept as text.
func newTextFacts(name string) *textFacts { return &textFacts{node{keep: mayKeep(name)}} }

// Add adds the value of one request.
func (t *textFacts) Add(value string) { t.add(&text{s: []byte(value), hash: sketch.Hash(value)}) }

func (t *textFacts) add(v *text) {
	t.node.exch = sum32(t.node.exch, 1)
	t.node.addText(v)
}

// addText adds a value whose type shows in its text alone.
func (n *node) addText(t *text) {
	n.kinds[isString] = sum32(n.kinds[isString], 1)
	n.strings().add(t, n.keep)
	n.readText(t)
}

// readText notes that a value is given as text, and reads a number.
func (n *node) readText(t *text) {
	n.typed = true
	if s := t.s; len(s) > 0 && len(s) < 20 && (s[0] == '-' || s[0] <= '9') && numberOf(s)&fmtInteger != 0 {
		n.number(s)
	}
}

// Count is the number of values added.
func (t *textFacts) Count() int { return int(t.node.kinds[isString]) }

// Merge adds the facts of o, which stays as it is.
func (t *textFacts) Merge(o *textFacts) {
	t.node.keep = t.node.keep || o.node.keep
	t.node.merge(&o.node, mode{})
}

// AppendBinary appends the encoding of the facts. It never fails.
func (t *textFacts) AppendBinary(b []byte) ([]byte, error) {
	f := Facts{root: t.node}
	return f.AppendBinary(b)
}

// UnmarshalBinary replaces t by the facts encoded in data.
func (t *textFacts) UnmarshalBinary(data []byte) error {
	var f Facts
	if err := f.UnmarshalBinary(data); err != nil {
		return err
	}
	t.node = f.root
	return nil
}

// List holds the facts of a parameter that may be a list: given several times, or as values with commas.
type ParameterFacts struct {
	whole    textFacts
	parts    *textFacts // between commas; nil while there were none, and they are what whole is
	requests uint32
	repeated uint32 // requests that gave it more than once
	commas   uint32 // values with a comma
}

// NewList returns facts for a parameter of this name; see [NewText].
func NewParameterFacts(name string) *ParameterFacts {
	return &ParameterFacts{whole: *newTextFacts(name)}
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
		whole := text{s: []byte(v), hash: sketch.Hash(v)}
		if bytes.IndexByte(whole.s, ',') >= 0 {
			l.commas = sum32(l.commas, 1)
			node := &l.split().node
			for part := range bytes.SplitSeq(whole.s, []byte{','}) {
				node.addText(&text{s: part, hash: sketch.Hash(part)})
			}
		} else if l.parts != nil {
			l.parts.node.addText(&whole)
		}
		l.whole.add(&whole)
	}
}

// split returns the facts of the parts, made if need be.
func (l *ParameterFacts) split() *textFacts {
	if l.parts == nil {
		l.parts = l.unsplit()
	}
	return l.parts
}

// unsplit are those of the parts where no value has any.
func (l *ParameterFacts) unsplit() *textFacts {
	t := &textFacts{}
	t.Merge(&l.whole)
	t.node.exch = 0 // parts are of no request by themselves
	return t
}

// Requests counts the requests that gave the parameter.
func (l *ParameterFacts) Requests() int { return int(l.requests) }

// Distinct estimates how many different texts the parameter was given; beyond some tens it is no more than about right.
func (l *ParameterFacts) Distinct() int {
	if l.whole.node.str == nil {
		return 0
	}
	return int(l.whole.node.str.values.distinct())
}

// Merge adds the facts of o, which stays as it is.
func (l *ParameterFacts) Merge(o *ParameterFacts) {
	switch {
	case o.parts != nil:
		l.split().Merge(o.parts)
	case l.parts != nil:
		l.parts.Merge(o.unsplit())
	}
	l.whole.Merge(&o.whole)
	l.requests = sum32(l.requests, o.requests)
	l.repeated = sum32(l.repeated, o.repeated)
	l.commas = sum32(l.commas, o.commas)
}

// AppendBinary appends the encoding of the facts. It never fails.
func (l *ParameterFacts) AppendBinary(b []byte) ([]byte, error) {
	e := encoder{names: map[string]uint64{}}
	b = nums(append(b, codecVersion), l.requests, l.repeated, l.commas)
	b = e.node(b, &l.whole.node)
	if l.parts != nil {
		return e.node(b, &l.parts.node), nil
	}
	n := l.whole.node // as unsplit gives it
	n.exch = 0
	return e.node(b, &n), nil
}

// UnmarshalBinary replaces l by the facts encoded in data.
func (l *ParameterFacts) UnmarshalBinary(data []byte) error {
	d := decoder{Reader: wire.NewReader(data)}
	if d.Byte() != codecVersion {
		return errFacts
	}
	m := ParameterFacts{requests: d.Uint32(), repeated: d.Uint32(), commas: d.Uint32()}
	d.node(&m.whole.node, 0)
	var parts textFacts
	if d.node(&parts.node, 0); m.commas > 0 {
		m.parts = &parts
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
		return &Schema{Kind: Array, Items: l.whole.Decide(name, p)}, RepeatedList
	}
	if l.commas > 0 && l.oneShape() {
		return &Schema{Kind: Array, Items: l.parts.Decide(name, p)}, CommaList
	}
	return l.whole.Decide(name, p), NotList
}

// oneShape says that all parts between commas are of one shape, and none is empty.
func (l *ParameterFacts) oneShape() bool {
	s := l.parts.node.str
	if s == nil || s.empty > 0 {
		return false
	}
	n := l.parts.node.kinds[isString]
	for _, f := range []format{fmtNumber, fmtUUID, fmtDate, fmtDateTime, fmtToken, fmtEmail, fmtIPv4} {
		if s.votesFor(f) == n {
			return true
		}
	}
	return false
}

// Single is the schema of a value that is never a list, such as a header's.
func (l *ParameterFacts) DecideSingle(name string, p Policy) *Schema { return l.whole.Decide(name, p) }
