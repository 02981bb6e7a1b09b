package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/openapi/report"
)

// findingFlags are the flags of commands whose results CI services read.
type findingFlags struct {
	format string
	json   bool
	failOn string
	grades []string // values of --fail-on; nil without that flag
}

// register adds the flags. The first of grades is the default of --fail-on.
func (f *findingFlags) register(cmd *cobra.Command, help string, grades ...string) {
	f.registerFormat(cmd)
	f.grades = grades
	cmd.Flags().StringVar(&f.failOn, "fail-on", grades[0], help)
}

// registerFormat adds the flags of a command whose exit status does not depend on findings.
func (f *findingFlags) registerFormat(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.format, "format", "text", "text, json, markdown, junit, sarif or github (annotations)")
	cmd.Flags().BoolVar(&f.json, "json", false, "short for --format json")
}

// check refuses values that do not exist.
func (f *findingFlags) check(cmd *cobra.Command) error {
	if f.json {
		if cmd.Flags().Changed("format") && f.format != "json" {
			return usagef(cmd, "--json and --format %s exclude each other", f.format)
		}
		f.format = "json"
	}
	if f.format != "text" && f.format != "json" && !slices.Contains(report.Formats, f.format) {
		return wrongReportFormat(cmd, f.format)
	}
	if f.grades != nil && !slices.Contains(f.grades, f.failOn) {
		return usagef(cmd, "--fail-on %q: must be %s", f.failOn, oneOf(f.grades))
	}
	return nil
}

// wrongReportFormat refuses a format of findings, and lists the others.
func wrongReportFormat(cmd *cobra.Command, format string) error {
	return usagef(cmd, "--format %q: must be %s", format, oneOf(append([]string{"text", "json"}, report.Formats...)))
}

// oneOf lists alternatives: a, b or c.
func oneOf(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// reportFile returns the name of a document in a report: relative to the working folder if it is
// there, because code hosts know files by their paths in a repository.
func reportFile(spec string) string {
	if spec == "-" {
		return "stdin"
	}
	if wd, err := os.Getwd(); err == nil && filepath.IsAbs(spec) {
		if rel, err := filepath.Rel(wd, spec); err == nil && filepath.IsLocal(rel) {
			spec = rel
		}
	}
	return filepath.ToSlash(filepath.Clean(spec))
}

// saySummary prints the summary of a report whose format has none, so that the log of a job says
// why it failed.
func (p *program) saySummary(summary, format string) error {
	if format == "markdown" {
		return nil
	}
	return p.say("%s", summary)
}

// writeReport writes findings about a document. Their positions are those in the document.
func (p *program) writeReport(r *report.Report, spec, format string) error {
	r.File, r.Version = reportFile(spec), version()
	if text, err := readFile(spec, maxInput); err == nil && spec != "-" {
		report.SetPositions(r.Findings, text)
	}
	return errors.Join(r.Write(p.reportOut(format), format), p.saySummary(r.Summary, format))
}
