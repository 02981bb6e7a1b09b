package capture

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/cmd/spectap/cli/flows"
	"github.com/spectap/spectap/cmd/spectap/cli/hub"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/internal/visible"
)

// Environment variables for secrets, which must not appear in process lists.
const (
	ProxyAuthEnv     = "SPECTAP_PROXY_AUTH"
	UpstreamProxyEnv = "SPECTAP_UPSTREAM_PROXY"
)

// TapOptions are the flags of a recording proxy.
type TapOptions struct {
	Listen     string // "" until SetAddress
	ListenName string // what set it, for errors; "" means --listen
	Command    string // for errors; "" means spectap proxy

	MaxBody flagset.SizeFlag
	Budget  flagset.SizeFlag
	maxWait time.Duration
	lossy   bool

	Include, exclude []string
	Skip             []string // filters; nil means those of the configuration file

	Trust         flagset.TrustFlags
	UpstreamProxy string
	UpstreamFlag  *pflag.Flag // the flag of UpstreamProxy

	reverse       string
	AllowRemote   bool
	remotePrivate bool // other machines may reach private addresses
	retention     flagset.RetentionFlags
	session       []string                                                          // the command whose traffic is a session, or nil
	unread        func(user, password string) bool                                  // whose tunnels are not read, or nil
	dial          func(ctx context.Context, network, addr string) (net.Conn, error) // to upstreams, or nil
	tags          []string
	tagHeader     string
	live          bool      // show a status line, or the flows if the program logs in rows
	Dump          *FlowDump // or nil
	hub           hub.Forwarding
	guard         guardFlags
}

// AddFlags adds the flags of a recording proxy, and sets their defaults.
func (o *TapOptions) AddFlags(cmd *cobra.Command) {
	o.MaxBody, o.Budget = capture.DefaultMaxBody, capture.DefaultBudget
	f := cmd.Flags()
	end := cli.Under(f, cli.HeadLimits)
	f.Var(&o.MaxBody, "max-body", "record at most this `size` of each body; clients get all of it")
	f.Var(&o.Budget, "budget", "limit the memory for bodies and for flows that are not stored yet to this `size`")
	flagset.TimeVar(f, &o.maxWait, "max-wait", capture.DefaultMaxWait,
		"delay an exchange for at most this `time` while the budget is used up, then drop its body")
	f.BoolVar(&o.lossy, "lossy", false, "never delay an exchange: drop its body at once")
	end()
	f.StringArrayVar(&o.Include, "include", nil,
		"record only this `scope`: HOST, .DOMAIN, :PORT, HOST/PATH (repeatable)")
	f.StringArrayVar(&o.exclude, "exclude", nil, "do not record this `scope` (repeatable)")
	AddSkipFlag(cmd, &o.Skip)
	f.StringArrayVar(&o.tags, "tag", nil, "give all recorded flows this `tag` (repeatable; tag:NAME in a filter)")
	f.StringVar(&o.tagHeader, "tag-header", "",
		"give a flow the tags in this request `header`, which is neither forwarded nor recorded")
	defer cli.Under(f, cli.HeadUpstreams)()
	f.StringVar(&o.UpstreamProxy, "upstream-proxy", os.Getenv(UpstreamProxyEnv),
		"connect through the proxy at this `URL`: http, https or socks5 (env "+UpstreamProxyEnv+", but not to loopback); NO_PROXY applies")
	o.UpstreamFlag = f.Lookup("upstream-proxy")
	o.Trust.AddFlags(f, "")
}

// AddSkipFlag adds --skip.
func AddSkipFlag(cmd *cobra.Command, skip *[]string) {
	cmd.Flags().StringArrayVar(skip, "skip", nil, "do not record flows that this `filter` selects, such as ext:png,css, "+
		"method:OPTIONS or type:image/* (repeatable; docs/filter.md)")
}

