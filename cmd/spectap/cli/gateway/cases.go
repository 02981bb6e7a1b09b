package gateway

import (
	"bytes"
	"context"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/guard/limit"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/guard/session"
	"github.com/spectap/spectap/openapi/yamledit"
)

// This file checks a policy against examples of calls with expected decisions. The cases of a file
// are decided in order and share the counters of limits and the state of sessions. docs/policy.md
// describes the file.

// policyCase is one call with the expected decision.
type policyCase struct {
	Name string `json:"name"`
	// One of these names the tool, resource, prompt or method that is called.
	Tool     string `json:"tool"`
	Resource string `json:"resource"`
	Prompt   string `json:"prompt"`
	Method   string `json:"method"`

	Args        jsontext.Value `json:"args"`
	Identity    jsontext.Value `json:"identity"`
	Annotations jsontext.Value `json:"annotations"`
	Time        time.Time      `json:"time"`   // of the call, RFC 3339; else that of the case before
	After       string         `json:"after"`  // duration since the case before, such as "61s"
	Repeat      int            `json:"repeat"` // how often the call is made, 1 by default
	// Session names the session that makes the call; cases that name none share one.
	Session string `json:"session"`
	// Earlier are tools that the session has called before, with success. The case then has a
	// session and an identity of its own, which did nothing else.
	Earlier []string `json:"earlier"`
	// Fails means that the call, if it is allowed, is answered with an error.
	Fails bool `json:"fails"`

	Expect string `json:"expect"` // of each call: "allow", "hold" (it needs an approval), "deny" or "hide"
	Rule   string `json:"rule"`   // the rule that must decide, if given

	line int
}

// caseResult is the result of a case.
type caseResult struct {
	Case policyCase `json:"-"`
	File string     `json:"file"`
	Line int        `json:"line"`
	Name string     `json:"name"`
	Want string     `json:"want"`
	// Got is "allow", "hold", "deny" or "hide", of the first call that was not as expected, else of
	// the last.
	Got    string `json:"got"`
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
	Call   int    `json:"-"` // which of the repetitions, from 1
	OK     bool   `json:"-"`
}

// start is the default time of the first case, a Monday.
var start = time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)

// maxRepeat bounds the repetitions of a case.
const maxRepeat = 1_000_000

// loadCases reads a file of cases, in YAML or JSON. The error names the line.
func loadCases(ctx context.Context, name string, data []byte) ([]policyCase, error) {
	tree, err := yamledit.Parse(ctx, data)
	if err != nil {
		return nil, fmt.Errorf("%s: a file of cases is one object with the list cases: %w", name, err)
	}
	value, ok := tree.Data("")
	if !ok {
		return nil, fmt.Errorf("%s: the values cannot be read as JSON", name)
	}
	text, err := stdjson.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var file struct {
		Cases []policyCase `json:"cases"`
	}
	if err := json.Unmarshal(text, &file, json.RejectUnknownMembers(true)); err != nil {
		pointer := ""
		if semantic, ok := errors.AsType[*json.SemanticError](err); ok {
			pointer = string(semantic.JSONPointer)
			err = errors.New(describe(semantic))
		}
		line, column := tree.Position(pointer)
		return nil, fmt.Errorf("%s:%d:%d: %w", name, line, column, err)
	}
	if len(file.Cases) == 0 {
		return nil, fmt.Errorf("%s: there are no cases", name)
	}
	for i := range file.Cases {
		c := &file.Cases[i]
		c.line, _ = tree.Position(fmt.Sprintf("/cases/%d", i))
		if err := c.check(); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, c.line, err)
		}
	}
	return file.Cases, nil
}

func describe(e *json.SemanticError) string {
	if errors.Is(e.Err, json.ErrUnknownName) {
		return fmt.Sprintf("unknown key %q; a case has name, tool, resource, prompt or method, args, identity, annotations, time, after, repeat, "+
			"session, earlier, fails, expect and rule", e.JSONPointer.LastToken())
	}
	return fmt.Sprintf("%q has the wrong type", e.JSONPointer.LastToken())
}

