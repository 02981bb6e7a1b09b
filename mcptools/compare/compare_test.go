package compare

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"pgregory.net/rapid"
)

// exchange returns a flow of a POST with headers ("Name: value" lines) and a JSON body.
func exchange(path, query, headers, body string, status int, answer string) *flow.Flow {
	header := func(lines string) (h flow.Header) {
		for l := range strings.SplitSeq(lines, "\n") {
			if name, value, ok := strings.Cut(l, ": "); ok {
				h = append(h, flow.Field{Name: name, Value: value})
			}
		}
		return h
	}
	bodyOf := func(s string) flow.Body { return flow.Body{Data: []byte(s), Size: int64(len(s))} }
	return &flow.Flow{
		Done: true, Request: flow.Request{
			Method: "POST", Scheme: "https", Authority: "a.example", Path: path, RawQuery: query,
			Header: header("Content-Type: application/json\n" + headers), Body: bodyOf(body),
		}, Response: &flow.Response{Status: status, Header: header("Content-Type: application/json\nDate: " + answer), Body: bodyOf(answer)},
	}
}

func lines(list []Difference) (out []string) {
	for _, d := range list {
		out = append(out, fmt.Sprintf("%s %s %s %s|%s", d.Where, d.Name, d.Change, d.A, d.B))
	}
	return out
}

func TestRequests(t *testing.T) {
	a := exchange("/orders/1", "page=1&tag=a&tag=b", "Authorization: Bearer [redacted:jwt:0000000000]\nX-Request-Id: 1\nCookie: a=1; b=2",
		`{"n":1,"list":[1,2],"deep":{"x":"y","z":true},"same":null}`, 200, "{}")
	b := exchange("/orders/2", "tag=a", "Authorization: Bearer [redacted:jwt:1111111111]\nX-Request-Id: 2\nCookie: a=1; b=3",
		`{"n":"1","list":[1,3,4],"deep":{"x":"y"},"same":null}`, 200, "{}")
	want := []string{
		"path 2 differs 1|2",
		"header authorization differs Bearer [redacted:jwt:0000000000]|Bearer [redacted:jwt:1111111111]",
		"query page only_a 1|", "query tag differs a, b|a",
		"body $.deep.z only_a true|", "body $.list differs 2 elements|3 elements", `body $.n differs 1|"1"`,
		"body $.list[1] differs 2|3",
		"header cookie b differs 2|3", "header x-request-id differs 1|2",
	}
	if got := lines(Requests(a, b).Differences); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := Requests(a, a); len(got.Differences) != 0 || got.Partly {
		t.Errorf("a flow differs from itself: %v", got)
	}
}

// TestLongValues shows values of a hundred bytes whole, and longer ones in part. What is the same in
// both is not listed, and the method comes first.
func TestLongValues(t *testing.T) {
	a := exchange("/a/b", "q="+strings.Repeat("x", 100), "", "", 200, "")
	b := exchange("/a", "q="+strings.Repeat("y", 101), "", "", 200, "")
	b.Request.Method, b.Request.Authority = "PUT", "b.example"
	want := []string{
		"method  differs POST|PUT", "host  differs https://a.example|https://b.example", "path  differs /a/b|/a",
		"query q differs " + strings.Repeat("x", 100) + "|" + strings.Repeat("y", 100) + "…",
	}
	if got := lines(Requests(a, b).Differences); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestLongNames shows names of parts up to 200 bytes.
func TestLongNames(t *testing.T) {
	for n, want := range map[int]string{200: "", 201: "…"} {
		name := strings.Repeat("n", n)
		want = name[:200] + want
		failed, ok := exchange("/a", name+"=1", "", "", 400, ""), exchange("/a", "", "", "", 200, "")
		if got := Requests(failed, ok).Differences; len(got) != 1 || got[0].Name != want {
			t.Errorf("%d bytes: %v", n, got)
		}
		if got := Explain([]*flow.Flow{failed}, []*flow.Flow{ok}, 400, "", 5); len(got) != 1 || got[0].Name != want {
			t.Errorf("%d bytes: %v", n, got)
		}
	}
}

// TestMostDifferences collects a thousand differences, and says that there are more.
func TestMostDifferences(t *testing.T) {
	query := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "&p%d=1", i)
		}
		return strings.TrimPrefix(b.String(), "&")
	}
	for n, partly := range map[int]bool{1000: false, 1001: true} {
		got := Requests(exchange("/", query(n), "", "", 200, ""), exchange("/", "", "", "", 200, ""))
		if len(got.Differences) != 1000 || got.Partly != partly {
			t.Errorf("%d differences, partly %t", len(got.Differences), got.Partly)
		}
	}
}

