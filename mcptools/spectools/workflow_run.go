package spectools

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcp/front"
	"github.com/spectap/spectap/mcptools/enforcement"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/workflow"
)

// currentStep is a step of a workflow while its operation is called. The call goes the way of any
// other, except that the consent is that to the complete workflow.
type currentStep struct {
	op      *operation
	consent guard.Consent
	carried []schemeCredential
	used    bool // the consent, which is for one request
	// response is what the API answered, nil before.
	response *workflow.Response
}

type stepKey struct{}

// stepOf returns the step that a call belongs to, nil if it is a call of its own.
func stepOf(ctx context.Context) *currentStep {
	x, _ := ctx.Value(stepKey{}).(*currentStep)
	return x
}

// consentTo returns the consent to a request: that to the workflow, once, for the step's operation.
func (x *currentStep) consentTo(op *operation) guard.Consent {
	if x.used || x.op != op {
		return guard.NoConsent
	}
	x.used = true
	return x.consent
}

// credentials returns what earlier steps returned for this one.
func (x *currentStep) credentials() []schemeCredential {
	if x == nil {
		return nil
	}
	return x.carried
}

// observe keeps an answer before secrets are removed from it.
func (x *currentStep) observe(resp *http.Response, body []byte, complete bool) {
	if x == nil {
		return
	}
	x.response = &workflow.Response{Status: resp.StatusCode, Header: resp.Header.Clone()}
	h := flow.HeaderOf(resp.Header)
	data, decoded, err := decode.Body(h, flow.Body{Data: body, Size: int64(len(body)), Truncated: !complete}, egress.DefaultMaxBody)
	if err == nil && decoded && decode.IsJSON(decode.Kind(h.MediaType(), data)) {
		if v, err := orderedjson.Decode(data); err == nil {
			x.response.Body = orderedjson.Plain(v)
		}
	}
}

// flowRun is one call of a workflow.
type flowRun struct {
	s       *Set
	f       *flowTool
	inputs  map[string]any
	outputs map[string]map[string]any
	done    []string
	secrets []egress.Credential
}

// flowResult is the result of a workflow.
type flowResult struct {
	envelope
	Steps   []string        `json:"steps"`
	Outputs map[string]any  `json:"outputs"`
	Last    json.RawMessage `json:"last"` // the result of the last step
}

// runFlow calls the steps of a workflow, once they are confirmed.
func (s *Set) runFlow(ctx context.Context, f *flowTool, r mcp.CallToolRequest) *mcp.CallToolResult {
	run := &flowRun{s: s, f: f, outputs: map[string]map[string]any{}}
	confirmed, problems := run.read(ctx, r.Params.RawArguments)
	if len(problems) > 0 {
		return invalid(problems, slices.Sorted(maps.Keys(f.properties)))
	}
	requests, refused := run.plan(ctx)
	if refused != nil {
		return refused
	}
	consent, asked := run.confirm(ctx, requests, confirmed, r.Params.MultiRoundTripParams)
	if asked != nil {
		return asked
	}
	if _, denied := enforce.CallOf(ctx).Proceed(ctx, consent.String()); denied {
		return enforcement.Refused(ctx)
	}
	var last *mcp.CallToolResult
	for i := range f.steps {
		var stopped *mcp.CallToolResult
		if last, stopped = run.step(ctx, &f.steps[i], consent); stopped != nil {
			return stopped
		}
	}
	return run.result(last)
}

// read reads the arguments.
func (r *flowRun) read(ctx context.Context, raw []byte) (confirmed bool, problems []jsonschema.Problem) {
	if len(raw) == 0 {
		raw = []byte("{}")
	}
	v, err := orderedjson.Decode(raw)
	args, ok := v.(*orderedjson.Object)
	if err != nil || !ok {
		return false, []jsonschema.Problem{{Reason: "must be an object"}}
	}
	confirmed, _ = args.Value(confirmedArgument).(bool)
	args.Delete(confirmedArgument)
	r.inputs, _ = orderedjson.Plain(args).(map[string]any)
	return confirmed && !r.f.reads, jsonschema.Problems(r.f.inputs.Validate(ctx, r.inputs))
}

// planned is the request of a step before the steps before it are done: values that it takes from
// their responses are written as STEP.outputs.NAME.
type planned struct {
	heldCall
	verdict guard.Decision
}

