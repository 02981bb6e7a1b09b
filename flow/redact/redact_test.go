package redact_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact"
)

var red = redact.New([]byte("key of the tests"), redact.Config{})

func header(nv ...string) flow.Header {
	var h flow.Header
	for i := 0; i < len(nv); i += 2 {
		h = append(h, flow.Field{Name: nv[i], Value: nv[i+1]})
	}
	return h
}

func TestHeaders(t *testing.T) {
	basic := base64.StdEncoding.EncodeToString([]byte("alice:opensesame"))
	for _, tt := range []struct{ name, value, secret, keeps string }{
		{"Authorization", "Bearer abc", "abc", "Bearer [redacted:"},
		{"authorization", "bearer   abc", "abc", "bearer   [redacted:"},
		{"Authorization", "Basic " + basic, basic, "Basic [redacted:"},
		{"Authorization", "hunter2", "hunter2", "[redacted:"},
		{"Authorization", "original token", "original", "[redacted:"},
		{"Authorization", `Digest username="u", response="6629fae49393a05397450978507c4ef1"`, "6629fae",
			"Digest [redacted:"},
		{"Authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/x, Signature=fe5f80", "fe5f80",
			"AWS4-HMAC-SHA256 [redacted:"},
		{"Proxy-Authorization", "Basic " + basic, basic, "Basic [redacted:"},
		{"Cookie", "sid=s3cr3t; theme=dark", "s3cr3t", "sid=[redacted:"},
		{"Cookie", "sid=s3cr3t; theme=dark", "dark", "theme=[redacted:"},
		{"Cookie", "barevalue", "barevalue", "[redacted:"},
		{"Set-Cookie", "sid=s3cr3t; Path=/; HttpOnly", "s3cr3t", "; Path=/; HttpOnly"},
		{"X-Api-Key", "k1", "k1", "[redacted:"},
		{"DD-APPLICATION-KEY", "k1", "k1", "[redacted:"},
		{"Ocp-Apim-Subscription-Key", "k1", "k1", "[redacted:"},
		{"PRIVATE-TOKEN", "abcd", "abcd", "[redacted:"},
		{"X-CSRF-Token", "abcd", "abcd", "[redacted:"},
		{"X-Amz-Security-Token", "abcd", "abcd", "[redacted:"},
		{"X-Vault-Token", "abcd", "abcd", "[redacted:"},
		{"Location", "https://u:pw1@example.com/cb?code=SplxlOBeZQQYbYS6WxSbIA&state=xyz", "SplxlOBeZQQYbYS6WxSbIA",
			"&state=xyz"},
		{"Location", "https://u:pw1@example.com/cb?code=1", "pw1", "@example.com/cb?code=1"},
		{"Location", "https://example.com/cb#access_token=abc&token_type=bearer", "abc", "&token_type=bearer"},
		{"X-Custom", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U", "dozjg",
			"[redacted:jwt:"},
		{"X-User", "joe@example.com", "joe@", "[redacted:email:"},
		{"X-Meta", `{"password":"hunter2","a":1}`, "hunter2", `"a":1}`},
	} {
		got := red.HeaderValue(tt.name, tt.value)
		if strings.Contains(got, tt.secret) || !strings.Contains(got, tt.keeps) {
			t.Errorf("%s: %s\ngot %s", tt.name, tt.value, got)
		}
		if again := red.HeaderValue(tt.name, got); again != got {
			t.Errorf("%s: not idempotent: %s, then %s", tt.name, got, again)
		}
	}
}

