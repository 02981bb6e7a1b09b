package route

import (
	"maps"

	"github.com/spectap/spectap/infer/sketch"
)

// isMarkedWord reports whether a segment is a word behind an underscore or a dollar sign, such as
// _search and $validate. An API marks its words so where the names of its users could stand.
func isMarkedWord(s string) bool {
	if len(s) < 3 || s[0] != '_' && s[0] != '$' {
		return false
	}
	for i := 1; i < len(s); i++ {
		if !isLetter(s[i]) && (s[i] != '_' && s[i] != '-' || i == 1) {
			return false
		}
	}
	return true
}

// weighMarked adds the evidence from marked words.
func (d *decider) weighMarked(c *candidate, s *siblings) {
	switch {
	case !c.ownNode || c.isStrong():
	case isMarkedWord(c.decoded) && !s.beforeMarked[c]:
		c.addEvidence("begins with an underscore or a dollar sign, as words beside names do", d.weights.Marked, 1)
	case c.hasNext("-") && d.areSeparated(c, s):
		c.addEvidence("a dash separates it from words of the API", d.weights.BeforeMarked, 1)
		c.witness = true
	case s.beforeMarked[c]:
		c.addEvidence("only words behind an underscore follow it, as its siblings", d.weights.BeforeMarked, int64(len(s.beforeMarked)))
		c.witness = true
	}
}

// areSeparated reports whether a lone dash behind a candidate separates it from words of the API.
// It does so behind two names, one that is no English word, or one that stands alone. Elsewhere it
// stands for a name that a client does not know: t/-/17 beside t/hello-world/17.
func (d *decider) areSeparated(c *candidate, s *siblings) bool {
	n := 0
	for _, o := range s.all {
		n += boolToInt(o.hasNext("-"))
	}
	return n > 1 || len(s.all) == 1 || d.isUnknownWord(c) || !c.isWordLike()
}

// hasNext reports whether a segment directly follows a candidate.
func (c *candidate) hasNext(label string) bool {
	_, ok := c.nextLabels[sketch.Hash(label)]
	return ok
}

// findBeforeMarked returns the names that marked words show to be values.
func findBeforeMarked(parent *level, all []*candidate) map[*candidate]bool {
	out := findBeforeSameMarked(all)
	alone := findBeforeMarksAlone(parent, all)
	if len(out) == 0 {
		return alone
	}
	maps.Copy(out, alone)
	return out
}

// findBeforeSameMarked returns the names of which two have the same two words behind them, the
// first of which is marked: acme/_apis/projects and globex/_apis/projects. The API marks its first
// word behind names.
func findBeforeSameMarked(all []*candidate) map[*candidate]bool {
	var by map[string][]*candidate
	for _, c := range all {
		if !c.ownNode || c.isStrong() || isMarkedWord(c.decoded) {
			continue
		}
		for _, n := range c.nodes {
			for mark, k := range n.children {
				if !isMarkedWord(mark) {
					continue
				}
				for label := range k.children {
					if label != "" && label[0] != sharedMark {
						if by == nil {
							by = map[string][]*candidate{}
						}
						by[mark+"/"+label] = append(by[mark+"/"+label], c)
					}
				}
			}
		}
	}
	out := map[*candidate]bool{}
	for _, names := range by {
		for _, c := range names {
			if c != names[0] { // two names at least
				out[c], out[names[0]] = true, true
			}
		}
	}
	return out
}

// findBeforeMarksAlone returns the candidates that are followed by marked words only, in three
// cases. Identifiers follow these after two candidates or more: products/_doc/7 and orders/_doc/9.
// What else would the collection be called that the identifiers belong to? Two marked words or more
// stand beside the candidates (_all_dbs), which identifiers may then follow, too. Or a marked word
// stands above them: _design/app/_view. These may be marked themselves: _db/_system/_api.
func findBeforeMarksAlone(parent *level, all []*candidate) map[*candidate]bool {
	out, withIDs, marks := map[*candidate]bool{}, 0, 0
	for _, c := range all {
		if isMarkedWord(c.decoded) {
			marks++
		}
	}
	for _, c := range all {
		if !c.ownNode || c.isStrong() || len(c.nextLabels) == 0 || isMarkedWord(c.decoded) && !isMarkedWord(parent.literal) {
			continue
		}
		marked, ids := 0, false
		for _, n := range c.nodes {
			for label, k := range n.children {
				if isMarkedWord(label) {
					marked++
					ids = ids || k.hasMostlyIDsBelow()
				} else if marks < 2 || label != "" && label[0] != sharedMark {
					marked = -maxChildren
				}
			}
		}
		if marked > 0 {
			out[c] = true
			withIDs += boolToInt(ids)
		}
	}
	if withIDs < 2 && marks < 2 && !isMarkedWord(parent.literal) {
		return nil
	}
	return out
}
