package traffic

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestSignInEdges reads forms and JSON of up to 64 KiB, names in any case, and credentials four
// members deep.
func TestSignInEdges(t *testing.T) {
	const secret = "[redacted:secret:0123456789]"
	const json, form = "application/json", "application/x-www-form-urlencoded"
	sign := func(method, mediaType, body string, status int, answer string) (signIn, bool) {
		f := send(mediaType, body)
		f.Request.Method = method
		f.Response = &flow.Response{Status: status, Header: flow.Header{{Name: "Content-Type", Value: json}}, Body: flow.Body{Data: []byte(answer), Size: int64(len(answer))}}
		s, ok := signInOf(&f)
		return s, ok && len(s.given) == 0
	}
	pad := func(head string, n int) string { return head + strings.Repeat("x", n-len(head)) }
	token := `{"access_token":"` + secret + `"}`
	padded := func(n int) string {
		return strings.TrimSuffix(token, "}") + `,"x":"` + strings.Repeat("x", n-len(token)-7) + `"}`
	}
	names := func(n int) string {
		var out []string
		for i := range n {
			out = append(out, fmt.Sprintf("n%02d=1", i))
		}
		return strings.Join(out, "&")
	}
	for _, c := range []struct {
		name, method, mediaType, body string
		status                        int
		answer                        string
		want                          string // what it sends and gives; "" if it is no sign-in
	}{
		{"PUT", "PUT", form, "password=p", 200, token, "[password] [body $.access_token]"},
		{"PATCH", "PATCH", form, "password=p", 200, token, ""},
		{"capitals", "POST", form, "OTP=1", 200, token, "[OTP] [body $.access_token]"},
		{"a name in the middle", "POST", form, "otp_hint=1", 200, `{"token":"` + secret + `"}`, ""},
		{"dashes", "POST", form, "user-pass-word=1", 200, `{"token":"` + secret + `"}`, "[user-pass-word] [body $.token]"},
		{"refresh", "POST", json, `{"refreshToken":"x"}`, 200, `{"token":"` + secret + `"}`, "[refreshToken] [body $.token]"},
		{"grant type of JSON", "POST", json, `{"grant_type":"code","x":1}`, 200, token, "[grant_type=code x] [body $.access_token]"},
		{"secret grant type of JSON", "POST", json, `{"grant_type":"` + secret + `"}`, 200, token, "[grant_type] [body $.access_token]"},
		{"secret grant type", "POST", form, "grant_type=" + secret, 200, token, "[grant_type] [body $.access_token]"},
		{"escaped grant type", "POST", form, "grant_type=urn%3Aa&b%20c=1", 200, token, "[grant_type=urn:a b c] [body $.access_token]"},
		{"status 399", "POST", form, "password=p", 399, token, "[password] [body $.access_token]"},
		{"status 400", "POST", form, "password=p", 400, token, "[password] []"},
		{"a request at the limit", "POST", form, pad("password=", maxBodyKeys), 200, token, "[password] [body $.access_token]"},
		{"a request above the limit", "POST", form, pad("password=", maxBodyKeys+1), 200, token, ""},
		{"an answer at the limit", "POST", form, "code=1", 200, padded(maxBodyKeys), "[code] [body $.access_token]"},
		{"an answer above the limit", "POST", form, "code=1", 200, padded(maxBodyKeys + 1), ""},
		{"an answer to a password above the limit", "POST", form, "password=1", 200, padded(maxBodyKeys + 1), ""},
		{"deep", "POST", form, "password=1", 200, `{"a":{"b":{"c":{"token":"` + secret + `","d":{"token":"` + secret + `"}}}}}`, "[password] [body $.a.b.c.token]"},
		{"against forged requests", "POST", form, "password=1", 200, `{"csrf_token":"` + secret + `"}`, ""},
		{"a list", "POST", form, "password=1", 200, `[{"token":"` + secret + `"}]`, ""},
		{"a long name", "POST", form, strings.Repeat("n", 100) + "=1&password=1", 200, token, "[" + strings.Repeat("n", 80) + "… password] [body $.access_token]"},
	} {
		s, ok := sign(c.method, c.mediaType, c.body, c.status, c.answer)
		if got := fmt.Sprint(s.Sends, " ", s.Gives); ok != (c.want != "") || ok && got != c.want {
			t.Errorf("%s: %t, %.200s; want %s", c.name, ok, got, c.want)
		}
	}
	s, ok := sign("POST", form, names(20)+"&password=1", 200, token)
	if !ok {
		t.Fatal("no sign-in")
	}
	all := signIns{}
	all.Add(&s)
	if got := all.List(nil); len(got) != 1 || len(got[0].Sends) != maxNames || got[0].Sends[0] != "n00" {
		t.Errorf("%+v", got)
	}
}
