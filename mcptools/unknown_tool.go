package mcptools

import (
	"context"
	"fmt"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/internal/spelling"
	"github.com/spectap/spectap/mcp/front"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// unknownTool takes the place of the arguments of a call that names no tool. Arguments that come
// from a client never have this type.
type unknownTool string

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

// redirectUnknown makes the library pass calls of unknown tools to answersUnknown, in whose place
// the handler answers with an error of a tool. The library's own error is one of the protocol,
// which says nothing of tools and which models often do not see.
func (s *service) redirectUnknown(known map[string]bool) server.OnBeforeCallToolFunc {
	return func(ctx context.Context, _ any, r *mcp.CallToolRequest) {
		if known[r.Params.Name] {
			return
		}
		e := s.unknownToolError(r.Params.Name)
		message := strings.TrimLeft(strings.TrimPrefix(e.Message, noTool(shownName(r.Params.Name))), "; ")
		if front.RefuseUnknown(ctx, r, shownName(r.Params.Name), strings.TrimLeft(message+"; "+e.Hint, "; ")) {
			return
		}
		r.Params.Arguments, r.Params.RawArguments = unknownTool(r.Params.Name), nil
		r.Params.Name = answersUnknown
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
