package schema

// Facts are those of all values at one position: the request bodies of one operation, or the answers of one
// status and media type. The zero value is ready. It is a monoid under [Facts.Merge]: any order of adding
// and any grouping of merging give the same facts.
type Facts struct {
	root        valueFacts
	exchanges   uint32
	epoch       uint32
	isUnsettled bool // see Settle
}

// Exchanges counts the bodies added, cut ones included.
func (f *Facts) Exchanges() int { return int(f.exchanges) }

// AddJSON is [Reader.AddJSON] with a reader of its own.
func (f *Facts) AddJSON(data []byte, complete bool, observer Observer) error {
	return new(Reader).AddJSON(f, data, complete, observer)
}

// AddForm is [Reader.AddForm] with a reader of its own.
func (f *Facts) AddForm(fields []Field, observer Observer) { new(Reader).AddForm(f, fields, observer) }

// AddJSON adds the body of one exchange in one pass over its tokens. A body cut short (complete is false)
// gives the facts of its prefix, but never tells which properties are always there nor how long an array
// is. A body that is no JSON text is an error and adds nothing; the error names an offset and no text.
// obs, unless nil, is told of its names, strings and integers; the observers of one position are of one kind.
func (r *Reader) AddJSON(f *Facts, data []byte, complete bool, observer Observer) error {
	defer r.release()
	if err := r.readTokens(data, complete); err != nil || len(r.tokens) == 0 {
		return err
	}
	r.accumulator.addExchange(f, data, r.tokens, complete, observer)
	return nil
}

// add adds one exchange.
func (w *accumulator) addExchange(f *Facts, data []byte, tokens []token, whole bool, observer Observer) {
	f.exchanges = sum32(f.exchanges, 1)
	f.epoch++
	f.isUnsettled = true
	w.data, w.tokens, w.isComplete, w.observer, w.epoch, w.objectCount = data, tokens, whole, observer, f.epoch, 0
	w.addValue(0, &f.root, &valueContext{})
	w.endExchange()
}

// Merge adds the facts of o, which stays as it is.
func (f *Facts) Merge(o *Facts) {
	if o == nil {
		return
	}
	f.exchanges = sum32(f.exchanges, o.exchanges)
	f.root.merge(&o.root, mergeMode{})
}

// Clone returns a copy that shares nothing.
func (f *Facts) Clone() *Facts {
	c := &Facts{}
	c.Merge(f)
	return c
}
