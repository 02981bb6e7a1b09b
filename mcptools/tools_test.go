package mcptools

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/demo"
	"github.com/spectap/spectap/mcptools/authdetect"
	"github.com/spectap/spectap/mcptools/tool"
)

func TestInspectFlows(t *testing.T) {
	s := connect(t, newStore(t, shopFlows(t)...))
	got := s.fine("inspect_flows", object{"flow_ids": "3, 1,99999,3", "fields": "url,status_code"})
	flows := list(t, got, "flows")
	if len(flows) != 2 || flows[0]["flow_id"] != 3.0 || flows[1]["flow_id"] != 1.0 {
		t.Errorf("not in the order asked for: %v", flows)
	}
	if m := got["missing"].([]any); len(m) != 1 || m[0] != 99999.0 {
		t.Errorf("missing is %v", m)
	}
	for name := range flows[0] {
		if !slices.Contains([]string{"flow_id", "url", "status_code"}, name) {
			t.Errorf("field %s was not asked for", name)
		}
	}
	all := list(t, s.fine("inspect_flows", object{"flow_ids": []any{1, "2"}, "full_body": true}), "flows")
	if all[0]["request_body"] == nil || all[1]["response_headers"] == nil {
		t.Errorf("fields are missing: %v", all)
	}
	s.refused(tool.CodeBadArgument, "inspect_flows", object{"flow_ids": "1", "fields": "url,url; DROP TABLE flows"})
	s.refused(tool.CodeBadArgument, "inspect_flows", object{"flow_ids": "a,b"})
	s.refused(tool.CodeBadArgument, "inspect_flows", object{"flow_ids": ""})
}

// TestSizes gives one size of a response everywhere: that on the wire. That of a request counts
// placeholders, so that it does not tell the length of a secret.
func TestSizes(t *testing.T) {
	const body = `{"password":"swordfish7x"}`
	up := newUpstream(t)
	f := answered(newFlow("GET", "http", up.authority(), "/a", ""), 200, "application/json", body)
	f.Request.Header, f.Request.Body = flow.Header{{Name: "Content-Type", Value: "application/json"}}, plainBody(body)
	s := connect(t, newStore(t, f), up.allow())
	size := func(o object, path ...string) float64 {
		for _, name := range path {
			o, _ = o[name].(object)
		}
		n, _ := o["size"].(float64)
		return n
	}
	one := s.fine("inspect_flow", object{"flow_id": 1})
	many := list(t, s.fine("inspect_flows", object{"flow_ids": []any{1}}), "flows")[0]
	var read object
	if err := json.Unmarshal([]byte(s.read(t, flowURI+"1")), &read); err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]float64{
		"row": size(list(t, s.fine("get_traffic_summary", nil), "flows")[0]), "inspect_flow": size(one, "response", "body"),
		"inspect_flows": size(many, "response_body"), "field of inspect_flows": size(many), "resource": size(read, "response", "body"),
	} {
		if got != float64(len(body)) {
			t.Errorf("%s: %v bytes, want %d", name, got, len(body))
		}
	}
	shown := len(one["request"].(object)["body"].(object)["text"].(string))
	if shown == len(body) || size(one, "request", "body") != float64(shown) || size(many, "request_body") != float64(shown) {
		t.Errorf("the request has %v and %v bytes, want %d", size(one, "request", "body"), size(many, "request_body"), shown)
	}
	s.refused(tool.CodeConfirm, "replay_flow", object{"flow_id": 1})
	if got := size(s.fine("replay_flow", object{"flow_id": 1, "__confirmed": true}), "body"); got != float64(len("you sent  "+body)) {
		t.Errorf("replay_flow: %v bytes", got)
	}
}