// plan returns the requests of all steps. It refuses a workflow with a step that may not be called.
func (r *flowRun) plan(ctx context.Context) (all []planned, refused *mcp.CallToolResult) {
	values := workflow.Values{Inputs: r.inputs, Output: func(step, name string) (any, bool) { return step + ".outputs." + name, true }}
	for i := range r.f.steps {
		x := &r.f.steps[i]
		stop := func(why string) *mcp.CallToolResult {
			return failure(codeAuthorization, "step "+x.ID+" of the workflow cannot be sent: "+why, errorDetails{Reason: why}, "Nothing was sent.")
		}
		if why := r.s.quarantinedIn(ctx, x.op); why != "" {
			return nil, stop(why)
		}
		if !r.s.lists(ctx, x.op) {
			return nil, stop("the policy does not allow it")
		}
		args, _, err := x.arguments(values)
		if err != nil {
			return nil, stop(err.Error())
		}
		given := object(args)
		x.op.read(given) // as the call does
		request, problem := x.op.Request(given)
		if problem != nil {
			return nil, stop(strings.TrimSpace(problem.Field + " " + problem.Reason))
		}
		p := planned{heldCall: heldCall{op: x.op, request: request, methods: request.EffectiveMethods()}}
		c := guard.Call{
			Principal: r.s.principal(ctx), Tool: x.op.toolName, Method: x.op.Method, Methods: p.methods, Checked: true,
			Policy: r.s.policy(x.op, p.methods),
		}
		switch p.verdict = guard.Decide(c); {
		case p.verdict.Verdict == guard.Deny:
			return nil, stop(p.verdict.Reason)
		case r.s.approval(x.op, p.methods) != nil:
			return nil, stop("it needs an approval of its own: call " + x.op.toolName + " by itself")
		}
		all = append(all, p)
	}
	return all, nil
}

// object returns arguments as requests are built from them, in the order of their names.
func object(args map[string]any) *orderedjson.Object {
	raw, err := json.Marshal(args)
	if err != nil {
		return orderedjson.New()
	}
	v, _ := orderedjson.Decode(raw)
	o, _ := v.(*orderedjson.Object)
	return o
}

// confirm returns the consent to a plan. A result instead of it asks for it.
func (r *flowRun) confirm(
	ctx context.Context, all []planned, confirmed bool, params mcp.MultiRoundTripParams,
) (guard.Consent, *mcp.CallToolResult) {
	s, judged := r.s, enforce.CallOf(ctx)
	digests := []any{r.f.Workflow, r.inputs}
	for _, p := range all {
		digests = append(digests, p.request.Digest().String())
	}
	raw, _ := json.Marshal(digests) // of what was read from JSON and YAML
	rec := guard.Record{Event: "decision", Principal: s.principal(ctx), Tool: r.f.name,
		Decision: guard.Allow.String(), Reason: "a workflow: each step is decided on"}
	digest := guard.DigestOf(orderedjson.PlainOf(json.RawMessage(raw)))
	rec.Arguments = digest.String()
	consent := guard.NoConsent
	var asked *mcp.CallToolResult
	switch {
	case judged.NeedsApproval():
		consent = guard.ByApproval
		judged.Show(s.approvalServer(all[0].op), nil, r.describe(all, maxPreview))
	case slices.ContainsFunc(all, func(p planned) bool { return p.verdict.Verdict == guard.Hold }):
		if _, denied := judged.Check(); denied {
			return consent, enforcement.Refused(ctx)
		}
		h := all[0].heldCall
		h.describe = func(limit int) string { return r.describe(all, max(limit/len(all), 200)) }
		h.HeldCall = front.HeldCall{Principal: rec.Principal, Tool: r.f.name, Digest: digest, Confirmed: confirmed, Params: params}
		if consent, asked = s.consent(ctx, h); asked != nil && !asked.IsError {
			judged.Hold()
		}
		rec.Decision, rec.Confirmed = guard.Hold.String(), consent.String()
		if asked == nil && consent == guard.Refused {
			asked = failure(codeAuthorization, "not allowed: the user refused", errorDetails{Reason: "the user refused"}, "Nothing was sent.")
		}
	}
	if err := s.writeAudit(&rec); err != nil {
		return consent, failure(codeServer, "the decision could not be recorded, so nothing was sent",
			errorDetails{Reason: "the audit does not accept records"}, "Ask the user to look at the server's audit file.")
	}
	return consent, asked
}

// describe describes the requests of all steps for the person who decides.
func (r *flowRun) describe(all []planned, limit int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s would send %d requests. STEP.outputs.NAME stands for a value of that step's response, which is not known yet.", r.f.name, len(all))
	for i, p := range all {
		fmt.Fprintf(&b, " Step %d, %s: %s", i+1, r.f.steps[i].ID, preview(p.heldCall, limit))
		for _, c := range r.f.steps[i].carried {
			fmt.Fprintf(&b, " Its header %s is %s.", guard.Excerpt(c.Name, 80), guard.Excerpt(fmt.Sprint(c.Value), 200))
		}
		if len(r.f.steps[i].OnFailure) > 0 {
			fmt.Fprintf(&b, " It is repeated until %s.", guard.Excerpt(conditions(r.f.steps[i].Success), 200))
		}
	}
	return b.String()
}

func conditions(all []workflow.Criterion) string {
	var texts []string
	for _, c := range all {
		texts = append(texts, c.Condition)
	}
	return strings.Join(texts, " and ")
}

// Limits of a step that is repeated.
const (
	maxRepeats     = 60
	maxRepeatPause = 10 * time.Second
)

