package redact_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/test/must"
)

func TestRules(t *testing.T) {
	rules := must.Get(redact.Compile([]redact.Rule{
		{Header: "X-Tenant"}, {JSON: "$.user.name"}, {JSON: "$.items[*].note"}, {JSON: "$..nick"},
		{JSON: "$['odd name'][1]"}, {JSON: "$.whole"},
		{Name: "colour"}, {Regexp: `ACME-\d+`}, {Regexp: `name is (\w+)`},
	}))
	r := redact.New([]byte("k"), redact.Config{Rules: rules})
	for _, tt := range []struct{ in, want string }{
		{`{"user":{"name":"joe","age":7},"name":"kept"}`,
			`{"user":{"name":"[redacted:secret:*]","age":7},"name":"kept"}`},
		{`{"user":{"name":"password","value":"hunter2"}}`, `{"user":{"name":"[redacted:secret:*]","value":"[redacted:secret:*]"}}`},
		{`{"items":[{"note":"a"},{"note":"b","n":1}],"note":"kept"}`,
			`{"items":[{"note":"[redacted:secret:*]"},{"note":"[redacted:secret:*]","n":1}],"note":"kept"}`},
		{`{"a":[{"b":{"nick":5}}],"nick":"x"}`, `{"a":[{"b":{"nick":"[redacted:secret:*]"}}],"nick":"[redacted:secret:*]"}`},
		{`{"odd name":["a","b"]}`, `{"odd name":["a","[redacted:secret:*]"]}`},
		{`{"whole":{"a":["x",1,true,null]},"b":"y"}`,
			`{"whole":{"a":["[redacted:secret:*]","[redacted:secret:*]",true,null]},"b":"y"}`},
		{`{"Colour":"red"}`, `{"Colour":"[redacted:secret:*]"}`},
		{`{"a":[{"Colour":{"x":"red","y":[7]}}]}`, `{"a":[{"Colour":{"x":"[redacted:secret:*]","y":["[redacted:secret:*]"]}}]}`},
		{`{"t":"order ACME-123 and ACME-9, my name is Joe"}`,
			`{"t":"order [redacted:secret:*] and [redacted:secret:*], my name is [redacted:secret:*]"}`},
		{`{"t":"ACME-12`, `{"t":"[redacted:secret:*]`},
		{`{"by order":{"ACME-123":1,"the name is Joe":{"ACME":2}}}`,
			`{"by order":{"[redacted:secret:*]":1,"the name is [redacted:secret:*]":{"ACME":2}}}`},
	} {
		t.Run(tt.in, func(t *testing.T) {
			got := string(r.JSON([]byte(tt.in)))
			if stars(got) != tt.want {
				t.Errorf("%s\ngot  %s\nwant %s", tt.in, stars(got), tt.want)
			}
			if again := string(r.JSON([]byte(got))); again != got {
				t.Errorf("not idempotent: %s, then %s", got, again)
			}
		})
	}
	if got := stars(r.HeaderValue("x-tenant", "acme")); got != "[redacted:secret:*]" {
		t.Errorf("header: %s", got)
	}
	if got := stars(r.HeaderValue("Colour", "red")); got != "[redacted:secret:*]" {
		t.Errorf("header with a name: %s", got)
	}
	if got := stars(r.Query("colour=red&x=ACME-1")); got != "colour=[redacted:secret:*]&x=[redacted:secret:*]" {
		t.Errorf("query: %s", got)
	}
	if got := stars(r.Text("an ACME-77 text")); got != "an [redacted:secret:*] text" {
		t.Errorf("text: %s", got)
	}
	f := r.Flow(flow.Flow{Request: flow.Request{Path: "/x/ACME-5"}})
	if got := stars(f.Request.Path); got != "/x/[redacted:secret:*]" {
		t.Errorf("path: %s", got)
	}
}

func TestCompile(t *testing.T) {
	for _, r := range []redact.Rule{
		{}, {Header: "a", JSON: "$.b"}, {JSON: "a.b"}, {JSON: "$"}, {JSON: "$.a["}, {JSON: "$.a[x]"},
		{JSON: "$..[?(@.a)]"}, {JSON: "$.a."}, {JSON: "$a"}, {JSON: "$a.b"}, {JSON: "$ .a"}, {JSON: "$['card"},
		{JSON: "$['card'"}, {JSON: "$['card\"]"}, {JSON: `$["card`}, {JSON: "$.a['b"}, {JSON: "$[]"},
		{JSON: "$[-1]"}, {JSON: "$.."}, {JSON: "$.a]"},
		{Regexp: "("}, {Regexp: "x*"},
	} {
		if _, err := redact.Compile([]redact.Rule{r}); err == nil {
			t.Errorf("%+v: no error", r)
		}
	}
	for _, r := range []redact.Rule{{Header: "a"}, {JSON: "$.a"}, {JSON: "$..a[*].b['c d']"}, {JSON: "$.a[0]"},
		{JSON: "$.*.b"}, {Regexp: "a+"}, {Name: "x"}} {
		if _, err := redact.Compile([]redact.Rule{r}); err != nil {
			t.Errorf("%+v: %v", r, err)
		}
	}
}

