package redact_test

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/redact"
)

// TestHeaderRule checks that a rule for a header covers its whole value, and no other header.
func TestHeaderRule(t *testing.T) {
	rules, err := redact.Compile([]redact.Rule{{Header: "X-Tenant"}})
	if err != nil {
		t.Fatal(err)
	}
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
