package mcptools

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/mcptools/replay"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/store/storetest"
)

// TestFuzzRequests checks what fuzz_endpoint asks, sends and reports: each value once, in the one
// parameter, and which answers differ from that to the captured request.
func TestFuzzRequests(t *testing.T) {
	var mu sync.Mutex
	var sent []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		sent = append(sent, r.Method+" "+r.URL.RawQuery+" "+string(body))
		mu.Unlock()
		switch value := r.URL.Query().Get("q"); {
		case value == "'":
			http.Error(w, "syntax", 500)
		case strings.Contains(value, "SELECT"):
			io.WriteString(w, strings.Repeat("x", 120)) // a fifth more
		case strings.Contains(value, "SLEEP"):
			io.WriteString(w, strings.Repeat("x", 121))
		case strings.HasPrefix(value, `"`):
			io.WriteString(w, strings.Repeat("x", 79))
		case strings.HasPrefix(value, "' OR"):
			panic(http.ErrAbortHandler) // no answer
		default:
			io.WriteString(w, strings.Repeat("x", 100))
		}
	}))
	defer srv.Close()
	srv.Config.ErrorLog = nil
	authority := strings.TrimPrefix(srv.URL, "http://")
	get := answered(newFlow("GET", "http", authority, "/search", "a=1&q=old&b=2"), 200, "text/plain", "x")
	post := answered(newFlow("POST", "http", authority, "/items", ""), 200, "text/plain", "x")
	post.Request.Body = plainBody(`{ "name":"rug","n":1.0 }`)
	text := answered(newFlow("POST", "http", authority, "/items", ""), 200, "text/plain", "x")
	text.Request.Body = plainBody(`["rug"]`)
	st := storetest.NewMemory()
	must(st.Append(t.Context(), get, post, text))
	cl := must(egress.New(egress.Config{Named: []string{srv.URL}}))
	defer cl.Close()
	s := connect(t, st, func(c *setup) { c.Allow.Send = &SendConfig{Client: cl, Origins: []string{srv.URL}} })
	args := object{"flow_id": 1, "target_param": "q"}
	e := s.refused(tool.CodeConfirm, "fuzz_endpoint", args)
	if m := fmt.Sprint(e["message"]); !strings.Contains(m, "fuzz_endpoint would send GET "+srv.URL+"/search?a=1&q=old&b=2") || !strings.Contains(m, "; then the same 5 times with unusual values (sqli) of q.") {
		t.Errorf("asked was %s", m)
	}
	if len(sent) > 0 {
		t.Fatalf("sent before anybody agreed: %q", sent)
	}
	args["__confirmed"] = true
	got := s.fine("fuzz_endpoint", args)
	var rows []string
	for _, r := range append([]object{got["baseline"].(object)}, list(t, got, "results")...) {
		rows = append(rows, fmt.Sprintln(r["payload"], r["status_code"], r["length"], r["anomalies"]))
	}
	want := "<nil> 200 100 []\n' 500 7 [server_error status_differs length_differs]\n' OR '1'='1 0 0 [no_answer status_differs length_differs]\n" +
		"1; SELECT 1 200 120 []\n\" OR \"\"=\" 200 79 [length_differs]\n1' AND SLEEP(0)--  200 121 [length_differs]\n"
	if strings.Join(rows, "") != want || got["anomalies"] != 4.0 {
		t.Errorf("%v anomalies\n%s", got["anomalies"], strings.Join(rows, ""))
	}
	queries := []string{
		"GET a=1&q=old&b=2 ", "GET a=1&q=%27&b=2 ", "GET a=1&q=%27+OR+%271%27%3D%271&b=2 ", "GET a=1&q=1%3B+SELECT+1&b=2 ",
		"GET a=1&q=%22+OR+%22%22%3D%22&b=2 ", "GET a=1&q=1%27+AND+SLEEP%280%29--+&b=2 ",
	}
	if fmt.Sprint(sent) != fmt.Sprint(queries) {
		t.Errorf("sent %q", sent)
	}
	s.refused(tool.CodeConfirm, "fuzz_endpoint", args) // a consent is valid once
	sent = nil
	args = object{"flow_id": 2, "target_param": "name", "param_type": "json_body", "payload_category": "path_traversal"}
	s.refused(tool.CodeConfirm, "fuzz_endpoint", args)
	args["__confirmed"] = true
	s.fine("fuzz_endpoint", args)
	bodies := []string{
		`POST  { "name":"rug","n":1.0 }`, `POST  {"n":1.0,"name":"../../../../etc/passwd"}`, `POST  {"n":1.0,"name":"..%2f..%2f..%2fetc%2fpasswd"}`, `POST  {"n":1.0,"name":"....//....//etc/passwd"}`,
	}
	if fmt.Sprint(sent) != fmt.Sprint(bodies) {
		t.Errorf("sent %q", sent)
	}
	for _, id := range []int{1, 3} {
		args["flow_id"] = id
		if e := s.refused(tool.CodeNoBody, "fuzz_endpoint", args); e["message"] != "the body of the request is not a JSON object" {
			t.Errorf("flow %d: %v", id, e)
		}
	}
	s.refused(tool.CodeFlowNotFound, "fuzz_endpoint", object{"flow_id": 9, "target_param": "q"})
}

