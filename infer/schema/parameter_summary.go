package schema

import (
	"fmt"
	"strings"
)

// maxSummaryValues is how many sample values a summary has.
const maxSummaryValues = 5

// Summary describes the values of the parameter in words: their number, the format that all of them
// have, and a few samples if all values may be shown.
func (l *ParameterFacts) Summary() string {
	n := &l.values.values
	if n.strings == nil {
		return "no values"
	}
	all := n.kinds[kindString] - n.strings.empty
	said := []string{fmt.Sprintf("%d values, about %.0f distinct", all, n.strings.values.distinct())}
	if all > 0 {
		for _, x := range []struct {
			shape format
			words string
		}{{fmtBoolean, "all true or false"}, {fmtInteger, "all whole numbers"}, {fmtNumber, "all numbers"}} {
			if n.strings.formatCount(x.shape) == all {
				said = append(said, x.words)
				break
			}
		}
		for i, name := range formatNames {
			if n.strings.formatCounts[i] == all {
				said = append(said, "all have the format "+name)
			}
		}
	}
	if n.strings.empty > 0 {
		said = append(said, fmt.Sprintf("%d empty", n.strings.empty))
	}
	if l.repeated > 0 {
		said = append(said, fmt.Sprintf("more than one in %d requests", l.repeated))
	}
	if l.commas > 0 {
		said = append(said, fmt.Sprintf("commas in %d", l.commas))
	}
	if texts := n.strings.allTexts(); len(texts) > 0 {
		more := ""
		if len(texts) > maxSummaryValues {
			texts, more = texts[:maxSummaryValues], ", …"
		}
		said = append(said, "such as "+strings.Join(texts, ", ")+more)
	}
	return strings.Join(said, "; ")
}
