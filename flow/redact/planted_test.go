package redact_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/har"
	"github.com/spectap/spectap/flow/redact"
)

// shaped are secrets known by their form, wherever they stand. All are made up; they are written in pieces so that
// no scanner takes them for real.
var shaped = map[string]string{
	"AWS access key":        "AK" + "IAIOSFODNN7QRSTUVW",
	"AWS temporary key":     "AS" + "IAWYLNJGWWCXCR4V7V",
	"GitHub token":          "gh" + "p_16C7e42F292c6912E7710c838347Ae178B4a",
	"GitHub fine-grained":   "github" + "_pat_11ABCDEFG0abcdefghijkl_MNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuv",
	"GitHub OAuth":          "gh" + "o_16C7e42F292c6912E7710c838347Ae178B4a",
	"GitLab token":          "gl" + "pat-ABCdef123456_7890xyz",
	"Slack bot token":       "xo" + "xb-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx",
	"Slack app token":       "xa" + "pp-1-A0123456789-1234567890123-abcdef0123456789",
	"Stripe secret key":     "sk" + "_live_4eC39HqLyjWDarjtT1zdp7dc",
	"Stripe restricted":     "rk" + "_live_4eC39HqLyjWDarjtT1zdp7dc",
	"Stripe webhook":        "wh" + "sec_4eC39HqLyjWDarjtT1zdp7dc12345",
	"Google API key":        "AI" + "zaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY",
	"Google OAuth token":    "ya" + "29.a0AfH6SMBx-abcdefghijklmnop_qrstuvwxyz123456",
	"Google client secret":  "GOC" + "SPX-abcdefghijklmnopqrstuvwx1234",
	"npm token":             "np" + "m_abcdefghijklmnopqrstuvwxyz0123456789",
	"PyPI token":            "py" + "pi-AgEIcHlwaS5vcmcCJDEyMzQ1Njc4LTEyMzQtMTIzNC0xMjM0LTEyMzQ1Njc4OTAxMg",
	"SendGrid key":          "SG" + ".abcdefghijklmnopqrstuv.ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefg",
	"Twilio key":            "SK" + "0123456789abcdef0123456789abcdef",
	"Mailgun key":           "key" + "-0123456789abcdef0123456789abcdef",
	"Shopify token":         "sh" + "pat_0123456789abcdef0123456789abcdef",
	"Square token":          "sq0" + "atp-abcdefghijklmnopqrstuv",
	"DigitalOcean token":    "do" + "p_v1_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	"Hugging Face token":    "h" + "f_abcdefghijklmnopqrstuvwxyz01234567",
	"OpenAI-like key":       "sk" + "-proj-Ab12Cd34Ef56Gh78Ij90Kl12Mn34Op56",
	"Vault token":           "hv" + "s.CAESIJlWh_abcdefghijklmnop",
	"Docker token":          "dck" + "r_pat_abcdefghijklmnopqrstuvwxyz0",
	"Grafana token":         "gl" + "sa_abcdefghijklmnopqrstuvwxyz012345_01234567",
	"Tailscale key":         "ts" + "key-auth-kAbCdEf1CNTRL-abcdefghijklmnop",
	"Databricks token":      "da" + "pi0123456789abcdef0123456789abcdef",
	"Atlassian token":       "AT" + "ATT3xFfGF0abcdefghijklmnopqrstuvwxyz",
	"Discord bot token":     "M" + "TIzNDU2Nzg5MDEyMzQ1Njc4.GabcDE.abcdefghijklmnopqrstuvwxyz0123456789ab",
	"JWT":                   "ey" + "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
	"JWE":                   "ey" + "JhbGciOiJSU0EtT0FFUCJ9.OKOawDo13gRp2ojaHV7LFpZcgV7T6DVZ.48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3rpYIzO.XFBoMYUZodetZdvTiFvSkQ",
	"RSA private key":       "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEowIBAAKCAQEAy8Dbv8prpJ\n-----END RSA PRIVATE KEY-----",
	"OpenSSH private key":   "-----BEGIN OPENSSH " + "PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----",
	"PKCS#8 key":            "-----BEGIN " + "PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\n-----END PRIVATE KEY-----",
	"encoded private key":   base64.StdEncoding.EncodeToString([]byte("-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEowIBAAKCAQEAy8Dbv8prpJ\n-----END RSA PRIVATE KEY-----")),
	"random base62":         "aZ3kP9qR7tY2wE5uI8oL1mN4bV6cX0sD",
	"random base64url":      "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk4Q2z9",
	"e-mail address":        "jane.doe+test@mail.example.org",
	"card number":           "4242424242424242",
	"card number in groups": "5555 5555 5555 4444",
	"card with dashes":      "3782-822463-10005",
	"US social security":    "219-09-9999",
	"CPF":                   "529.982.247-25",
	"codice fiscale":        "RSSMRA85T10A562S",
	"IBAN":                  "DE89370400440532013000",
	"IBAN in groups":        "GB82 WEST 1234 5698 7654 32",
	"DNI":                   "12345678Z",
	"NINO":                  "AB123456C",
	"henkilötunnus":         "131052-308T",
	"personnummer":          "811218-9876",
	"resident identity":     "11010519491231002X",
}

