package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"
)

// Escapes of GitHub's workflow commands
// (https://docs.github.com/actions/reference/workflow-commands-for-github-actions).
var (
	dataEscapes     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// writeGitHub writes commands that annotate the document in a pull request. GitHub shows ten of
// each level for a step.
func (r *Report) writeGitHub(w io.Writer) error {
	var b strings.Builder
	for i := range r.Findings {
		f := &r.Findings[i]
		level := f.Level
		if level == Note {
			level = "notice"
		}
		fmt.Fprintf(&b, "::%s file=%s", level, propertyEscapes.Replace(cmp.Or(f.File, r.File)))
		if f.Line > 0 {
			fmt.Fprintf(&b, ",line=%d", f.Line)
		}
		if f.Column > 0 {
			fmt.Fprintf(&b, ",col=%d", f.Column)
		}
		fmt.Fprintf(&b, ",title=%s::%s\n", propertyEscapes.Replace(f.Rule), dataEscapes.Replace(f.text()))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
