package redact_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// echoed redacts a login whose answer has a header and a body, and returns both.
func echoed(password, answer, value string) string {
	return echoedTo(fmt.Sprintf(`{"user":"ann","password":%q}`, password), answer, "X-Echo", value)
}

// echoedTo is echoed for a request with any body.
func echoedTo(sent, answer string, nv ...string) string {
	f := red.Flow(flow.Flow{Done: true, Request: flow.Request{Method: "POST", Path: "/login", Header: header("Content-Type", "application/json"),
		Body: flow.Body{Data: []byte(sent), Size: int64(len(sent))}},
		Response: &flow.Response{Status: 200, Header: header(nv...), Body: flow.Body{Data: []byte(answer), Size: int64(len(answer))}}})
	return f.Response.Header.Get("X-Echo") + "\n" + string(f.Response.Body.Data)
}

// TestEchoEncoded looks for a secret that an API returns in other forms than it was sent.
func TestEchoEncoded(t *testing.T) {
	const secret = "Zq8rT2mW-sword4fish"
	b64, h := base64.StdEncoding.EncodeToString, hex.EncodeToString
	for name, form := range map[string]string{
		"base64": b64([]byte(secret)), "base64 of more": b64([]byte("x" + secret + "yz")), "base64 of much more": b64([]byte(`{"echo":"` + secret + `"}`)),
		"base64 in a URL": base64.RawURLEncoding.EncodeToString([]byte("??>" + secret + "~~")),
		"hexadecimal":     h([]byte(secret)),
		"hex of more":     h([]byte("x" + secret + "yz")),
		"capitals":        strings.ToUpper(h([]byte(secret))),
		"small letters":   strings.ToLower(secret), "large letters": strings.ToUpper(secret),
	} {
		hidden := "[]"
		if before, _, ok := strings.Cut(form, secret); ok {
			hidden = before + "[]"
		}
		for _, answer := range []string{`{"echo":"` + form + `"}`, "at /x/" + form + "/y?a=" + form + "; then " + form + "."} {
			out := echoed(secret, answer, `"`+form+`"`)
			if want := `"` + hidden + `"` + "\n" + strings.ReplaceAll(answer, form, hidden); emptied(out) != want {
				t.Errorf("%s of %s: %s, want %s", name, answer, out, want)
			}
		}
	}
	for _, harmless := range []string{
		`{"id":"550e8400-e29b-41d4-a716-446655440000","sha":"6dcb09b5b57875f334f61aebed695e2e4193db5e"}`,
		`{"cursor":"` + b64([]byte(`{"id":12,"created":"2026-01-01"}`)) + `","data":"` + b64([]byte("\x01\x07\xc8\x00\xff\x10\x11\x12\x90\x91\x92\x93")) + `"}`,
		`{"organizationIdentifier":"internationalization","path":"/sword/fish/Zq8r"}`,
		"the beginning: " + h([]byte(secret))[:14] + ", " + b64([]byte(secret))[:10] + ", " + strings.ToLower(secret[:8]) + ", " + strings.ToUpper(secret[:8]),
	} {
		if out := echoed(secret, harmless, "x"); out != "x\n"+harmless {
			t.Errorf("%s became %s", harmless, out)
		}
	}
}

// TestEchoOfWord looks for a secret of letters where an API returns it as a value. In a sentence it
// may be any word.
func TestEchoOfWord(t *testing.T) {
	const word = "swordfish"
	for _, answer := range []string{
		`{"echo":"swordfish"}`, `{"error":"password swordfish is too weak"}`, `{"error":"пароль swordfish"}`, `{"error":"new_password: swordfish"}`, `{"error":"api-key swordfish"}`, `{"error":"api_key: swordfish"}`, `{"error":"password 'swordfish' is too weak"}`,
		strings.Repeat("it says, ", 20) + "password swordfish is too weak", `<b>swordfish</b>`, `a=swordfish&b=1`, `/x/swordfish/y`, `{"a":"{\"b\":\"swordfish\"}"}`, `%22swordfish%22`, "swordfish",
	} {
		if out := echoed(word, answer, `"swordfish"`); strings.Contains(out, word) {
			t.Errorf("%s became %s", answer, out)
		}
	}
	for password, answers := range map[string][]string{
		word:       {"a swordfish is large", `{"title":"swordfish is large"}`, `{"title":"swordfish. A story"}`, `x("swordfish:8")`, "a/swordfish:8", "fresh swordfish, and more", "swordfishes", `{"title":"Swordfish recipes with swordfish"}`},
		"required": {`{"status":"required"}`}, "password": {`{"field":"password"}`}, "encryption": {`{"feature":"encryption"}`},
		"sesame": {`{"seed":"sesame"}`},
	} {
		for _, answer := range answers {
			if out := echoed(password, answer, "x"); out != "x\n"+answer {
				t.Errorf("%s became %s", answer, out)
			}
		}
	}
}