func TestHeadersKept(t *testing.T) {
	for _, tt := range [][2]string{
		{"ETag", `W/"e2b462e6fe85486beb06033fe196d7c7b7669a96ddbb8f411b91f56288b31b3b"`},
		{"Content-Type", "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW"},
		{"Idempotency-Key", "1795158443931649800_ac0khg"},
		{"X-Request-Id", "8f14e45fceea167a5a36dedd4bea2543"},
		{"X-GitHub-Request-Id", "BDE4:73C9:BF78362:C1A2B3:5E52FFB7"},
		{"Date", "Fri, 20 Nov 2026 07:12:39 GMT"},
		{"Vary", "Accept, Authorization, Cookie, X-GitHub-OTP"},
		{"Access-Control-Allow-Headers", "Authorization, X-Api-Key"},
		{"WWW-Authenticate", `Bearer realm="api", error="invalid_token"`},
		{"User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"},
		{"Content-Security-Policy", "script-src 'sha256-B2yPHKaXnvFWtRChIbabYmUBFZdVfKKXHbWtWidDVF8='"},
		{"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
		{"Location", "https://example.com/users/17?page=2&per_page=30"},
		{"Link", `<https://api.example.com/repositories/1296269/issues?page=2>; rel="next"`},
		{"X-RateLimit-Reset", "1795158443"},
		{"Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
		{"Cookie", ""},
	} {
		if got := red.HeaderValue(tt[0], tt[1]); got != tt[1] {
			t.Errorf("%s: %s\ngot %s", tt[0], tt[1], got)
		}
	}
}

func TestQuery(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"a=1&b=&c&a=%20x", "a=1&b=&c&a=%20x"},
		{"page_token=CAoQAA&next_token=abc123&cursor=Y3Vyc29yOnYyOpK5",
			"page_token=CAoQAA&next_token=abc123&cursor=Y3Vyc29yOnYyOpK5"},
		{"access_token=T", "access_token=[redacted:secret:*]"},
		{"a=1&user%5Bpassword%5D=hunter2&b=2", "a=1&user%5Bpassword%5D=[redacted:secret:*]&b=2"},
		{"email=joe%40example.com", "email=[redacted:email:*]"},
		{"X-Amz-Signature=fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024",
			"X-Amz-Signature=[redacted:secret:*]"},
		{"next=https%3A%2F%2Fu%3Ap%40h.example%2F", "next=https://[redacted:secret:*]@h.example/"},
		{"filter=%7B%22password%22%3A%22x%22%7D", "filter={\"password\":\"[redacted:secret:*]\"}"},
	} {
		got := red.Query(tt.in)
		if stars(got) != tt.want {
			t.Errorf("%s\ngot  %s\nwant %s", tt.in, got, tt.want)
		}
		if again := red.Query(got); again != got {
			t.Errorf("not idempotent: %s, then %s", got, again)
		}
	}
}

// stars replaces the hashes of placeholders by stars.
func stars(s string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, "[redacted:")
		if i < 0 {
			return b.String() + s
		}
		end := i + strings.IndexByte(s[i:], ']')
		colon := strings.LastIndexByte(s[:end], ':')
		b.WriteString(s[:colon+1] + "*]")
		s = s[end+1:]
	}
}

func TestPath(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"/", "/"},
		{"/users/17/orders/550e8400-e29b-41d4-a716-446655440000", ""},
		{"/repos/a/b/git/commits/6dcb09b5b57875f334f61aebed695e2e4193db5e", ""},
		{"/v1/customers/cus_gaKjIg8xNbe3nN/sources/card_17C9HehwTp0136uXT3yKW5ds", ""},
		{"/v1/tokens/count", ""},
		{"/v1/issuing/authorizations/iauth_1FJdED5jSFpFkIM3Vak1uDSK/approve", ""},
		{"/v1/tokens/tok_1PgafyB7WZ01zgkWSjxsAJo3", ""},
		{"/v1/promotion_codes/promo_2oumQ5geJ6xZGW", ""},
		{"/users/joe%40example.com/x", "/users/[redacted:email:*]/x"},
		{"/reset-password/Zm9vYmFy1234xyzABCD", "/reset-password/[redacted:secret:*]"},
		{"/bot123456:x/hooks/ghp_16C7e42F292c6912E7710c838347Ae178B4a", "/bot123456:x/hooks/[redacted:token:*]"},
		{"/d/aZ3kP9qR7tY2wE5uI8oL1mN4bV6cX0sD", "/d/[redacted:secret:*]"},
	} {
		if tt.want == "" {
			tt.want = tt.in
		}
		got := red.Path(tt.in)
		if stars(got) != tt.want {
			t.Errorf("%s\ngot  %s\nwant %s", tt.in, got, tt.want)
		}
		if again := red.Path(got); again != got {
			t.Errorf("not idempotent: %s, then %s", got, again)
		}
	}
}