// The bodies of one result have a mebibyte in all. The rest is named.
func TestInspectFlowsInParts(t *testing.T) {
	const most = 256 << 10 // of one body
	var fs []flow.Flow
	for _, size := range []int{most, most + 1, most, most - 1, 1, 1, 1} {
		fs = append(fs, answered(newFlow("GET", "https", "a.example", "/x", ""), 200, "text/plain", strings.Repeat("x", size)))
	}
	s := connect(t, newStore(t, fs...))
	r := s.call("inspect_flows", object{"flow_ids": []any{1, 2, 3, 4, 5, 6, 7}, "full_body": true, "fields": "response_body,size"})
	var lengths []string
	for _, f := range list(t, r.data, "flows") {
		body := f["response_body"].(object)
		lengths = append(lengths, fmt.Sprint(f["size"], " ", len(body["text"].(string)), " ", body["truncated"]))
	}
	want := "262144 262144 <nil>, 262145 262144 true, 262144 262144 <nil>, 262143 262143 <nil>, 1 1 <nil>"
	if got := strings.Join(lengths, ", "); got != want {
		t.Errorf("got %s", got)
	}
	if !strings.HasPrefix(r.text, "This leaves out 2 flows: call inspect_flows again with flow_ids 6,7.") {
		t.Errorf("%.200s", r.text)
	}
	few := s.fine("inspect_flows", object{"flow_ids": []any{1, 2, 3, 4, 5, 6, 7}})
	if flows := list(t, few, "flows"); len(flows) != 7 || len(flows[1]["response_body"].(object)["text"].(string)) != 2000 {
		t.Errorf("%d flows", len(flows))
	}
}

// The schema describes the whole body, of any length and type.
func TestFlowSchema(t *testing.T) {
	long := `[{"id":1,"tags":["a"],"deep":{"x":[{"y":null}]}},` + strings.Repeat(`{"id":2,"tags":[]},`, 1000) + `{"id":3,"tags":["b"]}]`
	s := connect(t, newStore(t,
		answered(newFlow("GET", "https", "a.example", "/x", ""), 200, "application/json", long),
		answered(newFlow("GET", "https", "a.example", "/y", ""), 200, "text/html", "<p>no</p>"),
	))
	got := s.fine("get_flow_schema", object{"flow_id": 1})
	schema := got["response"].(object)["schema"].(object)
	items, _ := schema["items"].(object)
	props, _ := items["properties"].(object)
	if schema["type"] != "array" || props["deep"] == nil || props["tags"] == nil {
		t.Errorf("the schema is %v", schema)
	}
	s.refused(tool.CodeNoBody, "get_flow_schema", object{"flow_id": 2})
	s.refused(tool.CodeFlowNotFound, "get_flow_schema", object{"flow_id": 3})
}

