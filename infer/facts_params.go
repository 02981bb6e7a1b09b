package infer

import (
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/infer/wire"
)

// paramFacts holds the facts of one parameter, as a [bottomk.Value].
type paramFacts struct {
	seen   int64 // exchanges that had it
	values schema.ParameterFacts
	deep   *schema.Facts // of name[key]=value; nil if there were none

	refused int64 // refused exchanges that had it; no fact, see [methodFacts.completed]
}

// newParam returns a function that makes facts of a parameter. The name decides whether values may
// be kept as text.
func newParam(name string) func() *paramFacts {
	return func() *paramFacts { return &paramFacts{values: *schema.NewParameterFacts(name)} }
}

// learnParam adds the value that one exchange gives a parameter.
func learnParam(params *bottomk.Map[*paramFacts], name, value string) {
	params.Update(name, newParam(name), func(p *paramFacts) { p.add(value) })
}

// learnSecret is learnParam for a parameter whose values are never kept as text, whatever its name.
func learnSecret(params *bottomk.Map[*paramFacts], name, value string) {
	params.Update(name, newParam("secret"), func(p *paramFacts) { p.add(value) })
}

func (p *paramFacts) add(value string) {
	p.seen++
	p.values.Add(value)
}

// Clone implements [bottomk.Value].
func (p *paramFacts) Clone() *paramFacts {
	c := &paramFacts{}
	c.Merge(p)
	return c
}

// Merge implements [bottomk.Value].
func (p *paramFacts) Merge(o *paramFacts) {
	p.seen += o.seen
	p.values.Merge(&o.values)
	if o.deep != nil {
		if p.deep == nil {
			p.deep = &schema.Facts{}
		}
		p.deep.Merge(o.deep)
	}
}

// Append implements [bottomk.Value].
func (p *paramFacts) Append(b []byte) []byte {
	b = wire.Uint(b, uint64(p.seen))
	b, _ = wire.Nested(b, p.values.AppendBinary) // it never fails
	b = wire.Bool(b, p.deep != nil)
	if p.deep != nil {
		b, _ = wire.Nested(b, p.deep.AppendBinary) // it never fails
	}
	return b
}

func readParam(r *wire.Reader) *paramFacts {
	p := &paramFacts{seen: r.Count()}
	if p.values.UnmarshalBinary(r.Bytes()) != nil {
		r.Fail()
	}
	if r.Bool() {
		p.deep = &schema.Facts{}
		if p.deep.UnmarshalBinary(r.Bytes()) != nil {
			r.Fail()
		}
	}
	return p
}
