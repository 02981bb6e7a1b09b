package placeholder

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/openapi/check"
)

const secret = "[redacted:token:0123456789]"

// TestAffectsOtherParts looks at the part that a mismatch is about, and nowhere else.
func TestAffectsOtherParts(t *testing.T) {
	const encoded = "%5Bredacted%3Atoken%3A0123456789%5D"
	header := func(lines ...string) (h flow.Header) {
		for i := 0; i < len(lines); i += 2 {
			h = append(h, flow.Field{Name: lines[i], Value: lines[i+1]})
		}
		return h
	}
	hidden := flow.Flow{
		Request:  flow.Request{Path: "/x/" + encoded, RawQuery: "a=1", Header: header("Cookie", "sid="+secret, "X-A", "plain")},
		Response: &flow.Response{Header: header("X-A", secret, "X-B", secret), Body: flow.Body{Data: []byte(`{"` + secret + `":1,"list":["a",{"~/":"` + secret + `"}],"plain":{"a":[1,true,null,"x"]}}`)}},
	}
	plain := flow.Flow{
		Request:  flow.Request{Path: "/x", RawQuery: "t=" + encoded, Header: header("Content-Type", "text/plain"), Body: flow.Body{Data: []byte("text " + secret)}},
		Response: &flow.Response{Body: flow.Body{Data: []byte(`{"a":[1]}`)}},
	}
	for _, c := range []struct {
		f     *flow.Flow
		where string
		want  bool
	}{
		{&hidden, "path id", true}, {&hidden, "query a", false}, {&hidden, "cookie sid", true},
		{&hidden, "header X-A", false}, {&hidden, "header X-B", true}, {&hidden, "header X-C", false},
		{&hidden, "response", true}, {&hidden, "response /list", true}, {&hidden, "response /list/0", false}, {&hidden, "response /list/1", true},
		{&hidden, "response /list/1/~0~1", true}, {&hidden, "response /list/2", true}, {&hidden, "response /list/-1", true}, {&hidden, "response /list/x", true},
		{&hidden, "response /plain", false}, {&hidden, "response /plain/a/3", false}, {&hidden, "response /plain/a/2", true}, {&hidden, "request /list", false},
		{&plain, "path id", false}, {&plain, "query t", true}, {&plain, "cookie sid", false}, {&plain, "request", true}, {&plain, "response /a", false},
		{&plain, "response", false}, {&flow.Flow{}, "response", false}, {&flow.Flow{}, "header X-A", false},
	} {
		if got := Affects(c.f, check.Mismatch{Where: c.where}); got != c.want {
			t.Errorf("%s: %t", c.where, got)
		}
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
		{"no end before another parameter", "x=%5Bredacted%3Atoken&y=%20", "x=[redacted:token&y=%20"},
		{"no end before a segment", "/%5Bredacted%3Atoken/%20?a#b", "/[redacted:token/%20?a#b"},
		{"an end without its escape", "x=%5Bredacted%3Atoken]%20", "x=[redacted:token]%20"},
		{"the shortest", "%5Bredacted:", "[redacted:"},
		{"a cut name", "%5Bredacted", "%5Bredacted"},
		{"encoded twice", "%255Bredacted%3Ax%5D", "%255Bredacted%3Ax%5D"},
		{"a placeholder", secret, secret},
		{"many", many, many},
	} {
		if got := Unescape(c.in); got != c.want {
			t.Errorf("%s: got %.100q, want %.100q", c.name, got, c.want)
		}
	}
}
