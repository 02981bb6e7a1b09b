package security

import (
	"fmt"
	"testing"
)

// access returns the counts of attempts, each a status and credentials.
func access(attempts ...func(*Access)) *Access {
	a := &Access{}
	for _, add := range attempts {
		add(a)
	}
	return a
}

func try(status int, set ...Credential) func(*Access) {
	return func(a *Access) { a.Add(appendKey(nil, set), status) }
}

func demand(status int, scheme string) func(*Access) {
	return func(a *Access) {
		try(status)(a)
		a.Challenge(scheme, 1)
	}
}

func TestDecide(t *testing.T) {
	bearer, shop, other := Credential{Kind: kindBearer}, Credential{kindMaybe, "x-shop-key"}, Credential{kindMaybe, "x-key"}
	ntlm := Credential{kindHeader, "authorization ntlm"}
	for _, tt := range []struct {
		name   string
		access []*Access
		want   string // requirements of each operation
	}{
		{"anonymous and bearer", []*Access{access(try(200), try(200, bearer))}, "[[[] [bearerAuth]]]"},
		{"refused without", []*Access{access(try(401), try(200, bearer))}, "[[[bearerAuth]]]"},
		{"404 is no refusal", []*Access{access(try(404, bearer))}, "[[[bearerAuth]]]"},
		{"400 to a malformed value", []*Access{access(try(200, bearer), try(400, Credential{Kind: kindBasic}))}, "[[[bearerAuth]]]"},
		{"404 where nothing else passed", []*Access{access(try(200, bearer)), access(try(404, Credential{Kind: kindBasic}))},
			"[[[bearerAuth]] [[basicAuth]]]"},
		{"nothing known", []*Access{access(try(200))}, "[[]]"},
		{"proven key", []*Access{access(try(401), try(200, shop)), access(try(200, shop))}, "[[[shopKey]] [[shopKey]]]"},
		{"unproven key", []*Access{access(try(200), try(200, other))}, "[[]]"},
		{"passed and refused without", []*Access{access(try(200), try(401), try(200, bearer))}, "[[[] [bearerAuth]]]"},
		{"404 without, and nothing passed", []*Access{access(try(404), try(404, bearer))}, "[[[] [bearerAuth]]]"},
		{"404 without, and others passed", []*Access{access(try(404), try(200, bearer))}, "[[[bearerAuth]]]"},
		{"all refused", []*Access{access(try(403, bearer))}, "[[[bearerAuth]]]"},
		{"a superset", []*Access{access(try(200, bearer), try(200, bearer, Credential{kindHeader, "x-api-key"}))}, "[[[bearerAuth]]]"},
		{"two keys, or another", []*Access{access(try(200, Credential{Kind: kindBasic}), try(200, bearer, Credential{kindHeader, "x-api-key"}))}, "[[[basicAuth] [apiKey bearerAuth]]]"},
		{"a wrong value", []*Access{access(try(200, bearer)), access(try(401, Credential{kindHeader, "authorization token"}))}, "[[[bearerAuth]] []]"},
		{"a wrong key", []*Access{access(try(200, bearer)), access(try(401, Credential{kindHeader, "x-api-key"}))}, "[[[bearerAuth]] [[apiKey]]]"},
		{"an unproven key beside one", []*Access{access(try(401, bearer), try(200, bearer, shop)), access(try(200, other))}, "[[[bearerAuth shopKey]] []]"},
		{"a key that some passed without", []*Access{access(try(401), try(200), try(200, shop))}, "[[]]"},
		{"a key that was refused, too", []*Access{access(try(401), try(401, shop))}, "[[]]"},
		{"a demand that others share", []*Access{access(demand(401, "basic")), access(try(200, bearer))}, "[[[basicAuth]] [[bearerAuth]]]"},
		{"demands of one that passed", []*Access{access(demand(401, "basic"), try(200))}, "[[]]"},
		{"two demands", []*Access{access(demand(401, "basic"), demand(401, "digest"))}, "[[[basicAuth] [digestAuth]]]"},
		{"others differ", []*Access{access(try(200, bearer)), access(try(200, Credential{kindCookie, "sid"})), access(try(401))}, "[[[bearerAuth]] [[sidCookie]] []]"},
		{"others are anonymous", []*Access{access(try(200), try(200, bearer)), access(try(401))}, "[[[] [bearerAuth]] []]"},
		{"a connection that is signed in", []*Access{access(demand(401, "negotiate"), try(401, ntlm), try(200, ntlm), try(200))}, "[[[ntlmAuth]]]"},
		{"signed in by another operation", []*Access{access(try(200, ntlm)), access(demand(401, "ntlm"), try(200)), access(try(200))},
			"[[[ntlmAuth]] [[ntlmAuth]] [[ntlmAuth]]]"},
		{"signed in before, or another scheme", []*Access{access(demand(401, "negotiate"), demand(401, "basic"), try(200))}, "[[[negotiateAuth]]]"},
		{"shared with a refused operation", []*Access{access(try(200, bearer), try(401)), access(try(401))},
			"[[[bearerAuth]] [[bearerAuth]]]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := fmt.Sprint(Decide(operationsOf(tt.access...), nil, &Passed{}).Requirements); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
