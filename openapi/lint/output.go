package lint

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// WriteText writes a line for each finding, "file:line:column: severity: message [rule]", as compilers do.
func (r *Report) WriteText(w io.Writer, file string) error {
	for _, f := range r.Findings {
		where := strings.TrimSpace(f.Method + " " + f.Path)
		if where != "" {
			where += ": "
		}
		if _, err := fmt.Fprintf(w, "%s:%d:%d: %s: %s%s [%s]\n", file, f.Line, f.Column, f.Severity, where, f.Message, f.Rule); err != nil {
			return err
		}
	}
	return nil
}

// Summary says in a line how many findings there are.
func (r *Report) Summary() string {
	return fmt.Sprintf("OpenAPI %s, %s: %s, %s, %s", r.Version, plural(r.Operations, "operation"),
		plural(r.Count(Error), "error"), plural(r.Count(Warning), "warning"), plural(r.Count(Note), "note"))
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// WriteJSON writes the report as one JSON object.
func (r *Report) WriteJSON(w io.Writer) error { return writeJSON(w, r) }

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// WriteSARIF writes the report as SARIF 2.1.0, which code hosts and editors read. file is the document's path as they
// know it, relative and with slashes; version is this program's.
func (r *Report) WriteSARIF(w io.Writer, file, version string) error {
	type text struct {
		Text string `json:"text"`
	}
	type region struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
	}
	type rule struct {
		ID      string `json:"id"`
		Short   text   `json:"shortDescription"`
		Help    text   `json:"help"`
		Default struct {
			Level string `json:"level"`
		} `json:"defaultConfiguration"`
	}
	type location struct {
		Physical struct {
			Artifact struct {
				URI string `json:"uri"`
			} `json:"artifactLocation"`
			Region region `json:"region"`
		} `json:"physicalLocation"`
		Logical []map[string]string `json:"logicalLocations"`
	}
	type result struct {
		RuleID    string     `json:"ruleId"`
		RuleIndex int        `json:"ruleIndex"`
		Level     string     `json:"level"`
		Message   text       `json:"message"`
		Locations []location `json:"locations"`
	}
	rules := []rule{}
	results := []result{}
	for _, f := range r.Findings {
		i := slices.IndexFunc(rules, func(x rule) bool { return x.ID == f.Rule })
		if i < 0 {
			known, _ := ruleOf(f.Rule)
			x := rule{ID: known.ID, Short: text{known.Summary}, Help: text{known.Advice}}
			x.Default.Level = string(known.Severity)
			i, rules = len(rules), append(rules, x)
		}
		l := location{Logical: []map[string]string{{"fullyQualifiedName": f.Pointer}}}
		l.Physical.Artifact.URI = file
		l.Physical.Region = region{max(f.Line, 1), max(f.Column, 1)}
		results = append(results, result{f.Rule, i, string(f.Severity), text{f.Message}, []location{l}})
	}
	return writeJSON(w, map[string]any{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json",
		"version": "2.1.0",
		"runs": []any{map[string]any{
			"tool":       map[string]any{"driver": map[string]any{"name": "spectap", "version": version, "rules": rules}},
			"columnKind": "unicodeCodePoints",
			"results":    results,
		}},
	})
}