func (c *policyCase) check() error {
	named := 0
	for _, s := range []string{c.Tool, c.Resource, c.Prompt, c.Method} {
		if s != "" {
			named++
		}
	}
	switch {
	case named != 1:
		return errors.New("a case names one tool, resource, prompt or method")
	case !slices.Contains([]string{"allow", "hold", "deny", "hide"}, c.Expect):
		return fmt.Errorf("expect must be allow, hold, deny or hide, not %q", c.Expect)
	case len(c.Earlier) > 0 && c.Session != "":
		return errors.New("earlier says what the session did, so session has no effect: remove one of them")
	case c.Fails && (c.Tool == "" || len(c.Earlier) > 0):
		return errors.New("fails has an effect on calls of tools that later cases follow: remove it")
	case c.Repeat < 0 || c.Repeat > maxRepeat:
		return fmt.Errorf("repeat must be 1 to %d", maxRepeat)
	}
	if c.After != "" {
		if d, err := time.ParseDuration(c.After); err != nil || d < 0 {
			return fmt.Errorf("after must be a duration such as 61s or 2h, not %q", c.After)
		}
	}
	_, err := c.call()
	return err
}

// call returns the call of a case, without its time.
func (c *policyCase) call() (*policy.Call, error) {
	call := &policy.Call{Kind: policy.Tool, Name: c.Tool}
	switch {
	case c.Resource != "":
		call.Kind, call.Name = policy.Resource, c.Resource
	case c.Prompt != "":
		call.Kind, call.Name = policy.Prompt, c.Prompt
	case c.Method != "":
		call.Kind, call.Name = policy.Method, c.Method
	}
	for _, v := range []struct {
		name string
		text jsontext.Value
		to   any
	}{{"args", c.Args, &call.Args}, {"identity", c.Identity, &call.Identity}, {"annotations", c.Annotations, &call.Annotations}} {
		if v.text == nil {
			continue
		}
		d := stdjson.NewDecoder(bytes.NewReader(v.text)) // keeps the text of numbers
		d.UseNumber()
		if d.Decode(v.to) != nil {
			return nil, fmt.Errorf("%s must be an object", v.name)
		}
	}
	if call.Identity == nil {
		call.Identity = map[string]any{"name": "tester"}
	}
	return call, nil
}

// runCases decides on each case in turn. The error is that of ctx.
func runCases(ctx context.Context, p *policy.Policy, cases []policyCase) ([]caseResult, error) {
	run := runner{policy: p, sessions: session.NewBook()}
	results := make([]caseResult, 0, len(cases))
	now := start
	for _, c := range cases {
		if !c.Time.IsZero() {
			now = c.Time
		}
		if d, err := time.ParseDuration(c.After); err == nil {
			now = now.Add(d)
		}
		call, err := c.call()
		if err != nil {
			return nil, err
		}
		call.Time = now
		r := caseResult{Case: c, Line: c.line}
		for r.Call = 1; ; r.Call++ {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			run.decide(&r, call)
			if r.OK = r.Got == c.Expect && (c.Rule == "" || c.Rule == r.Rule); !r.OK || r.Call >= c.Repeat {
				break
			}
		}
		results = append(results, r)
	}
	return results, nil
}

// runner decides on the calls of a file.
type runner struct {
	policy   *policy.Policy
	limits   limit.Ledger
	sessions *session.Book
}

// decide fills in the decision on one call.
func (x *runner) decide(r *caseResult, call *policy.Call) {
	name, _ := call.Identity["name"].(string)
	who := session.Who{Identity: name, Session: r.Case.Session}
	state, version := x.sessions.Look(who, "", x.policy.TaintsIdentity(), call.Time)
	if call.Session = &state; len(r.Case.Earlier) > 0 {
		call.Session = x.policy.After(r.Case.Earlier...)
		call.Session.ID = fmt.Sprint("line ", r.Line)
	}
	d := x.policy.Decide(call)
	r.Rule, r.Reason, r.Got = d.Rule, d.Reason, "deny"
	switch {
	case d.Hidden:
		r.Got = "hide"
		return
	case !d.Allowed:
		return
	}
	r.Got = "allow"
	if d.Approval != nil {
		r.Got, r.Rule, r.Reason = "hold", d.Approval.Rule, d.Approval.Reason
	}
	if refusal, ok := errors.AsType[*limit.Refusal](x.limits.Reserve(call.Time, d.Charges)); ok {
		r.Got, r.Rule, r.Reason = "deny", refusal.Charge.Rule, refusal.Error()
		return
	}
	if len(r.Case.Earlier) > 0 {
		return
	}
	window := x.policy.TaintWindow()
	if !x.policy.TaintsIdentity() {
		window = 0
	}
	_, _ = x.sessions.Enter(who, version, d.Taints, window, call.Time) // the book is in memory, and nobody else uses it
	if call.Kind == policy.Tool && !r.Case.Fails {
		x.sessions.Succeeded(who, "", call.Name)
	}
}
