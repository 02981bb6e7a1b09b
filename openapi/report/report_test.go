package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/internal/test/must"
)

var sample = Report{
	Title: "API changes from a to b", Summary: "1 breaking, 1 that could break", File: "api.yaml", Version: "1",
	Findings: []Finding{
		{Rule: "api-removed", Level: Error, Message: "removed, with 100% of | its *parameters*", Operation: "GET /users/{id}", Line: 7, Column: 5},
		{Rule: "enum", Level: Note, Message: "has <b> @everyone", Operation: "POST /a|b", Where: "query q"},
	},
}

func TestFormats(t *testing.T) {
	for format, want := range map[string]string{
		"markdown": "### API changes from a to b\n\n1 breaking, 1 that could break\n\n| | operation | what | rule |\n| --- | --- | --- | --- |\n" +
			"| error | `GET /users/{id}` | removed, with 100% of \\| its \\*parameters\\* | `api-removed` |\n" +
			"| note | POST /a\\|b | query q: has &lt;b&gt; @&#8203;everyone | `enum` |\n",
		"github": "::error file=api.yaml,line=7,col=5,title=api-removed::GET /users/{id}: removed, with 100%25 of | its *parameters*\n" +
			"::notice file=api.yaml,title=enum::POST /a|b, query q: has <b> @everyone\n",
		"junit": `<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="API changes from a to b" tests="2" failures="1">
    <testcase classname="GET /users/{id}" name="api-removed" file="api.yaml">
      <failure type="api-removed" message="GET /users/{id}: removed, with 100% of | its *parameters*">GET /users/{id}: removed, with 100% of | its *parameters*</failure>
    </testcase>
    <testcase classname="POST /a|b" name="enum query q" file="api.yaml">
      <system-out>note: POST /a|b, query q: has &lt;b&gt; @everyone</system-out>
    </testcase>
  </testsuite>
</testsuites>
`,
	} {
		t.Run(format, func(t *testing.T) {
			var b bytes.Buffer
			if err := sample.Write(&b, format); err != nil || b.String() != want {
				t.Errorf("%v, got\n%s\nwant\n%s", err, b.String(), want)
			}
		})
	}
	if err := sample.Write(io.Discard, "html"); err == nil {
		t.Error("an unknown format is accepted")
	}
}

// TestHostile checks on any text that no finding ends its line, element or cell.
func TestHostile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"a\n::error::x", "</failure>]]>", "|\n| x |", "\x1b[2J", "\u202e", "%0A::set-output"}))
		f := Finding{
			Rule: "r", Level: rapid.SampledFrom([]Level{Error, Warning, Note}).Draw(t, "level"), Message: text.Draw(t, "message"),
			Operation: text.Draw(t, "operation"), Where: text.Draw(t, "where"),
		}
		r := Report{Title: text.Draw(t, "title"), Summary: text.Draw(t, "summary"), File: "f", Findings: []Finding{f, f}}
		lines := map[string]int{"github": 2, "markdown": 8}
		for _, format := range Formats {
			var b bytes.Buffer
			must.Do(t, r.Write(&b, format))
			if n, ok := lines[format]; ok && strings.Count(b.String(), "\n") != n {
				t.Fatalf("%s has %d lines, want %d:\n%q", format, strings.Count(b.String(), "\n"), n, b.String())
			}
			if strings.ContainsAny(b.String(), "\x1b\u202e") {
				t.Fatalf("%s has characters that act on a terminal: %q", format, b.String())
			}
			var suites junitSuites
			if format == "junit" && (xml.Unmarshal(b.Bytes(), &suites) != nil || len(suites.Suite.Cases) != 2) {
				t.Fatalf("malformed XML: %q", b.String())
			}
			if format == "sarif" && !json.Valid(b.Bytes()) {
				t.Fatalf("malformed JSON: %q", b.String())
			}
		}
	})
}
