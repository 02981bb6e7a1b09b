package policy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// Both of two approvals are satisfied by the stricter of each part.
func TestApprovalOfBoth(t *testing.T) {
	a := &Approval{Rule: "/a", Reason: "ra", Approvers: 1, Within: time.Hour, Also: []string{"/x"}, Caller: true}
	b := &Approval{Rule: "/b", Reason: "rb", Approvers: 3, Within: time.Minute, Also: []string{"/y"}, Once: true}
	if a.And(nil) != a || (*Approval)(nil).And(b) != b || (*Approval)(nil).And(nil) != nil {
		t.Error("nothing changes an approval")
	}
	for _, tt := range []struct {
		a, b *Approval
		want string
	}{
		{a, b, "{/a ra 3 1m0s [/x /b /y] false true}"},
		{b, a, "{/b rb 3 1m0s [/y /a /x] false true}"},
		{a, a, "{/a ra 1 1h0m0s [/x /a /x] true false}"},
		{&Approval{Rule: "/c"}, a, "{/c  1 1h0m0s [/a /x] false false}"}, // zero is the default of who asks
		{a, &Approval{Rule: "/c"}, "{/a ra 1 1h0m0s [/x /c] false false}"},
	} {
		if got := fmt.Sprint(*tt.a.And(tt.b)); got != tt.want {
			t.Errorf("%s and %s: %s, want %s", tt.a.Rule, tt.b.Rule, got, tt.want)
		}
	}
	if fmt.Sprint(a.Also) != "[/x]" {
		t.Error("an approval was changed")
	}
}

