package decode_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/flow/decode"
)

func TestYAML(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"block", "a: 1\nb:\n  - x\n  - 2.50\nc: ~\nd: yes\n", `{"a":1,"b":["x",2.50],"c":null,"d":"yes"}`},
		{"flow", "{a: [1, 'b'], c: true}", `{"a":[1,"b"],"c":true}`},
		{"numbers to the letter", "[9007199254740993, 1.10, 0x1F, 1_000, +3, 0o14]", `[9007199254740993,1.10,31,1000,3,12]`},
		{"quoted is text", `[ "1.10", '2' ]`, `["1.10","2"]`},
		{"date is text", "2024-01-01T10:00:00Z", `"2024-01-01T10:00:00Z"`},
		{"alias", "a: &x {k: 1}\nb: *x\n", `{"a":{"k":1},"b":{"k":1}}`},
		{"merge: own keys win, the first of several", "a: &x {k: 1, l: 2}\nb: &y {k: 3, m: 4}\nc:\n  <<: [*x, *y]\n  l: 5\n", `{"a":{"k":1,"l":2},"b":{"k":3,"m":4},"c":{"k":1,"m":4,"l":5}}`},
		{"several", "---\na: 1\n---\nb: 2\n...\n", "{\"a\":1}\n{\"b\":2}"},
		{"nothing", "# only a comment\n", ""},
		{"number as key", "200: ok\n", `{"200":"ok"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			texts, err := decode.YAML([]byte(tt.in), true)
			if got := string(bytes.Join(texts, []byte("\n"))); got != tt.want || err != nil {
				t.Errorf("%s: %s, %v; want %s", tt.name, got, err, tt.want)
			}
		})
	}
}

// TestYAMLMessages checks what errors name, and that texts before one are returned.
func TestYAMLMessages(t *testing.T) {
	long := strings.Repeat("k", 60)
	for _, tt := range []struct{ in, want string }{
		{"a: 1\nb:\n  c: 1\n  c: 2\n", `line 4: duplicate key "c"`},
		{long + ": 1\n" + long + ": 2\n", `line 2: duplicate key "` + long + `"`},
		{long + "k: 1\n" + long + "k: 2\n", `line 2: duplicate key "` + long + `…"`},
		{"a: 1\n? [b]\n: 2\n", "line 2: keys must be scalars: not representable in JSON"},
		{"a: 1\nb: .nan\n", "line 2: a number that is not finite: not representable in JSON"},
		{"a: 1\nb: -.inf\n", "line 2: a number that is not finite: not representable in JSON"},
		{"a: {<<: x}\n", "line 1: only a mapping can be merged"},
		{"x: &x 1\na: {<<: *x}\n", "line 1: only a mapping can be merged"},
		{"x: &x {k: 1}\na:\n  <<: [*x, 2]\n", "line 3: only a mapping can be merged"},
		{"a: !!bool 7\n", "line 1: not a boolean"},
		{"a: !!int x\n", "line 1: not a number"},
		{"a: &x\n  <<: *x\n", "line 1: an alias contains itself: not representable in JSON"},
	} {
		texts, err := decode.YAML([]byte("first: 1\n---\n"+tt.in), true)
		if err != nil && len(texts) == 1 && string(texts[0]) == `{"first":1}` {
			texts, err = decode.YAML([]byte(tt.in), true)
		}
		if err == nil || err.Error() != tt.want || len(texts) != 0 {
			t.Errorf("%q: %q, %v, want %s", tt.in, texts, err, tt.want)
		}
	}
	for in, want := range map[string]string{
		"a: &x {k: 1}\nb:\n  m: 2\n  <<: *x\n": `{"a":{"k":1},"b":{"k":1,"m":2}}`, "a: {<<: [{x: 1}, {x: 2, y: 3}]}": `{"a":{"x":1,"y":3}}`,
		"a: {<<: {x: 1}, <<: {x: 2, y: 2}}": `{"a":{"x":1,"y":2}}`, "[true, False, null, ~, '', +1.5, -0x10]": `[true,false,null,null,"",1.5,-16]`,
		"&x [1, *x2]": "", "a: {<<: []}": `{"a":{}}`, "- [a, b]\n- {}\n- []": `[["a","b"],{},[]]`,
	} {
		texts, _ := decode.YAML([]byte(in), true)
		if got := string(bytes.Join(texts, nil)); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

// TestYAMLNode converts a part of a document.
func TestYAMLNode(t *testing.T) {
	var n yaml.Node
	if err := yaml.Unmarshal([]byte("a: [1, x]\nb: .inf\n"), &n); err != nil {
		t.Fatal(err)
	}
	members := n.Content[0].Content
	if got, err := decode.YAMLNode(members[1]); string(got) != `[1,"x"]` || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
	if _, err := decode.YAMLNode(&n); !errors.Is(err, decode.ErrNotJSON) {
		t.Errorf("with a number that is not finite: %v", err)
	}
}

// TestStopEarly reads the first of several values only.
func TestStopEarly(t *testing.T) {
	for e := range decode.Events([]byte("data: 1\n\ndata: 2\n\n")) {
		if string(e.Data) != "1" {
			t.Errorf("after the end: %q", e.Data)
		}
		break
	}
	for line := range decode.JSONLines([]byte("1\n2\n")) {
		if string(line) != "1" {
			t.Errorf("after the end: %q", line)
		}
		break
	}
}

func TestYAMLErrors(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'h'; c++ {
		bomb += string(c) + ": &" + string(c) + " [" +
			strings.TrimSuffix(strings.Repeat("*"+string(c-1)+",", 11), ",") + "]\n"
	}
	merges := "x0: &x0 {k: 1}\n"
	for i := range 40 {
		merges += fmt.Sprintf("x%d: &x%d {<<: [*x%d, *x%d]}\n", i+1, i+1, i, i)
	}
	for _, tt := range []struct {
		name, in string
		notJSON  bool
	}{
		{"bracket", "a: [1\nb: }", false},
		{"twice", "a: 1\na: 2\n", false},
		{"unknown alias", "a: *x\n", false},
		{"not finite", "a: .inf\n", true},
		{"not a number", "[.nan]", true},
		{"mapping as key", "? {a: 1}\n: b\n", true},
		{"bomb", bomb, true},
		{"bomb of text", "a: &a " + strings.Repeat("x", 1<<20) + "\nb: [" + strings.Repeat("*a,", 100_000) + "]\n", true},
		{"bomb of merges", merges, true},
		{"merge into itself", "a: &x\n  <<: *x\n", true},
		{"merge of a scalar", "a: {<<: 1}\n", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := decode.YAML([]byte(tt.in), true); err == nil || errors.Is(err, decode.ErrNotJSON) != tt.notJSON {
				t.Errorf("%s: %v", tt.name, err)
			}
		})
	}
}

// TestYAMLTruncated truncates a stream at any byte: the output is a prefix of the whole output,
// without partial values.
func TestYAMLTruncated(t *testing.T) {
	doc := "name: web-1\nreplicas: 12\nlabels:\n  app: \"web #1\"\n  text: |\n    two\n    lines\nports:\n  - port: 80\n    on: true\n  - port: 443\n---\nnext: {a: [1, 22], b: x}\nlast: 7.25\n"
	whole, err := decode.YAML([]byte(doc), true)
	if err != nil || len(whole) != 2 {
		t.Fatal(whole, err)
	}
	for n := range len(doc) {
		texts, err := decode.YAML([]byte(doc[:n]), false)
		if err != nil || len(texts) > 2 {
			t.Fatalf("cut at %d: %v", n, err)
		}
		for i, text := range texts {
			if !bytes.HasPrefix(whole[i], text) {
				t.Errorf("cut at %d: %s is no beginning of %s", n, text, whole[i])
			}
		}
		if n > 60 && len(texts) == 0 {
			t.Errorf("cut at %d gives nothing", n)
		}
	}
}

func TestEvents(t *testing.T) {
	stream := "\xef\xbb\xbf: hello\n\nid: 1\nevent: made\ndata: {\"a\":\ndata: 1}\n\nevent: empty\n\ndata:x\r\n\r\ndata: cr\r\rretry: 5\n\ndata\ndata:\ndata: b\r\n\r\ndata:  two\r\rdata: open"
	var got []string
	for e := range decode.Events([]byte(stream)) {
		got = append(got, e.Type+"|"+string(e.Data)+"|"+map[bool]string{true: "whole", false: "cut"}[e.IsComplete])
	}
	want := []string{"made|{\"a\":\n1}|whole", "|x|whole", "|cr|whole", "|\n\nb|whole", "| two|whole", "|open|cut"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestJSONLines(t *testing.T) {
	var got []string
	for line, whole := range decode.JSONLines([]byte("\x1e{\"a\":1}\n\r\n{}\r\n[1")) {
		got = append(got, string(line)+map[bool]string{true: "", false: "…"}[whole])
	}
	if !slices.Equal(got, []string{`{"a":1}`, "{}", "[1…"}) {
		t.Errorf("got %q", got)
	}
}

func FuzzYAML(f *testing.F) {
	f.Add([]byte("a: &x [1, *x]\n"), true)
	f.Add([]byte("a: {<<: *a}\n---\n- |\n  x\n"), false)
	f.Add([]byte("? [a]\n: b"), false)
	f.Fuzz(func(t *testing.T, data []byte, complete bool) {
		texts, err := decode.YAML(data, complete)
		for i, text := range texts {
			if whole := complete || i < len(texts)-1; whole && (err == nil || i < len(texts)-1) &&
				!json.Valid(text) && !jsontext.Value(text).IsValid(jsontext.AllowDuplicateNames(true)) {
				t.Errorf("not JSON: %q", text)
			}
		}
	})
}

// TestYAMLMergesOfMerges checks that mappings of which each merges the one before count for each
// level: the time grows with the third power of their number.
func TestYAMLMergesOfMerges(t *testing.T) {
	chain := func(n int) []byte {
		b := []byte("a0: &a0 {k0: 1}\n")
		for i := 1; i < n; i++ {
			b = fmt.Appendf(b, "a%d: &a%d {<<: *a%d, k%d: 1}\n", i, i, i-1, i)
		}
		return b
	}
	if _, err := decode.YAML(chain(100), true); err != nil {
		t.Errorf("100: %v", err)
	}
	if _, err := decode.YAML(chain(500), true); !errors.Is(err, decode.ErrNotJSON) {
		t.Errorf("500: %v", err)
	}
}
