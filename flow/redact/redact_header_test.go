package redact_test

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/test/must"
)

// TestHeaderValuesExactly checks redacted header values, byte for byte.
func TestHeaderValuesExactly(t *testing.T) {
	const s = "[redacted:secret:*]"
	for _, tt := range []struct{ name, value, want string }{
		{"Cookie", "a=b; c=d", "a=" + s + "; c=" + s},
		{"Cookie", "a=b;c=d", "a=" + s + ";c=" + s},
		{"Cookie", "a=; b", "a=; " + s},
		{"Cookie", "a=b; ", "a=" + s + "; "},
		{"Cookie", ";", ";"},
		{"Cookie", `a="b c"`, "a=" + s},
		{"Cookie", "joe%40example.com=1", "[redacted:email:*]=" + s},
		{"Cookie2", "a=b", "a=" + s},
		{"Set-Cookie", "a=b", "a=" + s},
		{"Set-Cookie", "a=b; Path=/; Domain=h.example; Max-Age=3600", "a=" + s + "; Path=/; Domain=h.example; Max-Age=3600"},
		{"Set-Cookie", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"},
		{"Set-Cookie", "a=b; Path=/; token=c1d2e3", "a=" + s + "; Path=/; token=" + s},
		{"Link", `</a?token=b>; rel="next", </c>; rel=last`, `</a?token=` + s + `>; rel="next", </c>; rel=last`},
		{"Link", "</a?token=b", "</a?token=" + s},
		{"Link", "no URL", "no URL"},
		{"Location", "/a?code=abcd&state=xyz", "/a?code=" + s + "&state=" + s},
		{"Location", "/a?code=abcd", "/a?code=" + s},
		{"Referer", "https://u:p@h.example/", "https://u:" + s + "@h.example/"},
		{"X-Hub-Signature-256", "sha256=abc", s},
		{"X-Shop-Hmac-Sha256", "abc", s},
		{"X-Signature-Timestamp", "17", "17"},
		{"X-Signature-Input", "abc", "abc"},
		{"Sec-WebSocket-Protocol", "v1, bearer, abc", "v1, bearer, " + s},
		{"Sec-WebSocket-Protocol", "bearer,abc,def", "bearer," + s + ",def"},
		{"Sec-WebSocket-Protocol", "authorization, abc", "authorization, " + s},
		{"Sec-WebSocket-Protocol", "bearer, auth7x, v1", "bearer, " + s + ", v1"},
		{"Sec-WebSocket-Protocol", "chat, superchat", "chat, superchat"},
		{"Content-Disposition", `attachment; filename="joe@example.com.csv"`, `attachment; filename="[redacted:email:*]"`},
		{"Content-Disposition", "attachment; filename*=UTF-8''a%20b%2Fc.csv", "attachment; filename*=UTF-8''a%20b%2Fc.csv"},
		{"Content-Disposition", "attachment; filename=100%.csv", "attachment; filename=100%.csv"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := red.HeaderValue(tt.name, tt.value)
			if stars(got) != tt.want {
				t.Errorf("%s\ngot  %s\nwant %s", tt.value, got, tt.want)
			}
			if again := red.HeaderValue(tt.name, got); again != got {
				t.Errorf("redacting twice differs from once: %s, %s", got, again)
			}
		})
	}
}

// TestCookieForms checks that a cookie has the placeholder of the same value elsewhere, however it is
// written, and that no two values share one.
func TestCookieForms(t *testing.T) {
	for value, plain := range map[string]string{
		"sword%20fish": "sword fish", `"swordfish"`: "swordfish", " swordfish ": "swordfish", "%zz": "%zz", "%zy": "%zy", "a+b": "a+b",
	} {
		if got, want := red.Cookies("a="+value), "a="+red.Value("password", plain); got != want {
			t.Errorf("%s: %s, want %s", value, got, want)
		}
	}
}

// TestHeaderNames checks that a token in place of a header's name is redacted, and that a header
// without secrets is returned as it is.
func TestHeaderNames(t *testing.T) {
	h := header(letters(32), "a", "Accept", "b")
	got := red.Header(h)
	if stars(got[0].Name) != "[redacted:secret:*]" || got[0].Value != "a" || got[1] != h[1] || h[0].Name != letters(32) {
		t.Errorf("%v of %v", got, h)
	}
	plain := header("Accept", "a", "Host", "b")
	if got := red.Header(plain); &got[0] != &plain[0] {
		t.Error("a header without secrets was copied")
	}
	if got := red.Header(nil); got != nil {
		t.Errorf("%v", got)
	}
}

