package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/guard/grant"
	"github.com/spectap/spectap/mcptools/front"
)

// grantFlags say who may use the gateway.
type grantFlags struct {
	grants string // the file
	name   string // of the grant of the client on stdio
}

func (f *grantFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.grants, "grants", "", "admit the holders of the grants in this `file`, which spectap grant writes")
	cmd.Flags().StringVar(&f.name, "grant", "", "with --grants, on stdio: the `name` of the client's grant")
}

func (f *grantFlags) check(cmd *cobra.Command, h *httpFlags) error {
	switch {
	case f.grants == "" && f.name == "":
		return nil
	case f.grants == "":
		return usagef(cmd, "--grant needs --grants")
	case cmd.Flags().Changed("identity"):
		return usagef(cmd, "--identity and --grants exclude each other: the grant is the identity")
	case h.addr == "" && f.name == "":
		return usagef(cmd, "--grants needs --http, or --grant NAME for a client on stdio")
	case h.addr != "" && (f.name != "" || h.noToken || h.tokenFile != ""):
		return usagef(cmd, "with --http, each grant has a token of its own: --grants excludes --grant, --token-file and --no-token")
	}
	return nil
}

// granting gives clients what their grants allow.
type granting struct {
	p       *program
	ctx     context.Context // of the gateway
	x       *gatewayFlags
	book    *grant.Book
	servers []gateway.Server
	first   *enforcing
	log     *slog.Logger

	mu    sync.Mutex
	known map[string]grant.Grant // those that were admitted last, by name
	own   map[string]*enforcing  // policies of grants, by name and path
}

func (p *program) openGrants(ctx context.Context, x *gatewayFlags, servers []gateway.Server, first *enforcing, log *slog.Logger) (*granting, error) {
	b, err := grant.Open(x.grants.grants)
	if err != nil {
		return nil, err
	}
	return &granting{
		p: p, ctx: ctx, x: x, book: b, servers: servers, first: first, log: log,
		known: map[string]grant.Grant{}, own: map[string]*enforcing{},
	}, nil
}

// close releases the policies of grants.
func (a *granting) close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	var err error
	for _, e := range a.own {
		err = errors.Join(err, e.close())
	}
	return err
}

// authenticate returns the name of the grant of a token.
func (a *granting) authenticate(_ context.Context, token string) (front.Admitted, error) {
	g, err := a.book.Authenticate(token, time.Now())
	name, err := a.admit(g, err)
	return front.Admitted{Caller: name}, err
}

// named admits the client on stdio.
func (a *granting) named(name string) error {
	g, err := a.book.Named(name, time.Now())
	_, err = a.admit(g, err)
	return err
}

func (a *granting) admit(g grant.Grant, err error) (string, error) {
	if err != nil {
		return "", err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.known[g.Name] = g
	return g.Name, nil
}

// memberToken is the member of an identity that tells the tokens of a grant apart. It is the
// beginning of a hash.
const memberToken = "token"

// identity returns what policies know of a grant that was admitted.
func (a *granting) identity(name string) map[string]any {
	a.mu.Lock()
	defer a.mu.Unlock()
	g, ok := a.known[name]
	if !ok {
		return map[string]any{}
	}
	return map[string]any{"name": g.Name, memberToken: g.Hash[:shortHash]}
}

// grantOf returns the grant of an identity, and whether it is in force.
func (a *granting) grantOf(identity map[string]any) (grant.Grant, bool) {
	name, _ := identity["name"].(string)
	a.mu.Lock()
	g, ok := a.known[name]
	a.mu.Unlock()
	return g, ok && g.Hash[:shortHash] == identity[memberToken] && a.book.IsValid(g, time.Now())
}

// isOver reports whether an identity may use the gateway no longer.
func (a *granting) isOver(identity map[string]any) bool {
	_, valid := a.grantOf(identity)
	return !valid
}

// grantCheck is how often sessions are compared with the grants. The sessions of a grant end within
// a second after it does.
const grantCheck = 250 * time.Millisecond

// serversFor returns the servers as an identity may use them.
func (a *granting) serversFor(identity map[string]any) ([]gateway.Server, error) {
	g, valid := a.grantOf(identity)
	if !valid {
		return nil, fmt.Errorf("the grant is not in force")
	}
	servers := slices.Clone(a.servers)
	for i := range servers {
		s := &servers[i]
		if g.Policy != "" {
			e, err := a.policyOf(g)
			if err != nil {
				return nil, fmt.Errorf("the policy of the grant %s cannot be used: %w", g.Name, err)
			}
			s.Guard = e.guard
		}
		s.Guard = s.Guard.Only(g.Tools)
	}
	return servers, nil
}

// policyOf returns the policy of a grant, in force.
func (a *granting) policyOf(g grant.Grant) (*enforcing, error) {
	if a.x.config != "" {
		return nil, errors.New("a grant's policy is for one server, and the gateway has several")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	key := g.Name + "\x00" + g.Policy
	if e := a.own[key]; e != nil {
		return e, nil
	}
	flags := a.x.policyFlags
	if flags.policy = g.Policy; flags.state != "" { // policies may use the same names of counters
		flags.state += "." + g.Name
	}
	e, err := a.p.enforceBeside(a.ctx, &flags, a.first, "grant "+g.Name)
	if err != nil {
		return nil, err
	}
	a.own[key] = e
	go e.reload(a.ctx, a.log, nil)
	return e, nil
}

// errGrantEnded ends the connection of a client on stdio.
var errGrantEnded = errors.New("the grant was revoked or changed, or has expired")

// refusing is a runner that serves nobody.
type refusing struct{ why error }

func (r refusing) Run(context.Context) error { return r.why }

// caller returns the identity of a request.
func (a *granting) caller(r *http.Request) map[string]any {
	return a.identity(front.Caller(r.Context()))
}
