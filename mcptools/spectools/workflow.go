package spectools

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/infer/headers"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
	"github.com/spectap/spectap/workflow"
)

// flowTool is a workflow as a tool.
type flowTool struct {
	workflow.Workflow
	name       string
	steps      []flowStep
	reads      bool
	properties map[string]any // of the inputs
	inputs     *jsonschema.Schema
	tool       mcp.Tool
	definition []byte // that is pinned, as JSON; nil without pins
	// tokens are the outputs of steps that are credentials, as STEP.outputs.NAME. No result has
	// their values.
	tokens map[string]bool
}

// flowStep is a step of a workflow.
type flowStep struct {
	workflow.Step
	op *operation
	// carried are the headers with a credential that an earlier step returned: see [Set.mayCarry].
	// They are not arguments, since the tool of the operation has none for credentials.
	carried []workflow.Parameter
}

// maxFlowSteps bounds the steps of a workflow: a person reads the requests of all.
const maxFlowSteps = 20

// addWorkflows makes the tools of [Options.Workflows].
func (s *Set) addWorkflows() error {
	for _, w := range s.o.Workflows {
		if err := w.Check(); err != nil {
			return err
		}
		f := &flowTool{Workflow: w, name: shorten(s.o.Prefix, "workflow_"+w.ID, w.ID), reads: true, tokens: map[string]bool{}}
		if s.byTool[f.name] != nil || slices.ContainsFunc(s.flows, func(o *flowTool) bool { return o.name == f.name }) {
			return fmt.Errorf("workflow %s: another tool has its name, %s", w.ID, f.name)
		}
		if len(w.Steps) > maxFlowSteps {
			return fmt.Errorf("workflow %s has %d steps: at most %d", w.ID, len(w.Steps), maxFlowSteps)
		}
		used := map[string]bool{}
		for _, step := range w.Steps {
			x, err := s.flowStep(step, used)
			if err != nil {
				return fmt.Errorf("workflow %s, step %s: %w", w.ID, step.ID, err)
			}
			f.reads = f.reads && guard.IsSafe(x.op.Method)
			if f.steps = append(f.steps, x); x.op.origin != f.steps[0].op.origin {
				return fmt.Errorf("workflow %s, step %s: it is at another host than the first step", w.ID, step.ID)
			}
			f.findTokens(&x)
		}
		if err := f.define(used); err != nil {
			return fmt.Errorf("workflow %s: %w", w.ID, err)
		}
		s.flows = append(s.flows, f)
	}
	return nil
}

// flowStep finds the operation of a step, and sorts its parameters. It adds to used the inputs that
// the requests take.
func (s *Set) flowStep(step workflow.Step, used map[string]bool) (flowStep, error) {
	i := slices.IndexFunc(s.ops, func(op *operation) bool {
		if step.OperationID != "" {
			return op.id == step.OperationID
		}
		return strings.HasSuffix(step.OperationPath, workflow.PathOf(op.Path, op.Method))
	})
	if i < 0 {
		return flowStep{}, fmt.Errorf("no tool has the operation %s", sanitize.Description(cmp.Or(step.OperationID, step.OperationPath), 200))
	}
	x := flowStep{Step: step, op: s.ops[i]}
	for _, failure := range step.OnFailure {
		if failure.Type != "retry" || !guard.IsSafe(x.op.Method) {
			return x, fmt.Errorf("onFailure %s: only a step that reads can be repeated", sanitize.Description(failure.Name, 80))
		}
	}
	for _, c := range step.Success {
		if _, err := (workflow.Response{}).Holds(c.Condition); err != nil {
			return x, err
		}
	}
	x.Parameters = nil
	for _, p := range step.Parameters {
		text, _ := p.Value.(string)
		switch {
		case x.argument(p) != "":
			x.Parameters = append(x.Parameters, p)
		case p.In == "header" && strings.Contains(text, "$steps."):
			if !s.mayCarry(x.op, p.Name) {
				return x, fmt.Errorf("the header %s may not have a value of another step: only Authorization, Cookie, the API key of the operation and a declared CSRF header may",
					sanitize.Description(p.Name, 80))
			}
			x.carried = append(x.carried, p)
		case p.In != "header" && p.In != "cookie" || !strings.Contains(text, "$inputs."):
			return x, fmt.Errorf("its operation has no parameter %s in %s", sanitize.Description(p.Name, 80), sanitize.Description(p.In, 20))
		} // else a credential, which this server has
	}
	for _, name := range workflow.InputsOf([]any{x.Parameters, step.RequestBody}) {
		used[name] = true
	}
	return x, nil
}

// mayCarry reports whether a header that is no argument may have a value of an earlier step: it is
// a credential, or it has a token against forged requests and the document names it.
func (s *Set) mayCarry(op *operation, name string) bool {
	if egress.CheckHeader(name, "") != nil || guard.IsMethodOverride(name) || guard.IsTargetOverride(name) {
		return false
	}
	is := func(x *openapi3.SecurityScheme) bool {
		return x.Type == "apiKey" && x.In == openapi3.ParameterInHeader && strings.EqualFold(x.Name, name)
	}
	if slices.ContainsFunc(slices.Concat(op.security...), func(x Scheme) bool { return is(x.SecurityScheme) }) {
		return true
	}
	if headers.IsAntiForgery(name) && s.doc.Components != nil {
		for _, r := range s.doc.Components.SecuritySchemes {
			if r != nil && r.Value != nil && is(r.Value) {
				return true
			}
		}
	}
	return strings.EqualFold(name, "Authorization") || strings.EqualFold(name, "Cookie")
}

