package redact_test

import (
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// The least shares of planted secrets that redaction finds.
const (
	leastFound      = 0.995 // of all
	leastFoundKind  = 0.99  // of one kind
	leastFoundPlace = 0.99  // in one place
)

// tally counts the secrets planted and found.
type tally struct{ planted, found int }

func (s tally) share() float64 { return float64(s.found) / float64(max(1, s.planted)) }

// TestRedactionShare plants 10,000 generated secrets of more than 60 kinds, one per flow, and
// counts those of which the redacted flow shows nothing.
func TestRedactionShare(t *testing.T) {
	const total = 10_000
	r := rand.New(rand.NewPCG(1, 2))
	kinds := slices.Concat(shapedKinds, namedKinds)
	if len(kinds) < 60 {
		t.Fatalf("only %d kinds", len(kinds))
	}
	var all tally
	byKind, byPlace := map[string]*tally{}, map[string]*tally{}
	missed := map[string]int{}
	for i := range total {
		k := kinds[i%len(kinds)]
		candidates, name := slices.Concat(places, wordPlaces), ""
		if len(k.names) == 0 {
			candidates, name = slices.Concat(places, barePlaces), "note"
		} else {
			name = k.names[r.IntN(len(k.names))]
		}
		value := k.make(r)
		p := candidates[r.IntN(len(candidates))]
		for p.fits != nil && !p.fits(name, value) {
			p = candidates[r.IntN(len(candidates))]
		}
		f := emptyFlow()
		p.put(&f, name, value)
		found := !shows(red.Flow(f), value)
		for _, x := range []*tally{&all, tallyOf(byKind, k.label), tallyOf(byPlace, p.label)} {
			x.planted++
			if found {
				x.found++
			}
		}
		if !found {
			missed[k.label+" in "+p.label]++
		}
	}
	report(t, "kind", byKind, leastFoundKind)
	report(t, "place", byPlace, leastFoundPlace)
	for _, m := range slices.Sorted(func(yield func(string) bool) {
		for m, n := range missed {
			if !yield(fmt.Sprintf("%4d %s", n, m)) {
				return
			}
		}
	}) {
		t.Log("missed", m)
	}
	t.Logf("found %d of %d: %.2f %%", all.found, all.planted, 100*all.share())
	if all.share() < leastFound {
		t.Errorf("found %.4f of the secrets, want at least %v", all.share(), leastFound)
	}
}

func tallyOf(m map[string]*tally, label string) *tally {
	if m[label] == nil {
		m[label] = &tally{}
	}
	return m[label]
}

// report logs the shares by label, and fails for those below least.
func report(t *testing.T, what string, by map[string]*tally, least float64) {
	labels := make([]string, 0, len(by))
	for l := range by {
		labels = append(labels, l)
	}
	slices.Sort(labels)
	for _, l := range labels {
		s := *by[l]
		t.Logf("%-6s %-28s %4d of %4d  %6.2f %%", what, l, s.found, s.planted, 100*s.share())
		if s.share() < least {
			t.Errorf("%s %s: found %.3f of the secrets, want at least %v", what, l, s.share(), least)
		}
	}
}

// emptyFlow returns a flow into which a secret can be put.
func emptyFlow() flow.Flow {
	return flow.Flow{Done: true,
		Request:  flow.Request{Method: "POST", Scheme: "https", Authority: "api.example.com", Path: "/v1/things"},
		Response: &flow.Response{Status: 200}}
}

// shows reports whether a flow shows a value, or a revealing part of it, in any notation.
func shows(f flow.Flow, value string) bool {
	var b strings.Builder
	header := func(h flow.Header) {
		for _, x := range h {
			b.WriteString(x.Name + ": " + x.Value + "\n")
		}
	}
	b.WriteString(f.Err + "\n" + f.Request.Path + "\n" + f.Request.RawQuery + "\n")
	header(f.Request.Header)
	header(f.Response.Header)
	b.Write(f.Request.Body.Data)
	b.Write(f.Response.Body.Data)
	for _, m := range f.Messages {
		b.Write(m.Data)
	}
	out := emptied(b.String())
	for _, p := range revealing(value) {
		q, _ := json.Marshal(p)
		for _, form := range []string{p, url.QueryEscape(p), url.PathEscape(p), html.EscapeString(p), string(q[1 : len(q)-1])} {
			if strings.Contains(out, form) {
				return true
			}
		}
	}
	return false
}

// revealing returns the value, or the secret parts of one with harmless parts.
func revealing(value string) []string {
	if scheme, rest, ok := strings.Cut(value, "://"); ok {
		if user, _, ok := strings.Cut(rest, "@"); ok && scheme != "https" {
			return []string{user[strings.IndexByte(user, ':')+1:]}
		}
		return []string{value[strings.LastIndexByte(value, '/')+1:]}
	}
	if lines := strings.Split(value, "\n"); len(lines) > 1 {
		return lines[1 : len(lines)-1]
	}
	if before, _, ok := strings.Cut(value, "@tcp("); ok {
		return []string{strings.TrimPrefix(before, "app:")}
	}
	out := []string{value}
	if n := len(value) / 2; n >= 8 {
		out = append(out, value[:n], value[len(value)-n:])
	}
	return out
}
