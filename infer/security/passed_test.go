package security

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer/headers"
	"github.com/spectap/spectap/internal/varint"
)

// exchange returns one whose answer sets a cookie, which a request sent.
func exchange(method, path, form, set string) *flow.Flow {
	return &flow.Flow{
		Request: flow.Request{Method: method, Path: path, Header: flow.Header{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}},
			Body: flow.Body{Data: []byte(form)}},
		Response: &flow.Response{Status: 200, Header: flow.Header{{Name: "Set-Cookie", Value: set}}},
	}
}

func (p *Passed) learn(f *flow.Flow) { p.Learn(f, nil, f.Request.Body.Data, nil) }

// TestSignIns takes the operation that signs in, and not those that change a password or make an
// account.
func TestSignIns(t *testing.T) {
	p := &Passed{}
	for i, f := range []struct{ path, form string }{
		{"/account/password", "old_password=a&new_password=b"}, {"/account/new", "name=ann&password=a"}, {"/log-in", "name=ann&password=a"},
		{"/names\twith\ttabs", "password=a"}, {"/theme", "name=dark"},
	} {
		p.learn(exchange("POST", f.path, f.form, fmt.Sprintf("k=8dfa90b1c27e4455a6f0%022d; HttpOnly", i)))
	}
	e := p.entry(map[Credential]*Scheme{{kindCookie, "k"}: {Name: "kCookie"}})
	var paths []string
	for _, s := range e.SignIns {
		paths = append(paths, s.Path)
	}
	if want := []string{"/log-in", "/account/new"}; !slices.Equal(paths, want) {
		t.Errorf("signs in with %q, want %q", paths, want)
	}
}

// TestGives takes the cookie of a session, or also follows a bearer token.
func TestGives(t *testing.T) {
	const v = "8dfa90b1c27e4455a6f08dfa90b1c27e4455a6f0"
	password := `{"kennwort":"a","otp":1}`
	for _, tt := range []struct{ name, method, path, request, answer, want string }{
		{"in a list", "POST", "/login", password, `[{"accounts":[{"token":"` + v + `"}]}]`, "/login /0/accounts/0/token"},
		{"under another name", "POST", "/login", password, `{"refresh":"x","access":"` + v + `"}`, "/login /access"},
		{"by a read", "GET", "/callback", "", `{"token":"` + v + `"}`, "/callback /token"},
		{"below the name of a person", "POST", "/login", password, `{"ann.smith@example.com":{"token":"` + v + `"}}`, "/login k"},
		{"the whole answer", "POST", "/login", password, `"` + v + `"`, "/login "},
		{"by a GraphQL operation", "POST", "/api", `{"query":"mutation In { in(password: 1) { jwt } }","variables":` + password + `}`,
			`{"data":{"in":{"jwt":"` + v + `"}}}`, "/api#In /data/in/jwt"},
		{"echoed to who has it", "PUT", "/user", password, `{"token":"` + v + `"}`, "/user k"},
	} {
		f, again, p, got := exchange(tt.method, tt.path, tt.request, "k="+v+"; Path=/; HttpOnly"), exchange("GET", "/me", "", ""), &Passed{}, ""
		again.Request.Header = flow.Header{{Name: "Authorization", Value: "Bearer " + v}}
		json := flow.Field{Name: "Content-Type", Value: "application/json"}
		f.Request.Header = flow.Header{json}
		if tt.method == "PUT" {
			f.Request.Header = append(f.Request.Header, again.Request.Header...)
		}
		f.Response.Header = append(f.Response.Header, json, flow.Field{Name: "Set-Cookie", Value: "cart=" + v})
		for _, f := range []*flow.Flow{f, again} {
			var lines []*headers.Info
			for _, h := range f.Request.Header {
				lines = append(lines, (&headers.Cache{}).Lookup(h.Name))
			}
			p.Learn(f, lines, f.Request.Body.Data, []byte(tt.answer))
		}
		for _, s := range p.entry(map[Credential]*Scheme{{Kind: kindBearer}: {Name: "a"}, {kindCookie, "k"}: {Name: "k"}, {kindCookie, "cart"}: {Name: "b"}}).SignIns {
			got += s.Path + " " + s.Gives[0].From.Name
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestPassedOrder learns more values than are kept, in any order and in parts.
func TestPassedOrder(t *testing.T) {
	var flows []*flow.Flow
	for i := range 3 * maxPassages {
		flows = append(flows, exchange("POST", "/login", "password=a", fmt.Sprintf("csrf=%040d", i%(2*maxPassages))))
	}
	var want []byte
	for range 3 {
		parts := []*Passed{{}, {}, {}}
		for _, i := range rand.Perm(len(flows)) {
			parts[rand.N(len(parts))].learn(flows[i])
		}
		sum := &Passed{}
		for _, part := range parts {
			c := varint.NewWriter(nil)
			part.Code(c)
			again := &Passed{}
			again.Code(varint.NewDecoder(varint.NewReader(c.Out())))
			sum.Merge(again)
		}
		c := varint.NewWriter(nil)
		sum.Code(c)
		if want == nil {
			want = c.Out()
		}
		if len(sum.tokens.passages) != maxPassages || string(c.Out()) != string(want) {
			t.Fatal("the order or the parts matter")
		}
	}
}
