package report

import (
	"cmp"
	"encoding/json"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spectap/spectap/internal/visible"
)

// The objects of SARIF 2.1.0 that a report needs (sections 3.18 to 3.33).
type (
	sarifText struct {
		Text string `json:"text"`
	}
	sarifRule struct {
		ID      string     `json:"id"`
		Short   *sarifText `json:"shortDescription,omitempty"`
		Help    *sarifText `json:"help,omitempty"`
		Default struct {
			Level Level `json:"level"`
		} `json:"defaultConfiguration"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
	}
	sarifLocation struct {
		Physical struct {
			Artifact struct {
				URI string `json:"uri"`
			} `json:"artifactLocation"`
			Region sarifRegion `json:"region"`
		} `json:"physicalLocation"`
		Logical []map[string]string `json:"logicalLocations"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     Level           `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
)

// writeSARIF writes SARIF 2.1.0, which code hosts and editors read.
func (r *Report) writeSARIF(w io.Writer) error {
	rules := []sarifRule{}
	results := []sarifResult{}
	for i := range r.Findings {
		f := &r.Findings[i]
		n := slices.IndexFunc(rules, func(x sarifRule) bool { return x.ID == f.Rule })
		if n < 0 {
			n, rules = len(rules), append(rules, r.sarifRule(f))
		}
		name, message := f.Pointer, f.Message
		if name == "" { // without a pointer, only the text says where
			name, message = f.place(), f.text()
		}
		l := sarifLocation{Logical: []map[string]string{{"fullyQualifiedName": name}}}
		l.Physical.Artifact.URI = fileURI(cmp.Or(f.File, r.File))
		l.Physical.Region = sarifRegion{max(f.Line, 1), max(f.Column, 1)}
		results = append(results, sarifResult{f.Rule, n, f.Level, sarifText{message}, []sarifLocation{l}})
	}
	e := json.NewEncoder(visible.NewJSONWriter(w))
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(map[string]any{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json",
		"version": "2.1.0",
		"runs": []any{map[string]any{
			"tool":       map[string]any{"driver": map[string]any{"name": "spectap", "version": r.Version, "rules": rules}},
			"columnKind": "unicodeCodePoints",
			"results":    results,
		}},
	})
}

// fileURI returns the URI of a file, relative if its path is.
func fileURI(file string) string {
	u := url.URL{Path: file}
	if filepath.IsAbs(file) {
		u.Scheme, u.Path = "file", "/"+strings.TrimPrefix(file, "/")
	}
	return u.String()
}

func (r *Report) sarifRule(f *Finding) sarifRule {
	out := sarifRule{ID: f.Rule}
	out.Default.Level = f.Level
	if r.RuleOf == nil {
		return out
	}
	rule := r.RuleOf(f.Rule)
	out.Short, out.Help, out.Default.Level = &sarifText{rule.Summary}, &sarifText{rule.Advice}, rule.Level
	return out
}
