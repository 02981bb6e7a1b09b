package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestMembers(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     string // members as name=value, or "-" if it is no object
	}{
		{"empty", ` {} `, ""},
		{"spaces", " \n{ \"a\" :\t1 , \"b\" : [ 2 ] } ", "a=1 b=[ 2 ]"},
		{"nested", `{"a":{"b":"}"},"c":"\"x"}`, `a={"b":"}"} c="\"x"`},
		{"escaped name", `{"\u0061\"":1}`, `a"=1`},
		{"name that is no text", "{\"a\xff\":1}", "a\ufffd=1"},
		{"same name", `{"a":1,"a":2}`, "a=2"},
		{"array", `[1]`, "-"},
		{"null", `null`, "-"},
		{"nothing", ``, "-"},
		{"spaces alone", "  ", "-"},
		{"name without end", `{"a`, "-"},
		{"bad escape", `{"\x":1}`, "-"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, ok := membersOf([]byte(tt.in))
			got := "-"
			if ok {
				var parts []string
				for _, k := range slices.Sorted(maps.Keys(m)) {
					parts = append(parts, k+"="+string(m[k]))
				}
				got = strings.Join(parts, " ")
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if !ok {
				return
			}
			var before, after any
			if json.Unmarshal([]byte(tt.in), &before) != nil || json.Unmarshal(m.object(), &after) != nil {
				t.Fatalf("written as %s", m.object())
			}
			if fmt.Sprint(before) != fmt.Sprint(after) {
				t.Errorf("written as %s", m.object())
			}
		})
	}
}

func TestElements(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"empty", ` [] `, ""},
		{"several", `[ 1 , "],[" ,{"a":[]},[ 2 ]]`, `1|"],["|{"a":[]}|[ 2 ]`},
		{"object", `{}`, "-"},
		{"nothing", ``, "-"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list, ok := elementsOf([]byte(tt.in))
			got := "-"
			if ok {
				var parts []string
				for _, e := range list {
					parts = append(parts, string(e))
				}
				got = strings.Join(parts, "|")
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestTake checks that an object loses its members except extensions.
func TestTake(t *testing.T) {
	m, _ := membersOf([]byte(`{"paths":{"/a":1,"x-y":2,"X-z":3},"n":null}`))
	inner := m.take("paths")
	if got := string(inner.object()); got != `{"/a":1,"X-z":3}` {
		t.Errorf("took %s", got)
	}
	if got := string(m.object()); got != `{"n":null,"paths":{"x-y":2}}` {
		t.Errorf("left %s", got)
	}
	for _, key := range []string{"n", "missing"} {
		if m.take(key) != nil || !bytes.Contains(m.object(), []byte(`"n":null`)) {
			t.Errorf("took %s", key)
		}
	}
}

func TestAreObjects(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want bool
	}{{`[]`, true}, {`[{}, {"a":1}]`, true}, {`[{},1]`, false}, {`[true]`, false}, {`[[]]`, false}} {
		list, _ := elementsOf([]byte(tt.in))
		m := members{}
		for i, e := range list {
			m[fmt.Sprint(i)] = e
		}
		if areObjects(list) != tt.want || m.areObjects() != tt.want {
			t.Errorf("%s: %v, as members %v", tt.in, areObjects(list), m.areObjects())
		}
	}
	for in, want := range map[string]bool{"": false, " ": false, "\t\r\n{": true, "x{": false} {
		if isObject([]byte(in)) != want {
			t.Errorf("%q is an object: %v", in, !want)
		}
	}
}

func TestDigits(t *testing.T) {
	for _, tt := range []struct {
		in   string
		long bool // has 16 digits in a row
		lost bool // a float64 has other digits
	}{
		{"123456789012345", false, false},
		{"1234567890123456", true, false},
		{"12345678.90123456", true, false},
		{"12345678x90123456", false, false},
		{"9007199254740992", true, false},
		{"9007199254740993", true, true},
		{"-9007199254740993", true, true},
		{"9007199254740993e-300", true, true},
		{"0.1", false, false},
		{"0.10000000000000000000", true, false},
		{"0.10000000000000000001", true, true},
		{"1e400", false, false},
		{"1e401", false, false},
		{`"9007199254740993"`, true, false},
		{`[1,[9007199254740993]]`, true, true},
		{`{"a":{"b":9007199254740993}}`, true, true},
		{`{"a":[true,null,1.5]}`, false, false},
	} {
		t.Run(tt.in, func(t *testing.T) {
			if got := hasLongNumber([]byte(tt.in)); got != tt.long {
				t.Errorf("it has a long number: %v", got)
			}
			if tt.in == "12345678x90123456" {
				return
			}
			v, err := parseJSON([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if got := losesDigits(v); got != tt.lost {
				t.Errorf("it loses digits: %v", got)
			}
		})
	}
}

func TestModest(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     bool
	}{
		{"number", "1.5", true},
		{"400 digits", strings.Repeat("9", 400), true},
		{"401 digits", strings.Repeat("9", 401), false},
		{"exponent of 400", "1e400", true},
		{"exponent of 401", "1E+401", false},
		{"exponent of -400", "1e-400", true},
		{"exponent of -401", "1e-401", false},
		{"exponent of many digits", "1e99999999999999999999", false},
		{"in a list", "[1,1e401]", false},
		{"in an object", `{"a":1e401}`, false},
		{"text", `"1e401"`, true},
		{"modest ones", `{"a":[1,true,null]}`, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, err := parseJSON([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if got := areModest(v); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