// TestCompileSaysWhy checks that an error names the first invalid rule and its mistake.
func TestCompileSaysWhy(t *testing.T) {
	for _, tt := range []struct {
		rules []redact.Rule
		want  string
	}{
		{[]redact.Rule{{Header: "a"}, {}, {Regexp: "("}}, "redact: rule 2: must have one of header, json, name, regexp and gitleaks"},
		{slices.Repeat([]redact.Rule{{Regexp: "a+b"}}, 51), `redact: rule 51: regexp "a+b": at most 50 regular expressions are allowed`},
		{[]redact.Rule{{Name: "a", Header: "b"}}, "redact: rule 1: must have one of header, json, name, regexp and gitleaks"},
		{[]redact.Rule{{JSON: "a.b"}}, `redact: rule 1: json "a.b": `},
		{[]redact.Rule{gitleaks("[[rules]]\nid = 'a'\nregex = '('")}, `redact: rule 1: gitleaks "rules.toml": rules: rule "a": regex: `},
		{[]redact.Rule{gitleaks("title = 'a'")}, `redact: rule 1: gitleaks "rules.toml": the file has no rule with a regex`},
		{[]redact.Rule{gitleaks(shopRules), gitleaks(shopRules)}, `redact: rule 2: gitleaks "rules.toml": only one such file is allowed`},
		{[]redact.Rule{{Regexp: "("}}, `redact: rule 1: regexp "(": `},
		{[]redact.Rule{{Name: "a"}, {JSON: "$.b"}, {Regexp: "x*"}}, `redact: rule 3: regexp "x*": matches the empty text`},
	} {
		if _, err := redact.Compile(tt.rules); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%v, want %s", err, tt.want)
		}
	}
}

// TestRegexpRules checks which text a regular expression hides: what its group has, or all that it
// matches, wherever that is, and never a part of a placeholder.
func TestRegexpRules(t *testing.T) {
	for _, tt := range []struct{ regexp, in, want string }{
		{`x\d+`, "x1 a x22", "[] a []"},
		{`x\d+`, "x1", "[]"},
		{`x\d+`, "x1x2", "[][]"},
		{`id (\w+);`, "id abc; id d", "id []; id d"},
		{`id (\w+);`, "id abc;id d;", "id [];id [];"},
		{`a(b)?c`, "abc ac", "a[]c []"},
		{`a(b*)c`, "ac abc ac", "ac a[]c ac"},
		{`a(b*)c`, "ac", "ac"},
		{`(a)|b`, "ab", "[][]"},
		{`(a)b`, "ab ab", "[]b []b"},
		{`(b*)c`, "cbc bbc", "c[]c []c"},
		{`x$`, "xx", "x[]"},
		{`redacted`, "the password: hunter2xyz redacted", "the password: [] []"},
		{`secret`, "password: hunter2xyz", "password: []"},
		{`password: .*`, "password: hunter2xyz", "password: []"},
	} {
		rules := must.Get(redact.Compile([]redact.Rule{{Regexp: tt.regexp}}))
		r := redact.New([]byte("k"), redact.Config{Rules: rules})
		in := red.Text(tt.in)
		if got := emptied(r.Text(in)); got != tt.want {
			t.Errorf("%s in %s: %s, want %s", tt.regexp, in, got, tt.want)
		}
	}
}

// TestRulesHide checks what a value that is kept for documents is compared with: the name of its
// header or member, the last name of a path, and expressions.
func TestRulesHide(t *testing.T) {
	rules := must.Get(redact.Compile([]redact.Rule{{Header: "X-Tenant"}, {JSON: "$.user.nick"}, {Name: "Colour"}, {Regexp: `ACME-\d+`}}))
	for _, tt := range []struct {
		name, text string
		want       bool
	}{
		{"x-tenant", "", true}, {"X-TENANT", "a", true}, {"nick", "", true}, {"colour", "", true}, {"user", "", false},
		{"note", "see ACME-12", true}, {"note", "see ACME", false}, {"note", "", false}, {"", "", false},
	} {
		if got := rules.Hides(tt.name, tt.text); got != tt.want {
			t.Errorf("%s, %q: %t", tt.name, tt.text, got)
		}
	}
}

