package spectools

import (
	"bytes"
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
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/workflow"
)

// observe keeps an answer for later steps.
func (c *preparedCall) observe(resp *http.Response, body []byte, complete bool) {
	if c.seen == nil {
		return
	}
	c.seen.Status, c.seen.Header = resp.StatusCode, resp.Header.Clone()
	h := flow.HeaderOf(resp.Header)
	data, decoded, err := decode.Body(h, flow.Body{Data: body, Size: int64(len(body)), Truncated: !complete}, egress.DefaultMaxBody)
	if err == nil && decoded && decode.IsJSON(decode.Kind(h.MediaType(), data)) {
		if v, err := orderedjson.Decode(data); err == nil {
			c.seen.Body = orderedjson.Plain(v)
		}
	}
}

// flowRun is one call of a workflow.
type flowRun struct {
	s       *Set
	f       *flowTool
	inputs  map[string]any
	plan    []*preparedCall
	outputs map[string]map[string]any // of the responses as they came
	shown   map[string]any            // as the results of the steps show them, by STEP.outputs.NAME
	done    []string
	secrets []egress.Credential // that steps returned
	fenced  bool                // the policy puts texts of a step between marks
}

// flowResult is the result of a workflow.
type flowResult struct {
	envelope
	Steps   []string        `json:"steps"`
	Outputs map[string]any  `json:"outputs"`
	Last    json.RawMessage `json:"last"` // the result of the last step
}

// previewFlow returns what a workflow would do, or the answer to a call that cannot be made.
func (s *Set) previewFlow(ctx context.Context, f *flowTool, raw []byte) (*guard.Preview, *mcp.CallToolResult) {
	run := &flowRun{s: s, f: f, outputs: map[string]map[string]any{}, shown: map[string]any{}}
	confirmed, problems := run.read(ctx, raw)
	if len(problems) > 0 {
		return nil, invalid(problems, slices.Sorted(maps.Keys(f.properties)),
			suggest(orderedjson.PlainOf(f.tool.RawInputSchema), problems)...)
	}
	if refused := run.makePlan(); refused != nil {
		return nil, refused
	}
	return run.preview(ctx, confirmed), nil
}

// do calls the steps of a workflow that was decided on.
func (r *flowRun) do(ctx context.Context, pass *guard.Pass) *mcp.CallToolResult {
	var last *mcp.CallToolResult
	for i := range r.f.steps {
		var stopped *mcp.CallToolResult
		if last, stopped = r.step(ctx, pass, i); stopped != nil {
			return r.withoutSecrets(stopped)
		}
	}
	return r.withoutSecrets(r.result(last))
}

// read reads the arguments.
func (r *flowRun) read(ctx context.Context, raw []byte) (confirmed bool, problems []jsonschema.Problem) {
	args, problems := decodeArguments(raw)
	if len(problems) > 0 {
		return false, problems
	}
	confirmed, _ = args.Value(confirmedArgument).(bool)
	args.Delete(confirmedArgument)
	r.inputs, _ = orderedjson.Plain(args).(map[string]any)
	return confirmed, jsonschema.Problems(r.f.inputs.Validate(ctx, r.inputs))
}

// Limits of a step that is repeated.
const (
	maxRepeats     = 60
	maxRepeatPause = 10 * time.Second
)

// step calls the operation of a step. A step that departs from the plan stops the workflow: then
// stopped says which steps were done.
func (r *flowRun) step(ctx context.Context, pass *guard.Pass, at int) (res, stopped *mcp.CallToolResult) {
	x := &r.f.steps[at]
	values := workflow.Values{Inputs: r.inputs, Output: func(step, name string) (any, bool) { v, ok := r.outputs[step][name]; return v, ok }}
	for n := 0; ; n++ {
		now, err := x.request(values)
		if err != nil {
			return nil, r.stop(x, err.Error(), nil, nil)
		}
		for _, c := range now.carried {
			r.secrets = append(r.secrets, c.Credential)
		}
		why, response := "", &workflow.Response{}
		now.seen = response
		if res, why = r.send(ctx, pass, at, now); response.Status == 0 {
			return nil, r.stop(x, why, nil, res)
		}
		if res == nil {
			return nil, r.stop(x, "its result is withheld", response, nil)
		}
		r.learn(x, response)
		failed := ""
		for _, c := range x.Success {
			if ok, err := response.Holds(c.Condition); failed == "" && (err != nil || !ok) {
				failed = c.Condition
			}
		}
		if failed == "" {
			return res, r.keep(x, response, res)
		}
		pauseFor, again := x.repeats(n, response)
		if !again {
			return nil, r.stop(x, "the condition "+quoted(failed)+" does not hold", response, res)
		}
		if pause.For(ctx, pauseFor) != nil {
			return nil, r.stop(x, "the call was cancelled", response, res)
		}
	}
}

// send sends the request of a step, if the judge lets it. A request that is not the planned one is
// held for a confirmation of its own. why says why there may be no response.
func (r *flowRun) send(ctx context.Context, pass *guard.Pass, at int, now *preparedCall) (res *mcp.CallToolResult, why string) {
	x, plan := &r.f.steps[at], r.plan[at]
	why = "no answer of the API"
	if _, _, problems := r.s.arguments(ctx, x.op, now.raw); len(problems) > 0 {
		return invalid(problems, x.op.signature(), suggest(x.op.schema, problems)...), why
	}
	part := r.part(ctx, x, now)
	other := plan.differs(now)
	if now.approved = plan.approved; plan.approved != nil {
		if own, err := r.s.standing(ctx, x.op); err != nil || !slices.Equal(own, plan.approved) {
			other = "its credentials are not those that were approved"
		}
	}
	if part.Planned = other == ""; !part.Planned {
		part.Asks, why = true, "its request is not the one that was confirmed ("+other+"): it needs a confirmation of its own, as a call of "+x.op.toolName
	}
	own, done, answer := pass.Begin(ctx, part)
	if answer == nil { // it is no refusal
		answer = done(resultJSON(r.s.call(ctx, own, now)))
	}
	return readResult(answer), why
}