// step calls the operation of a step. A step that departs from the plan stops the workflow: then
// stopped says which steps were done.
func (r *flowRun) step(ctx context.Context, x *flowStep, consent guard.Consent) (res, stopped *mcp.CallToolResult) {
	values := workflow.Values{Inputs: r.inputs, Output: func(step, name string) (any, bool) { v, ok := r.outputs[step][name]; return v, ok }}
	args, carried, err := x.arguments(values)
	if err != nil {
		return nil, r.stop(x, err.Error(), nil)
	}
	for n := 0; ; n++ {
		current := &currentStep{op: x.op, consent: consent}
		for _, p := range carried {
			c := egress.Credential{In: egress.InHeader, Name: p.Name, Value: fmt.Sprint(p.Value)}
			if strings.EqualFold(p.Name, "Cookie") { // without the attributes of Set-Cookie
				pair, _, _ := strings.Cut(c.Value, ";")
				name, value, _ := strings.Cut(pair, "=")
				c = egress.Credential{In: egress.InCookie, Name: strings.TrimSpace(name), Value: value}
			}
			secret := credential.Secret(c.Value)
			current.carried = append(current.carried, schemeCredential{"of an earlier step", secret, secret, c})
			r.secrets = append(r.secrets, c)
		}
		request := mcp.CallToolRequest{}
		request.Params.Name, request.Params.RawArguments = x.op.toolName, orderedjson.Encode(object(args))
		if res, err = x.handler(context.WithValue(ctx, stepKey{}, current), request); err != nil {
			return nil, r.stop(x, "it could not be called", nil)
		}
		if current.response == nil {
			return nil, r.stop(x, "no answer of the API", res)
		}
		failed := ""
		for _, c := range x.Success {
			if ok, err := current.response.Holds(c.Condition); failed == "" && (err != nil || !ok) {
				failed = c.Condition
			}
		}
		if failed == "" {
			return res, r.keep(x, current.response, res)
		}
		pauseFor, again := x.repeats(n, current.response)
		if !again {
			return nil, r.stop(x, fmt.Sprintf("the condition %s does not hold; the status is %d", failed, current.response.Status), res)
		}
		if pause.For(ctx, pauseFor) != nil {
			return nil, r.stop(x, "the call was cancelled", res)
		}
	}
}

// repeats reports whether a step is called again after n repetitions, and after what pause.
func (x *flowStep) repeats(n int, response *workflow.Response) (time.Duration, bool) {
	for _, f := range x.OnFailure {
		applies := n < min(max(f.RetryLimit, 1), maxRepeats)
		for _, c := range f.Criteria {
			ok, err := response.Holds(c.Condition)
			applies = applies && ok && err == nil
		}
		if applies {
			return min(time.Duration(f.RetryAfter*float64(time.Second)), maxRepeatPause), true
		}
	}
	return 0, false
}

// keep keeps the outputs of a step that is done.
func (r *flowRun) keep(x *flowStep, response *workflow.Response, res *mcp.CallToolResult) (stopped *mcp.CallToolResult) {
	r.done = append(r.done, x.ID)
	r.outputs[x.ID] = map[string]any{}
	for name, e := range x.Outputs {
		v, ok := response.Value(e)
		if text := fmt.Sprint(v); !ok || len(text) > maxOutput {
			return r.stop(x, "its response has no "+e+", or a very long one", res)
		}
		r.outputs[x.ID][name] = v
	}
	return nil
}

// maxOutput bounds a value that goes into a later request, in bytes. Tokens are the longest.
const maxOutput = 16 << 10

// stop returns the error of a workflow that stopped.
func (r *flowRun) stop(x *flowStep, why string, res *mcp.CallToolResult) *mcp.CallToolResult {
	done := "No step is done."
	if len(r.done) > 0 {
		done = "Done, and not undone: " + strings.Join(r.done, ", ") + "."
	}
	d := errorDetails{Field: x.ID, Reason: why}
	if res != nil {
		d.Response = res.RawStructuredContent
	}
	return failure(codeServer, fmt.Sprintf("the workflow stopped at step %s: %s", x.ID, why), d, done, "The steps after it were not sent.")
}

// result returns the result of a workflow that is done, without the secrets that its steps carried.
func (r *flowRun) result(last *mcp.CallToolResult) *mcp.CallToolResult {
	out := flowResult{newEnvelope("workflow_result"), r.done, map[string]any{}, last.RawStructuredContent}
	for name, e := range r.f.Outputs {
		step, output, _ := strings.Cut(strings.TrimPrefix(e, "$steps."), ".outputs.")
		if v, ok := r.outputs[step][output]; ok {
			out.Outputs[name] = v
		}
	}
	raw, err := json.Marshal(out.Outputs)
	if err == nil {
		err = json.Unmarshal(credential.Redact(raw, r.secrets), &out.Outputs)
	}
	if err != nil {
		out.Outputs = map[string]any{}
	}
	return newResult(out, false)
}
