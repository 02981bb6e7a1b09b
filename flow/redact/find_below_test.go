package redact_test

import (
	"strings"
	"testing"
)

// TestBelow redacts values below a secret name and keeps what describes the secret. In a pattern, *
// stands for the digits of a placeholder.
func TestBelow(t *testing.T) {
	for _, tt := range []struct{ name, contentType, body, want string }{
		{"JSON object", "application/json", `{"password":{"plain":"swordfish"}}`, `{"password":{"plain":"[redacted:secret:*]"}}`},
		{"JSON, any name", "application/json", `{"password":{"x":"swordfish","y":[{"z":"abc"}]}}`,
			`{"password":{"x":"[redacted:secret:*]","y":[{"z":"[redacted:secret:*]"}]}}`},
		{"JSON list", "application/json", `{"pins":[1234,"5678",[9012]]}`,
			`{"pins":["[redacted:secret:*]","[redacted:secret:*]",["[redacted:secret:*]"]]}`},
		{"JSON, a form as the new password", "application/json", `["password","bob","user=ann&password=swordfish"]`,
			`["password","bob","user=ann&password=[redacted:secret:*]"]`},
		{"JSON in a list", "application/json", `{"credentials":[{"main":"swordfish","user":"bob"}]}`,
			`{"credentials":[{"main":"[redacted:secret:*]","user":"bob"}]}`},
		{"JSON policy", "application/json", `{"password":{"min_length":8,"max":"64","strict":true,"rotated_at":"2026-11-20","x":12}}`, ``},
		{"JSON, a number that stands for a secret", "application/json", `{"name":"pin","text":4711}`, `{"name":"pin","text":"[redacted:secret:*]"}`},
		{"JSON, digits in a string", "application/json", `{"pin":{"x":"4711"}}`, `{"pin":{"x":"[redacted:secret:*]"}}`},
		{"JSON, what describes", "application/json", `{"token":{"type":"bearer","scopes":["read"],"expires":"2026-11-20T01:02:03Z","id":"tok_1"}}`, ``},
		{"JSON, link", "application/json", `{"secret":{"self":"https://example.com/a"}}`, ``},
		{"JSON schema", "application/json", `{"properties":{"password":{"type":"string","description":"eight characters"}}}`, ``},
		{"JSON, current", "application/json", `{"password":{"current":12345678}}`, `{"password":{"current":"[redacted:secret:*]"}}`},
		{"JSON, joined", "application/json", `{"card":{"number":"4000 12"},"api":{"key":"abc"},"verification":{"code":"482913"}}`,
			`{"card":{"number":"[redacted:secret:*]"},"api":{"key":"[redacted:secret:*]"},"verification":{"code":"[redacted:secret:*]"}}`},
		{"JSON, not joined", "application/json", `{"error":{"code":"482913"},"house":{"number":"482913"},"map":{"key":"abc"}}`, ``},
		{"JSON keys", "application/json", `{"password[0]":"abc","user[password]":"def","password[x][1]":"ghi"}`,
			`{"password[0]":"[redacted:secret:*]","user[password]":"[redacted:secret:*]","password[x][1]":"[redacted:secret:*]"}`},
		{"JSON, cut", "application/json", `{"password":{"x":"swordf`, `{"password":{"x":"[redacted:secret:*]`},
		{"JSON, cut list", "application/json", `{"password":["a b","swordf`, `{"password":["[redacted:secret:*]","[redacted:secret:*]`},
		{"tokens of a text", "application/json", `{"tokens":[15496,995]}`, ``},
		{"ids", "application/json", `{"account_ids":["QopwL3En9rFnJADbxMlacebo6baBqjFpQ98mn"]}`, ``},
		{"random member", "application/json", `{"aZ3kP9qR7tY2wE5uI8oL1mN4bV6cX0sD":{"n":1}}`, `{"[redacted:secret:*]":{"n":1}}`},
		{"form", "application/x-www-form-urlencoded", "password[0]=x1&password%5Ba%5D%5Bb%5D=x2&a[1]=x3&tokens[page]=2",
			"password[0]=[redacted:secret:*]&password%5Ba%5D%5Bb%5D=[redacted:secret:*]&a[1]=x3&tokens[page]=2"},
		{"text", "text/plain", "password[0]=x1y2z3 user[password]: abc, password['a'] = 'b c', user%5Bpassword%5D=abc",
			"password[0]=[redacted:secret:*] user[password]: [redacted:secret:*], password['a'] = '[redacted:secret:*]', user%5Bpassword%5D=[redacted:secret:*]"},
		{"object in text", "text/plain", "credentials={plain:abc user:bob, more: ['def', \"g h\"]} next: a",
			"credentials={plain:[redacted:secret:*] user:bob, more: ['[redacted:secret:*]', \"[redacted:secret:*]\"]} next: a"},
		{"script", "text/html", `<script>var o = {password: {min: 8, x: 'abc'}, a: 'b'}</script>`,
			`<script>var o = {password: {min: 8, x: '[redacted:secret:*]'}, a: 'b'}</script>`},
		{"XML", "application/xml", "<c><credentials>\n <user>bob</user><x a='1' value='v w'>abc</x><![CDATA[d <e]]>\n</credentials><a>b</a></c>",
			"<c><credentials>\n <user>bob</user><x a='1' value='[redacted:secret:*]'>[redacted:secret:*]</x><![CDATA[[redacted:secret:*]]]>\n</credentials><a>b</a></c>"},
		{"XML, prefixed", "application/xml", "<w:password w:a='b'><w:x>abc</w:x></w:password><b>c</b>",
			"<w:password w:a='b'><w:x>[redacted:secret:*]</w:x></w:password><b>c</b>"},
		{"XML by attribute", "application/xml", `<p name="password"><value>abc</value></p><q>r</q>`,
			`<p name="password"><value>[redacted:secret:*]</value></p><q>r</q>`},
		{"XML-RPC", "application/xml", "<member><name>password</name><value><string>abc</string></value></member>",
			"<member><name>password</name><value><string>[redacted:secret:*]</string></value></member>"},
		{"XML, one value", "application/xml", "<s:password s:a='b'>abc</s:password>", "<s:password s:a='b'>[redacted:secret:*]</s:password>"},
		{"XML, what describes", "application/xml", "<password><min>8</min><type>text</type></password>", ``},
		{"usage", "text/plain", "login <password> <otp>, then <a>b</a>", ``},
		{"table", "text/html", "<table><tr><td>a</td></tr></table><dl><dt>b</dt><dd>c</dd></dl>", ``},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.want == "" {
				tt.want = tt.body
			}
			got := red.Body(tt.contentType, []byte(tt.body))
			if stars(string(got)) != tt.want {
				t.Errorf("%s\ngot  %s\nwant %s", tt.body, got, tt.want)
			}
			if again := red.Body(tt.contentType, got); string(again) != string(got) {
				t.Errorf("redacting twice differs from once:\n%s\n%s", got, again)
			}
		})
	}
}

