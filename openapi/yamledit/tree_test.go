package yamledit

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/internal/visible"
)

func TestPosition(t *testing.T) {
	const y = "openapi: 3.1.0\npaths:\n  /a/{b}:\n    get:\n      tags: [x, y]\n"
	const j = "{\n\t\"openapi\": \"3.1.0\",\n  \"paths\": {\"/a/{b}\": {\n    \"get\": {\"é\": 1, \"tags\": [\"x\", \"\\ud83d\\ude00\"]}\n}}}"
	for _, tt := range []struct {
		data, pointer string
		line, column  int
	}{
		{y, "", 1, 1},
		{y, "/paths", 2, 1},
		{y, "/paths/~1a~1{b}/get", 4, 5},
		{y, "/paths/~1a~1{b}/get/tags/0", 5, 14},
		{y, "/paths/~1a~1{b}/get/tags/1", 5, 17},
		{y, "/paths/~1a~1{b}/get/nothing/more", 4, 5},
		{y, "/paths/~1a~1{b}/get/tags/x", 5, 7},
		{y, "/paths/~1a~1{b}/get/tags/-1", 5, 7},
		{y, "/paths/~1a~1{b}/get/tags/2", 5, 7},
		{y, "/openapi/x", 1, 1},
		{j, "/openapi", 2, 2},
		{j, "/paths/~1a~1{b}", 3, 13},
		{j, "/paths/~1a~1{b}/get", 4, 5},
		{j, "/paths/~1a~1{b}/get/tags/1", 4, 35},
	} {
		t.Run(fmt.Sprintf("%s in %.10q", tt.pointer, tt.data), func(t *testing.T) {
			tree := must.Get(Parse(t.Context(), []byte(tt.data)))
			if l, c := tree.Position(tt.pointer); l != tt.line || c != tt.column {
				t.Errorf("%d:%d, want %d:%d", l, c, tt.line, tt.column)
			}
		})
	}
}

// TestParseRefuses takes nothing but one mapping.
func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"", " \n", "[{}]", "[1]", `"a"`, "1", "null", "- a: 1", "# c", "a"} {
		if tree, err := Parse(t.Context(), []byte(text)); !errors.Is(err, ErrNotObject) || tree != nil {
			t.Errorf("%q: %v, %v", text, tree, err)
		}
	}
	for _, text := range []string{"{", "a: [", "a: 1\n b: 2", "\t- a"} {
		if _, err := Parse(t.Context(), []byte(text)); err == nil || errors.Is(err, ErrNotObject) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if tree, err := Parse(t.Context(), []byte("\xef\xbb\xbf \t\r\n{}")); err != nil || !tree.IsJSON() {
		t.Errorf("a mark of the byte order and white space: %v", err)
	}
}

// Texts that hide or act on a terminal are written as escapes, wherever they stand.
func TestEncodeShowsWhatHides(t *testing.T) {
	for _, hidden := range []string{"\u202e", "\u200b", "\u061c", "\u00ad", "\ufeff", "\u2066", "\U000e0041", "\u202e\U000e0041"} {
		checkShown(t, "# c"+hidden+"\na: \"x\\u202E\\u200b\\e[31m\"\nb: plain"+hidden+"\nc: |\n  first"+hidden+"\n  second\n"+
			"d"+hidden+": ['q"+hidden+"', !!str t"+hidden+"]\n")
	}
}

func checkShown(t *testing.T, text string) {
	t.Helper()
	tree := must.Get(Parse(t.Context(), []byte(text)))
	out := must.Get(tree.Encode())
	if visible.Text(string(out)) != string(out) {
		t.Errorf("it hides: %q", out)
	}
	var got, want any
	if err := errors.Join(yaml.Unmarshal(out, &got), yaml.Unmarshal([]byte(text), &want)); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestWriteOutIsBounded refuses aliases of a small text that expand to ten million nodes.
func TestWriteOutIsBounded(t *testing.T) {
	text := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'h'; c++ {
		text += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.Repeat(fmt.Sprintf("*%c,", c-1), 10))
	}
	tree := must.Get(Parse(t.Context(), []byte(text)))
	if err := WriteOut(tree.Root); err == nil || !strings.Contains(err.Error(), "expand to too much") {
		t.Errorf("got %v", err)
	}
}

// TestEncodeFolded writes folded texts whose style would change them.
func TestEncodeFolded(t *testing.T) {
	for _, text := range []string{"a: >\n  b\n\n   c\n  d\n", "a: >+\n  b\n  c\n\n\nd: 1\n"} {
		tree := must.Get(Parse(t.Context(), []byte(text)))
		want := must.Get(Data(tree.Root))
		if got := must.Get(Data(must.Get(Parse(t.Context(), must.Get(tree.Encode()))).Root)); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
