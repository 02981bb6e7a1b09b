package site

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"github.com/spectap/spectap/internal/varint"
)

func TestHabits(t *testing.T) {
	type request struct {
		agent   string
		headers []string
	}
	repeat := func(n int, r request) (out []request) {
		for range n {
			out = append(out, r)
		}
		return out
	}
	app, other := "app/1.2 (linux)", "curl/8.5"
	for _, tt := range []struct {
		name     string
		requests []request
		want     []string
	}{
		{"always", repeat(5, request{app, []string{"x-build", "x-mode"}}), []string{"x-build", "x-mode"}},
		{"too few", repeat(4, request{app, []string{"x-build"}}), nil},
		{"sometimes", append(repeat(6, request{app, []string{"x-build"}}), request{"app/1.3", nil}), nil},
		{"several versions", append(repeat(3, request{app, []string{"x-build"}}), repeat(3, request{"app/2", []string{"x-build"}})...), []string{"x-build"}},
		{"another without it", append(repeat(6, request{app, []string{"x-build"}}), request{other, nil}), []string{"x-build"}},
		{"another with it", append(repeat(6, request{app, []string{"x-tenant"}}), request{other, []string{"x-tenant"}}), nil},
		{"no User-Agent", repeat(5, request{"", []string{"x-build"}}), []string{"x-build"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			whole, even, odd := NewClients(), NewClients(), NewClients()
			for i, r := range tt.requests {
				whole.Add(r.agent, r.headers)
				[]*Clients{even, odd}[i%2].Add(r.agent, r.headers)
			}
			odd.Merge(even)
			if got := slices.Sorted(maps.Keys(whole.Habits())); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			b := encodedClients(whole)
			if !bytes.Equal(b, encodedClients(odd)) {
				t.Error("the order matters")
			}
			again, r := NewClients(), varint.NewReader(b)
			if again.Code(varint.NewDecoder(r)); r.End() != nil || !bytes.Equal(encodedClients(again), b) {
				t.Error("the encoding does not read back")
			}
		})
	}
}

// TestProduct tells programs by the first word of their names.
func TestProduct(t *testing.T) {
	for agent, want := range map[string]string{"app/1.2 (linux)": "app", "app (linux)": "app", "app(x": "app", "app;x": "app", "app,x": "app", "app": "app", "": "", "/1": ""} {
		if got := product(agent); got != want {
			t.Errorf("%q: %q", agent, got)
		}
	}
}

func encodedClients(f *Clients) []byte {
	c := varint.NewWriter(nil)
	f.Code(c)
	return c.Out()
}
