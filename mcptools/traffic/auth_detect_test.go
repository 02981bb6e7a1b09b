package traffic

import (
	"maps"
	"net/url"
	"slices"
	"testing"

	"github.com/spectap/spectap/flow"
)

// request returns a flow with one request header and a query.
func request(name, value, query string) flow.Flow {
	f := flow.Flow{Seq: 1, Request: flow.Request{
		Method: "GET", Scheme: "https", Authority: "api.example.com", Path: "/v1/things", RawQuery: query,
	}}
	if name != "" {
		f.Request.Header = flow.Header{{Name: name, Value: value}}
	}
	return f
}

// respond adds a response with one header line and a body.
func respond(f flow.Flow, name, value, body string) flow.Flow {
	f.Response = &flow.Response{
		Status: 200, Header: flow.Header{{Name: name, Value: value}},
		Body: flow.Body{Data: []byte(body), Size: int64(len(body))},
	}
	return f
}

// send returns a flow with a request body.
func send(mediaType, body string) flow.Flow {
	f := request("Content-Type", mediaType, "")
	f.Request.Body = flow.Body{Data: []byte(body), Size: int64(len(body))}
	return f
}

func TestDetect(t *testing.T) {
	token := request("Content-Type", "application/x-www-form-urlencoded", "")
	token.Request.Body = flow.Body{Data: []byte("grant_type=password&username=x"), Size: 30}
	const secret = "[redacted:secret:0123456789]"
	for _, c := range []struct {
		name string
		flow flow.Flow
		want []string
	}{
		{"member of a body", send("application/json", `{"client_id":"x","secret":"`+secret+`"}`), []string{apiKey}},
		{"parameter of a form", send("application/x-www-form-urlencoded", "api_key="+url.QueryEscape(secret)), []string{apiKey}},
		{"member that is not secret", send("application/json", `{"secret":"none"}`), nil},
		{"member further down", send("application/json", `{"hook":{"secret":"`+secret+`"}}`), nil},
		{"password", send("application/json", `{"password":"`+secret+`"}`), nil},
		{"nothing", request("Accept", "*/*", "q=1"), nil},
		{"bearer", request("Authorization", "Bearer [redacted:token:0123456789]", ""), []string{bearerToken}},
		{"JWT", request("Authorization", "Bearer [redacted:jwt:0123456789]", ""), []string{bearerToken, jwt}},
		{"basic", request("Authorization", "Basic [redacted:secret:0123456789]", ""), []string{basicAuth}},
		{"key header", request("X-Api-Key", "[redacted:secret:0123456789]", ""), []string{apiKey}},
		{"key parameter", request("", "", "api_key=[redacted:secret:0123456789]"), []string{apiKey}},
		{"empty parameter", request("", "", "api_key="), nil},
		{"token parameter", request("", "", "access_token=x"), []string{bearerToken}},
		{"CSRF header", request("X-CSRF-Token", "x", ""), []string{csrf}},
		{"session cookie", request("Cookie", "theme=dark; sid=x", ""), []string{sessionCookie}},
		{"session cookie set", respond(request("", "", ""), "Set-Cookie", "session=x; Path=/", ""), []string{sessionCookie}},
		{"challenge", respond(request("", "", ""), "WWW-Authenticate", "Basic realm=x", ""), []string{basicAuth}},
		{"token endpoint", token, []string{oAuth2}},
		{"authorization endpoint", request("", "", "response_type=code&client_id=x"), []string{oAuth2}},
		{"token response", respond(request("", "", ""), "Content-Type", "application/json",
			`{"access_token":"[redacted:jwt:0123456789]","token_type":"Bearer"}`), []string{jwt, oAuth2}},
		{"opaque token in a response", respond(request("", "", ""), "Content-Type", "application/json",
			`{"access_token":"[redacted:token:0123456789]","token_type":"Bearer"}`), []string{oAuth2}},
		{"token of no type", respond(request("", "", ""), "Content-Type", "application/json", `{"access_token":"x"}`), nil},
		{"type of no token", respond(request("", "", ""), "Content-Type", "application/json", `{"token_type":"Bearer"}`), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := slices.Sorted(slices.Values(c.want))
			if got := slices.Sorted(maps.Keys(authSignals(&c.flow))); !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}
