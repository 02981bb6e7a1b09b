package enforcement

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/mcp/front"
)

// resource judges the reading of resources.
func (p *Point) resource(next server.ResourceHandlerFunc) server.ResourceHandlerFunc {
	return func(ctx context.Context, r mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
		s := enforce.Subject{How: enforce.ByPolicy, Kind: policy.Resource, Names: []string{r.Params.URI}}
		m := p.message(ctx, mcp.MethodResourcesRead, p.with(r.Params.Meta, map[string]any{"uri": r.Params.URI}), s)
		out, err := answer(p, m, func() (*mcp.ReadResourceResult, error) {
			contents, err := next(ctx, r)
			return &mcp.ReadResourceResult{Contents: contents}, err
		}, mcp.ParseReadResourceResult)
		if err != nil {
			return nil, err
		}
		return out.Contents, nil
	}
}

// prompt judges the getting of prompts.
func (p *Point) prompt(next server.PromptHandlerFunc) server.PromptHandlerFunc {
	return func(ctx context.Context, r mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		args := map[string]any{}
		for name, v := range r.Params.Arguments {
			args[name] = v
		}
		s := enforce.Subject{How: enforce.ByPolicy, Kind: policy.Prompt, Names: []string{r.Params.Name}, Args: args}
		m := p.message(ctx, mcp.MethodPromptsGet, p.with(r.Params.Meta, map[string]any{"name": r.Params.Name, "arguments": args}), s)
		return answer(p, m, func() (*mcp.GetPromptResult, error) { return next(ctx, r) }, mcp.ParseGetPromptResult)
	}
}

// answer judges a request, and treats its answer.
func answer[T any](p *Point, m *enforce.Message, next func() (*T, error), parse func(*json.RawMessage) (*T, error)) (res *T, err error) {
	v := p.guard.Judge(m)
	if !v.Allowed {
		if v.Hidden { // the policy has changed since the library looked the name up
			return nil, errors.New("unknown " + m.Subject.Kind.String())
		}
		return nil, denied(v.Decision)
	}
	outcome := enforce.Failed
	defer func() { p.guard.Outcome(v, outcome, p.sizeOf(res)) }()
	if res, err = next(); err != nil || res == nil {
		return nil, p.guard.TreatedError(v, err)
	}
	outcome = enforce.Answered
	if v.Results.IsZero() {
		return res, nil
	}
	raw, err := json.Marshal(res)
	if err != nil {
		return nil, fmt.Errorf("encode the result: %w", err)
	}
	out, why := p.guard.Treat(v, raw)
	if why != "" {
		outcome = enforce.Withheld
		return nil, denied(policy.Decision{Rule: v.Rule, Reason: why})
	}
	treated := json.RawMessage(out)
	return parse(&treated)
}

// Completions returns completion providers that judge what they complete.
func (p *Point) Completions(prompts server.PromptCompletionProvider, resources server.ResourceCompletionProvider, log *slog.Logger) []server.ServerOption {
	if p != nil {
		c := completions{p, prompts, resources}
		prompts, resources = c, c
	}
	return front.Completions(prompts, resources, log)
}

type completions struct {
	point     *Point
	prompts   server.PromptCompletionProvider
	resources server.ResourceCompletionProvider
}

// CompletePromptArgument completes the arguments of prompts that lists show.
func (c completions) CompletePromptArgument(
	ctx context.Context, name string, a mcp.CompleteArgument, given mcp.CompleteContext,
) (*mcp.Completion, error) {
	return c.complete(ctx, policy.Prompt, name, a, given, func() (*mcp.Completion, error) {
		return c.prompts.CompletePromptArgument(ctx, name, a, given)
	})
}

// CompleteResourceArgument completes the variables of resources that lists show.
func (c completions) CompleteResourceArgument(
	ctx context.Context, uri string, a mcp.CompleteArgument, given mcp.CompleteContext,
) (*mcp.Completion, error) {
	return c.complete(ctx, policy.Resource, uri, a, given, func() (*mcp.Completion, error) {
		return c.resources.CompleteResourceArgument(ctx, uri, a, given)
	})
}

func (c completions) complete(
	ctx context.Context, k policy.Kind, name string, a mcp.CompleteArgument, given mcp.CompleteContext, next func() (*mcp.Completion, error),
) (*mcp.Completion, error) {
	s := enforce.Subject{How: enforce.ByLists, Kind: k, Names: []string{name}}
	v := c.point.guard.Judge(c.point.message(ctx, mcp.MethodCompletionComplete, map[string]any{"ref": name, "argument": a, "context": given}, s))
	switch {
	case v.Hidden:
		return nil, errors.New("unknown reference")
	case !v.Allowed:
		return nil, denied(v.Decision)
	}
	out, err := next()
	outcome := enforce.Answered
	if err != nil {
		outcome = enforce.Failed
	}
	c.point.guard.Outcome(v, outcome, c.point.sizeOf(out))
	return out, err
}
