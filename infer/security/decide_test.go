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
			for _, s := range Decide(operationsOf(tt.access...), nil).Schemes {
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

// TestCompanions finds query parameters that are credentials because they accompany a key.
func TestCompanions(t *testing.T) {
	key, keyHeader, sig := Credential{kindQuery, "api_key"}, Credential{kindHeader, "x-api-key"}, Credential{kindQuery, "token"}
	op := func(seen int64, query map[string]int64, sets ...[]Credential) Operation {
		oauth := NewOAuth()
		o := Operation{Access: &Access{}, OAuth: &oauth, Seen: seen, Query: query}
		for _, set := range sets {
			try(200, set...)(o.Access)
		}
		return o
	}
	one := func(c ...Credential) []Credential { return c }
	for _, tt := range []struct {
		name       string
		operations []Operation
		want       string // the requirements of the operations
	}{
		{"beside a key in the query", []Operation{op(3, map[string]int64{"token": 3}, one(key))}, "[[[apiKeyQuery tokenQuery]]]"},
		{"too few requests", []Operation{op(2, map[string]int64{"token": 2}, one(key))}, "[[[apiKeyQuery]]]"},
		{"not in all requests", []Operation{op(4, map[string]int64{"token": 3}, one(key))}, "[[[apiKeyQuery]]]"},
		{"long enough in the other requests", []Operation{op(4, map[string]int64{"token": 3}, one(key), one(key, sig))}, "[[[apiKeyQuery tokenQuery]]]"},
		{"without a key elsewhere", []Operation{op(3, map[string]int64{"token": 3}, one(key)), op(3, map[string]int64{"token": 1}, nil)}, "[[[apiKeyQuery]] []]"},
		{"an operation without both", []Operation{op(3, map[string]int64{"token": 3}, one(key)), op(3, nil, nil)}, "[[[apiKeyQuery tokenQuery]] []]"},
		{"a name of no credential", []Operation{op(3, map[string]int64{"page": 3}, one(key))}, "[[[apiKeyQuery]]]"},
		{"beside a header, of one operation", []Operation{op(3, map[string]int64{"token": 3}, one(keyHeader))}, "[[[apiKey]]]"},
		{"beside a header, of two", []Operation{op(3, map[string]int64{"token": 3}, one(keyHeader)), op(3, map[string]int64{"token": 3}, one(keyHeader))},
			"[[[apiKey tokenQuery]] [[apiKey tokenQuery]]]"},
		{"beside a token, of two", []Operation{op(3, map[string]int64{"key": 3}, one(Credential{Kind: kindJWT})), op(3, map[string]int64{"key": 3}, one(Credential{Kind: kindBasic}))},
			"[[[bearerAuth keyQuery]] [[basicAuth keyQuery]]]"},
		{"beside a cookie", []Operation{op(3, map[string]int64{"key": 3}, one(Credential{kindCookie, "sid"})), op(3, map[string]int64{"key": 3}, one(Credential{kindCookie, "sid"}))},
			"[[[sidCookie]] [[sidCookie]]]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := fmt.Sprint(Decide(tt.operations, nil).Requirements); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestLogins gives operations that take a token alone the schemes in which it is obtained.
func TestLogins(t *testing.T) {
	bearer := Credential{Kind: kindJWT}
	operations := operationsOf(access(try(200, bearer)), access(try(200, bearer, Credential{kindHeader, "x-api-key"})), access(try(200, Credential{Kind: kindBasic})))
	login := operationsOf(access(try(200)))
	login[0].URL = "https://api.example/token"
	login[0].OAuth.sign(signGrant, "client_credentials")
	d := Decide(operations, login)
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
