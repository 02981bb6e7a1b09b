package rules

import (
	"bytes"
	"compress/gzip"
	"errors"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/internal/test/must"
)

func TestCheckNamesAllMistakes(t *testing.T) {
	header := Rule{ID: "a", Action: InjectHeader, Key: "X-A", Value: "1", Phase: Request}
	replace := Rule{ID: "a", Action: ReplaceBody, SearchPattern: "(a)", Value: `\1`, Phase: Response}
	with := func(r Rule, f func(*Rule)) Rule { f(&r); return r }
	for _, c := range []struct {
		name string
		rule Rule
		want []string // nil: the rule is valid
	}{
		{"header", header, nil},
		{"replace", replace, nil},
		{"replace by nothing", with(replace, func(r *Rule) { r.Value = "" }), nil},
		{"block", Rule{ID: "b", Action: Block, URLPattern: "^https://x", Method: "POST", Phase: Request}, nil},
		{"empty", Rule{}, []string{"the id", "the action", "the phase"}},
		{"many", Rule{ID: "a\n", Action: "burn", Phase: "never", Method: "a b", URLPattern: "(", Key: "x"}, []string{"the id", "inject_header, replace_body, block", "request, response", "the method", "URL pattern is not", "a key is for"}},
		{"id that is not UTF-8", with(header, func(r *Rule) { r.ID = "a\xff" }), []string{"printable text"}},
		{"id with a character that stands for others", with(header, func(r *Rule) { r.ID = "a\ufffd" }), []string{"printable text"}},
		{"line break in a value", with(header, func(r *Rule) { r.Value = "a\r\nX-B: 1" }), []string{"control character"}},
		{"not a token", with(header, func(r *Rule) { r.Key = "X A" }), []string{"not a token"}},
		{"line break in a name", with(header, func(r *Rule) { r.Key = "X\r\nB" }), []string{"not a token"}},
		{"no value", with(header, func(r *Rule) { r.Value = "" }), []string{"needs a value"}},
		{"no key", with(header, func(r *Rule) { r.Key = "" }), []string{"needs a key"}},
		{"smuggling", with(header, func(r *Rule) { r.Key = "transfer-encoding" }), []string{"made by the transport"}},
		{"host", with(header, func(r *Rule) { r.Key = "Host" }), []string{"made by the transport"}},
		{"encoding", with(header, func(r *Rule) { r.Key = "content-Encoding" }), []string{"the proxy makes"}},
		{"range", with(header, func(r *Rule) { r.Key = "Range" }), []string{"must not be range"}},
		{"condition of a range", with(header, func(r *Rule) { r.Key = "if-range" }), []string{"must not be if-range"}},
		{"WebSocket", with(header, func(r *Rule) { r.Key = "Sec-WebSocket-Key" }), []string{"the proxy makes"}},
		{"pattern for a header", with(header, func(r *Rule) { r.SearchPattern = "x" }), []string{"a search pattern is for"}},
		{"no pattern", with(replace, func(r *Rule) { r.SearchPattern = "" }), []string{"needs a search pattern"}},
		{"no such group", with(replace, func(r *Rule) { r.Value = `\2` }), []string{"group 2", "has 1"}},
		{"backreference", with(replace, func(r *Rule) { r.SearchPattern = `(a)\1` }), []string{"not a regular expression"}},
		{"costly", with(replace, func(r *Rule) { r.SearchPattern = `((a{30}){30}){30}` }), []string{"search pattern"}},
		{"costly in sum", with(replace, func(r *Rule) { r.SearchPattern = `(a{900})b{900}` }), []string{"too costly"}},
		{"long", with(replace, func(r *Rule) { r.Value = strings.Repeat("x", maxValue+1) }), []string{"at most 65536"}},
		{"value of a block", Rule{ID: "b", Action: Block, Value: "x", Phase: Request}, []string{"no value"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.rule.Check()
			if (err == nil) != (c.want == nil) {
				t.Fatalf("got %v", err)
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q is not in: %v", w, err)
				}
			}
			if _, cerr := Compile([]Rule{c.rule}); (cerr == nil) != (err == nil) {
				t.Errorf("compile: %v", cerr)
			}
		})
	}
}