// named are names whose values are secrets whatever they look like.
var named = []string{"password", "newPassword", "passwd", "pwd", "passphrase", "secret", "client_secret", "api_key", "apiKey", "X-Api-Key",
	"access_token", "refresh_token", "id_token", "authToken", "csrf_token", "session_id", "private_key", "signing_key", "credential", "otp", "pin", "cvc",
	"authorization", "code_verifier", "client_assertion"}

// plant puts a value into every place of a flow that takes it.
func plant(name, value string) flow.Flow {
	quoted, _ := json.Marshal(value)
	jsonBody := fmt.Sprintf(`{"n":1,%q:%s,"list":[{%q:%s}],"deep":{"a":{%q:%s}}}`, name, quoted, name, quoted, name, quoted)
	form := "a=1&" + url.QueryEscape(name) + "=" + url.QueryEscape(value) + "&user[" + name + "]=" + url.QueryEscape(value)
	line := strings.ReplaceAll(value, "\n", " ")
	f := flow.Flow{
		Done: true, Err: name + "=" + line,
		Request: flow.Request{Method: "POST", Scheme: "https", Authority: "api.example.com", Path: "/v1/things", RawQuery: form,
			Header: header(name, line, "Content-Type", "application/x-www-form-urlencoded", "Referer", "https://example.com/?"+form),
			Body:   flow.Body{Data: []byte(form), Size: int64(len(form))}},
		Response: &flow.Response{Status: 200, Header: header("Content-Type", "application/json", "Set-Cookie", "x="+url.QueryEscape(value)),
			Body: flow.Body{Data: []byte(jsonBody), Size: int64(len(jsonBody))}, Trailer: header(name, line)},
	}
	return f
}

// bodies are the forms that a body with a named value may have.
func bodies(name, value string) map[string]string {
	quoted, _ := json.Marshal(value)
	object := fmt.Sprintf(`{%q:%s}`, name, quoted)
	inString, _ := json.Marshal(object)
	return map[string]string{
		"application/json":                  `{"raw":` + string(inString) + `}`,
		"application/vnd.example+json":      object[:len(object)-1],
		"application/x-ndjson":              object + "\n" + object + "\n",
		"text/event-stream":                 "data: " + object + "\n\n",
		"multipart/form-data; boundary=XyZ": "--XyZ\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n--XyZ--\r\n",
		"application/yaml":                  name + ": \"" + strings.ReplaceAll(value, "\n", `\n`) + "\"\n",
		"application/xml":                   "<r><" + name + ">" + value + "</" + name + "></r>",
		"text/plain":                        "it said " + name + "=" + strings.ReplaceAll(value, "\n", "") + " and went on",
		"application/octet-stream":          "\x00\x01" + object + "\x02",
	}
}

// leaks says whether value, or a telling part of it, is in out in any form.
func leaks(out, value string) bool {
	out = strings.NewReplacer(`\n`, "\n", `\"`, `"`, `\\n`, "\n").Replace(out)
	if strings.Contains(out, value) || strings.Contains(out, url.QueryEscape(value)) || strings.Contains(out, strings.ReplaceAll(value, "\n", " ")) {
		return true
	}
	if lines := strings.Split(value, "\n"); len(lines) > 2 {
		return strings.Contains(out, lines[1])
	}
	return false
}

// TestPlanted plants secrets of each kind in each place, and finds none in what comes out.
func TestPlanted(t *testing.T) {
	if len(shaped) < 50 {
		t.Fatalf("only %d kinds", len(shaped))
	}
	check := func(kind, name, value string) {
		t.Helper()
		if !redact.Sensitive(name, value) {
			t.Errorf("%s: Sensitive(%q, …) is false", kind, name)
		}
		f := red.Flow(plant(name, value))
		out, _ := json.Marshal(f)
		var archive bytes.Buffer
		w := har.NewWriter(&archive, har.WriteConfig{Redact: red.Flow})
		w.Write(plant(name, value))
		w.Close()
		for where, s := range map[string]string{"path": f.Request.Path, "query": f.Request.RawQuery, "headers": fmt.Sprint(f.Request.Header, f.Response.Header, f.Response.Trailer),
			"error": f.Err, "form": string(f.Request.Body.Data), "JSON": string(f.Response.Body.Data), "flow": string(out), "HAR": archive.String()} {
			if leaks(s, value) {
				t.Errorf("%s as %q: in the %s: %s", kind, name, where, s)
			}
		}
		for contentType, body := range bodies(name, value) {
			if got := string(red.Body(contentType, []byte(body))); leaks(got, value) {
				t.Errorf("%s as %q: in %s: %s", kind, name, contentType, got)
			}
		}
	}
	for kind, value := range shaped {
		check(kind, "note", value)
	}
	for _, name := range named {
		check("named", name, "Tr0ub4dor-x")
	}
}