func TestJSON(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{`{"a": 1, "b" : [true,null,"x"] }`, ``},
		{`{"password":"hunter2"}`, `{"password":"[redacted:secret:*]"}`},
		{`{"password":null,"secret":true,"token":"","max_tokens":4096,"tokens":12}`, ``},
		{`{"pass":12,"fail":1,"sin":0.912345,"pan":0.123456}`, ``},
		{`{"pin":1234,"n":1234}`, `{"pin":"[redacted:secret:*]","n":1234}`},
		{`{"tokens":["a","b"],"x":["a"]}`, `{"tokens":["[redacted:secret:*]","[redacted:secret:*]"],"x":["a"]}`},
		{`{"credentials":{"value":"aB3dE5fG7hJ9kL1mN"}}`, `{"credentials":{"value":"[redacted:secret:*]"}}`},
		{`{"\u0070assword":"x\ny","a":"\u00e9"}`, `{"\u0070assword":"[redacted:secret:*]","a":"\u00e9"}`},
		{`{"card":4242424242424242,"id":4242424242424242}`, `{"card":"[redacted:card:*]","id":4242424242424242}`},
		{`{"joe@example.com":1}`, `{"[redacted:email:*]":1}`},
		{`{"raw":"{\"password\":\"x\",\"k\":1}"}`, `{"raw":"{\"password\":\"[redacted:secret:*]\",\"k\":1}"}`},
		{`[{"secret":"a"},{"secret":"b","n":{"api_key":"c"}}]`, `[{"secret":"[redacted:secret:*]"},{"secret":"[redacted:secret:*]","n":{"api_key":"[redacted:secret:*]"}}]`},
		{`"Bearer eyJhbGciOiJIUzI1NiJ9.e30.dozjgNryP4J3jVmNHl0w5N"`, `"Bearer [redacted:jwt:*]"`},
		{`[{"name":"DB_PASSWORD","value":"x"},{"name":"LANG","value":"C"},{"key":"api_key","value":7}]`, `[{"name":"DB_PASSWORD","value":"[redacted:secret:*]"},{"name":"LANG","value":"C"},{"key":"api_key","value":"[redacted:secret:*]"}]`},
		{`[["Authorization","aB3dE5fG7hJ9kL1mN"],["Accept","*/*"]]`,
			`[["Authorization","[redacted:secret:*]"],["Accept","*/*"]]`},
		{`{"key":"license","name":"LICENSE","content":"aB3dE5fG7hJ9kL1mN\nb3dE5fG7h"}`, ``},
		{`{"required":["password","email","token"]}`, ``},
		// Truncated, or not JSON at all.
		{`{"a":1,"password":"hunt`, `{"a":1,"password":"[redacted:secret:*]`},
		{`{"a":"joe@example.com","b":"mail ann@example.org no`,
			`{"a":"[redacted:email:*]","b":"mail [redacted:email:*] no`},
		{`{"n":1,"tokens":["abc","def"],"b":tru`, `{"n":1,"tokens":["[redacted:secret:*]","[redacted:secret:*]"],"b":tru`},
		{`{{"tokens": ["abc", "def"], "secret": {"a": "b"}}`,
			`{{"tokens": [[redacted:secret:*]], "secret": {"a": "b"}}`},
		{`{{{]]}"password":"x"`, `{{{]]}"password":"[redacted:secret:*]"`},
		{``, ``},
	} {
		if tt.want == "" {
			tt.want = tt.in
		}
		got := red.JSON([]byte(tt.in))
		if stars(string(got)) != tt.want {
			t.Errorf("%s\ngot  %s\nwant %s", tt.in, got, tt.want)
		}
		if again := red.JSON(got); !bytes.Equal(again, got) {
			t.Errorf("not idempotent: %s, then %s", got, again)
		}
	}
}