func TestOperations(t *testing.T) {
	s := connect(t, newStore(t, shopFlows(t)...))
	rows := list(t, s.fine("get_api_patterns", nil), "patterns")
	if len(rows) < 30 {
		t.Errorf("only %d operations", len(rows))
	}
	lines := fmt.Sprint(s.fine("list_operations", nil)["operations"])
	for _, r := range rows {
		// The names of parameters do not matter.
		for _, path := range []string{r["path"].(string), strings.ReplaceAll(r["path"].(string), "}", "_x:int}")} {
			one := s.fine("get_operation", object{"method": r["method"], "path": path})
			if one["path"] != r["path"] || one["count"] != r["count"] {
				t.Errorf("%s: got %v %v", path, one["path"], one["count"])
			}
		}
		a := object{"method": r["method"], "path": r["path"]}
		one := s.fine("get_operation", a)
		line := s.fine("get_operation", object{"method": r["method"], "path": r["path"], "format": "compact"})["compact"].([]any)[0].(string)
		if !strings.Contains(lines, line+" flow=") || !strings.Contains(line, fmt.Sprintf(" n=%v", r["count"])) {
			t.Errorf("list_operations has no line %q with a flow", line)
		}
		checkReferences(t, fmt.Sprint(a), one)
		if x := s.fine("explain_operation", a); len(list(t, x, "findings")) == 0 {
			t.Errorf("%v: no findings", a)
		}
	}
	byRequest := s.fine("get_operation", object{"method": "get", "path": "/api/v1/products/oak-stool"})
	if !strings.Contains(byRequest["path"].(string), "{") {
		t.Errorf("the operation of a requested path is %v", byRequest["path"])
	}
	for _, name := range []string{"get_operation", "explain_operation"} {
		for _, a := range []object{
			{"operation": "DELETE /api/v1/orders/{x}"}, {"operation": "deleteorder"}, {"operation": "DELETE delete_order"},
			{"operation": "DELETE https://localhost/api/v1/orders/bce79fb0-b5b0-4c13-a28e-e267cdb1f4d3?x=1"},
			{"path": "delete /api/v1/orders/{x}"}, {"method": "DELETE", "operation": "/api/v1/orders/{x}"},
		} {
			if one := s.fine(name, a); one["method"] != "DELETE" || one["path"] != "/api/v1/orders/{order_id}" {
				t.Errorf("%s %v: got %v %v", name, a, one["method"], one["path"])
			}
		}
		e := s.refused(tool.CodeBadArgument, name, object{"operation": "/api/v1/orders/{x}"})
		if !strings.Contains(e["message"].(string), "DELETE /api/v1/orders/{order_id}, GET /api/v1/orders/{order_id}") {
			t.Errorf("%s: the error does not name the operations of the path: %v", name, e)
		}
		for _, a := range []object{nil, {"operation": " "}, {"method": "GET"}, {"operation": "/a", "path": "/a"}, {"method": "GET", "path": "POST /a"}} {
			s.refused(tool.CodeBadArgument, name, a)
		}
		s.refused(tool.CodeUnknownOperation, name, object{"method": "GET", "path": "/no/such/thing"})
		s.refused(tool.CodeUnknownOperation, name, object{"method": "PROPFIND", "path": "/api/v1/products/oak-stool"})
	}
	for _, a := range []object{{"operation": "noSuchThing"}, {"operation": "GET noSuchThing"}, {"method": "GET", "operation": "noSuchThing"}} {
		one, other := s.refused(tool.CodeUnknownOperation, "get_operation", a), s.refused(tool.CodeUnknownOperation, "explain_operation", a)
		if fmt.Sprint(one) != fmt.Sprint(other) {
			t.Errorf("%v: get_operation says %v, explain_operation %v", a, one, other)
		}
	}
}

// checkReferences checks that the result has the component of every reference.
func checkReferences(t *testing.T, name string, one object) {
	t.Helper()
	raw, _ := json.Marshal(one)
	components := one["components"].(object)
	for _, part := range strings.Split(string(raw), `"$ref":"#/components/`)[1:] {
		ref, _, _ := strings.Cut(part, `"`)
		kind, key, _ := strings.Cut(ref, "/")
		of, _ := components[kind].(object)
		if of[key] == nil {
			t.Errorf("%s refers to %s, which is not there", name, ref)
		}
	}
}

func TestCheckFlows(t *testing.T) {
	s := connect(t, newStore(t, shopFlows(t)...))
	spec := s.fine("export_openapi_spec", object{"format": "yaml", "max_bytes": 4 << 20})["text"].(string)
	got := s.fine("check_flows", object{"spec": spec})
	if got["broken"] != 0.0 || got["checked"].(float64) < 350 {
		t.Errorf("against its own document: %v", got)
	}
	wrong := strings.ReplaceAll(spec, "type: boolean", "type: integer")
	got = s.fine("check_flows", object{"spec": wrong})
	if got["broken"] == 0.0 {
		t.Error("no flow breaks a document that is wrong")
	}
	e := s.refused(tool.CodeBadArgument, "check_flows", object{"spec": "not: [a document"})
	if e["argument"] != "spec" {
		t.Errorf("the error is %v", e)
	}
}

