package rules

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestBodyLimits checks that bodies at a limit are changed as a whole, and that the next larger
// ones are left alone.
func TestBodyLimits(t *testing.T) {
	replace := func(pattern, value string) Rule {
		return Rule{ID: "r" + pattern, Action: ReplaceBody, SearchPattern: pattern, Value: value, Phase: Request}
	}
	a := func(n int) []byte { return bytes.Repeat([]byte("a"), n) }
	const maxBody, largest, most, block = 1 << 20, 4 << 20, 100_000, 1 << 15
	for _, tt := range []struct {
		name     string
		rules    []Rule
		encoding string
		body     []byte
		want     []byte // nil: the body is left alone
	}{
		{"largest body", []Rule{replace("^a", "b")}, "", a(maxBody), append([]byte("b"), a(maxBody-1)...)},
		{"larger body", []Rule{replace("^a", "b")}, "", a(maxBody + 1), nil},
		{"largest decoded body", []Rule{replace("^a", "b")}, "gzip", a(maxBody), append([]byte("b"), a(maxBody-1)...)},
		{"larger decoded body", []Rule{replace("^a", "b")}, "gzip", a(maxBody + 1), nil},
		{"two rules, the first beyond MaxBody", []Rule{replace("a", strings.Repeat("x", block)), replace("x$", "!")}, "",
			a(100), append(bytes.Repeat([]byte("x"), 100*block-1), '!')},
		{"largest result", []Rule{replace("a", strings.Repeat("x", block))}, "", a(largest / block), bytes.Repeat([]byte("x"), largest)},
		{"larger result", []Rule{replace("a", strings.Repeat("x", block))}, "", a(largest/block + 1), nil},
		{"larger result by the rest", []Rule{replace("^a+", strings.Repeat(`\0`, 5))}, "", append(a(largest/5), strings.Repeat("b", largest%5+1)...), nil},
		{"largest number of matches", []Rule{replace("a", "b")}, "", a(most), bytes.Repeat([]byte("b"), most)},
		{"larger number of matches", []Rule{replace("a", "b")}, "", a(most + 1), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := table(t, tt.rules...).Match("POST", "https://a.example/")
			h, body := http.Header{}, tt.body
			if tt.encoding != "" {
				h.Set("Content-Encoding", tt.encoding)
				body = gzipped(string(body))
			}
			got, changed, err := p.Request.Body(h, body, nil)
			if tt.want == nil {
				if !bytes.Equal(got, body) || changed != 0 || !errors.Is(err, ErrTooLarge) {
					t.Errorf("got %d bytes, %d changed, %v", len(got), changed, err)
				}
				return
			}
			if !bytes.Equal(got, tt.want) || changed != len(tt.rules) || err != nil {
				t.Errorf("got %d bytes, want %d, %d changed, %v", len(got), len(tt.want), changed, err)
			}
		})
	}
}

// TestWorkLimits checks that the searches of rules end soon, whatever their patterns and number are.
func TestWorkLimits(t *testing.T) {
	body := bytes.Repeat([]byte("a"), MaxBody)
	replace := func(id, pattern string) Rule {
		return Rule{ID: id, Action: ReplaceBody, SearchPattern: pattern, Value: "b", Phase: Request}
	}
	p, _ := table(t, replace("again", "(?:aaaaaaaaaaaaaaaa)(?:.*z)?")).Match("POST", "https://a.example/")
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
	p, _ = table(t, many...).Match("POST", "https://a.example/")
	if _, _, err := p.Request.Body(http.Header{}, body, nil); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a hundred costly rules: %v", err)
	}
	if _, skipped := table(t, urls...).Match("POST", "https://a.example/"+string(body)); skipped < maxRules/2 {
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
	if l.Match("POST", "https://a.example/"+string(body)); l.Counts().Skipped < maxRules/2 {
		t.Errorf("%d of %d costly patterns of URLs are counted as skipped", l.Counts().Skipped, maxRules)
	}
}

