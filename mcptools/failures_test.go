package mcptools

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/tool"
)

// Each failure of the shop is counted once, in one row, whose flows and success are of its operation.
func TestFindFailures(t *testing.T) {
	fs := shopFlows(t)
	s := connect(t, newStore(t, fs...))
	got := s.fine("find_failures", object{"limit": 200})
	want := count(fs, func(f *flow.Flow) bool { return f.Response.Status >= 400 })
	if got["failed"] != float64(want) || got["complete"] != true {
		t.Errorf("%v failures, want %d", got["failed"], want)
	}
	n, explained := 0, 0
	for _, row := range list(t, got, "failures") {
		n += int(row["count"].(float64))
		method, rest, _ := strings.Cut(row["operation"].(string), " ")
		for _, id := range row["flow_ids"].([]any) {
			f := fs[int(id.(float64))-1]
			if f.Request.Method != method || fmt.Sprint(f.Response.Status) != row["status"] {
				t.Errorf("flow %v is %s %d: %v", id, f.Request.Method, f.Response.Status, row)
			}
		}
		if row["success"] != nil {
			if f := fs[int(row["success"].(float64))-1]; f.Response.Status >= 400 || f.Request.Method != method {
				t.Errorf("the success is %s %s %d: %v", f.Request.Method, f.Request.Path, f.Response.Status, row)
			}
		}
		if strings.Contains(fmt.Sprint(row["message"]), "ship_to: is needed") {
			explained++
			reason := list(t, row, "differences")[0]
			if reason["name"] != "$.ship_to" || reason["failed"] != "absent" || reason["strong"] != true {
				t.Errorf("%s: %v", rest, row)
			}
		}
	}
	if n != want || explained != 1 {
		t.Errorf("%d failures in rows, want %d; %d rows about ship_to", n, want, explained)
	}
}

// failures calls find_failures and returns its rows as "STATUS COUNT MESSAGE".
func (s *session) failures(args object) (rows []string) {
	s.t.Helper()
	for _, row := range list(s.t, s.fine("find_failures", args), "failures") {
		rows = append(rows, fmt.Sprint(row["status"], " ", row["count"], " ", row["message"]))
	}
	return rows
}

