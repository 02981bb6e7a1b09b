package redact_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/packed"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/flow/redact/redacttest"
)

// TestIdempotent redacts random text twice, in every notation.
func TestIdempotent(t *testing.T) {
	piece := rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{
			// names and values
			"password", "token", "api_key", "key", "name", "PIN ", "value: ", "type=", `"secret":"`, "<token>", "etag=\"",
			"user=ann:", "Bearer ", "Basic dTpw", "joe@example.com", "://u:p@", "@h", "/orders", "hunter2x", "a1b2c3d4e5f6",
			"482913", "4242 4242 4242 4242", "123-45-6789", "eyJhbGciOiJIUzI1NiJ9.e30.dozjgNryP4J3jVmNHl0w5N",
			"aZ3kP9qR7tY2wE5uI8oL1mN4bV6cX0sD", "-----BEGIN RSA PRIVATE KEY-----", "-----END", "Sicherheitscode ",
			"[redacted:secret:0123456789]", "[redacted:",
			// what stands between them
			"{", "}", "&", "=", `\"`, "%40", ":", " ", "'", "</", "/", "\n", "|", ", ", "]", "- ", "**", "\t", ".", ";", "()", "# ",
			"{{", "}}", "<tr>", "<td>", "<th>", "</table>", "<input autocomplete=pin value=", "\n| - | - |\n", "a,pin\n",
			"? pin\n: ", "kind: Secret\n", "data:\n  a: ", `["pin",`, `"pass\x77ord`, `{"id":"password","text":"`,
			`{"method":"login","args":["a","`, `{"property":{"value":"`,
			"data: ", "\n\n", "--B\r\nContent-Disposition: form-data; name=pin\r\n\r\n", "\r\n--B"}),
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
		check("cookies", red.Cookies)
		for _, mt := range []string{"", "application/x-www-form-urlencoded", "application/x-ndjson", "application/xml", "application/yaml",
			"multipart/form-data; boundary=B", "text/csv", "text/event-stream", "text/html"} {
			check(mt, func(s string) string { return string(red.Body(mt, []byte(s))) })
		}
		check("header", func(s string) string { return red.HeaderValue(name, s) })
		check("json", func(s string) string { return string(red.JSON([]byte(s))) })
		quoted, _ := json.Marshal(map[string]string{name: s})
		out := red.JSON(quoted)
		if !json.Valid(out) {
			t.Fatalf("%s\nis not JSON any more: %s", quoted, out)
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
			t.Fatalf("IsSensitive(%q, %q) = %v, but redaction gives %q", name, value, got, red.Value(name, value))
		}
	})
}

func FuzzBody(f *testing.F) {
	f.Add("application/json", []byte(`{"password":"x","a":["joe@example.com",4242424242424242]}`))
	f.Add("application/x-www-form-urlencoded", []byte("a=b&token=%zz&;"))
	f.Add("multipart/form-data; boundary=B", []byte("--B\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nx\r\n--B--"))
	f.Add("text/event-stream", []byte("data: {\"token\":\"a\"}\n"))
	f.Add("", []byte("\x10\x2c\x00\x04MQTT\x05\xc2\x00\x3c\x0e\x16\x00\x02xy\x26\x00\x03pin\x00\x014\x00\x01c\x00\x03ann\x00\x09swordfish"))
	f.Add("application/json", []byte(`{"op":"auth","args":["q8Zt3Kx9Lm2Vb7Nc5RwY"],"seed":"a b c"}`))
	f.Add("application/json", []byte(`{"a":["password","x"],"columns":["pin"],"rows":[["x"]],"value":"y","type":"password"}`))
	f.Add("text/html", []byte("<table><tr><th>a<th>pin<tr><td>1<td>x</table>"))
	f.Add("text/plain", []byte("| a | pin |\n| - | - |\n| 1 | x |\nmysql -pabc; identified by 'x'"))
	f.Add("text/plain", []byte("a,pin\n1,x\n"))
	f.Add("application/yaml", []byte("- name: pin\n  value: x\n\"pass\\x77ord\": y\n? pin\n: z\n"))
	f.Add("text/plain", []byte("a://b:c@d password='x' -----BEGIN PRIVATE KEY-----"))
	f.Add("text/plain", []byte("-A\""))
	f.Add("application/json", []byte(`{"pass:'0"0`))
	f.Add("text/html", []byte("<label>pin</label><input value=x><b>code</b>: 1234 setPin('a1b2') VALUES ('x')"))
	f.Add("application/json", []byte(`{"rows":[["a","x"]],"columns":["b","pin"],"argv":["curl","-u","a:b"],"op":"add","path":"/pin","value":1}`))
	f.Add("application/msgpack", redacttest.Pack(packed.MessagePack, []byte(`{"password":"x","a":["joe@example.com",1]}`)))
	f.Add("application/cbor", redacttest.Pack(packed.CBOR, []byte(`{"password":"x","a":["joe@example.com",1]}`)))
	f.Fuzz(func(t *testing.T, contentType string, data []byte) {
		in := bytes.Clone(data)
		once := red.Body(contentType, data)
		if !bytes.Equal(in, data) {
			t.Fatal("the input was changed")
		}
		if json.Valid(in) && decode.IsJSON(decode.MediaType(contentType)) && !json.Valid(once) {
			t.Fatalf("%s is not JSON any more: %s", in, once)
		}
		if twice := red.Body(contentType, once); !bytes.Equal(once, twice) {
			t.Fatalf("%q:\nonce  %q\ntwice %q", in, once, twice)
		}
	})
}

// TestFlowIdempotent redacts random flows twice.
func TestFlowIdempotent(t *testing.T) {
	piece := rapid.SampledFrom([]string{"Tr0ub4dor9", "password=", `"token":"`, `"`, "abc123xyz", "Bearer ", "&",
		"{", "}", "/", "=", " ", "joe@example.com", "name=", ";", "[", "%2F", ":", "api_key", "0123456789",
		"/reset/", "/login/2fa", "/secrets/", "code=", `{"query":"{a:password}"`, ","})
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
