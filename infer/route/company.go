package route

import "math"

// company sums up the members of a parameter, so that each child can be compared with the others in one look.
type company struct {
	in                                         map[*child]bool
	names, strong                              int
	numbered                                   int            // of the names
	below, skipped, loose, looser, heads, tops map[uint64]int // how many members have it
	methods                                    map[string]int
	echoed                                     []float64 // of the members with answers, in order
}

// gather sums up the children that are in.
func gather(all []*child, in map[*child]bool) *company {
	m := &company{in: in, below: map[uint64]int{}, skipped: map[uint64]int{}, loose: map[uint64]int{}, looser: map[uint64]int{}, heads: map[uint64]int{}, tops: map[uint64]int{}, methods: map[string]int{}}
	for _, c := range all {
		if in[c] {
			m.add(c)
		}
	}
	return m
}

func (m *company) add(c *child) {
	if c.strong() {
		m.strong += c.count()
	} else {
		m.names++
		if c.numbered() {
			m.numbered++
		}
	}
	countIn(m.below, c.below)
	countIn(m.skipped, c.skipped)
	countIn(m.loose, c.loose)
	countIn(m.looser, c.looser)
	countIn(m.heads, c.heads)
	countIn(m.tops, c.tops)
	for _, x := range c.methods {
		m.methods[x.method]++
	}
	if c.answers > 0 {
		m.echoed = append(m.echoed, c.echoed)
	}
}

// countIn counts one more for each hash of a set.
func countIn(m map[uint64]int, hashes set64) {
	for h := range hashes {
		m[h]++
	}
}

// count is the number of distinct segments that a child stands for.
func (c *child) count() int {
	if c.own {
		return 1
	}
	var u counter
	for _, n := range c.nodes {
		u.merge(&n.distinct)
	}
	return max(1, int(u.count()))
}

// numbered says that a child's name is one of a series.
func (c *child) numbered() bool { return c.own && c.shape == shapeDigits && isNumbered(c.plain) }

// others counts the members other than c.
func (m *company) others(c *child) (names, strong int) {
	names, strong = m.names, m.strong
	switch {
	case !m.in[c]:
	case c.strong():
		strong -= c.count()
	default:
		names--
	}
	return names, strong
}

// compare counts what a child has in common with the other members, and what these have in all.
func (m *company) compare(c *child, mine set64, counts map[uint64]int) (shared, theirs int) {
	self := 0
	if m.in[c] {
		self = 1
	}
	theirs = len(counts)
	for h := range mine {
		switch k := counts[h]; {
		case k > self:
			shared++
		case k == 1: // only its own
			theirs--
		}
	}
	return shared, theirs
}

// affinity says how well a child goes with the other members of a parameter.
func (d *decider) affinity(c *child, m *company) float64 {
	w := d.w
	names, strong := m.others(c)
	vouch := names
	if c.lacksWitness() { // web-1 and web-2 say nothing of a plain word beside them
		vouch -= m.numbered
	}
	a := min(3, w.Names*math.Log2(1+float64(vouch)))
	// Where names are known to stand, the place does not speak against them any more.
	a -= c.prior * min(1, float64(vouch)/8)
	if !c.strong() && names*10 <= strong { // nearly all are identifiers, and it is none
		a += w.Shapes * min(1, float64(strong)/4)
	}
	if c.answers > 0 && c.echoed == 0 {
		answers := len(m.echoed)
		if m.in[c] {
			answers-- // its own is zero
		}
		sum := 0.0
		for _, e := range m.echoed {
			sum += e
		}
		if answers > 0 {
			a += w.EchoUnlike * sum / float64(answers) * min(1, float64(c.answers)/4)
		}
	}
	return a + d.answerAffinity(c, m) + d.subtreeAffinity(c, m) + d.methodAffinity(c, m)
}

// answerAffinity holds it against a word that answers never hold when what is answered is another kind of thing: of
// the properties at the top hardly one stands at the top of a member's answers. Likeness says nothing: wrappers and
// errors are alike for unlike things.
func (d *decider) answerAffinity(c *child, m *company) float64 {
	if c.strong() || c.witness || len(c.tops) == 0 {
		return 0
	}
	shared, theirs := m.compare(c, c.tops, m.tops)
	if theirs < 2 || 4*shared >= min(len(c.tops), theirs) {
		return 0
	}
	return d.w.AnswerUnlike
}

// subtreeAffinity compares what is below a child with what is below the members.
func (d *decider) subtreeAffinity(c *child, m *company) float64 {
	w := d.w
	shared, theirs := m.compare(c, c.below, m.below)
	names, strong := m.others(c)
	switch {
	case len(c.below) == 0, theirs == 0 && names+strong < 3:
		return 0
	case theirs == 0:
		return w.SubtreeOnly
	case 2*shared >= min(len(c.below), theirs):
		return w.SubtreeLike
	}
	if n, k := m.compare(c, c.skipped, m.skipped); n > 0 && 2*n >= min(len(c.skipped), k) {
		return w.SubtreeLike
	}
	a := w.SubtreeSome
	if shared == 0 {
		a = w.SubtreeNone * min(1, float64(1+len(c.below))/4)
	}
	for _, x := range []struct {
		mine   set64
		counts map[uint64]int
	}{{c.loose, m.loose}, {c.looser, m.looser}, {c.heads, m.heads}} {
		if n, _ := m.compare(c, x.mine, x.counts); n > 0 && 2*n >= len(x.mine) {
			return a + w.SubtreeLoose
		}
	}
	return a
}

// methodAffinity compares the methods.
func (d *decider) methodAffinity(c *child, m *company) float64 {
	w := d.w
	if len(c.methods) == 0 {
		return 0
	}
	self := 0
	if m.in[c] {
		self = 1
	}
	in, theirs, failed, item, items := 0, len(m.methods), true, false, false
	for method, k := range m.methods {
		items = items || method != "POST" && (k > self || !c.has(method))
	}
	for _, x := range c.methods {
		switch k := m.methods[x.method]; {
		case k > self:
			in++
		case k == 1:
			theirs--
		}
		item = item || x.method != "POST"
		failed = failed && x.found == 0
	}
	a := 0.0
	switch {
	case theirs == 0:
		a += w.MethodsNone
	case in == len(c.methods):
		a += w.MethodsLike
	case in == 0 && item && items: // what one item was read by another was written by
	case in == 0:
		a += w.MethodsUnlike
	}
	if c.notFound && c.visits > 0 && (failed || in == len(c.methods)) {
		a += w.NotFoundLike
	}
	return a
}