// TestWorkIsCounted checks that a search of exactly the most steps is made, none of one more, and
// that searches end exactly when all together have the most steps.
func TestWorkIsCounted(t *testing.T) {
	for _, size := range []int{0, 1, 2} { // a rule without a pattern reads each byte once
		p, n := pattern{size: size}, 1<<28/max(size, 1)
		w := work{}
		if w.canSearch(p, n+1) {
			t.Errorf("size %d: a search of more than 1<<28 steps is made", size)
		}
		for i := range 4 {
			if !w.canSearch(p, n) {
				t.Errorf("size %d: search %d of 1<<28 steps is not made", size, i)
			}
		}
		if w.canSearch(p, 1) {
			t.Errorf("size %d: a fifth search is made", size)
		}
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

// TestListLimits checks that encoded lists are read up to each limit, and that the errors name it.
func TestListLimits(t *testing.T) {
	encoded := func(n int, value string) []byte {
		var list []Rule
		for i := range n {
			list = append(list, Rule{ID: fmt.Sprint(i), Action: ReplaceBody, SearchPattern: "x", Value: value, Phase: Request})
		}
		b, err := Encode(list)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	padded := func(n int) []byte { // by spaces behind the JSON
		b := encoded(1, "")
		return append(b, bytes.Repeat([]byte(" "), n-len(b))...)
	}
	for _, tt := range []struct {
		name string
		data []byte
		n    int
		want string
	}{
		{"as many as allowed", encoded(maxRules, ""), maxRules, ""},
		{"one more", encoded(maxRules+1, ""), maxRules, "read rules: there are more than 100"},
		{"as large as allowed", padded(maxEncoded), 1, ""},
		{"one byte more", padded(maxEncoded + 1), 0, "read rules: 1048577 bytes, at most 1048576 are allowed"},
		{"another version", []byte(`{"version":2}`), 0, "read rules: version 2, only 1 is supported"},
		{"not JSON", []byte(`{`), 0, "read rules: not the JSON of rules"},
		{"one id twice", []byte(strings.Replace(string(encoded(2, "")), `"id":"1"`, `"id":"0"`, 1)), 1, "read rule 2: another rule has its id"},
		{"an unknown field", []byte(strings.Replace(string(encoded(2, "")), `"id":"1"`, `"id":"1","until":1`, 1)), 1, "read rule 2: not the JSON of a rule"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list, err := Parse(tt.data)
			if len(list) != tt.n || (err == nil) != (tt.want == "") || err != nil && err.Error() != tt.want {
				t.Errorf("%d rules, want %d; %v", len(list), tt.n, err)
			}
		})
	}
	var full []Rule
	for i := range maxRules {
		full, _, _ = With(full, Rule{ID: fmt.Sprint(i), Action: Block, Phase: Request})
	}
	if _, _, err := With(full, Rule{ID: "more", Action: Block, Phase: Request}); err == nil || err.Error() != "the list is full with 100 rules: remove one first" {
		t.Errorf("a full list: %v", err)
	}
	for name, r := range map[string]Rule{
		"full": {ID: "more", Action: Block, Phase: Request}, "invalid": {ID: "0", Action: "none"}, "too large": {ID: "0", Action: Block, Phase: Request},
	} {
		list := full
		if name == "too large" {
			list = slices.Clone(full)
			for i := range list {
				list[i].Value = strings.Repeat("v", maxValue)
			}
		}
		if out, replaced, err := With(list, r); out != nil || replaced || err == nil {
			t.Errorf("%s: %d rules, replaced %t, %v", name, len(out), replaced, err)
		}
	}
	large := Rule{ID: "0", Action: ReplaceBody, SearchPattern: "x", Value: strings.Repeat("v", maxValue), Phase: Request}
	list, err := []Rule(nil), error(nil)
	for i := 0; err == nil; i++ {
		large.ID = fmt.Sprint(i)
		var next []Rule
		if next, _, err = With(list, large); err == nil {
			list = next
		}
	}
	if err.Error() != "all rules together must be at most 1048576 bytes" || len(list) != 15 {
		t.Errorf("%d large rules: %v", len(list), err)
	}
	b, _ := json.Marshal(list)
	rest := large // the largest that fits exactly
	rest.Value = strings.Repeat("v", maxValue-1-(len(b)+len(`{"version":1,"rules":}`)+1+marshalled(large)-maxEncoded))
	if _, _, err := With(list, rest); err != nil {
		t.Errorf("the rest of the room: %v", err)
	}
}

// marshalled returns the length of a rule as JSON.
func marshalled(r Rule) int {
	b, _ := json.Marshal(r)
	return len(b)
}

// TestHasBodies checks which changes read a body.
func TestHasBodies(t *testing.T) {
	p, _ := table(t,
		Rule{ID: "a", Action: ReplaceBody, SearchPattern: "a", Phase: Request},
		Rule{ID: "b", Action: InjectHeader, Key: "X-A", Value: "1", Phase: Response},
	).Match("GET", "https://a.example/")
	if !p.Request.HasBodies() || p.Response.HasBodies() {
		t.Errorf("the request has rules for bodies: %v, the response: %v", p.Request.HasBodies(), p.Response.HasBodies())
	}
}