func table(t testing.TB, list ...Rule) *Table {
	t.Helper()
	return must.Get(Compile(list))
}

func TestMatch(t *testing.T) {
	tab := table(t,
		Rule{ID: "1", Action: InjectHeader, Key: "x-a", Value: "1", Phase: Request},
		Rule{ID: "2", Action: InjectHeader, URLPattern: `^https://a\.example/`, Key: "X-A", Value: "2", Phase: Request},
		Rule{ID: "3", Action: Block, URLPattern: `/admin`, Method: "DELETE", Phase: Request},
		Rule{ID: "4", Action: Block, URLPattern: `secret=`, Phase: Response},
		Rule{ID: "5", Action: InjectHeader, URLPattern: `/x$`, Key: "Set-Cookie", Value: "a=b", Phase: Response},
	)
	for _, c := range []struct{ method, url, blocked, withheld, a, cookie string }{
		{"GET", "https://b.example/", "", "", "1", ""},
		{"GET", "https://a.example/x", "", "", "2", "a=b"},
		{"DELETE", "https://b.example/admin/1", "3", "", "1", ""},
		{"delete", "https://b.example/admin/1", "", "", "1", ""},
		{"GET", "https://b.example/?secret=1", "", "4", "1", ""},
	} {
		t.Run(c.method+" "+c.url, func(t *testing.T) {
			p, skipped := tab.Match(c.method, c.url, nil)
			if p == nil || skipped != 0 {
				t.Fatal("no rule matches")
			}
			out, back := http.Header{"X-A": {"0", "00"}}, http.Header{}
			p.Request.SetHeader(out)
			p.Response.SetHeader(back)
			if p.Request.Blocked != c.blocked || p.Response.Blocked != c.withheld || !reflect.DeepEqual(out, http.Header{"X-A": {c.a}}) || back.Get("Set-Cookie") != c.cookie {
				t.Errorf("got %+v, %v, %v", p, out, back)
			}
		})
	}
	tab = table(t, Rule{ID: "1", Action: Block, URLPattern: "never", Phase: Request})
	if p, _ := tab.Match("GET", "https://a.example/", nil); p != nil {
		t.Errorf("got %+v", p)
	}
	if p, skipped := table(t, Rule{ID: "1", Action: Block, URLPattern: "(a{450})+b{450}", Phase: Request}).Match("GET", strings.Repeat("a", 1<<20), nil); p != nil || skipped != 1 {
		t.Errorf("a long URL: %v, %d skipped", p, skipped)
	}
}

func gzipped(s string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(s))
	w.Close()
	return b.Bytes()
}

