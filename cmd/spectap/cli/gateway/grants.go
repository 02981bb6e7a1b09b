package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/grant"
	"github.com/spectap/spectap/guard/oauth"
	"github.com/spectap/spectap/mcp/front"
)

// grantFlags set who may use the gateway.
type grantFlags struct {
	grants string // the file
	name   string // of the grant of the client on stdio
}

func (f *grantFlags) register(cmd *cobra.Command) {
	defer cli.Under(cmd.Flags(), cli.HeadAdmitted)()
	cmd.Flags().StringVar(&f.grants, "grants", "", "admit the holders of the grants in this `file`, which spectap grant writes")
	cmd.Flags().StringVar(&f.name, "grant", "", "with --grants, on stdio: the `name` of the client's grant")
}

func (f *grantFlags) check(cmd *cobra.Command, h *flagset.HTTPFlags) error {
	rules := []flagset.Rule{flagset.Need("grant", "grants", ""), flagset.Exclude("identity", "grants", "the grant is the identity")}
	if h.Addr == "" {
		rules = append(rules, flagset.Need("grants", "grant", "a client on stdio sends no token; or --http"))
	} else {
		rules = append(rules, flagset.Exclude("grant token-file no-token", "grants", "with --http, each grant has a token of its own"))
	}
	return flagset.Check(cmd, rules...)
}

// admission authenticates clients and gives each the servers that it may use.
type admission struct {
	p       *cli.Program
	ctx     context.Context // of the gateway
	x       *gatewayFlags
	book    *grant.Book // nil without --grants
	servers []gateway.Server
	first   *Enforcing
	log     *slog.Logger
	// issuer is set before clients are admitted, nil without --oauth-issuer.
	issuer *tokenIssuers

	mu  sync.Mutex
	own map[string]*Enforcing // policies of grants, by name and path
}

// newAdmission returns nil if all clients have the same rights.
func newAdmission(ctx context.Context, p *cli.Program, x *gatewayFlags, servers []gateway.Server, first *Enforcing, log *slog.Logger) (*admission, error) {
	if x.grants.grants == "" && len(x.oauth.Issuers) == 0 {
		return nil, nil
	}
	a := &admission{p: p, ctx: ctx, x: x, servers: servers, first: first, log: log, own: map[string]*Enforcing{}}
	if x.grants.grants == "" {
		return a, nil
	}
	var err error
	a.book, err = grant.Open(x.grants.grants)
	return a, err
}

// close releases the policies of grants.
func (a *admission) close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	var err error
	for _, e := range a.own {
		err = errors.Join(err, e.Close())
	}
	return err
}

// authenticate returns the holder of a token, which belongs to a grant or comes from the OAuth
// issuer.
func (a *admission) authenticate(ctx context.Context, token string) (front.Admitted, error) {
	if a.issuer == nil || a.book != nil && strings.HasPrefix(token, grant.Prefix) {
		g, err := a.book.Authenticate(token, time.Now())
		if err != nil {
			return front.Admitted{}, err
		}
		return front.Admitted{Caller: g.Name, Identity: identityOf(&g)}, nil
	}
	t, err := a.issuer.verify(ctx, token)
	if err != nil {
		return front.Admitted{}, err
	}
	id := a.issuer.identity(t)
	if a.book != nil {
		g, err := a.book.Fitting(func(claims []grant.Claim) bool { return a.issuer.fits(t, claims) }, time.Now())
		switch {
		case errors.Is(err, grant.ErrClaims):
			return front.Admitted{}, a.unfit(t, err)
		case errors.Is(err, grant.ErrExpired):
			return front.Admitted{}, &front.Refusal{Status: http.StatusForbidden, Reason: err.Error()}
		case err != nil:
			return front.Admitted{}, err
		}
		id[memberGrant], id[enforce.GrantID], id[memberToken] = g.Name, g.ID, g.Version()
	}
	return front.Admitted{Caller: t.Name(), Identity: id, Until: t.Expires}, nil
}

// warnUnbound names the grants whose claims name no issuer. With several issuers, no token fits
// such a grant.
func (a *admission) warnUnbound(log *slog.Logger) {
	if a.book == nil {
		return
	}
	all, err := a.book.List()
	if err != nil {
		return // clients that send a token get the error
	}
	for _, g := range all {
		if len(g.Claims) > 0 && !a.issuer.isBound(g.Claims) {
			log.Warn("no token fits the grant: with several OAuth issuers its claims must name one, as --claim iss=URL does", "grant", g.Name)
		}
	}
}

