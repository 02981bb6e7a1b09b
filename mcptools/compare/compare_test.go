package compare

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
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
		{"the message has its value", []*flow.Flow{exchange("/things/1", "filter=nope+eq+1", "Authorization: Bearer [redacted:jwt:0000000000]", `{"name":"n1","size":1}`, 400, "{}")}, 400, "no property nope", "query filter: nope eq 1; in successes: absent", true},
		{"another path", []*flow.Flow{exchange("/things/9", "", "Authorization: Bearer [redacted:jwt:0000000000]", `{"name":"n1","size":1,"extra":{"a":1}}`, 404, "{}")}, 404, "", "path 2: 9; in successes: 1", true},
		{"an extra parameter", []*flow.Flow{exchange("/things/1", "force=1", "Authorization: Bearer [redacted:jwt:0000000000]", `{"name":"n1","size":1,"extra":{"a":1}}`, 400, "{}")}, 400, "", "query force: 1; in successes: absent", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Explain(c.failed, successes, c.status, c.message, 5)
			if len(got) == 0 || strings.TrimSpace(fmt.Sprintf("%s %s: %s; in successes: %s", got[0].Where, got[0].Name, got[0].Failed, got[0].Succeeded)) != c.want || got[0].Strong != c.strong {
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
		if got := Explain([]*flow.Flow{withIf}, successes, status, "", 5); len(got) == 0 || got[0].Name != want {
			t.Errorf("%d: %v, want %s", status, got, want)
		}
	}
	elsewhere := exchange("/things/9", "", "Authorization: Bearer [redacted:jwt:0000000000]", `{"name":"zz","size":1,"extra":{"a":1}}`, 404, "{}")
	for status, want := range map[int]string{404: "path 2", 409: "body $.name", 400: "body $.name"} {
		if got := Explain([]*flow.Flow{elsewhere}, successes, status, "", 5); len(got) != 2 || got[0].Where+" "+got[0].Name != want {
			t.Errorf("%d: %v, want %s", status, got, want)
		}
	}
	if Explain(nil, successes, 400, "", 5) != nil || Explain(successes, nil, 400, "", 5) != nil {
		t.Error("reasons without flows")
	}
}

// TestExplainNamesTheCause has requests as clients send them, in which some missing or new parts
// are not the cause of the refusal.
func TestExplainNamesTheCause(t *testing.T) {
	user := func(seq flow.Seq, credentials, path, body string, status int) *flow.Flow {
		f := exchange(path, "", credentials, body, status, "{}")
		f.Seq = seq
		return f
	}
	const admin, bob, key = "Authorization: Basic admin:[redacted:secret:0000000000]", "Authorization: Basic bob:[redacted:secret:1111111111]", "X-Auth-Token: [redacted:secret:2222222222]"
	made := user(1, admin, "/users", `{"name":"bob","role":"user","password":"[redacted:secret:3333333333]"}`, 201)
	other := user(2, admin, "/users", `{"name":"eve","role":"user","password":"[redacted:secret:4444444444]"}`, 201)
	for _, c := range []struct {
		name      string
		failed    []*flow.Flow
		succeeded *flow.Flow
		status    int
		message   string
		want      string // the strong reasons, by name
	}{
		{"another user", []*flow.Flow{user(3, bob, "/users", `{"name":"dan"}`, 403)}, made, 403, "access forbidden", "authorization"},
		{"no credentials, and bad ones", []*flow.Flow{user(3, "", "/f", "", 401), user(4, "Authorization: x", "/f", "", 401)},
			user(1, "Authorization: y\nX-App: shop", "/f", "", 200), 401, "add an authorization header", "authorization"},
		{"an id that nobody has", []*flow.Flow{user(3, bob, "/users/4242", "", 404)}, user(1, key, "/users/1", "", 200), 404, "not found", "2"},
		{"a member that the message names", []*flow.Flow{user(3, admin, "/users", `{"role":"user"}`, 400)}, made, 400, "The name is mandatory.", "$.name"},
		{"two members, of which one is the cause", []*flow.Flow{user(3, admin, "/users", `{"name":"bob"}`, 400)}, made, 400, "invalid", ""},
		{"a member beside another place", []*flow.Flow{user(3, admin, "/mars", `{"name":"dan"}`, 403)}, made, 403, "forbidden", "1"},
		{"a value that is there", []*flow.Flow{user(3, admin, "/users", `{"name":"dan"}`, 409)}, made, 409, "conflict", ""},
	} {
		var strong []string
		for _, r := range Explain(c.failed, []*flow.Flow{c.succeeded}, c.status, c.message, 5) {
			if r.Strong {
				strong = append(strong, r.Name)
			}
		}
		if strings.Join(strong, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.name, strong, c.want)
		}
	}
	again := user(3, admin, "/users", `{"name":"bob","role":"user","password":"[redacted:secret:3333333333]"}`, 409)
	got := Repeated([]*flow.Flow{again}, []*flow.Flow{other, made}, "exists already", 5)
	if len(got) != 1 || got[0].Name != "$.name" || got[0].Earlier != 1 || !got[0].Strong {
		t.Errorf("a value that was sent before: %v", got)
	}
	if got := Repeated([]*flow.Flow{made}, []*flow.Flow{again}, "exists already", 5); len(got) != 0 {
		t.Errorf("a value that was sent later: %v", got)
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