func TestBody(t *testing.T) {
	rule := func(pattern, value string) Rule {
		return Rule{ID: "r" + pattern, Action: ReplaceBody, SearchPattern: pattern, Value: value, Phase: Response}
	}
	for _, c := range []struct {
		name     string
		rules    []Rule
		encoding string
		body     []byte
		want     string
		changed  int
		err      error
	}{
		{"plain", []Rule{rule("b+", "x")}, "", []byte("abbcb"), "axcx", 1, nil},
		{"groups", []Rule{rule(`(\w+)=(\w*)(;)?`, `\2=\1\3 \\1 \n $1`)}, "", []byte("a=b"), `b=a \1 \n $1`, 1, nil},
		{"the last group", []Rule{rule("(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)", `\9\0\1`)}, "", []byte("abcdefghij"), "iabcdefghija", 1, nil},
		{"one after the other", []Rule{rule("a", "b"), rule("b", "c")}, "", []byte("ab"), "cc", 2, nil},
		{"anchors", []Rule{rule("^a", "")}, "", []byte("aaa"), "aa", 1, nil},
		{"encoded", []Rule{rule("a", "b")}, "gzip", gzipped("aaa"), "bbb", 1, nil},
		{"encoded, nothing found", []Rule{rule("z", "b")}, "gzip", gzipped("aaa"), string(gzipped("aaa")), 0, nil},
		{"wrong encoding", []Rule{rule("a", "b")}, "gzip", []byte("aaa"), "aaa", 0, ErrEncoded},
		{"bomb", []Rule{rule("a", "b")}, "gzip", gzipped(strings.Repeat("a", MaxBody+1)), string(gzipped(strings.Repeat("a", MaxBody+1))), 0, ErrTooLarge},
		{"grows too much", []Rule{rule("a", strings.Repeat("x", 60000)), rule("b", "c")}, "", []byte("b" + strings.Repeat("a", 100)), "c" + strings.Repeat("a", 100), 1, ErrTooLarge},
		{"groups grow too much", []Rule{rule("(?s).*", strings.Repeat(`\0`, 30000))}, "", bytes.Repeat([]byte("a"), 1<<16), strings.Repeat("a", 1<<16), 0, ErrTooLarge},
		{"too many matches", []Rule{rule("a", "")}, "", bytes.Repeat([]byte("a"), maxMatches+1), strings.Repeat("a", maxMatches+1), 0, ErrTooLarge},
		{"too much work", []Rule{rule("(a{450})+b{450}", "")}, "", bytes.Repeat([]byte("a"), 1<<20), strings.Repeat("a", 1<<20), 0, ErrTooLarge},
		{"empty", []Rule{rule("^$", "x")}, "", nil, "", 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, _ := table(t, c.rules...).Match("GET", "https://a.example/", nil)
			h := http.Header{}
			if c.encoding != "" {
				h.Set("Content-Encoding", c.encoding)
			}
			before := bytes.Clone(c.body)
			got, changed, err := p.Response.Body(nil, h, c.body, nil)
			if string(got) != c.want || changed != c.changed || !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
				t.Errorf("got %d bytes %.80q, %d changed, %v", len(got), got, changed, err)
			}
			if !bytes.Equal(before, c.body) {
				t.Error("the given body was changed")
			}
		})
	}
}

func TestLists(t *testing.T) {
	a := Rule{ID: "a", Action: Block, Phase: Request}
	list, replaced, err := With(nil, a)
	if err != nil || replaced {
		t.Fatal(replaced, err)
	}
	a.Method = "PUT"
	list, replaced, err = With(list, a)
	if err != nil || !replaced || len(list) != 1 || list[0].Method != "PUT" {
		t.Errorf("got %v, %v, %v", list, replaced, err)
	}
	for len(list) < maxRules {
		list, _, _ = With(list, Rule{ID: strings.Repeat("x", len(list)), Action: Block, Phase: Request})
	}
	if _, _, err := With(list, Rule{ID: "more", Action: Block, Phase: Request}); err == nil {
		t.Error("a full list accepts another rule")
	}
	if _, _, err := With(list, a); err != nil {
		t.Errorf("a full list accepts no replacement: %v", err)
	}
	a.ID = ""
	if got, _, err := With(list[:1], a); err == nil || err.Error() != a.Check().Error() || got != nil {
		t.Errorf("an invalid rule: %d rules, %v", len(got), err)
	}
	if short, ok := Without(list, "a"); !ok || len(short) != maxRules-1 || len(list) != maxRules {
		t.Errorf("%d rules left, %v", len(short), ok)
	}
	large := Rule{Action: ReplaceBody, SearchPattern: "x", Value: strings.Repeat("v", maxValue), Phase: Request}
	list, err = nil, nil
	for i := 0; err == nil && i < maxRules; i++ {
		large.ID = strings.Repeat("y", i+1)
		var next []Rule
		if next, _, err = With(list, large); err == nil {
			list = next
		}
	}
	if b, _ := Encode(list); err == nil || len(b) > maxEncoded || len(list) < 10 {
		t.Errorf("%d large rules were accepted: %v", len(list), err)
	}
}

