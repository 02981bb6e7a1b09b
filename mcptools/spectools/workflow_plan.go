package spectools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/workflow"
)

// request returns the request of a step for some values. Its methods are those as which a server
// may handle the request with what the step carries. In a plan, the steps before it are not done:
// values that it takes from their responses are written as STEP.outputs.NAME.
func (x *flowStep) request(v workflow.Values) (*preparedCall, error) {
	args, carried, err := x.arguments(v)
	if err != nil {
		return nil, err
	}
	raw := orderedjson.Encode(args)
	x.op.read(args) // as the call does
	request, problem := x.op.Request(args)
	if problem != nil {
		return nil, errors.New(strings.TrimSpace(problem.Field + " " + problem.Reason))
	}
	sent := request
	for _, c := range carried {
		if c.In == egress.InCookie {
			sent.Cookies = append(slices.Clip(sent.Cookies), egress.Pair{Name: c.Name, Value: c.Value})
		} else {
			sent.Header = append(slices.Clip(sent.Header), egress.Pair{Name: c.Name, Value: c.Value})
		}
	}
	return &preparedCall{op: x.op, args: args, raw: raw, request: request, methods: sent.EffectiveMethods(), start: time.Now(), carried: carried}, nil
}

// probes are outputs that change the methods of a request where a server may read them as one.
var probes = []string{"DELETE", "PUT"}

// mayChange reports whether values that a step takes from responses may make another request of it
// than the plan shows.
func (x *flowStep) mayChange(v workflow.Values, p *preparedCall) bool {
	for _, probe := range probes {
		v.Output = func(string, string) (any, bool) { return probe, true }
		if now, err := x.request(v); err == nil && p.differs(now) != "" {
			return true
		}
	}
	for _, q := range x.Parameters {
		if workflow.Composes(q.Value, workflow.IsQuery(q.Name)) {
			return true
		}
	}
	return x.RequestBody != nil && workflow.Composes(x.RequestBody.Payload, true)
}

// differs returns in what a request is another one than that of the plan, "" if it is the planned
// one.
func (p *preparedCall) differs(now *preparedCall) string {
	isOther := func(method string) bool { return !slices.Contains(p.methods, method) }
	if isOther(guard.AnyMethod) && slices.ContainsFunc(now.methods, isOther) {
		return "a server may handle it with another method"
	}
	if shapeOf(p.request.URL) != shapeOf(now.request.URL) {
		return "its URL has other parts"
	}
	return ""
}

// segment is a part of a path between characters that some server takes for separators.
var segment = lazyregexp.New(`[^/\\%;?#]+`)

// shapeOf returns what the values in a URL must not change: the origin, the number of segments, and
// the names of the query.
func shapeOf(u *url.URL) string {
	shape := u.Scheme + "://" + u.Host + segment.Get().ReplaceAllString(u.Path, "x")
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		name, _, _ := strings.Cut(pair, "=")
		shape += "&" + name
	}
	return shape
}

// makePlan makes the requests of all steps. It refuses a workflow with a step that cannot be sent.
func (r *flowRun) makePlan() (refused *mcp.CallToolResult) {
	values := workflow.Values{Inputs: r.inputs, Output: func(step, name string) (any, bool) { return step + ".outputs." + name, true }}
	for i := range r.f.steps {
		x := &r.f.steps[i]
		p, err := x.request(values)
		if err == nil && x.mayChange(values, p) {
			p.methods = append(p.methods, guard.AnyMethod)
		}
		if err == nil && len(x.OnFailure) > 0 && !p.methods.IsRead() {
			err = errors.New("only a step that reads can be repeated")
		}
		if err != nil {
			return failure(codeAuthorization, cannotSend(x)+err.Error(), errorDetails{Reason: err.Error()}, "Nothing was sent.")
		}
		r.plan = append(r.plan, p)
	}
	return nil
}

const ofWorkflow = " of the workflow cannot be sent: "

func cannotSend(x *flowStep) string { return "step " + x.ID + ofWorkflow }

