package route

import (
	"math"
	"strings"
	"testing"

	"github.com/spectap/spectap/infer/sketch"
)

// hashes returns the set of the hashes of words.
func hashes(words string) hashSet {
	out := hashSet{}
	for w := range strings.FieldsSeq(words) {
		out[sketch.Hash(w)] = struct{}{}
	}
	return out
}

// TestCertainty checks that a template is as certain as its least certain segment, and that segments
// without evidence are certain.
func TestCertainty(t *testing.T) {
	literal := func(weights ...float64) (s Segment) {
		for _, w := range weights {
			s.Evidence = append(s.Evidence, Evidence{Weight: w})
		}
		s.Chunks = []Chunk{{Literal: "a"}}
		return s
	}
	param := func(weights ...float64) Segment {
		return Segment{Chunks: []Chunk{{Param: &Param{Evidence: literal(weights...).Evidence}}}}
	}
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	for _, tt := range []struct {
		name     string
		segments []Segment
		want     float64
	}{
		{"no segments", nil, 1},
		{"not weighed", []Segment{literal(), literal(0), param(0)}, 1},
		{"a literal", []Segment{literal(-2)}, sigmoid(2)},
		{"a parameter", []Segment{param(1.5)}, sigmoid(1.5)},
		{"against what was decided", []Segment{literal(3)}, sigmoid(-3)},
		{"several reasons", []Segment{param(3, -1, 0)}, sigmoid(2)},
		{"reasons that cancel out", []Segment{literal(1, -1)}, .5},
		{"the first is least certain", []Segment{literal(-1), param(2)}, sigmoid(1)},
		{"the last is least certain", []Segment{literal(-4), literal(), param(2)}, sigmoid(2)},
		{"two parameters of a segment", []Segment{{Chunks: append(param(1).Chunks, param(2).Chunks...)}}, sigmoid(3)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := Template{Segments: tt.segments}
			if got := x.Certainty(); math.Abs(got-tt.want) > 1e-9 {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestUsedLike checks which names are used like one another: both end the path, with a common method,
// or have a common segment behind them, and a quarter of the fewer properties is common.
func TestUsedLike(t *testing.T) {
	leaf := func(methods, properties string) *candidate {
		c := &candidate{isLeaf: true, topProperties: hashes(properties)}
		for m := range strings.FieldsSeq(methods) {
			c.methods = append(c.methods, methodCount{method: m})
		}
		return c
	}
	inner := func(next, properties string) *candidate {
		return &candidate{nextLabels: hashes(next), topProperties: hashes(properties)}
	}
	for _, tt := range []struct {
		name string
		a, b *candidate
		want bool
	}{
		{"a common method", leaf("GET PUT", ""), leaf("POST PUT", ""), true},
		{"other methods", leaf("GET", ""), leaf("POST", ""), false},
		{"a common segment", inner("x y", ""), inner("y z", ""), true},
		{"other segments", inner("x", ""), inner("z", ""), false},
		{"one ends the path", leaf("GET", ""), inner("x", ""), false},
		{"properties of one", leaf("GET", "a b"), leaf("GET", ""), true},
		{"other properties", leaf("GET", "a"), leaf("GET", "b"), false},
		{"one of four properties", leaf("GET", "a b c d"), leaf("GET", "d e f g h"), true},
		{"one of five properties", leaf("GET", "a b c d e"), leaf("GET", "e f g h i"), false},
		{"other properties before a common segment", inner("x", "a"), inner("x", "b"), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.a.isUsedLike(tt.b); got != tt.want {
				t.Errorf("got %t", got)
			}
			if got := tt.b.isUsedLike(tt.a); got != tt.want {
				t.Errorf("reversed: got %t", got)
			}
		})
	}
}

// TestItemsOfNames checks when names have items of their own: less than half of what follows them is
// a word that follows another name, too.
func TestItemsOfNames(t *testing.T) {
	for _, tt := range []struct {
		name, next, ids, others string
		want                    bool
	}{
		{"nothing follows", "", "", "a", false},
		{"words of its own", "a b", "", "c", true},
		{"shared words", "a b", "", "a b", false},
		{"half of them shared", "a b", "", "a", false},
		{"a third of them shared", "a b c", "", "a", true},
		{"identifiers that others have", "1 2", "1 2", "1 2", true},
		{"an identifier beside a shared word", "1 a", "1", "1 a", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &candidate{nextLabels: hashes(tt.next), idsBelow: hashes(tt.ids)}
			all := []*candidate{c, {nextLabels: hashes(tt.others)}, {nextLabels: hashes(tt.others)}}
			if got := hasItems(c, all); got != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

// TestFieldsOfIDs checks in which properties half of the answers to identifiers hold these.
func TestFieldsOfIDs(t *testing.T) {
	answered := func(s shape, responses int64, field string, n int64) *candidate {
		return &candidate{shape: s, ownNode: true, responses: responses, echoFields: []string{field}, echoCounts: map[string]int64{field: n}}
	}
	for _, tt := range []struct {
		name string
		all  []*candidate
		want bool
	}{
		{"all answers", []*candidate{answered(shapeInt, 3, "code", 3)}, true},
		{"half of them", []*candidate{answered(shapeInt, 4, "code", 2)}, true},
		{"less", []*candidate{answered(shapeInt, 5, "code", 2)}, false},
		{"less of the answers to two", []*candidate{answered(shapeInt, 1, "code", 1), answered(shapeUUID, 2, "x", 2)}, false},
		{"half of the answers to two", []*candidate{answered(shapeInt, 1, "code", 1), answered(shapeUUID, 1, "x", 1)}, true},
		{"words beside an identifier", []*candidate{answered(shapeInt, 2, "code", 1), answered(shapeWord, 9, "x", 9)}, true},
		{"words only", []*candidate{answered(shapeWord, 2, "code", 2)}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := fieldsOfIDs(tt.all)["code"]; got != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
	for field, want := range map[string]bool{"type": false, "status": false, "vhost[]": true, "status[]": false} {
		if got := fieldsOfIDs([]*candidate{answered(shapeInt, 2, field, 2)})[field]; got != want {
			t.Errorf("%s: got %t", field, got)
		}
	}
}

// TestAttributes checks which literals say by what the things of the collection above are looked up.
func TestAttributes(t *testing.T) {
	for path, want := range map[string]bool{
		"users/email": true, "users/Email": true, "user/email": false, "users/by-player": true, "user/byName": true, "user/by": false,
		"user/bypass": false, "user/player-by": false, "user/by_two_words": true, "users/{}": false, "users/rooms": false,
		"{}/email": false, "{}/by-name": false, "/email": false,
	} {
		above, literal, _ := strings.Cut(path, "/")
		at := func(name string, parent *level) *level {
			if name == "{}" {
				return &level{parent: parent, members: []*candidate{}}
			}
			return &level{parent: parent, literal: name}
		}
		if got := at(literal, at(above, &level{})).isAttribute(); got != want {
			t.Errorf("%s: got %t", path, got)
		}
	}
}
