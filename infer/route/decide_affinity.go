package route

import "math"

// siblingStats counts the facts of a parameter's members, so that affinity compares a candidate
// with all others at once.
type siblingStats struct {
	members  map[*candidate]bool
	served   bool // requests with members of a strong shape were accepted
	names    int  // members without a strong shape
	typed    int  // of these: types or states in bodies
	numbered int  // names that are one of a series
	strong   int  // distinct values of a strong shape
	answered int  // members, certain to be values, that were answered with a body
	lists    int  // of these: with a list

	answeredProperties map[uint64]int // number of answered members with a top-level property
	record             hashSet        // top-level properties that all answered members have

	// Number of members that have a hash or method; see candidate.
	suffixes, maskedSuffixes, nextDepths, secondDepths map[uint64]int
	nextLabels, secondLabels, topProperties            map[uint64]int
	methods                                            map[string]int

	echoShares []float64 // of the members with responses, in order
}

// newSiblingStats counts the facts of the candidates that are members.
func newSiblingStats(all []*candidate, members map[*candidate]bool) *siblingStats {
	stats := &siblingStats{members: members, suffixes: map[uint64]int{}, maskedSuffixes: map[uint64]int{},
		nextDepths: map[uint64]int{}, secondDepths: map[uint64]int{}, nextLabels: map[uint64]int{},
		secondLabels:  map[uint64]int{},
		topProperties: map[uint64]int{}, answeredProperties: map[uint64]int{}, record: hashSet{}, methods: map[string]int{}}
	for _, c := range all {
		stats.served = stats.served || members[c] && c.isStrong() && !c.refused
	}
	for _, c := range all {
		if members[c] {
			stats.add(c)
		}
	}
	for h, n := range stats.answeredProperties {
		if n == stats.answered {
			stats.record[h] = struct{}{}
		}
	}
	return stats
}

// add counts the facts of one member.
func (s *siblingStats) add(c *candidate) {
	switch {
	case c.isStrong():
		s.strong += c.distinctValues()
	case s.isRefusedName(c):
	default:
		s.names++
		s.typed += boolToInt(c.typed)
		if c.isNumbered() {
			s.numbered++
		}
	}
	if (c.isStrong() || c.witness) && c.getBodies > 0 {
		s.answered++
		s.lists += boolToInt(c.listResponses > 0)
		countHashes(s.answeredProperties, c.topProperties)
	}
	countHashes(s.suffixes, c.suffixes)
	countHashes(s.maskedSuffixes, c.maskedSuffixes)
	countHashes(s.nextDepths, c.nextDepths)
	countHashes(s.secondDepths, c.secondDepths)
	countHashes(s.nextLabels, c.nextLabels)
	countHashes(s.secondLabels, c.secondLabels)
	countHashes(s.topProperties, c.topProperties)
	for _, x := range c.methods {
		s.methods[x.method]++
	}
	if c.responses > 0 {
		s.echoShares = append(s.echoShares, c.echoShare)
	}
}

// countHashes counts each hash of a set once.
func countHashes(m map[uint64]int, hashes hashSet) {
	for h := range hashes {
		m[h]++
	}
}

// distinctValues estimates the number of distinct segments that a candidate stands for.
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

// isNumbered reports whether the name is one of a series, such as web-2.
func (c *candidate) isNumbered() bool {
	return c.ownNode && c.shape == shapeDigits && isNumbered(c.decoded)
}

// isRefusedName reports whether everything at and below a name beside identifiers was refused. What
// tests send to see it refused says nothing about the names beside it.
func (s *siblingStats) isRefusedName(c *candidate) bool {
	return s.served && c.refused && c.ownNode && !c.isStrong()
}

// others counts the members other than c.
func (s *siblingStats) others(c *candidate) (names, strong int) {
	names, strong = s.names, s.strong
	switch {
	case !s.members[c], s.isRefusedName(c):
	case c.isStrong():
		strong -= c.distinctValues()
	default:
		names--
	}
	return names, strong
}

// overlap returns how many of c's hashes other members have, too, and how many the other members
// have in all.
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
		case k == 1: // c is the only one that has it
			theirs--
		}
	}
	return shared, theirs
}

