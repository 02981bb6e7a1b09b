package spectools

import (
	"context"
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/limit"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/mcp/front"
)

// enforced is a server of a document with a guard, which has a policy, an audit and approvals.
type enforced struct {
	t     *testing.T
	api   *api
	guard *enforce.Guard
	mcp   front.Server
	book  *approval.Book
	log   string
	now   time.Time
	set   *Set
}

// newEnforced returns a server of the clinic.
func newEnforced(t *testing.T, text string, mode Mode, shadow bool) *enforced {
	t.Helper()
	x := newGuard(t, text, enforce.Config{Shadow: shadow})
	x.serve(clinic, mode, Options{BaseURL: x.api.URL}, "alice")
	return x
}

// newGuard returns what decides on calls, without a server.
func newGuard(t *testing.T, text string, c enforce.Config) *enforced {
	t.Helper()
	x := &enforced{t: t, api: newAPI(t), log: filepath.Join(t.TempDir(), "audit"), now: time.Unix(1e9, 0)}
	journal, err := audit.Open(x.log, 0)
	noError(t, err)
	t.Cleanup(func() { journal.Close() })
	if x.book, err = approval.Open(filepath.Join(t.TempDir(), "approvals")); err != nil {
		t.Fatal(err)
	}
	c.Approvals, c.Wait, c.Server, c.Limits, c.Audit = x.book, 20*time.Second, "server", new(limit.Ledger), journal
	c.Redactor, c.Now = redact.New([]byte("k"), redact.Config{}), func() time.Time { return x.now }
	x.guard = enforce.New(x.load(text), c)
	return x
}

// serve serves a document to a caller.
func (x *enforced) serve(document string, mode Mode, o Options, caller string) {
	x.t.Helper()
	o.Lists = x.guard.Lists
	x.set = newSet(x.t, document, o)
	x.mcp = front.Guarded(NewServer(x.set, ServerOptions{Mode: mode}), x.guard, map[string]any{"name": caller})
}

func (x *enforced) load(text string) *policy.Policy {
	x.t.Helper()
	return must(policy.Load(x.t.Context(), "policy", []byte(text)))
}

// try calls a tool and returns the result, or the error, as text.
func (x *enforced) try(c *client.Client, tool, args string) string {
	x.t.Helper()
	var r mcp.CallToolRequest
	r.Params.Name, r.Params.Arguments = tool, json.RawMessage(args)
	res, err := c.CallTool(context.Background(), r)
	if err != nil {
		return "error: " + err.Error()
	}
	return string(mustJSON(res))
}

func (x *enforced) records() []audit.Record {
	x.t.Helper()
	return readAudit(x.t, x.log)
}

// readAudit returns the records of an audit.
func readAudit(t *testing.T, path string) (all []audit.Record) {
	t.Helper()
	noError(t, audit.Read(t.Context(), path, func(_ string, _ int, text []byte) error {
		r, err := audit.Decode(text)
		all = append(all, r)
		return err
	}, nil))
	return all
}

func toolNames(t *testing.T, c *client.Client) string {
	t.Helper()
	list := must(c.ListTools(t.Context(), mcp.ListToolsRequest{}))
	var names []string
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
	}
	return strings.Join(names, " ")
}

const clinicPolicy = `
version: 1
tools:
  getVisit: {require: [{path: args.id, op: lt, value: 100}]}
  bookVisit: {rate_limit: 1/hour}
  listVisits: {action: deny, reason: ask the desk}
  info: {}
  describe: {}
`

const carriers = "  search_operations: {}\n  describe_operation: {}\n  call_operation: {limits: [{counter: calls, window: hour, max: 100}]}\n"