// TestLive: invalid rules are reported, and the others apply.
func TestLive(t *testing.T) {
	var l Live
	const url = "https://a.example/x"
	if !l.IsEmpty() || l.Match("GET", url, nil) != nil {
		t.Error("an empty table matches")
	}
	err := l.Load([]byte(`{"version":1,"rules":[{"id":"a","action":"block","phase":"request"},{"id":"a","action":"block","phase":"response"},
		{"id":"b","action":"block","phase":"request","until":"noon"},{"id":"c","action":"inject_header","key":"Host","value":"s3cret","phase":"request"},7]}`))
	if err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "rule 4") {
		t.Errorf("got %v", err)
	}
	if c := l.Counts(); c.Rules != 1 || c.Skipped != 4 {
		t.Errorf("got %+v", c)
	}
	if p := l.Match("GET", url, nil); p == nil || p.Request.Blocked != "a" || l.IsEmpty() {
		t.Errorf("got %+v", p)
	}
	for _, bad := range []string{"{", `{"version":2,"rules":[{"id":"a","action":"block","phase":"request"}]}`, `[]`} {
		if err := l.Load([]byte(bad)); err == nil || l.Counts().Rules != 0 {
			t.Errorf("%s: %v", bad, err)
		}
	}
	must.Do(t, l.Load(nil))
}

func anyRule() *rapid.Generator[Rule] {
	return rapid.Custom(func(t *rapid.T) Rule {
		r := Rule{
			ID:         rapid.StringMatching(`[ -~äß]{1,20}`).Draw(t, "id"),
			Action:     rapid.SampledFrom(Actions()).Draw(t, "action"),
			Phase:      rapid.SampledFrom(Phases()).Draw(t, "phase"),
			URLPattern: rapid.SampledFrom([]string{"", ".*", "^https://", `\.example/`, "x|y"}).Draw(t, "url"),
			Method:     rapid.SampledFrom([]string{"", "GET", "PURGE"}).Draw(t, "method"),
		}
		switch r.Action {
		case InjectHeader:
			r.Key = rapid.StringMatching(`X-[A-Za-z!#$%&'*+.^_|~0-9-]{1,20}`).Draw(t, "key")
			r.Value = rapid.StringMatching(`[!-~]{1,40}`).Draw(t, "value")
		case Delay:
			r.DelayMS = rapid.IntRange(1, maxDelay).Draw(t, "delay")
		case Respond:
			r.Phase, r.Status, r.Value = Request, rapid.SampledFrom([]int{0, 200, 503}).Draw(t, "status"), "x"
		case SetStatus:
			r.Phase, r.Status = Response, rapid.SampledFrom([]int{200, 404, 503}).Draw(t, "status")
		case ReplaceBody:
			r.SearchPattern = rapid.SampledFrom([]string{"a", "(b+)(c)?", `\d`, "(?i)x"}).Draw(t, "pattern")
			r.Value = rapid.StringMatching(`([a-z$"{}<>&]|\\\\|\\0|\\n){0,20}`).Draw(t, "value")
		}
		return r
	})
}

// TestEncodeLaws: Parse returns what Encode was given, and the result compiles.
func TestEncodeLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []Rule
		for _, r := range rapid.SliceOfN(anyRule(), 0, 20).Draw(t, "rules") {
			next, replaced, err := With(list, r)
			if err != nil {
				t.Fatalf("%+v: %v", r, err)
			}
			if again, _, err := With(next, r); err != nil || !reflect.DeepEqual(again, next) || replaced != (len(next) == len(list)) {
				t.Fatalf("adding twice differs from once: %v, %v", again, next)
			}
			list = next
		}
		b := must.Get(Encode(list))
		back, err := Parse(b)
		if err != nil || len(back) != len(list) || len(list) > 0 && !reflect.DeepEqual(back, list) {
			t.Fatalf("got %v, %v; want %v", back, err, list)
		}
		must.Get(Compile(back))
	})
}

