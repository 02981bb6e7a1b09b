package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
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

// TestSARIF describes each rule once, and says where a finding is by its pointer or else its text.
func TestSARIF(t *testing.T) {
	r := Report{File: "api v1.yaml", Version: "7", Findings: []Finding{
		{Rule: "a", Level: Error, Message: "one <b>", Operation: "GET /a", Pointer: "/paths/~1a", Line: 3, Column: 5},
		{Rule: "b", Level: Note, Message: "two", Operation: "GET /a", Where: "query q"},
		{Rule: "a", Level: Warning, Message: "three"},
	}}
	rule := func(id string) Rule {
		return Rule{ID: id, Summary: "Summary of " + id, Advice: "Advice on " + id, Level: Warning}
	}
	for _, tt := range []struct {
		ruleOf func(string) Rule
		rules  string
	}{
		{nil, `[{"id":"a","defaultConfiguration":{"level":"error"}},{"id":"b","defaultConfiguration":{"level":"note"}}]`},
		{rule, `[{"id":"a","shortDescription":{"text":"Summary of a"},"help":{"text":"Advice on a"},"defaultConfiguration":{"level":"warning"}},` +
			`{"id":"b","shortDescription":{"text":"Summary of b"},"help":{"text":"Advice on b"},"defaultConfiguration":{"level":"warning"}}]`},
	} {
		r.RuleOf = tt.ruleOf
		var written, got bytes.Buffer
		if err := r.Write(&written, "sarif"); err != nil {
			t.Fatal(err)
		}
		if err := json.Compact(&got, written.Bytes()); err != nil {
			t.Fatal(err)
		}
		result := func(rule string, index, level, text, line, column, name string) string {
			return `{"ruleId":"` + rule + `","ruleIndex":` + index + `,"level":"` + level + `","message":{"text":"` + text + `"},"locations":[{"physicalLocation":{"artifactLocation":` +
				`{"uri":"api%20v1.yaml"},"region":{"startLine":` + line + `,"startColumn":` + column + `}},"logicalLocations":[{"fullyQualifiedName":"` + name + `"}]}]}`
		}
		want := `{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","runs":[{"columnKind":"unicodeCodePoints","results":[` + result("a", "0", "error", "one <b>", "3", "5", "/paths/~1a") + "," +
			result("b", "1", "note", "GET /a, query q: two", "1", "1", "GET /a, query q") + "," + result("a", "0", "warning", "three", "1", "1", "") +
			`],"tool":{"driver":{"name":"spectap","rules":` + tt.rules + `,"version":"7"}}}],"version":"2.1.0"}`
		if got.String() != want {
			t.Errorf("got  %s\nwant %s", got.String(), want)
		}
	}
}

// TestEmpty checks that a report without findings is a test that passes, and valid SARIF.
func TestEmpty(t *testing.T) {
	r := Report{Title: "Coverage", Summary: "100 %", File: "api.yaml"}
	var b bytes.Buffer
	if err := r.Write(&b, "junit"); err != nil || !strings.Contains(b.String(), `tests="1" failures="0"`) {
		t.Errorf("%v, %s", err, b.String())
	}
	b.Reset()
	if err := r.Write(&b, "sarif"); err != nil || !strings.Contains(b.String(), `"results": []`) {
		t.Errorf("%v, %s", err, b.String())
	}
}

