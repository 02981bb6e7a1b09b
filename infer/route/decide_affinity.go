package route

import (
	"math"
	"slices"
)

// siblingStats counts the facts of a parameter's members, so that affinity compares a candidate
// with all others at once.
type siblingStats struct {
	members  map[*candidate]bool
	served   bool // requests with members of a strong shape were accepted
	names    int  // members without a strong shape
	strong   int  // distinct values of a strong shape
	answered int  // members, certain to be values, that were answered with a body
	lists    int  // of these: with a list

	answeredProperties map[uint64]int // number of answered members with a top-level property
	record             hashSet        // top-level properties that all answered members have

	// Number of members that have a hash; see candidate.
	suffixes, maskedSuffixes, nextDepths, secondDepths, nextLabels map[uint64]int

	// Number of members, certain to be values, that have a method, and of names among them that a
	// reason counts against, by its index.
	methods map[string]int
	against []int
}

// newSiblingStats counts the facts of the candidates that are members.
func newSiblingStats(all []*candidate, members map[*candidate]bool) *siblingStats {
	stats := &siblingStats{members: members, suffixes: map[uint64]int{}, maskedSuffixes: map[uint64]int{},
		nextDepths: map[uint64]int{}, secondDepths: map[uint64]int{}, nextLabels: map[uint64]int{},
		answeredProperties: map[uint64]int{}, record: hashSet{}, methods: map[string]int{}, against: make([]int, len(reasons))}
	for _, c := range all {
		stats.served = stats.served || members[c] && c.isStrong() && !c.refused
	}
	for _, c := range all {
		if members[c] && !c.isKeyed() {
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
		for i, w := range c.weights {
			s.against[i] += boolToInt(w < 0) * s.certain(c)
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
	for _, x := range c.methods {
		s.methods[x.method] += s.certain(c)
	}
}

// countHashes counts each hash of a set once.
func countHashes(m map[uint64]int, hashes hashSet) {
	for h := range hashes {
		m[h]++
	}
}

// distinctValues estimates the number of distinct segments of a candidate.
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

// isRefusedName reports whether everything at and below a name next to identifiers was refused.
// Names that tests send to see them refused are no evidence about their siblings.
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
	self := boolToInt(s.members[c])
	theirs = len(counts)
	for h := range mine {
		switch k := counts[h]; {
		case k > self:
			shared++
		case k == 1: // only c has it
			theirs--
		}
	}
	return shared, theirs
}

// common returns the share of a reason against a value that says nothing here: methods and the
// segments above that count against the names known to be values as well are no evidence.
func (s *siblingStats) common(c *candidate, i int) float64 {
	if about := reasons[i].about; c.weights[i] >= 0 || c.isStrong() || about != aboutAbove && about != aboutAnswers {
		return 0
	}
	names, _ := s.others(c)
	return float64(max(0, s.against[i]-s.certain(c))) / float64(max(8, names))
}

// certain returns 1 for a member with a shape or a witness that shows it to be a value, else 0.
func (s *siblingStats) certain(c *candidate) int { return boolToInt(s.members[c] && !c.lacksWitness()) }

// affinity returns how well a candidate fits the other members of a parameter, as log-odds.
func (d *decider) affinity(c *candidate, stats *siblingStats) float64 {
	a := 0.0
	for i := range reasons {
		a -= c.weights[i] * stats.common(c, i)
		if r := &reasons[i]; r.joins != nil {
			a += d.weights[i] * r.joins(c, stats)
		}
	}
	return a
}

// maxNamesTimes bounds what many names say.
const maxNamesTimes = 6

// amongValues compares a candidate with the names among the members.
func amongValues(c *candidate, stats *siblingStats) float64 {
	names, _ := stats.others(c)
	return min(maxNamesTimes, math.Log2(1+float64(names)))
}

// minAnswered is the least number of values that were answered with no list.
const minAnswered = 2

// isOfAnotherKind reports whether a word that ends the path was answered with another kind of
// object than the members, two or more: always with a list where no member was (products/featured
// next to products/desk-lamp), or with another record than the one that all of them have
// (users/search next to users/ann). If it has some of that record, three members are needed. The
// word me has the record of an item, and properties that only its owner sees.
func (c *candidate) isOfAnotherKind(stats *siblingStats) bool {
	if !c.lacksWitness() || !c.isLeaf || c.getBodies == 0 || stats.answered < minAnswered || stats.lists > 0 {
		return false
	}
	own := 0
	for h := range c.topProperties {
		own += boolToInt(stats.answeredProperties[h] == 0)
	}
	shared := countCommon(c.topProperties, stats.record)
	switch {
	case c.listResponses >= c.getBodies:
		return true
	case len(stats.record) < 2:
		return false
	case own > 0 && (shared == 0 || c.decoded == "me"):
		return true
	}
	return 2*shared < len(stats.record) && stats.answered > minAnswered
}

// isUsedAlike reports whether all that follows a word follows the members, too.
func (c *candidate) isUsedAlike(stats *siblingStats) bool {
	shared, _ := stats.overlap(c, c.suffixes, stats.suffixes)
	return shared > 0 && shared == len(c.suffixes) && !commonLiterals[c.decoded]
}

// maxAlike bounds what many words say that follow both a candidate and members.
const maxAlike = 3

// usedAlike compares the methods of a candidate and the paths below it with those of the members.
func usedAlike(c *candidate, stats *siblingStats) float64 {
	shared, theirs := stats.overlap(c, c.suffixes, stats.suffixes)
	switch {
	case c.isRequestedOtherwise(stats):
		return -1
	case len(c.suffixes) == 0, theirs == 0:
		return 0
	case 2*shared >= min(len(c.suffixes), theirs):
		if n, _ := stats.overlap(c, c.nextLabels, stats.nextLabels); n > 1 && !commonLiterals[c.decoded] {
			return min(maxAlike, 1+math.Log2(float64(n)))
		}
		return 1
	}
	if n, k := stats.overlap(c, c.maskedSuffixes, stats.maskedSuffixes); n > 0 && 2*n >= min(len(c.maskedSuffixes), k) {
		return 1
	}
	for _, x := range []struct {
		mine   hashSet
		counts map[uint64]int
	}{{c.nextDepths, stats.nextDepths}, {c.secondDepths, stats.secondDepths}, {c.nextLabels, stats.nextLabels}} {
		if n, _ := stats.overlap(c, x.mine, x.counts); n > 0 && 2*n >= len(x.mine) {
			return 1
		}
	}
	return 0
}

// isRequestedOtherwise reports whether the end of a path has no method in common with the members,
// four or more.
func (c *candidate) isRequestedOtherwise(stats *siblingStats) bool {
	if !c.isLeaf || c.isStrong() {
		return false
	}
	names, strong := stats.others(c)
	return names+strong >= minRequested &&
		!slices.ContainsFunc(c.methods, func(m methodCount) bool { return stats.methods[m.method] > stats.certain(c) })
}

// minRequested is the least number of values whose methods say what a value is requested with.
const minRequested = 4

// refusedAlike finds a candidate that was always refused, and was requested as the members are.
func refusedAlike(c *candidate, stats *siblingStats) float64 {
	if len(c.methods) == 0 || !c.refusedValue && (!c.notFound || c.requests == 0) {
		return 0
	}
	in, failed := 0, true
	for _, x := range c.methods {
		in += boolToInt(stats.methods[x.method] > stats.certain(c))
		failed = failed && x.served == 0
	}
	return float64(boolToInt(failed || in == len(c.methods)))
}
