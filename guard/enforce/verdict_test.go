package enforce

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/limit"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/guard/session"
)

// A caller is told why a message is refused, and not that something exists which it may not see.
func TestRefusalsSayWhy(t *testing.T) {
	g, _ := newGuard(t, Config{})
	tool := func(s Subject) *Message {
		s.Kind = policy.Tool
		return &Message{Direction: ToServer, Method: "tools/call", Subject: s}
	}
	long := strings.Repeat("n", 61)
	for name, tt := range map[string]struct {
		g      *Guard
		m      *Message
		rule   string
		reason string
		hidden bool
	}{
		"no name":        {g, tool(Subject{}), policy.RuleDefaultDeny, "the parameters of tools/call do not say what is asked for", false},
		"unknown":        {g, tool(Subject{How: Unknown}), policy.RuleHidden, "the server lists no such tool", true},
		"quarantined":    {g, tool(Subject{How: Quarantined, Why: "it has changed"}), RulePins, "it has changed", false},
		"hidden":         {g, call("secret"), policy.RuleHidden, "there is no tool of this name", true},
		"of a grant":     {g.Only([]string{"write"}), call(long), RuleGrant, "the grant does not cover " + long[:60] + "…", true},
		"inner":          {g, tool(Subject{How: ByPolicy, Names: []string{"read"}, Inner: &Inner{Name: "x", Unknown: true}}), policy.RuleHidden, "there is no tool of this name", true},
		"inner of grant": {g.Only([]string{"read"}), tool(Subject{How: ByPolicy, Names: []string{"read"}, Inner: &Inner{Name: "write"}}), RuleGrant, "the grant does not cover write", true},
		"not listed":     {g, tool(Subject{How: ByLists, Names: []string{"read", "secret"}}), policy.RuleDefaultDeny, "there is no such tool", true},
		"a task":         {g, tool(Subject{How: ByPolicy, Names: []string{"text"}, IsTask: true}), "/tools/text", "the call may not run as a task, whose result the policy would not see", false},
		"inner task":     {g, tool(Subject{How: ByPolicy, Names: []string{"read"}, Inner: &Inner{Name: "x", Unknown: true}, IsTask: true}), policy.RuleHidden, "there is no tool of this name", true},
		"second name":    {g, tool(Subject{How: ByPolicy, Names: []string{"read", "other"}}), policy.RuleDefaultDeny, "the policy does not allow this tool", true},
	} {
		v := tt.g.Judge(tt.m)
		if v.Allowed || v.Rule != tt.rule || !strings.HasPrefix(v.Reason, tt.reason) || tt.hidden != v.Hidden {
			t.Errorf("%s: %+v", name, v.Decision)
		}
		if r := string(Refusal(v)); !strings.Contains(r, Prefix+tt.rule) || strings.Contains(r, PendingPrefix) {
			t.Errorf("%s: the result is %s", name, r)
		}
	}
	if v := g.Judge(tool(Subject{How: ByLists, Names: []string{"read"}})); !v.Allowed {
		t.Errorf("what is listed is not completed: %+v", v.Decision)
	}
}

// A task is let through where the policy lets its result through unseen.
func TestTasks(t *testing.T) {
	for text, want := range map[string]bool{
		"version: 1\ntools: {read: {}}\n":                                                     false,
		"version: 1\ntools: {read: {}}\nmethods: {tasks/result: {}}\n":                        true,
		"version: 1\ntools: {read: {results: {redact: true}}}\nmethods: {tasks/result: {}}\n": false,
	} {
		g, _ := newGuard(t, Config{})
		if err := g.SetPolicy(loadPolicy(t, text)); err != nil {
			t.Fatal(err)
		}
		m := call("read")
		m.Subject.IsTask = true
		if v := g.Judge(m); v.Allowed != want {
			t.Errorf("%s: %+v", text, v.Decision)
		}
	}
}