// TestFileURI checks the URIs of SARIF, which code scanning refuses if a name is not escaped.
func TestFileURI(t *testing.T) {
	for file, want := range map[string]string{
		"api/v1.yaml": "api/v1.yaml", "a b/100%.yaml": "a%20b/100%25.yaml", "a:b.yaml": "./a:b.yaml", "x#1?.yaml": "x%231%3F.yaml",
	} {
		if got := fileURI(file); got != want {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
	if abs, err := filepath.Abs("a b.yaml"); err != nil || !strings.HasPrefix(fileURI(filepath.ToSlash(abs)), "file:///") {
		t.Errorf("%s: %s, %v", abs, fileURI(abs), err)
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
			if err := r.Write(&b, format); err != nil {
				t.Fatal(err)
			}
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

func TestSetPositions(t *testing.T) {
	doc := "openapi: 3.1.0\npaths:\n  /a:\n    get: {}\n  \"/b\":\n    post: {}\ncomponents:\n  schemas:\n    A|B: {}\n"
	for _, text := range []string{doc, strings.Repeat(" ", 64<<10) + "\n" + doc, strings.Repeat(" ", 64<<10+1) + "\n" + doc, "", "- a", "a: ["} {
		findings := []Finding{{Operation: "GET /a"}, {Operation: "DELETE /b"}, {Operation: "GET /c"}, {}, {Operation: "POST /b", Line: 9}, {Schema: "A|B"}, {Schema: "C"}}
		SetPositions(findings, []byte(text))
		want := []int{4, 5, 0, 0, 9, 9, 0}
		columns := []int{5, 3, 0, 0, 0, 5, 0}
		switch {
		case strings.Index(text, "\n") == 64<<10: // a line is as long as may be
			want = []int{5, 6, 0, 0, 9, 10, 0}
		case text != doc:
			want, columns = []int{0, 0, 0, 0, 9, 0, 0}, make([]int, 7)
		}
		for i, f := range findings {
			if f.Line != want[i] || f.Column != columns[i] {
				t.Errorf("%s is in line %d, column %d, want %d, %d", f.Operation, f.Line, f.Column, want[i], columns[i])
			}
		}
	}
}

// TestPositionsAreKept leaves findings that have a position, also the first of a file.
func TestPositionsAreKept(t *testing.T) {
	findings := []Finding{{Operation: "GET /a", Line: 1, Column: 1}, {Operation: "GET /a", Line: 2}}
	SetPositions(findings, []byte("paths:\n\n  /a:\n    get: {}\n"))
	if findings[0].Line != 1 || findings[0].Column != 1 || findings[1].Line != 2 || findings[1].Column != 0 {
		t.Errorf("got %+v", findings)
	}
}

// TestMarkdownHasALimit says how many findings are left out of a summary.
func TestMarkdownHasALimit(t *testing.T) {
	for n, more := range map[int]string{maxRows: "", maxRows + 1: "1 more", maxRows + 30: "30 more"} {
		var b bytes.Buffer
		r := Report{Title: "t", Findings: slices.Repeat([]Finding{{Rule: "r", Level: Error}}, n)}
		if err := r.Write(&b, "markdown"); err != nil {
			t.Fatal(err)
		}
		rows := strings.Count(b.String(), "\n| error |")
		if rows != maxRows || more != "" && !strings.HasSuffix(b.String(), "\n\n"+more+" are not listed here.\n") {
			t.Errorf("%d findings: %d rows, and at the end %q", n, rows, b.String()[b.Len()-40:])
		}
		if more == "" && strings.Contains(b.String(), "not listed") {
			t.Errorf("%d findings: some are not listed", n)
		}
	}
}

// TestJUnitNames checks that no two tests of a class have the same name.
func TestJUnitNames(t *testing.T) {
	r := Report{File: "api.yaml", Findings: []Finding{
		{Rule: "enum", Operation: "GET /a", Message: "a was removed"},
		{Rule: "enum", Operation: "GET /a", Message: "b was removed"},
		{Rule: "enum", Operation: "GET /a", Message: "b was removed"},
		{Rule: "enum", Operation: "GET /a", Message: "b was removed"},
		{Rule: "enum", Operation: "GET /b", Message: "a was removed"},
		{Rule: "enum", Level: Error, Message: "the file"},
		{Rule: "enum", Operation: "GET /b", Where: "query q", Message: "a was removed"},
	}}
	var b bytes.Buffer
	if err := r.Write(&b, "junit"); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Cases []struct {
			Class string `xml:"classname,attr"`
			Name  string `xml:"name,attr"`
		} `xml:"testsuite>testcase"`
	}
	if err := xml.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), `tests="7" failures="1"`) {
		t.Errorf("the counts are wrong in %s", b.String())
	}
	var names []string
	for _, c := range got.Cases {
		names = append(names, c.Class+": "+c.Name)
	}
	want := []string{"GET /a: enum: a was removed", "GET /a: enum: b was removed", "GET /a: enum: b was removed (2)", "GET /a: enum: b was removed (3)", "GET /b: enum", "api.yaml: enum", "GET /b: enum query q"}
	if !slices.Equal(names, want) {
		t.Errorf("got  %q\nwant %q", names, want)
	}
}
