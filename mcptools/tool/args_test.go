package tool

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestArgumentKinds reads an argument of each kind, in each valid form, and checks the errors of
// others.
func TestArgumentKinds(t *testing.T) {
	params := map[Kind]Param{
		Number:     {Name: "x", Kind: Number, Min: 1, Max: 60},
		Integer:    {Name: "x", Kind: Integer, Min: 1, Max: 60},
		String:     {Name: "x", Kind: String, MaxLength: 3},
		FlowIDs:    {Name: "x", Kind: FlowIDs},
		Statuses:   {Name: "x", Kind: Statuses},
		StringList: {Name: "x", Kind: StringList, Enum: []string{"a", "b"}},
	}
	many := strings.TrimSuffix(strings.Repeat("1,", MaxFlowIDs+1), ",")
	for _, x := range []struct {
		kind     Kind
		in, want string // the value, or "!" and the error
	}{
		{Number, `1`, "1s"}, {Number, `1.5`, "1.5s"}, {Number, `60`, "1m0s"}, {Number, `6e1`, "1m0s"},
		{Number, `0.99`, "!must be from 1 to 60"}, {Number, `60.01`, "!must be from 1 to 60"}, {Number, `1e999`, "!must be from 1 to 60"},
		{Number, `"5"`, "!must be a number, not a string"}, {Number, `true`, "!must be a number, not a boolean"},
		{Integer, `1`, "1"}, {Integer, `6.0e1`, "60"}, {Integer, `0`, "!must be from 1 to 60"}, {Integer, `61`, "!must be from 1 to 60"},
		{Integer, `9007199254740994.5`, "!must be an integer"}, {Integer, `1e40`, "!must be an integer"}, {Integer, `[1]`, "!must be an integer, not a list"},
		{String, `"abc"`, "abc"}, {String, `"abcd"`, "!has 4 bytes: the limit is 3"}, {String, `5`, "!must be a string, not a number"},
		{FlowIDs, `[3,"4"," #5 ",3]`, "[3 4 5]"}, {FlowIDs, `"3, 4,#5"`, "[3 4 5]"}, {FlowIDs, `7`, "[7]"},
		{FlowIDs, `[]`, "!names no flow: pass numbers of flows"}, {FlowIDs, `""`, "!must be flow numbers, such as 17 or 3,4,9"}, {FlowIDs, `"3,x"`, "!must be flow numbers"},
		{FlowIDs, `[0]`, "!must be flow numbers"}, {FlowIDs, `[true]`, "!must be flow numbers"}, {FlowIDs, `{}`, "!must be a list of flow numbers, not an object"},
		{FlowIDs, `"` + many + `"`, fmt.Sprintf("!names %d flows: the limit is %d", MaxFlowIDs+1, MaxFlowIDs)},
		{FlowIDs, `[` + strings.TrimPrefix(many, "1,") + `]`, "[1]"},
		{Statuses, `404`, "404"}, {Statuses, `"4xx, 500-503"`, "4xx,500-503"}, {Statuses, `[404,"5 xx"]`, "404,5xx"}, {Statuses, `">=400"`, ">=400"},
		{Statuses, `"x"`, "!must be a status such as 404, 4xx, 400-499, >=400 or none, or a list of these"}, {Statuses, `[]`, "!must be a status such as 404, 4xx, 400-499"},
		{Statuses, `[true]`, "!must be a status such as 404 or 4xx, or a list of these, not a boolean"}, {Statuses, `[null]`, "!must be a status such as 404 or 4xx, or a list of these, not null"},
		{Statuses, `"` + strings.Repeat("4", MaxString+1) + `"`, fmt.Sprintf("!has %d bytes: the limit is %d", MaxString+1, MaxString)},
		{StringList, `["a","b","a"]`, "[a b a]"}, {StringList, `[]`, "[]"}, {StringList, `["c"]`, "!must be one of a, b"},
		{StringList, `"a"`, `!must be a list of strings, such as ["a","b"], not a string`}, {StringList, `[null]`, "!must be a list of strings, not of null"},
	} {
		a, err := ParseArgs([]Param{params[x.kind]}, json.RawMessage(`{"x":`+x.in+`}`))
		got := ""
		var wrong *Error
		switch {
		case errors.As(err, &wrong):
			got = "!" + strings.TrimPrefix(wrong.Message, "argument x: ")
		case err != nil:
			t.Fatal(err)
		case x.kind == Number:
			got = a.Seconds("x").String()
		case x.kind == Integer:
			got = fmt.Sprint(a.Int("x"))
		case x.kind == String:
			got = a.String("x")
		case x.kind == FlowIDs:
			got = fmt.Sprint(a.Flows("x"))
		case x.kind == Statuses:
			got = a.Statuses("x").Text
		default:
			got = fmt.Sprint(a.Strings("x"))
		}
		if got != x.want && !(strings.HasPrefix(x.want, "!") && strings.HasPrefix(got, x.want)) {
			t.Errorf("%v %.40s: %.80s, want %s", x.kind, x.in, got, x.want)
		}
	}
	atLeast := []Param{{Name: "x", Kind: Integer, Min: 3}}
	if _, err := ParseArgs(atLeast, json.RawMessage(`{"x":2}`)); err == nil || !strings.Contains(err.Error(), "must be at least 3") {
		t.Error(err)
	}
	if a, err := ParseArgs(atLeast, json.RawMessage(`{"x":3000000000}`)); err != nil || a.Int("x") != 3_000_000_000 {
		t.Error(a, err)
	}
}

// TestUnknownArgumentsAreSafe shows the names of unknown arguments in part and as text.
func TestUnknownArgumentsAreSafe(t *testing.T) {
	for name, want := range map[string]string{
		strings.Repeat("a", 60): strings.Repeat("a", 60), strings.Repeat("a", 61): strings.Repeat("a", 60) + "…", "a\x1bb": "a⟨U+001B⟩b", "a" + strings.Repeat("é", 30): "a" + strings.Repeat("é", 29) + "…",
	} {
		key, err := json.Marshal(name)
		if err != nil {
			t.Fatal(err)
		}
		_, err = ParseArgs(nil, json.RawMessage(`{`+string(key)+`:1}`))
		if message := "argument " + want + ": is not an argument of this tool"; err == nil || !strings.HasPrefix(err.Error(), message) {
			t.Errorf("%q: %v", name, err)
		}
	}
}
