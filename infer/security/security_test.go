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

func TestDecide(t *testing.T) {
	bearer, shop, other := Credential{Kind: kindBearer}, Credential{kindMaybe, "x-shop-key"}, Credential{kindMaybe, "x-key"}
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
		{"shared with a refused operation", []*Access{access(try(200, bearer), try(401)), access(try(401))},
			"[[[bearerAuth]] [[bearerAuth]]]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var operations []Operation
			for _, a := range tt.access {
				oauth := NewOAuth()
				operations = append(operations, Operation{Access: a, OAuth: &oauth, Refused: a.attempts[""] != nil})
			}
			if got := fmt.Sprint(Decide(operations, nil).Requirements); got != tt.want {
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
