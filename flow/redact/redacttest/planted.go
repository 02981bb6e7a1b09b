// Package redacttest provides made-up secrets of every kind that redaction recognizes, and flows
// that hold them in every position.
//
// It does not cover secrets that have a meaningless name and no recognizable form. Read planted.go
// first.
package redacttest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"strings"

	"github.com/spectap/spectap/flow"
)

// Shaped returns secrets and personal data that are recognized by their form anywhere, by kind.
// They are made up, and written in pieces so that scanners do not report them.
func Shaped() map[string]string {
	all := credentials()
	maps.Copy(all, personal())
	return all
}

// credentials returns tokens and keys.
func credentials() map[string]string {
	return map[string]string{
		"AWS access key":       "AK" + "IAIOSFODNN7QRSTUVW",
		"AWS temporary key":    "AS" + "IAWYLNJGWWCXCR4V7V",
		"GitHub token":         "gh" + "p_16C7e42F292c6912E7710c838347Ae178B4a",
		"GitHub fine-grained":  "github" + "_pat_11ABCDEFG0abcdefghijkl_MNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuv",
		"GitHub OAuth":         "gh" + "o_16C7e42F292c6912E7710c838347Ae178B4a",
		"GitLab token":         "gl" + "pat-ABCdef123456_7890xyz",
		"Slack bot token":      "xo" + "xb-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx",
		"Slack app token":      "xa" + "pp-1-A0123456789-1234567890123-abcdef0123456789",
		"Stripe secret key":    "sk" + "_live_4eC39HqLyjWDarjtT1zdp7dc",
		"Stripe restricted":    "rk" + "_live_4eC39HqLyjWDarjtT1zdp7dc",
		"Stripe webhook":       "wh" + "sec_4eC39HqLyjWDarjtT1zdp7dc12345",
		"Google API key":       "AI" + "zaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY",
		"Google OAuth token":   "ya" + "29.a0AfH6SMBx-abcdefghijklmnop_qrstuvwxyz123456",
		"Google client secret": "GOC" + "SPX-abcdefghijklmnopqrstuvwx1234",
		"npm token":            "np" + "m_abcdefghijklmnopqrstuvwxyz0123456789",
		"PyPI token":           "py" + "pi-AgEIcHlwaS5vcmcCJDEyMzQ1Njc4LTEyMzQtMTIzNC0xMjM0LTEyMzQ1Njc4OTAxMg",
		"SendGrid key":         "SG" + ".abcdefghijklmnopqrstuv.ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefg",
		"Twilio key":           "SK" + "0123456789abcdef0123456789abcdef",
		"Mailgun key":          "key" + "-0123456789abcdef0123456789abcdef",
		"Shopify token":        "sh" + "pat_0123456789abcdef0123456789abcdef",
		"incoming webhook":     "https://hooks.chat.example/services/T0123ABCD/B0123ABCD/aB3dE5fG7hJ9kL1mN2pQ4rS6",
		"Square token":         "sq0" + "atp-abcdefghijklmnopqrstuv",
		"DigitalOcean token":   "do" + "p_v1_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		"Hugging Face token":   "h" + "f_abcdefghijklmnopqrstuvwxyz01234567",
		"OpenAI-like key":      "sk" + "-proj-Ab12Cd34Ef56Gh78Ij90Kl12Mn34Op56",
		"Vault token":          "hv" + "s.CAESIJlWh_abcdefghijklmnop",
		"Docker token":         "dck" + "r_pat_abcdefghijklmnopqrstuvwxyz0",
		"Grafana token":        "gl" + "sa_abcdefghijklmnopqrstuvwxyz012345_01234567",
		"Tailscale key":        "ts" + "key-auth-kAbCdEf1CNTRL-abcdefghijklmnop",
		"Databricks token":     "da" + "pi0123456789abcdef0123456789abcdef",
		"Atlassian token":      "AT" + "ATT3xFfGF0abcdefghijklmnopqrstuvwxyz",
		"Discord bot token":    "M" + "TIzNDU2Nzg5MDEyMzQ1Njc4.GabcDE.abcdefghijklmnopqrstuvwxyz0123456789ab",
		"JWT":                  "ey" + "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
		"JWE": "ey" + "JhbGciOiJSU0EtT0FFUCJ9.OKOawDo13gRp2ojaHV7LFpZcgV7T6DVZ" +
			".48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3rpYIzO.XFBoMYUZodetZdvTiFvSkQ",
		"RSA private key": "-----BEGIN RSA " +
			"PRIVATE KEY-----\nMIIEowIBAAKCAQEAy8Dbv8prpJ\n-----END RSA PRIVATE KEY-----",
		"OpenSSH private key": "-----BEGIN OPENSSH " +
			"PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----",
		"PKCS#8 key": "-----BEGIN " + "PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\n-----END PRIVATE KEY-----",
		"encoded private key": base64.StdEncoding.EncodeToString([]byte("-----BEGIN RSA " +
			"PRIVATE KEY-----\nMIIEowIBAAKCAQEAy8Dbv8prpJ\n-----END RSA PRIVATE KEY-----")),
		"random base62":    "aZ3kP9qR7tY2wE5uI8oL1mN4bV6cX0sD",
		"random base64url": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk4Q2z9",
	}
}