func TestBodies(t *testing.T) {
	for _, tt := range []struct{ contentType, in, want string }{
		{"application/x-www-form-urlencoded", "user=joe&password=a%26b", "user=joe&password=[redacted:secret:*]"},
		{"application/x-ndjson", "{\"token\":\"a\"}\n{\"n\":1}\n", "{\"token\":\"[redacted:secret:*]\"}\n{\"n\":1}\n"},
		{"text/event-stream", "event: x\ndata: {\"token\":\"a\"}\n\ndata: hi\n",
			"event: x\ndata: {\"token\":\"[redacted:secret:*]\"}\n\ndata: hi\n"},
		{"multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter2\r\n--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.json\"\r\nContent-Type: application/json\r\n\r\n{\"secret\":\"x\"}\r\n--B--\r\n",
			"--B\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n[redacted:secret:*]\r\n--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.json\"\r\nContent-Type: application/json\r\n\r\n{\"secret\":\"[redacted:secret:*]\"}\r\n--B--\r\n"},
		{"application/xml", `<u><name>joe</name><password>hunter2</password><s:token a="1">abc</s:token></u>`, `<u><name>joe</name><password>[redacted:secret:*]</password><s:token a="1">[redacted:secret:*]</s:token></u>`},
		{"application/yaml", "user: joe\npassword: hunter2\nkey: value\n",
			"user: joe\npassword: [redacted:secret:*]\nkey: value\n"},
		{"text/plain", "curl -H 'Authorization: Bearer abc' -u x https://u:p@h.example/?api_key=k1&n=1", "curl -H 'Authorization: Bearer [redacted:secret:*]' -u x https://[redacted:secret:*]@h.example/?api_key=[redacted:secret:*]&n=1"},
		{"text/html", `<input name="csrf_token" value="x"><a href="mailto:joe@example.com">`,
			`<input name="csrf_token" value="[redacted:secret:*]"><a href="mailto:[redacted:email:*]">`},
		{"text/html", `<input type="password" class="a" value="x y"><input name="q" value="kept">`,
			`<input type="password" class="a" value="[redacted:secret:*]"><input name="q" value="kept">`},
		{"application/xml", `<add key="ApiKey" value="abc"/><add key="Colour" value="red"/>`,
			`<add key="ApiKey" value="[redacted:secret:*]"/><add key="Colour" value="red"/>`},
		{"application/octet-stream", "\x00\x01joe@example.com\xff", "\x00\x01[redacted:email:*]\xff"},
		{"application/x-protobuf", "\n\x02ab\x12\x28gh" + "p_16C7e42F292c6912E7710c838347Ae178B4a\x1a\x01x",
			"\n\x02ab\x12\x28[redacted:token:*]\x1a\x01x"},
		{"application/x-protobuf", "\x12Bgh" + "p_16C7e42F292c6912E7710c838347Ae178B4a0123456789012345678901234z",
			"\x12B[redacted:token:*]"},
		{"text/plain", `{"password": "under another type"}`, `{"password": "[redacted:secret:*]"}`},
	} {
		got := red.Body(tt.contentType, []byte(tt.in))
		if stars(string(got)) != tt.want {
			t.Errorf("%s: %q\ngot  %q\nwant %q", tt.contentType, tt.in, got, tt.want)
		}
		if again := red.Body(tt.contentType, got); !bytes.Equal(again, got) {
			t.Errorf("not idempotent: %q, then %q", got, again)
		}
	}
}

// TestSamePlaceholder finds one placeholder for a token in all the positions where it may occur.
func TestSamePlaceholder(t *testing.T) {
	const token = "aB3dE5fG7hJ9kL1mN2pQ"
	mark := red.Value("token", token)
	basic := base64.StdEncoding.EncodeToString([]byte("user:" + token))
	for name, got := range map[string]string{
		"header": red.HeaderValue("Authorization", "Bearer "+token),
		"basic":  red.HeaderValue("Authorization", "Basic "+basic),
		"cookie": red.HeaderValue("Cookie", "sid="+token+"; a=b"),
		"query":  red.Query("access_token=" + token),
		"JSON":   string(red.JSON([]byte(`{"refreshToken":"` + token + `"}`))),
		"text":   red.Text("the api_key=" + token + " was used"),
		"path":   red.Path("/token/" + token),
	} {
		if !strings.Contains(got, mark) {
			t.Errorf("%s: %s, want %s in it", name, got, mark)
		}
	}
	if other := redact.New([]byte("another"), redact.Config{}).Value("token", token); other == mark {
		t.Error("two keys, one placeholder")
	}
	if red.Value("token", token+"x") == mark {
		t.Error("two tokens, one placeholder")
	}
}

