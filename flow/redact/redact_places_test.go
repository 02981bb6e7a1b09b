package redact_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/flow/redact/names"
)

const randomHere = "aZ3kP9qR7tY2wE5uI8oL1mN4bV6cX0sD"

// TestSignatures redacts signatures of messages and URLs, and keeps what describes them.
func TestSignatures(t *testing.T) {
	for _, h := range []flow.Field{
		{Name: "X-Amz-Signature", Value: "Signature=abc123"}, {Name: "x-hub-signature-256", Value: "sha256=abc123"},
		{Name: "Stripe-Signature", Value: "t=1492774577,v1=abc123"}, {Name: "X-Signature-Ed25519", Value: "abc123"},
		{Name: "X-Shopify-Hmac-Sha256", Value: "abc123="}, {Name: "Signature", Value: "sig1=:abc123=:"},
		{Name: "X-Slack-Signature", Value: "v0=abc123"}, {Name: "x_custom_signature", Value: "abc123"},
	} {
		if got := red.HeaderValue(h.Name, h.Value); strings.Contains(got, "abc123") || redact.HeaderSensitivity(h.Name) != names.Secret {
			t.Errorf("%s: %s", h.Name, got)
		}
	}
	for _, h := range []flow.Field{
		{Name: "X-Signature-Timestamp", Value: "1492774577"}, {Name: "X-Signature-Version", Value: "v2"},
		{Name: "Signature-Input", Value: `sig1=("@method");created=1618884475`}, {Name: "X-Signature-Method", Value: "HMAC-SHA256"},
	} {
		if got := red.HeaderValue(h.Name, h.Value); got != h.Value {
			t.Errorf("%s: %s", h.Name, got)
		}
	}
	if got := red.Query("X-Goog-Signature=abc&Signature=def&SignatureVersion=2"); stars(got) !=
		"X-Goog-Signature=[redacted:secret:*]&Signature=[redacted:secret:*]&SignatureVersion=2" {
		t.Error(got)
	}
	if got := string(red.JSON([]byte(`{"X-Hub-Signature-256":"abc","signature":"Best wishes"}`))); stars(got) !=
		`{"X-Hub-Signature-256":"[redacted:secret:*]","signature":"Best wishes"}` {
		t.Error(got)
	}
}

// TestRedirects redacts codes and states in the URL of a redirect whatever the status, and keeps
// states that filter.
func TestRedirects(t *testing.T) {
	const mark = "[redacted:secret:*]"
	for _, name := range []string{"Location", "Referer", "Content-Location"} {
		for _, tt := range []struct{ url, want string }{
			{"https://a.example/cb?code=swordfish", "https://a.example/cb?code=" + mark},
			{"/cb?state=xyz", "/cb?state=" + mark},
			{"/cb#code=swordfish&state=xyz", "/cb#code=" + mark + "&state=" + mark},
			{"/cb?error=access_denied&code=4001&state=xyz", "/cb?error=access_denied&code=4001&state=" + mark},
			{"/issues?state=open&page=2", ""}, {"/search?state=NY", ""}, {"/e?code=404", ""},
		} {
			if tt.want == "" {
				tt.want = tt.url
			}
			if got := red.HeaderValue(name, tt.url); stars(got) != tt.want {
				t.Errorf("%s: %s: %s", name, tt.url, got)
			}
		}
	}
	for in, want := range map[string]string{
		"client_id=a&state=xyz":               "client_id=a&state=" + mark,
		"response_type=code&state=xyz":        "response_type=code&state=" + mark,
		"code=abcd&state=xyz":                 "code=" + mark + "&state=" + mark,
		"STATE=xyz&CODE=abcd":                 "STATE=" + mark + "&CODE=" + mark,
		"state=xyz":                           "state=xyz",
		"state=open&client_id=a&code=not_404": "state=open&client_id=a&code=" + mark,
	} {
		if got := red.Query(in); stars(got) != want {
			t.Errorf("%s: %s", in, got)
		}
	}
	for in, want := range map[string]string{
		"go to https://a.example/cb?code=abcd&state=xyz now": "go to https://a.example/cb?code=" + mark + "&state=" + mark + " now",
		"https://a.example/i?state=xyz":                      "https://a.example/i?state=xyz",
		"https://a.example/i?client_id=1&state=open":         "https://a.example/i?client_id=1&state=open",
	} {
		if got := red.Text(in); stars(got) != want {
			t.Errorf("%s: %s", in, got)
		}
	}
	if got := red.HeaderValue("Link", `<https://a.example/x?token=a%20b>; rel="next", </y?z=1>; rel=last`); stars(got) !=
		`<https://a.example/x?token=`+mark+`>; rel="next", </y?z=1>; rel=last` {
		t.Error(got)
	}
}

