package infer

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// maxShort is how many reasons a decision has in short, and slight the weight, in log-odds, below
// which a reason is left out of it. e^0.5 is 1.6 to 1.
const (
	maxShort = 3
	slight   = 0.5
)

// Short is a decision in short.
type Short struct {
	// Certainty is between 0.5 and 1 if the decision was weighed, else 0. It grows with the
	// weights, and is no measured share of right decisions.
	Certainty float64
	Reasons   []string // the strongest ones, at most three
	But       string   // the strongest one against, "" if it is slight
}

// Short returns the decision with its strongest reasons.
func (f *Finding) Short() (s Short) {
	score, weighed := 0.0, false
	for _, e := range f.For {
		score, weighed = score+math.Abs(e.Weight), weighed || e.Weight != 0
	}
	for _, e := range f.Against {
		score, weighed = score-math.Abs(e.Weight), weighed || e.Weight != 0
	}
	if weighed {
		s.Certainty = max(0.5, 1/(1+math.Exp(-score)))
	}
	for _, e := range strongest(f.For, weighed) {
		s.Reasons = append(s.Reasons, e.Text)
	}
	if against := strongest(f.Against, weighed); len(against) > 0 {
		s.But = against[0].Text
	}
	return s
}

// Because returns the reasons in one sentence, or "" if there are none.
func (s Short) Because() string {
	text := strings.Join(s.Reasons, "; ")
	if s.But != "" {
		text = strings.TrimPrefix(text+"; but "+s.But, "; ")
	}
	return text
}

// strongest returns the strongest pieces of evidence, without slight ones if some are weighed.
func strongest(all []Evidence, weighed bool) []Evidence {
	var out []Evidence
	for _, e := range all {
		if !weighed || e.Weight == 0 || math.Abs(e.Weight) >= slight {
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b Evidence) int {
		return cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight))
	})
	return out[:min(len(out), maxShort)]
}

// writeShort writes a decision in two lines at most.
func (f *Finding) writeShort(b *strings.Builder) {
	s := f.Short()
	fmt.Fprintf(b, "  %-24s %s\n", f.Subject, f.Result)
	bar := ""
	if s.Certainty > 0 {
		const cells = 10
		n := int(math.Round((s.Certainty - 0.5) * 2 * cells))
		bar = strings.Repeat("▮", n) + strings.Repeat("▯", cells-n) + "  "
	}
	if text := bar + s.Because(); text != "" {
		fmt.Fprintf(b, "      %s\n", strings.TrimRight(text, " "))
	}
}

// writeWhole writes a decision with all its evidence and the weights.
func (f *Finding) writeWhole(b *strings.Builder) {
	fmt.Fprintf(b, "  %-24s %s\n", f.Subject, f.Result)
	for _, r := range f.For {
		fmt.Fprintf(b, "      %s %s\n", formatWeight(r.Weight, "+"), r.text())
	}
	for _, r := range f.Against {
		fmt.Fprintf(b, "      %s %s\n", formatWeight(r.Weight, "-"), r.text())
	}
}

// WriteText writes the explanation as text: each decision with its strongest reasons, or if full
// with all evidence and its weights. It returns the error of w, if any.
func (x *Explanation) WriteText(w io.Writer, full bool) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", x.Method, x.Path)
	if x.ID != "" {
		fmt.Fprintf(&b, "  %s, %d flow%s", x.ID, x.Seen, pluralEnd(x.Seen))
		if x.Batched > 0 {
			fmt.Fprintf(&b, ", %d call%s in batches", x.Batched, pluralEnd(x.Batched))
		}
		b.WriteByte('\n')
	}
	if x.Excluded != "" {
		fmt.Fprintf(&b, "  not in the document: %s\n", ReasonText(x.Excluded))
	}
	about := ""
	for _, f := range x.Findings {
		if f.About != about {
			about = f.About
			fmt.Fprintf(&b, "\n%s\n", about)
		}
		if full {
			f.writeWhole(&b)
		} else {
			f.writeShort(&b)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// formatWeight returns a weight, or the sign of evidence without one, in five columns.
func formatWeight(weight float64, sign string) string {
	if weight == 0 {
		return "   " + sign + " "
	}
	return fmt.Sprintf("%+5.1f", weight)
}

func (e Evidence) text() string {
	if e.Weight != 0 && e.Count > 1 {
		return fmt.Sprintf("%s (%d)", e.Text, e.Count)
	}
	return e.Text
}

// pluralEnd returns the end of a noun after a number.
func pluralEnd(n int64) string {
	if n == 1 {
		return ""
	}
	return "s"
}

// times returns how often something happened in words.
func times(n int64) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
