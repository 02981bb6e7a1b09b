package main

import (
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/capture/scope"
	"github.com/spectap/spectap/flow"
)

// Environment variables for values that a process list must not show.
const (
	proxyAuthEnv     = "SPECTAP_PROXY_AUTH"
	upstreamProxyEnv = "SPECTAP_UPSTREAM_PROXY"
)

// tapOptions are the flags of a recording proxy.
type tapOptions struct {
	listen     string // "" until setAddress
	listenName string // what set it, for errors; "" means --listen
	command    string // for errors; "" means spectap proxy

	maxBody sizeFlag
	budget  sizeFlag
	maxWait time.Duration
	lossy   bool

	include, exclude []string
	skip             []string // filters; nil means those of the configuration file
	noPassthrough    bool

	trust         trustFlags
	upstreamProxy string

	reverse       string
	allowRemote   bool
	remotePrivate bool // other machines may reach private addresses
	retention     retentionFlags
	session       []string // the command whose traffic is a session, or nil
	// unrecorded is a Config.Skip for what the command exchanges with its own helpers, or nil.
	unrecorded func(f *flow.Flow, answered bool) (skip, decided bool)
	unread     func(user, password string) bool // whose tunnels are not read, or nil
	tags       []string
	tagHeader  string
	live       bool      // show a status line
	dump       *flowDump // or nil
	hub        forwarding
}

func (o *tapOptions) addFlags(cmd *cobra.Command) {
	o.maxBody, o.budget = capture.DefaultMaxBody, capture.DefaultBudget
	f := cmd.Flags()
	f.Var(&o.maxBody, "max-body", "record at most this `size` of each body; clients get all of it")
	f.Var(&o.budget, "budget", "limit the memory for bodies and for flows that are not stored yet to this `size`")
	timeVar(f, &o.maxWait, "max-wait", capture.DefaultMaxWait,
		"delay an exchange for at most this `time` while the budget is used up, then drop its body")
	f.StringArrayVar(&o.include, "include", nil,
		"record only this `scope`: HOST, .DOMAIN, :PORT, HOST/PATH (repeatable)")
	f.StringArrayVar(&o.exclude, "exclude", nil, "do not record this `scope` (repeatable)")
	addSkipFlag(cmd, &o.skip)
	f.StringArrayVar(&o.tags, "tag", nil, "give all recorded flows this `tag` (repeatable; tag:NAME in a filter)")
	f.StringVar(&o.tagHeader, "tag-header", "",
		"give a flow the tags in this request `header`, which is neither forwarded nor recorded")
	f.BoolVar(&o.noPassthrough, "no-passthrough", false,
		"decrypt also for clients that refuse the CA's certificates, whose requests then fail")
	f.StringVar(&o.upstreamProxy, "upstream-proxy", os.Getenv(upstreamProxyEnv),
		"connect through the proxy at this `URL`: http, https or socks5 (env "+upstreamProxyEnv+"); NO_PROXY applies")
	o.trust.addFlags(f, "")
	f.BoolVar(&o.lossy, "lossy", false, "never delay an exchange: drop its body at once")
}

func addSkipFlag(cmd *cobra.Command, skip *[]string) {
	cmd.Flags().StringArrayVar(skip, "skip", nil, "do not record flows that this `filter` selects, such as ext:png,css, "+
		"method:OPTIONS or type:image/* (repeatable; docs/filter.md)")
}

func (o *tapOptions) check() error {
	if o.budget < 1<<20 {
		return &misuse{fmt.Errorf("--budget %s: must be at least 1MiB", &o.budget)}
	}
	if o.maxBody > o.budget {
		return &misuse{fmt.Errorf("--max-body %s: must not exceed --budget %s", &o.maxBody, &o.budget)}
	}
	for _, tag := range o.tags {
		if err := flow.CheckTag(tag); err != nil {
			return &hint{&misuse{fmt.Errorf("--tag %q: %w", tag, err)}, "--tag NAME; in a filter tag:NAME, or tag:\"SOME WORDS\""}
		}
	}
	if o.tagHeader != "" {
		if err := flow.CheckHeader(o.tagHeader, ""); err != nil {
			return &hint{&misuse{fmt.Errorf("--tag-header: %w", err)}, "--tag-header X-Test"}
		}
	}
	if o.allowRemote && o.reverse != "" {
		return &misuse{errors.New("--allow-remote and --reverse exclude each other: " +
			"a reverse proxy cannot ask clients for credentials")}
	}
	if o.remotePrivate && !o.allowRemote {
		return &misuse{errors.New("--allow-remote-private is for --allow-remote: " +
			"clients on this machine reach all addresses")}
	}
	if _, _, ok := strings.Cut(os.Getenv(proxyAuthEnv), ":"); o.allowRemote && !ok {
		return &hint{
			&misuse{errors.New(o.remoteFlag() + ": " + proxyAuthEnv + " must contain USER:PASSWORD")},
			proxyAuthEnv + "=USER:PASSWORD " + cmp.Or(o.command, "spectap proxy") + " " + o.remoteFlag() + " --listen " + o.listen,
		}
	}
	return nil
}