// TestStrongReasons says which reasons are strong by themselves, when neither the status nor the
// message speaks for them, and in which order they come.
func TestStrongReasons(t *testing.T) {
	ok := exchange("/a", "x=1&same=1", "", `{"n":1,"old":1}`, 200, "{}")
	failed := func(value int) *flow.Flow {
		return exchange("/a", fmt.Sprintf("x=2&same=1&v=%d", value), "X-A: 1", `{"n":"1"}`, 409, "{}")
	}
	for _, c := range []struct {
		failures []*flow.Flow
		want     string
	}{
		{[]*flow.Flow{failed(1)}, `body $.n true, body $.old true, query v false, header x-a false, query x false`},
		{[]*flow.Flow{failed(1), failed(1)}, `body $.n true, body $.old true, query v false, header x-a false, query x false`},
	} {
		var got []string
		for _, r := range Explain(c.failures, []*flow.Flow{ok, ok}, 409, "", 9) {
			got = append(got, fmt.Sprint(r.Where, " ", r.Name, " ", r.Strong))
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%d failures: %s", len(c.failures), strings.Join(got, ", "))
		}
	}
	// A value of all failures is more than one that each has for itself.
	all := []*flow.Flow{exchange("/a", "b=7&a=1", "", "", 409, "{}"), exchange("/a", "b=7&a=2", "", "", 409, "{}")}
	if got := Explain(all, []*flow.Flow{exchange("/a", "a=5&b=5", "", "", 200, "{}")}, 409, "", 9); len(got) != 2 || got[0].Name != "b" || got[1].Name != "a" {
		t.Errorf("%v", got)
	}
	if got := Explain(all, []*flow.Flow{exchange("/a", "a=5&b=5", "", "", 200, "{}")}, 409, "", 1); len(got) != 1 {
		t.Errorf("%d reasons of at most one", len(got))
	}
}

// TestNamedParts finds the name of a part in a message as words of its own.
func TestNamedParts(t *testing.T) {
	for _, c := range []struct {
		message, name string
		want          bool
	}{
		{"size", "$.size", true}, {"the size is wrong", "$.size", true}, {"wrong: Size", "$.size", true}, {"size2", "$.size", false}, {"oversize", "$.size", false},
		{"resize the size", "$.size", true}, {"size_max", "$.size", false}, {"max_size", "$.size", false}, {"sizes", "$.size", false}, {"9size", "$.size", false},
		{"zsize sizez asize sizea 0size size0", "$.size", false}, {"size-max", "$.size", true}, {"items are bad", "$.items[*]", true}, {"tag", "$.items[*].tag", true},
		{"the page size", "pageSize", true}, {"page_size", "pageSize", false}, {"the page size", "page_size", true}, {"the page size", "page-size", true}, {"sid expired", "cookie sid", true},
		{"x is bad", "x", false}, {"xy is bad", "xy", true}, {"segment 17", "17", false}, {"field 1st", "1st", false}, {"", "size", false},
	} {
		if got := isNamed(c.message, c.name); got != c.want {
			t.Errorf("%q, %s: %t", c.message, c.name, got)
		}
	}
}

// TestOneNameVeryOften compares requests with many values of one name. Joined one by one, they would
// take gigabytes.
func TestOneNameVeryOften(t *testing.T) {
	a := exchange("/a", strings.Repeat("p=1&", 20_000), strings.Repeat("X-A: 1\n", 20_000), "{}", 200, "{}")
	b := exchange("/a", strings.Repeat("p=2&", 20_000), strings.Repeat("X-A: 2\n", 20_000), "{}", 200, "{}")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := Requests(a, b).Differences
	runtime.ReadMemStats(&after)
	if len(got) != 2 {
		t.Errorf("%d differences", len(got))
	}
	if n := (after.TotalAlloc - before.TotalAlloc) >> 20; n > 200 {
		t.Errorf("%d MiB", n)
	}
}

func TestResponses(t *testing.T) {
	a := exchange("/", "", "", "", 200, `{"id":1,"name":"x","price":2}`)
	b := exchange("/", "", "", "", 422, `{"error":{"message":"no"},"trace":"t"}`)
	got := lines(Responses(a, b).Differences)
	if got[0] != "status  differs 200|422" || !strings.HasPrefix(got[1], "body $ differs {id, name, price}|{error, trace}") {
		t.Errorf("%q", got)
	}
	c := exchange("/", "", "", "", 500, `{"id":2,"name":"x","price":2}`)
	c.Err, c.Messages = "reset", make([]flow.Message, 3)
	c.Response.Header = flow.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "Date", Value: "now"}, {Name: "X-A", Value: "1"}, {Name: "Location", Value: "/x"}, {Name: "WWW-Authenticate", Value: "Basic"}}
	c.Response.Trailer = flow.Header{{Name: "Retry-After", Value: "7"}}
	want := []string{
		"status  differs 200|500", "error  only_b |reset", "header www-authenticate only_b |Basic", "header location only_b |/x", "trailer retry-after only_b |7",
		"body $.id differs 1|2", "header x-a only_b |1", "messages  only_b |3", `header date differs {"id":1,"name":"x","price":2}|now`,
	}
	if got := lines(Responses(a, c).Differences); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	b.Response, b.Err = nil, "refused"
	if got := lines(Responses(a, b).Differences); got[0] != "status  differs 200|no response" || got[1] != "error  only_b |refused" {
		t.Errorf("%q", got)
	}
}

