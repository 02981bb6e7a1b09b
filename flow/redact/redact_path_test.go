package redact_test

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact/rules"
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
		{"a number", "PUT", "/kv/app/db/pin", "application/json", `«4711»`, `true`},
		{"only a list of numbers", "GET", "/backup_codes", "application/json", ``, `[«12345678»,«23456789»,7]`},
		{"string", "GET", "/csrf-token", "application/json", ``, `"«k3Jd92LqPz7x»"`},
		{"string of the request", "PUT", "/kv/app/db/password", "application/json", `"«swordfish»"`, `"changed"`},
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
		{"other answers", "POST", "/quiz", "application/json", `{"answers":[{"questionId":3,"answer":"fluffy"}]}`, ``},
		{"other lists", "GET", "/backup_codes", "application/json", ``, `{"list":["12345678"]}`},
		{"text without a type", "PUT", "/kv/app/db/password", "", `«swordfish»`, ``},
		{"text as a form", "PUT", "/kv/app/db/password", "application/x-www-form-urlencoded", `«swordfish»`, ``},
		{"form", "PUT", "/kv/app/db/password", "application/x-www-form-urlencoded", `color=blue`, ``},
		{"two words", "PUT", "/kv/app/db/password", "text/plain", `sword fish`, ``},
		{"markup", "PUT", "/kv/app/db/password", "text/plain", `<sword>`, ``},
		{"list in text", "PUT", "/kv/app/db/password", "text/plain", `a[fish]`, ``},
		{"nothing", "PUT", "/kv/app/db/password", "text/plain", ` `, ``},
		{"literal", "PUT", "/kv/app/db/password", "text/plain", `null`, ``},
		{"the longest", "PUT", "/kv/app/db/password", "text/plain", "«" + strings.Repeat("f", rules.MaxName) + "»", ``},
		{"too long", "PUT", "/kv/app/db/password", "text/plain", strings.Repeat("f", rules.MaxName+1), ``},
		{"text for a store", "PUT", "/v1/secret/data/app", "text/plain", `«swordfish»`, ``},
		{"names in a store", "POST", "/v1/secret/data/app", "application/json",
			`{"payload":"«x1y2z3»","content":{"a":"«swordfish»"},"secret_value":["«swordfish»"],"more":{"data":{"a":"«swordfish»","data":{"color":"«swordfish»"}}}}`, ``},
		{"number in a store", "POST", "/v1/secret/data/app", "application/json", `{"value":«4711»}`, `{"data":{"version":1}}`},
		{"names without a store", "POST", "/v1/items/data/app", "application/json", `{"payload":"kingfisher","content":{"a":"kingfisher"},"secret_value":"«swordfish»"}`, ``},
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

// TestPathTellsOfQuery does the same for parameters.
func TestPathTellsOfQuery(t *testing.T) {
	const token = "k3Jd92LqPz7x4sQ8"
	for _, tt := range []struct{ path, query string }{
		{"/auth/verify-otp", "code=«482913»&id=7"}, {"/auth/verify-otp", "Code=«482913»"}, {"/auth/verify-otp", "codes=482913"},
		{"/auth/verify-otp", "code=expired"}, {"/orders", "code=482913"},
		{"/auth/magic", "t=«" + token + "»"}, {"/auth/magic", "tt=«" + token + "»"}, {"/auth/magic", "ttt=" + token},
		{"/auth/magic", "id=" + token}, {"/auth/magic", "t=swordfish"}, {"/auth/login", "t=" + token},
	} {
		f := flow.Flow{Done: true, Request: flow.Request{Path: tt.path, RawQuery: strings.NewReplacer("«", "", "»", "").Replace(tt.query)}}
		checkMarked(t, tt.path, tt.query, red.Flow(f).Request.RawQuery)
	}
}

// checkMarked compares a redacted text with one in which « and » enclose what must be hidden. In
// JSON, a placeholder is a string also if the value is a number.
func checkMarked(t *testing.T, what, marked, got string) {
	t.Helper()
	want := emptiedMarks(marked)
	plain := strings.NewReplacer(`"[]"`, "[]")
	if got = emptied(got); plain.Replace(got) != plain.Replace(want) {
		t.Errorf("%s\ngot  %s\nwant %s", what, got, want)
	}
}