func TestFlow(t *testing.T) {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write([]byte(`{"token":"s3cr3t","n":1}`))
	w.Close()
	f := flow.Flow{
		Err: "dial joe@example.com: refused",
		Request: flow.Request{Method: "GET", Scheme: "https", Authority: "a", Path: "/u/joe@example.com",
			RawQuery: "token=s3cr3t",
			Header:   header("Cookie", "a=s3cr3t"), Trailer: header("X-Token", "s3cr3t")},
		Response: &flow.Response{Status: 200, Header: header("Content-Encoding", "gzip", "Content-Type",
			"application/json", "Content-Length", "99"),
			Body: flow.Body{Data: z.Bytes(), Size: int64(z.Len())}},
	}
	before, _ := json.Marshal(f)
	got := red.Flow(f)
	if after, _ := json.Marshal(f); !bytes.Equal(before, after) {
		t.Error("the flow given was changed")
	}
	out, _ := json.Marshal(got)
	if bytes.Contains(out, []byte("s3cr3t")) || bytes.Contains(out, []byte("joe@")) {
		t.Errorf("leaks: %s", out)
	}
	data, complete, err := decode.Body(got.Response.Header, got.Response.Body, 0)
	if stars(string(data)) != `{"token":"[redacted:secret:*]","n":1}` || !complete || err != nil {
		t.Errorf("body %s, complete %v, %v", data, complete, err)
	}
	if got.Response.Header.Has("Content-Encoding") {
		t.Error("still says gzip")
	}
	again, _ := json.Marshal(red.Flow(got))
	if !bytes.Equal(out, again) {
		t.Errorf("not idempotent:\n%s\n%s", out, again)
	}
}

// TestFlowEchoes redacts a secret from one place wherever else the flow repeats it.
func TestFlowEchoes(t *testing.T) {
	body := `{"message":"wrong password Tr0ub4dor for joe","trace":"/login/Tr0ub4dor?t=abc%2Fdef9","n":"dark"}`
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write([]byte(body))
	w.Close()
	for _, encoded := range []bool{false, true} {
		a := &flow.Response{Status: 401, Header: header("X-Debug", "got Tr0ub4dor"),
			Body: flow.Body{Data: []byte(body), Size: int64(len(body))}}
		if encoded {
			a.Header = append(a.Header, flow.Field{Name: "Content-Encoding", Value: "gzip"})
			a.Body = flow.Body{Data: z.Bytes(), Size: int64(z.Len())}
		}
		in := flow.Flow{
			Err: "cut after Tr0ub4dor",
			Request: flow.Request{Path: "/x/Tr0ub4dor", RawQuery: "q=Tr0ub4dor",
				Header: header("Cookie", "sid=abc%2Fdef9; theme=dark", "Content-Type",
					"application/x-www-form-urlencoded"),
				Body: flow.Body{Data: []byte("password=Tr0ub4dor"), Size: 18}},
			Response: a,
		}
		got := red.Flow(in)
		out, _ := json.Marshal(got)
		text := string(out) + string(got.Request.Body.Data) + string(got.Response.Body.Data)
		if strings.Contains(text, "Tr0ub4dor") || strings.Contains(text, "def9") {
			t.Errorf("leaks: %s", text)
		}
		if !strings.Contains(text, `"n":"dark"`) {
			t.Errorf("took a word for a secret: %s", text)
		}
		if again, _ := json.Marshal(red.Flow(got)); !bytes.Equal(again, out) {
			t.Errorf("not idempotent:\n%s\n%s", out, again)
		}
		if string(in.Response.Body.Data) != string(a.Body.Data) || in.Response.Header[0].Value != "got Tr0ub4dor" ||
			in.Request.Header[0].Value != "sid=abc%2Fdef9; theme=dark" {
			t.Error("the flow given was changed")
		}
	}
}

