package mcptools

import (
	"context"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/store"
)

// ImportResult counts the flows of an import.
type ImportResult struct {
	Imported int `json:"imported"`
	Skipped  int `json:"skipped"`             // flows that are not in scope
	TooLarge int `json:"too_large,omitempty"` // entries that were left out, because they are too large to read
	Deleted  int `json:"deleted"`             // earlier flows that were deleted
}

// ClearResult counts the deleted flows.
type ClearResult struct {
	Deleted int `json:"deleted"`
}

func (s *service) loadTrafficFile() tool.Tool {
	params := []tool.Param{
		{Name: "file_path", Kind: tool.String, Required: true,
			Doc: "a recording in the folder that the server was started with: HAR, mitmproxy, pcap, Burp or Postman"},
		{Name: "append", Kind: tool.Boolean, Default: false,
			Doc: "true keeps the earlier flows; false deletes them once the file was read"},
		{Name: "scope", Kind: tool.String,
			Doc: "only flows of these domains and their subdomains, such as a.com,b.com. Default: all"},
		confirmedParam,
	}
	t := tool.NewPrepared[ImportResult]("load_traffic_file", "Import a file",
		"Imports captured traffic from a file, completely or not at all.", params, s.importFile)
	return t.WithEffect(tool.Effect{Destroys: true})
}

// importFile prepares an import. A consent is valid for this content of the file, and for the flows
// that it replaces.
func (s *service) importFile(ctx context.Context, a tool.Args) (out tool.Prepared, err error) {
	st, err := s.source.Store.Stat(ctx)
	if err != nil {
		return out, err
	}
	r := ImportRequest{File: a.String("file_path"), InScope: inScope(splitDomains(a.String("scope")))}
	switch {
	case a.Bool("append"):
		out.What = "add the flows in a file to the capture."
	default:
		d := s.deletion(ctx, st)
		if r.Until = d.until; d.flows == 0 {
			out.What = "fill the empty capture from a file."
			break
		}
		out.What, out.Holds = "replace all "+strconv.FormatInt(d.flows, 10)+" captured flows by those in a file.", true
		out.Bound = append(out.Bound, d.digest().String())
	}
	if r.Digest, err = s.allow.Import.Digest(ctx, r.File); err != nil {
		return out, s.externalError(err)
	}
	out.Bound = append(out.Bound, r.Digest)
	out.Run = func(ctx context.Context, _ bool) (any, error) {
		n, err := s.allow.Import.Import(ctx, r)
		if err != nil {
			return nil, s.externalError(err)
		}
		return ImportResult{Imported: n.Flows, Skipped: n.Skipped, TooLarge: n.TooLarge, Deleted: n.Deleted}, nil
	}
	return out, nil
}

func (s *service) clearTraffic() tool.Tool {
	t := tool.NewPrepared[ClearResult]("clear_traffic", "Delete the capture",
		"Deletes all captured flows. Flows that are recorded after the question stay.", []tool.Param{confirmedParam},
		func(ctx context.Context, _ tool.Args) (out tool.Prepared, err error) {
			st, err := s.source.Store.Stat(ctx)
			if err != nil {
				return out, err
			}
			d := s.deletion(ctx, st)
			out = tool.Prepared{What: "delete all " + strconv.FormatInt(d.flows, 10) + " captured flows.", Holds: true, Bound: []string{d.digest().String()}}
			out.Run = func(ctx context.Context, _ bool) (any, error) {
				n, err := s.allow.Clear.Clear(ctx, d.until)
				if err != nil {
					return nil, s.externalError(err)
				}
				return ClearResult{n}, nil
			}
			return out, nil
		})
	return t.WithEffect(tool.Effect{Destroys: true, Idempotent: true})
}

func (s *service) startProxy() tool.Tool {
	host, port := s.allow.Capture.DefaultAddress()
	params := []tool.Param{
		{Name: "port", Kind: tool.Integer, Min: 0, Max: 65535, Default: port, Doc: "port to listen on; 0 selects a free port"},
		{Name: "host", Kind: tool.String, MaxLength: 255, Default: host, Doc: "loopback address to listen on"},
		{Name: "upstream_proxy", Kind: tool.String,
			Doc: "URL of a proxy to connect through: http, https or socks5. Default: that of the server, if it has one"},
		{Name: "dump_file", Kind: tool.String,
			Doc: "also write the flows to this new mitmproxy flow file in the folder of the server; with + before it, add them to the file"},
		confirmedParam,
	}
	t := tool.NewPrepared[CaptureState]("start_proxy", "Start recording",
		"Starts a recording proxy on this machine, on loopback only. One that runs already at this address is enough.", params, s.startCapture)
	return t.WithEffect(tool.Effect{})
}

