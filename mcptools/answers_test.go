package mcptools

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/tool"
)

// fenced returns what stands between the two lines around captured text.
func fenced(t *testing.T, text string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, "<<<captured-")
	_, rest, _ = strings.Cut(rest, "\n")
	body, _, closed := strings.Cut(rest, "\ncaptured-")
	if !found || !closed {
		t.Fatalf("no captured text in %q", text)
	}
	return body
}

// The text of a JSON document is JSON after a line about it, for clients that have no more.
func TestExportTextIsTheDocument(t *testing.T) {
	s := connect(t, newStore(t, shopFlows(t)...))
	for _, format := range []string{"json", "yaml"} {
		r := s.call("export_openapi_spec", object{"tag": "cart", "format": format})
		about, text, _ := strings.Cut(fenced(t, r.text), "\n")
		if !strings.HasPrefix(about, "OpenAPI 3.1.0, "+format+": 4 of 4 operations, from ") || !strings.Contains(about, "left out: ") {
			t.Errorf("%s: the first line is %q", format, about)
		}
		if format == "yaml" {
			if want, _ := r.data["text"].(string); text != strings.TrimSuffix(want, "\n") {
				t.Errorf("the text is not the document: %.200q", text)
			}
			continue
		}
		var got any
		if err := json.Unmarshal([]byte(text), &got); err != nil || fmt.Sprint(got) != fmt.Sprint(r.data["document"]) {
			t.Errorf("%v: the text is not the document: %.200q", err, text)
		}
	}
}

// With several hosts, patterns ask for one. Those of all hosts are described as one API, with the
// servers of an operation that has others.
func TestPatternsOfSeveralHosts(t *testing.T) {
	var fs []flow.Flow
	for _, u := range [][2]string{{"api.example", "/v1/things"}, {"api.example", "/v1/parts"}, {"files.example", "/files"}} {
		fs = append(fs, answered(newFlow("GET", "https", u[0], u[1], ""), 200, "application/json", `[{"id":1}]`))
	}
	s := connect(t, newStore(t, fs...))
	if why := s.refused(tool.CodeSeveralHosts, "get_api_patterns", nil); !strings.Contains(fmt.Sprint(why), "api.example, files.example") {
		t.Errorf("the hosts are not named: %v", why)
	}
	all := list(t, s.fine("get_api_patterns", object{"domain": "*"}), "patterns")
	other := slices.IndexFunc(all, func(o object) bool { return o["path"] == "/files" })
	if len(all) != 3 || other < 0 || fmt.Sprint(all[other]["servers"]) != "[https://files.example]" {
		t.Errorf("patterns: %v", all)
	}
	for i, o := range all {
		if i != other && o["servers"] != nil {
			t.Errorf("servers of the document are repeated: %v", o)
		}
	}
}

// Operations that nobody called without credentials are named with what their requests carry, up to
// a limit, also if it is a member of the body.
func TestAuthNamesOperations(t *testing.T) {
	var fs []flow.Flow
	for i := range 60 {
		f := newFlow("POST", "https", "api.example", fmt.Sprintf("/list%c%c", 'a'+i/26, 'a'+i%26), "")
		f.Request.Header = flow.Header{{Name: "Content-Type", Value: "application/json"}}
		body := `{"client_id":"some-client","secret":"f81c2a90be4477d1a6635c0e9d24"}`
		f.Request.Body = flow.Body{Data: []byte(body), Size: int64(len(body))}
		fs = append(fs, answered(f, 200, "application/json", `{"ok":true}`))
	}
	got := connect(t, newStore(t, fs...)).fine("detect_auth_pattern", nil)
	uses := list(t, got, "always")
	if len(uses) != 1 || fmt.Sprint(uses[0]["schemes"]) != "[body member secret]" || got["always_with"] != 60.0 || uses[0]["count"] != 60.0 {
		t.Fatalf("%v", got)
	}
	names := uses[0]["operations"].([]any)
	if len(names) != 40 || !strings.HasPrefix(names[0].(string), "POST /listaa") || !strings.Contains(fmt.Sprint(got["note"]), "list_operations") {
		t.Errorf("%d names, from %v; note %v", len(names), names[0], got["note"])
	}
}

