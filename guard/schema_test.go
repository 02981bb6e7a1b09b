package guard

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func parse(t testing.TB, s string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return v
}

func TestSchema(t *testing.T) {
	for _, x := range []struct{ name, schema, value, field, reason string }{
		{"fits", `{"type":"object"}`, `{}`, "", ""},
		{"required", `{"required":["a","b"]}`, `{"b":1}`, "a", "is required"},
		{"nested", `{"properties":{"a":{"items":{"required":["b"]}}}}`, `{"a":[{"b":1},{}]}`, "a[1].b", "is required"},
		{"unknown", `{"properties":{},"additionalProperties":false}`, `{"x":"secret"}`, "x", "is not an argument here"},
		{"type", `{"properties":{"a":{"type":["integer","null"]}}}`, `{"a":"secret"}`, "a", "must be an integer or null, not a string"},
		{"enum", `{"properties":{"a":{"enum":["x","y"]}}}`, `{"a":"secret"}`, "a", `must be one of "x", "y"`},
		{"big exact", `{"properties":{"a":{"maximum":9007199254740992}}}`, `{"a":9007199254740993}`, "a", "must be at most 9007199254740992"},
		{"decimal exact", `{"properties":{"a":{"multipleOf":0.01}}}`, `{"a":0.29}`, "", ""},
		{"date-time", `{"properties":{"a":{"format":"date-time"}}}`, `{"a":"secret"}`, "a", "must be a date and time"},
		{"no zone", `{"properties":{"a":{"format":"date-time"}}}`, `{"a":"2026-01-31T12:00:00"}`, "", ""},
		{"int32", `{"properties":{"a":{"format":"int32"}}}`, `{"a":2147483648}`, "a", "must be a whole number of 32 bits"},
		{"int64", `{"properties":{"a":{"format":"int64"}}}`, `{"a":9223372036854775807}`, "", ""},
		{"byte", `{"properties":{"a":{"format":"byte"}}}`, `{"a":"se!cret"}`, "a", "must be base64"},
		{"lookahead", `{"properties":{"a":{"pattern":"^(?!x)[a-z]+$"}}}`, `{"a":"abc"}`, "", ""},
		{"line end", `{"properties":{"a":{"pattern":"^abc$"}}}`, `{"a":"abc\n"}`, "a", "does not match the pattern ^abc$"},
		{"one of", `{"properties":{"a":{"oneOf":[{"type":"object","required":["b"]},{"type":"integer"}]}}}`, `{"a":{}}`, "a.b", "is required"},
		{"both of", `{"properties":{"a":{"oneOf":[{"type":"integer"},{"type":"number"}]}}}`, `{"a":1}`, "a", "fits more than one"},
		{"false", `{"properties":{"a":false}}`, `{"a":1}`, "a", "is not allowed here"},
		{"characters", `{"properties":{"a":{"maxLength":3}}}`, `{"a":"äöüß"}`, "a", "has 4 characters, at most 3"},
		{"long name", `{"additionalProperties":false}`, `{"` + strings.Repeat("x", 200) + `":1}`, strings.Repeat("x", 63) + "…", "is not an argument"},
		{"name with a line", `{"additionalProperties":false}`, `{"x\ny":1}`, "x?y", "is not an argument"},
	} {
		s, err := CompileSchema(parse(t, x.schema))
		if err != nil {
			t.Errorf("%s: %v", x.name, err)
			continue
		}
		got := s.Check(parse(t, x.value))
		if x.reason == "" {
			if len(got) > 0 {
				t.Errorf("%s: %v", x.name, got)
			}
			continue
		}
		if len(got) == 0 || got[0].Field != x.field || !strings.HasPrefix(got[0].Reason, x.reason) {
			t.Errorf("%s: %q", x.name, got)
		}
		for _, p := range got {
			if strings.Contains(p.String(), "secret") {
				t.Errorf("%s: the value is told: %s", x.name, p)
			}
		}
	}
}

func TestUnder(t *testing.T) {
	for field, want := range map[string]string{"": "b", "a": "b.a", "a[0].c": "b.a[0].c", "0": "b[0]", "0.name": "b[0].name"} {
		if got := (Problem{Field: field}).Under("b").Field; got != want {
			t.Errorf("%q: %q, want %q", field, got, want)
		}
	}
}

func TestSchemaFetchesNothing(t *testing.T) {
	for _, ref := range []string{"file:///etc/passwd", "http://127.0.0.1:1/x.json", "other.json"} {
		if _, err := CompileSchema(parse(t, `{"$ref":"`+ref+`"}`)); err == nil {
			t.Errorf("%s was followed", ref)
		}
	}
}

// TestPatternTime matches a text that a backtracking engine would need an age for.
func TestPatternTime(t *testing.T) {
	s, err := CompileSchema(parse(t, `{"pattern":"^(a+)+$"}`))
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if got := s.Check(strings.Repeat("a", 50) + "b"); len(got) == 0 {
		t.Error("what could not be matched in time was let through")
	}
	if d := time.Since(start); d > 20*time.Second {
		t.Errorf("took %v", d)
	}
}

func TestPattern(t *testing.T) {
	for _, x := range []struct{ in, want string }{
		{`^a$`, `^a$`}, {`\_\@\-`, `_@-`}, {`^{.*}$`, `^\{.*\}$`}, {`a{2}{`, `a{2}\{`}, {`a{2,3}b{4,}`, `a{2,3}b{4,}`}, {`x{a}`, `x\{a\}`},
		{`[\w-.]`, `[\w\-.]`}, {`[a-\d]`, `[a\-\d]`}, {`[\-a]`, `[\-a]`}, {`[a-z\_]`, `[a-z_]`}, {`[^/]+`, `[^/]+`}, {`\/`, `\/`},
		{`(?P<n>a)`, `(?<n>a)`}, {`\Aabc\z`, `^abc$`}, {`]`, `\]`}, {`\p{L}+`, `\p{L}+`}, {`\u{1F600}`, `\u{1F600}`}, {`(?<!a)b`, `(?<!a)b`},
	} {
		if got, err := Pattern(x.in); err != nil || got != x.want {
			t.Errorf("%s: %s, %v; want %s", x.in, got, err, x.want)
		}
	}
	for _, p := range []string{`(`, `[`, `(?i)a`, `(?>a)`, `[[:alpha:]]`, `\hx`, `*a`, `a**`, `\`, strings.Repeat("a", 5000)} {
		if got, err := Pattern(p); err == nil {
			t.Errorf("%.20s: taken as %s", p, got)
		}
	}
}

func TestCheckNumber(t *testing.T) {
	for n, ok := range map[string]bool{
		"1": true, "-1.5e10": true, "1e1024": true, "1e1025": false, "1e-99999": false, "1e99999999999999999999": false, "1E+9999": false,
		strings.Repeat("9", 1025): false,
	} {
		if err := CheckNumber(json.Number(n)); (err == nil) != ok {
			t.Errorf("%.20s: %v", n, err)
		}
	}
}

// FuzzPattern rewrites anything without a panic, and what it gives can be rewritten to itself.
func FuzzPattern(f *testing.F) {
	for _, s := range []string{`^[\w-.]+$`, `(?P<a>x){2}`, `\p{L}`, `[^]`, `a{1,2`, `\x4`, `[a-\w]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, p string) {
		out, err := Pattern(p)
		if err != nil {
			return
		}
		again, err := Pattern(out)
		if err != nil || again != out {
			t.Errorf("%q became %q, which becomes %q, %v", p, out, again, err)
		}
	})
}
