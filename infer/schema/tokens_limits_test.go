package schema

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/decode"
)

// TestBrokenBodies checks what is read of bodies that are not one JSON value. An error says where,
// without text of the body, and adds nothing. Of a truncated body, what comes before the cut counts.
func TestBrokenBodies(t *testing.T) {
	for _, tt := range []struct{ name, body, whole, truncated string }{
		{"a value", `{"a":1}`, "{a: integer}", "{a: integer}"},
		{"blanks around it", " {\"a\":1}\r\n\t", "{a: integer}", "{a: integer}"},
		{"nothing", ``, "read JSON: unexpected EOF", "nothing"},
		{"blanks", ` `, "read JSON: unexpected EOF", "nothing"},
		{"two values", `{"a":1} {"b":2}`, "read JSON: more than one value", "read JSON: more than one value"},
		{"a value and a bracket", `{"a":1}}`, "read JSON: syntax error at byte 7", "{a: integer}"},
		{"an object without its end", `{"a":1`, "read JSON: syntax error at byte 6", "{}"},
		{"after a comma", `{"a":1,`, "read JSON: syntax error at byte 7", "{a: integer}"},
		{"a name without a value", `{"a":1,"b"`, "read JSON: syntax error at byte 10", "{a: integer}"},
		{"a name and a colon", `{"a":1,"b":`, "read JSON: syntax error at byte 11", "{a: integer}"},
		{"half a name", `{"a":1,"b`, "read JSON: syntax error at byte 9", "{a: integer}"},
		{"half a string", `{"a":1,"b":"c`, "read JSON: syntax error at byte 13", "{a: integer}"},
		{"half a literal", `{"a":1,"b":tru`, "read JSON: syntax error at byte 14", "{a: integer}"},
		{"half a number, perhaps", `{"a":1,"b":12`, "read JSON: syntax error at byte 13", "{a: integer}"},
		{"a list without its end", `{"a":[1,{"b":true`, "read JSON: syntax error at byte 17", "{a: [(integer | {b: boolean})]}"},
		{"no JSON", `{"a":1,secret}`, "read JSON: syntax error at byte 7", "{a: integer}"},
		{"a trailing comma", `{"a":1,}`, "read JSON: syntax error at byte 6", "{a: integer}"},
		{"no comma", `{"a":1 "b":2}`, "read JSON: syntax error at byte 7", "{a: integer}"},
		{"a control character", "{\"a\":1,\"b\":\"\x01\"}", "read JSON: syntax error at byte 12", "{a: integer}"},
		{"a number only", `17`, "integer", "integer"},
		{"a string only", `"x"`, "string", "string"},
		{"escapes in a name", `{"\u0061\"b":1}`, `{a"b: integer}`, `{a"b: integer}`},
		{"escapes after a string without", `{"x":"y","\u0061":"\n"}`, "{a: string, x: string}", "{a: string, x: string}"},
		{"a name twice", `{"a":1,"a":"x"}`, "{a: integer|string}", "{a: integer|string}"},
		{"bytes that are no UTF-8", "{\"a\xff\":1}", "{a\ufffd: integer}", "{a\ufffd: integer}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for whole, want := range map[bool]string{true: tt.whole, false: tt.truncated} {
				var f Facts
				got := "nothing"
				if err := f.AddJSON([]byte(tt.body), whole, nil); err != nil {
					got = err.Error()
					if f.Exchanges() != 0 {
						t.Errorf("%d exchanges of a body with an error", f.Exchanges())
					}
				} else if s := Decide([]Body{{Key: "k", Facts: &f}}, Policy{Inline: true}).Schemas[0]; s != nil {
					got = outlineSchema(s)
				}
				if got != want {
					t.Errorf("whole %t: got %s, want %s", whole, got, want)
				}
			}
		})
	}
	if err := new(Facts).AddJSON([]byte(`{"a":`), true, nil); err == nil || errors.Unwrap(err) == nil {
		t.Errorf("%v does not wrap its cause", err)
	}
}

