package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/gateway/jsonrpc"
	"github.com/spectap/spectap/gateway/merge"
	"github.com/spectap/spectap/gateway/upstream"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/lazyregexp"
)

// backend is a server behind the gateway, and its policy.
type backend struct {
	name, prefix string // "" for a single server
	resources    []string
	policy       string // the file
	upstream     upstreamFlags
	command      []string
	hidden       []string // variables that the command does not see: credentials for other servers
}

// backendDial returns how the gateway connects to a server. One of several may be missing: the
// others are served.
func (p *program) backendDial(b *backend, log *slog.Logger) (jsonrpc.Dial, error) {
	if b.name != "" && b.upstream.url == "" {
		return upstream.Child(b.command, p.stderr, 0, b.hidden...), nil
	}
	dial, err := p.gatewayDial(&b.upstream, b.command, log)
	if err != nil && b.name != "" {
		err = fmt.Errorf("%s: %w", b.name, err)
	}
	return dial, err
}

// backendFile is the file of --config.
type backendFile struct {
	Servers map[string]*backendEntry `yaml:"servers"`
}

// backendEntry is a server in the file of --config.
type backendEntry struct {
	Command   []string `yaml:"command"`
	URL       string   `yaml:"url"`
	TokenFile string   `yaml:"token_file"`
	TokenEnv  string   `yaml:"token_env"`
	// TokenCommand prints the token.
	TokenCommand []string      `yaml:"token_command"`
	OAuth        *backendOAuth `yaml:"oauth"`
	Header       string        `yaml:"header"`
	Policy       string        `yaml:"policy"`
	Prefix       *string       `yaml:"prefix"`
	Resources    []string      `yaml:"resources"`
}

// backendOAuth says how the gateway gets a token for a server as a client of an OAuth issuer.
type backendOAuth struct {
	Issuer     string   `yaml:"issuer"`
	TokenURL   string   `yaml:"token_url"`
	Client     string   `yaml:"client"`
	SecretFile string   `yaml:"secret_file"`
	SecretEnv  string   `yaml:"secret_env"`
	Scopes     []string `yaml:"scopes"`
	Resource   *string  `yaml:"resource"`
}

var (
	backendName   = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9-]{0,31}$`)
	backendPrefix = lazyregexp.New(`^[A-Za-z0-9_.-]{1,32}$`)
)

// backends returns the servers that the flags and the arguments name.
func (p *program) backends(x *gatewayFlags, command []string) ([]backend, error) {
	if x.config != "" {
		all, err := p.readBackends(x.config)
		for i := range all {
			if x.state != "" && strings.EqualFold(all[i].name, "taints") {
				return nil, fmt.Errorf("%s: server %q: with --state, %s.taints is the file of taints: give the server another name, and prefix: %s to keep the names of its tools",
					x.config, all[i].name, x.state, all[i].prefix)
			}
		}
		return all, err
	}
	return []backend{{policy: x.policy, upstream: x.upstream, command: command}}, nil
}

// flagsOf returns the flags of the policy of a server.
func (x *gatewayFlags) flagsOf(b *backend, state *gatewayState) policyFlags {
	flags := x.policyFlags
	flags.policy, flags.server, flags.name = b.policy, b.name, b.name
	if b.name != "" && flags.state != "" { // policies may use the same names
		flags.state, flags.taints = flags.state+"."+b.name, flags.state+".taints"
	}
	if flags.observe != nil {
		flags.observe = state.calls.Server(cmp.Or(b.name, oneServer))
	}
	return flags
}

// flags returns what the entry says, for a server and files beside the configuration.
func (o *backendOAuth) flags(server string, beside func(string) string) oauthClientFlags {
	f := oauthClientFlags{
		issuer: o.Issuer, tokenURL: o.TokenURL, id: o.Client, secretFile: beside(o.SecretFile), variable: o.SecretEnv, scopes: o.Scopes, resource: server,
	}
	if o.Resource != nil {
		f.resource = *o.Resource
	}
	return f
}

// isMany reports whether several of the conditions hold.
func isMany(conditions ...bool) bool {
	return len(slices.DeleteFunc(conditions, func(c bool) bool { return !c })) > 1
}

// problem says why an entry cannot be used, "" if it can.
func (s *backendEntry) problem(name string) string {
	switch {
	case !backendName.MatchString(name):
		return "the name must be of letters, digits and -, at most 32"
	case s == nil || (len(s.Command) == 0) == (s.URL == ""):
		return "it needs either command or url"
	case s.Policy == "":
		return "policy is missing: without a policy everything would be denied"
	case s.URL == "" && (s.TokenFile != "" || s.TokenEnv != "" || s.TokenCommand != nil || s.OAuth != nil || s.Header != ""):
		return "token_file, token_env, token_command, oauth and header need url"
	case isMany(s.TokenFile != "", s.TokenEnv != "", len(s.TokenCommand) > 0, s.OAuth != nil):
		return "token_file, token_env, token_command and oauth exclude each other"
	case s.Prefix != nil && !backendPrefix.MatchString(*s.Prefix):
		return "prefix must have 1 to 32 letters, digits, _, - and ."
	case slices.Contains(s.Resources, ""):
		return "a pattern of resources is empty"
	}
	return ""
}

// serversExample is what to write into a file of --config.
const serversExample = "servers: {NAME: {command: […], policy: FILE}}, as in docs/gateway.md"

// readBackends reads the servers of a configuration file. Files that it names are relative to it.
func (p *program) readBackends(path string) ([]backend, error) {
	data, err := p.readInput("configuration", path)
	if err != nil {
		return nil, err
	}
	var f backendFile
	if err := decode.YAMLFile(data, &f); err != nil {
		err = fmt.Errorf("read %s: %w", path, err)
		if _, isNot := policy.Load(context.Background(), path, data); isNot == nil {
			return nil, &hint{fmt.Errorf("%w; it is a policy, and no list of servers", err), "--policy " + quoteArg(path)}
		}
		return nil, &hint{err, serversExample}
	}
	if len(f.Servers) == 0 {
		return nil, &hint{fmt.Errorf("%s names no servers", path), serversExample}
	}
	beside := func(name string) string {
		if name == "" || filepath.IsAbs(name) {
			return name
		}
		return filepath.Join(filepath.Dir(path), name)
	}
	var all []backend
	var merged []gateway.Server
	var credentials []string
	for _, name := range slices.Sorted(maps.Keys(f.Servers)) {
		s := f.Servers[name]
		if problem := s.problem(name); problem != "" {
			return nil, &hint{fmt.Errorf("%s: server %q: %s", path, name, problem), serversExample}
		}
		b := backend{
			name: name, prefix: name + "_", policy: beside(s.Policy), command: s.Command, resources: s.Resources,
			upstream: upstreamFlags{url: s.URL, tokenFile: beside(s.TokenFile), header: s.Header, variable: s.TokenEnv, command: s.TokenCommand},
		}
		if s.OAuth != nil {
			b.upstream.oauth = s.OAuth.flags(s.URL, beside)
			if err := b.upstream.oauth.check(); err != nil {
				return nil, fmt.Errorf("%s: server %q: oauth: %w", path, name, err)
			}
		}
		if s.Prefix != nil {
			b.prefix = *s.Prefix
		}
		credentials = append(credentials, b.upstream.variable, b.upstream.oauth.variable)
		all = append(all, b)
		merged = append(merged, gateway.Server{Name: b.name, Prefix: b.prefix})
	}
	if err := merge.CheckServers(merged); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for i := range all {
		all[i].hidden = credentials
	}
	return all, nil
}
