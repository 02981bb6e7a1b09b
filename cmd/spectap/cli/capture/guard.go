package capture

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/cmd/spectap/cli/gateway"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/gateway/httpguard"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/router"
)

// guardFlags are the flags of a proxy that lets only operations of documents pass.
type guardFlags struct {
	documents, others, secrets []string
	lenient, advisory          bool
	policy                     gateway.PolicyFlags

	guard    *httpguard.Guard  // nil without --guard
	standIns map[string]string // by the variables of --guard-secret
	closers  []func()
}

func (f *guardFlags) addFlags(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringArrayVar(&f.documents, "guard", nil, "let only operations of this OpenAPI document pass: `SPEC`, or SPEC,URL for "+
		"a server that you name; repeat it for several APIs (docs/guard.md)")
	defer cli.Under(fl, cli.HeadPolicy, "approvals", "policy", "audit")()
	fl.BoolVar(&f.lenient, "guard-lenient", false, "with --guard: only host, method and path must be those of an operation; log what else differs")
	fl.StringArrayVar(&f.others, "guard-other", nil, "with --guard: also let requests to this `host` pass: HOST, HOST:PORT or .DOMAIN (repeatable)")
	f.policy.RegisterPolicy(cmd)
	f.policy.RegisterAudit(cmd)
	f.policy.Register(cmd)
}

// addRunFlags adds the flags of a guard for a command that the program starts.
func (f *guardFlags) addRunFlags(cmd *cobra.Command) {
	fl := cmd.Flags()
	defer cli.Under(fl, cli.HeadPolicy)()
	fl.StringArrayVar(&f.secrets, "guard-secret", nil, "with --guard: put the credential in this variable on requests, and give the "+
		"command a stand-in: `VARIABLE`, with several documents SPEC=VARIABLE (repeatable)")
	fl.BoolVar(&f.advisory, "guard-advisory", false,
		"with --guard: do not give the command a network of its own; it can then connect past the guard")
}

// open makes the guard, if there is one, and says what may pass. The caller calls close.
func (f *guardFlags) open(ctx context.Context, p *cli.Program, cmd *cobra.Command, o *TapOptions) (err error) {
	const needs = "guard-lenient guard-other guard-secret guard-advisory policy audit approvals state shadow identity"
	if err := flagset.Check(cmd, flagset.Need(needs, "guard", ""), flagset.Exclude("include exclude reverse", "guard", "the documents decide")); err != nil || len(f.documents) == 0 {
		return err
	}
	f.policy.Demand, f.policy.Server, f.policy.NoPins = true, "guard", gateway.OwnNoPins
	if err := f.policy.Check(cmd); err != nil {
		return err
	}
	c := httpguard.Config{Lenient: f.lenient}
	if c.Log, err = p.Logger(); err != nil {
		return err
	}
	for _, s := range f.others {
		r, err := capture.ParseScopeRule(s)
		if err != nil || r.Path != "" || r.Host == "" {
			return cli.WithHint(cli.Misusef("--guard-other %s: must be HOST, HOST:PORT or .DOMAIN", s), "--guard-other packages.example.com")
		}
		c.Others = append(c.Others, r)
	}
	if c.Documents, err = gateway.GuardDocuments(ctx, p, f.documents, os.Getenv); err != nil {
		return err
	}
	if err := cmp.Or(f.takeSecrets(c.Documents), o.takeSignIns(c.Documents)); err != nil {
		return err
	}
	e, err := gateway.EnforcePolicy(ctx, p, &f.policy)
	if err != nil {
		return err
	}
	f.closers = append(f.closers, func() { e.Close() })
	end, err := gateway.OpenChannels(ctx, p, &f.policy.Channels, f.policy.Approvals, c.Log)
	if err != nil {
		return err
	}
	f.closers = append(f.closers, end)
	c.Enforce, c.Caller = e.Guard, enforce.Caller{Identity: f.policy.Identity(), Session: rand.Text()}
	if f.guard, err = httpguard.New(c); err != nil {
		return fmt.Errorf("--guard: %w", err)
	}
	f.closers = append(f.closers, f.guard.Close)
	go e.Reload(ctx, c.Log, nil)
	n, hosts := f.guard.Operations()
	fmt.Fprintf(p.Stderr, "guard: %s of %s may pass, and nothing else\n", cli.Plural(n, "operation"), strings.Join(append(hosts, f.others...), ", "))
	return nil
}

// close ends what open has begun.
func (f *guardFlags) close() {
	for _, end := range slices.Backward(f.closers) {
		end()
	}
}

// takeSecrets makes the stand-ins of --guard-secret.
func (f *guardFlags) takeSecrets(docs []httpguard.Document) error {
	f.standIns = map[string]string{}
	for _, arg := range f.secrets {
		of, name, ok := strings.Cut(arg, "=")
		if !ok && len(docs) == 1 {
			of, name = docs[0].Name, arg
		}
		i := slices.IndexFunc(docs, func(d httpguard.Document) bool { return d.Name == of })
		if i < 0 || name == "" {
			return cli.WithHint(cli.Misusef("--guard-secret %s: must name the document that the credential is for", arg), "--guard-secret "+docs[0].Name+"=VARIABLE")
		}
		s, long := httpguard.StandIn(os.Getenv(name))
		if !long {
			return cli.Misusef("--guard-secret %s: the variable %s is not set, or too short for a stand-in", arg, name)
		}
		docs[i].Secrets, f.standIns[name] = append(docs[i].Secrets, s), s.StandIn
	}
	return nil
}

// takeSignIns lets the guard sign in to the APIs for which there are variables.
func (o *TapOptions) takeSignIns(docs []httpguard.Document) error {
	tlsTo, err := o.Trust.TLS()
	if err != nil {
		return err
	}
	upstream, err := o.upstream()
	if err != nil {
		return err
	}
	for i := range docs {
		d, get, prefix := &docs[i], os.Getenv, credential.SignInPrefix
		if len(docs) > 1 {
			get, prefix = credential.Prefixed(d.Name, get), credential.Variable(d.Name+"_sign_in_")
		}
		if !credential.HasSignIn(os.Environ(), prefix) {
			continue
		}
		if len(openapi.AccessOf(d.Doc).SignIn) == 0 {
			return cli.WithHint(fmt.Errorf("%s… is set, and the document %s does not say how to sign in", prefix, d.Name),
				"spectap export   # of a recording that has the sign-in: the document then says how")
		}
		d.SignIn = spectools.SignIn{Operation: spectools.SignInAuto, Get: get}
		at, err := url.Parse(cmp.Or(d.BaseURL, "https://"+append(router.Hosts(d.Doc), "")[0]))
		if err != nil {
			return err
		}
		// A person named the document, and the program may reach its servers at any address.
		d.Egress = egress.Config{AllowPrivate: true, Proxy: upstream.Proxy, TLS: tlsTo(at)}
	}
	return nil
}

// environ returns the environment of a guarded command: with stand-ins, and without the credentials
// of this program.
func (f *guardFlags) environ(all []string) (out []string) {
	if f.guard == nil {
		return all
	}
	for _, pair := range all {
		name, _, _ := strings.Cut(pair, "=")
		if s, ok := f.standIns[name]; ok {
			pair = name + "=" + s
		}
		if !strings.HasPrefix(name, "SPECTAP_AUTH_") && name != ProxyAuthEnv && name != UpstreamProxyEnv {
			out = append(out, pair)
		}
	}
	return out
}
