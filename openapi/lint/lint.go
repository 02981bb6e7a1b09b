package lint

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/yamledit"
)

// Severity is the severity of a finding.
type Severity string

// The severities, gravest first.
const (
	Error   Severity = "error"   // the document is not valid, or a part of it cannot be used
	Warning Severity = "warning" // it confuses people or tools
	Note    Severity = "note"    // it could be better
)

var severities = []Severity{Error, Warning, Note}

// Rule is a rule that documents should follow.
type Rule struct {
	ID       string   `json:"id"`
	Severity Severity `json:"severity"`
	Summary  string   `json:"summary"`
	// Advice is how to follow the rule.
	Advice string `json:"advice"`
}

// Finding is a place where a document breaks a rule.
type Finding struct {
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	Message  string   `json:"message"`
	Advice   string   `json:"advice,omitempty"`
	// Pointer is the JSON pointer (RFC 6901) of the place. Line and Column, from 1, are its
	// position in the text.
	Pointer string `json:"pointer"`
	// File is the file of the place, if the document has several; Pointer is then that in all of
	// them joined.
	File   string `json:"file,omitempty"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	// Method, Path, Operation (its operationId) and Parameter name the operation and parameter of
	// the place, if any.
	Method    string `json:"method,omitempty"`
	Path      string `json:"path,omitempty"`
	Operation string `json:"operation,omitempty"`
	Parameter string `json:"parameter,omitempty"`
}

// Config configures [Check]. The zero value applies all rules.
type Config struct {
	// ErrorsOnly applies only the rules of severity error, and that of examples.
	ErrorsOnly bool
	// Strict makes examples that do not fit their schemas errors; they are warnings else.
	Strict bool
	// Ignore lists the IDs of rules that are not applied.
	Ignore []string
	// Budget bounds the documents that are read. The zero value has no bounds.
	Budget Budget
}

// Report is the result of [Check], findings in the order of the text.
type Report struct {
	Version    string    `json:"version"` // of OpenAPI
	Operations int       `json:"operations"`
	Findings   []Finding `json:"findings"`
}

// Count returns the number of findings of a severity.
func (r *Report) Count(s Severity) int {
	n := 0
	for _, f := range r.Findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// Locate sets the files and positions of the findings in a document that was joined of several.
func (r *Report) Locate(position func(pointer string) (file string, line, column int)) {
	for i := range r.Findings {
		f := &r.Findings[i]
		f.File, f.Line, f.Column = position(f.Pointer)
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// Unfollowed adds a finding for a reference to a file that was not read, with its place.
func (r *Report) Unfollowed(at Finding, why string) {
	rule, _ := ruleOf("reference-unresolved")
	at.Rule, at.Severity, at.Advice, at.Message = rule.ID, rule.Severity, rule.Advice, rule.Summary+": "+why
	r.Findings = append(r.Findings, at)
}

// maxExampleSteps bounds the work on examples and defaults: about 20 seconds.
const maxExampleSteps = 200_000_000

// Check applies the rules to a document, JSON or YAML of 2.0 to 3.2. An error, of one line,
// means that the document cannot be read and no finding says why, that it exceeds c.Budget
// ([ErrTooMuch]), or that an ID in c.Ignore is unknown. When ctx ends, so does Check, with its
// error. Equal texts give equal reports.
func Check(ctx context.Context, data []byte, c Config) (*Report, error) {
	for _, id := range c.Ignore {
		if _, ok := ruleOf(id); !ok {
			return nil, fmt.Errorf("ignore rule %q: there is no such rule", id)
		}
	}
	if err := c.Budget.admits(data); err != nil {
		return nil, err
	}
	source, err := openapi.ParseTreeContext(ctx, data)
	if err != nil {
		return nil, err
	}
	openapi.Unfold(source.Root) // as the document is read
	w := &walker{ctx: ctx, source: source, config: c,
		meter: jsonschema.NewMeter(maxExampleSteps), report: &Report{Findings: []Finding{}}}
	if w.doc, err = openapi.LoadWritten(ctx, data); !errors.Is(err, openapi.ErrTooMuch) {
		w.structure(data)
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err == nil:
		w.report.Version = w.doc.OpenAPI
		if strings.HasPrefix(yamledit.Text(yamledit.Get(source.Root, "swagger")), "2.") {
			w.report.Version, w.converted = "2.0", true
		}
		w.validate()
		w.document()
	case w.report.Count(Error) > 0: // they are the reason
		w.report.Version, _ = openapi.VersionOf(data)
	default:
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r := w.report
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Pointer, b.Pointer),
			slices.Index(severities, a.Severity)-slices.Index(severities, b.Severity),
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
	})
	r.Findings = slices.Compact(r.Findings)
	return r, nil
}

// Explain returns why a document cannot be loaded, given the error of that: the place and message
// of the first finding that is a cause, or else the error. position is as in [Report.Locate], nil
// for a document in one text.
func Explain(ctx context.Context, data []byte, position func(string) (string, int, int), err error) error {
	if err == nil || ctx.Err() != nil || errors.Is(err, openapi.ErrTooMuch) {
		return err
	}
	r, unread := Check(ctx, data, Config{ErrorsOnly: true})
	if unread != nil {
		return err
	}
	if position != nil {
		r.Locate(position)
	}
	isCause := func(f Finding) bool {
		return f.Severity == Error && slices.Contains([]string{"value-type", "reference-unresolved", "unresolved-ref"}, f.Rule)
	}
	i := slices.IndexFunc(r.Findings, isCause)
	if i < 0 {
		return err
	}
	f := r.Findings[i]
	where, file := "", ""
	if f.Path != "" {
		where = strings.TrimSpace(f.Method+" "+f.Path) + ": "
	}
	if f.File != "" {
		file = f.File + ": "
	}
	return fmt.Errorf("%sline %d, column %d: %s%s", file, f.Line, f.Column, where, f.Message)
}