// Patterns in a document cannot be used to guess a secret.
func TestCheckFlowsDoesNotRevealSecrets(t *testing.T) {
	spec := func(pattern string) string {
		return `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/oauth/token":{"post":{
			"requestBody":{"content":{"application/x-www-form-urlencoded":{"schema":{"type":"object","properties":{"password":{"type":"string","pattern":"` + pattern + `"}}}}}},
			"responses":{"200":{"description":""},"400":{"description":""}}}}}}`
	}
	s := connect(t, newStore(t, shopFlows(t)...))
	right := s.fine("check_flows", object{"spec": spec("^alice")})
	wrong := s.fine("check_flows", object{"spec": spec("^zzzzz")})
	delete(right, "notice")
	delete(wrong, "notice")
	if fmt.Sprint(right) != fmt.Sprint(wrong) {
		t.Errorf("a right guess is told from a wrong one:\n%v\n%v", right, wrong)
	}
}

func TestAuthPattern(t *testing.T) {
	s := connect(t, newStore(t, shopFlows(t)...))
	got := s.fine("detect_auth_pattern", nil)
	want := []any{authdetect.APIKey, authdetect.BasicAuth, authdetect.BearerToken, authdetect.JWT, authdetect.OAuth2, authdetect.SessionCookie}
	if fmt.Sprint(got["detected_auth_types"]) != fmt.Sprint(want) {
		t.Errorf("detected %v, want %v", got["detected_auth_types"], want)
	}
	text := fmt.Sprint(got)
	for _, signal := range []string{"request header X-Api-Key", "token endpoint POST /oauth/token, grant_type password", "cookie shop_session set", "Basic"} {
		if !strings.Contains(text, signal) {
			t.Errorf("no signal %q in %v", signal, got["details"])
		}
	}
	again := s.fine("detect_auth_pattern", nil)
	if fmt.Sprint(again) != text {
		t.Error("two calls differ")
	}
	one := s.fine("detect_auth_pattern", object{"flow_ids": "1"})
	if one["searched"] != 1.0 {
		t.Errorf("looked at %v flows", one["searched"])
	}
}

func TestFindValue(t *testing.T) {
	fs := shopFlows(t)
	s := connect(t, newStore(t, fs...))
	// The id of an order comes from the response to its creation and is used in paths.
	created := matching(t, func(f flow.Flow) bool {
		return f.Request.Method == "POST" && f.Request.Path == "/api/v1/orders" && f.Response.Status == 201
	})
	id := strings.TrimPrefix(created[0].Response.Header.Get("Location"), "/api/v1/orders/")
	got := s.fine("find_value", object{"value": id})
	origin := got["origin"].(object)
	if origin["method"] != "POST" || origin["side"] != "response" {
		t.Errorf("the origin is %v", origin)
	}
	places := map[string]bool{}
	for _, o := range list(t, got, "occurrences") {
		places[fmt.Sprint(o["side"], " ", o["place"], " ", o["name"], " ", o["whole"])] = true
	}
	for _, want := range []string{"response header Location false", "response body /id true", "request path 4 true"} {
		if !places[want] {
			t.Errorf("not found as %s: %v", want, places)
		}
	}
	if n := len(list(t, s.fine("find_value", object{"value": demo.Password("alice")}), "occurrences")); n != 0 {
		t.Errorf("a password was found %d times", n)
	}
	if text := s.call("find_value", object{"value": "in-no-flow"}).text; !strings.HasPrefix(text, "No captured flow has this value. search_traffic ") {
		t.Errorf("no next step: %s", text)
	}
	if e := s.refused(tool.CodeBadArgument, "find_value", object{"value": ""}); !strings.Contains(fmt.Sprint(e["hint"]), "inspect_flow") {
		t.Error(e)
	}
	s.refused(tool.CodeBadArgument, "find_value", nil)
}