// TestYAML redacts the values of YAML in every notation that separates them from their names.
func TestYAML(t *testing.T) {
	for _, tt := range []struct{ name, body, want string }{
		{"plain, of several words", "a: 1\npassword: two words # no\nb: 2\n", "a: 1\npassword: [redacted:secret:*] # no\nb: 2\n"},
		{"plain, on several lines", "password: two\n  words\nb: 2\n", "password: [redacted:secret:*]\nb: 2\n"},
		{"quoted", "- password: 'it''s'\n  b: 2\n", "- password: '[redacted:secret:*]'\n  b: 2\n"},
		{"literal", "password: |\n  a b\n\n  c\nb: 2\n", "password: |\n  [redacted:secret:*]\nb: 2\n"},
		{"folded", "x:\n  - password: >-2\n      a b\n    b: 2\n", "x:\n  - password: >-2\n      [redacted:secret:*]\n    b: 2\n"},
		{"anchor", "password: &p abc\nb: *p\n", "password: &p [redacted:secret:*]\nb: *p\n"},
		{"tag", "password: !!str abc\nb: 2\n", "password: !!str [redacted:secret:*]\nb: 2\n"},
		{"anchor and block", "password: &p |\n  abc\nb: 2\n", "password: &p |\n  [redacted:secret:*]\nb: 2\n"},
		{"list", "passwords:\n  - abc\n  - \"d e\"\nb: 2\n", "passwords:\n  - [redacted:secret:*]\n  - \"[redacted:secret:*]\"\nb: 2\n"},
		{"list, not indented", "passwords:\n- abc\nb: 2\n", "passwords:\n- [redacted:secret:*]\nb: 2\n"},
		{"mapping", "credentials:\n  user: bob\n  \"x\": abc\n  y:\n    z: |\n      def\n      ghi\nb: 2\n",
			"credentials:\n  user: bob\n  \"x\": [redacted:secret:*]\n  y:\n    z: |\n      [redacted:secret:*]\n      [redacted:secret:*]\nb: 2\n"},
		{"policy", "password:\n  min: 8\n  type: text\n  # note\n  at: 2026-11-20\nb: 2\n", ""},
		{"flow mapping", "a: {password: two words, b: c}\n", "a: {password: [redacted:secret:*], b: c}\n"},
		{"flow list", "password: [a, b c]\nb: 2\n", "password: [[redacted:secret:*]]\nb: 2\n"},
		{"no value", "password:\nb: 2\n", ""},
		{"data of a secret", "kind: Secret\ndata:\n  color: ZGFyaw==\n", "kind: Secret\ndata:\n  color: [redacted:secret:*]\n"},
		{"data beside a secret", "a:\n  kind: Secret\nb:\n  data:\n    color: dark\n", ""},
		{"arrow", "password: > 8 characters\n", "password: [redacted:secret:*]\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.want == "" {
				tt.want = tt.body
			}
			for _, contentType := range []string{"application/yaml", "text/x-yaml", "application/vnd.a+yaml"} {
				got := red.Body(contentType, []byte(tt.body))
				if stars(string(got)) != tt.want {
					t.Errorf("%s: %q\ngot  %q\nwant %q", contentType, tt.body, got, tt.want)
				}
				if again := red.Body(contentType, got); string(again) != string(got) {
					t.Errorf("redacting twice differs from once:\n%s\n%s", got, again)
				}
			}
		})
	}
}

