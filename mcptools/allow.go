package mcptools

import (
	"context"
	"strconv"
	"strings"

	"github.com/spectap/spectap/mcptools/tool"
)

// Allow lets a server do more than read. The zero value allows nothing: then the tools are not there.
type Allow struct {
	// Import reads traffic files: load_traffic_file.
	Import Importer
	// Clear deletes what was captured: clear_traffic.
	Clear Clearer
	// Capture runs a proxy: start_proxy, stop_proxy, set_scope.
	Capture Capturer
	// Send sends requests: replay_flow, fuzz_endpoint and the session variables.
	Send *Send
	// Rules are those that the proxy of the store applies: add_interception_rule, list_rules, clear_rules,
	// set_global_header, remove_global_header.
	Rules RuleKeeper
	// RequireHuman takes a person's confirmation only, not the model's word.
	RequireHuman bool
}

// Importer adds traffic files to a capture.
type Importer interface {
	// Import reads a file, whole or not at all, and keeps the flows that keep says (nil: all). With replace, what
	// was there before is deleted after the file was read. Errors are in words for people.
	Import(ctx context.Context, file string, keep func(authority string) bool, replace bool) (Imported, error)
}

// Imported counts.
type Imported struct{ Flows, Skipped, Deleted int }

// Clearer deletes all that was captured.
type Clearer interface {
	Clear(ctx context.Context) (deleted int, err error)
}

// Capturer runs a recording proxy on loopback. Errors are in words for people.
type Capturer interface {
	Start(ctx context.Context, port int) (CaptureState, error)
	Stop(ctx context.Context) (CaptureState, error)
	// SetScope records these hosts and their subdomains alone; none: all. It counts for the proxy that runs, too.
	SetScope(ctx context.Context, domains []string) (CaptureState, error)
}

// CaptureState is what a proxy does.
type CaptureState struct {
	Running     bool     `json:"running"`
	Address     string   `json:"address,omitempty" jsonschema_description:"of the proxy"`
	Certificate string   `json:"certificate,omitempty" jsonschema_description:"the file that clients have to trust"`
	Scope       []string `json:"scope" jsonschema_description:"the domains that are recorded; empty: all"`
}

// ImportResult says what was imported.
type ImportResult struct {
	Imported int `json:"imported"`
	Skipped  int `json:"skipped" jsonschema_description:"flows out of scope"`
	Deleted  int `json:"deleted" jsonschema_description:"flows that were there before"`
}

// ClearResult says what was deleted.
type ClearResult struct {
	Deleted int `json:"deleted"`
}

