package flagset

import (
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/openapi/report"
)

// FindingFlags are the flags of commands whose results CI services read.
type FindingFlags struct {
	Format string
	FailOn string
	grades []string // values of --fail-on; nil without that flag
}

// Register adds the flags. The first of grades is the default of --fail-on.
func (f *FindingFlags) Register(cmd *cobra.Command, help string, grades ...string) {
	f.RegisterFormat(cmd)
	f.grades = grades
	cmd.Flags().StringVar(&f.FailOn, "fail-on", grades[0], help)
}

// RegisterFormat adds the flags of a command whose exit status does not depend on findings.
func (f *FindingFlags) RegisterFormat(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.Format, "format", "text", "text, json, markdown, junit, sarif or github (annotations)")
	cli.JSONShort(cmd, &f.Format)
}

// Check returns an error for an unknown value.
func (f *FindingFlags) Check(cmd *cobra.Command) error {
	if f.Format != "text" && f.Format != "json" && !slices.Contains(report.Formats, f.Format) {
		return cli.Usagef(cmd, "--format %q: must be %s", f.Format, cli.OneOf(append([]string{"text", "json"}, report.Formats...)))
	}
	if f.grades != nil && !slices.Contains(f.grades, f.FailOn) {
		return cli.Usagef(cmd, "--fail-on %q: must be %s", f.FailOn, cli.OneOf(f.grades))
	}
	return nil
}

// ReportFile returns the name of a document in a report. It is relative to the working folder if
// the document is below it, because code hosts identify files by their paths in a repository.
func ReportFile(spec string) string {
	if spec == "-" {
		return "stdin"
	}
	if cli.IsURL(spec) {
		return egress.WithoutUser(spec)
	}
	if _, file, ok := cli.Revision(spec); ok {
		spec = file
	}
	if wd, err := os.Getwd(); err == nil && filepath.IsAbs(spec) {
		if rel, err := filepath.Rel(wd, spec); err == nil && filepath.IsLocal(rel) {
			spec = rel
		}
	}
	return filepath.ToSlash(filepath.Clean(spec))
}

// SaySummary prints the summary of a report if its format has none, so that the log of a job shows
// why it failed.
func SaySummary(p *cli.Program, summary, format string) error {
	if format == "markdown" {
		return nil
	}
	return p.Say("%s", summary)
}

// WriteReport writes findings about a document, with their positions in it.
func WriteReport(p *cli.Program, r *report.Report, spec, format string) error {
	r.File, r.Version = ReportFile(spec), cli.Version()
	if text, err := cli.ReadFile(spec, cli.MaxInput); err == nil && spec != "-" {
		report.SetPositions(r.Findings, text)
	}
	return errors.Join(r.Write(p.ReportOut(format), format), SaySummary(p, r.Summary, format))
}
