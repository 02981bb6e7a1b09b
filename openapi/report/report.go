// Package report writes findings about an API in the forms that CI services read: Markdown, JUnit,
// SARIF and the commands of GitHub's workflows.
//
// Text of documents and of traffic leaves escaped, so that it cannot end a line, close an element
// or act on a terminal. Read report.go first, then the file of a format.
package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/spectap/spectap/internal/visible"
)

// Level is the severity of a finding. The names are those of SARIF.
type Level string

// The levels, gravest first.
const (
	Error   Level = "error"
	Warning Level = "warning"
	Note    Level = "note"
)

// Finding is one result.
type Finding struct {
	Rule    string // id of the rule
	Level   Level
	Message string
	// Operation is the method and path, such as "GET /users/{id}", or "" outside of operations.
	// Where is the place in it, or "".
	Operation, Where string
	// Schema is the component whose schema the finding is about, if it has no operation.
	Schema string
	// Pointer is the JSON pointer (RFC 6901) of the place, or "". Line and Column, from 1, are its
	// position in the file, 0 if it is not known.
	Pointer      string
	Line, Column int
	File         string // if it is not that of the report
}

// Rule describes a rule.
type Rule struct {
	ID, Summary, Advice string
	Level               Level
}

// Report is a list of findings about one file.
type Report struct {
	Title   string // such as "Breaking changes"
	Summary string // one line
	// File is the path of the document as code hosts know it: relative, with slashes.
	File     string
	Version  string // of this program
	Findings []Finding
	// RuleOf describes a rule by its id. Nil describes no rule.
	RuleOf func(id string) Rule
}

// formats are the writers by name.
var formats = map[string]func(*Report, io.Writer) error{
	"markdown": (*Report).writeMarkdown,
	"junit":    (*Report).writeJUnit,
	"sarif":    (*Report).writeSARIF,
	"github":   (*Report).writeGitHub,
}

// Formats are the names that Write knows.
var Formats = []string{"markdown", "junit", "sarif", "github"}

// Write writes the report in one of Formats. Findings are written in their order.
func (r *Report) Write(w io.Writer, format string) error {
	write, ok := formats[format]
	if !ok {
		return fmt.Errorf("format %q: must be %s", format, strings.Join(Formats, ", "))
	}
	return write(r, w)
}

// count returns the number of findings of a level.
func (r *Report) count(level Level) (n int) {
	for i := range r.Findings {
		if r.Findings[i].Level == level {
			n++
		}
	}
	return n
}

// place is the operation and the place in it.
func (f *Finding) place() string {
	if f.Operation != "" && f.Where != "" {
		return f.Operation + ", " + f.Where
	}
	return f.Operation + f.Where
}

// text is the finding in one line.
func (f *Finding) text() string {
	if at := f.place(); at != "" {
		return visible.Line(at + ": " + f.Message)
	}
	return visible.Line(f.Message)
}
