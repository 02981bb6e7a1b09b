package traffic

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestCredentials names what a request carries to authenticate itself, and no values.
func TestCredentials(t *testing.T) {
	const secret = "[redacted:secret:0123456789]"
	many := ""
	for i := range maxCredentials + 1 {
		many += fmt.Sprintf("&api_key_%d=x", i)
	}
	for _, c := range []struct {
		flow flow.Flow
		want []string
	}{
		{request("Accept", "*/*", "q=1"), nil},
		{request("authorization", "bearer "+secret, ""), []string{"Authorization: Bearer"}},
		{request("Authorization", "Bearer [redacted:jwt:0123456789]", ""), []string{"Authorization: Bearer (JWT)"}},
		{request("Proxy-Authorization", "basic "+secret, ""), []string{"Proxy-Authorization: Basic"}},
		{request("Authorization", "Custom "+secret, ""), []string{"Authorization: Custom"}},
		{request("Authorization", secret, ""), []string{"Authorization"}},
		{request("Authorization", secret+" x", ""), []string{"Authorization"}},
		{request("Authorization", strings.Repeat("a", 20)+" x", ""), []string{"Authorization: " + strings.Repeat("a", 20)}},
		{request("Authorization", strings.Repeat("a", 21)+" x", ""), []string{"Authorization"}},
		{request("Authorization", "", ""), nil},
		{request("Cookie", "theme=dark; SID="+secret+"; session=; auth=x; csrf_session=y", ""), []string{"cookie SID", "cookie auth"}},
		{request("X-Csrf-Token", secret, ""), nil},
		{request("x-xsrf-token", secret, ""), nil},
		{request("x-hub-signature", secret, ""), []string{"signature in header X-Hub-Signature"}},
		{request("x-api-key", secret, ""), []string{"header X-Api-Key"}},
		{request("X-Request-Id", "1", ""), nil},
		{request("", "", "sig=x&X-Amz-Signature=y&my_signature=z"), []string{"signature in query X-Amz-Signature", "signature in query my_signature", "signature in query sig"}},
		{request("", "", "access_token=x&api%5Fkey=y&apiKey="), []string{"query access_token", "query api_key"}},
		{request("", "", "key="+secret+"&token="+secret), []string{"query key", "query token"}},
		{request("", "", "key=name&token=1"), nil},
		{request("", "", "sort="+secret), nil},
		{send("application/json", `{"client_secret":"`+secret+`","API_KEY":"`+secret+`","password":"`+secret+`","secret":7}`),
			[]string{"body member API_KEY", "body member client_secret"}},
		{send("application/x-www-form-urlencoded", "access_token="+url.QueryEscape(secret)+"&x="+url.QueryEscape(secret)), []string{"body member access_token"}},
		{send("text/plain", `{"secret":"`+secret+`"}`), []string{"body member secret"}},
		{send("text/plain", `secret: {"secret":"`+secret+`"}`), nil},
		{send("application/json", `[{"secret":"`+secret+`"}]`), nil},
		{send("application/json", `{"secret":"`+secret+`","x":"`+strings.Repeat("x", maxBodyKeys)+`"}`), nil},
		{request("Authorization", "Bearer x", "access_token=x&access_token=y"), []string{"Authorization: Bearer", "query access_token"}},
		{request("", "", many[1:]), []string{"query api_key_0", "query api_key_1", "query api_key_2", "query api_key_3", "query api_key_4", "query api_key_5", "query api_key_6", "query api_key_7"}},
	} {
		if got := credentialsOf(&c.flow.Request); !slices.Equal(got, c.want) {
			t.Errorf("%v ?%s: %q, want %q", c.flow.Request.Header, c.flow.Request.RawQuery, got, c.want)
		}
	}
}
