package mcptools

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/internal/spelling"
	"github.com/spectap/spectap/mcp/handler"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// answersUnknown is the tool that answers calls of unknown tools.
const answersUnknown = "get_traffic_summary"

// moved are tools that clients may know, of mitmproxy-mcp or of earlier versions, with the call
// that does the same.
var moved = map[string]string{
	"inspect_flow": "inspect_flows", "get_flow_schema": "inspect_flows with fields schemas",
	"get_api_patterns": "list_operations with details", "generate_scraper_code": "generate_client",
	"capture_status": "get_traffic_summary", "what_is_new": "get_traffic_summary with its new_cursor as cursor",
	"check_flows": "diff_spec with violations", listToolsName: "tools/list of the protocol",
}

// needsAllow are the tools that a person enables, with the value of --allow that does so.
var needsAllow = map[string]string{
	"load_traffic_file": "import", "clear_traffic": "clear", "start_proxy": "capture", "stop_proxy": "capture", "set_scope": "capture",
	"add_interception_rule": "rules", "list_rules": "rules", "clear_rules": "rules", "set_global_header": "rules",
	"remove_global_header": "rules", "set_session_variable": "send", "extract_session_variable": "send", "replay_flow": "send",
	"fuzz_endpoint": "send",
}

// redirectUnknown passes calls of unknown tools to answersUnknown, in whose place the handler
// answers with an error of a tool.
func (s *service) redirectUnknown(known map[string]bool) server.OnBeforeCallToolFunc {
	return func(ctx context.Context, _ any, r *mcp.CallToolRequest) {
		if known[r.Params.Name] {
			return
		}
		e := s.unknownToolError(r.Params.Name)
		message := strings.TrimLeft(strings.TrimPrefix(e.Message, noTool(shownName(r.Params.Name))), "; ")
		if handler.RefuseUnknown(ctx, r, shownName(r.Params.Name), strings.TrimLeft(message+"; "+e.Hint, "; ")) {
			return
		}
		handler.RedirectUnknown(r, answersUnknown)
	}
}

func shownName(name string) string { return view.Cut(view.Visible(name), 60) }

func noTool(shown string) string { return fmt.Sprintf("there is no tool %q", shown) }

// unknownToolError says which tool the caller may have meant, and what to do next.
func (s *service) unknownToolError(name string) *tool.Error {
	shown := shownName(name)
	if value, off := needsAllow[name]; off {
		e := tool.Errorf(tool.CodeRefused, "", "%s is not enabled: a person enables it by starting the server with --allow %s", shown, value)
		if value == "send" {
			e.Message += " --send-to ORIGIN"
		}
		e.Hint = "ask the user; the other tools only read"
		return e
	}
	var names []string
	for _, t := range s.tools() {
		names = append(names, t.Name)
	}
	e := tool.Errorf(tool.CodeUnknownTool, "", "%s", noTool(shown))
	if now, ok := moved[name]; ok && s.compat == "" {
		e.Message += "; use " + now
	} else if near := spelling.Nearest(name, names); near != "" {
		e.Message += "; did you mean " + near + "?"
	}
	e.Hint = "tools/list has the tools and their arguments; the operations of the captured API are no tools, and list_operations shows them"
	if s.compat != "" {
		e.Hint = strings.Replace(e.Hint, "list_operations shows", "get_api_patterns shows", 1)
	}
	return e
}

// The library answers each error of a handler as an internal error. The error of the protocol for
// missing resources, whose code depends on its revision, it has for URIs that it does not know. So
// refuseResource adds the reason to the URI, which makes it unknown and which the library's text
// quotes.

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