// What comes of a task is treated as the results of all tools are, and that of other methods is not.
func TestResultsOfTasks(t *testing.T) {
	g, _ := newGuard(t, Config{})
	if err := g.SetPolicy(loadPolicy(t, "version: 1\ntools: {read: {results: {max_bytes: 1000}}, write: {}}\nmethods: {tasks/result: {}, x/other: {}}\n")); err != nil {
		t.Fatal(err)
	}
	for method, want := range map[string]int{"tasks/result": 1000, "x/other": 0} {
		v := g.Judge(&Message{Direction: ToServer, Method: method, Subject: Subject{How: ByPolicy, Kind: policy.Method, Names: []string{method}}})
		if !v.Allowed || int(v.Results.MaxBytes) != want {
			t.Errorf("%s: %d bytes, want %d; %+v", method, v.Results.MaxBytes, want, v.Decision)
		}
	}
	if v := g.Judge(call("write")); !v.Allowed || v.Results.MaxBytes != 0 {
		t.Errorf("a tool gets the bound of another: %+v", v.Results)
	}
}

// The record of a call has what is needed to find out later what happened, and its values only on
// request.
func TestRecordOfACall(t *testing.T) {
	many := map[string]any{}
	for i := range 105 {
		many[fmt.Sprintf("a%03d", i)] = i
	}
	for name, tt := range map[string]struct {
		values bool
		change func(m *Message)
		want   map[string]any
	}{
		"a call": {false, func(*Message) {}, map[string]any{
			"event": "decision", "identity": "ann", "session": "s1", "direction": "upstream", "method": "tools/call", "server": "shop",
			"name": "read", "decision": "allow", "rule": "/tools/read", "arguments": "[a b]", "digest": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
		}},
		"with values":    {true, func(m *Message) { m.Params = []byte(`{"password":"hunter2x"}`) }, map[string]any{"values": "map[password:"}},
		"no parameters":  {true, func(m *Message) { m.Params = nil }, map[string]any{}},
		"within a call":  {false, func(m *Message) { m.Subject.Inner = &Inner{Name: "write", Args: map[string]any{"c": 1}} }, map[string]any{"name": "write", "via": "read", "arguments": "[c]"}},
		"a denied one":   {false, func(m *Message) { m.Subject.Names = []string{"other"} }, map[string]any{"decision": "deny", "rule": policy.RuleDefaultDeny, "reason": "no rule"}},
		"no names":       {false, func(m *Message) { m.Subject = Subject{} }, map[string]any{"decision": "deny"}},
		"many arguments": {false, func(m *Message) { m.Subject.Args = many }, map[string]any{"arguments": "[a000 "}},
	} {
		g, records := newGuard(t, Config{Values: tt.values, Name: "shop"})
		m := call("read")
		m.From = Caller{Identity: map[string]any{"name": "ann"}, Session: "s1"}
		m.Params, m.Subject.Args = []byte("{}"), map[string]any{"b": 1, "a": 2}
		tt.change(m)
		g.Judge(m)
		var got map[string]any
		if err := json.Unmarshal([]byte(records()), &got); err != nil {
			t.Fatal(err)
		}
		for k, want := range tt.want {
			if text := fmt.Sprint(got[k]); want != text && !(name != "a call" && strings.HasPrefix(text, fmt.Sprint(want))) && k != "reason" {
				t.Errorf("%s: %s is %s, want %v", name, k, text, want)
			}
		}
		if _, has := got["values"]; has != (name == "with values") || strings.Contains(records(), "hunter2x") {
			t.Errorf("%s: values %v", name, got["values"])
		}
		if reason, _ := got["reason"].(string); (got["decision"] == "deny") != (reason != "") {
			t.Errorf("%s: %s because of %q", name, got["decision"], reason)
		}
		if all, _ := got["arguments"].([]any); name == "many arguments" && len(all) != 100 {
			t.Errorf("%d names of arguments", len(all))
		}
	}
}

// The record of an outcome belongs to its decision, and has the time and size of the answer.
func TestRecordOfAnOutcome(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	g, records := newGuard(t, Config{})
	g.c.Now = func() time.Time { return now }
	g.Judge(call("read"))
	m := call("read")
	m.From = Caller{Identity: map[string]any{"name": "ann"}, Session: "s1"}
	v := g.Judge(m)
	now = now.Add(1500 * time.Microsecond)
	g.Outcome(v, Lost, 7)
	g.Outcome(g.Judge(&Message{Method: "ping", Subject: Subject{How: Passes}}), Answered, 1) // is not in the audit
	g.Malformed(m.From, ToClient, "no JSON")
	lines := strings.Split(strings.TrimSpace(records()), "\n")
	if len(lines) != 4 {
		t.Fatalf("%d records:\n%s", len(lines), records())
	}
	for i, want := range map[int]string{
		2: `"event":"outcome","identity":"ann","session":"s1","call":2,"method":"tools/call","outcome":"lost","latency_ms":1.5,"size":7`,
		3: `"event":"decision","identity":"ann","session":"s1","direction":"client","decision":"deny","rule":"(malformed)","reason":"no JSON","policy":"` + g.Policy().Version() + `"`,
	} {
		if !strings.Contains(lines[i], want) {
			t.Errorf("record %d: %s\nwant %s", i, lines[i], want)
		}
	}
}