// TestPathSecrets redacts segments after the name of a secret, and keeps the words of an API.
func TestPathSecrets(t *testing.T) {
	for _, path := range []string{"/reset/token/swordfish", "/login/password/Swordfish", "/otp/4711", "/v1/pin/4711/x",
		"/PASSWORD/swordfish", "/a/api-key/hunter2", "/token/a%2Fb", "/reset-token/550e8400-e29b-41d4-a716-446655440000",
		"/session_id/abc", "/recovery-code/AB12-CD34"} {
		got := red.Path(path)
		if !strings.Contains(got, "[redacted:") || strings.Contains(strings.ToLower(got), "fish") || red.Path(got) != got {
			t.Errorf("%s: %s", path, got)
		}
	}
	for _, path := range []string{"/oauth/token/refresh", "/password/reset-request", "/token/{token}", "/token/:id", "/password/policy",
		"/link/token/create", "/tokens/swordfish", "/token/42", "/token/v2/x", "/secrets/db", "/users/password/forgotPassword",
		"/applications/1/token/scoped", "/secret/data/12", "/token/price", "/token/activity", "/api/Password/HasUserSetPassword", "/ws/otp/api/where", "/token/tok_1PgafyB7WZ01zgkW", "/zip-code/swordfish"} {
		if got := red.Path(path); got != path {
			t.Errorf("%s: %s", path, got)
		}
	}
	if !redact.IsPathSecret("token", "swordfish") || redact.IsPathSecret("users", "swordfish") ||
		!redact.IsPathSecret("invite", "aB3dE5fG7hJ9kL1mN2pQ") || redact.IsPathSecret("invite", "swordfish") {
		t.Error("IsPathSecret differs from Path")
	}
}

// TestNamesAsData redacts addresses and tokens in place of names.
func TestNamesAsData(t *testing.T) {
	for _, v := range []string{"joe@example.com", randomHere, "gh" + "p_16C7e42F292c6912E7710c838347Ae178B4a"} {
		for where, got := range map[string]string{
			"cookie":             red.Cookies(v + "=1; a=b"),
			"cookie, encoded":    red.Cookies(strings.ReplaceAll(v, "@", "%40") + "=1; a=b"),
			"Set-Cookie":         red.HeaderValue("Set-Cookie", v+"=1; Path=/"),
			"path of a cookie":   red.HeaderValue("Set-Cookie", "a=1; Path=/"+v),
			"parameter":          red.Query("a=1&" + v + "=2"),
			"file":               red.HeaderValue("Content-Disposition", `attachment; filename="`+v+`.pdf"`),
			"image":              red.HeaderValue("Content-Disposition", "attachment; filename="+v+".png"),
			"file, encoded":      red.HeaderValue("Content-Disposition", "attachment; filename*=UTF-8''"+strings.ReplaceAll(v, "@", "%40")+".pdf"),
			"member":             string(red.JSON([]byte(`{"` + v + `":1}`))),
			"path":               red.Path("/files/" + v + ".png"),
			"name of a header":   red.Header(flow.Header{{Name: v + "-x", Value: "1"}})[0].Name + strings.Repeat("[redacted:", 32-min(32, len(v))),
			"part":               string(red.Body("multipart/form-data; boundary=B", []byte("--B\r\nContent-Disposition: form-data; name=\""+v+"\"\r\n\r\nx\r\n--B--"))),
			"file of a part":     string(red.Body("multipart/form-data; boundary=B", []byte("--B\r\nContent-Disposition: form-data; name=a; filename="+v+".txt\r\n\r\nx\r\n--B--"))),
			"header of a part":   string(red.Body("multipart/mixed", []byte("--B\nX-A: "+v+"\nContent-Type: text/plain\n\nx\n--B--"))),
			"id of a part":       string(red.Body("multipart/mixed", []byte("--B\nContent-ID: <"+v+">\n\nx\n--B--"))),
			"part cut in header": string(red.Body("multipart/mixed; boundary=B", []byte("--B\nContent-Disposition: form-data; name="+v))),
		} {
			if where == "name of a header" && len(v) < 31 || where == "id of a part" && v == randomHere {
				continue
			}
			if strings.Contains(got, v) || strings.Contains(got, "joe") || !strings.Contains(got, "[redacted:") {
				t.Errorf("%s: %s", where, got)
			}
		}
	}
	for _, kept := range []string{"icon@2x.png", "user-session-name=1"} {
		if got := red.Query(kept); got != kept {
			t.Errorf("%s: %s", kept, got)
		}
	}
}

