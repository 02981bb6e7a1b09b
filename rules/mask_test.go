package rules

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/flow/redact/mark"
)

var red = redact.New([]byte("the key of a test"), redact.Config{})

// TestRulesCannotMoveSecrets checks that a rule acts on what redaction shows of a body, and that a
// secret stays where redaction hides it.
func TestRulesCannotMoveSecrets(t *testing.T) {
	const secret = "hunter2xyz"
	type change struct{ pattern, value string }
	const asJSON, asForm = "application/json", "application/x-www-form-urlencoded"
	for _, tt := range []struct {
		name        string
		contentType string
		header      http.Header
		rules       []change
		body        string
		want        string // "" for the given body
		moves       bool   // ErrSecret
	}{
		{"rename", asJSON, nil, []change{{`"password"`, `"note"`}}, `{"password":"` + secret + `"}`, "", true},
		{"rename in two steps", asJSON, nil, []change{{`"password"`, `"pwd"`}, {`"pwd"`, `"note"`}}, `{"password":"` + secret + `"}`, "", true},
		{"copy", asJSON, nil, []change{{`"password":("[^"]*")`, `"password":\1,"note":\1`}}, `{"password":"` + secret + `"}`, "", true},
		{"to another level", asJSON, nil, []change{{`\{"password":("[^"]*")\}`, `{"list":[\1]}`}}, `{"password":"` + secret + `"}`, "", true},
		{"form field", asForm, nil, []change{{`password=`, `note=`}}, `password=` + secret + `&a=1`, "", true},
		{"guess of a part", asJSON, nil, []change{{`hunter`, `x`}}, `{"password":"` + secret + `"}`, "", false},
		{"guess of a part beside a match", asJSON, nil, []change{{`"a":1|"password":"h`, `"a":2`}}, `{"a":1,"password":"` + secret + `"}`, `{"a":2,"password":"` + secret + `"}`, false},
		{"letters of a placeholder", asJSON, nil, []change{{`e|]`, `E`}}, `{"a":"e","password":"` + secret + `"}`, `{"a":"E","password":"` + secret + `"}`, false},
		{"a placeholder and a part of one", asJSON, nil, []change{{`"hunt.*red|"\[.*d:`, ``}}, `{"password":"` + secret + `","token":"other4secret"}`, "", false},
		{"equal constant", asJSON, nil, []change{{`"a":1`, `"a":"` + secret + `"`}}, `{"a":1,"password":"` + secret + `"}`, `{"a":"` + secret + `","password":"` + secret + `"}`, false},
		{"other constant", asJSON, nil, []change{{`"a":1`, `"a":"hunter3xyz"`}}, `{"a":1,"password":"` + secret + `"}`, `{"a":"hunter3xyz","password":"` + secret + `"}`, false},
		{"other member", asJSON, nil, []change{{`"a":1`, `"a":2`}}, `{"a":1,"password":"` + secret + `"}`, `{"a":2,"password":"` + secret + `"}`, false},
		{"two secrets", asJSON, nil, []change{{`"a":1`, `"a":2`}}, `{"password":"` + secret + `","a":1,"token":"other4secret"}`, `{"password":"` + secret + `","a":2,"token":"other4secret"}`, false},
		{"one secret twice", asJSON, nil, []change{{`"a":1`, `"a":2`}}, `{"password":"` + secret + `","a":1,"token":"` + secret + `"}`, `{"password":"` + secret + `","a":2,"token":"` + secret + `"}`, false},
		{"number", asJSON, nil, []change{{`"a":1`, `"a":2`}}, `{"a":1,"password":48291357}`, `{"a":2,"password":48291357}`, false},
		{"one secret in two spellings", asJSON, nil, []change{{`"a":1`, `"a":2`}}, `{"password":"hunter&2","a":1,"token":"hunter\u00262"}`, "", true},
		{"a number as a text, too", asJSON, nil, []change{{`"a":1`, `"a":2`}}, `{"password":48291357,"a":1,"pin":"48291357"}`, "", true},
		{"a secret with a quote", asJSON, nil, []change{{`"a":1`, `"a":2`}}, `{"passwords":["hun\",ter","swordfish"],"a":1}`, `{"passwords":["hun\",ter","swordfish"],"a":2}`, false},
		{"to another secret name", asJSON, nil, []change{{`"password"`, `"token"`}}, `{"password":"` + secret + `"}`, "", true},
		{"copy under its name", asJSON, nil, []change{{`.*`, `[\0,\0]`}}, `{"password":"` + secret + `"}`, "", true},
		{"to another name in a pair", asJSON, nil, []change{{`"password"`, `"token"`}}, `{"name":"password","value":"` + secret + `"}`, "", true},
		{"beside a pair", asJSON, nil, []change{{`red`, `blue`}}, `[{"name":"password","value":"` + secret + `"},{"name":"color","value":"red"}]`, `[{"name":"password","value":"` + secret + `"},{"name":"color","value":"blue"}]`, false},
		{"beside a form", "text/html", nil, []change{{`>A`, `>B`}}, `<title>A</title><input name="csrf_token" value="` + secret + `">`, `<title>B</title><input name="csrf_token" value="` + secret + `">`, false},
		{"name of a form", "text/html", nil, []change{{`csrf_token`, `password`}}, `<title>A</title><input name="csrf_token" value="` + secret + `">`, "", true},
		{"name in an element", "application/xml", nil, []change{{`>password`, `>token`}}, `<a><e><key>password</key><value>` + secret + `</value></e></a>`, "", true},
		{"beside an element", "application/xml", nil, []change{{`>red`, `>blue`}}, `<a><e><key>password</key><value>` + secret + `</value></e><b>red</b></a>`, `<a><e><key>password</key><value>` + secret + `</value></e><b>blue</b></a>`, false},
		{"name in a form", asForm, nil, []change{{`=password`, `=token`}}, `name=password&value=` + secret, "", true},
		{"name around a pair", asJSON, nil, []change{{`"password"`, `"token"`}}, `{"name":"password","value":{"a":["` + secret + `"]}}`, "", true},
		{"to another object", asJSON, nil, []change{{`.*`, `{"note":\0}`}}, `{"password":"` + secret + `"}`, "", true},
		{"exchanged", asJSON, nil, []change{{`("password":)("[^"]*")(,"token":)("[^"]*")`, `\1\4\3\2`}}, `{"password":"` + secret + `","token":"other4secret"}`, "", true},
		{"to another list", asJSON, nil, []change{{`passwords`, `tokens`}}, `{"passwords":["` + secret + `"]}`, "", true},
		{"other value for a secret", asJSON, nil, []change{{`"password":"[^"]*"`, `"password":"mine"`}}, `{"password":"` + secret + `"}`, `{"password":"mine"}`, false},
		{"secret removed", asJSON, nil, []change{{`,"password":"[^"]*"`, ``}}, `{"a":1,"password":"` + secret + `"}`, `{"a":1}`, false},
		{"form, other field", asForm, nil, []change{{`a=1`, `a=2`}}, `password=` + secret + `&a=1`, `password=` + secret + `&a=2`, false},
		{"no secret", asJSON, nil, []change{{`"a"`, `"b"`}}, `{"a":1}`, `{"b":1}`, false},
		{"another name for the answer", asJSON, nil, []change{{`password`, `note:password`}}, `{"query":"{me{password}}"}`, "", true},
		{"another name for the answer, as a document", asJSON, nil, []change{{`.*`, `{me{note:password}}`}}, `{"a":1}`, "", true},
		{"another field of the answer", asJSON, nil, []change{{`name`, `note:name`}}, `{"query":"{me{p:password,name}}"}`, `{"query":"{me{p:password,note:name}}"}`, false},
		{"secret of the header", asJSON, http.Header{"Authorization": {"Bearer " + secret}}, []change{{`"note"`, `"n"`}}, `{"note":"` + secret + `"}`, "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var list []Rule
			for i, c := range tt.rules {
				list = append(list, Rule{ID: string(rune('a' + i)), Action: ReplaceBody, SearchPattern: c.pattern, Value: c.value, Phase: Request})
			}
			p, _ := table(t, list...).Match("POST", "https://a.example/", nil)
			for _, encoding := range []string{"", "gzip"} {
				h := tt.header.Clone()
				if h == nil {
					h = http.Header{}
				}
				h.Set("Content-Type", tt.contentType)
				body := []byte(tt.body)
				if encoding != "" {
					h.Set("Content-Encoding", encoding)
					body = gzipped(tt.body)
				}
				want := tt.want
				if want == "" {
					want = string(body)
				}
				got, changed, err := p.Request.Body(&flow.Flow{}, h, body, red)
				if string(got) != want || (changed > 0) != (tt.want != "") || errors.Is(err, ErrSecret) != tt.moves {
					t.Errorf("%q: got %q, %d changed, %v", encoding, got, changed, err)
				}
			}
		})
	}
}