// TestRegexps checks that an expression hides its group or all that it matches, and nothing of a
// placeholder.
func TestRegexps(t *testing.T) {
	const mark = "[redacted:secret:0123456789]"
	for _, tt := range []struct{ expression, text, want string }{
		{`x(\d*)y`, "xy x12y xy", "xy x[]y xy"}, {`(x)|y`, "x y", "[] []"}, {`a`, "aaa", "[][][]"},
		{`secret`, "a secret " + mark + " secret", "a [] [] []"}, {`\d+`, "12" + mark + "34", "[][][]"},
		{`2\[red`, "12" + mark + "34", "12[]34"}, {`9\]3`, "12" + mark + "34", "12[]34"}, {`.+`, "12" + mark + "34", "12[]34"},
		{`\d\d`, mark + mark + "1", "[][]1"}, {`[a-z]+:`, mark + "red:", "[][]"}, {`(red)acted`, mark + " redacted", "[] []acted"},
		{`b`, "a", "a"}, {`b`, "", ""},
	} {
		rules := must.Get(redact.Compile([]redact.Rule{{Regexp: tt.expression}}))
		r := redact.New([]byte("k"), redact.Config{Rules: rules})
		got := r.Text(tt.text)
		if emptied(got) != tt.want || r.Text(got) != got {
			t.Errorf("%s of %s: %s, want %s", tt.expression, tt.text, emptied(got), tt.want)
		}
	}
}

func gitleaks(content string) redact.Rule {
	return redact.Rule{Gitleaks: "rules.toml", Content: []byte(content)}
}

// shopRules are of the usual form: the name of a service before a value, and a format.
const shopRules = `
[extend]
useDefault = true
[[rules]]
id = "shop-key"
regex = '''(?i)[\w.-]{0,50}?(?:shop)(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:)[\x60'"\s=]{0,5}([a-z0-9]{6})(?:[\x60'"\s;&<]|$)'''
keywords = ["shop"]
[[rules.allowlists]]
stopwords = ["sample"]
[[rules]]
id = "acme-ticket"
regex = 'ACME-\d{3}'
keywords = ["acme"]
`

// TestGitleaks applies a file of gitleaks to all places of traffic. Its rules see a value behind
// its name, with any separator; its allowlists are for its own rules alone.
func TestGitleaks(t *testing.T) {
	shop := must.Get(redact.Compile([]redact.Rule{gitleaks(shopRules)}))
	r := redact.New([]byte("k"), redact.Config{Rules: shop})
	body := func(contentType string) func(string) string {
		return func(s string) string { return string(r.Body(contentType, []byte(s))) }
	}
	for _, tt := range []struct {
		redact   func(string) string
		in, want string
	}{
		{body(""), `{"shopId":"abc123","other":"abc123","n":[1]}`, `{"shopId":"[]","other":"abc123","n":[1]}`},
		{body(""), `{"shop":123456,"shops":["abc123"]}`, `{"shop":"[]","shops":["[]"]}`},
		{body(""), `{"shop":"sample","token":"sample1"}`, `{"shop":"sample","token":"[]"}`},
		{body(""), `{"text":"see ACME-123"}`, `{"text":"see []"}`},
		{body("application/xml"), `<a><shop>abc123</shop></a>`, `<a><shop>[]</shop></a>`},
		{body("application/x-www-form-urlencoded"), `shop=abc123&x=1`, `shop=[]&x=1`},
		{body("text/plain"), `shop = abc123 and ACME-12`, `shop = [] and ACME-12`},
		{body("multipart/form-data; boundary=b"), "--b\r\nContent-Disposition: form-data; name=shop\r\n\r\nabc123\r\n--b--\r\n",
			"--b\r\nContent-Disposition: form-data; name=shop\r\n\r\n[]\r\n--b--\r\n"},
		{r.Path, "/x/ACME-123/y", "/x/[]/y"},
		{func(s string) string { return r.HeaderValue("X-Shop", s) }, "abc123", "[]"},
		{func(s string) string { return r.Value("shop", s) }, "abc123", "[]"},
	} {
		got := tt.redact(tt.in)
		if emptied(got) != tt.want {
			t.Errorf("%s: %s, want %s", tt.in, emptied(got), tt.want)
		}
		if again := tt.redact(got); again != got {
			t.Errorf("%s: %s, and redacted again %s", tt.in, got, again)
		}
	}
	if !shop.Hides("shop", "abc123") || shop.Hides("shop", "abc12") || shop.Hides("x", "abc123") {
		t.Error("documents do not hide what the rules find")
	}
}
