package route

import "math"

// company sums up the members of a parameter, so that each child can be compared with the others in one look.
type siblingStats struct {
	members                                                                       map[*candidate]bool
	names, strong                                                                 int
	numbered                                                                      int            // of the names
	suffixes, maskedSuffixes, nextDepths, secondDepths, nextLabels, topProperties map[uint64]int // how many members have it
	methods                                                                       map[string]int
	echoShares                                                                    []float64 // of the members with answers, in order
}

// gather sums up the children that are in.
func newSiblingStats(all []*candidate, in map[*candidate]bool) *siblingStats {
	stats := &siblingStats{members: in, suffixes: map[uint64]int{}, maskedSuffixes: map[uint64]int{}, nextDepths: map[uint64]int{}, secondDepths: map[uint64]int{}, nextLabels: map[uint64]int{}, topProperties: map[uint64]int{}, methods: map[string]int{}}
	for _, c := range all {
		if in[c] {
			stats.add(c)
		}
	}
	return stats
}

func (s *siblingStats) add(c *candidate) {
	if c.isStrong() {
		s.strong += c.distinctValues()
	} else {
		s.names++
		if c.isNumbered() {
			s.numbered++
		}
	}
	countHashes(s.suffixes, c.suffixes)
	countHashes(s.maskedSuffixes, c.maskedSuffixes)
	countHashes(s.nextDepths, c.nextDepths)
	countHashes(s.secondDepths, c.secondDepths)
	countHashes(s.nextLabels, c.nextLabels)
	countHashes(s.topProperties, c.topProperties)
	for _, x := range c.methods {
		s.methods[x.method]++
	}
	if c.responses > 0 {
		s.echoShares = append(s.echoShares, c.echoShare)
	}
}

// countIn counts one more for each hash of a set.
func countHashes(m map[uint64]int, hashes hashSet) {
	for h := range hashes {
		m[h]++
	}
}

// count is the number of distinct segments that a child stands for.
func (c *candidate) distinctValues() int {
	if c.ownNode {
		return 1
	}
	var u hyperLogLog
	for _, n := range c.nodes {
		u.merge(&n.segmentCount)
	}
	return max(1, int(u.estimate()))
}

// numbered says that a child's name is one of a series.
func (c *candidate) isNumbered() bool {
	return c.ownNode && c.shape == shapeDigits && isNumbered(c.decoded)
}

// others counts the members other than c.
func (s *siblingStats) others(c *candidate) (names, strong int) {
	names, strong = s.names, s.strong
	switch {
	case !s.members[c]:
	case c.isStrong():
		strong -= c.distinctValues()
	default:
		names--
	}
	return names, strong
}

// compare counts what a child has in common with the other members, and what these have in all.
func (s *siblingStats) overlap(c *candidate, mine hashSet, counts map[uint64]int) (shared, theirs int) {
	self := 0
	if s.members[c] {
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
func (d *decider) affinity(c *candidate, stats *siblingStats) float64 {
	w := d.weights
	names, strong := stats.others(c)
	vouch := names
	if c.lacksWitness() { // web-1 and web-2 say nothing of a plain word beside them
		vouch -= stats.numbered
	}
	a := min(3, w.Names*math.Log2(1+float64(vouch)))
	// Where names are known to stand, the place does not speak against them any more.
	a -= c.parentScore * min(1, float64(vouch)/8)
	if !c.isStrong() && names*10 <= strong { // nearly all are identifiers, and it is none
		a += w.Shapes * min(1, float64(strong)/4)
	}
	if c.responses > 0 && c.echoShare == 0 {
		answers := len(stats.echoShares)
		if stats.members[c] {
			answers-- // its own is zero
		}
		sum := 0.0
		for _, e := range stats.echoShares {
			sum += e
		}
		if answers > 0 {
			a += w.EchoUnlike * sum / float64(answers) * min(1, float64(c.responses)/4)
		}
	}
	return a + d.answerAffinity(c, stats) + d.subtreeAffinity(c, stats) + d.methodAffinity(c, stats)
}

// answerAffinity holds it against a word that answers never hold when what is answered is another kind of thing: of
// the properties at the top hardly one stands at the top of a member's answers. Likeness says nothing: wrappers and
// errors are alike for unlike things.
func (d *decider) answerAffinity(c *candidate, stats *siblingStats) float64 {
	if c.isStrong() || c.witness || len(c.topProperties) == 0 {
		return 0
	}
	shared, theirs := stats.overlap(c, c.topProperties, stats.topProperties)
	if theirs < 2 || 4*shared >= min(len(c.topProperties), theirs) {
		return 0
	}
	return d.weights.AnswerUnlike
}

// subtreeAffinity compares what is below a child with what is below the members.
func (d *decider) subtreeAffinity(c *candidate, stats *siblingStats) float64 {
	w := d.weights
	shared, theirs := stats.overlap(c, c.suffixes, stats.suffixes)
	names, strong := stats.others(c)
	switch {
	case len(c.suffixes) == 0, theirs == 0 && names+strong < 3:
		return 0
	case theirs == 0:
		return w.SubtreeOnly
	case 2*shared >= min(len(c.suffixes), theirs):
		return w.SubtreeLike
	}
	if n, k := stats.overlap(c, c.maskedSuffixes, stats.maskedSuffixes); n > 0 && 2*n >= min(len(c.maskedSuffixes), k) {
		return w.SubtreeLike
	}
	a := w.SubtreeSome
	if shared == 0 {
		a = w.SubtreeNone * min(1, float64(1+len(c.suffixes))/4)
	}
	for _, x := range []struct {
		mine   hashSet
		counts map[uint64]int
	}{{c.nextDepths, stats.nextDepths}, {c.secondDepths, stats.secondDepths}, {c.nextLabels, stats.nextLabels}} {
		if n, _ := stats.overlap(c, x.mine, x.counts); n > 0 && 2*n >= len(x.mine) {
			return a + w.SubtreeLoose
		}
	}
	return a
}

// methodAffinity compares the methods.
func (d *decider) methodAffinity(c *candidate, stats *siblingStats) float64 {
	w := d.weights
	if len(c.methods) == 0 {
		return 0
	}
	self := 0
	if stats.members[c] {
		self = 1
	}
	in, theirs, failed, item, items := 0, len(stats.methods), true, false, false
	for method, k := range stats.methods {
		items = items || method != "POST" && (k > self || !c.hasMethod(method))
	}
	for _, x := range c.methods {
		switch k := stats.methods[x.method]; {
		case k > self:
			in++
		case k == 1:
			theirs--
		}
		item = item || x.method != "POST"
		failed = failed && x.served == 0
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
	if c.notFound && c.requests > 0 && (failed || in == len(c.methods)) {
		a += w.NotFoundLike
	}
	return a
}
