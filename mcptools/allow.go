package mcptools

import (
	"context"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/tool"
)

// Allow enables tools that do more than read. The zero value enables none. Clients cannot see a
// tool that is not enabled.
type Allow struct {
	// Import enables load_traffic_file, which imports traffic files.
	Import Importer
	// Clear enables clear_traffic, which deletes the capture.
	Clear Clearer
	// Capture enables start_proxy, stop_proxy and set_scope, which control a proxy.
	Capture Capturer
	// Send enables replay_flow, fuzz_endpoint and the session variables.
	Send *Send
	// Rules enables add_interception_rule, list_rules, clear_rules, set_global_header and
	// remove_global_header, which change the rules of the store's proxy.
	Rules RuleKeeper
	// RequireHuman accepts confirmations by a person only, not by the model.
	RequireHuman bool
}

// Importer adds traffic files to a capture.
type Importer interface {
	// Import reads a file and adds its flows. It adds all of them or, after an error, none. Errors
	// are in words for people.
	Import(ctx context.Context, r ImportRequest) (Imported, error)
	// Digest returns a digest of the content of a file.
	Digest(ctx context.Context, file string) (string, error)
}

// ImportRequest says what to import.
type ImportRequest struct {
	File    string
	InScope func(authority string) bool // nil: all flows
	// Until, unless 0, is the number of the last record of the flows to delete once the file has
	// been read.
	Until flow.Seq
	// Digest, unless "", is the digest that the file must have.
	Digest string
}

// Imported counts flows.
type Imported struct{ Flows, Skipped, Deleted int }

// Clearer deletes flows.
type Clearer interface {
	// Clear deletes the flows up to a record number, and returns how many there were.
	Clear(ctx context.Context, until flow.Seq) (deleted int, err error)
}

// Capturer controls a recording proxy on loopback. Errors are in words for people.
type Capturer interface {
	// Start starts the proxy on a port; 0 selects a free one.
	Start(ctx context.Context, port int) (CaptureState, error)
	// Stop stops the proxy that Start has started.
	Stop(ctx context.Context) (CaptureState, error)
	// SetScope restricts recording to these hosts and their subdomains; empty: all. It also applies
	// to a running proxy.
	SetScope(ctx context.Context, domains []string) (CaptureState, error)
}

// CaptureState is the state of the proxy.
type CaptureState struct {
	Running     bool     `json:"running"`
	Address     string   `json:"address,omitempty" jsonschema_description:"of the proxy"`
	Certificate string   `json:"certificate,omitempty" jsonschema_description:"the certificate file that clients must trust"`
	Scope       []string `json:"scope" jsonschema_description:"the recorded domains; empty: all"`
}

// allowedTools returns the tools that Allow enables.
func (s *service) allowedTools() []tool.Tool {
	var out []tool.Tool
	if s.Allow.Import != nil {
		out = append(out, s.loadTrafficFile())
	}
	if s.Allow.Clear != nil {
		out = append(out, s.clearTraffic())
	}
	if s.Allow.Capture != nil {
		out = append(out, s.startProxy(), s.stopProxy(), s.setScope())
	}
	if s.Allow.Rules != nil {
		out = append(out, s.ruleTools()...)
	}
	if s.Allow.Send != nil {
		out = append(out, s.sendTools()...)
	}
	return out
}

// externalError returns an error of an interface in Allow as a tool's error, without secrets.
func (s *service) externalError(err error) error {
	if te := toolError(err); te.Code != tool.CodeInternal {
		return te
	}
	return tool.Errorf(tool.CodeFailed, "", "%s", s.hideSecrets(err))
}