// TestSecretsOfOtherFlows checks that a body whose secret only another flow or the path tells stays
// as it is.
func TestSecretsOfOtherFlows(t *testing.T) {
	red := redact.New([]byte("k"), redact.Config{Used: redact.NewUsed([]byte("k"), nil, nil, nil)})
	at := func(path, body string) *flow.Flow {
		return &flow.Flow{Last: 1, Request: flow.Request{Method: "POST", Scheme: "https", Authority: "a.example", Path: path, Body: flow.Body{Data: []byte(body), Size: int64(len(body))}}}
	}
	red.Learn(*at("/login", `{"password":"Tr0ub4dor99x"}`))
	for path, body := range map[string]string{"/things": `{"x":"Tr0ub4dor99x","a":1}`, "/secrets/db": `Tr0ub4dor98x`} {
		for _, c := range [][2]string{{`"x"`, `"note"`}, {`"x":("[^"]*")`, `"x":\1,"password":\1`}, {`Tr0ub`, "a"}, {`$`, " "}} {
			p, _ := table(t, Rule{ID: "a", Action: ReplaceBody, SearchPattern: c[0], Value: c[1], Phase: Request}).Match("POST", "/", nil)
			if got, n, err := p.Request.Body(at(path, ""), http.Header{}, []byte(body), red); n > 0 || string(got) != body {
				t.Errorf("%s: %s, %v", c, got, err)
			}
		}
	}
}