// Check refuses options that exclude each other or are out of bounds.
func (o *TapOptions) Check() error {
	if o.Budget < 1<<20 {
		return cli.Misusef("--budget %s: must be at least 1MiB", &o.Budget)
	}
	if o.MaxBody > o.Budget {
		return cli.Misusef("--max-body %s: must not exceed --budget %s", &o.MaxBody, &o.Budget)
	}
	for _, tag := range o.tags {
		if err := flow.CheckTag(tag); err != nil {
			return cli.WithHint(cli.Misusef("--tag %q: %w", tag, err), "--tag NAME; in a filter tag:NAME, or tag:\"SOME WORDS\"")
		}
	}
	if o.tagHeader != "" {
		if err := flow.CheckHeader(o.tagHeader, ""); err != nil {
			return cli.WithHint(cli.Misusef("--tag-header: %w", err), "--tag-header X-Test")
		}
	}
	if o.AllowRemote && o.reverse != "" {
		return cli.Misusef("--allow-remote and --reverse exclude each other: " +
			"a reverse proxy cannot ask clients for credentials")
	}
	if o.remotePrivate && !o.AllowRemote {
		return cli.Misusef("--allow-private is for --allow-remote: clients on this machine reach all addresses")
	}
	if _, _, ok := strings.Cut(os.Getenv(ProxyAuthEnv), ":"); o.AllowRemote && !ok {
		return cli.WithHint(
			cli.Misused(errors.New(o.remoteFlag()+": "+ProxyAuthEnv+" must contain USER:PASSWORD")),
			ProxyAuthEnv+"=USER:PASSWORD "+cmp.Or(o.Command, "spectap proxy")+" "+o.remoteFlag()+" --listen "+o.Listen,
		)
	}
	return nil
}

// queue returns the configuration of the queue that writes to a store.
func (o *TapOptions) queue(st capture.Appender, log *slog.Logger) capture.QueueConfig {
	q := capture.QueueConfig{Store: st, Budget: int64(o.Budget), MaxWait: o.maxWait, Logger: log}
	if o.lossy {
		q.MaxWait = -1
	}
	return q
}

// Config returns the configuration of the proxy.
func (o *TapOptions) Config() (cfg capture.Config, err error) {
	cfg.MaxBody, cfg.TagHeader = int64(o.MaxBody), o.tagHeader
	cfg.MaxBody = cmp.Or(cfg.MaxBody, -1) // none
	if o.guard.guard != nil {
		cfg.Guard = o.guard.guard
	}
	if cfg.Roots, err = o.Trust.Roots(); err != nil {
		return cfg, err
	}
	for _, list := range []struct {
		name  string
		flags []string
		rules *[]capture.ScopeRule
	}{{"--include", o.Include, &cfg.Scope.Include}, {"--exclude", o.exclude, &cfg.Scope.Exclude}} {
		for _, s := range list.flags {
			r, err := capture.ParseScopeRule(s)
			if err != nil {
				return cfg, cli.WithHint(cli.Misusef("%s: %w", list.name, err), list.name+" api.example.com")
			}
			*list.rules = append(*list.rules, r)
		}
	}
	if o.reverse != "" {
		if cfg.Reverse, err = url.Parse(o.reverse); err != nil || !strings.Contains(o.reverse, "://") {
			return cfg, cli.WithHint(cli.Misusef("--reverse: not a URL"), "--reverse https://HOST")
		}
	}
	if o.AllowRemote {
		cfg.Admit = admit(os.Getenv(ProxyAuthEnv))
		cfg.RemotePrivate = o.remotePrivate
	}
	if cfg.Upstream, err = o.upstream(); err != nil {
		return cfg, err
	}
	if err := cfg.Check(); err != nil {
		return cfg, cli.WithHint(cli.Misused(err), "--reverse https://HOST, or --upstream-proxy http://HOST:PORT")
	}
	return cfg, nil
}

func (o *TapOptions) upstream() (u capture.Upstream, err error) {
	if u, err = o.Trust.Settings(); err != nil || o.UpstreamProxy == "" {
		return u, err
	}
	if u.Proxy, err = url.Parse(o.UpstreamProxy); err != nil {
		return u, cli.WithHint(cli.Misusef("--upstream-proxy: not a URL"), "--upstream-proxy http://HOST:PORT") // the error text may hold a password
	}
	u.NoProxy = cmp.Or(os.Getenv("NO_PROXY"), os.Getenv("no_proxy"))
	u.ProxyLoopback = o.UpstreamFlag.Changed // a variable is set for all programs, a flag for this proxy
	return u, nil
}

// admit returns a constant-time check of credentials. It compares hashes, which have equal lengths.
func admit(want string) func(user, password string) bool {
	sum := sha256.Sum256([]byte(want))
	return func(user, password string) bool {
		got := sha256.Sum256([]byte(user + ":" + password))
		return subtle.ConstantTimeCompare(sum[:], got[:]) == 1
	}
}

