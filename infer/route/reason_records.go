package route

const (
	// minOwnRecords is the least number of names with records of their own.
	minOwnRecords = 3
	// minParts is that number after a parameter, where things have parts.
	minParts = 2
)

// findOwnRecords returns the words of a level that were answered with a record each, of which any
// two share two thirds of their properties at most, and one word below: Chassis/7/Thermal answers
// "Id": "Thermal" and "Fans", and Chassis/7/Power answers "Id": "Power" and "PowerControl".
// That an answer names its word is then no evidence for a value: the items of a collection share
// one record.
func findOwnRecords(parent *level, all []*candidate) map[*candidate]bool {
	if len(all) > maxComparedSiblings {
		return nil
	}
	var words []*candidate
	for _, c := range all {
		switch {
		case c.isStrong() && len(c.topProperties) > 0:
			return nil
		case c.isWordLike() && len(c.topProperties) > 1 && c.getBodies > 0:
			words = append(words, c)
		}
	}
	out := map[*candidate]bool{}
	for _, c := range words {
		out[c] = true
		for _, o := range words {
			shared := countCommon(c.topProperties, o.topProperties)
			if o != c && (3*shared > 2*min(len(c.topProperties), len(o.topProperties)) ||
				countCommon(c.nextLabels, o.nextLabels) > 1) {
				delete(out, c)
				break
			}
		}
	}
	if 3*len(out) < 2*len(words) || len(out) < minOwnRecords && !(parent.isParameter() && len(out) >= minParts) {
		return nil
	}
	return out
}

// minSameRecord is the least number of names that were answered with one record.
const minSameRecord = 4

// findSameRecord returns the names below a plural noun that were answered with one record, as
// people/alice and people/bob are, if they are two thirds of the level's words or more.
func findSameRecord(parent *level, all []*candidate) map[*candidate]bool {
	if !parent.isBelowPlural() {
		return nil
	}
	words, out := 0, map[*candidate]bool{}
	for _, c := range all {
		if !c.isWordLike() {
			continue
		}
		words++
		same := 0
		for _, o := range all {
			n := len(o.topProperties)
			if o.isWordLike() && o.listResponses == 0 && n > 0 && n == len(c.topProperties) && countCommon(c.topProperties, o.topProperties) == n {
				same++
			}
		}
		if same >= minSameRecord && c.listResponses == 0 && !commonLiterals[c.decoded] {
			out[c] = true
		}
	}
	if 3*len(out) < 2*words {
		return nil
	}
	return out
}

// sameRecordTimes is how much less one record says for values than records of their own say for
// literals.
const sameRecordTimes = .4

// record finds a name that is answered with a record of its own, or with that of its siblings.
func (q *question) record() finding {
	if own := q.s.ownRecords(); own[q.c] {
		return counted(len(own))
	}
	same := q.s.sameRecord()
	return finding{times: -sameRecordTimes * float64(boolToInt(same[q.c])), count: int64(len(same)), witness: same[q.c],
		explanation: "names here have the same record"}
}