// personal returns addresses, card numbers and national ids.
func personal() map[string]string {
	return map[string]string{
		"e-mail address":        "jane.doe+test@mail.example.org",
		"card number":           "4242424242424242",
		"card number in groups": "5555 5555 5555 4444",
		"card with dashes":      "3782-822463-10005",
		"US social security":    "219-09-9999",
		"CPF":                   "529.982.247-25",
		"IBAN":                  "DE89370400440532013000",
		"IBAN in groups":        "GB82 WEST 1234 5698 7654 32",
		"resident identity":     "11010519491231002X",
	}
}

// Names returns names whose values are always secrets.
func Names() []string {
	return []string{"password", "newPassword", "passwd", "pwd", "passphrase", "secret", "client_secret", "api_key",
		"apiKey", "X-Api-Key", "access_token", "refresh_token", "id_token", "authToken", "csrf_token", "session_id",
		"private_key", "signing_key", "credential", "otp", "pin", "cvc", "authorization", "code_verifier",
		"client_assertion", "otp_code", "oneTimePassword", "verification_code", "smscode", "twoFactorCode",
		"authentication_code", "backup_code", "pin_code", "pinNumber", "card_cvv", "cvv_number",
		"card_verification_value", "cvn", "puk", "security_answer", "secretAnswer", "security_question_answer",
		"unlock_pattern", "psk", "gift_card_code", "contraseña", "密码"}
}

// Flow returns a flow with a value in every position that takes it: query, form, headers, cookies,
// JSON, trailers, a WebSocket message and the error. Positions with a name use the given one.
func Flow(name, value string) flow.Flow {
	quoted, _ := json.Marshal(value)
	jsonBody := fmt.Sprintf(`{"n":1,%q:%s,"list":[{%q:%s}],"deep":{"a":{%q:%s}}}`, name, quoted, name, quoted, name,
		quoted)
	form := "a=1&" + url.QueryEscape(name) + "=" + url.QueryEscape(value) + "&user[" + name + "]=" +
		url.QueryEscape(value)
	line := strings.ReplaceAll(value, "\n", " ")
	f := flow.Flow{
		Done: true, Err: name + "=" + line,
		Request: flow.Request{Method: "POST", Scheme: "https", Authority: "api.example.com", Path: "/v1/things",
			RawQuery: form,
			Header: header(name, line, "Content-Type", "application/x-www-form-urlencoded", "Referer",
				"https://example.com/?"+form),
			Body: flow.Body{Data: []byte(form), Size: int64(len(form))}},
		Response: &flow.Response{Status: 200, Header: header("Content-Type", "application/json", "Set-Cookie",
			"x="+url.QueryEscape(value)),
			Body: flow.Body{Data: []byte(jsonBody), Size: int64(len(jsonBody))}, Trailer: header(name, line)},
	}
	f.Messages = []flow.Message{{Kind: flow.Text, FromClient: true, Data: []byte(jsonBody), Size: int64(len(jsonBody))}}
	return f
}

// Bodies returns bodies with a named value, by their media type.
func Bodies(name, value string) map[string]string {
	quoted, _ := json.Marshal(value)
	object := fmt.Sprintf(`{%q:%s}`, name, quoted)
	inString, _ := json.Marshal(object)
	return map[string]string{
		"application/json":             `{"raw":` + string(inString) + `}`,
		"application/vnd.example+json": object[:len(object)-1],
		"application/x-ndjson":         object + "\n" + object + "\n",
		"text/event-stream":            "data: " + object + "\n\n",
		"multipart/form-data; boundary=XyZ": "--XyZ\r\nContent-Disposition: form-data; name=\"" + name +
			"\"\r\n\r\n" + value + "\r\n--XyZ--\r\n",
		"application/yaml": name + ": \"" + strings.ReplaceAll(value, "\n", `\n`) + "\"\n",
		"application/xml":  "<r><" + name + ">" + value + "</" + name + "></r>",
		"text/plain": "it said " + name + "=" + strings.ReplaceAll(value, "\n", "") +
			" and went on",
		"application/octet-stream": "\x00\x01" + object + "\x02",
	}
}

// Leaks reports whether value, or a revealing part of it, is in out in any encoding.
func Leaks(out, value string) bool {
	out = strings.NewReplacer(`\n`, "\n", `\"`, `"`, `\\n`, "\n").Replace(out)
	if strings.Contains(out, value) || strings.Contains(out, url.QueryEscape(value)) ||
		strings.Contains(out, strings.ReplaceAll(value, "\n", " ")) {
		return true
	}
	if lines := strings.Split(value, "\n"); len(lines) > 2 {
		return strings.Contains(out, lines[1])
	}
	return false
}

func header(nv ...string) flow.Header {
	var h flow.Header
	for i := 0; i < len(nv); i += 2 {
		h = append(h, flow.Field{Name: nv[i], Value: nv[i+1]})
	}
	return h
}
