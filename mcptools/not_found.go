package mcptools

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// The library answers each error of a handler as an internal error. The errors of the protocol for
// wrong arguments and missing resources, whose codes depend on its revision, it has for names and
// URIs that it does not know. So these hooks add the reason to the name or URI, which makes it
// unknown and which the library's text quotes.

// refusePrompt refuses a prompt that lacks an argument.
func (s *service) refusePrompt(_ context.Context, _ any, r *mcp.GetPromptRequest) {
	i := slices.IndexFunc(prompts, func(p prompt) bool { return p.name == r.Params.Name })
	if i < 0 {
		return
	}
	if err := prompts[i].missing(r.Params.Arguments); err != nil {
		r.Params.Name += " (" + errorText(err) + ")"
	}
}

// missingCodes are those of errors that say that there is no resource of a URI.
var missingCodes = []tool.Code{
	tool.CodeBadArgument, tool.CodeFlowNotFound, tool.CodeUnknownHost, tool.CodeNothingCaptured, tool.CodeUnknownOperation,
}

// refuseResource refuses a URI without a resource.
func (s *service) refuseResource(ctx context.Context, _ any, r *mcp.ReadResourceRequest) {
	defer func() { _ = recover() }() // the handler has the same panic, and reports it
	for _, t := range s.resourceTemplates() {
		escaped, has := strings.CutPrefix(r.Params.URI, t.uri)
		if !has {
			continue
		}
		value, err := t.value(escaped)
		if err == nil {
			err = t.find(ctx, value)
		}
		if err == nil {
			return
		}
		if te := source.ToolError(err); slices.Contains(missingCodes, te.Code) {
			r.Params.URI = view.Cut(view.Visible(r.Params.URI), 200) + " (" + errorText(te) + ")"
		}
		return
	}
}

// value returns the decoded variables of a URI.
func (resourceTemplate) value(escaped string) (string, error) {
	value, err := url.PathUnescape(escaped)
	if err != nil {
		return "", tool.Errorf(tool.CodeBadArgument, "", "the URI has invalid percent-encoding")
	}
	return value, nil
}

// findHost returns an error if no host of a domain was captured.
func (s *service) findHost(ctx context.Context, host string) error {
	_, err := s.source.Hosts(ctx, host)
	return err
}

// findOperation returns an error if a host does not have an operation.
func (s *service) findOperation(ctx context.Context, value string) error {
	_, err := s.readOperation(ctx, value)
	return err
}

// findFlow returns an error if there is no flow with a number.
func (s *service) findFlow(ctx context.Context, seq string) error {
	id, err := flowOf(seq)
	if err != nil {
		return err
	}
	return s.source.Has(ctx, id)
}

// errorText writes an error for clients that get text only.
func errorText(e *tool.Error) string {
	text := string(e.Code) + ": " + e.Message
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	return view.Visible(text)
}