// Where clients sign in is part of how they authenticate; the first reason of a refused sign-in is
// what was sent as credentials, and its message that of the page.
func TestSignIns(t *testing.T) {
	signIn := func(password string, status int, body string) flow.Flow {
		f := newFlow("POST", "https", "www.example", "/login", "")
		f.Request.Header = flow.Header{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}}
		data := "user=ann&remember=1&password=" + password
		f.Request.Body = flow.Body{Data: []byte(data), Size: int64(len(data))}
		return answered(f, status, "text/html", body)
	}
	good := signIn("S3cret-Horse-77", 302, "")
	good.Response.Header = append(good.Response.Header, flow.Field{Name: "Set-Cookie", Value: "sid=s9k2j4h5g6f7d8s9a0q1w2e3; HttpOnly"})
	bad := signIn("wr0ng-Passw0rd!", 401, `<title>Sign in</title><p class="error">Wrong password</p>`)
	s := connect(t, newStore(t, good, bad))
	for _, a := range []object{nil, {"flow_ids": []any{1, 2}}} {
		rows := list(t, s.fine("detect_auth_pattern", a), "sign_in")
		if len(rows) != 1 || fmt.Sprintln(rows[0]["endpoint"], rows[0]["sends"], rows[0]["gives"], rows[0]["requests"], rows[0]["refused"], rows[0]["flow_id"]) !=
			"POST https://www.example/login [password remember user] [cookie sid] 2 1 1\n" {
			t.Errorf("%v: %v", a, rows)
		}
	}
	rows := list(t, s.fine("find_failures", nil), "failures")
	if len(rows) != 1 || rows[0]["message"] != "Wrong password" || rows[0]["differences"].([]any)[0].(map[string]any)["name"] != "password" {
		t.Errorf("%v", rows)
	}
}

// A capture without any credentials says so, instead of only listing nothing.
func TestAuthWithoutCredentials(t *testing.T) {
	f := answered(newFlow("GET", "https", "api.example", "/things", ""), 200, "application/json", `{"id":1}`)
	got := connect(t, newStore(t, f)).fine("detect_auth_pattern", nil)
	if note := fmt.Sprint(got["note"]); got["requests_without"] != 1.0 || !strings.HasPrefix(note, "no request carries credentials") {
		t.Errorf("%v", got)
	}
}

// A failure names the path of a flow even if the paths differ, the rest is one call away, and an
// equal request that succeeded is explained.
func TestFindFailuresSaysMore(t *testing.T) {
	get := func(path string, status int, body string) flow.Flow {
		return answered(newFlow("GET", "https", "a.example", path, ""), status, "application/json", body)
	}
	s := connect(t, newStore(t,
		get("/things/1", 404, `{"message":"not yet"}`), get("/things/1", 200, `{"id":1}`), get("/things/2", 200, `{"id":2}`),
		get("/nowhere/x", 404, `{"message":"no page"}`), get("/elsewhere", 404, `{"message":"no page"}`)))
	r := s.call("find_failures", object{"limit": 1})
	rows := list(t, r.data, "failures")
	if got := rows[0]["operation"]; got != "GET /elsewhere and other paths (not in the document)" {
		t.Errorf("the failure is of %v", got)
	}
	if want := "others has 1 rarer kind of failure, without differences: call find_failures again with limit 2"; !strings.HasPrefix(r.text, want) || r.data["note"] != nil {
		t.Errorf("%.200q, note %v", r.text, r.data["note"])
	}
	if got := fmt.Sprint(list(t, r.data, "others")); got != "[map[count:1 flow_id:1 message:not yet operation:GET /things/{thingId} getThing status:404]]" {
		t.Errorf("others are %s", got)
	}
	all := s.fine("find_failures", nil)
	if rows := list(t, all, "failures"); len(rows) != 2 || rows[1]["same_request"] != true || !strings.Contains(fmt.Sprint(all["note"]), "same_request") {
		t.Errorf("%v", all)
	}
}