// What a person decides on names the tool within a call and the definitions, and a denial is passed
// on with its note.
func TestHeldCall(t *testing.T) {
	b := newBench(t, false)
	m := payment("1")
	m.Subject.Inner = &Inner{Name: "pay", Args: map[string]any{}}
	h := atOnce
	h.Definition = func() string { return "hash" }
	v := b.JudgeHeld(t.Context(), m, h)
	if v.Held == nil || v.Held.Inner != "pay" || v.Held.Definition != "hash" || string(v.Held.Arguments) != `{"amount":1}` {
		t.Fatalf("%+v", v.Held)
	}
	if _, err := b.book.Decide(v.Pending, v.Held.Digest, approval.Decision{By: "anna", Note: "too much"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	v = b.JudgeHeld(t.Context(), m, h)
	if v.Allowed || v.Pending != "" || v.Rule != "/tools/pay/require_approval" || v.Reason != "a person has denied the call: too much" {
		t.Errorf("%+v", v.Decision)
	}
	none := payment("1")
	none.Subject.Args = nil
	if v := b.JudgeHeld(t.Context(), none, atOnce); v.Held == nil || string(v.Held.Arguments) != "{}" || v.Held.Inner != "" {
		t.Errorf("%+v", v.Held)
	}
}

// A call of a tool of this program whose limit is reached is refused before anybody is asked, and
// the audit has it once.
func TestCheckOfACall(t *testing.T) {
	g, records := newGuard(t, Config{})
	waits := g.Start(call("write"), Holding{})
	for range 2 {
		c := g.Start(call("write"), Holding{})
		if _, denied := c.Proceed(t.Context(), ""); denied {
			t.Fatal("denied")
		}
	}
	for range 2 {
		if d, denied := waits.Check(); !denied || !strings.HasPrefix(d.Rule, "/tools/write") {
			t.Errorf("%+v", d)
		}
	}
	if v := waits.Refusal(); v.Allowed || !strings.HasPrefix(v.Rule, "/tools/write") {
		t.Errorf("%+v", v.Decision)
	}
	waits.End(Failed, 1)
	if got := strings.Count(records(), `"decision":"deny"`); got != 1 || strings.Contains(records(), "outcome") {
		t.Errorf("the audit has %d denials:\n%s", got, records())
	}
}

// A call may need an approval for what it does beyond what the policy says.
func TestRequire(t *testing.T) {
	for name, tt := range map[string]struct {
		tool    string
		shadow  bool
		require *policy.Approval
		want    bool
	}{
		"required":       {"read", false, &policy.Approval{Rule: "/own"}, true},
		"nothing":        {"read", false, nil, false},
		"denied already": {"other", false, &policy.Approval{Rule: "/own"}, false},
		"in shadow mode": {"read", true, &policy.Approval{Rule: "/own"}, false},
	} {
		g, _ := newGuard(t, Config{Shadow: tt.shadow})
		c := g.Start(call(tt.tool), Holding{})
		c.Require(tt.require)
		if got := c.NeedsApproval(); got != tt.want {
			t.Errorf("%s: needs an approval: %v", name, got)
		}
		_, denied := c.Proceed(t.Context(), "")
		if r := c.Refusal(); tt.want && (!denied || r.Rule != "/own" || !strings.Contains(r.Reason, "start the server with --approvals FILE")) {
			t.Errorf("%s: %+v", name, r.Decision)
		}
		c.Require(&policy.Approval{Rule: "/late"})
		if r := c.Refusal(); r.Approval != nil && r.Approval.Rule == "/late" {
			t.Errorf("%s: a call that was decided needs another approval", name)
		}
	}
}

// The context of a handler has its call, and guards of several servers share all but the name.
func TestSharedParts(t *testing.T) {
	g, records := newGuard(t, Config{})
	c := g.Start(call("read"), Holding{})
	if CallOf(WithCall(t.Context(), c)) != c || CallOf(t.Context()) != nil {
		t.Error("the context has another call")
	}
	named := g.Only([]string{"read"}).Named("shop")
	if !named.Audits() || named.IsShadow() || !named.ListsTemplate("x") != !g.ListsTemplate("x") {
		t.Error("a named guard is another one")
	}
	named.Judge(call("read"))
	if !strings.Contains(records(), `"server":"shop"`) {
		t.Error(records())
	}
	if v := named.Judge(call("write")); v.Rule != RuleGrant {
		t.Errorf("a named guard forgets its grant: %+v", v.Decision)
	}
	bare := New(g.Policy(), Config{Limits: new(limit.Ledger), Shadow: true})
	if bare.Audits() || !bare.IsShadow() || !bare.Lists(policy.Tool, "secret") || !bare.ListsTemplate("a:{b}") {
		t.Error("a shadow hides something, or writes an audit")
	}
}

// A session that ends takes its totals and its order of calls with it.
func TestEndOfASession(t *testing.T) {
	g := newSessionGuard(t, Config{Sessions: session.NewBook()})
	for range 2 {
		wantRule(t, g.Judge(in("1", "fetch")), "")
	}
	wantRule(t, g.Judge(in("1", "fetch")), "/tools/fetch/limits/0")
	g.Succeeded(g.Judge(in("1", "review")), []byte(`{}`))
	wantRule(t, g.Judge(in("1", "commit")), "")
	g.EndSession(Caller{Identity: map[string]any{"name": "agent"}, Session: "1/files"})
	wantRule(t, g.Judge(in("1", "fetch")), "")
	wantRule(t, g.Judge(in("1", "commit")), "/tools/commit/after")
}

// Only a result that says so is a success.
func TestIsSuccess(t *testing.T) {
	for text, want := range map[string]bool{
		`{}`: true, `{"isError":false}`: true, `{"isError":true}`: false, `{"isError":"no"}`: false, `{"resultType":"complete"}`: true,
		`{"resultType":"input_required"}`: false, `{"task":{}}`: false, `[]`: false, `{`: false,
	} {
		if got := isSuccess([]byte(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// A name is cut between letters.
func TestClipBetweenLetters(t *testing.T) {
	for s, want := range map[string]string{
		strings.Repeat("a", 60):         strings.Repeat("a", 60),
		strings.Repeat("a", 61):         strings.Repeat("a", 60) + "…",
		"a" + strings.Repeat("é", 30):   "a" + strings.Repeat("é", 29) + "…",
		"aaa" + strings.Repeat("😀", 15): "aaa" + strings.Repeat("😀", 14) + "…",
	} {
		if got := Clip(s); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A record has the first hundred names of arguments, in their order, and each shortened.
func TestArgumentNames(t *testing.T) {
	args := map[string]any{strings.Repeat("z", 61): 1}
	for i := range 99 {
		args[fmt.Sprintf("a%02d", i)] = 1
	}
	if got := argumentNames(args); len(got) != 100 || got[0] != "a00" || got[99] != strings.Repeat("z", 60)+"…" {
		t.Errorf("a hundred: %q", got)
	}
	args["a99"] = 1
	if got := argumentNames(args); len(got) != 100 || got[99] != "a99" {
		t.Errorf("one more: %q", got)
	}
	if got := argumentNames([]any{"a"}); len(got) != 0 {
		t.Errorf("a list: %q", got)
	}
}

// A denied call is in the audit at once: its caller may never go on with it. A message without
// parameters has no digest.
func TestDeniedAtOnce(t *testing.T) {
	g, records := newGuard(t, Config{})
	g.Start(call("other"), Holding{})
	if got := records(); strings.Count(got, `"decision":"deny"`) != 1 || strings.Contains(got, `"digest":`) {
		t.Errorf("the audit is %s", got)
	}
	m := call("other")
	m.Params = []byte("{}")
	g.Start(m, Holding{})
	if got := records(); strings.Count(got, `"decision":"deny"`) != 2 || strings.Count(got, `"digest":"44136fa355b3678a`) != 1 {
		t.Errorf("the audit is %s", got)
	}
}
