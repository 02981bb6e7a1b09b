package route

import (
	"strings"
	"testing"
)

// TestOfAnotherKind checks when a word is answered unlike the values beside it: with another record,
// or with a list.
func TestOfAnotherKind(t *testing.T) {
	for _, tt := range []struct {
		name, word      string
		own, record     string // properties of the word, of all values
		answered, lists int
		change          func(*candidate)
		want            bool
	}{
		{"nothing in common", "search", "x y", "a b", 2, 0, nil, true},
		{"one value", "search", "x y", "a b", 1, 0, nil, false},
		{"some in common", "search", "a x y", "a b c", 2, 0, nil, false},
		{"some in common, three values", "search", "a x y", "a b c", 3, 0, nil, true},
		{"half in common, three values", "search", "a b x", "a b c d", 3, 0, nil, false},
		{"none of its own", "search", "a", "a b c", 3, 0, nil, true},
		{"me with more", "me", "a b x", "a b", 2, 0, nil, true},
		{"me with the same", "me", "a b", "a b", 2, 0, nil, false},
		{"records of one property", "search", "x y", "a", 2, 0, nil, false},
		{"values that are lists", "search", "x y", "a b", 2, 1, nil, false},
		{"never answered", "search", "", "a b", 2, 0, func(c *candidate) { c.getBodies = 0 }, false},
		{"not the end of a path", "search", "x y", "a b", 2, 0, func(c *candidate) { c.isLeaf = false }, false},
		{"a witness", "search", "x y", "a b", 2, 0, func(c *candidate) { c.witness = true }, false},
		{"an identifier", "77", "x y", "a b", 2, 0, nil, false},
		{"always a list", "search", "a b", "a b", 2, 0, func(c *candidate) { c.listResponses = 3 }, true},
		{"a list at times", "search", "a b", "a b", 2, 0, func(c *candidate) { c.listResponses = 2 }, false},
		{"a list beside one value", "search", "a b", "a b", 1, 0, func(c *candidate) { c.listResponses = 3 }, false},
		{"a list beside lists", "search", "a b", "a b", 2, 1, func(c *candidate) { c.listResponses = 3 }, false},
		{"no list, never answered", "search", "", "a b", 2, 0, func(c *candidate) { c.getBodies = 0 }, false},
	} {
		c := named(tt.word)[0]
		c.isLeaf, c.getBodies, c.topProperties = true, 3, hashes(tt.own)
		if tt.change != nil {
			tt.change(c)
		}
		stats := &siblingStats{answered: tt.answered, lists: tt.lists, record: hashes(tt.record), answeredProperties: map[uint64]int{}}
		for h := range stats.record {
			stats.answeredProperties[h] = tt.answered
		}
		if got := c.isOfAnotherKind(stats); got != tt.want {
			t.Errorf("%s: another record: got %t", tt.name, got)
		}
	}
}

// TestMarkRefused checks whose nodes are of values that were always refused: names that cannot be
// values, and values that were refused where others were accepted.
func TestMarkRefused(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(c *candidate)
		values string // indexes of the values
		want   bool
	}{
		{"a refused value beside an accepted one", func(c *candidate) { c.refused, c.refusedValue = true, true }, "01", true},
		{"beside none that was accepted", func(c *candidate) { c.refused, c.refusedValue = true, true }, "0", false},
		{"no value", func(c *candidate) { c.refused, c.refusedValue = true, true }, "1", false},
		{"not refused as a value", func(c *candidate) { c.refused = true }, "01", false},
		{"a malformed name", func(c *candidate) { c.decoded, c.refused, c.requests = "not-found", true, 1 }, "", true},
		{"a malformed name that was accepted", func(c *candidate) { c.decoded, c.requests = "not-found", 1 }, "", false},
		{"a malformed name that was not requested", func(c *candidate) { c.decoded, c.refused = "not-found", true }, "", false},
		{"a malformed name without a node", func(c *candidate) { c.decoded, c.refused, c.requests, c.ownNode = "not-found", true, 1, false }, "", false},
		{"a name", func(c *candidate) { c.refused, c.requests = true, 1 }, "", false},
	} {
		all := named("ann bob")
		below := &node{}
		all[0].nodes = []*node{{children: map[string]*node{"x": below}}}
		tt.change(all[0])
		var values []*candidate
		for _, i := range tt.values {
			values = append(values, all[i-'0'])
		}
		d := &decider{refusedNodes: map[*node]bool{}}
		d.markRefused(all, values)
		if got := d.refusedNodes[all[0].nodes[0]]; got != tt.want || d.refusedNodes[below] != tt.want {
			t.Errorf("%s: got %t, below it %t", tt.name, got, d.refusedNodes[below])
		}
	}
}

// TestVersionsOfNumbers checks when the number in the first of some paths is the version of an API.
func TestVersionsOfNumbers(t *testing.T) {
	for _, tt := range []struct {
		paths string
		want  bool
	}{
		{"/2/users /2/posts", true},
		{"/2/users", true},
		{"/2/users /3/users /4/users", true},
		{"/api/2/users /api/2/posts", true},
		{"/api/2/users", true},
		{"/API/2/users", true},
		{"/1.1/statuses /1.1/search", true},
		{"/api/2024-01-01/users /api/2024-01-01/posts", true},
		{"/books/2/pages /books/2/covers", false},
		{"/bars/range/1/day", false},
		{"/maps/api/1/tiles /maps/api/1/places", true},
		{"/team/1/games /team/1/members", true},
		{"/team/1/games /team/1/members /team/2/games /team/2/members", true},
		{"/team/1/games /team/1/members /team/2/games", false},
		{"/team/1/games /team/1/members /team/2/games /team/2/members /team/3/games /team/3/members", false},
		{"/api/1/games /api/1/members /api/2/games /api/3/games", true},
	} {
		tree := newTestTree()
		paths := strings.Fields(tt.paths)
		for _, p := range paths {
			for range 3 {
				add(tree, &Exchange{Method: "GET", Path: p, Status: 200, HasBody: true})
			}
		}
		if got := Match(tree.Templates(Options{}), paths[0]).String(); (got == paths[0]) != tt.want {
			t.Errorf("%s: %s", tt.paths, got)
		}
	}
}
