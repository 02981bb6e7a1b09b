package rules

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestWorkLimits checks that the searches of rules end soon, whatever their patterns and number are.
func TestWorkLimits(t *testing.T) {
	body := bytes.Repeat([]byte("a"), MaxBody)
	replace := func(id, pattern string) Rule {
		return Rule{ID: id, Action: ReplaceBody, SearchPattern: pattern, Value: "b", Phase: Request}
	}
	p, _ := table(t, replace("again", "(?:aaaaaaaaaaaaaaaa)(?:.*z)?")).Match("POST", "https://a.example/", nil)
	if got, changed, err := p.Request.Body(http.Header{}, body, nil); changed != 0 || len(got) != len(body) || !errors.Is(err, ErrTooLarge) {
		t.Errorf("a rule that reads the rest again for each match: %d changed, %v", changed, err)
	}
	var many, urls []Rule
	for i := range maxRules {
		costly := replace(fmt.Sprint(i), "zz[a-y]{0,200}")
		costly.URLPattern = "zz[a-y]{0,200}"
		urls = append(urls, costly)
		costly.URLPattern = ""
		many = append(many, costly)
	}
	p, _ = table(t, many...).Match("POST", "https://a.example/", nil)
	if _, _, err := p.Request.Body(http.Header{}, body, nil); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a hundred costly rules: %v", err)
	}
	if _, skipped := table(t, urls...).Match("POST", "https://a.example/"+string(body), nil); skipped < maxRules/2 {
		t.Errorf("%d of %d costly patterns of URLs are skipped", skipped, maxRules)
	}
	data, err := Encode(urls)
	if err != nil {
		t.Fatal(err)
	}
	var l Live
	if err := l.Load(data); err != nil {
		t.Fatal(err)
	}
	if l.Match("POST", "https://a.example/"+string(body), nil); l.Counts().Skipped < maxRules/2 {
		t.Errorf("%d of %d costly patterns of URLs are counted as skipped", l.Counts().Skipped, maxRules)
	}
}

// TestRuleLimits checks for each limit of a rule that the largest value is accepted, and that the
// refusal of the next one names that limit.
func TestRuleLimits(t *testing.T) {
	header := Rule{ID: "a", Action: InjectHeader, Key: "X-A", Value: "1", Phase: Request}
	replace := Rule{ID: "a", Action: ReplaceBody, SearchPattern: "a", Phase: Request}
	text := func(n int) string { return strings.Repeat("x", n) }
	class := func(n int) string { return "[" + text(n-2) + "]" }
	for _, tt := range []struct {
		name  string
		limit int
		rule  func(n int) Rule
		want  string
	}{
		{"id", maxID, func(n int) Rule { r := header; r.ID = text(n); return r }, "the id must be 1 to 100 bytes"},
		{"method", maxMethod, func(n int) Rule { r := header; r.Method = text(n); return r }, "the method must be a token of at most 40 bytes"},
		{"URL pattern", maxPattern, func(n int) Rule { r := header; r.URLPattern = class(n); return r }, "the URL pattern must be at most 1000 bytes"},
		{"search pattern", maxPattern, func(n int) Rule { r := replace; r.SearchPattern = class(n); return r }, "the search pattern must be at most 1000 bytes"},
		{"program", maxProgram - 2, func(n int) Rule { r := replace; r.SearchPattern = fmt.Sprintf("a{%d}", n); return r }, "the search pattern is too costly"},
		{"key", maxKey, func(n int) Rule { r := header; r.Key = text(n); return r }, "the key must be at most 200 bytes"},
		{"value of a header", maxHeader, func(n int) Rule { r := header; r.Value = text(n); return r }, "the value must be at most 8192 bytes"},
		{"value of a replacement", maxValue, func(n int) Rule { r := replace; r.Value = text(n); return r }, "the value must be at most 65536 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.rule(tt.limit).Check(); err != nil {
				t.Errorf("at the limit: %v", err)
			}
			if err := tt.rule(tt.limit + 1).Check(); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("above the limit: %v", err)
			}
		})
	}
}
