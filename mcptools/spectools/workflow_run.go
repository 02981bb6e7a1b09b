package spectools

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcp/handler"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/workflow"
)

// currentStep is a step of a workflow while its operation is called.
type currentStep struct {
	carried []schemeCredential
	// response is what the API answered, nil before.
	response *workflow.Response
}

type stepKey struct{}

// stepOf returns the step that a call belongs to, nil if it is a call of its own.
func stepOf(ctx context.Context) *currentStep {
	x, _ := ctx.Value(stepKey{}).(*currentStep)
	return x
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
	plan    []planned
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

// previewFlow returns what a workflow would do, or the answer to a call that cannot be made.
func (s *Set) previewFlow(ctx context.Context, f *flowTool, raw []byte) (*guard.Preview, *mcp.CallToolResult) {
	run := &flowRun{s: s, f: f, outputs: map[string]map[string]any{}}
	confirmed, problems := run.read(ctx, raw)
	if len(problems) > 0 {
		return nil, invalid(problems, slices.Sorted(maps.Keys(f.properties)))
	}
	if refused := run.makePlan(ctx); refused != nil {
		return nil, refused
	}
	p := &guard.Preview{
		Tool: f.name, Server: originOf(run.plan[0].prepared.op.BaseURL), Caller: s.o.Caller.Fingerprint(ctx), Question: " Send it?",
		Describe: run.describe, Confirmed: confirmed, Effect: func() string { return run.describe(maxPreview) }, Digest: sync.OnceValue(run.digest), Prepared: run,
	}
	for _, x := range run.plan {
		p.Parts = append(p.Parts, x.Part)
	}
	p.Secrets = func(ctx context.Context) (all []guard.Secret, refusal json.RawMessage) {
		for _, x := range run.plan {
			own, refusal := x.Secrets(ctx)
			if refusal != nil {
				return nil, refusal
			}
			all = append(all, own...)
		}
		return all, nil
	}
	p.Refuse = func(r guard.Refusal) json.RawMessage {
		if r.How == guard.IsHeld || r.How == guard.IsNotHeld {
			return resultJSON(confirmationRequest(run.describe(1000), "perform_action", r.How == guard.IsHeld))
		}
		return resultJSON(run.plan[0].prepared.refusal(r))
	}
	return p, nil
}

// do calls the steps of a workflow that was decided on.
func (r *flowRun) do(ctx context.Context, pass *guard.Pass) *mcp.CallToolResult {
	var last *mcp.CallToolResult
	for i := range r.f.steps {
		var stopped *mcp.CallToolResult
		if last, stopped = r.step(ctx, pass, i); stopped != nil {
			return stopped
		}
	}
	return r.result(last)
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
	return confirmed, jsonschema.Problems(r.f.inputs.Validate(ctx, r.inputs))
}

// planned is the request of a step before the steps before it are done: values that it takes from
// their responses are written as STEP.outputs.NAME.
type planned struct {
	guard.Part
	prepared *preparedCall
}

// makePlan makes the requests of all steps. It refuses a workflow with a step that cannot be sent.
func (r *flowRun) makePlan(ctx context.Context) (refused *mcp.CallToolResult) {
	values := workflow.Values{Inputs: r.inputs, Output: func(step, name string) (any, bool) { return step + ".outputs." + name, true }}
	for i := range r.f.steps {
		x := &r.f.steps[i]
		args, _, err := x.arguments(values)
		if err != nil {
			return r.cannotSend(x, err.Error())
		}
		given := object(args)
		x.op.read(given) // as the call does
		request, problem := x.op.Request(given)
		if problem != nil {
			return r.cannotSend(x, strings.TrimSpace(problem.Field+" "+problem.Reason))
		}
		r.plan = append(r.plan, r.planned(ctx, x, &preparedCall{op: x.op, args: given, request: request, methods: request.EffectiveMethods()}))
	}
	return nil
}

// planned returns a step whose request was built as the judge decides on it.
func (r *flowRun) planned(ctx context.Context, x *flowStep, c *preparedCall) planned {
	c.raw, c.start = orderedjson.Encode(c.args), time.Now()
	part := guard.Part{Name: x.op.toolName, Preview: r.s.previewOf(ctx, c), Step: "step " + x.ID + " of the workflow cannot be sent: "}
	part.Named = r.s.namedCall(ctx, x.op, c.raw)
	part.Annotations = handler.Hints(x.op.tool)
	return planned{part, c}
}

// cannotSend refuses a workflow because of a step.
func (r *flowRun) cannotSend(x *flowStep, why string) *mcp.CallToolResult {
	return failure(codeAuthorization, "step "+x.ID+" of the workflow cannot be sent: "+why, errorDetails{Reason: why}, "Nothing was sent.")
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

// digest returns the digest of a plan.
func (r *flowRun) digest() guard.Digest {
	digests := []any{r.f.Workflow, r.inputs}
	for _, p := range r.plan {
		digests = append(digests, p.prepared.request.Digest().String())
	}
	raw, _ := json.Marshal(digests) // of what was read from JSON and YAML
	return guard.DigestOf(orderedjson.PlainOf(json.RawMessage(raw)))
}

// describe describes the requests of all steps for the person who decides.
func (r *flowRun) describe(limit int) string {
	all := r.plan
	limit = max(limit/len(all), 200)
	var b strings.Builder
	fmt.Fprintf(&b, "%s would send %d requests. STEP.outputs.NAME stands for a value of that step's response, which is not known yet.", r.f.name, len(all))
	for i, p := range all {
		fmt.Fprintf(&b, " Step %d, %s: %s", i+1, r.f.steps[i].ID, p.prepared.describe(limit))
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
func (r *flowRun) step(ctx context.Context, pass *guard.Pass, at int) (res, stopped *mcp.CallToolResult) {
	x := &r.f.steps[at]
	values := workflow.Values{Inputs: r.inputs, Output: func(step, name string) (any, bool) { v, ok := r.outputs[step][name]; return v, ok }}
	args, carried, err := x.arguments(values)
	if err != nil {
		return nil, r.stop(x, err.Error(), nil)
	}
	for n := 0; ; n++ {
		current := &currentStep{}
		for _, p := range carried {
			c := egress.Credential{In: egress.InHeader, Name: p.Name, Value: fmt.Sprint(p.Value)}
			if strings.EqualFold(p.Name, "Cookie") { // without the attributes of Set-Cookie
				pair, _, _ := strings.Cut(c.Value, ";")
				name, value, _ := strings.Cut(pair, "=")
				c = egress.Credential{In: egress.InCookie, Name: strings.TrimSpace(name), Value: value}
			}
			secret := credential.Secret(c.Value)
			current.carried = append(current.carried, schemeCredential{"of an earlier step", secret, c})
			r.secrets = append(r.secrets, c)
		}
		if res = r.send(context.WithValue(ctx, stepKey{}, current), pass, at, args); res == nil {
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

// send calls the operation of a step. The call goes the way of any other; the consent is that to
// the workflow, if the request is the planned one.
func (r *flowRun) send(ctx context.Context, pass *guard.Pass, at int, args map[string]any) (res *mcp.CallToolResult) {
	x := &r.f.steps[at]
	given, _, problems := r.s.arguments(ctx, x.op, orderedjson.Encode(object(args)))
	if len(problems) > 0 {
		return invalid(problems, x.op.signature())
	}
	request, problem := x.op.Request(given)
	if problem != nil {
		return invalid([]jsonschema.Problem{*problem}, x.op.signature())
	}
	plan := r.plan[at].prepared
	step := r.planned(ctx, x, &preparedCall{op: x.op, args: given, request: request, methods: request.EffectiveMethods()})
	step.Planned = slices.Equal(step.prepared.methods, plan.methods) && request.URL.Host == plan.request.URL.Host && request.URL.Scheme == plan.request.URL.Scheme
	step.prepared.approved = plan.approved
	own, done, refusal := pass.Begin(ctx, step.Part)
	if refusal != nil {
		return readResult(refusal)
	}
	return readResult(done(resultJSON(r.s.call(ctx, own, step.prepared))))
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