// The placeholders of a flow that was sent again have a key of their own: that they differ means
// nothing.
func TestReplayedFlowsAreNotComparable(t *testing.T) {
	a := exchange("/", "", "X-Api-Key: [redacted:secret:0000000000]", "", 200, "{}")
	b := exchange("/", "", "X-Api-Key: [redacted:secret:1111111111]", "", 200, "{}")
	b.Source = "replay"
	if got := Requests(a, b).Differences; len(got) != 1 || got[0].Change != Hidden {
		t.Errorf("%v", got)
	}
}

func TestExplain(t *testing.T) {
	ok := func(n int) *flow.Flow {
		return exchange("/things/1", "", "Authorization: Bearer [redacted:jwt:0000000000]", fmt.Sprintf(`{"name":"n%d","size":%d,"extra":{"a":1}}`, n, n), 201, "{}")
	}
	successes := []*flow.Flow{ok(1), ok(2), ok(3)}
	body := func(b string) *flow.Flow {
		return exchange("/things/1", "", "Authorization: Bearer [redacted:jwt:0000000000]", b, 422, "{}")
	}
	for _, c := range []struct {
		name    string
		failed  []*flow.Flow
		status  int
		message string
		want    string // the first reason
		strong  bool
	}{
		{"absent member", []*flow.Flow{body(`{"name":"n1","size":1}`)}, 422, "", "body $.extra: absent; in successes: {a}", true},
		{"another type", []*flow.Flow{body(`{"name":"n1","size":"1","extra":{"a":1}}`)}, 422, "", `body $.size: "1"; in successes: 1`, true},
		{"no credentials", []*flow.Flow{exchange("/things/1", "", "", `{"name":"n1","size":1,"extra":{"a":1}}`, 401, "{}")}, 401, "", "header authorization: absent; in successes: Bearer [redacted:jwt:0000000000]", true},
		{"another scheme", []*flow.Flow{exchange("/things/1", "", "Authorization: Basic [redacted:secret:0000000000]", `{"name":"n1","size":1,"extra":{"a":1}}`, 401, "{}")}, 401, "", "header authorization: Basic [redacted:secret:0000000000]; in successes: Bearer [redacted:jwt:0000000000]", true},
		{"the message names it", []*flow.Flow{body(`{"name":"x","size":99,"extra":{"a":1}}`)}, 422, "size is too large", "body $.size: 99; in successes: 1", true},
		{"the message has words of it", []*flow.Flow{body(`{"name":"n1","size":1,"extra":{"a":1},"accessToken":"x"}`)}, 400, "the access token is invalid", "body $.accessToken: x; in successes: absent", true},
		{"another path", []*flow.Flow{exchange("/things/9", "", "Authorization: Bearer [redacted:jwt:0000000000]", `{"name":"n1","size":1,"extra":{"a":1}}`, 404, "{}")}, 404, "", "path 2: 9; in successes: 1", false},
		{"an extra parameter", []*flow.Flow{exchange("/things/1", "force=1", "Authorization: Bearer [redacted:jwt:0000000000]", `{"name":"n1","size":1,"extra":{"a":1}}`, 400, "{}")}, 400, "", "query force: 1; in successes: absent", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Explain(c.failed, successes, c.status, c.message, 5)
			if len(got) == 0 || got[0].String() != c.want || got[0].Strong != c.strong {
				t.Fatalf("got %v, want %s", got, c.want)
			}
		})
	}
	unauthorized := exchange("/things/1", "", "Authorization: Bearer [redacted:jwt:1111111111]", `{"name":"n1","size":1}`, 401, "{}")
	got := Explain([]*flow.Flow{unauthorized}, successes, 401, "expired", 5)
	if len(got) != 2 || got[0].Name != "authorization" || got[1].Name != "$.extra" || got[1].Strong {
		t.Errorf("credentials are not the first reason of a 401: %v", got)
	}
	signIn := func(password string, status int) *flow.Flow {
		return exchange("/login", "", "", `{"password":"`+password+`","attempt":"`+password+`"}`, status, "{}")
	}
	got = Explain([]*flow.Flow{signIn("a", 401)}, []*flow.Flow{signIn("b", 200)}, 401, "", 5)
	if len(got) != 2 || got[0].Name != "$.password" {
		t.Errorf("the password is not the first reason of a 401: %v", got)
	}
	if got := Explain([]*flow.Flow{body(`{"name":"n1","size":1,"extra":{"a":1}}`)}, successes, 409, "exists", 5); len(got) != 0 {
		t.Errorf("the same request has reasons: %v", got)
	}
	// A member is the reason of each status for wrong content, a header that of another.
	withIf := exchange("/things/1", "", "Authorization: Bearer [redacted:jwt:0000000000]\nIf-Match: a", `{"name":"n1","size":1}`, 201, "{}")
	for status, want := range map[int]string{400: "$.extra", 422: "$.extra", 412: "if-match", 428: "if-match"} {
		if got := Explain([]*flow.Flow{withIf}, successes, status, "", 5); len(got) < 2 || got[0].Name != want {
			t.Errorf("%d: %v, want %s", status, got, want)
		}
	}
	elsewhere := exchange("/things/9", "", "Authorization: Bearer [redacted:jwt:0000000000]", `{"name":"zz","size":1,"extra":{"a":1}}`, 404, "{}")
	for status, want := range map[int]string{404: "path 2", 409: "body $.name", 400: "body $.name"} {
		if got := Explain([]*flow.Flow{elsewhere}, successes, status, "", 5); len(got) != 2 || got[0].Where+" "+got[0].Name != want {
			t.Errorf("%d: %v, want %s", status, got, want)
		}
	}
	// Each status speaks for what it is about.
	typed := func(contentType, accept string, status int) *flow.Flow {
		f := exchange("/things/1", "", "Accept: "+accept+"\nX-A: "+accept, "", status, "{}")
		f.Request.Header[0].Value = contentType
		return f
	}
	for status, want := range map[int]string{
		415: "content-type 4, accept -1", 406: "accept 4, content-type -1", 400: "accept -1, content-type -1", 401: "accept -1, content-type -1",
	} {
		var got []string
		for _, r := range Explain([]*flow.Flow{typed("text/plain", "a", status)}, []*flow.Flow{typed("text/csv", "b", 200)}, status, "no content-type, no accept", 5) {
			got = append(got, fmt.Sprint(r.Name, " ", r.score-namedScore+1-otherScore))
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%d: %s, want %s", status, strings.Join(got, ", "), want)
		}
	}
	if Explain(nil, successes, 400, "", 5) != nil || Explain(successes, nil, 400, "", 5) != nil {
		t.Error("reasons without flows")
	}
}