// ListenRule returns where the proxy may listen.
func (o *TapOptions) ListenRule() flagset.ListenRule {
	command, flag := cmp.Or(o.Command, "spectap proxy"), o.remoteFlag()
	return flagset.ListenRule{
		Flag: cmp.Or(o.ListenName, "--listen"), Remote: o.AllowRemote, RemoteFlag: flag,
		AnyPort:  command + " --listen 127.0.0.1:0",
		ToRemote: command + " --listen 127.0.0.1:8080   # or: " + ProxyAuthEnv + "=USER:PASSWORD " + command + " " + flag + " --listen " + o.Listen,
	}
}

// remoteFlag returns the flag that accepts other machines.
func (o *TapOptions) remoteFlag() string {
	if o.Command != "" {
		return "--allow-remote-proxy" // the --allow-remote of mcp is about --http
	}
	return "--allow-remote"
}

// Environment variables for the address of a proxy. Flags win over them, and they win over the
// configuration file.
const (
	HostEnv = "SPECTAP_HOST"
	PortEnv = "SPECTAP_PORT"
)

// The default address of a proxy.
const (
	DefaultProxyHost = "127.0.0.1"
	defaultProxyPort = 8080
)

// proxyAddress returns the address of a proxy for which no flag is set, and the name of the setting
// it came from.
func proxyAddress(p *cli.Program) (addr, from string, err error) {
	c, err := cli.LoadConfig(p.Global.Config)
	if err != nil {
		return "", "", err
	}
	host, port := DefaultProxyHost, defaultProxyPort
	from = "the default address of the proxy"
	if c.Proxy.Host != "" || c.Proxy.Port != nil {
		from = "proxy in " + c.Path
		host = cmp.Or(c.Proxy.Host, host)
		if c.Proxy.Port != nil {
			port = *c.Proxy.Port
		}
	}
	if v := os.Getenv(HostEnv); v != "" {
		host, from = v, HostEnv
	}
	if v := os.Getenv(PortEnv); v != "" {
		if port, err = strconv.Atoi(v); err != nil {
			return "", "", cli.WithHint(cli.Misusef("%s=%q: must be a port", PortEnv, v), PortEnv+"=8080")
		}
	}
	if port < 0 || port > 65535 {
		return "", "", cli.WithHint(cli.Misusef("port %d of the proxy (%s or the configuration file): must be 0 to 65535", port, PortEnv),
			PortEnv+"=8080")
	}
	return net.JoinHostPort(host, strconv.Itoa(port)), from, nil
}

// SetAddress sets the address of a proxy unless a flag sets it.
func SetAddress(p *cli.Program, o *TapOptions) (err error) {
	if o.Listen == "" {
		o.Listen, o.ListenName, err = proxyAddress(p)
	}
	return err
}

// Skipping returns the function that applies --skip or, without the flag, the list of the
// configuration file. It returns nil if both are empty.
func Skipping(p *cli.Program, o *TapOptions) (func(f *flow.Flow, answered bool) (skip, decided bool), error) {
	texts, from := o.Skip, "--skip"
	if texts == nil {
		c, err := cli.LoadConfig(p.Global.Config)
		if err != nil {
			return nil, err
		}
		texts, from = c.Proxy.Skip, "skip in "+c.Path
	}
	var filters []*filter.Filter
	for _, text := range texts {
		f, err := filter.Parse(text, time.Now())
		if mistake, ok := errors.AsType[*filter.Error](err); ok {
			return nil, cli.WithHint(cli.Misusef("%s: %w", from, err),
				"a filter as in docs/filter.md; the error is here:\n"+flows.Indent(mistake.Pointer()))
		}
		if word := f.Text(); word != "" {
			err = cli.Misusef("%s: %q has no field, and would skip every URL with this text", from, visible.Line(word))
		} else if late := f.Late(filter.Answered); late != "" {
			err = cli.Misusef("%s: %s: is known too late: it is decided when the response begins", from, late)
		}
		if err != nil {
			return nil, cli.WithHint(err, "a filter with a field that is known early, such as ext:png,css, method:OPTIONS, type:image/* or path:*TEXT*")
		}
		if !f.All() { // an empty filter skips nothing
			filters = append(filters, f)
		}
	}
	if filters == nil {
		return nil, nil
	}
	return func(f *flow.Flow, answered bool) (skip, decided bool) { return matchesAny(filters, f, answered) }, nil
}

// matchesAny reports whether one of the filters selects a flow, and whether that is certain.
func matchesAny(filters []*filter.Filter, f *flow.Flow, answered bool) (selected, certain bool) {
	at := filter.Requested
	if answered {
		at = filter.Answered
	}
	certain = true
	for _, x := range filters {
		switch yes, sure := x.Decide(f, at); {
		case yes:
			return true, true
		case !sure:
			certain = false
		}
	}
	return false, certain
}