// TestMultipart redacts parts by their names whatever their types, also if the media type does not
// give the boundary.
func TestMultipart(t *testing.T) {
	body := "--B-1\r\nContent-Disposition: form-data; name=\"password\"\r\nContent-Type: text/plain\r\n\r\nswordfish\r\n" +
		"--B-1\r\nContent-Disposition: form-data; NAME=pin\r\n\r\n4711\r\n" +
		"--B-1\r\nContent-Disposition: form-data; name=other; filename=a.txt\r\n\r\nkept\r\n--B-1--\r\n"
	want := strings.NewReplacer("swordfish", "[redacted:secret:*]", "4711", "[redacted:secret:*]").Replace(body)
	for _, contentType := range []string{"multipart/form-data; boundary=B-1", "multipart/form-data", "multipart/mixed; boundary=other",
		"", "multipart/form-data; boundary"} {
		for _, preamble := range []string{"", "preamble\r\n"} {
			if contentType == "" && preamble != "" {
				continue
			}
			if got := string(red.Body(contentType, []byte(preamble+body))); stars(got) != preamble+want {
				t.Errorf("%s:\n%s", contentType, got)
			}
		}
	}
	for _, text := range []string{"--B", "--B\nno header\n\npassword", "-- \nContent-Type: a\n\nb", "a\nb\n", "--\n--\n"} {
		if got := string(red.Body("multipart/form-data", []byte(text))); got != text {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// TestRandomWords redacts random words of every alphabet of 62 to 65 characters.
func TestRandomWords(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, alphabet := range []string{base62, base64URL, base62 + "+/"} {
		missed := 0
		for range 1000 {
			if !redact.IsSensitive("note", pick(r, alphabet, 43)) {
				missed++
			}
		}
		if missed > 30 {
			t.Errorf("%s: missed %d of 1000", alphabet[52:], missed)
		}
	}
	for _, kept := range []string{
		"aZ3kP9qR7tY2wE5uI8oL1mN4bV6cX0",                  // 30 characters
		"az3kp9qr7ty2we5ui8ol1mn4bv6cx0sdaz3kp9",          // no capitals
		"Test-Go-TestLogsListGet-1649773161-x",            // digits stand together
		"getUserAccountRecoverySettingsByOrganizationV2A", // words
		"IMG_20261120_090000_HDR_Portrait_Edited",         //
		"release-2026.11.20-Build-42-RC1-Linux-AMD64",
		"6dcb09b5b57875f334f61aebed695e2e4193db5e",
		"iVBORw0KGgoAAAANSUhEUgAAAJgAAACYCAMAAAAvHNATAAAAY1BMVEVHcEz///aZ3kP9qR7tY2wE5uI8oL1mN4bV6cX0sD",
		"data:image/jpeg;base64,/9j/4AAQSkZJRgABAQaZ3kP9qR7tY2wE5uI8oL1mN4bV6cX0sD",
	} {
		if redact.IsSensitive("note", kept) {
			t.Errorf("%s: %s", kept, red.Value("note", kept))
		}
	}
}

// TestFormats redacts secrets by their form in the middle of text.
func TestFormats(t *testing.T) {
	for kind, v := range map[string]string{
		"hash of a password":  "$2b$12$" + strings.Repeat("aB3./", 10) + "xyz",
		"argon2":              "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub",
		"data source name":    "hunter2",
		"chat bot":            "1234567890:AA" + randomHere + "x",
		"base64 with slashes": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEK3Y",
		"data centre":         strings.Repeat("0af1", 8) + "-us12",
	} {
		text := "see " + v + ", or not"
		if kind == "data source name" {
			text = "see app:" + v + "@tcp(db:3306)/x, or not"
		}
		got := red.Text(text)
		if strings.Contains(got, v) || !strings.HasPrefix(got, "see ") || !strings.HasSuffix(got, ", or not") ||
			red.Text(got) != got {
			t.Errorf("%s: %s", kind, got)
		}
	}
	for _, kept := range []string{"costs $1$ or $5$ today", "12:AAA", "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q", "at 1234567890:AAA",
		"src/main/java/com/example/project/ServiceFactory2Test", "user@tcp(x)", strings.Repeat("0af1", 8) + "-eu12"} {
		if got := red.Text(kept); got != kept {
			t.Errorf("%s: %s", kept, got)
		}
	}
}

func TestOneTimeCodes(t *testing.T) {
	for value, want := range map[string]bool{
		"4829": true, "482913": true, "482 913": true, "123-456": true, "A1B2C3": true, "WDJB-MJHT": true,
		"0048291375": true,
		"":           false, "true": false, "sms": false, "totp": false, "enabled": false, "0.5": false, "12": false,
		"two words here": false, "app only": false,
		"[redacted:secret:0123456789]": false, "12345678901": false,
	} {
		if got := redact.IsSensitive("mfa", value); got != want {
			t.Errorf("mfa %q: %v, want %v", value, got, want)
		}
	}
	for in, want := range map[string]bool{`{"2fa":482913}`: true, `{"2fa":true}`: false, `{"2fa":1}`: false,
		`{"tan":0.25}`: false, `{"mfa":{"code":"x"}}`: false} {
		if got := string(red.JSON([]byte(in))) != in; got != want {
			t.Errorf("%s: changed %v, want %v", in, got, want)
		}
	}
}