// Differences are bounded, and the same from both sides.
func TestSymmetry(t *testing.T) {
	value := rapid.SampledFrom([]string{"", "{}", "[]", "null", `{"a":1}`, `{"a":{"b":[1,{"c":2}]}}`, `{"a":"1","":0}`, "[1,2,3]", `"x"`, "not JSON", "\xff", `{"a b":1}`})
	rapid.Check(t, func(t *rapid.T) {
		a := exchange(rapid.SampledFrom([]string{"/", "/a/b", "/a//", ""}).Draw(t, "path"), rapid.SampledFrom([]string{"", "a=1", "&&=", "a=%zz"}).Draw(t, "query"), "", value.Draw(t, "a"), 200, value.Draw(t, "x"))
		b := exchange("/a/c", "a=2", "X: y", value.Draw(t, "b"), 500, value.Draw(t, "y"))
		for _, compare := range []func(a, b *flow.Flow) Result{Requests, Responses} {
			x, y := compare(a, b).Differences, compare(b, a).Differences
			if len(x) != len(y) || len(compare(a, a).Differences) != 0 {
				t.Fatalf("%v\n%v", x, y)
			}
			for i := range x {
				if x[i].A != y[i].B || x[i].B != y[i].A || x[i].Name != y[i].Name {
					t.Fatalf("%v\n%v", x[i], y[i])
				}
			}
		}
		Explain([]*flow.Flow{a}, []*flow.Flow{b}, 500, "a", 3)
	})
	large := "[" + strings.TrimSuffix(strings.Repeat(`{"a":1},`, 20000), ",") + "]"
	got := Requests(exchange("/", "", "", large, 200, ""), exchange("/", "", "", strings.ReplaceAll(large, "1", "2"), 200, ""))
	if len(got.Differences) > maxElements+1 || !got.Partly {
		t.Errorf("%d differences, partly is %v", len(got.Differences), got.Partly)
	}
}
