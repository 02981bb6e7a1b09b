package fit

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

func decode(t interface{ Fatal(...any) }, s string) any {
	v, err := orderedjson.Decode([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestValue(t *testing.T) {
	long := strings.Repeat("x", 100)
	for _, tt := range []struct {
		name, in string
		limit    int
		want     string
		cuts     string
	}{
		{"fits", `{"a":[1,2,3]}`, 13, `{"a":[1,2,3]}`, ""},
		{"array", `[1,2,3,4,5]`, 8, `[1,2,3]`, "$ has 3 of 5 elements"},
		{"members beside a long array", `{"items":[10,20,30,40,50,60,70,80,90],"total":9,"next":"c"}`, 52,
			`{"items":[10,20,30,40,50,60],"total":9,"next":"c"}`, "$.items has 6 of 9 elements"},
		{"two arrays", `{"a":[1,2,3,4,5,6,7,8,9],"b":[1,2,3],"c":[1,2,3,4,5,6,7,8,9]}`, 48,
			`{"a":[1,2,3,4,5],"b":[1,2,3],"c":[1,2,3,4,5]}`, "$.a has 5 of 9 elements, $.c has 5 of 9 elements"},
		{"long string", `{"id":1,"text":"` + long + `"}`, 60, `{"id":1}`, "$.text has 0 of 100 bytes"},
		{"long element", `["` + long + `",2]`, 60, `[null]`, "$[0] has 0 of 100 bytes, $ has 1 of 2 elements"},
		{"inside the first element", `[{"list":[1,2,3,4,5,6,7,8,9],"n":1},2]`, 28, `[{"list":[1,2,3,4,5],"n":1}]`,
			"$[0].list has 5 of 9 elements, $ has 1 of 2 elements"},
		{"text", `"one line\nanother line\nthe last"`, 24, `"one line\nanother line\n"`, "$ has 22 of 30 bytes"},
		{"digits", `[12345678901234567890.10,1]`, 30, `[12345678901234567890.10,1]`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, cuts := Value(decode(t, tt.in), nil, 0, tt.limit)
			var said []string
			for _, c := range cuts {
				said = append(said, fmt.Sprintf("%s has %d of %d %s", c.Place, c.Kept, c.Total, c.Unit))
			}
			if s := string(orderedjson.Encode(got)); s != tt.want || strings.Join(said, ", ") != tt.cuts {
				t.Errorf("got %s\nand %s", s, strings.Join(said, ", "))
			}
		})
	}
}

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
			part, cuts := Value(at(v, n.place), n.place, n.offset, limit)
			if size := len(orderedjson.Encode(part)); size > max(limit, 200)*2 {
				t.Fatalf("limit %d, %d bytes: %s", limit, size, orderedjson.Encode(part))
			}
			standIns := map[string]bool{}
			for _, c := range cuts {
				if c.Kept >= c.Total || c.Unit == Bytes && c.Kept > 0 && !utf8.ValidString(at(v, c.Place).(string)[c.Kept:]) {
					t.Fatalf("cut %+v", c)
				}
				if c.Unit == Bytes && c.Kept == 0 {
					standIns[c.Place.String()] = true
				}
				todo = append(todo, next{c.Place, c.Kept})
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

// The end of a line counts two bytes: a result of short lines is not larger than the limit.
func TestTextOfShortLines(t *testing.T) {
	for _, c := range []struct {
		text  string
		limit int
		want  int
	}{
		{strings.Repeat("a\n", 100), 90, 60}, {strings.Repeat("\n", 100), 50, 25}, {"ab\ncd\n", 8, 6}, {"ab\ncd\n", 7, 3},
		{"äö\nü", 6, 5}, {"漢字", 1, 3}, {"漢字", 3, 3}, {"漢", 1, 3}, {"", 1, 0},
	} {
		if got := Text(c.text, c.limit); got != c.want {
			t.Errorf("%q in %d: %d, want %d", c.text, c.limit, got, c.want)
		}
	}
}
