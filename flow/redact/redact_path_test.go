package redact_test

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestPathTellsOfBody redacts bodies whose values get their meaning from the path of the request.
// Only the text between « and » may be hidden.
func TestPathTellsOfBody(t *testing.T) {
	tests := []struct{ name, method, path, contentType, request, response string }{
		{"one-time code", "POST", "/auth/verify-otp", "application/json", `{"phone":"+49151","code":"«482913»"}`, `{"code":"E4711"}`},
		{"number", "POST", "/login/2fa", "application/json", `{"code":«482913»}`, `{"code":40103}`},
		{"in an object", "POST", "/two-factor", "application/json", `{"data":{"attributes":{"code":"«482913»"}}}`, ``},
		{"form", "POST", "/mfa/factors/7/verify", "application/x-www-form-urlencoded", `code=«482913»&id=7`, ``},
		{"what is checked", "POST", "/email/confirm", "application/json", `{"code":"«48A913»","lang":"en"}`, ``},
		{"code of a product", "POST", "/products/verify", "application/json", `{"code":"482913"}`, ``},
		{"code of an order", "POST", "/orders/confirm", "application/json", `{"code":"A4711"}`, ``},
		{"word", "POST", "/mfa/verify", "application/json", `{"code":"expired"}`, ``},
		{"list of codes", "POST", "/2fa/recovery-codes", "application/json", ``, `{"codes":["«1234-5678»","«2345-6789»"],"left":2}`},
		{"only a list", "GET", "/backup_codes", "application/json", ``, `["«12345678»","«23456789»"]`},
		{"list of other codes", "GET", "/zip-codes", "application/json", ``, `{"codes":["12345","23456"]}`},
		{"text", "PUT", "/kv/app/db/password", "text/plain", `«swordfish»`, `true`},
		{"text of the response", "GET", "/csrf-token", "text/plain", ``, `«k3Jd92LqPz7x»`},
		{"string", "GET", "/csrf-token", "application/json", ``, `"«k3Jd92LqPz7x»"`},
		{"string of the request", "PUT", "/kv/app/db/password", "application/json", `"«swordfish»"`, `"changed"`},
		{"sentences as strings", "PUT", "/kv/app/db/password", "application/json", `"my sword fish"`, `"it was 3 days old"`},
		{"string for a store", "PUT", "/v1/secret/data/app", "application/json", `"«swordfish»"`, `"«k3Jd92LqPz7x»"`},
		{"string of another path", "POST", "/login/2fa", "application/json", `"swordfish"`, `"k3Jd92LqPz7x"`},
		{"literals as strings", "PUT", "/kv/app/db/password", "application/json", `"true"`, `"null"`},
		{"what happened", "POST", "/reset-password", "text/plain", ``, `success`},
		{"sentence", "POST", "/reset-password", "text/plain", ``, `Password is changed`},
		{"value", "PUT", "/env/db.password", "application/json", `{"value":"«swordfish»"}`, `{"value":"«swordfish»"}`},
		{"other value", "PUT", "/env/db.color", "application/json", `{"value":"swordfish"}`, `swordfish`},
		{"secret of a store", "GET", "/v1/projects/p/secrets/db/versions/1:access", "application/json", ``,
			`{"name":"projects/7/secrets/db","payload":{"data":"«c3dvcmRmaXNo»"}}`},
		{"secrets of a store", "POST", "/v1/secret/data/app", "application/json", `{"data":{"db":"«swordfish»"}}`, `{"data":{"version":1}}`},
		{"list of secrets", "GET", "/v1/secrets", "application/json", ``, `{"data":[{"name":"db","color":"red"}]}`},
		{"answers", "POST", "/security-questions", "application/json", `{"answers":[{"questionId":3,"answer":"«fluffy»"}]}`, ``},
		{"other answers", "POST", "/quiz", "application/json", `{"answers":[{"questionId":3,"answer":"fluffy"}]}`, ``},
		{"change", "PUT", "/me/password", "application/json", `{"curr":"«swordfish»","next":"«catfish»"}`, ``},
	}
	unmarked := strings.NewReplacer("«", "", "»", "")
	body := func(s string) flow.Body {
		s = unmarked.Replace(s)
		return flow.Body{Data: []byte(s), Size: int64(len(s))}
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := flow.Header{{Name: "Content-Type", Value: tt.contentType}}
			f := red.Flow(flow.Flow{Done: true,
				Request:  flow.Request{Method: tt.method, Scheme: "https", Authority: "a.example", Path: tt.path, Header: h, Body: body(tt.request)},
				Response: &flow.Response{Status: 200, Header: h, Body: body(tt.response)}})
			checkMarked(t, "request", tt.request, string(f.Request.Body.Data))
			checkMarked(t, "response", tt.response, string(f.Response.Body.Data))
			if again := red.Flow(f); string(again.Request.Body.Data) != string(f.Request.Body.Data) ||
				string(again.Response.Body.Data) != string(f.Response.Body.Data) {
				t.Error("redacting twice differs from once")
			}
		})
	}
}

// checkMarked compares a redacted text with one in which « and » enclose what must be hidden. In
// JSON, a placeholder is a string also if the value is a number.
func checkMarked(t *testing.T, what, marked, got string) {
	t.Helper()
	want := marked
	for strings.Contains(want, "«") {
		before, rest, _ := strings.Cut(want, "«")
		_, after, _ := strings.Cut(rest, "»")
		want = before + "[]" + after
	}
	plain := strings.NewReplacer(`"[]"`, "[]")
	if got = emptied(got); plain.Replace(got) != plain.Replace(want) {
		t.Errorf("%s\ngot  %s\nwant %s", what, got, want)
	}
}