func TestFlowMessages(t *testing.T) {
	in := flow.Flow{
		Request: flow.Request{Header: header("Authorization", "Bearer tok9abcdef")},
		Messages: []flow.Message{
			{Kind: flow.Text, FromClient: true, Data: []byte(`{"type":"auth","token":"s3cr3t"}`), Size: 32},
			{Kind: flow.Text, Data: []byte("hello tok9abcdef and joe@example.com"), Size: 36},
			{Kind: flow.Binary, Data: []byte("\x00kept"), Size: 5},
		},
	}
	got := red.Flow(in)
	for i, want := range []string{`{"type":"auth","token":"[redacted:secret:*]"}`,
		"hello [redacted:secret:*] and [redacted:email:*]", "\x00kept"} {
		if m := got.Messages[i]; stars(string(m.Data)) != want || m.Size != int64(len(m.Data)) {
			t.Errorf("message %d: %q, size %d", i, m.Data, m.Size)
		}
	}
	if string(in.Messages[0].Data) != `{"type":"auth","token":"s3cr3t"}` {
		t.Error("the flow given was changed")
	}
}

// TestFlowUndecodable removes bodies that cannot be decoded.
func TestFlowUndecodable(t *testing.T) {
	for _, enc := range []string{"compress", "gzip"} {
		f := flow.Flow{Request: flow.Request{Header: header("Content-Encoding", enc),
			Body: flow.Body{Data: []byte("s3cr3t"), Size: 6}}}
		if got := red.Flow(f); len(got.Request.Body.Data) > 0 || !got.Request.Body.Truncated ||
			got.Request.Body.Size != 6 {
			t.Errorf("%s: %+v", enc, got.Request.Body)
		}
	}
	// Nothing to redact: byte for byte the same, still encoded.
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write([]byte(`{"n":1}`))
	w.Close()
	f := flow.Flow{Request: flow.Request{Header: header("Content-Encoding", "gzip"),
		Body: flow.Body{Data: z.Bytes(), Size: int64(z.Len())}}}
	if got := red.Flow(f); !bytes.Equal(got.Request.Body.Data, z.Bytes()) ||
		!got.Request.Header.Has("Content-Encoding") {
		t.Errorf("%+v", got.Request)
	}
}

// TestIdempotent redacts random text twice, in every notation.
func TestIdempotent(t *testing.T) {
	piece := rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{"password", "token=", `"secret":"`, "Bearer ", "joe@example.com", "://u:p@",
			"eyJhbGciOiJIUzI1NiJ9.e30.dozjgNryP4J3jVmNHl0w5N",
			"[redacted:secret:0123456789]", "[redacted:", "4242 4242 4242 4242", "{", "}", "&", "=", `\"`, "%40",
			"-----BEGIN RSA PRIVATE KEY-----", "-----END", "aZ3kP9qR7tY2wE5uI8oL1mN4bV6cX0sD", ":", " ", "api_key",
			"'", "<token>", "</", "Basic dTpw",
			"123-45-6789", "/", "key"}),
	)
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "pieces"), "")
		name := rapid.SampledFrom([]string{"x", "password", "Authorization", "Cookie", "Set-Cookie", "key", "id",
			"ssn", "Location"}).Draw(t, "name")
		check := func(form string, f func(string) string) {
			once := f(s)
			if twice := f(once); twice != once {
				t.Fatalf("%s of %q:\nonce  %q\ntwice %q", form, s, once, twice)
			}
		}
		check("text", red.Text)
		check("query", red.Query)
		check("path", red.Path)
		check("url", red.URL)
		check("value", func(s string) string { return red.Value(name, s) })
		check("header", func(s string) string { return red.HeaderValue(name, s) })
		check("json", func(s string) string { return string(red.JSON([]byte(s))) })
		quoted, _ := json.Marshal(map[string]string{name: s})
		out := red.JSON(quoted)
		if !json.Valid(out) {
			t.Fatalf("%s\nis no JSON any more: %s", quoted, out)
		}
		if again := red.JSON(out); !bytes.Equal(again, out) {
			t.Fatalf("JSON %s:\nonce  %s\ntwice %s", quoted, out, again)
		}
	})
}