// affinity returns how well a candidate fits the other members of a parameter, as log-odds.
func (d *decider) affinity(c *candidate, stats *siblingStats) float64 {
	w := d.weights
	names, strong := stats.others(c)
	vouch := names
	if c.lacksWitness() { // web-1 and web-2 do not vouch for a word beside them
		vouch -= stats.numbered
	}
	a := min(3, w.Names*math.Log2(1+float64(vouch)))
	// Where names are known to occur, the parent is no longer evidence against them.
	a -= c.parentScore * min(1, float64(vouch)/8)
	if !c.isStrong() && names*10 <= strong { // nearly all members are identifiers, and c is not
		a += w.Shapes * min(1, float64(strong)/4)
	}
	if c.responses > 0 && c.echoShare == 0 {
		responses := len(stats.echoShares)
		if stats.members[c] {
			responses-- // c's own share is zero
		}
		sum := 0.0
		for _, e := range stats.echoShares {
			sum += e
		}
		if responses > 0 {
			a += w.EchoUnlike * sum / float64(responses) * min(1, float64(c.responses)/4)
		}
	}
	if names > 2 && 2*stats.typed >= stats.names && c.typed { // what the members are, too, is no evidence against c
		a -= w.VocabularyOnly
	}
	return a + d.responseAffinity(c, stats) + d.subtreeAffinity(c, stats) + d.methodAffinity(c, stats)
}

// responseAffinity counts against a word that no response holds if its responses are of another
// kind: they share hardly any top-level property with the members' responses. Similar responses
// prove nothing, since wrappers and errors are alike for unlike things.
func (d *decider) responseAffinity(c *candidate, stats *siblingStats) float64 {
	switch {
	case c.isStrong() || c.witness:
		return 0
	case c.isAnsweredUnlike(stats):
		return d.weights.ResponseUnlike
	case len(c.topProperties) == 0:
		return 0
	}
	shared, theirs := stats.overlap(c, c.topProperties, stats.topProperties)
	if theirs < 2 || 4*shared >= min(len(c.topProperties), theirs) {
		return 0
	}
	return d.weights.ResponseUnlike
}

// minAnswered is the least number of values that were answered with no list.
const minAnswered = 2

// isAnsweredUnlike reports whether a candidate was always answered with a list, and the members,
// two or more, never: products/featured beside products/desk-lamp. Envelopes are alike for both.
func (c *candidate) isAnsweredUnlike(stats *siblingStats) bool {
	return c.getBodies > 0 && c.listResponses >= c.getBodies && stats.answered >= minAnswered && stats.lists == 0
}

// isOfAnotherKind reports whether a word that ends the path was answered with another record than
// the one that all answered members, two or more, have: users/search beside users/ann. If it has
// some of that record, three are needed. An alias has the record of an item, and properties that
// only the owner sees: users/me.
func (c *candidate) isOfAnotherKind(stats *siblingStats) bool {
	if !c.lacksWitness() || !c.isLeaf || c.getBodies == 0 || stats.answered < minAnswered ||
		stats.lists > 0 {
		return false
	}
	hasOwn := false
	for h := range c.topProperties {
		hasOwn = hasOwn || stats.answeredProperties[h] == 0
	}
	switch shared := countCommon(c.topProperties, stats.record); {
	case len(stats.record) < 2:
		return false
	case hasOwn && (shared == 0 || aliasWords[c.decoded]):
		return true
	default:
		return stats.answered > minAnswered && 2*shared < len(stats.record)
	}
}

// subtreeAffinity compares the paths below a candidate with those below the members.
func (d *decider) subtreeAffinity(c *candidate, stats *siblingStats) float64 {
	w := d.weights
	shared, theirs := stats.overlap(c, c.suffixes, stats.suffixes)
	names, strong := stats.others(c)
	switch {
	case len(c.suffixes) == 0, theirs == 0 && names+strong < 3:
		return 0
	case theirs == 0:
		return w.SubtreeOnly
	case names+strong >= 3 && stats.areCommonNext(c): // what is below the next segments may be values again
		return w.SubtreeLike * min(2, float64(1+len(c.nextLabels))/2)
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

// areCommonNext reports whether every segment directly below a candidate, or every segment below
// these, is also below two other members, as the subresources of items are.
func (s *siblingStats) areCommonNext(c *candidate) bool {
	least := 2
	if s.members[c] {
		least++
	}
	return areCounted(c.nextLabels, s.nextLabels, least) || areCounted(c.secondLabels, s.secondLabels, least)
}

// areCounted reports whether every hash of a set that is not empty was counted often enough.
func areCounted(hashes hashSet, counts map[uint64]int, least int) bool {
	for h := range hashes {
		if counts[h] < least {
			return false
		}
	}
	return len(hashes) > 0
}

// methodAffinity compares the methods of a candidate with those of the members.
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
	if names, _ := stats.others(c); names > 3 && c.isLeaf && len(c.methods) == 1 && c.hasMethod("POST") && stats.methods["POST"]-self > 1 {
		a -= w.PostLeaf // items are posted to here
	}
	switch {
	case theirs == 0:
		a += w.MethodsNone
	case in == len(c.methods):
		a += w.MethodsLike
	case in == 0 && item && items: // one item was read, another one written
	case in == 0:
		a += w.MethodsUnlike
	}
	if (c.notFound && c.requests > 0 || c.refusedValue) && (failed || in == len(c.methods)) {
		a += w.NotFoundLike
	}
	return a
}