// TestEnforcedStatic lists and calls tools as the policy says, in both eras of the protocol.
func TestEnforcedStatic(t *testing.T) {
	for _, modern := range []bool{false, true} {
		x := newEnforced(t, clinicPolicy, ModeStatic, false)
		c := connectTo(t, x.mcp, modern)
		if got := toolNames(t, c); got != "bookVisit describe getVisit info listVisits" {
			t.Errorf("lists %s", got)
		}
		hidden, missing := x.try(c, "cancelVisit", `{"id":1}`), x.try(c, "cancelVisi2", `{"id":1}`)
		if strings.ReplaceAll(hidden, "cancelVisit", "cancelVisi2") != missing || !strings.Contains(hidden, "not found") {
			t.Errorf("a hidden tool: %s\none that does not exist: %s", hidden, missing)
		}
		for args, want := range map[string]string{
			`{"id":5}`: "api_response", `{"id":500}`: "[POLICY DENIED] /tools/getVisit/require/0", `{"id":"5"}`: "api_response",
			`{"id":"500"}`: "[POLICY DENIED] /tools/getVisit/require/0", `{"id":"x"}`: "[POLICY DENIED]", `{}`: "[POLICY DENIED]",
		} {
			if got := x.try(c, "getVisit", args); !strings.Contains(got, want) {
				t.Errorf("getVisit %s: %s", args, got)
			}
		}
		if got := x.try(c, "listVisits", `{}`); !strings.Contains(got, "[POLICY DENIED] /tools/listVisits: ask the desk") ||
			!strings.Contains(got, `"code":"policy_denied"`) || !strings.Contains(got, `"isError":true`) {
			t.Errorf("listVisits: %s", got)
		}
		for _, tool := range []string{"info", "describe"} {
			if got := x.try(c, tool, `{}`); strings.Contains(got, "cancelVisit") || strings.Contains(got, `operations":6`) {
				t.Errorf("%s reveals hidden operations: %s", tool, got)
			}
		}
		if n := len(x.api.requests()); n != 2 {
			t.Errorf("%d requests were sent, want 2", n)
		}
		if _, err := c.ReadResource(t.Context(), mcp.ReadResourceRequest{Params: mcp.ReadResourceParams{URI: ResourceOperations}}); err == nil {
			t.Error("a resource that the policy does not allow was read")
		}
		must(audit.Verify(t.Context(), x.log, nil))
	}
}

// TestEnforcedDynamic judges the operation within call_operation and read_operation, which policies
// know as call_operation, and hides operations from search and description.
func TestEnforcedDynamic(t *testing.T) {
	x := newEnforced(t, clinicPolicy+carriers, ModeDynamic, false)
	c := connectTo(t, x.mcp, false)
	if got := x.try(c, "search_operations", `{"limit":50}`); strings.Contains(got, "cancelVisit") || !strings.Contains(got, "getVisit") {
		t.Errorf("search: %s", got)
	}
	for _, tool := range []string{"describe_operation", "call_operation", "read_operation"} {
		hidden, missing := x.try(c, tool, `{"operation":"cancelVisit"}`), x.try(c, tool, `{"operation":"cancelVisi2"}`)
		if hidden != missing || !strings.Contains(hidden, "is not an operation of this API") {
			t.Errorf("%s: a hidden operation: %s\none that does not exist: %s", tool, hidden, missing)
		}
	}
	if got := x.try(c, "search_operations", `{"limit":1}`); strings.Contains(got, "billing") || !strings.Contains(got, `"tag":"visits"`) {
		t.Errorf("tags: %s", got)
	}
	for args, want := range map[string]string{
		`{"operation":"getVisit","arguments":{"id":5}}`:   "api_response",
		`{"operation":"getVisit","arguments":{"id":500}}`: "[POLICY DENIED] /tools/getVisit/require/0",
		`{"operation":"getVisit","arguments":{}}`:         "[POLICY DENIED] /tools/getVisit/require/0",
		`{"operation":"getVisit"}`:                        "[POLICY DENIED] /tools/getVisit/require/0",
		`{"operation":"listVisits","arguments":{}}`:       "[POLICY DENIED] /tools/listVisits",
	} {
		for _, tool := range []string{"call_operation", "read_operation"} {
			if got := x.try(c, tool, args); !strings.Contains(got, want) {
				t.Errorf("%s %s: %s", tool, args, got)
			}
		}
	}
	if got := x.try(c, "read_operation", `{"operation":"bookVisit","__confirmed":true}`); !strings.Contains(got, "bookVisit changes something: call it with call_operation") {
		t.Errorf("a write by the tool that reads: %s", got)
	}
	if n := len(x.api.requests()); n != 2 {
		t.Errorf("%d requests were sent, want 2", n)
	}
	records := x.records()
	for records[len(records)-1].Event != "decision" { // the outcome of a call names no tool
		records = records[:len(records)-1]
	}
	last := records[len(records)-1]
	if last.Name != "bookVisit" || last.Via != "call_operation" {
		t.Errorf("the audit names the carrier instead of the operation: %+v", last)
	}
	x.guard.SetPolicy(x.load("version: 1\ntools: {getVisit: {}}"))
	for _, tool := range []string{"call_operation", "read_operation"} {
		if got := x.try(c, tool, `{"operation":"getVisit","arguments":{"id":5}}`); !strings.Contains(got, "not found") {
			t.Errorf("a carrier that the policy does not allow: %s", got)
		}
	}
	if got := toolNames(t, c); got != "" {
		t.Errorf("lists %s", got)
	}
}

