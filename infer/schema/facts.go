package schema

// Facts are those of all values at one position: the request bodies of one operation, or the answers of one
// status and media type. The zero value is ready. It is a monoid under [Facts.Merge]: any order of adding
// and any grouping of merging give the same facts.
type Facts struct {
	root      node
	exchanges uint32
	epoch     uint32
}

// Exchanges counts the bodies added, cut ones included.
func (f *Facts) Exchanges() int { return int(f.exchanges) }

// AddJSON adds the body of one exchange in one pass over its tokens. A body cut short (complete is false)
// gives the facts of its prefix, but never tells which properties are always there nor how long an array
// is. A body that is no JSON text is an error and adds nothing; the error names an offset and no text.
// obs, unless nil, is told of all names and scalars.
func (f *Facts) AddJSON(data []byte, complete bool, obs Observer) error {
	tape, err := read(data, complete)
	if err != nil {
		return err
	}
	if len(tape) == 0 {
		return nil
	}
	w := f.begin(obs)
	w.data, w.tape, w.whole = data, tape, complete
	w.value(0, &f.root, at{})
	w.seal()
	return nil
}

// begin opens an exchange.
func (f *Facts) begin(obs Observer) *fold {
	f.exchanges = sum32(f.exchanges, 1)
	f.epoch++
	return &fold{obs: obs, epoch: f.epoch}
}

// Merge adds the facts of o, which stays as it is.
func (f *Facts) Merge(o *Facts) {
	if o == nil {
		return
	}
	f.exchanges = sum32(f.exchanges, o.exchanges)
	f.root.merge(&o.root, mode{})
}

// Clone returns a copy that shares nothing.
func (f *Facts) Clone() *Facts {
	c := &Facts{}
	c.Merge(f)
	return c
}