// TestReaderIsReused checks that a reader leaves nothing of one body to the next, also of a large
// one.
func TestReaderIsReused(t *testing.T) {
	var r Reader
	large := "[" + strings.Repeat(`{"a":1},`, maxRetainedTokens) + `{"b":"\n"}]`
	for _, tt := range []struct{ body, want string }{
		{`{"c":[1,2,{"d":null}]}`, "{c: [(integer | {d: any?})]}"},
		{large, "[{a: integer, b: string}]"},
		{`{"e":"x"}`, "{e: string}"},
	} {
		var f Facts
		if err := r.AddJSON(&f, []byte(tt.body), true, nil); err != nil {
			t.Fatal(err)
		}
		if cap(r.tokens) > maxRetainedTokens {
			t.Errorf("%d tokens are kept", cap(r.tokens))
		}
		if got := outlineSchema(Decide([]Body{{Key: "k", Facts: &f}}, Policy{Inline: true}).Schemas[0]); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}

// recorder is an observer that writes down what it is told.
type recorder struct {
	how  RepeatReport
	told []string
}

type recordedPosition struct {
	r    *recorder
	name string
}

func (p *recordedPosition) Count(n int) {
	p.r.told = append(p.r.told, fmt.Sprintf("count %s %d", p.name, n))
}

func (r *recorder) Position(field, owner string, item bool) Position {
	name := owner + "." + field
	if item {
		name += "[]"
	}
	r.told = append(r.told, "position "+name)
	return &recordedPosition{r, name}
}

func (r *recorder) Hides(string, string, bool, []byte) bool { return false }

func (r *recorder) Scalar(p Position, kind Kind, text []byte, _ uint64) RepeatReport {
	r.told = append(r.told, fmt.Sprintf("scalar %s %s %s", p.(*recordedPosition).name, kindText(kind), text))
	return r.how
}

func (r *recorder) Repeat(p *Position, _ RepeatReport, kind Kind, text []byte, _ uint64) {
	r.told = append(r.told, fmt.Sprintf("repeat %s %s %s", (*p).(*recordedPosition).name, kindText(kind), text))
}

func (r *recorder) Key(name string) { r.told = append(r.told, "key "+name) }

// TestObserver checks what an observer learns of bodies, and how of values that repeat.
func TestObserver(t *testing.T) {
	first := []string{"key id", "position .id", "scalar .id integer 7", "key of", "key name",
		"position of.name", `scalar of.name string a"b`, "key tags", "position .tags[]", "scalar .tags[] string x"}
	for how, want := range map[RepeatReport][]string{
		ReportScalar: {"scalar .tags[] string x", "scalar .id integer 7", `scalar of.name string a"b`,
			"scalar .tags[] string x", "scalar .tags[] string x", "scalar .id integer 8"},
		ReportNothing: {"scalar .id integer 8"},
		ReportRepeat: {"repeat .tags[] string x", "repeat .id integer 7", `repeat of.name string a"b`, "repeat .tags[] string x",
			"repeat .tags[] string x", "scalar .id integer 8"},
		ReportCounted: {"repeat .tags[] string x", "repeat .id integer 7", `repeat of.name string a"b`, "repeat .tags[] string x",
			"repeat .tags[] string x", "count .id 1", "scalar .id integer 8", "count of.name 1", "count .tags[] 3"},
	} {
		r := &recorder{how: how}
		var f Facts
		body := `{"id":7,"of":{"name":"a\"b"},"tags":["x","x"],"n":1.5,"b":true,"z":null}`
		for _, b := range []string{body, body, `{"id":8}`} {
			if err := f.AddJSON([]byte(b), true, r); err != nil {
				t.Fatal(err)
			}
		}
		f.Settle()
		var got []string
		for _, x := range r.told {
			if x != "key n" && x != "key b" && x != "key z" {
				got = append(got, x)
			}
		}
		if all := append(slices.Clone(first), want...); !slices.Equal(got, all) {
			t.Errorf("reports %d:\ngot  %q\nwant %q", how, got, all)
		}
		if keys := len(r.told) - len(got); keys != 3 {
			t.Errorf("%d of three more names were reported", keys)
		}
	}
}

// TestFormLimits checks how deep brackets nest, which names are indexes, and how many fields count.
func TestFormLimits(t *testing.T) {
	brackets := func(n int) string { return "a" + strings.Repeat("[b]", n) }
	for _, tt := range []struct {
		name   string
		fields []Field
		want   string
	}{
		{"eleven brackets", []Field{{Name: brackets(11), Value: "x"}}, "{a: " + strings.Repeat("{b: ", 11) + "string" + strings.Repeat("}", 12)},
		{"twelve brackets", []Field{{Name: brackets(12), Value: "x"}}, "{*: string}"},
		{"an index of four digits", []Field{{Name: "a[9999]", Value: "x"}}, "{a: [string]}"},
		{"of five", []Field{{Name: "a[99999]", Value: "x"}}, "{a: {*: string}}"},
		{"JSON in a part", []Field{{Name: "a", Value: ` {"b":[1]}`, JSON: true}}, "{a: {b: [integer]}}"},
		{"text that looks like JSON", []Field{{Name: "a", Value: `{"b":1}`}}, "{a: string}"},
		{"a list in a part", []Field{{Name: "a", Value: `[1]`, JSON: true}}, "{a: string}"},
		{"broken JSON in a part", []Field{{Name: "a", Value: `{"b":`, JSON: true}}, "{a: string}"},
		{"JSON beside text", []Field{{Name: "t", Value: "x"}, {Name: "a", Value: `{"b":"c"}`, JSON: true}, {Name: "z", File: true}},
			"{a: {b: string}, t: string, z: string(binary)}"},
		{"two files", []Field{{Name: "a", File: true}, {Name: "a", File: true}}, "{a: [string(binary)]}"},
		{"three values", []Field{{Name: "a", Value: "x"}, {Name: "a", Value: "y"}, {Name: "a", Value: "z"}}, "{a: [string]}"},
		{"a list of lists", []Field{{Name: "a[0][0]", Value: "x"}, {Name: "a[0][1]", Value: "y"}, {Name: "a[1][0]", Value: "y"}}, "{a: [[string]]}"},
		{"a name that goes on after brackets", []Field{{Name: "a[b]c", Value: "x"}}, "{a[b]c: string}"},
		{"brackets in brackets", []Field{{Name: "a[b[c]]", Value: "x"}}, "{a[b[c]]: string}"},
		{"no name", []Field{{Name: "", Value: "x"}}, "{*: string}"},
		{"no fields", nil, "{}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var f Facts
			f.AddForm(tt.fields, nil)
			if f.Exchanges() != 1 {
				t.Errorf("%d exchanges", f.Exchanges())
			}
			s := Decide([]Body{{Key: "k", Role: Request, Form: true, Facts: &f}}, Policy{Inline: true}).Schemas[0]
			if got := outlineSchema(s); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	many := make([]Field, maxFormFields+1)
	for i := range many {
		many[i] = Field{Name: "a", Value: "x"}
	}
	many[maxFormFields-1].Name, many[maxFormFields].Name = "last", "more"
	var f Facts
	f.AddForm(many, nil)
	s := Decide([]Body{{Key: "k", Role: Request, Form: true, Facts: &f}}, Policy{Inline: true}).Schemas[0]
	if got, want := outlineSchema(s), "{a: [string], last: string}"; got != want {
		t.Errorf("10,001 fields: got %s, want %s", got, want)
	}
}

// TestParts checks bodies of unnamed parts.
func TestParts(t *testing.T) {
	var f Facts
	new(Reader).AddParts(&f, []Field{{Value: "a \"b\"\n"}, {Value: `{"c":1}`, JSON: true}, {Value: `{`, JSON: true},
		{File: true}, {Value: "\xff"}}, nil)
	s := Decide([]Body{{Key: "k", Role: Request, Facts: &f}}, Policy{Inline: true}).Schemas[0]
	if got, want := outlineSchema(s), "[(string(binary) | {c: integer})]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, tt := range []struct {
		parts []Field
		want  string
	}{
		{[]Field{{File: true}, {File: true}}, "[string(binary)]"},
		{[]Field{{Value: "a"}, {Value: `{`, JSON: true}}, "[string]"},
		{[]Field{{Value: "1", JSON: true}}, "[integer]"},
		{nil, "[]"},
	} {
		var f Facts
		new(Reader).AddParts(&f, tt.parts, nil)
		s := Decide([]Body{{Key: "k", Role: Request, Facts: &f}}, Policy{Inline: true}).Schemas[0]
		if got := outlineSchema(s); got != tt.want {
			t.Errorf("%v: got %s, want %s", tt.parts, got, tt.want)
		}
	}
}

// TestPartLimit checks that 10,000 parts of a body count.
func TestPartLimit(t *testing.T) {
	parts := make([]Field, maxFormFields+1)
	for i := range parts {
		parts[i].Value = "x"
	}
	parts[maxFormFields-1], parts[maxFormFields] = Field{Value: "1", JSON: true}, Field{Value: "true", JSON: true}
	var f Facts
	new(Reader).AddParts(&f, parts, nil)
	s := Decide([]Body{{Key: "k", Role: Request, Facts: &f}}, Policy{Inline: true}).Schemas[0]
	if got, want := outlineSchema(s), "[integer|string]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestXML checks how elements become properties: those with text only are that text, empty ones are
// null, and children are always lists.
func TestXML(t *testing.T) {
	for _, tt := range []struct{ name, document, want string }{
		{"text", `<a>x</a>`, "{a: [string]}"},
		{"an empty element", `<a/>`, "{a: [any?]}"},
		{"attributes", `<a size="3" note=""/>`, "{a: [{@note: any?, @size: integer}]}"},
		{"attributes and text", `<a size="big">x</a>`, "{a: [{#: string, @size: string}]}"},
		{"no declarations of namespaces", `<a xmlns="urn:x">x</a>`, "{a: [string]}"},
		{"children", `<a><b>x</b><c/><b>y</b></a>`, "{a: [{b: [string], c: [any?]}]}"},
		{"children below children", `<a><b><c>x</c></b><b><d>y</d></b></a>`, "{a: [{b: [{c: [string], d: [string]}]}]}"},
		{"text beside children", `<a>x<b>y</b></a>`, "{a: [{#: string, b: [string]}]}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root, err := decode.XML([]byte(tt.document), true)
			if err != nil {
				t.Fatal(err)
			}
			var f Facts
			new(Reader).AddXML(&f, root, true, nil)
			s := Decide([]Body{{Key: "k", Facts: &f}}, Policy{Inline: true, NoMaps: true}).Schemas[0]
			if got := outlineSchema(s); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestCodecLimits checks that facts at their limits can be read again.
func TestCodecLimits(t *testing.T) {
	tags := make([]string, maxTags)
	for i := range tags {
		tags[i] = fmt.Sprintf(`{"type":"event_%c","x":%d}`, 'a'+i, i)
	}
	var words []string
	for i := range maxValues {
		words = append(words, fmt.Sprintf(`"word_%c%c"`, 'a'+i%26, 'a'+i/26))
	}
	for name, body := range map[string]string{
		"tags":           "[" + strings.Join(tags, ",") + "]",
		"one more tag":   "[" + strings.Join(tags, ",") + `,{"type":"other","x":1}]`,
		"values":         "[" + strings.Join(words, ",") + "]",
		"one more value": "[" + strings.Join(words, ",") + `,"other"]`,
		"properties":     members(maxProperties, "of_%c%cx", "1"),
		"depth":          strings.Repeat(`{"a":[`, maxDepth) + strings.Repeat(`]}`, maxDepth),
		"numbers":        `[9223372036854775807,-9223372036854775808,12345678901234567890,0.5]`,
	} {
		var f, g Facts
		if err := f.AddJSON([]byte(body), true, nil); err != nil {
			t.Fatal(err)
		}
		if err := g.UnmarshalBinary(encode(t, &f)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if string(encode(t, &f)) != string(encode(t, &g)) {
			t.Errorf("%s: facts differ", name)
		}
	}
}