// TestMaskWithoutMediaType checks that a body is redacted as it is decoded, with any other lines in
// its header.
func TestMaskWithoutMediaType(t *testing.T) {
	body := []byte(`{"password":"hunter2xyz"}`)
	for _, h := range []http.Header{{}, {"Content-Encoding": {"gzip"}}, {"Accept": {"a"}, "Content-Encoding": {"gzip", "gzip"}}} {
		sent := body
		for range h["Content-Encoding"] {
			sent = gzipped(string(sent))
		}
		p, _ := table(t, Rule{ID: "a", Action: ReplaceBody, SearchPattern: "hunter|}", Value: "}\n", Phase: Request}).Match("POST", "/", nil)
		if got, _, err := p.Request.Body(&flow.Flow{}, h, sent, red); err != nil || string(got) != string(body)+"\n" {
			t.Errorf("%v: %s, %v", h, got, err)
		}
	}
}

// TestRulesCannotSplitSecretsLaw checks that no rules bring a part of a secret to where redaction
// shows it.
func TestRulesCannotSplitSecretsLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringMatching(`[QXZ][QXZ789]{9}`).Draw(t, "secret")
		body := rapid.SampledFrom([]string{
			`{"a":1,"password":"%","note":"x"}`, `{"user":{"password":"%","n":[1,2]}}`, `[{"token":"%"},{"token":"%"}]`,
			`{"a":"y","api_key":"%","password":"%"}`,
		}).Draw(t, "body")
		body = strings.ReplaceAll(body, "%", secret)
		var list []Rule
		for i := range rapid.IntRange(1, 3).Draw(t, "rules") {
			list = append(list, Rule{ID: string(rune('a' + i)), Action: ReplaceBody, Phase: Request,
				SearchPattern: rapid.SampledFrom([]string{`"password"`, `token`, `"(password|token|api_key)":"(.)(.)(.)`, `.`, `[QXZ]`,
					`":"(..)([^"]*)"`, `"[^"]*":`, `\[redacted`, `"(\[redacted:secret:[0-9a-f]*\])"`, `(\[redacted[^]]*\])`, `"a":`, `[{}]`}).Draw(t, "pattern"),
				Value: rapid.SampledFrom([]string{"", `"x"`, `"note"`, `\0 \0`, `"n":"\0","`, `"password"`, `,"n":`}).Draw(t, "value")})
		}
		tab, err := Compile(list)
		if err != nil {
			return // a value with a group that the pattern does not have
		}
		p, _ := tab.Match("POST", "/", nil)
		out, _, _ := p.Request.Body(&flow.Flow{}, http.Header{"Content-Type": {"application/json"}}, []byte(body), red)
		shown := red.Body("application/json", out)
		for rest := shown; ; {
			_, end, ok := mark.Next(string(rest))
			before := rest
			if ok {
				before = rest[:end]
				if i := bytes.LastIndex(before, []byte(mark.Prefix)); i >= 0 {
					before = before[:i]
				}
			}
			if bytes.ContainsAny(before, "QXZ") {
				t.Fatalf("%s became %s, shown as %s", body, out, shown)
			}
			if !ok {
				break
			}
			rest = rest[end:]
		}
	})
}

// TestMaskLimits checks that bodies are not changed if redaction or the secrets in them make them
// too large.
func TestMaskLimits(t *testing.T) {
	h := http.Header{"Content-Type": {"application/json"}}
	long := `{"a":1,"password":"` + strings.Repeat("Q7", 200<<10) + `"}`
	for _, tt := range []struct {
		name           string
		red            *redact.Redactor
		pattern, value string
		body           string
		err            error
	}{
		{"secret kept", red, `"a":1`, `"a":2`, long, nil},
		{"secret copied", red, `("password"):("[^"]*")`, `\1:\2` + strings.Repeat(`,\1:\2`, 11), long, ErrTooLarge},
		{"more than the redactor decodes", redact.New([]byte("k"), redact.Config{MaxBody: 10}), `"a":1`, `"a":2`, long, ErrTooLarge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := table(t, Rule{ID: "a", Action: ReplaceBody, SearchPattern: tt.pattern, Value: tt.value, Phase: Request}).Match("POST", "/", nil)
			got, changed, err := p.Request.Body(&flow.Flow{}, h, []byte(tt.body), tt.red)
			if !errors.Is(err, tt.err) || (err != nil) != (tt.err != nil) || (changed > 0) != (tt.err == nil) || err != nil && string(got) != tt.body {
				t.Errorf("%d bytes, %d changed, %v", len(got), changed, err)
			}
		})
	}
}
