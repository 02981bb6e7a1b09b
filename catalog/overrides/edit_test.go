package overrides

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"

	"github.com/spectap/spectap/internal/test/must"
)

var update = flag.Bool("update", false, "write the golden files")

// TestGolden makes each change of "asks" in the file "before". "changes" has what differs then.
func TestGolden(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.txtar")
	if len(files) == 0 {
		t.Fatal("no golden files")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar := must.Get(txtar.ParseFile(file))
			before, asks := ar.Files[0].Data, strings.TrimSpace(string(ar.Files[1].Data))
			must.Get(Parse(before))
			var b strings.Builder
			for line := range strings.SplitSeq(asks, "\n") {
				b.WriteString(line + "\n" + changed(t, before, line))
			}
			if *update {
				ar.Files[2].Data = []byte(b.String())
				must.Do(t, os.WriteFile(file, txtar.Format(ar), 0o644))
			}
			if got := b.String(); got != string(ar.Files[2].Data) {
				t.Errorf("got:\n%s\nwant:\n%s", got, ar.Files[2].Data)
			}
		})
	}
}

// changed returns what differs after an ask or a removal, or the error.
func changed(t *testing.T, before []byte, line string) string {
	t.Helper()
	var c Change
	var a Ask
	must.Do(t, json.Unmarshal([]byte(line), &a))
	c, err := Make(a)
	if section, key, ok := strings.Cut(a.At, ": "); a.Kind == "remove" && ok {
		c, err = Change{Section: section, Host: a.Host, Key: key, Remove: true}, nil
	}
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	after, err := Edit(t.Context(), before, c)
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	again, err := Edit(t.Context(), after, c)
	if err == nil && !bytes.Equal(again, after) && !c.Remove {
		t.Errorf("%s is not the same the second time:\n%s", line, LineDiff("file", after, again))
	}
	return LineDiff("file", before, after)
}

// asks draws a request that is valid.
func asks() *rapid.Generator[Ask] {
	paths := rapid.SampledFrom([]string{"/users/me", "/shops/{shop}", "/a/*", "/v1/users/{id}/posts"})
	ops := rapid.SampledFrom([]string{"GET /users", "DELETE /users/{id}", "POST /graphql#Query"})
	places := rapid.SampledFrom([]string{"User /email", "User /a~1b/*", "GET /users query limit", "POST /users request", "GET /users response 200 /0/id"})
	texts := rapid.SampledFrom([]string{"plain", "two words", "a: b # c", "lines\nof text", "- x", "null", "2020-01-01", "é “q” 'q' \"q\"", "[x]", "\u202eevil", "\ttab"})
	names := rapid.SampledFrom([]string{"User", "Account", "x.y-z_1", "null", "on"})
	return rapid.Custom(func(t *rapid.T) Ask {
		a := Ask{Kind: rapid.SampledFrom(Kinds).Draw(t, "kind"), Host: rapid.SampledFrom([]string{"", "", "api.example.com"}).Draw(t, "host")}
		switch a.Kind {
		case Parameter, Literal:
			a.At = paths.Draw(t, "at")
		case LeaveOut:
			a.At = rapid.OneOf(paths, ops, rapid.Just("/x/**")).Draw(t, "at")
		case Rename:
			a.At, a.To = rapid.OneOf(rapid.Just("/shops/{shop}"), ops, names).Draw(t, "at"), names.Draw(t, "to")
		case Merge:
			a.At, a.Values = "User", []string{"Account", names.Draw(t, "with")}
		case HostOf:
			a.At, a.To, a.Host = rapid.SampledFrom([]string{"a.example", "b.example:8080"}).Draw(t, "at"), "api.example.com", ""
		case Title:
			a.To = texts.Draw(t, "text")
		case Summary:
			a.At, a.To = ops.Draw(t, "at"), texts.Draw(t, "text")
		case Describe:
			a.At, a.To = rapid.OneOf(rapid.Just(""), ops, places, names).Draw(t, "at"), texts.Draw(t, "text")
		case Type:
			a.At, a.To = places.Draw(t, "at"), rapid.SampledFrom([]string{"string", "integer", "any"}).Draw(t, "to")
		case Split:
			a.At, a.To = "User /owner", names.Draw(t, "to")
		case Format:
			a.At, a.To = places.Draw(t, "at"), names.Draw(t, "to")
		default:
			a.At, a.Values = places.Draw(t, "at"), []string{texts.Draw(t, "value"), "b"}
		}
		return a
	})
}

// In any order of changes, the file stays valid, has each of them, and keeps the entries and the
// comments that it had. Removing the entry of the last one restores the file.
func TestEditLaw(t *testing.T) {
	beginnings := []string{"", "# mine\n", "segments:\n  - path: /users/me # a word\n    parameter: false\n\n# end\n",
		"segments: [{path: /users/me, parameter: false}]\nhosts: {}\n", "leave-out:\n- /x # why\n- /y\nvalues:\n",
		"values:\r\n  - at: User /email\r\n    enum:\r\n      - a\r\n      - b\r\n", `{"leave-out": ["/x"]}`}
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(rapid.SampledFrom(beginnings).Draw(t, "file"))
		comments := strings.Count(string(text), "#")
		for range rapid.IntRange(1, 8).Draw(t, "changes") {
			a := asks().Draw(t, "ask")
			c, err := Make(a)
			if err != nil {
				t.Fatalf("%+v: %v", a, err)
			}
			old := must.Get(Parse(text))
			next, err := Edit(t.Context(), text, c)
			if err != nil {
				if strings.Contains(err.Error(), "only parameters have names") {
					continue
				}
				t.Fatalf("%+v on\n%s\n%v", a, text, err)
			}
			if n := strings.Count(string(next), "#"); n < comments {
				t.Fatalf("%+v loses a comment:\n%s", a, LineDiff("file", text, next))
			}
			if bytes.ContainsRune(next, '\u202e') {
				t.Fatalf("%+v writes a character that does not show:\n%s", a, next)
			}
			now := must.Get(Parse(next))
			gone := slices.DeleteFunc(List(&old), func(e Entry) bool { return slices.Contains(List(&now), e) })
			if len(gone) > 1 {
				t.Fatalf("%+v changes %v:\n%s", a, gone, LineDiff("file", text, next))
			}
			if len(gone) == 0 && len(List(&now)) == len(List(&old))+1 {
				back := must.Get(Edit(t.Context(), next, Change{Section: c.Section, Host: c.Host, Key: c.Key, Remove: true}))
				if was, err := Parse(back); err != nil || !reflect.DeepEqual(List(&was), List(&old)) {
					t.Fatalf("%+v: removal leaves\n%s\nof\n%s\n%v", a, back, text, err)
				}
			}
			text = next
		}
	})
}
