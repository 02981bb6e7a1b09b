package infer

import (
	"fmt"
	"io"
	"strings"
)

// WriteText writes the explanation as text. It returns the error of w, if any.
func (x *Explanation) WriteText(w io.Writer) error {
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
		fmt.Fprintf(&b, "  %-24s %s\n", f.Subject, f.Result)
		for _, r := range f.For {
			fmt.Fprintf(&b, "      %s %s\n", formatWeight(r.Weight, "+"), r.text())
		}
		for _, r := range f.Against {
			fmt.Fprintf(&b, "      %s %s\n", formatWeight(r.Weight, "-"), r.text())
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
