package roundtrip

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
	"github.com/spectap/spectap/openapi/router"
)

// TestKeys checks that requests have the same key only if all that their outcome depends on is the
// same.
func TestKeys(t *testing.T) {
	base := func() (*flow.Flow, *router.Match) {
		return &flow.Flow{Request: flow.Request{
				Method: "POST", Scheme: "https", Authority: "h", Path: "/a", RawQuery: "q=1", Header: flow.Header{{Name: "A", Value: "1"}}, Body: flow.Body{Data: []byte("b")},
			}, Response: &flow.Response{Status: 200}},
			&router.Match{Method: "POST", Template: "/{x}", Prefix: "/v1"}
	}
	seen := map[requestKey]string{}
	for name, change := range map[string]func(*flow.Flow, *router.Match){
		"as it is":             func(*flow.Flow, *router.Match) {},
		"method":               func(f *flow.Flow, _ *router.Match) { f.Request.Method = "PUT" },
		"scheme":               func(f *flow.Flow, _ *router.Match) { f.Request.Scheme = "http" },
		"authority":            func(f *flow.Flow, _ *router.Match) { f.Request.Authority = "i" },
		"path":                 func(f *flow.Flow, _ *router.Match) { f.Request.Path = "/b" },
		"query":                func(f *flow.Flow, _ *router.Match) { f.Request.RawQuery = "q=2" },
		"path and query moved": func(f *flow.Flow, _ *router.Match) { f.Request.Path, f.Request.RawQuery = "/aq", "=1" },
		"value of a header":    func(f *flow.Flow, _ *router.Match) { f.Request.Header[0].Value = "2" },
		"name of a header":     func(f *flow.Flow, _ *router.Match) { f.Request.Header[0].Name = "B" },
		"header moved":         func(f *flow.Flow, _ *router.Match) { f.Request.Header[0] = flow.Field{Name: "A1"} },
		"no header":            func(f *flow.Flow, _ *router.Match) { f.Request.Header = nil },
		"header in the body": func(f *flow.Flow, _ *router.Match) {
			f.Request.Header, f.Request.Body.Data = nil, []byte("\x01A\x011---b")
		},
		"body":               func(f *flow.Flow, _ *router.Match) { f.Request.Body.Data = []byte("c") },
		"no body":            func(f *flow.Flow, _ *router.Match) { f.Request.Body.Data = nil },
		"truncated":          func(f *flow.Flow, _ *router.Match) { f.Request.Body.Truncated = true },
		"dropped":            func(f *flow.Flow, _ *router.Match) { f.Request.Body.Dropped = true },
		"refused":            func(f *flow.Flow, _ *router.Match) { f.Response.Status = 400 },
		"operation's method": func(_ *flow.Flow, m *router.Match) { m.Method = "GET" },
		"template":           func(_ *flow.Flow, m *router.Match) { m.Template = "/{y}" },
		"prefix":             func(_ *flow.Flow, m *router.Match) { m.Prefix = "/v2" },
	} {
		f, m := base()
		change(f, m)
		k := keyOf(f, m)
		if other, taken := seen[k]; taken {
			t.Errorf("%s and %s have one key", name, other)
		}
		seen[k] = name
		f.Response.Body.Data = []byte("another answer")
		if keyOf(f, m) != k {
			t.Errorf("%s: the key depends on the answer", name)
		}
	}
}

// TestRepeatsThatAreKept checks which outcomes are kept, and how many.
func TestRepeatsThatAreKept(t *testing.T) {
	r := repeats{}
	for i, tt := range []struct {
		err  error
		kept bool
	}{{nil, true}, {fmt.Errorf("x: %w", serialize.ErrMalformed), true}, {fmt.Errorf("x: %w", errRefused), true}, {errors.New("differs"), false}} {
		k := requestKey{byte(i), 1}
		r.keep(k, tt.err)
		if got, ok := r[k]; ok != tt.kept || got != tt.err && ok {
			t.Errorf("%v: kept %t", tt.err, ok)
		}
	}
	for i := len(r); i < maxRepeats; i++ {
		r.keep(requestKey{byte(i), byte(i >> 8), byte(i >> 16), 2}, nil)
	}
	if len(r) != maxRepeats {
		t.Errorf("%d are kept", len(r))
	}
	if r.keep(requestKey{3}, nil); len(r) != 1 {
		t.Errorf("%d are kept beyond the bound", len(r))
	}
}

// TestCompareData finds where two values differ first.
func TestCompareData(t *testing.T) {
	for _, tt := range []struct{ want, got, at string }{
		{`{"a":[1,{"b":null}],"c":"x"}`, `{"c":"x","a":[1,{"b":null}]}`, ""},
		{`{"a":1}`, `{"a":2}`, "$.a"}, {`{"a":1}`, `{}`, "$.a"}, {`{}`, `{"a":1}`, "$"}, {`{"a":{"b":1}}`, `{"a":[]}`, "$.a"}, {`{"a":1,"b":1}`, `{"a":2,"b":2}`, "$.a"},
		{`[1,2]`, `[1,3]`, "$[1]"}, {`[1]`, `[1,2]`, "$"}, {`[1]`, `{}`, "$"}, {`"a"`, `"b"`, "$"}, {`null`, `false`, "$"},
	} {
		var w, g any
		if err := errors.Join(json.Unmarshal([]byte(tt.want), &w), json.Unmarshal([]byte(tt.got), &g)); err != nil {
			t.Fatal(err)
		}
		if at, same := compareData(w, g, "$"); same != (tt.at == "") || !same && at != tt.at {
			t.Errorf("%s and %s: %s, %t", tt.want, tt.got, at, same)
		}
	}
	for _, x := range []struct {
		a, b json.Number
		want bool
	}{{"1", "1", true}, {"1.0", "1e0", true}, {"1", "1.01", false}, {"x", "x", true}, {"x", "1", false}, {"1", "x", false}} {
		if got, _ := compareData(x.a, x.b, "$"); isSameNumber(x.a, x.b) != x.want || got != "$" {
			t.Errorf("%s and %s: %s", x.a, x.b, got)
		}
	}
	for want, x := range map[string][2]string{"was left out": {"a", ""}, "was added": {"", "a"}, "differs": {"a", "b"}} {
		if got := describeChange(x[0], x[1]); got != want {
			t.Errorf("%q: %s, want %s", x, got, want)
		}
	}
}
