package api

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/openapi/lint"
	"github.com/spectap/spectap/page/wire"
)

// TestFinding shows what speaks for and against a decision, without secrets.
func TestFinding(t *testing.T) {
	redact := func(s string) string { return strings.ReplaceAll(s, "secret", "***") }
	for _, tt := range []struct {
		in   infer.Finding
		want Finding
	}{
		{infer.Finding{About: "a", Subject: "secret s", Result: "secret r", Supports: 3, Opposes: 4},
			Finding{About: "a", Subject: "*** s", Result: "*** r", Supports: 3, Opposes: 4, For: []Reason{}, Against: []Reason{}}},
		{infer.Finding{For: []infer.Evidence{{Text: "secret", Weight: 2.5, Count: 7}, {Text: "b"}}, Against: []infer.Evidence{{Text: "c", Weight: -1}}},
			Finding{For: []Reason{{"***", 2.5, 7}, {"b", 0, 0}}, Against: []Reason{{"c", -1, 0}}, Weighed: true, Score: 1.5}},
		{infer.Finding{For: []infer.Evidence{{Text: "b", Count: 1}}}, Finding{For: []Reason{{"b", 0, 1}}, Against: []Reason{}}},
		{infer.Finding{Against: []infer.Evidence{{Text: "c", Weight: -1}}}, Finding{For: []Reason{}, Against: []Reason{{"c", -1, 0}}, Weighed: true, Score: -1}},
	} {
		if got := finding(tt.in, redact); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%+v\nwant %+v", got, tt.want)
		}
	}
}

// TestAlternatives says what an operation requires of its caller.
func TestAlternatives(t *testing.T) {
	doc := &openapi3.T{Components: &openapi3.Components{SecuritySchemes: openapi3.SecuritySchemes{
		"token": {Value: &openapi3.SecurityScheme{Type: "http", Scheme: "bearer"}}, "none": nil, "empty": {},
	}}}
	token := "token" + schemeText(doc.Components.SecuritySchemes["token"].Value)
	got := alternatives([][]string{{"token", "other"}, {}, {"none", "empty"}}, doc)
	if want := []string{token + " and other", "nothing", "none and empty"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := alternatives([][]string{{"token"}}, &openapi3.T{}); !reflect.DeepEqual(got, []string{"token"}) {
		t.Errorf("without components: %q", got)
	}
	if got := alternatives(nil, doc); got == nil || len(got) > 0 {
		t.Errorf("no requirements: %q", got)
	}
}

// TestSchemes says how a request authenticates with a scheme.
func TestSchemes(t *testing.T) {
	for want, s := range map[string]openapi3.SecurityScheme{
		"the header X-Key":               {Type: "apiKey", In: "header", Name: "X-Key"},
		"user and password (HTTP Basic)": {Type: "http", Scheme: "Basic"},
		"a token (HTTP bearer)":          {Type: "http", Scheme: "bearer"},
		"an access token of OAuth":       {Type: "oauth2"},
		"a token of OpenID Connect":      {Type: "openIdConnect"},
	} {
		doc := &openapi3.T{Components: &openapi3.Components{SecuritySchemes: openapi3.SecuritySchemes{"a": {Value: &s}}}}
		if got := alternatives([][]string{{"a"}}, doc); !reflect.DeepEqual(got, []string{"a: " + want}) {
			t.Errorf("%+v: %q, want %q", s, got, want)
		}
	}
	if got := schemeText(&openapi3.SecurityScheme{Type: "mutualTLS"}); got != "" {
		t.Errorf("another type: %q", got)
	}
}

// TestBoundOfLints shows a number of findings, the worst ones, and how many more there are.
func TestBoundOfLints(t *testing.T) {
	p := openFile(t)
	d, err := p.get(t.Context(), host)
	if err != nil {
		t.Fatal(err)
	}
	for n, more := range map[int]int{maxChanges - 1: 0, maxChanges: 0, maxChanges + 1: 1, maxChanges + 7: 7} {
		p.linter.checked, p.linter.findings, p.linter.failed = d, make([]lint.Finding, n), nil
		l, err := p.lint(t.Context(), HostQuery{host})
		if err != nil || l.More != more || len(l.Findings) != n-more {
			t.Errorf("%d: %d and %d more, %v", n, len(l.Findings), l.More, err)
		}
	}
	p.linter.findings = []lint.Finding{
		{Rule: "own", Path: "/a", Method: "GET", Severity: lint.Warning, Message: "m", Advice: "v", Parameter: "q", Pointer: "/paths/~1a/get", Line: 3},
		{Rule: "path", Path: "/a"}, {Rule: "method", Path: "/a", Method: "PUT"}, {Rule: "other", Path: "/b", Method: "GET"},
		{Rule: "component", Pointer: "/components/schemas/A"}, {Rule: "document", Pointer: "/info"},
	}
	l, err := p.lintOperation(t.Context(), OperationQuery{host, "GET", "/a"})
	var rules []string
	for _, f := range l.Findings {
		rules = append(rules, f.Rule)
	}
	if err != nil || !reflect.DeepEqual(rules, []string{"own", "path", "component"}) || l.Findings[0] != (Lint{string(lint.Warning), "own", "m", "v", "GET", "/a", "q", "/paths/~1a/get", 3}) {
		t.Errorf("%+v, %v", l, err)
	}
	p.linter.failed, p.linter.again = errBroken, time.Now().Add(time.Hour)
	if _, err := p.lint(t.Context(), HostQuery{host}); err != errBroken {
		t.Errorf("a document that cannot be checked: %v", err)
	}
	var gone *wire.Error
	for name, err := range map[string]error{
		"findings":   second(p.lint(t.Context(), HostQuery{"none.example"})),
		"changes":    second(p.changes(t.Context(), ReviewQuery{Host: "none.example"})),
		"document":   second(p.document(t.Context(), HostQuery{"none.example"})),
		"a download": second(p.download(t.Context(), HostQuery{"none.example"})),
	} {
		if !errors.As(err, &gone) || !gone.NotFound {
			t.Errorf("%s of a host that is not there: %v", name, err)
		}
	}
	if got, err := p.changes(t.Context(), ReviewQuery{Host: host}); err != nil || got.Given.Changes == nil || got.Since.Changes == nil {
		t.Errorf("without a document: %+v, %v", got, err)
	}
}

func second[T any](_ T, err error) error { return err }
