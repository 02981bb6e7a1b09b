package overrides

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// FuzzEdit makes a change in any text. The result is a file with one other entry at most, which the
// same change leaves as it is, or there is an error of one line.
func FuzzEdit(f *testing.F) {
	for _, text := range []string{"", "# mine\n", "segments:\n  - path: /users/me # a word\n    parameter: false\n\n# end\n",
		"segments: [{path: /users/me, parameter: false}]\nhosts: {}\n", "leave-out:\n- /x # why\n- /y\nvalues:\n",
		"values:\r\n  - at: User /email\r\n    enum:\r\n      - a\r\n      - b\r\n", `{"leave-out": ["/x"]}`,
		"components: &c\n  - component: User\n    merge: [A]\napis: []\n", "apis:\r  - title: |\r      x\rleave-out:\r  - /x\r"} {
		for kind := range Kinds {
			f.Add([]byte(text), uint8(kind), "", "User /email", "string", false)
		}
		f.Add([]byte(text), uint8(slices.Index(Kinds, LeaveOut)), "a.example", "/x", "", true)
	}
	f.Fuzz(func(t *testing.T, text []byte, kind uint8, host, at, to string, remove bool) {
		c, err := Make(Ask{Kind: Kinds[int(kind)%len(Kinds)], Host: host, At: at, To: to, Values: strings.Fields(to)})
		if err != nil {
			return
		}
		if remove {
			c = Change{Section: c.Section, Host: c.Host, Key: c.Key, Remove: true}
		}
		next, err := Edit(t.Context(), text, c)
		if err != nil {
			if strings.Contains(err.Error(), "\n") && !strings.Contains(host+at+to, "\n") {
				t.Fatalf("more than one line: %q", err)
			}
			return
		}
		old, _ := Parse(text)
		now, err := Parse(next)
		if err != nil {
			t.Fatalf("%v\n%s", err, next)
		}
		if gone := slices.DeleteFunc(List(&old), func(e Entry) bool { return slices.Contains(List(&now), e) }); len(gone) > 1 {
			t.Fatalf("%v changes %v:\n%s", c, gone, LineDiff("file", text, next))
		}
		if strings.ContainsAny(host+at+to, "\n\r\u0085\u2028\u2029") {
			return // a text of several lines is written in one of several ways
		}
		if again, err := Edit(t.Context(), next, c); !remove && (err != nil || !bytes.Equal(again, next)) {
			t.Fatalf("%v is not the same the second time, error %v:\n%s", c, err, LineDiff("file", next, again))
		}
	})
}
