package redact_test

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
)

// secretHere is the secret in the tests below. Only its position reveals that it is one.
const secretHere = "swordfish7x"

// TestForms redacts values in notations that separate them from their names in different ways.
func TestForms(t *testing.T) {
	for _, tt := range []struct{ contentType, body string }{
		{"application/json", `{"password":{"value":"swordfish7x"}}`},
		{"application/json", `{"headers":[["Authorization","Bearer swordfish7x"]]}`},
		{"application/json", `{"cmd":"curl -u bob:swordfish7x https://x.example"}`},
		{"application/json", `{"cmd":"curl -s --user 'bob:swordfish7x' https://x.example"}`},
		{"application/json", `{"cmd":"tool --password swordfish7x -h x"}`},
		{"application/json", `{"cmd":"tool --api-key \"swordfish7x\""}`},
		{"application/json", `{"message":"got Bearer swordfish7x, which has ended"}`},
		{"application/xml", `<a><password><![CDATA[swordfish7x]]></password></a>`},
		{"application/xml", `<entry key="password">swordfish7x</entry>`},
		{"application/xml", `<string name="api_key"><![CDATA[swordfish7x]]></string>`},
		{"application/xml", "<dict><key>api_key</key>\n\t<string>swordfish7x</string></dict>"},
		{"application/xml", `<property name="db.password" value="swordfish7x"/>`},
		{"text/html", `<input value="swordfish7x" name="authenticity_token" type="hidden">`},
		{"text/html", `<input value='swordfish7x' id='csrf_token'>`},
		{"text/html", `<meta name="csrf-token" content="swordfish7x">`},
		{"text/html", `<meta content="swordfish7x" name="csrf-token">`},
		{"text/html", `<div data-cfg="{&quot;token&quot;:&quot;swordfish7x&quot;}">`},
		{"text/html", `<a href="/login?next=%2Fcb%3Ftoken%3Dswordfish7x%26a%3D1">`},
		{"text/html", `<a href="/login?next=%252Fcb%253Ftoken%253Dswordfish7x%2526a%253D1">`},
		{"text/event-stream", "event: a\ndata: {\"token\":\ndata: \"swordfish7x\"}\n\n"},
		{"text/csv", "name,password\nbob,swordfish7x\n\"a,b\",swordfish7x\n"},
		{"text/tab-separated-values", "name\tapi_key\nbob\tswordfish7x\n"},
		{"text/plain", "machine x login bob password swordfish7x\n"},
		{"text/plain", "the password is swordfish7x.\n"},
		{"text/plain", "Your token is: swordfish7x"},
	} {
		t.Run(tt.contentType, func(t *testing.T) {
			got := string(red.Body(tt.contentType, []byte(tt.body)))
			if strings.Contains(got, secretHere) || !strings.Contains(got, "[redacted:secret:") {
				t.Errorf("%s: %s", tt.body, got)
			}
			if again := string(red.Body(tt.contentType, []byte(got))); again != got {
				t.Errorf("%s: redacting twice differs from once: %s, %s", tt.body, got, again)
			}
		})
	}
	for _, text := range []string{"Your verification code is 482913", "your login code is: 482 913",
		"OTP is 482913.", "The pin is 4829"} {
		if got := red.Text(text); strings.Contains(got, "is 482") || !strings.Contains(got, "[redacted:") {
			t.Errorf("%s: %s", text, got)
		}
	}
}

// TestFormsKept keeps values in similar notations that are not secrets.
func TestFormsKept(t *testing.T) {
	for _, tt := range []struct{ contentType, body string }{
		{"text/plain", "the bearer of this letter; Bearer tokens are sent in a header, bearer authentication"},
		{"text/plain", "the password must have 8 characters, a password manager helps; token 5 of 7, secret santa 2026"},
		{"text/plain", "the error code is 404512; status code is 2000, the country code is 0049"},
		{"text/plain", "docker run -u 1000:1000 x; ls -l --color auto; tool --password-file a.txt --name swordfish7x; tool --password $PASSWORD"},
		{"application/json", `{"token":{"type":"bearer","kind":"access"},"list":["password","swordfish"]}`},
		{"application/json", `{"type":{"value":"swordfish7x"},"name":{"value":"password"}}`},
		{"application/xml", `<entry key="color">red</entry><key>name</key><string>swordfish7x</string><name>password</name>`},
		{"text/html", `<input name="q" value="swordfish7x"><meta name="description" content="swordfish7x"><input type="password" name="p">`},
		{"text/html", `<a href="/x?next=%2Fa%3Fpage%3D2">50%25 off</a>`},
		{"text/event-stream", "data: {\"a\":\ndata: 1}\n\n"},
		{"text/csv", "name,tokens\nbob,12\n"},
		{"text/plain", "getUserAccountRecoverySettingsByOrganizationIdentifierAndLocale"},
	} {
		t.Run(tt.contentType, func(t *testing.T) {
			if got := string(red.Body(tt.contentType, []byte(tt.body))); got != tt.body {
				t.Errorf("%s: %s", tt.body, got)
			}
		})
	}
}

// TestHeaderForms redacts headers to which the rule for the last word of a name does not apply.
func TestHeaderForms(t *testing.T) {
	for _, h := range []flow.Field{
		{Name: "X-2FA-Code", Value: secretHere}, {Name: "X-Service-Key", Value: secretHere},
		{Name: "Authentication", Value: secretHere},
		{Name: "Sec-WebSocket-Protocol", Value: "bearer, " + secretHere},
		{Name: "Sec-WebSocket-Protocol", Value: "graphql-ws,access_token," + secretHere},
		{Name: "X-Forwarded-Uri", Value: "/a?token=" + secretHere},
		{Name: "Link", Value: "</a?access_token=" + secretHere + ">; rel=next"},
	} {
		if got := red.HeaderValue(h.Name, h.Value); strings.Contains(got, secretHere) ||
			red.HeaderValue(h.Name, got) != got {
			t.Errorf("%s: %s", h.Name, got)
		}
	}
	for _, h := range []flow.Field{{Name: "Sec-WebSocket-Protocol", Value: "graphql-transport-ws, json"},
		{Name: "Idempotency-Key", Value: secretHere}} {
		if got := red.HeaderValue(h.Name, h.Value); got != h.Value {
			t.Errorf("%s: %s", h.Name, got)
		}
	}
	if !redact.IsSensitive("SAMLResponse", secretHere) {
		t.Error("a SAML assertion is kept")
	}
}
