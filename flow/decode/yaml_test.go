package decode_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

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

func TestYAMLErrors(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'h'; c++ {
		bomb += string(c) + ": &" + string(c) + " [" +
			strings.TrimSuffix(strings.Repeat("*"+string(c-1)+",", 11), ",") + "]\n"
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