// allowed are the tools that c.Allow asks for.
func (s *service) allowed() []tool.Tool {
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

// failed makes an error of what went wrong outside, without secrets.
func (s *service) failed(err error) error {
	if te := toolError(err); te.Code != tool.CodeInternal {
		return te
	}
	return tool.Errorf(tool.CodeFailed, "", "%s", s.hideSecrets(err))
}

func (s *service) loadTrafficFile() tool.Tool {
	params := []tool.Param{
		{Name: "file_path", Kind: tool.String, Required: true, Doc: "a HAR file or a flow file of mitmproxy, inside the folder that the server was started with"},
		{Name: "append", Kind: tool.Boolean, Default: false, Doc: "keep what was captured before; else it is deleted once the file was read"},
		{Name: "scope", Kind: tool.String, Doc: "only flows of these domains and their subdomains, with commas. Default: all"},
		confirmedParam,
	}
	t := tool.New("load_traffic_file", "Import a file", "Reads captured traffic from a file, whole or not at all.", params,
		func(ctx context.Context, a tool.Args) (ImportResult, error) {
			st, err := s.Store.Stat(ctx)
			if err != nil {
				return ImportResult{}, err
			}
			if !a.Bool("append") && st.Flows > 0 {
				if err := s.confirm(ctx, "replace all "+strconv.FormatInt(st.Flows, 10)+" captured flows by those of a file."); err != nil {
					return ImportResult{}, err
				}
			}
			n, err := s.Allow.Import.Import(ctx, a.String("file_path"), inScope(splitList(a.String("scope"))), !a.Bool("append"))
			if err != nil {
				return ImportResult{}, s.failed(err)
			}
			return ImportResult{n.Flows, n.Skipped, n.Deleted}, nil
		})
	return t.WithEffect(tool.Effect{Destroys: true})
}

func (s *service) clearTraffic() tool.Tool {
	t := tool.New("clear_traffic", "Delete the capture", "Deletes all captured flows.", []tool.Param{confirmedParam},
		func(ctx context.Context, _ tool.Args) (ClearResult, error) {
			st, err := s.Store.Stat(ctx)
			if err != nil {
				return ClearResult{}, err
			}
			if err := s.confirm(ctx, "delete all "+strconv.FormatInt(st.Flows, 10)+" captured flows."); err != nil {
				return ClearResult{}, err
			}
			n, err := s.Allow.Clear.Clear(ctx)
			if err != nil {
				return ClearResult{}, s.failed(err)
			}
			return ClearResult{n}, nil
		})
	return t.WithEffect(tool.Effect{Destroys: true, Idempotent: true})
}

func (s *service) startProxy() tool.Tool {
	params := []tool.Param{{Name: "port", Kind: tool.Integer, Min: 0, Max: 65535, Default: 8080, Doc: "on 127.0.0.1; 0 takes a free one"}}
	t := tool.New("start_proxy", "Start recording", "Starts a recording proxy on this machine. It listens on loopback only.", params,
		func(ctx context.Context, a tool.Args) (CaptureState, error) {
			st, err := s.Allow.Capture.Start(ctx, a.Int("port"))
			return s.state(st, err)
		})
	return t.WithEffect(tool.Effect{})
}

func (s *service) stopProxy() tool.Tool {
	t := tool.New("stop_proxy", "Stop recording", "Stops the proxy that start_proxy started; what was recorded stays.", nil,
		func(ctx context.Context, _ tool.Args) (CaptureState, error) {
			st, err := s.Allow.Capture.Stop(ctx)
			return s.state(st, err)
		})
	return t.WithEffect(tool.Effect{Idempotent: true})
}

func (s *service) setScope() tool.Tool {
	params := []tool.Param{{Name: "allowed_domains", Kind: tool.StringList, Required: true, Doc: "record these hosts and their subdomains alone; an empty list records all"}}
	t := tool.New("set_scope", "What to record", "Says which hosts the proxy records; what goes to others is passed on unrecorded.", params,
		func(ctx context.Context, a tool.Args) (CaptureState, error) {
			domains := []string{}
			for _, d := range a.Strings("allowed_domains") {
				d = bareDomain(d)
				if d == "" || strings.ContainsAny(d, " \t\r\n\"'*?") {
					return CaptureState{}, tool.BadArgument("allowed_domains", "has a name that is no domain")
				}
				domains = append(domains, d)
			}
			st, err := s.Allow.Capture.SetScope(ctx, domains)
			return s.state(st, err)
		})
	return t.WithEffect(tool.Effect{Destroys: true, Idempotent: true})
}

func (s *service) state(st CaptureState, err error) (CaptureState, error) {
	if err != nil {
		return CaptureState{}, s.failed(err)
	}
	if st.Scope == nil {
		st.Scope = []string{}
	}
	return st, nil
}

func splitList(s string) []string {
	var out []string
	for part := range strings.SplitSeq(s, ",") {
		if part = bareDomain(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// inScope says of an authority whether it is of one of the domains; nil when there are none.
func inScope(domains []string) func(string) bool {
	if len(domains) == 0 {
		return nil
	}
	return func(authority string) bool {
		for _, d := range domains {
			if inDomain(strings.ToLower(authority), d) {
				return true
			}
		}
		return false
	}
}
