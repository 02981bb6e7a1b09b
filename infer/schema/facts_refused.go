package schema

const (
	// minAccepted is how many accepted requests show which names a server knows.
	minAccepted = 3
	// maxSuspects is how many names that occur in refused requests only may each be the reason. Of
	// more, most are not.
	maxSuspects = 2
)

// AreSuspect reports whether names may be what a server refused: so few occur in no request that it
// accepted, although it accepted enough.
func AreSuspect(names int, accepted int64) bool {
	return names <= maxSuspects && accepted >= minAccepted
}

// Complete returns the facts of f, completed with what only o knows: properties, items and objects
// where f has none, unless they are suspect. Everything that o adds is optional. It changes neither
// f nor o.
//
// The facts of o come from requests that a server refused: a value that f contradicts may be the
// one that was refused.
func (f *Facts) Complete(o *Facts) *Facts {
	c := f.Clone()
	if c.exchanges == 0 {
		c.exchanges = o.exchanges
	}
	c.root.complete(&o.root)
	return c
}

// complete adds what o knows and n does not.
func (n *valueFacts) complete(o *valueFacts) {
	n.settle()
	o.settle()
	if !n.isKnown() {
		n.merge(o, mergeMode{})
		n.makeOptional()
		return
	}
	if n.array != nil && o.array != nil && o.array.items != nil {
		n.itemFacts().complete(o.array.items)
	}
	for _, r := range o.objects() {
		for _, own := range n.objects() {
			if own.tagString() == r.tagString() {
				own.complete(r)
			}
		}
	}
}

// isKnown reports whether there was a value other than null.
func (n *valueFacts) isKnown() bool {
	for kind, count := range n.kinds {
		if kind != kindNull && count > 0 {
			return true
		}
	}
	return false
}

// complete adds the properties of o that r lacks, and completes the others.
func (r *objectFacts) complete(o *objectFacts) {
	o.settle()
	if r.isCollapsed || o.isCollapsed {
		return
	}
	unknown := 0
	for _, s := range o.properties {
		if r.searchProperty([]byte(s.name.text)) < 0 {
			unknown++
		}
	}
	slot, areSuspect := -1, AreSuspect(unknown, int64(r.exchanges))
	for _, s := range o.properties {
		previous := slot
		if slot = r.findProperty([]byte(s.name.text), previous); slot >= 0 {
			r.properties[slot].facts.values.complete(&s.facts.values)
			continue
		}
		if areSuspect {
			slot = previous
			continue
		}
		if len(r.properties) == maxProperties {
			return
		}
		slot = r.addProperty(s.name, previous, 0)
		r.properties[slot].facts.values.keepsText = s.facts.values.keepsText
		r.properties[slot].facts.values.complete(&s.facts.values)
	}
	if r.pool != nil && o.pool != nil {
		r.pool.values.complete(&o.pool.values)
	}
}

// makeOptional takes the evidence that properties are always present from n and everything below.
func (n *valueFacts) makeOptional() {
	if n.array != nil && n.array.items != nil {
		n.array.items.makeOptional()
	}
	for _, r := range n.objects() {
		for _, s := range r.properties {
			s.facts.exchanges = 0
			s.facts.values.makeOptional()
		}
		if r.pool != nil {
			r.pool.values.makeOptional()
		}
	}
}

// LeftOut returns JSON pointers to the properties of o, the facts of refused requests, that f lacks
// although it was completed with o: those that may be what the server refused. List elements are
// "-".
func (f *Facts) LeftOut(o *Facts) []string { return f.root.appendLeftOut(nil, &o.root, "") }

func (n *valueFacts) appendLeftOut(out []string, o *valueFacts, at string) []string {
	if n.array != nil && n.array.items != nil && o.array != nil && o.array.items != nil {
		out = n.array.items.appendLeftOut(out, o.array.items, at+"/-")
	}
	for _, r := range o.objects() {
		for _, own := range n.objects() {
			if own.tagString() == r.tagString() && !own.isCollapsed && !r.isCollapsed {
				out = own.appendLeftOut(out, r, at)
			}
		}
	}
	return out
}

func (r *objectFacts) appendLeftOut(out []string, o *objectFacts, at string) []string {
	for _, s := range o.properties {
		pointer := at + "/" + EscapePointer(s.name.text)
		if i := r.searchProperty([]byte(s.name.text)); i >= 0 {
			out = r.properties[i].facts.values.appendLeftOut(out, &s.facts.values, pointer)
		} else {
			out = append(out, pointer)
		}
	}
	return out
}
