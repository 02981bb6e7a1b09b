package filter_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/filter"
)

// TestFieldValues tests each form of a field with flows that match, and with others that just do not.
func TestFieldValues(t *testing.T) {
	url := func(authority, path, query string) *flow.Flow {
		return &flow.Flow{Request: flow.Request{Method: "GET", Scheme: "https", Authority: authority, Path: path, RawQuery: query}}
	}
	body := func(data string) *flow.Flow {
		return &flow.Flow{Response: &flow.Response{Status: 200, Body: flow.Body{Data: []byte(data), Size: int64(len(data))}}}
	}
	size := func(n int64) *flow.Flow { return &flow.Flow{Response: &flow.Response{Body: flow.Body{Size: n}}} }
	took := func(d time.Duration) *flow.Flow { return &flow.Flow{Took: d} }
	session := func(n uint64) *flow.Flow { return &flow.Flow{Session: n} }
	tags := func(names ...string) *flow.Flow { return &flow.Flow{Tags: names} }
	status := func(n int) *flow.Flow { return &flow.Flow{Response: &flow.Response{Status: n}} }
	at := func(text string) *flow.Flow {
		when, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		return &flow.Flow{Started: when}
	}
	trailer := flow.Header{{Name: "X-Sum", Value: "a1"}}
	for _, tt := range []struct {
		filter   string
		yes, not []*flow.Flow
	}{
		{"host:a*b*c", []*flow.Flow{url("abc", "", ""), url("axbxc", "", "")}, []*flow.Flow{url("acb", "", ""), url("abcd", "", ""), url("xabc", "", "")}},
		{"host:ab*ba", []*flow.Flow{url("abba", "", "")}, []*flow.Flow{url("aba", "", "")}},
		{"host:a**b", []*flow.Flow{url("ab", "", "")}, []*flow.Flow{url("a", "", "")}},
		{"host:.b.example", []*flow.Flow{url("a.b.example", "", "")}, []*flow.Flow{url("b.example", "", ""), url("ab.example", "", "")}},
		{"host:a.example,b.example", []*flow.Flow{url("b.example", "", "")}, []*flow.Flow{url("c.example", "", "")}},
		{"query:a=1", []*flow.Flow{url("", "", "b=2&a=1"), url("", "", "%61=%31")}, []*flow.Flow{url("", "", "a=2"), url("", "", "b=1"), url("", "", "")}},
		{"query:a", []*flow.Flow{url("", "", "a"), url("", "", "&a=")}, []*flow.Flow{url("", "", "aa=1"), url("", "", "&")}},
		{"query:%zz", []*flow.Flow{url("", "", "%zz=1")}, []*flow.Flow{url("", "", "zz=1")}},
		{"query:a=~^1$", []*flow.Flow{url("", "", "a=1")}, []*flow.Flow{url("", "", "a=11")}},
		{"path:~^/a$", []*flow.Flow{url("", "/a", "")}, []*flow.Flow{url("", "/ab", "")}},
		{"method:get", []*flow.Flow{{Request: flow.Request{Method: "gEt"}}}, []*flow.Flow{{Request: flow.Request{Method: "GETS"}}}},
		{"header:x-sum=A1", []*flow.Flow{{Request: flow.Request{Trailer: trailer}}, {Response: &flow.Response{Trailer: trailer}},
			{Response: &flow.Response{Header: trailer}}, {Request: flow.Request{Header: trailer}}},
			[]*flow.Flow{{Request: flow.Request{Header: flow.Header{{Name: "X-Su", Value: "a1"}, {Name: "X-Sum", Value: "a2"}}}}}},
		{"body:kilo", []*flow.Flow{body("KILO"), body("x kiLo")}, []*flow.Flow{body("kil"), body("k"), body("")}},
		{"body:ÄRA", []*flow.Flow{body("xära"), body("Ära")}, []*flow.Flow{body("ara"), body("är")}},
		{"body:@b", []*flow.Flow{body("a@B")}, []*flow.Flow{body("`b")}},
		{"source:import", []*flow.Flow{{Source: "import"}, {Source: "import:a.har"}}, []*flow.Flow{{Source: "imports"}, {Source: "import.har"}}},
		{"session:none", []*flow.Flow{session(0)}, []*flow.Flow{session(1)}},
		{"session:NONE", []*flow.Flow{session(0)}, []*flow.Flow{session(1)}},
		{"session:#3", []*flow.Flow{session(3)}, []*flow.Flow{session(0), session(4)}},
		{"session:<3", []*flow.Flow{session(1), session(2)}, []*flow.Flow{session(0), session(3)}},
		{"tag:none", []*flow.Flow{tags(), tags("none")}, []*flow.Flow{tags("a")}},
		{"tag:a*", []*flow.Flow{tags("b", "ab")}, []*flow.Flow{tags(), tags("ba")}},
		{"tag:b,none", []*flow.Flow{tags(), tags("b")}, []*flow.Flow{tags("bb")}},
		{"tag:~^a.$", []*flow.Flow{tags("x", "ab")}, []*flow.Flow{tags("abc"), tags()}},
		{"number:10-20", []*flow.Flow{{Seq: 10}, {Seq: 20}}, []*flow.Flow{{Seq: 9}, {Seq: 21}}},
		{"number:>=10", []*flow.Flow{{Seq: 10}}, []*flow.Flow{{Seq: 9}}},
		{"number:<=10", []*flow.Flow{{Seq: 10}}, []*flow.Flow{{Seq: 11}}},
		{"number:=10", []*flow.Flow{{Seq: 10}}, []*flow.Flow{{Seq: 11}, {Seq: 9}}},
		{"number:5-5", []*flow.Flow{{Seq: 5}}, []*flow.Flow{{Seq: 4}, {Seq: 6}}},
		{"status:1xx", []*flow.Flow{status(100), status(199)}, []*flow.Flow{status(99), status(200)}},
		{"status:5xx", []*flow.Flow{status(500), status(599)}, []*flow.Flow{status(600)}},
		{"status:<200", []*flow.Flow{status(199)}, []*flow.Flow{status(0), status(200), {}}},
		{"status:none", []*flow.Flow{{}, status(0)}, []*flow.Flow{status(200)}},
		{"status:999", []*flow.Flow{status(999)}, []*flow.Flow{status(998)}},
		{"size:1k", []*flow.Flow{size(1000)}, []*flow.Flow{size(1024)}}, {"size:1KB", []*flow.Flow{size(1000)}, []*flow.Flow{size(1)}},
		{"size:1.5m", []*flow.Flow{size(1_500_000)}, []*flow.Flow{size(1_500_001)}}, {"size:2G", []*flow.Flow{size(2_000_000_000)}, []*flow.Flow{size(2)}},
		{"size:1ki", []*flow.Flow{size(1 << 10)}, []*flow.Flow{size(1000)}}, {"size:1MiB", []*flow.Flow{size(1 << 20)}, []*flow.Flow{size(1 << 10)}},
		{"size:1Gi", []*flow.Flow{size(1 << 30)}, []*flow.Flow{size(1e9)}}, {"size:7b", []*flow.Flow{size(7)}, []*flow.Flow{size(8)}},
		{"size:0", []*flow.Flow{size(0), {}}, []*flow.Flow{size(1)}}, {"size:<1e15", []*flow.Flow{size(1)}, []*flow.Flow{size(1e15)}},
		{"took:=1s", []*flow.Flow{took(time.Second)}, []*flow.Flow{took(time.Second + 1), took(time.Second - 1)}},
		{"is:failed", []*flow.Flow{{Err: "x"}}, []*flow.Flow{{}}}, {"is:pending", []*flow.Flow{{}}, []*flow.Flow{{Done: true}}},
		{"is:Answered", []*flow.Flow{status(200)}, []*flow.Flow{{}}},
		{"is:truncated", []*flow.Flow{{Request: flow.Request{Body: flow.Body{Truncated: true}}}, {Response: &flow.Response{Body: flow.Body{Truncated: true}}}},
			[]*flow.Flow{{}, status(200), {Request: flow.Request{Body: flow.Body{Dropped: true}}}}},
		{"type:*/*", []*flow.Flow{{Request: flow.Request{Header: flow.Header{{Name: "Content-Type", Value: "a/b"}}}}}, []*flow.Flow{{}}},
		{"type:none", []*flow.Flow{{}, size(9)}, []*flow.Flow{{Request: flow.Request{Header: flow.Header{{Name: "Content-Type", Value: "a/b"}}}}}},
		{"type:a/b", []*flow.Flow{{Request: flow.Request{Header: flow.Header{{Name: "Content-Type", Value: "a/b"}}}, Response: &flow.Response{}}},
			[]*flow.Flow{{Request: flow.Request{Header: flow.Header{{Name: "Content-Type", Value: "a/b"}}}, Response: &flow.Response{Body: flow.Body{Size: 1}}}}},
		{"time:today", []*flow.Flow{at("2026-11-20T00:00:00Z"), at("2026-11-20T23:59:59Z")}, []*flow.Flow{at("2026-11-19T23:59:59Z"), at("2026-11-21T00:00:00Z")}},
		{"time:Yesterday", []*flow.Flow{at("2026-11-19T00:00:00Z"), at("2026-11-19T23:59:59Z")}, []*flow.Flow{at("2026-11-18T23:59:59Z"), at("2026-11-20T00:00:00Z")}},
		{"time:=11:45", []*flow.Flow{at("2026-11-20T11:45:00Z"), at("2026-11-20T11:45:59.9Z")}, []*flow.Flow{at("2026-11-20T11:46:00Z"), at("2026-11-19T11:45:00Z")}},
		{"time:<11:45", []*flow.Flow{at("2026-11-20T11:44:59Z")}, []*flow.Flow{at("2026-11-20T11:45:00Z")}},
		{"time:<=11:45", []*flow.Flow{at("2026-11-20T11:45:59Z")}, []*flow.Flow{at("2026-11-20T11:46:00Z")}},
		{"time:>11:45", []*flow.Flow{at("2026-11-20T11:46:00Z")}, []*flow.Flow{at("2026-11-20T11:45:59Z")}},
		{"time:>=11:45", []*flow.Flow{at("2026-11-20T11:45:00Z")}, []*flow.Flow{at("2026-11-20T11:44:59Z")}},
		{"time:2026-11-20T11:45+01:00", []*flow.Flow{at("2026-11-20T10:45:59Z")}, []*flow.Flow{at("2026-11-20T11:45:00Z"), at("2026-11-20T10:46:00Z")}},
		{"time:2026-11-20T11:45:30", []*flow.Flow{at("2026-11-20T11:45:30.9Z")}, []*flow.Flow{at("2026-11-20T11:45:31Z")}},
		{"time:11:45:30.25", []*flow.Flow{at("2026-11-20T11:45:30.25Z"), at("2026-11-20T11:45:30.2599Z")}, []*flow.Flow{at("2026-11-20T11:45:30.26Z"), at("2026-11-20T11:45:30.24Z")}},
		{"time:11:45:30.123456789", []*flow.Flow{at("2026-11-20T11:45:30.123456789Z")}, []*flow.Flow{at("2026-11-20T11:45:30.12345679Z")}},
		{"time:>-1h", []*flow.Flow{at("2026-11-20T11:30:00Z")}, []*flow.Flow{at("2026-11-20T11:29:59Z")}},
		{"time:<-1h", []*flow.Flow{at("2026-11-20T11:29:59Z")}, []*flow.Flow{at("2026-11-20T11:30:00Z")}},
		{`"a \" b"`, []*flow.Flow{url("", `/a " b`, "")}, []*flow.Flow{url("", `/a \" b`, "")}},
		{`"a\\b"`, []*flow.Flow{url("", `/a\b`, "")}, []*flow.Flow{url("", `/a\\b`, "")}}, {`"a\b"`, []*flow.Flow{url("", `/a\b`, "")}, []*flow.Flow{url("", "/ab", "")}},
		{`path:/a"b c"d`, []*flow.Flow{url("", "/ab cd", "")}, []*flow.Flow{url("", "/ab", "")}},
		{"a\tand\tb", []*flow.Flow{url("", "/a/b", "")}, []*flow.Flow{url("", "/a", "")}}, {"xor", []*flow.Flow{url("", "/xor", "")}, []*flow.Flow{url("", "/x", "")}},
		{"order", []*flow.Flow{url("", "/order", "")}, []*flow.Flow{url("", "/der", "")}}, {"x OR(y)", []*flow.Flow{url("", "/y", "")}, []*flow.Flow{url("", "/z", "")}},
		{"x & y", []*flow.Flow{url("", "/xy", "")}, []*flow.Flow{url("", "/x", "")}}, {"x-y", []*flow.Flow{url("", "/x-y", "")}, []*flow.Flow{url("", "/x", "")}},
		{"1:2", []*flow.Flow{url("", "/1:2", "")}, []*flow.Flow{url("", "/1", "")}}, {":x", []*flow.Flow{url("", "/:x", "")}, []*flow.Flow{url("", "/x", "")}},
	} {
		f := parse(t, tt.filter)
		for i, fl := range append(tt.yes[:len(tt.yes):len(tt.yes)], tt.not...) {
			if got := f.Match(fl); got != (i < len(tt.yes)) {
				t.Errorf("%s, flow %d of %d: %t", tt.filter, i+1, len(tt.yes), got)
			}
		}
	}
}

