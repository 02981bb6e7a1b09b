package gateway

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact/judge"
	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/gateway/merge"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/upstream"
	"github.com/spectap/spectap/mcp/vouch"
	"github.com/spectap/spectap/mcptools/placeholder"
)

// backend is a server behind the gateway, and its policy.
type backend struct {
	name, prefix string         // "" for a single server
	identity     string         // see [backend.identify]
	secrets      []guard.Secret // in the URL or the command line
	resources    []string
	policy       string // the file
	upstream     upstreamFlags
	command      []string
	hidden       []string // variables that the command does not see: credentials for other servers
}

// backendDial returns how the gateway connects to a server: by URL, or as a process that it starts,
// which gets the key. One of several may be missing: the others are served.
func backendDial(ctx context.Context, p *cli.Program, b *backend, log *slog.Logger) (dial jsonrpc.Dial, key vouch.Key, err error) {
	if b.upstream.URL != "" {
		if dial, err = upstreamDial(ctx, p, &b.upstream, log); err != nil && b.name != "" {
			err = fmt.Errorf("%s: %w", b.name, err)
		}
		return dial, nil, err
	}
	if _, err := exec.LookPath(b.command[0]); err != nil && b.name == "" {
		return nil, nil, cli.WithHint(fmt.Errorf("start the MCP server: %w", err), "command -v "+cli.QuoteArg(b.command[0]))
	}
	key = vouch.New()
	return anyEra(upstream.Child(b.command, p.Stderr, 0, key, b.hidden...)), key, nil
}

// tells returns what a server learns of callers: nothing, unless it is this very program.
func (x *gatewayFlags) tells(p *cli.Program, b *backend, log *slog.Logger) gateway.Tells {
	if args := ownServer(p, b.command); args != nil {
		return gateway.Tells{
			Identity: x.identity != anyClient || x.grants.grants != "" || len(x.oauth.Issuers) > 0, Headers: x.callerHeaders(args),
		}
	}
	if strings.Contains(strings.Join(b.command, " "), " --caller-") {
		log.Warn("the server gets no headers of callers: they are for spectap serve, started without another program in between", "server", b.identity)
	}
	return gateway.Tells{}
}

// ownServer returns the arguments of serve or mcp if that is what a command starts, by the file of
// this program. It returns nil for all else.
func ownServer(p *cli.Program, command []string) []string {
	if len(command) < 2 {
		return nil
	}
	own, err := os.Executable()
	path, missing := exec.LookPath(command[0])
	if err != nil || missing != nil {
		return nil
	}
	is, err := os.Stat(path)
	this, missing := os.Stat(own)
	if err != nil || missing != nil || !os.SameFile(is, this) {
		return nil
	}
	cmd, args, err := p.Cmd.Root().Find(command[1:])
	if err != nil || cmd.Parent() != p.Cmd.Root() || cmd.Name() != "serve" && cmd.Name() != "mcp" {
		return nil
	}
	return args
}

// backendFile is the file of --config.
type backendFile struct {
	Servers map[string]*backendEntry `yaml:"servers"`
}

// backendEntry is a server in the file of --config.
type backendEntry struct {
	upstreamFlags `yaml:",inline"`
	Command       []string `yaml:"command"`
	Policy        string   `yaml:"policy"`
	Prefix        *string  `yaml:"prefix"`
	Resources     []string `yaml:"resources"`
}

