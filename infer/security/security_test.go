package security

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer/headers"
	"github.com/spectap/spectap/infer/wire"
)

func TestReaderKey(t *testing.T) {
	const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
	for _, tt := range []struct {
		name, header, value, query string
		want                       []Credential
	}{
		{"none", "Accept", "*/*", "page=2", nil},
		{"opaque token", "Authorization", "Bearer abc", "", []Credential{{Kind: kindBearer}}},
		{"JSON Web Token", "authorization", "bearer " + jwt, "", []Credential{{Kind: kindJWT}}},
		{"basic", "Authorization", "Basic YTpi", "", []Credential{{Kind: kindBasic}}},
		{"another scheme", "Authorization", "Token abc", "", []Credential{{kindHeader, "authorization token"}}},
		{"no scheme", "Authorization", "abc", "", []Credential{{kindHeader, "authorization"}}},
		{"key", "X-Api-Key", "abc", "", []Credential{{kindHeader, "x-api-key"}}},
		{"a digest", "Authorization", "DIGEST username=ann", "", []Credential{{Kind: kindDigest}}},
		{"no JSON Web Token", "Authorization", "Bearer a.b", "", []Credential{{Kind: kindBearer}}},
		{"three parts that are none", "Authorization", "Bearer e30.e30.c2ln", "", []Credential{{Kind: kindBearer}}},
		{"a header with a type only", "Authorization", "Bearer eyJ0eXAiOiJKV1QifQ.e30.c2ln", "", []Credential{{Kind: kindJWT}}},
		{"four parts", "Authorization", "Bearer eyJ0eXAiOiJKV1QifQ.e30.c2ln.x", "", []Credential{{Kind: kindBearer}}},
		{"the longest scheme", "Authorization", "Abcdefghij-klmnopqrs abc", "", []Credential{{kindHeader, "authorization abcdefghij-klmnopqrs"}}},
		{"a longer scheme", "Authorization", "Abcdefghij-klmnopqrst abc", "", []Credential{{kindHeader, "authorization"}}},
		{"a scheme that may be a secret", "Authorization", "ann@example.com abc", "", []Credential{{kindHeader, "authorization"}}},
		{"no name of a scheme", "Authorization", "a:b c", "", []Credential{{kindHeader, "authorization"}}},
		{"an empty value", "Authorization", "", "", nil},
		{"a session without a value", "Cookie", "sid=; sid2=1", "", nil},
		{"a key without a value", "Accept", "", "api_key=&api_key", nil},
		{"a key twice", "Accept", "", "api_key=1&api_key=2", []Credential{{kindQuery, "api_key"}}},
		{"an escaped name", "Accept", "", "api%5Fkey=1", []Credential{{kindQuery, "api_key"}}},
		{"a malformed name", "Accept", "", "api_key%=1", nil},
		{"a short value of a short name", "Accept", "", "token=0123456789abcde", nil},
		{"a long value of a short name", "Accept", "", "Token=0123456789abcdef", []Credential{{kindQuery, "Token"}}},
		{"a long value of another name", "Accept", "", "page=0123456789abcdef", nil},
		{"perhaps a key", "X-Shop-Key", "abc", "", []Credential{{kindMaybe, "x-shop-key"}}},
		{"session cookie", "Cookie", "theme=dark; sid=1", "", []Credential{{kindCookie, "sid"}}},
		{"query and header", "X-Api-Key", "abc", "api_key=1&key=short", []Credential{{kindHeader, "x-api-key"}, {kindQuery, "api_key"}}},
		{"signature", "Accept", "", "sig=0123456789abcdef", []Credential{{kindQuery, "sig"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var r Reader
			var names headers.Cache
			request := flow.Request{Header: flow.Header{{Name: tt.header, Value: tt.value}}, RawQuery: tt.query}
			for range 2 { // the second time from the cache
				key := string(r.Key(&request, []*headers.Info{names.Lookup(tt.header)}))
				if got := credentialsOf(key); !slices.Equal(got, tt.want) {
					t.Errorf("got %v, want %v", got, tt.want)
				}
			}
		})
	}
}

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
			if got := fmt.Sprint(Decide(operationsOf(tt.access...), nil).Requirements); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestAccessMerge holds that merged counts encode as those of the whole, and survive a round trip.
func TestAccessMerge(t *testing.T) {
	bearer := Credential{Kind: kindBearer}
	whole := access(try(200, bearer), try(401), try(404, bearer))
	whole.Challenge("bearer", 2)
	first, second := access(try(404, bearer), try(401)), access(try(200, bearer))
	first.Challenge("bearer", 1)
	second.Challenge("bearer", 1)
	first.Merge(second)
	if !bytes.Equal(whole.Append(nil), first.Append(nil)) {
		t.Error("the merged parts differ from the whole")
	}
	read, r := &Access{}, wire.NewReader(whole.Append(nil))
	read.Read(r)
	if r.End() != nil || !bytes.Equal(whole.Append(nil), read.Append(nil)) {
		t.Error("the encoding does not survive a round trip")
	}
}