// TestValueErrors checks what is said about values that fields do not have.
func TestValueErrors(t *testing.T) {
	for text, want := range map[string]string{
		"size:2e15": "size: \"2e15\" is not a size: 200, 10k, 1.5M, 4Ki", "size:nan": "is not a size", "size:>-1": "is not a size", "size:1kk": "is not a size", "size:1bi": "is not a size",
		"host:~[": "missing closing ]", "path:~[": "missing closing ]", "tag:~[": "missing closing ]", "header:a=~[": "missing closing ]", "query:a=~[": "missing closing ]",
		"body:~[": "body: missing closing ]", "~[": "text: missing closing ]", "header:=x": "header: expected a name", "query:=x": "query: expected a name", "header:a=": "header: expected text",
		"tag:a,": "tag: expected a tag before and after each comma", "session:x": `session: "x" is not a number`, "session:9007199254740992": "is not a number", "number:1-x": `"x" is not a number`,
		"number:x-1": `"x" is not a number`, "method:GE(T": "this parenthesis is not closed", "method:,": "expected a method before and after each comma", `method:"a b"`: `"A B" is not a method`,
		"time:-x": `time: "-x" is not`, "time:>>today": `time: ">>": must be >, >=, < or <=`, "took:>x": `took: "x" is not a duration: 500ms, 2s, 1m30s`, `""`: "text: expected text",
		"ext:.": `ext: "." is not a file extension`, "a.b_c:x": `unknown field "a.b_c"`, "x :y": "", "x or or y": "expected a term before this", "x and and y": "expected a term before this", "& x": "expected a term before this",
	} {
		_, err := filter.Parse(text, now)
		var e *filter.Error
		switch {
		case want == "" && err != nil || want != "" && (!errors.As(err, &e) || !strings.Contains(e.Problem, want)):
			t.Errorf("%s: %v, want %s", text, err, want)
		case err != nil && (e.Text != text || !strings.HasPrefix(err.Error(), "filter, column ")):
			t.Errorf("%s: %v of %q", text, err, e.Text)
		}
	}
	if f := parse(t, "size:>1 or took:>1s"); f.Late(filter.Answered) != "size" || f.Late(filter.Complete) != "" {
		t.Errorf("late is %q, then %q", f.Late(filter.Answered), f.Late(filter.Complete))
	}
}

// TestMessagesInBodies looks in messages of a WebSocket up to 16 MiB of text.
func TestMessagesInBodies(t *testing.T) {
	fl := &flow.Flow{Messages: []flow.Message{
		{FromClient: true, Data: make([]byte, 16<<20-2)}, {FromClient: true, Data: []byte("first")}, {FromClient: true, Data: []byte("second")}, {Data: []byte("answer")},
	}}
	for text, want := range map[string]bool{"first": true, "second": false, "answer": false, `~"^\\n\\x00"`: true} {
		if got := parse(t, "request.body:"+text).Match(fl); got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
}
