package schema

// scalars pools the facts of a place but for its records and items.
func (g *graph) scalars(id int32) *node {
	ns := g.places[id].nodes
	f := &node{}
	for _, n := range ns {
		f.keep = f.keep || n.keep
		for i, c := range n.kinds {
			f.kinds[i] = sum32(f.kinds[i], c)
		}
		f.exch = sum32(f.exch, n.exch)
		f.typed = f.typed || n.typed
		f.files = f.files || n.files
		if n.num != nil {
			if f.num == nil {
				f.num = &numberFacts{}
			}
			f.num.merge(n.num)
		}
	}
	for _, n := range ns {
		if n.str != nil {
			f.strings().merge(n.str, f.keep)
		}
	}
	return f
}

// scalar decides the scalars of a place, whose facts are f; nil when there are none.
func (g *graph) scalar(id int32, f *node) *Schema {
	s := f.schema()
	if s != nil {
		g.enum(id, f, s)
	}
	return s
}

// schema decides scalars by their own facts; nil when there are none.
func (n *node) schema() *Schema {
	s := &Schema{}
	if n.kinds[isBoolean] > 0 {
		s.Kind |= Boolean
	}
	if n.kinds[isNumber] > 0 {
		s.Kind |= Number
	} else if n.kinds[isInteger] > 0 {
		s.Kind |= Integer
	}
	if n.kinds[isString] > 0 {
		s.Kind |= n.stringKind()
	}
	switch s.Kind {
	case 0:
		return nil
	case Integer:
		if n.num != nil && !n.num.big && n.num.seen && (n.num.min < -1<<31 || n.num.max >= 1<<31) {
			s.Format = "int64"
		}
	case String:
		s.Format = n.format()
	}
	return s
}

// stringKind is what strings are: of values given as text, what all of them can be read as.
func (n *node) stringKind() Kind {
	if !n.typed || n.str == nil {
		return String
	}
	all := n.kinds[isString] - n.str.empty
	switch {
	case all == 0 || n.files:
		return String
	case n.str.votesFor(fmtBoolean) == all:
		return Boolean
	case n.str.votesFor(fmtInteger) == all:
		return Integer
	case n.str.votesFor(fmtNumber) == all:
		return Number
	}
	return String
}

// format is what all strings of a place agree on.
func (n *node) format() string {
	if n.files {
		return "binary"
	}
	if n.str == nil || n.str.empty > 0 {
		return ""
	}
	all := n.kinds[isString]
	for i, name := range formatNames {
		if n.str.votes[i] == all && name != "hostname" && name != "byte" {
			return name
		}
	}
	return ""
}

// Decide gives the schema of a parameter of this name.
func (t *Text) Decide(name string, p Policy) *Schema {
	if s := t.node.schema(); s != nil {
		return s
	}
	return &Schema{Kind: String}
}
