package route

import (
	"strings"
	"testing"
)

// named returns candidates with these names; a name after "#" has no node of its own, and one after
// "!" was refused.
func named(names string) (out []*candidate) {
	for name := range strings.FieldsSeq(names) {
		text := strings.TrimLeft(name, "#!")
		out = append(out, &candidate{decoded: text, shape: shapeOf(text), ownNode: name[0] != '#', refused: name[0] == '!'})
	}
	return out
}

// TestWordsOfNames checks what a name says of itself.
func TestWordsOfNames(t *testing.T) {
	for _, tt := range []struct {
		name    string
		f       func(*candidate) bool
		yes, no string
	}{
		{"isMarkedWord", func(c *candidate) bool { return isMarkedWord(c.decoded) },
			"_search $validate _apis _a_b _ab-c $ab _AZaz", "search _ $ _a __a _-a _a1 -search _a.b _a{ @search"},
		{"isUnlikeWord", (*candidate).isUnlikeWord, "oauth2 m.room.message2 job-12", "users 7 v1 _search addThing #oauth2 $count"},
		{"isNumericVersion", isNumericVersion, "2 1.1 2024-01-01", "v2 two #2 a1b2c3d4e5"},
		{"isActionOnIDs", (*candidate).isActionOnIDs, "create delete", "creates created #create createThing users 7 create-many"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, c := range named(tt.yes) {
				if !tt.f(c) {
					t.Errorf("%s: false", c.decoded)
				}
			}
			for _, c := range named(tt.no) {
				if tt.f(c) {
					t.Errorf("%s: true", c.decoded)
				}
			}
		})
	}
}

// TestActionOnIDs checks by its use whether a verb is an action on the identifiers behind it.
func TestActionOnIDs(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*candidate)
		want   bool
	}{
		"identifiers only":          {func(*candidate) {}, true},
		"a word, too":               {func(c *candidate) { c.nextLabels = hashes("1 a") }, false},
		"the end of a path":         {func(c *candidate) { c.isLeaf = true }, false},
		"requests of its own":       {func(c *candidate) { c.requests = 1 }, false},
		"answers that hold it":      {func(c *candidate) { c.echoShare = .1 }, false},
		"a witness":                 {func(c *candidate) { c.witness = true }, false},
		"two methods":               {func(c *candidate) { c.suffixes = hashes("GET PUT") }, false},
		"one method":                {func(c *candidate) { c.suffixes = hashes("PUT") }, true},
		"more behind identifiers":   {func(c *candidate) { c.secondLabels = hashes("a") }, false},
		"no verb":                   {func(c *candidate) { c.decoded = "ships" }, false},
		"no node of its own":        {func(c *candidate) { c.ownNode = false }, false},
		"the form of an identifier": {func(c *candidate) { c.shape = shapeUUID }, false},
	} {
		c := &candidate{decoded: "create", shape: shapeWord, ownNode: true, nextLabels: hashes("1"), idsBelow: hashes("1")}
		if tt.change(c); c.isActionOnIDs() != tt.want {
			t.Errorf("%s: got %t", name, !tt.want)
		}
	}
}

// TestCodesOfSiblings checks when all names of a level are codes of two letters.
func TestCodesOfSiblings(t *testing.T) {
	for names, want := range map[string]bool{
		"en de": true, "en de 7": true, "en": false, "en 7": false, "en users": false, "en #de": false, "7 8": false, "": false, "pt-BR en": true,
	} {
		if got := areCodes(named(names)); got != want {
			t.Errorf("%s: got %t", names, got)
		}
	}
}

// TestDottedNames checks which names below a parameter are dotted like one another: all begin with
// one word, there are three, or each has three parts.
func TestDottedNames(t *testing.T) {
	below := &level{literal: "state", parent: &level{members: []*candidate{}}}
	for _, tt := range []struct {
		names string
		want  string
	}{
		{"m.room.name m.room.topic", "m.room.name m.room.topic"},
		{"m.room.name", "m.room.name"},
		{"m.location m.room.topic", ""},
		{"m.location m.room.topic m.reaction", "m.location m.room.topic m.reaction"},
		{"m.location m.reaction m.recovery", ""},
		{"m.room.name n.room.topic", ""},
		{"m.room.name topic", ""},
		{"m.room.name 7", "m.room.name"},
		{"m.room.name !users", "m.room.name"},
		{"m.room.name #m.room.topic", ""},
		{"m.room.name m..room.topic", ""},
		{"m.room.get m.room.name", ""},
		{"m.room.name m.zip", ""},
		{"", ""},
	} {
		var got []string
		all := named(tt.names)
		for _, c := range all {
			if findDotted(below, all)[c] {
				got = append(got, c.decoded)
			}
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: got %s", tt.names, got)
		}
	}
	all := named("m.room.name m.room.topic")
	for name, parent := range map[string]*level{
		"no parameter above": {literal: "state", parent: &level{}}, "below a parameter": {members: []*candidate{}, parent: &level{}},
	} {
		if got := findDotted(parent, all); got != nil {
			t.Errorf("%s: got %d names", name, len(got))
		}
	}
}
