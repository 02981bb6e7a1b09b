package mcptools

import (
	"context"
	"net/url"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/source"
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
	Send *SendConfig
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
type Imported struct {
	Flows, Skipped, Deleted int
	TooLarge                int // entries that are too large to read, and left out
}

// Clearer deletes flows.
type Clearer interface {
	// Clear deletes the flows up to a record number, and returns how many there were.
	Clear(ctx context.Context, until flow.Seq) (deleted int, err error)
}

// Capturer controls a recording proxy. Errors are in words for people.
type Capturer interface {
	// Start starts the proxy. It does nothing if one runs that fits the request.
	Start(ctx context.Context, r ProxyRequest) (CaptureState, error)
	// Check returns the error of Start if a proxy runs that does not fit the request.
	Check(r ProxyRequest) error
	// Stop stops the proxy, if it runs.
	Stop(ctx context.Context) (CaptureState, error)
	// SetScope restricts recording to these hosts and their subdomains; empty: all. It also applies
	// to a running proxy.
	SetScope(ctx context.Context, domains []string) (CaptureState, error)
	// DefaultAddress returns the address of a proxy for which the agent names none.
	DefaultAddress() (host string, port int)
	// AllowsRemote reports whether a person allowed addresses that other machines reach.
	AllowsRemote() bool
	// KnowsUpstream reports whether a person named this proxy as one to connect through.
	// Credentials in the URL must be those of the person, or absent.
	KnowsUpstream(u *url.URL) bool
}

// ProxyRequest says which proxy to start.
type ProxyRequest struct {
	Host string
	Port int // 0 selects a free one
	// UpstreamProxy is the proxy to connect through; nil: that of the server, if it has one. The
	// URL may hold credentials, which must not be shown.
	UpstreamProxy *url.URL
	// DumpFile, unless "", is a file that the flows are also written to: a new one, or one with
	// flows if Append is set.
	DumpFile string
	Append   bool
}

// CaptureState is the state of the proxy.
type CaptureState struct {
	Running     bool     `json:"running"`
	Address     string   `json:"address,omitempty"`     // of the proxy
	Certificate string   `json:"certificate,omitempty"` // the certificate file that clients must trust
	Scope       []string `json:"scope"`                 // the recorded domains; empty: all

	UpstreamProxy string `json:"upstream_proxy,omitempty"` // the proxy that the proxy connects through, without credentials
	DumpFile      string `json:"dump_file,omitempty"`      // the file that flows are also written to, with placeholders for secrets

	Totals *CaptureTotals `json:"totals,omitempty"` // what a proxy that was stopped has done
}

// CaptureTotals counts what a proxy has done.
type CaptureTotals struct {
	Recorded  int64  `json:"recorded"`             // flows
	Skipped   int64  `json:"skipped"`              // requests that --skip left out
	Unwanted  int64  `json:"out_of_scope"`         // requests out of scope
	Lost      int64  `json:"lost"`                 // flows that could not be recorded
	Dumped    int64  `json:"dumped,omitempty"`     // flows written to dump_file
	DumpError string `json:"dump_error,omitempty"` // why dump_file is not complete
}

// allowedTools returns the tools that Allow enables.
func (s *service) allowedTools() []tool.Tool {
	var out []tool.Tool
	if s.allow.Import != nil {
		out = append(out, s.loadTrafficFile())
	}
	if s.allow.Clear != nil {
		out = append(out, s.clearTraffic())
	}
	if s.allow.Capture != nil {
		out = append(out, s.startProxy(), s.stopProxy(), s.setScope())
	}
	if s.allow.Rules != nil {
		out = append(out, s.ruleTools()...)
	}
	if s.send != nil {
		out = append(out, s.send.All()...)
	}
	return out
}

// externalError returns an error of an interface in Allow as a tool's error, without secrets.
func (s *service) externalError(err error) error {
	if te := source.ToolError(err); te.Code != tool.CodeInternal {
		return te
	}
	return tool.Errorf(tool.CodeFailed, "", "%s", s.source.HideSecrets(err))
}