// part returns a step as the judge decides on it.
func (r *flowRun) part(ctx context.Context, x *flowStep, p *preparedCall) guard.Part {
	preview := r.s.previewOf(ctx, p)
	if len(p.carried) > 0 {
		preview.Fails = nil
		preview.Secrets = func(context.Context) (all []guard.Secret, _ json.Marshaler) {
			for _, c := range p.carried {
				all = append(all, guard.Secret{Scheme: c.Name + " (" + c.scheme + ")", Value: c.Value, Hidden: true})
			}
			return all, nil
		}
	}
	return guard.Part{Name: x.op.toolName, Named: r.s.namedCall(ctx, x.op, p.raw), Preview: preview, Step: cannotSend(x)}
}

// preview returns what a workflow would do whose plan is made. Each step is a part of it.
func (r *flowRun) preview(ctx context.Context, confirmed bool) *guard.Preview {
	bound := []any{r.f.Workflow, r.inputs}
	p := &guard.Preview{Tool: r.f.name, Server: r.plan[0].op.origin, Caller: r.s.o.Caller.Fingerprint(ctx), Confirmed: confirmed,
		Question: " Send it?", Describe: r.describe, Prepared: r}
	for i, x := range r.plan {
		p.Parts = append(p.Parts, r.part(ctx, &r.f.steps[i], x))
		bound = append(bound, x.request.Digest().String(), x.methods)
	}
	p.Digest = sync.OnceValue(func() guard.Digest {
		raw, _ := json.Marshal(bound) // of what was read from JSON and YAML
		return guard.DigestOf(orderedjson.PlainOf(json.RawMessage(raw)))
	})
	p.Effect = func() string {
		return r.describe(min(maxPreview*len(r.plan), maxShownBody/8)) + " (digest " + p.Digest().String() + ")"
	}
	p.Secrets = func(ctx context.Context) (all []guard.Secret, refusal json.Marshaler) {
		for _, part := range p.Parts {
			own, refusal := part.Secrets(ctx)
			if refusal != nil {
				return nil, refusal
			}
			for _, x := range own {
				if !slices.Contains(all, x) {
					all = append(all, x)
				}
			}
		}
		return all, nil
	}
	p.Fails = func() json.Marshaler {
		for _, part := range p.Parts {
			if part.Fails != nil && !part.Methods.IsRead() {
				if refused := part.Fails(); refused != nil {
					return refused
				}
			}
		}
		return nil
	}
	p.Refuse = func(v guard.Refusal) json.Marshaler {
		if v.How == guard.IsHeld || v.How == guard.IsNotHeld {
			return confirmationRequest(r.describe(1000), "perform_action", v.How == guard.IsHeld)
		}
		if _, why, ofStep := strings.Cut(v.Reason, ofWorkflow); ofStep && v.How == guard.NotAllowed {
			return failure(codeAuthorization, v.Reason, errorDetails{Reason: why}, "Nothing was sent.")
		}
		return r.plan[0].refusal(v)
	}
	return p
}

// describe describes the requests of all steps for the person who decides, with about limit
// characters of each part of one, and less of many. Texts of the file are in quotes.
func (r *flowRun) describe(limit int) string {
	all := r.plan
	limit = max(limit/len(all), 200)
	var b strings.Builder
	fmt.Fprintf(&b, "%s would send %d requests. STEP.outputs.NAME stands for a value of that step's response, which is not known yet.", r.f.name, len(all))
	for i, p := range all {
		x := &r.f.steps[i]
		fmt.Fprintf(&b, " Step %d, %s: %s", i+1, x.ID, p.describe(limit))
		for _, c := range p.carried {
			fmt.Fprintf(&b, " Its %s %s is %s.", c.In, c.Name, quoted(c.Value))
		}
		if len(x.OnFailure) > 0 {
			fmt.Fprintf(&b, " It is repeated until %s.", conditions(x.Success))
		}
	}
	return b.String()
}

// quoted returns a text of a file in quotes, so that it cannot pass for the text around it.
func quoted(s string) string { return strconv.Quote(guard.Excerpt(s, 200)) }

func conditions(all []workflow.Criterion) string {
	var texts []string
	for _, c := range all {
		texts = append(texts, quoted(c.Condition))
	}
	return strings.Join(texts, " and ")
}