// TestHTML redacts the values of inputs as browsers read them.
func TestHTML(t *testing.T) {
	for _, tag := range []string{`<INPUT NAME=password VALUE=swordfish7x>`, `<input name=password value=swordfish7x/>`,
		`<input value = 'swordfish7x' name = 'password'>`, `<input Name="password" Value="swordfish7x" />`,
		"<input\n\tname='password'\n\tvalue='swordfish7x'>", `<input value=swordfish7x id=csrf_token>`,
		`<textarea name=secret>swordfish7x</textarea>`, `<meta content=swordfish7x name=csrf-token>`,
		`<input name="ssn" value="987654321" x="swordfish7x">`, `<th>Password</th><td>swordfish7x</td>`,
		`<dt>API key:</dt> <dd><code>swordfish7x</code></dd>`,
		`<input type=hidden name=code value=swordfish7x><input type=hidden name=state value=swordfish7x>`} {
		got := string(red.Body("text/html", []byte("<p>a</p>"+tag+"<p>b</p>")))
		if strings.Contains(got, secretHere) && !strings.Contains(tag, "ssn") || strings.Contains(got, "987654321") ||
			!strings.HasPrefix(got, "<p>a</p>") || !strings.HasSuffix(got, "<p>b</p>") {
			t.Errorf("%s: %s", tag, got)
		}
	}
	for _, tag := range []string{`<input name=q value=swordfish7x>`, `<input name=password> swordfish7x</form>`,
		`<input type=password name=p><p>swordfish7x</p>`, `<a name=token href=x>`, `<b>a</b><i name>`, `<a =b c>`,
		`<th>Password</th><th>Name</th>`, `<li>Password</li><li>swordfish7x</li>`, `<input name=code value=swordfish7x>`} {
		if got := string(red.Body("text/html", []byte(tag))); got != tag {
			t.Errorf("%s: %s", tag, got)
		}
	}
}

// TestFurtherForms redacts values that comments, arrows or other members separate from their names.
func TestFurtherForms(t *testing.T) {
	for _, tt := range []struct{ contentType, body string }{
		{"application/json", `{"value":"swordfish7x","more":{"name":"x"},"name":"password"}`},
		{"application/json", `{/* a */ "password" /* b */ : /* c */ "swordfish7x"}`},
		{"application/xml", `<a><password><!-- a --><!-- b -->swordfish7x</password></a>`},
		{"application/xml", `<a><Password value="swordfish7x"/></a>`},
		{"text/plain", `password -> swordfish7x`},
		{"text/plain", `password = """swordfish7x"""`},
		{"text/plain", "GET /x HTTP/1.1\nCookie: a=b; c=swordfish7x\nAccept: a"},
		{"text/plain", "GET /reset/token/swordfish7x HTTP/1.1"},
		{"text/html", `<form action="/reset/token/swordfish7x">`},
	} {
		got := string(red.Body(tt.contentType, []byte(tt.body)))
		if strings.Contains(got, secretHere) || string(red.Body(tt.contentType, []byte(got))) != got {
			t.Errorf("%s: %s", tt.body, got)
		}
	}
	for _, tt := range []struct{ contentType, body string }{
		{"application/json", `{"value":"swordfish7x","x":{"name":"password"}}`},
		{"application/json", `[{"value":"swordfish7x"},{"name":"password"}]`},
		{"text/plain", "POST /oauth/token/refresh HTTP/1.1"}, {"text/plain", "either token/session or cookie"},
		{"text/plain", "secret /* comment"}, {"application/xml", "<password><!-- none"},
	} {
		if got := string(red.Body(tt.contentType, []byte(tt.body))); got != tt.body {
			t.Errorf("%s: %s", tt.body, got)
		}
	}
}
