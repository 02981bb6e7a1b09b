package lint

import (
	"io"
	"slices"
)

// The objects of SARIF 2.1.0 that a report needs (sections 3.18 to 3.33).
type (
	sarifText struct {
		Text string `json:"text"`
	}
	sarifRule struct {
		ID      string    `json:"id"`
		Short   sarifText `json:"shortDescription"`
		Help    sarifText `json:"help"`
		Default struct {
			Level string `json:"level"`
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
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
)

// WriteSARIF writes the report as SARIF 2.1.0, which code hosts and editors read. file is the path
// of the document as they know it, relative and with slashes. version is that of this program.
func (r *Report) WriteSARIF(w io.Writer, file, version string) error {
	rules := []sarifRule{}
	results := []sarifResult{}
	for _, f := range r.Findings {
		i := slices.IndexFunc(rules, func(x sarifRule) bool { return x.ID == f.Rule })
		if i < 0 {
			i, rules = len(rules), append(rules, sarifRuleOf(f.Rule))
		}
		l := sarifLocation{Logical: []map[string]string{{"fullyQualifiedName": f.Pointer}}}
		l.Physical.Artifact.URI = file
		l.Physical.Region = sarifRegion{max(f.Line, 1), max(f.Column, 1)}
		results = append(results, sarifResult{f.Rule, i, string(f.Severity), sarifText{f.Message}, []sarifLocation{l}})
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

func sarifRuleOf(id string) sarifRule {
	r, _ := ruleOf(id)
	out := sarifRule{ID: r.ID, Short: sarifText{r.Summary}, Help: sarifText{r.Advice}}
	out.Default.Level = string(r.Severity)
	return out
}