// findTokens adds the outputs that are credentials: those that the step carries or sends under the
// name of a secret, and its own with such a name.
func (f *flowTool) findTokens(x *flowStep) {
	for i, p := range slices.Concat(x.carried, x.Parameters) {
		if text, _ := p.Value.(string); i < len(x.carried) || isSecretName(p.Name) {
			for _, e := range workflow.OutputsOf(text) {
				f.tokens[e] = true
			}
		}
	}
	for name, e := range x.Outputs {
		if isSecretName(name) || isSecretName(e[strings.LastIndexAny(e, "/.")+1:]) {
			f.tokens[x.ID+".outputs."+name] = true
		}
	}
}

// isSecretName reports whether something of this name is a secret.
func isSecretName(name string) bool {
	return headers.IsAntiForgery(name) || rules.ClassOf(name) >= rules.Secret
}

// argument returns the name of the argument for a parameter, or "".
func (x *flowStep) argument(p workflow.Parameter) string {
	for _, q := range x.op.Parameters {
		if q.In == p.In && (q.Name == p.Name || q.In == "header" && strings.EqualFold(q.Name, p.Name)) {
			return q.Argument
		}
	}
	return ""
}

// define makes the definition of the tool.
func (f *flowTool) define(used map[string]bool) error {
	properties, required := map[string]any{}, []string{}
	if f.Inputs != nil {
		for name, in := range f.Inputs.Properties {
			in.Description, in.Format = sanitize.Description(in.Description, 200), sanitize.Name(in.Format)
			if used[name] {
				properties[name] = in
			}
		}
		for _, name := range f.Inputs.Required {
			if used[name] {
				required = append(required, name)
			}
		}
	}
	for name := range used {
		if properties[name] == nil || name == confirmedArgument {
			return fmt.Errorf("the input %s is not described", sanitize.Description(name, 80))
		}
	}
	schema := map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
	var err error
	if f.inputs, err = jsonschema.Compile(orderedjson.PlainOf(schema)); err != nil {
		return err
	}
	f.properties = maps.Clone(properties)
	about := "Calls several operations, one after the other:"
	for i, x := range f.steps {
		about += fmt.Sprintf(" %d. %s", i+1, x.op.toolName)
	}
	if !f.reads {
		about += ". All requests are confirmed at once, before the first is sent."
	}
	properties[confirmedArgument] = map[string]any{"type": "boolean"} // a read may be held, too
	raw, err := json.Marshal(schema)
	if err != nil {
		return err
	}
	writes, no := !f.reads, false
	f.tool = mcp.Tool{Name: f.name, Title: sanitize.Description(f.Summary, 200), Description: about,
		RawInputSchema: raw, RawOutputSchema: json.RawMessage(`{"type":"object"}`),
		Annotations: mcp.ToolAnnotation{ReadOnlyHint: &f.reads, DestructiveHint: &writes, IdempotentHint: &no, OpenWorldHint: &writes}}
	return nil
}

// flowTools returns the tools of the workflows.
func (s *Set) flowTools() (out []server.ServerTool) {
	for _, f := range s.flows {
		out = append(out, server.ServerTool{Tool: f.tool, Handler: func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			pass := guard.PassOf(ctx)
			if pass != nil && pass.Preview != nil {
				if run, ok := pass.Prepared.(*flowRun); ok && run.f == f {
					return run.do(withHeader(ctx), pass), nil
				}
			}
			return notJudged(), nil
		}})
	}
	return out
}

// flowOf returns the workflow of a tool, or nil.
func (s *Set) flowOf(name string) *flowTool {
	if i := slices.IndexFunc(s.flows, func(f *flowTool) bool { return f.name == name }); i >= 0 {
		return s.flows[i]
	}
	return nil
}

// arguments returns the arguments of the operation's tool, and the credentials that earlier steps
// returned.
func (x *flowStep) arguments(v workflow.Values) (*orderedjson.Object, []schemeCredential, error) {
	args, err := map[string]any{}, error(nil)
	for _, p := range x.Parameters {
		if args[x.argument(p)], err = v.Resolve(p.Value); err != nil {
			return nil, nil, err
		}
	}
	if b := x.RequestBody; b != nil {
		if args[serialize.BodyArgument], err = v.Resolve(b.Payload); err != nil {
			return nil, nil, err
		}
		if len(x.op.Bodies) > 1 {
			args[serialize.ContentTypeArgument] = b.ContentType
		}
	}
	var carried []schemeCredential
	for _, p := range x.carried {
		value, err := v.Resolve(p.Value)
		if err != nil {
			return nil, nil, err
		}
		c := egress.Credential{In: egress.InHeader, Name: p.Name, Value: fmt.Sprint(value)}
		if strings.EqualFold(p.Name, "Cookie") { // without the attributes of Set-Cookie
			pair, _, _ := strings.Cut(c.Value, ";")
			name, value, _ := strings.Cut(pair, "=")
			c = egress.Credential{In: egress.InCookie, Name: strings.TrimSpace(name), Value: value}
		}
		if egress.CheckHeader(c.Name, c.Value) != nil {
			return nil, nil, fmt.Errorf("the header %s cannot have the value of the earlier step", sanitize.Description(p.Name, 80))
		}
		carried = append(carried, schemeCredential{"of an earlier step", credential.Secret(c.Value), c})
	}
	raw, err := json.Marshal(args)
	if err != nil {
		return nil, nil, errors.New("its values cannot be written as JSON")
	}
	decoded, err := orderedjson.Decode(raw)
	object, _ := decoded.(*orderedjson.Object)
	return object, carried, err
}