// unfit is the response to an access token that fits no grant. It names scopes with which the token
// might fit one.
func (a *admission) unfit(t *oauth.Token, why error) error {
	all, err := a.book.List()
	if err != nil {
		return err
	}
	var scopes []string
	for _, g := range all {
		others := slices.DeleteFunc(slices.Clone(g.Claims), func(c grant.Claim) bool { return c.Name == "scope" || t.Has(c.Name, c.Value) })
		for _, c := range g.Claims {
			if len(others) == 0 && a.issuer.isBound(g.Claims) && c.Name == "scope" && oauth.IsScope(c.Value) && !slices.Contains(scopes, c.Value) {
				scopes = append(scopes, c.Value)
			}
		}
	}
	if len(scopes) == 0 {
		return &front.Refusal{Status: http.StatusForbidden, Reason: why.Error()}
	}
	return a.issuer.insufficient(why.Error(), scopes)
}

// named returns the identity of the client on stdio.
func (a *admission) named(name string) (map[string]any, error) {
	g, err := a.book.Named(name, time.Now())
	if err != nil {
		return nil, err
	}
	return identityOf(&g), nil
}

// The members of an identity that name its grant. memberToken is the version of the grant, which
// changes with its token.
const (
	memberGrant = "grant"
	memberToken = "token"
)

// identityOf returns the identity of the holder of a grant's token, as policies see it.
func identityOf(g *grant.Grant) map[string]any {
	return map[string]any{"name": g.Name, memberGrant: g.Name, enforce.GrantID: g.ID, memberToken: g.Version()}
}

// grantOf returns the grant of an identity, and reports whether it is in force. Without grants,
// every admitted client has one that allows everything that the policy allows.
func (a *admission) grantOf(identity map[string]any) (grant.Grant, bool) {
	if a.book == nil {
		return grant.Grant{}, true
	}
	name, _ := identity[memberGrant].(string)
	g, err := a.book.Named(name, time.Now())
	return g, err == nil && g.Version() == identity[memberToken]
}

// isOver reports whether an identity may no longer use the gateway.
func (a *admission) isOver(identity map[string]any) bool {
	_, valid := a.grantOf(identity)
	return !valid
}

// grantCheck is the interval at which sessions are compared with the grants. The sessions of a
// grant end within a second after the grant.
const grantCheck = 250 * time.Millisecond

// serversFor returns the servers as an identity may use them.
func (a *admission) serversFor(identity map[string]any) ([]gateway.Server, error) {
	g, valid := a.grantOf(identity)
	if !valid {
		return nil, fmt.Errorf("the grant is not in force")
	}
	servers := slices.DeleteFunc(slices.Clone(a.servers), func(s gateway.Server) bool {
		return len(g.Servers) > 0 && !slices.Contains(g.Servers, s.Identity)
	})
	if len(servers) == 0 {
		return nil, fmt.Errorf("the grant %s is for %s", g.Name, strings.Join(g.Servers, ", "))
	}
	for i := range servers {
		s := &servers[i]
		if g.Policy != "" {
			e, err := a.policyOf(g)
			if err != nil {
				return nil, fmt.Errorf("the policy of the grant %s cannot be used: %w", g.Name, err)
			}
			s.Guard = e.Guard
		}
		s.Guard = s.Guard.Only(g.Tools, func() error {
			if a.isOver(identity) {
				return errGrantEnded
			}
			return nil
		})
	}
	return servers, nil
}

// ownKey names the policy of a grant.
func ownKey(g *grant.Grant) string { return g.Name + "\x00" + g.Policy }

// policyOf returns the policy of a grant, in force.
func (a *admission) policyOf(g grant.Grant) (*Enforcing, error) {
	if a.x.config != "" {
		return nil, errors.New("a grant's policy is for one server, and the gateway has several")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	key := ownKey(&g)
	if e := a.own[key]; e != nil {
		return e, nil
	}
	flags := a.x.PolicyFlags
	if flags.Policy = g.Policy; flags.State != "" { // policies may use the same names of counters
		flags.State += "." + g.Name
	}
	e, err := enforceBeside(a.ctx, a.p, &flags, a.first, "grant "+g.Name)
	if err != nil {
		return nil, err
	}
	a.own[key] = e
	go e.Reload(a.ctx, a.log, nil)
	return e, nil
}

// errGrantEnded ends the connection of a client on stdio.
var errGrantEnded = errors.New("the grant was revoked or changed, or has expired")

// refusing is a runner that refuses every client.
type refusing struct{ why error }

func (r refusing) Run(context.Context) error { return r.why }