// TestAnswersAreSmall bounds the texts that answer the first questions about an API. A token is
// about four bytes.
func TestAnswersAreSmall(t *testing.T) {
	s := connect(t, newStore(t, shopFlows(t)...))
	for _, c := range []struct {
		tool   string
		args   object
		tokens int
	}{
		{"list_operations", nil, 1_500},
		{"detect_auth_pattern", nil, 1_500},
		{"find_failures", nil, 2_700},
		{"export_openapi_spec", object{"format": "compact"}, 2_500},
		{"get_operation", object{"operation": "createOrder", "format": "compact"}, 600},
		{"search_traffic", object{"status": "4xx", "group_by": "operation"}, 1_000},
		{"explain_operation", object{"operation": "createOrder"}, 2_000},
		{"get_traffic_summary", nil, 1_000},
		{"generate_scraper_code", object{"flow_ids": "1"}, 400},
	} {
		r := s.call(c.tool, c.args)
		if r.isError || len(r.text)/4 > c.tokens {
			t.Errorf("%s %v: %d tokens, want at most %d: %.200s", c.tool, c.args, len(r.text)/4, c.tokens, r.text)
		}
		t.Logf("%s %v: %d tokens", c.tool, c.args, len(r.text)/4)
	}
}

// Failures whose messages differ in the values of their paths are of one kind, and the statuses of
// what is left out are counted.
func TestFailuresOfSeveralResources(t *testing.T) {
	var fs []flow.Flow
	for _, shop := range []string{"north", "south", "east", "west"} {
		path := "/shops/" + shop + "/orders"
		fs = append(fs, answered(newFlow("GET", "https", "a.example", path, ""), 200, "application/json", `{"id":1}`))
		fs = append(fs, answered(newFlow("GET", "https", "a.example", path, "x=1"), 400, "application/json", `{"message":"shop `+shop+` has no x"}`))
	}
	fs = append(fs, answered(newFlow("GET", "https", "a.example", "/shops/north/orders", "y=1"), 422, "application/json", `{"message":"no y"}`))
	s := connect(t, newStore(t, fs...))
	got := s.fine("find_failures", object{"limit": 1})
	rows := list(t, got, "failures")
	if rows[0]["count"] != 4.0 || !strings.HasPrefix(fmt.Sprint(rows[0]["message"]), "shop {shop") || rows[0]["example"] != "shop west has no x" {
		t.Errorf("got %v", rows)
	}
	if text := fmt.Sprint(got["statuses"]); text != "[map[count:4 status:400] map[count:1 status:422]]" {
		t.Errorf("statuses: %s", text)
	}
	if all := s.fine("find_failures", nil); all["statuses"] != nil {
		t.Errorf("all rows are there, and %v", all["statuses"])
	}
}

// A reader of one operation, who has no manual, is told what its line leaves to it.
func TestOperationHasALegend(t *testing.T) {
	s := connect(t, newStore(t, answered(newFlow("GET", "https", "api.example", "/things", "page=1"), 200, "application/json", `[{"id":1}]`)))
	text := s.call("get_operation", object{"operation": "/things", "format": "compact"}).text
	if !strings.Contains(text, "?page:int") || !strings.Contains(text, "x? is optional, ?x! required; sent: all requests had it") {
		t.Errorf("%s", text)
	}
	if text := s.call("list_operations", nil).text; !strings.Contains(text, "\n1 operation from 1 flow\n") {
		t.Errorf("%s", text)
	}
}
