package security

import (
	"fmt"
	"strings"
	"testing"
)

// TestSchemes describes credentials as security schemes, sorted by name.
func TestSchemes(t *testing.T) {
	jwt, bearer, header := Credential{Kind: kindJWT}, Credential{Kind: kindBearer}, func(name string) Credential { return Credential{kindHeader, name} }
	for _, tt := range []struct {
		name   string
		access []*Access
		want   []string
	}{
		{"JSON Web Tokens", []*Access{access(try(200, jwt))}, []string{"bearerAuth: http bearer JWT"}},
		{"some are", []*Access{access(try(200, jwt)), access(try(200, bearer))}, []string{"bearerAuth: http bearer"}},
		{"password and digest", []*Access{access(try(200, Credential{Kind: kindDigest}), try(200, Credential{Kind: kindBasic}))},
			[]string{"basicAuth: http basic", "digestAuth: http digest"}},
		{"keys", []*Access{access(try(200, header("x-api-key"), Credential{kindQuery, "sig"}, Credential{kindCookie, "sid"}))},
			[]string{"apiKey: apiKey header X-API-Key", "sidCookie: apiKey cookie sid", "sigQuery: apiKey query sig"}},
		{"one name", []*Access{access(try(200, header("x-api-key")), try(200, header("api-key")), try(200, header("api_key")))},
			[]string{"apiKey: apiKey header Api-Key", "apiKeyX: apiKey header Api_key", "apiKeyXX: apiKey header X-API-Key"}},
		{"a name without words", []*Access{access(try(200, header("x"), Credential{kindHeader, "~"}))}, []string{"key: apiKey header ~", "x: apiKey header X"}},
		{"a connection", []*Access{access(try(200, header("authorization negotiate")), demand(401, "ntlm"))},
			[]string{"negotiateAuth: http negotiate It signs in the connection: later requests on it need no Authorization."}},
		{"a word before the key", []*Access{access(try(200, header("authorization token")))},
			[]string{"authorizationToken: http token The key stands after the word token."}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, s := range Decide(operationsOf(tt.access...), nil, &Passed{}).Schemes {
				got = append(got, s.Name+": "+strings.Join(strings.Fields(fmt.Sprint(s.Type, " ", s.Scheme, " ", s.BearerFormat, " ", s.In, " ", s.Key, " ", s.Description)), " "))
			}
			if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

func operationsOf(all ...*Access) (operations []Operation) {
	for _, a := range all {
		oauth := NewOAuth()
		operations = append(operations, Operation{Access: a, OAuth: &oauth, Refused: a.attempts[""] != nil && a.attempts[""].refused > 0})
	}
	return operations
}

// TestLogins gives operations that take a token alone the schemes in which it is obtained.
func TestLogins(t *testing.T) {
	bearer := Credential{Kind: kindJWT}
	operations := operationsOf(access(try(200, bearer)), access(try(200, bearer, Credential{kindHeader, "x-api-key"})), access(try(200, Credential{Kind: kindBasic})))
	login := operationsOf(access(try(200)))
	login[0].URL = "https://api.example/token"
	login[0].OAuth.sign(signGrant, "client_credentials")
	d := Decide(operations, login, &Passed{})
	if got := fmt.Sprint(d.Requirements); got != "[[[bearerAuth] [oauth2]] [[apiKey bearerAuth]] [[basicAuth]]]" {
		t.Errorf("got %s", got)
	}
	var names []string
	for _, s := range d.Schemes {
		names = append(names, s.Name)
	}
	if got := strings.Join(names, " "); got != "apiKey basicAuth bearerAuth oauth2" {
		t.Errorf("schemes %s", got)
	}
}