// TestSensitiveAgrees compares IsSensitive with redaction.
func TestSensitiveAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"name", "password", "apiKey", "key", "id", "sha", "ssn", "email",
			"code"}).Draw(t, "name")
		value := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zA-Z0-9_-]{0,40}`),
			rapid.StringMatching(`[a-z]{1,5}@[a-z]{1,5}\.[a-z]{2,3}`)).Draw(t, "value")
		if got, want := redact.IsSensitive(name, value), red.Value(name, value) != value; got != want {
			t.Fatalf("Sensitive(%q, %q) = %v, but redaction gives %q", name, value, got, red.Value(name, value))
		}
	})
}

func FuzzBody(f *testing.F) {
	f.Add("application/json", []byte(`{"password":"x","a":["joe@example.com",4242424242424242]}`))
	f.Add("application/x-www-form-urlencoded", []byte("a=b&token=%zz&;"))
	f.Add("multipart/form-data; boundary=B", []byte("--B\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nx\r\n--B--"))
	f.Add("text/event-stream", []byte("data: {\"token\":\"a\"}\n"))
	f.Add("text/plain", []byte("a://b:c@d password='x' -----BEGIN PRIVATE KEY-----"))
	f.Fuzz(func(t *testing.T, contentType string, data []byte) {
		in := bytes.Clone(data)
		once := red.Body(contentType, data)
		if !bytes.Equal(in, data) {
			t.Fatal("the input was changed")
		}
		if json.Valid(in) && decode.IsJSON(decode.MediaType(contentType)) && !json.Valid(once) {
			t.Fatalf("%s is no JSON any more: %s", in, once)
		}
		if twice := red.Body(contentType, once); !bytes.Equal(once, twice) {
			t.Fatalf("%q:\nonce  %q\ntwice %q", in, once, twice)
		}
	})
}

// TestFlowIdempotent redacts random flows twice.
func TestFlowIdempotent(t *testing.T) {
	piece := rapid.SampledFrom([]string{"Tr0ub4dor9", "password=", `"token":"`, `"`, "abc123xyz", "Bearer ", "&",
		"{", "}", "/", "=", " ", "joe@example.com", "name=", ";", "[", "%2F", ":", "api_key", "0123456789"})
	text := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(piece, 0, 8).Draw(t,
			"pieces"), "")
	})
	rapid.Check(t, func(t *rapid.T) {
		body := func(name string) flow.Body {
			s := text.Draw(t, name)
			return flow.Body{Data: []byte(s), Size: int64(len(s))}
		}
		contentType := rapid.SampledFrom([]string{"application/json", "text/plain",
			"application/x-www-form-urlencoded"})
		f := flow.Flow{
			Err: text.Draw(t, "err"),
			Request: flow.Request{Path: "/" + text.Draw(t, "path"), RawQuery: text.Draw(t, "query"),
				Body: body("request"),
				Header: header("Authorization", text.Draw(t, "authorization"), "Cookie", text.Draw(t, "cookie"),
					"Content-Type", contentType.Draw(t, "type"))},
			Response: &flow.Response{Header: header("X-A", text.Draw(t, "header"), "Content-Type",
				contentType.Draw(t, "type")), Body: body("response")},
		}
		once := red.Flow(f)
		twice := red.Flow(once)
		a, _ := json.Marshal(once)
		b, _ := json.Marshal(twice)
		if !bytes.Equal(a, b) {
			t.Fatalf("once  %+v %+v\n%s\n%s\ntwice %+v %+v\n%s\n%s", once, once.Response.Header,
				once.Request.Body.Data, once.Response.Body.Data,
				twice, twice.Response.Header, twice.Request.Body.Data, twice.Response.Body.Data)
		}
	})
}

func TestNextPlaceholder(t *testing.T) {
	const one = "[redacted:jwt:0123456789]"
	for in, want := range map[string]string{
		"": "", "a": "", "[redacted:": "", "[redacted:odd:0123456789]": "", "[redacted:jwt:012345678g]": "",
		one: one, "a " + one + " b " + one: one, "[redacted:" + one: one,
	} {
		t.Run(in, func(t *testing.T) {
			start, end, ok := redact.NextPlaceholder(in)
			if in[start:end] != want || ok != (want != "") {
				t.Errorf("%d to %d, %v", start, end, ok)
			}
			if redact.IsPlaceholder(in) != (in == one) {
				t.Errorf("IsPlaceholder is %v", redact.IsPlaceholder(in))
			}
		})
	}
}
