package route

import "maps"

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

// isUnderscored reports whether a segment is a word behind an underscore. OData puts words behind a
// dollar sign after its own nouns, too: Books/$count.
func isUnderscored(s string) bool { return isMarkedWord(s) && s[0] == '_' }

// beforeMarked finds a name before words behind an underscore.
func (q *question) beforeMarked() finding {
	if m := q.s.beforeMarked(); m[q.c] {
		return counted(len(m))
	}
	return finding{}
}

// marked finds a marked word that is not a name. A dollar sign may also stand before a word with
// digits.
func (q *question) marked() finding {
	c, isWeak := q.c, !q.c.isStrong()
	isMarked := isWeak && isMarkedWord(c.decoded) && !q.s.beforeMarked()[c]
	return found(isMarked || c.prefix == "$" && !q.isAfterSign())
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
				if !isUnderscored(mark) {
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
// cases. Identifiers follow these after two candidates or more: products/_doc/7 and orders/_doc/9
// (the collection of the identifiers must have a name, which only the candidates can be). Two
// marked words or more are siblings of the candidates (_all_dbs), which identifiers may then
// follow, too. Or a marked word is above them: _design/app/_view. These may be marked themselves:
// _db/_system/_api.
func findBeforeMarksAlone(parent *level, all []*candidate) map[*candidate]bool {
	out, withIDs, marks := map[*candidate]bool{}, 0, 0
	for _, c := range all {
		if isUnderscored(c.decoded) {
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
				if isUnderscored(label) {
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