// TestPlantedAlone plants secrets as whole path segments and in the middle of words.
func TestPlantedAlone(t *testing.T) {
	for kind, value := range shaped {
		for _, s := range []string{value, "see " + value + ".", "(" + value + ")", `"` + value + `"`, "a," + value + ",b", "<p>" + value + "</p>"} {
			if got := red.Text(s); leaks(got, value) {
				t.Errorf("%s: %s", kind, got)
			}
		}
		if strings.ContainsAny(value, "\n /") {
			continue
		}
		if got := red.Path("/a/" + url.PathEscape(value) + "/b"); leaks(got, value) || strings.Contains(got, url.PathEscape(value)) {
			t.Errorf("%s: path %s", kind, got)
		}
	}
}

// TestKept is what must not be taken for a secret.
func TestKept(t *testing.T) {
	for _, tt := range [][2]string{
		{"id", "550e8400-e29b-41d4-a716-446655440000"},
		{"uuid", "01ARZ3NDEKTSV4RRFFQ69G5FAV"},
		{"sha", "6dcb09b5b57875f334f61aebed695e2e4193db5e"},
		{"any", "6dcb09b5b57875f334f61aebed695e2e4193db5e"},
		{"integrity", "sha512-9J8Zg7D3cQdF0aZ3kP9qR7tY2wE5uI8oL1mN4bV6cX0sDw=="},
		{"etag", `"aZ3kP9qR7tY2wE5uI8oL1mN4bV6cX0sD"`},
		{"digest", "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"node_id", "MDEwOlJlcG9zaXRvcnkxMjk2MjY5"},
		{"cursor", "Y3Vyc29yOnYyOpK5MjAyNi0xMS0yMFQwOTowMDowMFrOAAVZ"},
		{"after", "Y3Vyc29yOjEyMzQ1Njc4OTAxMjM0NTY3ODkw"},
		{"created_at", "2026-11-20T09:00:00.123456Z"},
		{"timestamp", "1795158443931649800"},
		{"ms", "1795158443931"},
		{"number", "1234567890123456"},
		{"id", "4242424242424242"},
		{"customer", "cus_gaKjIg8xNbe3nN"},
		{"intent", "pi_17C9HehwTp0136uXT3yKW5ds"},
		{"name", "getUserAccountRecoverySettingsByOrganizationId2"},
		{"host", "Test-Go-TestLogsListGet-1649773161"},
		{"class", "com.example.project.module.AbstractSingletonProxyFactoryBean2"},
		{"file", "IMG_20261120_090000_HDR_Portrait_Edited_Final2.jpeg"},
		{"icon", "logo@2x.png"},
		{"package", "@types/node@20.1.0"},
		{"image", "registry.example/app@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"ssh_url", "git@github.com:owner/repo.git"},
		{"clone_url", "ssh://git@example.com/owner/repo.git"},
		{"url", "https://api.example.com/repos/octocat/Hello-World/issues?page=2&per_page=30&state=open"},
		{"public_key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIATWwMLytklB44O66isWRKOB"},
		{"ssh_key", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDepW2"},
		{"certificate", "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBa\n-----END CERTIFICATE-----"},
		{"phone", "+1 202-555-0143"},
		{"version", "1.2.3-beta.4+build.5678"},
		{"ip", "192.168.100.200"},
		{"mac", "00:1B:44:11:3A:B7"},
		{"text", "The token bucket algorithm; password managers are good."},
		{"text", "Visit us at 10:30, price: 12.50, ratio 3:4, see RFC 9110"},
		{"type", "password"},
		{"grant_type", "authorization_code"},
		{"token_type", "bearer"},
		{"code", "not_found"},
		{"code", "ERR_INVALID_ARGUMENT_42"},
		{"key", "user.profile.settings.language"},
		{"key", "PROJECT-1234"},
		{"state", "open"},
		{"auth", "none"},
		{"package", "io.jsonwebtoken:jjwt-api"},
		{"group", "00000000-0000-0000-0000-000000000000"},
		{"iso", "P1Y2M10DT2H30M"},
		{"coords", "52.520008,13.404954"},
		{"isbn", "978-3-16-148410-0"},
		{"color", "#ff00aa"},
		{"mime", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
	} {
		if redact.Sensitive(tt[0], tt[1]) {
			t.Errorf("%s %q: redacted: %s", tt[0], tt[1], red.Value(tt[0], tt[1]))
		}
	}
}