// TestHeaderRule checks that a rule for a header covers its whole value, and no other header.
func TestHeaderRule(t *testing.T) {
	rules := must.Get(redact.Compile([]redact.Rule{{Header: "X-Tenant"}}))
	r := redact.New([]byte("k"), redact.Config{Rules: rules})
	for name, want := range map[string]string{"X-Tenant": "[redacted:secret:*]", "x-tenant": "[redacted:secret:*]", "X-Tenants": "acme gmbh"} {
		if got := stars(r.HeaderValue(name, "acme gmbh")); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// TestMultipartExactly checks the parts of forms, also without a valid type or end.
func TestMultipartExactly(t *testing.T) {
	const s = "[redacted:secret:*]"
	part := func(head, content string) string { return "--B\r\n" + head + "\r\n\r\n" + content + "\r\n" }
	field := func(name, content string) string {
		return part(`Content-Disposition: form-data; name="`+name+`"`, content)
	}
	for _, tt := range []struct{ name, contentType, body, want string }{
		{"fields", "multipart/form-data; boundary=B", field("a", "b") + field("password", "swordfish") + "--B--\r\n",
			field("a", "b") + field("password", s) + "--B--\r\n"},
		{"part with a type", "multipart/form-data; boundary=B",
			part("Content-Disposition: form-data; name=\"x\"\r\nContent-Type: application/json", `{"password":"abc"}`) + "--B--",
			part("Content-Disposition: form-data; name=\"x\"\r\nContent-Type: application/json", `{"password":"`+s+`"}`) + "--B--"},
		{"table in a part", "multipart/form-data; boundary=B",
			part("Content-Disposition: form-data; name=\"x\"\r\nContent-Type: text/csv", "a,password\nb,swordfish\n") + "--B--",
			part("Content-Disposition: form-data; name=\"x\"\r\nContent-Type: text/csv", "a,password\nb,"+s+"\n") + "--B--"},
		{"secret part with a type", "multipart/form-data; boundary=B",
			part("Content-Disposition: form-data; name=\"password\"\r\nContent-Type: application/json", `["abc"]`) + "--B--",
			part("Content-Disposition: form-data; name=\"password\"\r\nContent-Type: application/json", s) + "--B--"},
		{"code of a grant", "multipart/form-data; boundary=B", field("grant_type", "authorization_code") + field("code", "abcd") + "--B--",
			field("grant_type", "authorization_code") + field("code", s) + "--B--"},
		{"code of something else", "multipart/form-data; boundary=B", field("country", "de") + field("code", "abcd") + "--B--", ""},
		{"header of a part", "multipart/form-data; boundary=B", part("Authorization: Bearer abc", "d") + "--B--",
			part("Authorization: Bearer "+s, "d") + "--B--"},
		{"no boundary in the type", "multipart/form-data", field("password", "swordfish") + "--B--", field("password", s) + "--B--"},
		{"another boundary in the type", "multipart/form-data; boundary=C", field("password", "swordfish") + "--B--", field("password", s) + "--B--"},
		{"lines without carriage returns", "multipart/form-data; boundary=B",
			strings.ReplaceAll(field("password", "swordfish"), "\r", "") + "--B--\n", strings.ReplaceAll(field("password", s), "\r", "") + "--B--\n"},
		{"cut in a content", "multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nsword",
			"--B\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n" + s},
		{"cut in a header", "multipart/form-data; boundary=B", "--B\r\nAuthorization: Bearer abc", "--B\r\nAuthorization: Bearer " + s},
		{"name without quotes", "multipart/form-data; boundary=B",
			part("Content-Disposition: form-data; name=password; =", "swordfish") + "--B--",
			part("Content-Disposition: form-data; name=password; =", s) + "--B--"},
		{"text after the end", "multipart/form-data; boundary=B", field("a", "b") + "--B--\r\npassword=swordfish", field("a", "b") + "--B--\r\npassword=" + s},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.want == "" {
				tt.want = tt.body
			}
			got := string(red.Body(tt.contentType, []byte(tt.body)))
			if stars(got) != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
			if again := string(red.Body(tt.contentType, []byte(got))); again != got {
				t.Errorf("redacting twice differs from once: %q, %q", got, again)
			}
		})
	}
}

// TestTableLines checks that the lines of a redacted table end as they did.
func TestTableLines(t *testing.T) {
	for _, body := range []string{"a,password\nb,*", "a,password\nb,*\n", "a,password\r\nb,*", "a,password\r\nb,*\r\n", "a,password\r\n\"b\r\nc\",*\r\n"} {
		got := strings.ReplaceAll(stars(string(red.Body("text/csv", []byte(strings.ReplaceAll(body, "*", "swordfish7x"))))), "[redacted:secret:*]", "*")
		if got != body {
			t.Errorf("got %q, want %q", got, body)
		}
	}
}