// An approval that people were asked for covers what the policy asks for now, if that is no more.
func TestApprovalCovers(t *testing.T) {
	a := &Approval{Rule: "/a", Approvers: 2, Also: []string{"/b"}}
	for name, tt := range map[string]struct {
		a, b *Approval
		want bool
	}{
		"none needed":        {nil, nil, true},
		"none needed now":    {a, nil, true},
		"none had":           {nil, a, false},
		"the same":           {a, a, true},
		"fewer people":       {a, &Approval{Rule: "/a", Approvers: 1}, true},
		"more people":        {a, &Approval{Rule: "/a", Approvers: 3}, false},
		"the other rule":     {a, &Approval{Rule: "/b", Approvers: 2}, true},
		"another rule":       {a, &Approval{Rule: "/c", Approvers: 2}, false},
		"one rule more":      {a, &Approval{Rule: "/a", Approvers: 2, Also: []string{"/b", "/c"}}, false},
		"rules in any order": {a, &Approval{Rule: "/b", Approvers: 2, Also: []string{"/a"}}, true},
		"caller was enough":  {&Approval{Rule: "/a", Caller: true}, &Approval{Rule: "/a"}, false},
		"caller is enough":   {&Approval{Rule: "/a", Caller: true}, &Approval{Rule: "/a", Caller: true}, true},
		"caller may be":      {&Approval{Rule: "/a"}, &Approval{Rule: "/a", Caller: true}, true},
	} {
		if got := tt.a.Covers(tt.b); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Results are zero only if nothing happens to them.
func TestResultsThatPass(t *testing.T) {
	if !(Results{}).IsZero() {
		t.Error("nothing happens, and the results are not zero")
	}
	for name, results := range map[string]string{
		"bound": "max_bytes: 9", "redact": "redact: true", "fence": "fence: true", "remove": "remove: [a]", "deny": "deny_matching: [a]",
	} {
		p := mustLoad(t, "version: 1\ntools: {t: {results: {"+results+"}}}")
		if p.AllResults().IsZero() {
			t.Errorf("%s: something happens, and the results are zero", name)
		}
	}
}

// Limits lists the limits of every entry, as they are counted.
func TestLimitsOfAPolicy(t *testing.T) {
	p := mustLoad(t, `
version: 1
all_tools: {limits: [{counter: calls, window: minute, max: 60, scope: global, reason: enough}]}
tools:
  pay: {limits: [{counter: spend, max: 5, scope: session}]}
  "read_*": {rate_limit: 10/minute}
resources: {"a:b": {rate_limit: 1/hour}}
prompts: {p: {rate_limit: 2/day}}
`)
	var got []string
	for _, c := range p.Limits() {
		got = append(got, fmt.Sprintf("%s %s %v %s %v %q", c.Key, c.Max, c.Window, c.Rule, c.Session, c.Reason))
	}
	if all := mustLoad(t, "version: 1\ntools: {pay: {rate_limit: 1/hour}}").Limits(); len(all) != 1 || all[0].Rule != "/tools/pay/rate_limit" {
		t.Errorf("of one tool alone: %+v", all)
	}
	slices.Sort(got)
	want := `/all_tools/limits/calls 60 1m0s /all_tools/limits/0 false "enough"
/prompts/p/limits/rate_limit 2 24h0m0s /prompts/p/rate_limit false ""
/resources/a:b/limits/rate_limit 1 1h0m0s /resources/a:b/rate_limit false ""
/tools/pay/limits/spend 5 0s /tools/pay/limits/0 true ""
/tools/read_*/limits/rate_limit 10 1m0s /tools/read_*/rate_limit false ""`
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	if d := p.Decide(&Call{Kind: Tool, Name: "pay"}); d.Allowed || d.Rule != "/tools/pay/limits/0" || d.Reason != "the session is not known, so the call cannot be counted" {
		t.Errorf("without a session: %+v", d)
	}
	d := p.Decide(&Call{Kind: Tool, Name: "pay", Identity: map[string]any{"name": `a"b`}, Session: &Session{ID: "s"}})
	if len(d.Charges) != 2 || d.Charges[0].Key != SessionKey(`a"b`, "s")+"/tools/pay/limits/spend" || d.Charges[0].Key != `"a\"b""s"/tools/pay/limits/spend` || !d.Charges[0].Session {
		t.Errorf("%+v", d.Charges)
	}
}

// A refusal says what is used up, of which window, and when there is room again.
func TestRefusalTexts(t *testing.T) {
	for want, c := range map[string]Charge{
		"the limit of 5 per minute is reached; try again in 1s":                {Amount: One, Max: 5 * One, Window: time.Minute},
		"the limit of 5 per 90 seconds is reached; try again in 1s":            {Amount: One, Max: 5 * One, Window: 90 * time.Second},
		"the limit of 5 per 2 weeks is reached; try again in 1s":               {Amount: One, Max: 5 * One, Window: 14 * 24 * time.Hour},
		"the limit of 5.5 for a session is reached":                            {Amount: One, Max: 5_500_000, Session: true},
		"the limit of 5 per hour is reached in this session; try again in 1s":  {Amount: One, Max: 5 * One, Window: time.Hour, Session: true},
		"the limit of 5 for a session is reached; this call alone exceeds it":  {Amount: 6 * One, Max: 5 * One, Session: true},
		"the limit of 0.000001 per day is reached; this call alone exceeds it": {Amount: 2, Max: 1, Window: 24 * time.Hour},
		"enough for today; try again in 1s":                                    {Amount: One, Max: One, Window: time.Hour, Reason: "enough for today"},
	} {
		if got := c.Refusal(time.Millisecond); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Amounts are bounded and exact.
func TestBoundsOfAmounts(t *testing.T) {
	for text, want := range map[string]string{
		"1000000000000": "1000000000000", "1000000000000.000001": "is larger than 1000000000000", "0.000001": "0.000001", "0": "0", "-0": "0",
		"0.0000001": "has more than six decimals", "-0.000001": "is negative", "1e999999": "is too large",
	} {
		a, err := ParseAmount(json.Number(text))
		if err != nil && err.Error() != want || err == nil && a.String() != want {
			t.Errorf("%s: %s, %v", text, a, err)
		}
	}
	for _, tt := range []struct {
		a, most Amount
		want    int64
	}{{0, 10, 0}, {79, 100, 79}, {799, 1000, 79}, {10, 10, 100}, {11, 10, 110}, {0, 0, 100}, {5, 0, 100}, {5, -1, 100}, {MaxAmount, MaxAmount, 100}} {
		if got := tt.a.Percent(tt.most); got != tt.want {
			t.Errorf("%d of %d: %d percent", tt.a, tt.most, got)
		}
	}
	for text, want := range map[string]bool{"31622400": true, "31622401": false, "366d": true, "367d": false, "1s": true, "0s": false, "52 weeks": true, "53 weeks": false} {
		if w, ok := parseWindow(text); ok != want {
			t.Errorf("%s: %v, %v", text, w, ok)
		}
	}
	for text, want := range map[string]string{
		"10/minute": "10 1m0s true", "4294967295/s": "", "4294967295/second": "4294967295 1s true", "4294967296/second": "", "10": "", "/minute": "", "1/": "", "-1/minute": "",
	} {
		n, w, ok := parseRate(text)
		if got := fmt.Sprint(n, " ", w, " ", ok); ok != (want != "") || ok && got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
}

// A policy is bounded in bytes, depth, values and problems. What is just within each bound loads.
func TestBoundsOfAPolicy(t *testing.T) {
	nested := func(n int) string { // the value of args.x is n levels deep
		return "version: 1\ntools: {t: {require: {path: args.x, op: eq, value: " + strings.Repeat("[", n) + strings.Repeat("]", n) + "}}}\n"
	}
	values := func(n int) string {
		return "version: 1\nhide: [" + strings.TrimSuffix(strings.Repeat("a,", n), ",") + "]\n"
	}
	for name, tt := range map[string]struct{ text, want string }{
		"largest":      {"version: 1\n#" + strings.Repeat("x", maxBytes-13) + "\n", ""},
		"too large":    {"version: 1\n#" + strings.Repeat("x", maxBytes-12) + "\n", fmt.Sprintf("it has more than %d bytes", maxBytes)},
		"deepest":      {nested(maxDepth - 3), ""},
		"too deep":     {nested(maxDepth - 2), "more than 200000 values, or more than 64 levels"},
		"most values":  {values(maxValues - 5), ""},
		"too many":     {values(maxValues - 4), "more than 200000 values, or more than 64 levels"},
		"empty":        {" \n", `a policy is one object in YAML or JSON: the file is empty; "version: 1" denies everything`},
		"two":          {"version: 1\n---\nversion: 1\n", "p:2:1: a policy is one object in YAML or JSON: another document begins; keep one"},
		"an end":       {"version: 1\n...\n", ""},
		"no YAML":      {"version: 1\ntools: {\n", "p:2:1: a policy is one object in YAML or JSON: "},
		"100 problems": {"version: 1\nhide: [" + strings.Repeat("{},", 99) + "{}]\n", "p:2:305: a name in hide must be a text, not an object"},
		"101 problems": {"version: 1\nhide: [" + strings.Repeat("{},", 100) + "{}]\n", "p:2:308: and 1 more problems from here"},
	} {
		_, err := Load(t.Context(), "p", []byte(tt.text))
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %.300v", name, err)
		}
		if name == "100 problems" && strings.Count(err.Error(), "\n") != 99 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is wrong with a value is said with the value, shortened, and with what it may be.
func TestMessagesOfValues(t *testing.T) {
	long := strings.Repeat("n", 60)
	for text, want := range map[string]string{
		"default: " + long:                      "default must be deny or allow, not \"" + long + "\"",
		"default: " + long + "n":                "default must be deny or allow, not \"" + long + "\"…",
		"default:":                              "default must be deny or allow, not nothing",
		"default: ' '":                          "default must be deny or allow, not an empty text",
		"default: {}":                           "default must be deny or allow, not an object",
		"default: []":                           "default must be deny or allow, not a list",
		"hide: [1]":                             "a name in hide must be a text, not \"1\"",
		"hide: ['']":                            "a name in hide must be a text, not an empty text",
		"tools: {'': {}}":                       "a name in tools is empty",
		"tools: {? [a] : {}}":                   "a key of tools must be a name",
		"tools: {t: {results: {redact: 1}}}":    "redact must be true or false, not \"1\"",
		"tools: {t: {results: {max_bytes: 0}}}": "max_bytes must be a number of bytes, not \"0\"",
		"tools: {t: {results: {max_bytes: 2147483648}}}":                                           "max_bytes must be a number of bytes, not \"2147483648\"",
		"tools: {t: {results: {max_bytes: [1]}}}":                                                  "max_bytes must be a number of bytes, not a list",
		"tools: {t: {results: {remove: ['']}}}":                                                    "a path in remove must be a text, not an empty text",
		"tools: {t: {results: {deny_matching: ['']}}}":                                             "a regular expression must be a text, not an empty text",
		"tools: {t: {rate_limit: {max: 5}}}":                                                       "rate_limit needs max and window",
		"tools: {t: {rate_limit: {max: many, window: 1}}}":                                         "max must be a number, not \"many\"",
		"tools: {t: {rate_limit: {window: [1], max: 1}}}":                                          "a window is a number of seconds",
		"tools: {t: {require: {path: args.x, op: exists, optional: true}}}":                        "optional has no effect on exists",
		"tools: {t: {require: {path: args.x, op: eq, value: 1, optional: 1}}}":                     "optional must be true or false",
		"tools: {t: {require_approval: {approvers: 11}}}":                                          "approvers must be a number from 1 to 10, or caller, not \"11\"",
		"tools: {t: {require_approval: {approvers: [1]}}}":                                         "approvers must be a number from 1 to 10, or caller, not a list",
		"tools: {t: {action: deny, after: t2}, t2: {}}":                                            "action: deny denies every call",
		"tools: {t: {action: deny, require_approval: true}}":                                       "action: deny denies every call",
		"tools: {t: {limits: [{counter: c, max: 1, window: 1}, {counter: c, max: 2, window: 1}]}}": "two limits have the counter \"c\": give them different names",
		"tools: {t: {deny_if: {time: {zone: Local}}}}":                                             "unknown time zone \"Local\"",
	} {
		_, err := Load(t.Context(), "p", []byte("version: 1\n"+text+"\n"))
		if err == nil || !strings.Contains(err.Error(), ": "+want) {
			t.Errorf("%s:\n%v\nwant %s", text, err, want)
		}
	}
	for _, text := range []string{
		"tools: {t: {results: {max_bytes: 2147483647}}}", "tools: {t: {require_approval: {approvers: 10}}}", "tools: {t: {require_approval: {approvers: 1}}}",
		"tools: {t: {results: {max_bytes: 1}}}",
	} {
		if _, err := Load(t.Context(), "p", []byte("version: 1\n"+text+"\n")); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// A condition outside of a policy is read like one within, and describes itself.
func TestLoadConditionSaysWhy(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := LoadCondition(ctx, "if", []byte("{path: args.a, op: exists}")); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of the call: %v", err)
	}
	for text, want := range map[string]string{
		"": "if:1:1: a condition is one object in YAML or JSON", "a: b\n---\na: b": "if:1:1: a condition is one object in YAML or JSON",
		strings.Repeat("{not: ", 70) + "{}" + strings.Repeat("}", 70): "if:1:1: a condition is one object in YAML or JSON",
		"{path: args.a, op: like, value: 1}":                          "if:1:20: unknown op \"like\"",
		"{path: args.a, op: eq, value: 1, reason: x}":                 "if:1:34: unknown key \"reason\"",
	} {
		q, err := LoadCondition(t.Context(), "if", []byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.40s: %v, want %s", text, err, want)
		}
		if q.Meets(&Call{}) {
			t.Errorf("%.40s: a condition that is wrong is met", text)
		}
	}
	q, err := LoadCondition(t.Context(), "if", []byte("{any: [{path: args.a, op: lt, value: 1}, {not: {path: args.b, op: in, value: [x]}}]}"))
	if err != nil || !strings.Contains(q.String(), "args.a < 1") || !strings.Contains(q.String(), `args.b is one of ["x"]`) {
		t.Errorf("%v, %v", q, err)
	}
}

// A policy says what it knows of a name, of earlier calls, and of what the server may ask for.
func TestWhatAPolicyKnows(t *testing.T) {
	p := mustLoad(t, `
version: 1
hide: ["secret_*"]
tools:
  "read_*": {taints: web}
  read_a: {}
  mail: {deny_if: {tainted: web}}
  pay: {after: mail}
all_tools: {taints: used}
session: {taint_window: 1h, taint_scope: session}
upstream: {sampling: allow, roots: deny}
`)
	for name, want := range map[string]string{"read_a": "read_a", "read_b": "read_*", "secret_x": "secret_*", "other": ""} {
		if got := p.EntryOf(Tool, name); got != want {
			t.Errorf("%s: the entry %q", name, got)
		}
	}
	if p.EntryOf(Prompt, "read_a") != "" || p.EntryOf(kinds, "read_a") != "" {
		t.Error("a tool's entry is one of another kind")
	}
	if s := p.After("mail", "read_b"); fmt.Sprint(s.Taints, s.Called) != "[used web] [mail read_b]" {
		t.Errorf("after two calls: %+v", s)
	}
	if p.TaintWindow() != time.Hour || p.TaintsIdentity() || !p.NeedsSession() || !p.Orders("mail") || p.Orders("pay") {
		t.Error("another session")
	}
	plain := mustLoad(t, "version: 1")
	if plain.TaintWindow() != DefaultTaintWindow || !plain.TaintsIdentity() || plain.NeedsSession() {
		t.Error("a policy without a session has one")
	}
	for request, want := range map[string]string{
		Sampling: "true /upstream/sampling ", Roots: "false /upstream/roots the policy denies the server the use of roots",
		Logging: "false (default deny) the policy does not allow the server to use logging",
	} {
		d := p.Upstream(request)
		if got := fmt.Sprint(d.Allowed, " ", d.Rule, " ", d.Reason); got != want {
			t.Errorf("%s: %s", request, got)
		}
	}
	if d := mustLoad(t, "version: 1\ndefault: allow").Upstream(Logging); !d.Allowed || d.Rule != RuleDefaultAllow {
		t.Errorf("by default: %+v", d)
	}
	if d := p.Decide(&Call{Kind: kinds, Name: "x"}); d.Allowed || d.Reason != "the policy does not know this kind of call" || kinds.String() != "kind" {
		t.Errorf("an unknown kind: %+v", d)
	}
}

// The end of a day is midnight, and what a policy says of pins is known.
func TestTimesOfAPolicy(t *testing.T) {
	late := mustLoad(t, `version: 1
tools: {t: {require: {time: {from: "22:00"}}}, u: {require: {time: {from: "09:00", to: "24:00"}}}, v: {require: {time: {from: "22:00", to: "02:00"}}}}`)
	for clock, want := range map[string]string{
		"21:59": "false true false", "22:00": "true true true", "23:59": "true true true", "00:00": "false false true", "01:59": "false false true",
		"02:00": "false false false", "08:59": "false false false", "09:00": "false true false",
	} {
		at, err := time.Parse("15:04", clock)
		if err != nil {
			t.Fatal(err)
		}
		at = at.AddDate(2026, 0, 0)
		var got []string
		for _, tool := range []string{"t", "u", "v"} {
			got = append(got, fmt.Sprint(late.Decide(&Call{Name: tool, Time: at}).Allowed))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("at %s: %v, want %s", clock, got, want)
		}
	}
	if d := late.Decide(&Call{Name: "t", Time: time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC)}); !strings.Contains(d.Reason, "between 22:00 and 24:00 (UTC)") {
		t.Errorf("%+v", d)
	}
	for text, want := range map[string]PinCheck{"each_call": {}, "notified": {Notified: true}, "5s": {Every: 5 * time.Second}, "1h": {Every: time.Hour}} {
		if got := mustLoad(t, "version: 1\npins: {check: "+text+"}").PinCheck(); got != want {
			t.Errorf("%s: %+v", text, got)
		}
	}
	for text, want := range map[string]string{"{check: 2h}": "a time up to an hour such as 5s, not \"2h\"", "{}": "pins has no check", "{check: 0s}": "a time up to an hour"} {
		if _, err := Load(t.Context(), "p", []byte("version: 1\npins: "+text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