// TestUnknownTag checks that a tag which no operation has is said to be unknown, with the one that
// was meant.
func TestUnknownTag(t *testing.T) {
	s := connect(t, newStore(t, shopFlows(t)...))
	for _, name := range []string{"list_operations", "export_openapi_spec"} {
		e := s.refused(tool.CodeUnknownOperation, name, object{"tag": "prodcuts"})
		if hint := fmt.Sprint(e["hint"]); e["argument"] != "tag" || !strings.HasPrefix(hint, `did you mean "products"? the tags are `) {
			t.Errorf("%s: %v", name, e)
		}
		if e := s.refused(tool.CodeUnknownOperation, name, object{"tag": "zzz"}); !strings.HasPrefix(fmt.Sprint(e["hint"]), "the tags are ") {
			t.Errorf("%s: %v", name, e)
		}
	}
	if e := s.refused(tool.CodeUnknownOperation, "list_operations", object{"tag": "PRODUCTS", "method": "TRACE"}); e["argument"] != nil {
		t.Errorf("a tag that exists is blamed: %v", e)
	}
}

func TestWhatIsNew(t *testing.T) {
	st := newStore(t, shopFlows(t)[:120]...)
	s := connect(t, st)
	cursor := s.fine("capture_status", nil)["cursor"]
	if got := s.fine("what_is_new", object{"cursor": cursor}); len(list(t, got, "flows")) != 0 {
		t.Errorf("something is new: %v", got)
	}
	begun := newFlow("GET", "https", "new.example", "/a", "")
	begun.Done = false
	for range 2 {
		if _, err := st.Append(t.Context(), begun); err != nil {
			t.Fatal(err)
		}
		got := s.fine("what_is_new", object{"cursor": cursor})
		flows := list(t, got, "flows")
		if len(flows) != 1 || flows[0]["url"] != "https://new.example/a" {
			t.Errorf("new is %v", flows)
		}
		cursor = got["cursor"]
		begun = answered(begun, 200, "text/plain", "done")
		begun.Done = true
	}
	n, cursor := 0, any("")
	for {
		page := s.fine("what_is_new", object{"cursor": cursor, "limit": 50})
		n += len(list(t, page, "flows"))
		cursor = page["cursor"]
		if page["more"] != true {
			break
		}
	}
	if n != 121 {
		t.Errorf("%d flows from the beginning, want 121", n)
	}
}

func TestHostsAndTools(t *testing.T) {
	s := connect(t, newStore(t,
		answered(newFlow("GET", "https", "b.example", "/", ""), 200, "", ""),
		answered(newFlow("GET", "https", "a.example", "/", ""), 200, "", ""),
		answered(newFlow("GET", "https", "a.example", "/2", ""), 200, "", ""),
	))
	hosts := list(t, s.fine("list_hosts", nil), "hosts")
	if len(hosts) != 2 || hosts[0]["host"] != "a.example" || hosts[0]["flows"] != 2.0 {
		t.Errorf("hosts are %v", hosts)
	}
	if got := list(t, s.fine("list_tools", nil), "tools"); len(got) != len(s.tools) {
		t.Errorf("list_tools has %d tools, tools/list %d", len(got), len(s.tools))
	}
}

