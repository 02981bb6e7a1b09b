package spectools

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/mcptools/extract"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
)

func anyValue(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		switch rapid.IntRange(0, 3+min(depth, 2)).Draw(t, "kind") {
		case 0:
			return json.Number(fmt.Sprint(rapid.IntRange(0, 1000).Draw(t, "number")))
		case 1:
			return rapid.String().Draw(t, "string")
		case 2:
			return strings.Repeat(rapid.SampledFrom([]string{"x", "é\n", "🙂", "\"", "a line\n"}).Draw(t, "part"), rapid.IntRange(0, 60).Draw(t, "times"))
		case 3:
			return rapid.SampledFrom([]any{true, nil}).Draw(t, "literal")
		case 4:
			return rapid.SliceOfN(anyValue(depth-1), 0, 30).Draw(t, "array")
		}
		o := orderedjson.New()
		for name, v := range rapid.MapOfN(rapid.StringN(0, 8, 20), anyValue(depth-1), 0, 30).Draw(t, "object") {
			o.Set(name, v)
		}
		return o
	})
}

// leaves adds the values without parts of v, by place. Strings come with their offset.
func leaves(into map[string]string, v any, place extract.Place, offset int) {
	switch v := v.(type) {
	case []any:
		into[place.String()+" is an array"] = ""
		for i, e := range v {
			leaves(into, e, append(slices.Clone(place), offset+i), 0)
		}
	case *orderedjson.Object:
		into[place.String()+" is an object"] = ""
		for _, name := range v.Names() {
			leaves(into, v.Value(name), append(slices.Clone(place), name), 0)
		}
	case string:
		for i, r := range v {
			into[fmt.Sprintf("%s at %d", place, offset+i)] = string(r)
		}
		if v == "" {
			into[place.String()] = `""`
		}
	default:
		into[place.String()] = string(orderedjson.Encode(v))
	}
}

// at returns the value at a place.
func at(v any, place extract.Place) any {
	for _, step := range place {
		switch step := step.(type) {
		case string:
			v = v.(*orderedjson.Object).Value(step)
		case int:
			v = v.([]any)[step]
		}
	}
	return v
}

// TestTheRestCanBeRead follows each cut until nothing is left out: the parts are the whole.
func TestTheRestCanBeRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := anyValue(3).Draw(t, "value")
		limit := rapid.IntRange(1, 400).Draw(t, "limit")
		want, got := map[string]string{}, map[string]string{}
		leaves(want, v, nil, 0)
		type next struct {
			place  extract.Place
			offset int
		}
		for todo, calls := []next{{}}, 0; len(todo) > 0; calls++ {
			if calls > 100_000 {
				t.Fatal("it does not end")
			}
			n := todo[0]
			todo = todo[1:]
			part, cuts := fitValue(at(v, n.place), n.place, n.offset, limit)
			if size := len(orderedjson.Encode(part)); size > max(limit, 200)*2 {
				t.Fatalf("limit %d, %d bytes: %s", limit, size, orderedjson.Encode(part))
			}
			standIns := map[string]bool{}
			for _, c := range cuts {
				if c.Offset >= c.Total || c.Unit == unitBytes && c.Offset > 0 && !utf8.ValidString(at(v, c.place).(string)[c.Offset:]) {
					t.Fatalf("cut %+v", c)
				}
				if c.Unit == unitBytes && c.Offset == 0 {
					standIns[c.place.String()] = true
				}
				todo = append(todo, next{c.place, c.Offset})
			}
			found := map[string]string{}
			leaves(found, part, n.place, n.offset)
			maps.DeleteFunc(found, func(place, x string) bool { return standIns[place] && x == "null" })
			maps.Copy(got, found)
		}
		for place, x := range want {
			if y, ok := got[place]; !ok || x != y {
				t.Fatalf("%s is %q, read as %q (%v)", place, x, y, ok)
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%d values, read %d", len(want), len(got))
		}
	})
}
