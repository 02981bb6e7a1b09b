package route

import "math"

// Certainty returns the probability, by the log-odds of the evidence, that the least certain
// segment of the template is what the template says: a literal or a parameter. Segments that were
// not weighed count as certain.
func (t *Template) Certainty() float64 {
	least := 1.0
	for _, s := range t.Segments {
		odds, weighed := 0.0, false // log-odds of a parameter
		add := func(evidence []Evidence) {
			for _, e := range evidence {
				odds += e.Weight
				weighed = weighed || e.Weight != 0
			}
		}
		add(s.Evidence)
		isParam := false
		for _, c := range s.Chunks {
			if c.Param != nil {
				isParam = true
				add(c.Param.Evidence)
			}
		}
		if !weighed {
			continue
		}
		if !isParam {
			odds = -odds
		}
		least = min(least, 1/(1+math.Exp(-odds)))
	}
	return least
}
