package route

const (
	// minOwnRecords is the least number of names with records of their own.
	minOwnRecords = 3
	// minParts is that number after a parameter, where things have parts.
	minParts = 2
)

// findOwnRecords returns the words of a level that were answered with a record each, of which any
// two have properties that the other lacks: Chassis/7/Thermal answers "Id": "Thermal" and "Fans",
// and Chassis/7/Power answers "Id": "Power" and "PowerControl". That an answer names its word is
// then no evidence for a value: the items of a collection share one record.
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
			if o != c && (shared == len(c.topProperties) || shared == len(o.topProperties)) {
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

// ownRecord finds a name that is answered with a record of its own, as its siblings are.
func (q *question) ownRecord() finding {
	r := q.s.ownRecords()
	return finding{times: float64(boolToInt(r[q.c])), count: int64(len(r))}
}
