package route

import (
	"strings"
	"testing"
)

// mirrored returns names that are followed by what suffixes lists, and whose answers hold them in a
// property as often as there are responses.
func mirrored(names, field, suffixes string) (out []*candidate) {
	for _, c := range named(names) {
		c.responses, c.suffixes = minMirrored, hashes(suffixes)
		c.echoFields, c.echoCounts = []string{field}, map[string]int64{field: minMirrored}
		out = append(out, c)
	}
	return out
}

// TestMirrored checks when names are values because each answer below them holds the one above it.
func TestMirrored(t *testing.T) {
	for _, tt := range []struct {
		name   string
		names  string
		change func(c *candidate) // the second
		want   bool
	}{
		{"two names", "daily monthly", nil, true},
		{"one name", "daily", nil, false},
		{"no node of its own", "daily #monthly", nil, false},
		{"a plural", "daily ships", nil, false},
		{"an identifier", "daily 7", nil, false},
		{"a version", "daily v2", nil, false},
		{"the end of a path", "daily monthly", func(c *candidate) { c.isLeaf = true }, false},
		{"as many answers as needed", "daily monthly", func(c *candidate) { c.responses = minMirrored }, true},
		{"one answer less", "daily monthly", func(c *candidate) { c.responses = minMirrored - 1 }, false},
		{"an answer without it", "daily monthly", func(c *candidate) { c.responses = minMirrored + 1 }, false},
		{"others follow it", "daily monthly", func(c *candidate) { c.suffixes = hashes("b") }, false},
		{"another property", "daily monthly", func(c *candidate) {
			c.echoFields, c.echoCounts = []string{"step"}, map[string]int64{"step": minMirrored}
		}, false},
	} {
		all := mirrored(tt.names, "granularity", "a")
		if tt.change != nil {
			tt.change(all[1])
		}
		if got := areMirrored(all); got != tt.want {
			t.Errorf("%s: got %t", tt.name, got)
		}
	}
	for field, want := range map[string]bool{"granularity": true, "data.granularity": true, "grains[]": true, "type": false} {
		if got := areMirrored(mirrored("daily monthly", field, "a")); got != want {
			t.Errorf("in %s: got %t", field, got)
		}
	}
	for n, want := range map[int]bool{maxComparedSiblings: true, maxComparedSiblings + 1: false} {
		var names []string
		for i := range n {
			names = append(names, "grain"+string(rune('a'+i/26%26))+string(rune('a'+i%26))+"e")
		}
		if got := areMirrored(mirrored(strings.Join(names, " "), "granularity", "a")); got != want {
			t.Errorf("%d names: got %t", n, got)
		}
	}
}

// TestOneRecord checks when names that end the path are answered with one record.
func TestOneRecord(t *testing.T) {
	for _, tt := range []struct {
		properties [2]string
		leaf, want bool
	}{
		{[2]string{"a b", "a b"}, true, true},
		{[2]string{"a b", "a b"}, false, false},
		{[2]string{"a", "a"}, true, false},
		{[2]string{"a b", "a c"}, true, false},
		{[2]string{"a b", "a b c"}, true, false},
		{[2]string{"a b c", "a b"}, true, false},
	} {
		all := named("header footer")
		for i, c := range all {
			c.isLeaf, c.topProperties = i == 0 || tt.leaf, hashes(tt.properties[i])
		}
		if got := areOneRecord(all); got != tt.want {
			t.Errorf("%v: got %t", tt, got)
		}
	}
}

// TestKeyed checks when names that begin with an attribute and a colon are values: they were read
// or replaced, two of one attribute or one beside an identifier.
func TestKeyed(t *testing.T) {
	for _, tt := range []struct {
		names, methods string // of each name, "" for none
		want           bool   // of the first
	}{
		{"slug:a slug:b", "GET GET", true},
		{"slug:a slug:b", "PUT GET", true},
		{"slug:a slug:b", "GET POST", false},
		{"slug:a slug:b", "POST POST", false},
		{"slug:a slug:b", "- -", true}, // what stands below them was requested
		{"slug:a slug:b", "- POST", false},
		{"slug:a name:b", "GET GET", false},
		{"slug:a", "GET", false},
		{"slug:a 7", "GET GET", true},
		{"slug:a 7", "POST GET", false},
		{"slug:a users", "GET GET", false},
		{"slug: slug:b", "GET GET", false},
		{":a :b", "GET GET", false},
		{"slug2:a slug2:b", "GET GET", false},
		{"#slug:a slug:b", "GET GET", false},
	} {
		all := named(tt.names)
		for i, m := range strings.Fields(tt.methods) {
			if m != "-" {
				all[i].requests, all[i].methods = 1, []methodCount{{method: m, requests: 1}}
			}
		}
		if got := findKeyed(all)[all[0]]; got != tt.want {
			t.Errorf("%s with %s: got %t", tt.names, tt.methods, got)
		}
	}
}

// TestOfAnotherKind checks when a word is answered unlike the values beside it: with another record,
// or with a list.
func TestOfAnotherKind(t *testing.T) {
	for _, tt := range []struct {
		name, word       string
		own, record      string // properties of the word, of all values
		answered, lists  int
		change           func(*candidate)
		ofKind, inAnswer bool
	}{
		{"nothing in common", "search", "x y", "a b", 2, 0, nil, true, false},
		{"one value", "search", "x y", "a b", 1, 0, nil, false, false},
		{"some in common", "search", "a x y", "a b c", 2, 0, nil, false, false},
		{"some in common, three values", "search", "a x y", "a b c", 3, 0, nil, true, false},
		{"half in common, three values", "search", "a b x", "a b c d", 3, 0, nil, false, false},
		{"none of its own", "search", "a", "a b c", 3, 0, nil, true, false},
		{"an alias with more", "me", "a b x", "a b", 2, 0, nil, true, false},
		{"an alias with the same", "me", "a b", "a b", 2, 0, nil, false, false},
		{"records of one property", "search", "x y", "a", 2, 0, nil, false, false},
		{"values that are lists", "search", "x y", "a b", 2, 1, nil, false, false},
		{"never answered", "search", "", "a b", 2, 0, func(c *candidate) { c.getBodies = 0 }, false, false},
		{"not the end of a path", "search", "x y", "a b", 2, 0, func(c *candidate) { c.isLeaf = false }, false, false},
		{"a witness", "search", "x y", "a b", 2, 0, func(c *candidate) { c.witness = true }, false, false},
		{"an identifier", "77", "x y", "a b", 2, 0, nil, false, false},
		{"always a list", "search", "a b", "a b", 2, 0, func(c *candidate) { c.listResponses = 3 }, false, true},
		{"a list at times", "search", "a b", "a b", 2, 0, func(c *candidate) { c.listResponses = 2 }, false, false},
		{"a list beside one value", "search", "a b", "a b", 1, 0, func(c *candidate) { c.listResponses = 3 }, false, false},
		{"a list beside lists", "search", "a b", "a b", 2, 1, func(c *candidate) { c.listResponses = 3 }, false, false},
		{"no list, never answered", "search", "", "a b", 2, 0, func(c *candidate) { c.getBodies = 0 }, false, false},
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
		if got := c.isOfAnotherKind(stats); got != tt.ofKind {
			t.Errorf("%s: another record: got %t", tt.name, got)
		}
		if got := c.isAnsweredUnlike(stats); got != tt.inAnswer {
			t.Errorf("%s: another answer: got %t", tt.name, got)
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