func TestDiffSpec(t *testing.T) {
	s := connect(t, newStore(t, shopFlows(t)...))
	spec := s.fine("export_openapi_spec", object{"max_bytes": 4 << 20})["document"].(object)
	encode := func() string {
		raw, _ := json.Marshal(spec)
		return string(raw)
	}
	same := s.fine("diff_spec", object{"spec": encode()})
	if same["groups"] != nil || same["checked"] == 0.0 || same["complete"] != true {
		t.Errorf("its own document differs: %v", same)
	}
	paths := spec["paths"].(object)
	for path, item := range paths {
		if strings.HasSuffix(path, "/categories") {
			delete(paths, path)
			paths["/api/v1/no-such-thing"] = item
		}
	}
	for _, item := range paths {
		for _, o := range item.(object) {
			if o, ok := o.(object); ok && o["operationId"] == "listOrders" {
				o["responses"] = object{"418": object{"description": ""}}
			}
		}
	}
	got := s.fine("diff_spec", object{"spec": encode()})
	groups := list(t, got, "groups")
	kinds := []string{}
	for _, g := range groups {
		kinds = append(kinds, g["kind"].(string)+" "+g["rule"].(string))
	}
	if !slices.IsSortedFunc(groups, func(x, y object) int {
		order := "contradiction undocumented not_shown"
		return strings.Index(order, x["kind"].(string)) - strings.Index(order, y["kind"].(string))
	}) {
		t.Errorf("the order is %q", kinds)
	}
	for _, want := range []string{"contradiction status", "undocumented endpoint-added", "not_shown api-path-removed-without-deprecation"} {
		if !slices.Contains(kinds, want) {
			t.Errorf("no group %s in %q", want, kinds)
		}
	}
	if got["not_shown"].(object)["operations"] != 1.0 || got["breaking"] == 0.0 {
		t.Errorf("got %v", got)
	}
	proved := list(t, s.fine("diff_spec", object{"spec": encode(), "rule": "status", "limit": 1}), "changes")
	if len(proved) != 1 || len(proved[0]["flow_ids"].([]any)) == 0 {
		t.Errorf("got %v", proved)
	}
	for _, g := range list(t, s.fine("diff_spec", object{"spec": encode(), "level": "info"}), "groups") {
		if g["level"] != "info" {
			t.Errorf("got %v", g)
		}
	}
	s.refused(tool.CodeBadArgument, "diff_spec", object{"spec": encode(), "rule": "no-such-rule"})
	s.refused(tool.CodeBadArgument, "diff_spec", object{"spec": "x"})
}

// The text of a partial result names the next call, which succeeds.
func TestContinuations(t *testing.T) {
	f := answered(newFlow("GET", "https", "a.example", "/long", ""), 200, "text/plain", strings.Repeat("0123456789", 500))
	f.Messages = make([]flow.Message, 120)
	for i := range f.Messages {
		f.Messages[i] = flow.Message{Kind: flow.Text, Data: []byte("hello"), Size: 5}
	}
	list := answered(newFlow("GET", "https", "a.example", "/list", ""), 200, "application/json", "["+strings.Repeat(`"abc",`, 200)+`"z"]`)
	s := connect(t, newStore(t, f, list))
	for _, c := range []struct {
		tool       string
		args, next object
		text       string
	}{
		{"inspect_flow", object{"flow_id": 1}, object{"flow_id": 1, "full_body": true, "body_offset": 2000}, "full_body true and body_offset 2000"},
		{"inspect_flow", object{"flow_id": 1, "message_offset": 10}, object{"flow_id": 1, "message_offset": 60}, "message_offset 60"},
		{"extract_from_flow", object{"flow_id": 2, "json_path": "$[*]"}, object{"flow_id": 2, "json_path": "$[*]", "offset": 100}, "offset 100"},
		{"get_traffic_summary", object{"limit": 1}, nil, "cursor "},
		{"list_operations", object{}, nil, ""},
		{"list_operations", object{"limit": 1}, object{"limit": 1, "offset": 1}, "offset 1"},
	} {
		t.Run(c.tool+" "+c.text, func(t *testing.T) {
			s := s.in(t)
			text, _, _ := strings.Cut(s.call(c.tool, c.args).text, tool.Notice().Notice)
			if !strings.Contains(text, c.text) || c.text == "" && text != "" {
				t.Errorf("%s %v says %q", c.tool, c.args, text)
			}
			if c.next != nil && s.call(c.tool, c.next).isError {
				t.Errorf("%s %v is an error", c.tool, c.next)
			}
		})
	}
}

func TestGenerateCodeArguments(t *testing.T) {
	s := connect(t, newStore(t, shopFlows(t)[:2]...))
	got := s.fine("generate_scraper_code", object{"flow_ids": "1,2", "target_framework": "go"})
	if got["language"] != "go" || strings.Count(got["code"].(string), "http.NewRequest(") != 2 {
		t.Errorf("got %v", got)
	}
	s.refused(tool.CodeBadArgument, "generate_scraper_code", object{"flow_ids": "1", "target_framework": "perl"})
	s.refused(tool.CodeFlowNotFound, "generate_scraper_code", object{"flow_ids": "77"})
}