// config returns the configuration of the proxy.
func (o *tapOptions) config() (cfg capture.Config, err error) {
	cfg.MaxBody, cfg.TagHeader = int64(o.maxBody), o.tagHeader
	if cfg.MaxBody == 0 {
		cfg.MaxBody = -1 // none
	}
	if o.noPassthrough {
		cfg.Passthrough = -1
	}
	if cfg.Roots, err = o.trust.roots(); err != nil {
		return cfg, err
	}
	for _, list := range []struct {
		name  string
		flags []string
		rules *[]scope.Rule
	}{{"--include", o.include, &cfg.Scope.Include}, {"--exclude", o.exclude, &cfg.Scope.Exclude}} {
		for _, s := range list.flags {
			r, err := scope.ParseRule(s)
			if err != nil {
				return cfg, &hint{&misuse{fmt.Errorf("%s: %w", list.name, err)}, list.name + " " + quoteArg(meantScope(s))}
			}
			*list.rules = append(*list.rules, r)
		}
	}
	if o.reverse != "" {
		if cfg.Reverse, err = url.Parse(o.reverse); err != nil {
			return cfg, o.meantURLs(&misuse{fmt.Errorf("--reverse: not a URL")})
		}
	}
	if o.allowRemote {
		cfg.Admit = admit(os.Getenv(proxyAuthEnv))
		cfg.RemotePrivate = o.remotePrivate
	}
	if cfg.Upstream, err = o.upstream(); err != nil {
		return cfg, err
	}
	if err := cfg.Check(); err != nil {
		return cfg, o.meantURLs(&misuse{err})
	}
	return cfg, nil
}

// meantURLs adds what to type to an error of --reverse or --upstream-proxy.
func (o *tapOptions) meantURLs(err error) error {
	if o.reverse != "" && meantOrigin(o.reverse) != o.reverse {
		return &hint{err, "--reverse " + quoteArg(meantOrigin(o.reverse))}
	}
	if o.upstreamProxy == "" {
		return err
	}
	meant := "http://HOST:PORT"
	if host, _, err := net.SplitHostPort(o.upstreamProxy); err == nil && !strings.ContainsAny(host, "/@") {
		meant = "http://" + o.upstreamProxy
	}
	return &hint{err, "--upstream-proxy " + quoteArg(meant)}
}

func (o *tapOptions) upstream() (u capture.Upstream, err error) {
	if u, err = o.trust.settings(); err != nil || o.upstreamProxy == "" {
		return u, err
	}
	if u.Proxy, err = url.Parse(o.upstreamProxy); err != nil {
		return u, o.meantURLs(&misuse{errors.New("--upstream-proxy: not a URL")}) // its text may hold a password
	}
	u.NoProxy = cmp.Or(os.Getenv("NO_PROXY"), os.Getenv("no_proxy"))
	return u, nil
}

// meantScope returns the scope that a URL, or a text with * for any text, was meant to be.
func meantScope(s string) string {
	if _, rest, ok := strings.Cut(s, "://"); ok {
		s = rest
	}
	s = s[strings.LastIndexByte(s, '@')+1:]
	s, _, _ = strings.Cut(s, "?")
	host, path, _ := strings.Cut(s, "/")
	path, _, _ = strings.Cut("/"+path, "*")
	if host = strings.TrimRight(strings.TrimPrefix(host, "*"), ":"); strings.Contains(host, "*") {
		host = host[strings.LastIndexByte(host, '*')+1:]
	}
	s = host + strings.TrimRight(path, "/")
	if _, err := scope.ParseRule(s); err != nil {
		return "api.example.com"
	}
	return s
}

// admit returns a check of credentials in constant time. Hashes make the lengths equal.
func admit(want string) func(user, password string) bool {
	sum := sha256.Sum256([]byte(want))
	return func(user, password string) bool {
		got := sha256.Sum256([]byte(user + ":" + password))
		return subtle.ConstantTimeCompare(sum[:], got[:]) == 1
	}
}

// tuneMemory keeps the memory near the budget. While memory use is low, collections are rarer than
// by default. Rarer still would save nothing that was measured (docs/performance.md).
func (o *tapOptions) tuneMemory(p *program) {
	const overhead = 25 << 20 // memory of the process in addition to the budget
	p.tuneGC(180, int64(o.budget)+overhead)
}

// listenRule returns where the proxy may listen.
func (o *tapOptions) listenRule() listenRule {
	command, flag := cmp.Or(o.command, "spectap proxy"), o.remoteFlag()
	return listenRule{
		flag: cmp.Or(o.listenName, "--listen"), remote: o.allowRemote, remoteFlag: flag,
		anyPort:  command + " --listen 127.0.0.1:0",
		toRemote: command + " --listen 127.0.0.1:8080   # or: " + proxyAuthEnv + "=USER:PASSWORD " + command + " " + flag + " --listen " + o.listen,
	}
}

// remoteFlag returns the flag that accepts other machines.
func (o *tapOptions) remoteFlag() string {
	if o.command != "" {
		return "--allow-remote-proxy" // the --allow-remote of mcp is about --http
	}
	return "--allow-remote"
}