var (
	backendName   = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9-]{0,31}$`)
	backendPrefix = lazyregexp.New(`^[A-Za-z0-9_.-]{1,32}$`)
)

// backends returns the servers that the flags and the arguments name.
func backends(p *cli.Program, x *gatewayFlags, command []string) ([]backend, error) {
	if x.config != "" {
		all, err := readBackends(p, x.config)
		for i := range all {
			all[i].identify()
			if x.State != "" && strings.EqualFold(all[i].name, "taints") {
				return nil, fmt.Errorf("%s: server %q: with --state, %s.taints is the file of taints: give the server another name, "+
					"and prefix: %s to keep the names of its tools",
					x.config, all[i].name, x.State, all[i].prefix)
			}
		}
		return all, err
	}
	b := backend{policy: x.Policy, upstream: x.upstream, command: command}
	b.identify()
	x.Server, x.secrets = b.identity, b.secrets // also where a grant has a policy of its own
	return []backend{b}, nil
}

// flagsOf returns the flags of the policy of a server.
func (x *gatewayFlags) flagsOf(b *backend, state *gatewayState) PolicyFlags {
	flags := x.PolicyFlags
	flags.Policy, flags.Server, flags.secrets, flags.Name = b.policy, b.identity, b.secrets, b.name
	if b.name != "" && flags.State != "" { // policies may use the same names of counters
		flags.State, flags.Taints = flags.State+"."+b.name, flags.State+".taints"
	}
	if flags.observe != nil {
		flags.observe = state.calls.Server(cmp.Or(b.name, oneServer))
	}
	return flags
}

// isMany reports whether several of the conditions hold.
func isMany(conditions ...bool) bool {
	return len(slices.DeleteFunc(conditions, func(c bool) bool { return !c })) > 1
}

// problem returns the reason why an entry cannot be used, or "".
func (s *backendEntry) problem(name string) string {
	switch {
	case !backendName.MatchString(name):
		return "the name must be of letters, digits and -, at most 32"
	case s == nil || (len(s.Command) == 0) == (s.URL == ""):
		return "it needs either command or url"
	case s.Policy == "":
		return "policy is missing: without a policy everything would be denied"
	case s.URL == "" && (s.TokenFile != "" || s.Variable != "" || s.TokenCommand != nil || s.OAuth != nil || s.Login || s.Header != ""):
		return "token_file, token_env, token_command, oauth, login and header need url"
	case isMany(s.TokenFile != "", s.Variable != "", len(s.TokenCommand) > 0, s.OAuth != nil, s.Login):
		return "token_file, token_env, token_command, oauth and login exclude each other"
	case s.Prefix != nil && !backendPrefix.MatchString(*s.Prefix):
		return "prefix must have 1 to 32 letters, digits, _, - and ."
	case slices.Contains(s.Resources, ""):
		return "a pattern of resources is empty"
	}
	return ""
}

// serversExample is an example of a file of --config.
const serversExample = "servers: {NAME: {command: […], policy: FILE}}, as in docs/gateway.md"

// readBackends reads the servers of a configuration file. Paths in the file are relative to its
// folder.
func readBackends(p *cli.Program, path string) ([]backend, error) {
	data, err := p.ReadInput("configuration", path)
	if err != nil {
		return nil, err
	}
	var f backendFile
	if err := decode.YAMLFile(data, &f); err != nil {
		err = fmt.Errorf("read %s: %w", path, err)
		return nil, cli.WithHint(err, serversExample)
	}
	if len(f.Servers) == 0 {
		return nil, cli.WithHint(fmt.Errorf("%s names no servers", path), serversExample)
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
			return nil, cli.WithHint(fmt.Errorf("%s: server %q: %s", path, name, problem), serversExample)
		}
		b := backend{
			name: name, prefix: name + "_", policy: beside(s.Policy), command: s.Command, resources: s.Resources,
			upstream: s.upstreamFlags,
		}
		b.upstream.TokenFile = beside(s.TokenFile)
		credentials = append(credentials, s.Variable)
		if s.OAuth != nil {
			s.OAuth.SecretFile = beside(s.OAuth.SecretFile)
			if err := s.OAuth.check(); err != nil {
				return nil, fmt.Errorf("%s: server %q: oauth: %w", path, name, err)
			}
			credentials = append(credentials, s.OAuth.Variable)
		}
		if s.Prefix != nil {
			b.prefix = *s.Prefix
		}
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

// hiddenSecret stands for a secret in the name of a server.
const hiddenSecret = "(secret)"

// The lengths of the parts of a server's name: the readable part in characters and the hash in hex
// digits. With 64 bits it is infeasible to find another command line with the same hash.
const (
	maxIdentity  = 100
	identityHash = 16
)

// identify sets the name of the server, to which approvals, pins and grants are bound: its URL, or
// its command line and a hash of it. A name in a configuration is only a label, which may later be
// given to another server, so it is only the prefix of the name.
//
// Secrets that redaction finds are neither shown nor part of the hash: a short one could be guessed
// from it. Approvals are bound to them by a hash with a key.
func (b *backend) identify() {
	label := ""
	if b.name != "" {
		label = b.name + ": "
	}
	line := b.line()
	redacted := placeholder.ReplaceAll(newRedactor().Text(line), func(string) string { return hiddenSecret })
	shown := hideKeys(redacted)
	if redacted != line {
		b.secrets = []guard.Secret{{Scheme: "the secrets in the URL or the command line of the server", Value: line, Hidden: true}}
	}
	if b.upstream.URL != "" {
		shown = egress.WithoutUser(shown)
	}
	if r := []rune(shown); len(r) > maxIdentity {
		shown = string(r[:maxIdentity-1]) + "…"
	}
	if b.upstream.URL != "" && shown == line {
		b.identity = label + shown
		return
	}
	sum := sha256.Sum256([]byte(redacted + "\x00" + b.folder()))
	b.identity = label + shown + " (" + hex.EncodeToString(sum[:])[:identityHash] + ")"
}

// line returns the URL or the command line of a server.
func (b *backend) line() string {
	if b.upstream.URL != "" {
		u, err := url.Parse(b.upstream.URL)
		if err != nil {
			return b.upstream.URL // the URL is refused
		}
		u.Scheme, u.Host, u.Path, u.Fragment = strings.ToLower(u.Scheme), strings.ToLower(u.Host), cmp.Or(u.Path, "/"), ""
		return u.String()
	}
	words := slices.Clone(b.command)
	for i, w := range words {
		if w == "" || strings.ContainsAny(w, " \t\r\n\"'\\") {
			words[i] = cli.ShellQuote(w)
		}
	}
	return strings.Join(words, " ")
}

// folder returns the folder in which a command is started, if the command line refers to something
// in it: in another folder the same words name another server. A word with white space may be a
// script.
func (b *backend) folder() string {
	inFolder := slices.ContainsFunc(b.command, func(w string) bool {
		if _, value, ok := strings.Cut(w, "="); ok && strings.HasPrefix(w, "-") {
			w = value
		}
		if strings.ContainsAny(w, " \t\r\n") {
			return true
		}
		_, err := os.Stat(w)
		return err == nil && !filepath.IsAbs(w)
	})
	if !inFolder {
		return ""
	}
	return Absolute(".")
}

// hideKeys replaces words that look like keys.
func hideKeys(text string) string {
	isBetween := func(r rune) bool { return strings.ContainsRune(" /:?&=,;'\"", r) }
	for _, w := range strings.FieldsFunc(text, isBetween) {
		if isKeyLike(w) {
			text = strings.ReplaceAll(text, w, hiddenSecret)
		}
	}
	return text
}

// isKeyLike reports whether a word looks like a key: a name or a date of 16 characters alternates
// less often between letters and digits.
func isKeyLike(w string) bool { return len(w) >= 16 && judge.Count(w).DigitChanges >= 3 }

// warnExposed warns of files of the gateway in folders that its servers can access: whoever calls
// the tools of such a server may write these files and so decide on held calls or change the
// policy.
func (x *gatewayFlags) warnExposed(backends []backend, log *slog.Logger) {
	own := []string{
		x.Policy, x.config, x.Held, x.heldKey, x.pins, x.State, x.Taints, x.Audit, x.key, x.grants.grants, x.http.TokenFile, x.Channels.secret,
	}
	for i := range backends {
		own = append(own, backends[i].policy, backends[i].upstream.TokenFile)
	}
	slices.Sort(own)
	own = slices.Compact(own)
	for i := range backends {
		for _, word := range backends[i].command {
			if _, value, ok := strings.Cut(word, "="); ok && strings.HasPrefix(word, "-") {
				word = value
			}
			if info, err := os.Stat(word); err != nil || !info.IsDir() {
				continue
			}
			for _, path := range own {
				if path != "" && isBelow(path, word) {
					log.Warn("the MCP server is given a folder with a file of the gateway, which its tools may be able to change: keep it elsewhere",
						"folder", word, "file", path)
				}
			}
		}
	}
}

// isBelow reports whether a path is in a folder or below it. The file need not exist.
func isBelow(path, folder string) bool {
	relative, err := filepath.Rel(cli.RealPath(folder), cli.RealPath(path))
	return err == nil && filepath.IsLocal(relative)
}