// TestReadOperation takes only calls whose requests read, whatever their arguments, and which are
// not held. A list names it for its next page.
func TestReadOperation(t *testing.T) {
	const document = `
openapi: 3.0.3
info: {title: Clinic, version: "2"}
paths:
  /visits:
    get: {operationId: listVisits, parameters: [{name: page, in: query, schema: {type: integer}}, {name: pay_method, in: query, schema: {type: string}}], responses: {"200": {description: ok}}}
  /visits/search:
    post: {operationId: searchVisits, summary: Search visits, responses: {"200": {description: ok}}}
  /audit:
    get: {operationId: getAudit, responses: {"200": {description: ok}}}
  /rebuild:
    get: {operationId: rebuild, x-mcp-destructive: true, responses: {"200": {description: ok}}}
`
	a := newAPI(t)
	a.answer = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", `<?page=2>; rel="next"`)
		_, _ = w.Write([]byte("{}"))
	}
	p := guard.Policy{Confirm: []string{"t_getAudit"}}
	c := connectTo(t, NewServer(newSet(t, document, Options{BaseURL: a.URL, Prefix: "t_", Policy: p}), ServerOptions{Mode: ModeDynamic}), false)
	for args, want := range map[string]string{
		`{"operation":"listVisits"}`:                                   `"next_page":{"arguments":{"arguments":{"page":2},"operation":"t_listVisits"},"tool":"t_read_operation"}`,
		`{"operation":"listVisits","arguments":{"pay_method":"card"}}`: "t_listVisits may change something, or is held: call it with t_call_operation",
		`{"operation":"searchVisits"}`:                                 "t_searchVisits may change something, or is held: call it with t_call_operation",
		`{"operation":"getAudit","__confirmed":true}`:                  "t_getAudit may change something, or is held: call it with t_call_operation",
		`{"operation":"rebuild"}`:                                      "t_rebuild changes something: call it with t_call_operation",
	} {
		if got := string(mustJSON(call(t, c, "t_read_operation", args).Raw)); !strings.Contains(got, want) {
			t.Errorf("%s: %s", args, got)
		}
	}
	if n := len(a.requests()); n != 1 {
		t.Errorf("%d requests were sent, want 1", n)
	}
}