func TestFindFailuresSelects(t *testing.T) {
	get := func(path string, status int, body string) flow.Flow {
		return answered(newFlow("GET", "https", "a.example", path, ""), status, "application/json", body)
	}
	lost := newFlow("GET", "https", "a.example", "/things/9", "")
	lost.Err = "dial tcp 10.1.2.3:443: refused"
	open := newFlow("GET", "https", "a.example", "/things/9", "")
	open.Done = false
	other := get("/other", 503, `{"message":"down"}`)
	other.Request.Authority = "b.example"
	s := connect(t, newStore(t,
		get("/things/1", 200, `{"id":1}`), get("/things/2", 200, `{"id":2}`), get("/things/3", 404, `{"message":"no thing 3"}`),
		get("/things/4", 404, `{"message":"no thing 4"}`), get("/things/5", 500, `{"message":"oops"}`), lost, open, other,
	))
	for _, c := range []struct {
		name string
		args object
		want string
	}{
		{"all", nil, "[404 2 no thing {n} 503 1 down none 1 dial tcp 10.1.2.3:443: refused 500 1 oops]"},
		{"host", object{"domain": "a.example"}, "[404 2 no thing {n} none 1 dial tcp 10.1.2.3:443: refused 500 1 oops]"},
		{"status", object{"status": []any{"5xx"}}, "[503 1 down 500 1 oops]"},
		{"no response", object{"status": "none"}, "[none 1 dial tcp 10.1.2.3:443: refused]"},
		{"operation", object{"operation": "GET /things/{id}", "status": "4xx"}, "[404 2 no thing {n}]"},
		{"filter", object{"filter": `body:"oops"`}, "[500 1 oops]"},
		{"rows", object{"limit": 1}, "[404 2 no thing {n}]"},
		{"successes", object{"status": 200}, "[200 2 <nil>]"},
	} {
		if got := fmt.Sprint(s.failures(c.args)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	s.refused(tool.CodeBadArgument, "find_failures", object{"filter": "status:abc"})
	s.refused(tool.CodeUnknownOperation, "find_failures", object{"operation": "x"})
}

// A call that has no time still examines flows, says that it is not complete, and completes.
func TestFindFailuresCompletes(t *testing.T) {
	s := connect(t, newStore(t, shopFlows(t)...), func(c *Config) { c.Wait = time.Nanosecond })
	for range 10000 {
		got := s.fine("find_failures", nil)
		if got["searched"] == 0.0 {
			t.Fatalf("nothing was examined: %v", got)
		}
		if got["complete"] == true {
			return
		}
	}
	t.Error("it is never complete")
}

// Rarer kinds are in brief, up to a limit, and the text says how to get all.
func TestManyFailures(t *testing.T) {
	var fs []flow.Flow
	add := func(message string) {
		fs = append(fs, answered(newFlow("GET", "https", "a.example", "/things", ""), 409, "application/json", `{"message":"`+message+`"}`))
	}
	word := func(i int) string { return string([]byte{'a' + byte(i/10), 'a' + byte(i%10)}) }
	for i := range 63 {
		add("no " + word(i) + " " + strings.Repeat("y", 75))
	}
	for i := range 7 {
		add("often")
		add("twice " + word(i/2))
	}
	s := connect(t, newStore(t, fs...))
	for _, c := range []struct {
		limit, rows, others, more int
		says                      string
	}{
		{2, 2, 40, 26, "others has 40 rarer kinds of failure, without differences; 26 are left out: call find_failures again with limit 68, or with operation or status."},
		{28, 28, 40, 0, "others has 40 rarer kinds of failure, without differences: call find_failures again with limit 68, or with operation or status."},
		{67, 67, 1, 0, "others has 1 rarer kind of failure, without differences: call find_failures again with limit 68, or with operation or status."},
		{68, 68, 0, 0, ""},
	} {
		r := s.call("find_failures", object{"limit": c.limit})
		others, _ := r.data["others"].([]any)
		more, _ := r.data["more"].(float64)
		rows := list(t, r.data, "failures")
		if len(rows) != c.rows || len(others) != c.others || int(more) != c.more || r.data["failed"] != float64(len(fs)) {
			t.Errorf("limit %d: %d rows, %d others, %v more", c.limit, len(rows), len(others), more)
		}
		if about, _, _ := strings.Cut(r.text, "\n"); c.says != "" && about != c.says || c.says == "" && !strings.HasPrefix(about, "captured traffic") {
			t.Errorf("limit %d: %s", c.limit, about)
		}
		if fmt.Sprintln(rows[0]["message"], rows[0]["count"], rows[0]["flow_ids"], rows[1]["message"], rows[1]["count"], rows[1]["flow_ids"]) != "often 7 [76 64] twice ac 2 [75 73]\n" {
			t.Errorf("limit %d: %v", c.limit, rows[:2])
		}
		if len(others) > 0 {
			last := others[len(others)-1].(object)
			if text := last["message"].(string); !strings.HasSuffix(text, "y…") || len(text) != 80+len("…") {
				t.Errorf("limit %d: %q", c.limit, text)
			}
		}
	}
}

func TestCompareFlows(t *testing.T) {
	a := answered(newFlow("GET", "https", "a.example", "/things/1", "page=1"), 200, "application/json", `{"id":1,"price":2}`)
	b := answered(newFlow("GET", "https", "a.example", "/things/1", "page=2"), 200, "application/json", `{"id":1,"price":3}`)
	a.Request.Header = flow.Header{{Name: "Authorization", Value: "Bearer plantedBearerToken11"}}
	b.Request.Header = flow.Header{{Name: "Authorization", Value: "Bearer plantedBearerToken22"}}
	s := connect(t, newStore(t, a, b, a))
	got := s.fine("compare_flows", object{"a": 1, "b": 2})
	request, response := list(t, got, "request"), list(t, got, "response")
	if len(request) != 2 || request[0]["name"] != "authorization" || request[1]["name"] != "page" || len(response) != 1 || response[0]["name"] != "$.price" {
		t.Errorf("%v", got)
	}
	if strings.Contains(fmt.Sprint(got), "planted") {
		t.Errorf("a secret is shown: %v", got)
	}
	if got := s.fine("compare_flows", object{"a": 1, "b": 3}); len(list(t, got, "request"))+len(list(t, got, "response")) != 0 {
		t.Errorf("equal flows differ: %v", got)
	}
	if got := s.fine("compare_flows", object{"a": 1, "b": 2, "limit": 1}); got["more"] != 2.0 {
		t.Errorf("%v", got)
	}
	s.refused(tool.CodeFlowNotFound, "compare_flows", object{"a": 1, "b": 99})
	s.refused(tool.CodeBadArgument, "compare_flows", object{"a": 1})
}

// The agent sends a guess, and compares its own flow with the one that has the secret. Right and
// wrong guesses look alike.
func TestComparisonTestsNoGuess(t *testing.T) {
	const secret = "plantedHeaderKey5521"
	up := newUpstream(t)
	f := answered(newFlow("GET", "http", up.authority(), "/a", ""), 200, "", "")
	f.Request.Header = flow.Header{{Name: "X-Api-Key", Value: secret}}
	st := newStore(t, f, answered(newFlow("GET", "http", up.authority(), "/a", ""), 200, "", ""))
	s := connect(t, st, up.allow())
	var seen []string
	for _, guess := range []string{secret, "plantedHeaderKey5522"} {
		sent := s.fine("replay_flow", object{"flow_id": 2, "headers_json": `{"X-Api-Key":"` + guess + `"}`})
		id, ok := sent["flow_id"]
		if !ok { // the flow was not stored: store what a recorder would
			g := f
			g.ID, g.Source = flow.NewID(), "replay"
			g.Request.Header = flow.Header{{Name: "X-Api-Key", Value: guess}}
			last, err := st.Append(t.Context(), g)
			if err != nil {
				t.Fatal(err)
			}
			id = uint64(last)
		}
		for _, d := range list(t, s.fine("compare_flows", object{"a": 1, "b": id}), "request") {
			if d["name"] == "x-api-key" {
				seen = append(seen, fmt.Sprint(d["change"]))
			}
		}
	}
	if len(seen) != 2 || seen[0] != seen[1] {
		t.Errorf("the comparison tells a right guess from a wrong one: %v", seen)
	}
}
