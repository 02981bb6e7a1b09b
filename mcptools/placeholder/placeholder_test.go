package placeholder

import (
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/openapi/check"
)

const secret = "[redacted:token:0123456789]"

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"empty", "", []string{""}},
		{"none", "abc", []string{"abc"}},
		{"only one", secret, []string{"", secret, ""}},
		{"two", "a" + secret + "b" + secret + "c", []string{"a", secret, "b", secret, "c"}},
		{"unfinished", "a[redacted:token", []string{"a[redacted:token"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Split(c.in); !slices.Equal(got, c.want) {
				t.Errorf("Split(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestUnescape(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "a=b%20c", "a=b%20c"},
		{"escaped", "a=%5Bredacted%3Atoken%3A0123456789%5D&b=%20", "a=" + secret + "&b=%20"},
		{"lower case", "a=%5bredacted%3atoken%3a0123456789%5d", "a=" + secret},
		{"brackets only", "a=%5Bredacted:token:0123456789%5D/x", "a=" + secret + "/x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Unescape(c.in); got != c.want {
				t.Errorf("Unescape(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestAffects(t *testing.T) {
	f := flow.Flow{Request: flow.Request{
		Method: "POST", Path: "/things", RawQuery: "token=" + secret,
		Header: flow.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "X-Key", Value: secret}},
		Body:   flow.Body{Data: []byte(`{"a":{"b":"` + secret + `"},"c":[1,"x"]}`)},
	}}
	for _, c := range []struct {
		where string
		want  bool
	}{
		{"query token", true}, {"path id", false}, {"header X-Key", true}, {"header Accept", false}, {"cookie sid", false},
		{"request /a/b", true}, {"request /a", true}, {"request /c/1", false}, {"request /c", false},
		{"request /missing", true}, {"response /a", false}, {"server", false},
	} {
		t.Run(c.where, func(t *testing.T) {
			if got := Affects(&f, check.Mismatch{Where: c.where}); got != c.want {
				t.Errorf("Affects = %v, want %v", got, c.want)
			}
		})
	}
}

// TestUnescapeEnds decodes placeholders only, each once, in time linear in the text.
func TestUnescapeEnds(t *testing.T) {
	many := strings.Repeat("%5Bredacted:%zz&", 200_000)
	for _, c := range []struct{ name, in, want string }{
		{"a URL", "/a%20b?t=%5Bredacted%3Atoken%3A0123456789%5D&x=%20", "/a%20b?t=" + secret + "&x=%20"},
		{"lower case", "%5bredacted%3atoken%3a0123456789%5d", secret},
		{"two", "%5Bredacted:token:0123456789%5D%5bredacted%3Atoken%3A0123456789]", secret + secret},
		{"an invalid encoding", "x=%5Bredacted:%zz", "x=%5Bredacted:%zz"},
		{"one before a valid one", "x=%5Bredacted:%zz&y=%5Bredacted%3Atoken%3A0123456789%5D", "x=%5Bredacted:%zz&y=" + secret},
		{"a cut encoding", "%5Bredacted%3", "%5Bredacted%3"},
		{"no end", "%5Bredacted%3Atoken", "[redacted:token"},
		{"encoded twice", "%255Bredacted%3Ax%5D", "%255Bredacted%3Ax%5D"},
		{"a placeholder", secret, secret},
		{"many", many, many},
	} {
		if got := Unescape(c.in); got != c.want {
			t.Errorf("%s: got %.100q, want %.100q", c.name, got, c.want)
		}
	}
}