// TestConsentIsForOneRequest follows the redirect of a read, and not that of a request that
// somebody agreed to: the consent is for that one.
func TestConsentIsForOneRequest(t *testing.T) {
	var mu sync.Mutex
	var sent []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if sent = append(sent, r.Method+" "+r.URL.Path); r.URL.Path == "/old" {
			http.Redirect(w, r, "/new", http.StatusSeeOther)
		}
	}))
	defer srv.Close()
	cl := must(egress.New(egress.Config{Named: []string{srv.URL}}))
	defer cl.Close()
	st := storetest.NewMemory()
	for _, method := range []string{"GET", "POST"} {
		must(st.Append(t.Context(), answered(newFlow(method, "http", strings.TrimPrefix(srv.URL, "http://"), "/old", ""), 303, "", "")))
	}
	s := connect(t, st, func(c *setup) { c.Allow.Send = &SendConfig{Client: cl, Origins: []string{srv.URL}} })
	if got := s.fine("replay_flow", object{"flow_id": 1}); got["status_code"] != 200.0 || got["not_followed"] != nil {
		t.Errorf("a read: %v", got)
	}
	s.refused(tool.CodeConfirm, "replay_flow", object{"flow_id": 2})
	if got := s.fine("replay_flow", object{"flow_id": 2, "__confirmed": true}); got["status_code"] != 303.0 || got["not_followed"] == nil {
		t.Errorf("a request with a consent: %v", got)
	}
	disguised := object{"flow_id": 1, "headers_json": `{"X-HTTP-Method-Override":"DELETE"}`}
	s.refused(tool.CodeConfirm, "replay_flow", disguised)
	disguised["__confirmed"] = true
	if got := s.fine("replay_flow", disguised); got["status_code"] != 303.0 || got["not_followed"] == nil {
		t.Errorf("a GET with a consent: %v", got)
	}
	fuzz := object{"flow_id": 1, "target_param": "q", "payload_category": "xss"}
	s.refused(tool.CodeConfirm, "fuzz_endpoint", fuzz)
	fuzz["__confirmed"] = true
	s.fine("fuzz_endpoint", fuzz)
	if fmt.Sprint(sent) != "[GET /old GET /new POST /old GET /old"+strings.Repeat(" GET /old", 4)+"]" {
		t.Errorf("sent %v", sent)
	}
}

// TestVariableLimits says which values cannot be stored, and bounds their sizes and number.
func TestVariableLimits(t *testing.T) {
	up := newUpstream(t)
	most := answered(newFlow("GET", "http", up.authority(), "/most", ""), 200, "text/plain", strings.Repeat("x", 64<<10))
	most.Response.Header = append(most.Response.Header, struct{ Name, Value string }{"Location", "/things/4711"})
	more := answered(newFlow("GET", "http", up.authority(), "/more", ""), 200, "text/plain", strings.Repeat("x", 64<<10+1))
	st := storetest.NewMemory()
	must(st.Append(t.Context(), most, more, newFlow("GET", "http", up.authority(), "/lost", "")))
	s := connect(t, st, up.allow())
	extract := func(id int, name, pattern string, group int) object {
		return object{"flow_id": id, "name": name, "regex_pattern": pattern, "group_index": group}
	}
	for _, x := range []struct {
		args object
		code tool.Code
		want string // in the message, or the value
	}{
		{extract(1, "a", "x{5}", 0), "", "xxxxx"},
		{extract(1, "a", `Location: \S+/(\d+)`, 1), "", "4711"},
		{extract(1, "a", "(y)?x", 1), "", ""},
		{extract(1, "a", "^x+$", 0), "", strings.Repeat("x", 2000) + "…"},
		{extract(2, "a", "^x+$", 0), tool.CodeBadArgument, "would have a text of 65537 bytes: the limit is 65536"},
		{extract(1, "a", "zz9", 0), tool.CodeNoBody, "the expression matches nothing in the response"},
		{extract(1, "a", "x", 1), tool.CodeBadArgument, "is 1, but the expression has 0 groups in parentheses"},
		{extract(1, "a", "(", 0), tool.CodeBadArgument, "argument regex_pattern: is not a regular expression: missing closing )"},
		{extract(1, "a b", "x", 0), tool.CodeBadArgument, "argument name: must be letters, digits and _"},
		{extract(3, "a", "x", 0), tool.CodeNoBody, "the flow has no response"},
		{extract(4, "a", "x", 0), tool.CodeFlowNotFound, ""},
	} {
		if x.code == "" {
			if got, _ := s.fine("extract_session_variable", x.args)["value"].(string); got != x.want {
				t.Errorf("%v: %.80q", x.args, got)
			}
		} else if e := s.refused(x.code, "extract_session_variable", x.args); !strings.Contains(fmt.Sprint(e["message"]), x.want) {
			t.Errorf("%v: %v", x.args, e)
		}
	}
	if got := s.fine("set_session_variable", object{"name": "b", "value": "mine"}); got["name"] != "b" || got["value"] != nil {
		t.Errorf("a value is shown: %v", got)
	}
	for i := 2; i < replay.MaxVariables; i++ {
		s.fine("set_session_variable", object{"name": fmt.Sprint("v", i), "value": "x"})
	}
	if e := s.refused(tool.CodeBadArgument, "set_session_variable", object{"name": "last", "value": "x"}); !strings.Contains(fmt.Sprint(e["message"]), "is one too many: the limit is 1000 variables") {
		t.Errorf("%v", e)
	}
	s.fine("set_session_variable", object{"name": "b", "value": "again"})
}