// learn learns the credentials in a response. They are in no result, also if the step fails.
func (r *flowRun) learn(x *flowStep, response *workflow.Response) {
	for name, e := range x.Outputs {
		if v, ok := response.Value(e); ok && r.f.tokens[x.ID+".outputs."+name] {
			r.hide(v)
			pair, _, _ := strings.Cut(fmt.Sprint(v), ";") // of Set-Cookie
			_, value, _ := strings.Cut(pair, "=")
			r.hide(value)
		}
	}
}

// hide removes a value from the result.
func (r *flowRun) hide(v any) {
	r.secrets = append(r.secrets, egress.Credential{In: egress.InHeader, Value: fmt.Sprint(v)})
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

// keep keeps the outputs of a step that is done: as the response has them for later steps, and as
// the step's result has them, which rules of a policy may have changed, for the caller.
func (r *flowRun) keep(x *flowStep, response *workflow.Response, res *mcp.CallToolResult) (stopped *mcp.CallToolResult) {
	r.done = append(r.done, x.ID)
	r.outputs[x.ID] = map[string]any{}
	r.see(res)
	content, _ := orderedjson.PlainOf(res.RawStructuredContent).(map[string]any)
	for name, e := range x.Outputs {
		v, ok := response.Value(e)
		if text := fmt.Sprint(v); !ok || len(text) > maxOutput {
			return r.stop(x, "its response has no "+quoted(e)+", or a very long one", response, res)
		}
		r.outputs[x.ID][name] = v
		at := x.ID + ".outputs." + name
		if strings.HasPrefix(e, "$response.body#") {
			seen, has := workflow.Response{Body: content["data"]}.Value(e)
			if metadata, _ := content["metadata"].(map[string]any); seen != v && metadata["truncated"] == nil {
				r.hide(v) // the policy does, and a later answer may repeat it
			}
			v, ok = seen, has
		} else { // only if the result has it, such as the status
			raw, err := encode(v)
			ok = err == nil && bytes.Contains(res.RawStructuredContent, raw)
		}
		if ok {
			r.shown[at] = v
		}
		if r.f.tokens[at] {
			r.shown[at] = "(credential)"
		}
	}
	return nil
}

// maxOutput bounds a value that goes into a later request, in bytes. Tokens are the longest.
const maxOutput = 16 << 10

// stop returns the error of a workflow that stopped. response and res are the answer to the step,
// if there is one.
func (r *flowRun) stop(x *flowStep, why string, response *workflow.Response, res *mcp.CallToolResult) *mcp.CallToolResult {
	done := "No step before it is done."
	if len(r.done) > 0 {
		done = "Done, and not undone: " + strings.Join(r.done, ", ") + "."
	}
	d := errorDetails{Field: x.ID, Reason: why}
	sent, bare := "", d
	if res != nil {
		r.see(res)
		d.Response = res.RawStructuredContent
	}
	switch {
	case response != nil:
		sent = fmt.Sprintf("sent, answered %d: ", response.Status)
	case bytes.Contains(d.Response, []byte(`"code":"`+codeNetwork+`"`)):
		sent = "perhaps sent: "
	}
	say := func(d errorDetails) *mcp.CallToolResult {
		return failure(codeServer, fmt.Sprintf("the workflow stopped at step %s: %s%s", x.ID, sent, why), d, done, "The steps after it were not sent.")
	}
	return r.marked(say(d), say(bare), res)
}

// see notes whether a policy has put the texts of a step's result between marks.
func (r *flowRun) see(res *mcp.CallToolResult) {
	r.fenced = r.fenced || slices.ContainsFunc(res.Content, func(c mcp.Content) bool { return strings.Contains(mcp.GetTextFromContent(c), "\n<<<data-") })
}

// marked returns a result. If texts of steps are between marks, its text is that of bare, which has
// nothing of the API, and then that of the last step.
func (r *flowRun) marked(res, bare, last *mcp.CallToolResult) *mcp.CallToolResult {
	if r.fenced && last != nil {
		res.Content = append(bare.Content, last.Content...)
	}
	return res
}

// result returns the result of a workflow that is done.
func (r *flowRun) result(last *mcp.CallToolResult) *mcp.CallToolResult {
	bare := flowResult{envelope: newEnvelope("workflow_result"), Steps: r.done, Outputs: map[string]any{}}
	out := bare
	out.Outputs, out.Last = map[string]any{}, last.RawStructuredContent
	for name, e := range r.f.Outputs {
		if v, ok := r.shown[strings.TrimPrefix(e, "$steps.")]; ok {
			out.Outputs[name] = v
		}
	}
	if out.Last == nil && len(last.Content) > 0 { // a refusal of a policy
		out.Last, _ = encode(mcp.GetTextFromContent(last.Content[0])) // a text
	}
	return r.marked(newResult(out, false), newResult(bare, false), last)
}

// withoutSecrets returns a result without the credentials that steps returned.
func (r *flowRun) withoutSecrets(res *mcp.CallToolResult) *mcp.CallToolResult {
	if out, ok := redacted(res, r.secrets); ok {
		return out
	}
	return failure(codeServer, "the result has a credential, and is withheld", errorDetails{Reason: "a credential cannot be removed from it"},
		"Done, and not undone: "+strings.Join(r.done, ", ")+".")
}
