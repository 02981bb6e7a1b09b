package security

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer/bottomk"
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
	session := Credential{kindCookie, "k"}
	for i, f := range []struct{ path, form string }{
		{"/account/password", "old_password=a&new_password=b"}, {"/account/new", "name=ann&password=a"}, {"/log-in", "name=ann&password=a"},
		{"/names\twith\ttabs", "password=a"}, {"/theme", "name=dark"},
	} {
		value := fmt.Sprintf("8dfa90b1c27e4455a6f0%022d", i)
		p.learn(exchange("POST", f.path, f.form, "k="+value+"; HttpOnly"))
		bottomk.Tally(p.at(hashOf(value)).sent, place("", "", kindCookie, "k"))
	}
	e := p.entry(map[Credential]*Scheme{session: {Name: "kCookie"}})
	var paths []string
	for _, s := range e.SignIns {
		paths = append(paths, s.Path)
	}
	if want := []string{"/log-in", "/account/new"}; !slices.Equal(paths, want) {
		t.Errorf("signs in with %q, want %q", paths, want)
	}
}

// TestPassedOrder learns more values than are kept, in any order and in parts.
func TestPassedOrder(t *testing.T) {
	var flows []*flow.Flow
	for i := range 3 * maxPassages {
		flows = append(flows, exchange("POST", "/login", "password=a", fmt.Sprintf("k=%040d", i%(2*maxPassages))))
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
		if len(sum.values) != maxPassages || string(c.Out()) != string(want) {
			t.Fatal("the order or the parts matter")
		}
	}
}