// TestEnforcedBodyMembers judges members of the body in the body, wherever the call has them.
func TestEnforcedBodyMembers(t *testing.T) {
	const document = `
openapi: 3.0.3
info: {title: Clinic, version: "2"}
paths:
  /visits:
    put: {operationId: moveVisit, requestBody: {content: {application/json: {schema: {type: object, properties: {urgent: {type: boolean}, at: {type: string}}}}}},
      responses: {"200": {description: ok}}}
`
	const text = `{version: 1, tools: {"*": {deny_if: [{path: args.requestBody.urgent, op: eq, value: true, optional: true}]}}}`
	x := newGuard(t, text, enforce.Config{Confirm: guard.Policy{NoConfirmDangerous: true}})
	for _, mode := range []Mode{ModeStatic, ModeDynamic} {
		x.serve(document, mode, Options{BaseURL: x.api.URL, Policy: guard.Policy{NoConfirmDangerous: true}}, "alice")
		c := connectTo(t, x.mcp, false)
		for args, want := range map[string]string{
			`{"urgent":true,"at":"9:00"}`: "POLICY DENIED", `{"requestBody":{"urgent":true}}`: "POLICY DENIED", `{"urgent":false}`: "api_response",
		} {
			name := "moveVisit"
			if mode == ModeDynamic {
				name, args = "call_operation", `{"operation":"moveVisit","arguments":`+args+`}`
			}
			if got := x.try(c, name, args); !strings.Contains(got, want) {
				t.Errorf("%s: %s: %s", mode, args, got)
			}
		}
	}
}

// TestEnforcedHold counts a call once that is held and confirmed, when it is sent. A limit without
// room refuses before anybody is asked.
func TestEnforcedHold(t *testing.T) {
	for _, mode := range []Mode{ModeStatic, ModeDynamic} {
		x := newEnforced(t, clinicPolicy+carriers, mode, false)
		c := connectTo(t, x.mcp, false)
		book := func(confirmed bool) string {
			suffix := ""
			if confirmed {
				suffix = `"__confirmed":true`
			}
			if mode == ModeDynamic {
				return x.try(c, "call_operation", strings.Replace(`{"operation":"bookVisit",`+suffix+`}`, ",}", "}", 1))
			}
			return x.try(c, "bookVisit", `{`+suffix+`}`)
		}
		for i, step := range []struct {
			confirmed bool
			want      string
		}{
			{false, "confirmation_request"}, {false, "confirmation_request"}, {true, "api_response"},
			{false, "[POLICY DENIED] /tools/bookVisit/rate_limit"}, {true, "confirmation_request"},
		} {
			if i == 4 {
				x.now = x.now.Add(time.Hour)
			}
			if got := book(step.confirmed); !strings.Contains(got, step.want) {
				t.Errorf("%s: step %d: %s, want %s", mode, i, got, step.want)
			}
		}
		if n := len(x.api.requests()); n != 1 {
			t.Errorf("%s: %d requests were sent, want 1", mode, n)
		}
		var got []string
		for _, r := range x.records() {
			got = append(got, r.Decision+r.Outcome+" "+r.Confirmed)
		}
		if s := strings.Join(got, ","); s != "hold ,hold ,allow model,result ,deny ,hold " {
			t.Errorf("%s: the audit has %s", mode, s)
		}
	}
}

// TestEnforcedInvalid writes calls that the tool itself refuses, and does not count them.
func TestEnforcedInvalid(t *testing.T) {
	x := newEnforced(t, "version: 1\ntools: {getVisit: {rate_limit: 1/hour}}", ModeStatic, false)
	c := connectTo(t, x.mcp, false)
	x.try(c, "getVisit", `{"id":"no"}`)
	if got := x.try(c, "getVisit", `{"id":1}`); !strings.Contains(got, "api_response") {
		t.Error(got)
	}
	if r := x.records()[0]; r.Decision != "deny" || r.Rule != "(arguments)" {
		t.Errorf("%+v", r)
	}
}

// TestEveryToolIsJudged denies every tool that a server lists, with a reason.
func TestEveryToolIsJudged(t *testing.T) {
	for _, mode := range []Mode{ModeStatic, ModeDynamic} {
		x := newEnforced(t, `{version: 1, tools: {"*": {action: deny}}}`, mode, false)
		c := connectTo(t, x.mcp, false)
		for name := range strings.FieldsSeq(toolNames(t, c)) {
			if got := x.try(c, name, `{}`); !strings.Contains(got, "[POLICY DENIED] /tools/*") {
				t.Errorf("%s: %s", name, got)
			}
		}
	}
}
