package redact_test

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestGrantCodes redacts authorization codes wherever a name beside them identifies them.
func TestGrantCodes(t *testing.T) {
	for _, code := range []string{"swordfish7x", "482913", "abcd", "SplxlOBeZQ"} {
		for _, tt := range []struct{ contentType, body string }{
			{"", "code=" + code + "&state=xyz"},
			{"", "state=af0ifjsldkj&code=" + code},
			{"", "session_state=1&code=" + code},
			{"application/x-www-form-urlencoded", "grant_type=authorization_code&code=" + code +
				"&redirect_uri=https%3A%2F%2Fa.example%2Fcb"},
			{"application/x-www-form-urlencoded", "code=" + code + "&code_verifier=dBjftJeZ4CVP"},
			{"application/json", `{"grant_type":"authorization_code","code":"` + code + `","client_id":"x"}`},
			{"application/json", `{"code": "` + code +
				`", "client": {"id": "x", "tags": [1, "}"]}, "grantType": "authorization_code"}`},
			{"application/json", `{"a":[{"code":"E_1"},{"code":"` + code + `","redirect_uri":"https://a.example"}]}`},
			{"application/json", `{"next":"https://a.example/cb?code=` + code + `&state=xyz"}`},
			{"text/html", `<a href="/login?to=%2Fcb%3Fcode%3D` + code + `%26state%3Dxyz">`},
			{"text/html", `<a href="https://a.example/cb?state=xyz&amp;code=` + code + `">`},
			{"text/plain", "GET /cb?code=" + code + "&state=xyz HTTP/1.1"},
			{"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"code\"\r\n\r\n" + code + "\r\n--b\r\nContent-Disposition: form-data; name=\"grant_type\"\r\n\r\nauthorization_code\r\n--b--\r\n"},
		} {
			var got, again string
			if tt.contentType == "" {
				got = red.Query(tt.body)
				again = red.Query(got)
				for _, u := range []string{"https://a.example/cb?" + tt.body, "/cb?" + tt.body,
					"https://a.example/cb#" + tt.body} {
					if out := red.HeaderValue("Location", u); strings.Contains(out, code) {
						t.Errorf("Location: %s: %s", u, out)
					}
				}
			} else {
				got = string(red.Body(tt.contentType, []byte(tt.body)))
				again = string(red.Body(tt.contentType, []byte(got)))
			}
			if strings.Contains(got, code) || !strings.Contains(got, "redacted:secret:") {
				t.Errorf("%s: %s", tt.body, got)
			}
			if again != got {
				t.Errorf("%s: redacting twice differs from once: %s, %s", tt.body, got, again)
			}
		}
	}
	for _, name := range []string{"code_verifier", "codeVerifier", "device_code", "otp", "passcode"} {
		for contentType, body := range map[string]string{
			"application/x-www-form-urlencoded": name + "=swordfish7x&a=1", "application/json": `{"` + name +
				`":"swordfish7x"}`, "text/plain": "a " + name + "=swordfish7x b",
		} {
			if got := string(red.Body(contentType, []byte(body))); strings.Contains(got, "swordfish7x") {
				t.Errorf("%s: %s", body, got)
			}
		}
	}
}

// TestOtherCodesStay keeps the codes of errors, countries, currencies and products.
func TestOtherCodesStay(t *testing.T) {
	for _, tt := range []struct{ contentType, body string }{
		{"", "code=not_found&page=2"}, {"", "error=access_denied&code=4001"}, {"", "state=xyz&page=2"}, {"", "code=404&state=open"},
		{"", "country_code=DE1234&state=NY"},
		{"application/json", `{"code":"not_found","message":"no such thing","state":"failed"}`},
		{"application/json", `{"code":40001,"state":"open"}`},
		{"application/json", `{"errors":[{"code":"invalid_request","param":"grant_type"}],"grant_type":"authorization_code"}`},
		{"application/json", `{"error":{"code":"ERR_42"},"grant_type":"x"}`},
		{"application/json", `{"grant_type":"x","error":{"code":"ERR_42"}}`},
		{"application/json", `[{"grant_type":"x"},{"code":"ERR_42"}]`},
		{"text/plain", "code=ERR_42 state=xyz"}, {"text/plain", "see https://a.example/?code=ERR_42&estate=1"},
	} {
		got := red.Query(tt.body)
		if tt.contentType != "" {
			got = string(red.Body(tt.contentType, []byte(tt.body)))
		}
		if got != tt.body {
			t.Errorf("%s: %s", tt.body, got)
		}
	}
}

// TestGrantFlow redacts an authorization code and its state in the Location of the redirect, in the
// request that follows and in the exchange. The placeholders are equal.
func TestGrantFlow(t *testing.T) {
	one := red.Flow(flow.Flow{Request: flow.Request{Method: "GET", Path: "/authorize",
		RawQuery: "response_type=code&state=xyz"},
		Response: &flow.Response{Status: 302, Header: flow.Header{{Name: "Location",
			Value: "https://a.example/cb?code=a1b2c3&state=xyz"}}}})
	two := red.Flow(flow.Flow{Request: flow.Request{Method: "POST", Path: "/token",
		Header: flow.Header{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}},
		Body:   flow.Body{Data: []byte("grant_type=authorization_code&code=a1b2c3"), Size: 41}}})
	location, form := one.Response.Header.Get("Location"), string(two.Request.Body.Data)
	mark := location[strings.Index(location, "code=")+len("code=") : strings.Index(location, "&state")]
	if strings.Contains(location+form, "a1b2c3") || !strings.HasSuffix(form, mark) ||
		strings.Contains(location+one.Request.RawQuery, "xyz") {
		t.Errorf("%s\n%s\n%s", location, form, one.Request.RawQuery)
	}
}
