package schema

import "github.com/spectap/spectap/internal/varint"

// Facts counts the values of all bodies of one kind: the request bodies of one operation, or its
// responses of one status and media type. The zero value is ready. Facts form a commutative monoid
// under [Facts.Merge]: adding bodies in any order and merging in any grouping gives the same facts.
type Facts struct {
	root        valueFacts
	exchanges   uint32
	partial     uint32 // bodies of more than maxTokens
	epoch       uint32
	isUnsettled bool // repeats may be uncounted, see Settle
}

// Exchanges returns how many bodies were added, including truncated ones.
func (f *Facts) Exchanges() int { return int(f.exchanges) }

// Partial returns how many bodies were added in part, because they have more than two million names
// and values. It is 0 for nil.
func (f *Facts) Partial() int {
	if f == nil {
		return 0
	}
	return int(f.partial)
}

// AddJSON is [Reader.AddJSON] with a new Reader.
func (f *Facts) AddJSON(data []byte, complete bool, observer Observer) error {
	return new(Reader).AddJSON(f, data, complete, observer)
}

// AddForm is [Reader.AddForm] with a new Reader.
func (f *Facts) AddForm(fields []Field, observer Observer) { new(Reader).AddForm(f, fields, observer) }

// AddJSON adds the body of one exchange in one pass over its tokens. If complete is false, the body
// was truncated: its prefix is counted, but it is no evidence of which properties are required or
// how long an array is. A body that is not JSON is an error and adds nothing; the error holds an
// offset and no text of the body. The observer, if not nil, receives the names, strings and
// integers of the body. All observers passed for one Facts must have the same dynamic type.
func (r *Reader) AddJSON(f *Facts, data []byte, complete bool, observer Observer) error {
	defer r.release()
	whole, err := r.readTokens(data, complete)
	if err != nil || len(r.tokens) == 0 {
		return err
	}
	if r.isPartial {
		f.partial = sum32(f.partial, 1)
	}
	r.accumulator.addExchange(f, data, r.tokens, whole, observer, 1)
	return nil
}

// MayRepeat reports whether the last body that AddJSON added may be added again by
// [Reader.AddRepeats], because its facts do not depend on the body's context.
func (r *Reader) MayRepeat() bool { return !r.isPartial && !r.accumulator.hasHidden }

// AddRepeats adds a complete body n more times, whose position is known since AddJSON added it. The
// observer receives each value once.
func (r *Reader) AddRepeats(f *Facts, data []byte, n uint32, observer Observer) {
	defer r.release()
	if _, err := r.readTokens(data, true); err == nil && n > 0 {
		r.accumulator.addExchange(f, data, r.tokens, true, observer, n)
	}
}

// addExchange adds an exchange n times.
func (w *accumulator) addExchange(f *Facts, data []byte, tokens []token, isComplete bool, observer Observer, n uint32) {
	f.exchanges = sum32(f.exchanges, n)
	f.epoch++
	f.isUnsettled = true
	w.data, w.tokens, w.isComplete, w.observer, w.epoch, w.objectCount = data, tokens, isComplete, observer,
		f.epoch, 0
	w.weight, w.hasHidden = n, false
	w.addValue(0, &f.root, &valueContext{})
	w.endExchange()
}

// HasMember reports whether an object at the top of a body had a member that is not null.
func (f *Facts) HasMember(name string) bool {
	f.root.settle()
	for _, r := range f.root.objects() {
		if i := r.searchProperty([]byte(name)); i >= 0 {
			n := &r.properties[i].facts.values
			n.settle()
			if n.exchanges > n.kinds[kindNull] {
				return true
			}
		}
	}
	return false
}

// Merge adds the facts of o, which is not changed.
func (f *Facts) Merge(o *Facts) {
	if o == nil {
		return
	}
	f.exchanges, f.partial = sum32(f.exchanges, o.exchanges), sum32(f.partial, o.partial)
	f.root.merge(&o.root, mergeMode{})
}

// New returns empty facts.
func (*Facts) New() *Facts { return &Facts{} }

// Code encodes the facts with their length. It implements [bottomk.Value].
func (f *Facts) Code(c *varint.Coder) { c.Nested(f.AppendBinary, f.UnmarshalBinary) }
