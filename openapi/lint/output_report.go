package lint

import (
	"io"
	"path/filepath"

	"github.com/spectap/spectap/openapi/report"
)

// WriteReport writes the report in one of the formats of package report, which CI services read.
// file is the path of the document as they know it, relative and with slashes. version is that of
// this program.
func (r *Report) WriteReport(w io.Writer, format, file, version string) error {
	out := report.Report{Title: "Findings in " + file, Summary: r.Summary(), File: file, Version: version, RuleOf: describe}
	for i := range r.Findings {
		f := &r.Findings[i]
		x := report.Finding{
			Rule: f.Rule, Level: report.Level(f.Severity), Message: f.Message, Where: f.Parameter,
			Pointer: f.Pointer, Line: f.Line, Column: f.Column, File: filepath.ToSlash(f.File),
		}
		if f.Method != "" || f.Path != "" {
			x.Operation = f.Method + " " + f.Path
		}
		out.Findings = append(out.Findings, x)
	}
	return out.Write(w, format)
}

func describe(id string) report.Rule {
	r, _ := ruleOf(id)
	return report.Rule{ID: r.ID, Summary: r.Summary, Advice: r.Advice, Level: report.Level(r.Severity)}
}