// TestReplaceLaw: a value without references replaces as the standard library does.
func TestReplaceLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.SampledFrom([]string{"a", "a*", "(a|b)+", "^", "$", `\b`, "(?m)^.", "ab|ba"}).Draw(t, "pattern")
		value := rapid.StringMatching(`[a-z$]{0,5}`).Draw(t, "value")
		body := []byte(rapid.StringMatching(`[ab\n ä]{1,40}`).Draw(t, "body"))
		tab := must.Get(Compile([]Rule{{ID: "r", Action: ReplaceBody, SearchPattern: pattern, Value: value, Phase: Request}}))
		p, _ := tab.Match("GET", "/", nil)
		got, _, err := p.Request.Body(nil, http.Header{}, body, nil)
		want := regexp.MustCompile(pattern).ReplaceAllLiteral(body, []byte(value))
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("got %q, %v; want %q", got, err, want)
		}
	})
}

// FuzzApply: rules of any data split no header and let no body grow beyond its bound.
func FuzzApply(f *testing.F) {
	f.Add([]byte(`{"version":1,"rules":[{"id":"a","action":"inject_header","key":"X-A","value":"1","phase":"request"}]}`), []byte("abc"), "gzip")
	f.Add([]byte(`{"version":1,"rules":[{"id":"a","action":"replace_body","search_pattern":"(b)","value":"\\1\\\\","phase":"request"}]}`), []byte("abc"), "")
	f.Add([]byte(`{"version":1,"rules":[{"id":"a","action":"block","url_pattern":"x","phase":"response"}]}`), gzipped("abc"), "gzip")
	f.Fuzz(func(t *testing.T, data, body []byte, encoding string) {
		list, _ := Parse(data)
		tab := must.Get(Compile(list))
		p, _ := tab.Match("GET", "https://a.example/x", nil)
		if p == nil {
			return
		}
		for _, side := range []*Changes{&p.Request, &p.Response} {
			h := http.Header{"Content-Encoding": {encoding}}
			side.SetHeader(h)
			for name, values := range h {
				if name != "Content-Encoding" && strings.ContainsAny(name+strings.Join(values, ""), "\r\n\x00") {
					t.Errorf("header %q: %q", name, values)
				}
			}
			if out, _, _ := side.Body(nil, h, body, nil); len(out) > max(maxResult, len(body)) {
				t.Errorf("%d bytes", len(out))
			}
		}
	})
}

// TestLiveCountsWhatApplied checks that a rule counts as applied for each message that it changed,
// and as skipped where it could not.
func TestLiveCountsWhatApplied(t *testing.T) {
	var l Live
	if err := l.Load([]byte(`{"version":1,"rules":[{"id":"a","action":"inject_header","key":"X-A","value":"1","phase":"response"},
		{"id":"b","action":"replace_body","search_pattern":"one","value":"two","phase":"response"}]}`)); err != nil {
		t.Fatal(err)
	}
	p := l.Match("GET", "https://a.example/x", nil)
	if p == nil {
		t.Fatal("no rule matches")
	}
	h := http.Header{"Content-Type": {"text/plain"}}
	body := func(h http.Header, text string) func() bool {
		return func() bool {
			_, changed := l.Body(&p.Response, nil, h, []byte(text), nil)
			return changed
		}
	}
	for i, step := range []struct {
		do      func() bool
		changed bool
		want    Counts
	}{
		{func() bool { return l.SetHeader(&p.Response, h) }, true, Counts{Rules: 2, Applied: 1}},
		{func() bool { return l.SetHeader(&p.Request, h) }, false, Counts{Rules: 2, Applied: 1}},
		{body(h, "one"), true, Counts{Rules: 2, Applied: 2}},
		{body(h, "xyz"), false, Counts{Rules: 2, Applied: 2}},
		{body(http.Header{"Content-Encoding": {"gzip"}}, "one"), false, Counts{Rules: 2, Applied: 2, Skipped: 1}},
		{func() bool { l.CountApplied(); return true }, true, Counts{Rules: 2, Applied: 3, Skipped: 1}},
	} {
		changed := step.do()
		if got := l.Counts(); got != step.want || changed != step.changed {
			t.Errorf("step %d: %+v, changed %v, want %+v", i, got, changed, step.want)
		}
	}
}