func (s *service) startCapture(_ context.Context, a tool.Args) (out tool.Prepared, err error) {
	c := s.allow.Capture
	r := ProxyRequest{Host: a.String("host"), Port: a.Int("port")}
	if !isLoopback(r.Host) && !c.AllowsRemote() {
		return out, tool.Errorf(tool.CodeRefused,
			"use 127.0.0.1; a person allows other addresses by starting the server with --allow-remote-proxy",
			"host: only loopback addresses are allowed")
	}
	r.DumpFile, r.Append = strings.CutPrefix(a.String("dump_file"), "+")
	if a.Has("dump_file") && r.DumpFile == "" {
		return out, tool.BadArgument("dump_file", "names no file")
	}
	if a.String("upstream_proxy") != "" {
		if r.UpstreamProxy, err = parseUpstream(a.String("upstream_proxy")); err != nil {
			return out, err
		}
		if err := c.Check(r); err != nil { // before the user is asked
			return out, s.externalError(err)
		}
	}
	out.What = "start a proxy that records traffic on " + net.JoinHostPort(r.Host, strconv.Itoa(r.Port)) + "."
	if r.UpstreamProxy != nil && !c.KnowsUpstream(r.UpstreamProxy) { // it sees all unencrypted traffic, and where the rest goes
		out.What, out.Holds = "start a proxy that passes all requests on to the proxy at "+withoutUser(r.UpstreamProxy)+".", true
	}
	out.Run = func(ctx context.Context, _ bool) (any, error) {
		st, err := c.Start(ctx, r)
		return s.captureState(st, err)
	}
	return out, nil
}

// parseUpstream reads the URL of a proxy. Its text may hold a password, so errors do not repeat it.
func parseUpstream(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Hostname() == "", u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5":
		return nil, tool.BadArgument("upstream_proxy", "must be a URL such as http://proxy.example:3128")
	case u.Path != "" && u.Path != "/", u.RawQuery != "", u.Fragment != "":
		return nil, tool.BadArgument("upstream_proxy", "must have nothing behind its port")
	}
	return u, nil
}

// withoutUser returns a URL without its credentials.
func withoutUser(u *url.URL) string { return u.Scheme + "://" + u.Host }

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (s *service) stopProxy() tool.Tool {
	t := tool.New("stop_proxy", "Stop recording",
		"Stops the proxy, and counts what it recorded. The recorded flows remain.", nil,
		func(ctx context.Context, _ tool.Args) (CaptureState, error) {
			st, err := s.allow.Capture.Stop(ctx)
			return s.captureState(st, err)
		})
	return t.WithEffect(tool.Effect{Idempotent: true})
}

func (s *service) setScope() tool.Tool {
	params := []tool.Param{{Name: "allowed_domains", Kind: tool.StringList, Required: true,
		Doc: "record only these hosts and their subdomains; an empty list records all"}}
	t := tool.New("set_scope", "Hosts to record",
		"Sets which hosts the proxy records. It forwards other traffic without recording it.", params,
		func(ctx context.Context, a tool.Args) (CaptureState, error) {
			domains := []string{}
			for _, d := range a.Strings("allowed_domains") {
				d = source.NormalizeDomain(d)
				if d == "" || strings.ContainsAny(d, " \t\r\n\"'*?") {
					return CaptureState{}, tool.BadArgument("allowed_domains", "has an entry that is not a domain such as api.example.com")
				}
				domains = append(domains, d)
			}
			st, err := s.allow.Capture.SetScope(ctx, domains)
			return s.captureState(st, err)
		})
	return t.WithEffect(tool.Effect{Destroys: true, Idempotent: true})
}

// captureState returns the result of a tool from that of the Capturer.
func (s *service) captureState(st CaptureState, err error) (CaptureState, error) {
	if err != nil {
		return CaptureState{}, s.externalError(err)
	}
	if st.Scope == nil {
		st.Scope = []string{}
	}
	return st, nil
}

// splitDomains reads a list of domains with commas.
func splitDomains(s string) []string {
	var out []string
	for d := range strings.SplitSeq(s, ",") {
		if d = source.NormalizeDomain(d); d != "" {
			out = append(out, d)
		}
	}
	return out
}

// inScope returns a function that reports whether an authority is in one of the domains, or nil if
// there are no domains.
func inScope(domains []string) func(string) bool {
	if len(domains) == 0 {
		return nil
	}
	return func(authority string) bool {
		return slices.ContainsFunc(domains, func(d string) bool { return source.InDomain(strings.ToLower(authority), d) })
	}
}

// deletion is what a held call would delete. Flows that are recorded later are not part of it, so
// that a consent is valid for what the question said while traffic is being recorded.
type deletion struct {
	flows int64
	until flow.Seq
}

func (d deletion) digest() guard.Digest {
	return guard.DigestOf([]any{strconv.FormatInt(d.flows, 10), strconv.FormatUint(uint64(d.until), 10)})
}

// deletions has the held deletions by caller. The zero value is ready to use. It is safe for
// concurrent use.
type deletions struct {
	mu   sync.Mutex // guards held
	held map[string]deletion
}

// maxDeletions bounds the callers with a held deletion. Beyond it all must ask again.
const maxDeletions = 1000

// deletion returns what the running call deletes: all flows, or what its caller was asked about if
// the call has the answer.
func (s *service) deletion(ctx context.Context, now store.Stat) deletion {
	key, answered := s.caller(ctx), false
	if c := tool.CallOf(ctx); c != nil {
		key, answered = key+"/"+c.Tool, c.Answered
	}
	s.deletions.mu.Lock()
	defer s.deletions.mu.Unlock()
	if d, ok := s.deletions.held[key]; ok && answered {
		return d
	}
	if s.deletions.held == nil || len(s.deletions.held) >= maxDeletions {
		s.deletions.held = map[string]deletion{}
	}
	d := deletion{now.Flows, now.Last}
	s.deletions.held[key] = d
	return d
}
