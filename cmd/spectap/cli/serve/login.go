package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/auth"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/egress/signin"
	"github.com/spectap/spectap/egress/token"
	"github.com/spectap/spectap/guard/oauth"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/mcptools/spectools/credential"
)

// logins is a [credential.Source] of the tokens of people who signed in for the API of a mount. It
// renews them, and asks a person only in signIn.
type logins struct {
	s   *Serving
	m   Mount
	doc *openapi3.T
	all map[string]*login // by the names of the schemes for which people sign in
}

type login struct {
	signin.Config
	token *token.Token
}

// BindOrigin implements [credential.OriginBinder].
func (l *logins) BindOrigin(origin string) {
	l.all = make(map[string]*login)
	if l.doc.Components == nil {
		return
	}
	for name, ref := range l.doc.Components.SecuritySchemes {
		if c := l.config(origin, name, ref.Value); c != nil {
			l.all[name] = &login{*c, token.New(auth.Source(c), "")}
		}
	}
}

const bearerPrefix = "Bearer "

// Credential implements [credential.Source].
func (l *logins) Credential(ctx context.Context, name string, _ *openapi3.SecurityScheme) (credential.Secret, bool, error) {
	x := l.all[name]
	if x == nil {
		return "", false, nil
	}
	c, err := x.token.Get(ctx)
	if errors.As(err, new(*signin.MissingError)) {
		err = fmt.Errorf("%w, or starts spectap serve --login", err)
	}
	return credential.Secret(strings.TrimPrefix(c.Value, bearerPrefix)), err == nil, err
}

// Forget implements [credential.Forgetter].
func (l *logins) Forget(name string, s credential.Secret) {
	if x := l.all[name]; x != nil {
		x.token.Refused(context.Background(), egress.Credential{In: egress.InHeader, Name: "Authorization", Value: bearerPrefix + string(s)})
	}
}

// Standing implements [credential.Renewer]: a sign-in stands for its tokens.
func (l *logins) Standing(_ context.Context, name string, _ *openapi3.SecurityScheme) (credential.Secret, bool, error) {
	x := l.all[name]
	if x == nil {
		return "", false, nil
	}
	g, err := auth.Source(&x.Config).Grant()
	if g == nil {
		return "", false, err
	}
	return credential.Secret(fmt.Sprint(g.Server, "\n", g.Issuer, "\n", g.ClientID, "\n", g.SignedIn)), true, nil
}

// config returns how a person signs in for a scheme, or nil. The variables of OAuth2 name the
// client and the scopes, which are else those that the operations need.
func (l *logins) config(origin, name string, scheme *openapi3.SecurityScheme) *signin.Config {
	variable := func(suffix string) string { return l.s.environment(l.m)(credential.Variable(name) + suffix) }
	c := &signin.Config{
		Server: origin, ClientID: variable("_CLIENT_ID"), Secret: variable("_CLIENT_SECRET"), Scopes: strings.Fields(variable("_SCOPE")),
		Typed: l.s.F.secrets.tokenOrigins,
	}
	if l.s.Options.BaseURL != "" || l.m.baseURL != "" || l.s.F.out.allowPrivate {
		c.Typed = append(slices.Clip(c.Typed), origin)
	}
	if len(c.Scopes) == 0 {
		c.Scopes = scopesOf(l.doc, name)
	}
	switch f := scheme.Flows; {
	case scheme.Type == "openIdConnect":
		c.Issuer = strings.TrimSuffix(scheme.OpenIdConnectUrl, "/.well-known/openid-configuration")
	case f != nil && f.AuthorizationCode != nil && f.AuthorizationCode.TokenURL != "":
		c.Endpoints = oauth.Metadata{AuthorizationURL: f.AuthorizationCode.AuthorizationURL, TokenURL: f.AuthorizationCode.TokenURL}
	default:
		return nil
	}
	return c
}

// scopesOf returns the scopes that operations require of a scheme.
func scopesOf(doc *openapi3.T, name string) (scopes []string) {
	all := slices.Clone(doc.Security)
	for _, path := range doc.Paths.Map() {
		for _, op := range path.Operations() {
			if op.Security != nil {
				all = append(all, *op.Security...)
			}
		}
	}
	for _, requirement := range all {
		scopes = append(scopes, requirement[name]...)
	}
	slices.Sort(scopes)
	return slices.Compact(scopes)
}

// signIn lets a person sign in for each scheme of a set for which nobody is signed in.
func (l *logins) signIn(ctx context.Context, set *spectools.Set) error {
	for _, name := range slices.Sorted(maps.Keys(set.Schemes())) {
		x := l.all[name]
		if x == nil {
			continue
		}
		err := l.checkOrigins(&x.Config)
		if err == nil {
			_, err = auth.Token(ctx, l.s.P, x.Config, "", false)
		}
		switch {
		case errors.Is(err, signin.ErrNoClient):
			err = cli.WithHint(err, credential.Variable(name)+"_CLIENT_ID=…   # of a client that is registered there with the redirect http://127.0.0.1/callback")
		case errors.Is(err, egress.ErrAddress):
			err = cli.WithHint(err, "--token-origin "+signin.Origin(cmp.Or(x.Issuer, x.Endpoints.TokenURL))+"   # if that is right")
		}
		if err != nil {
			return fmt.Errorf("security scheme %s: %w", name, err)
		}
	}
	l.s.signIns += len(l.all)
	return nil
}

// checkOrigins refuses a document that could take a secret. Its token URL would get a code of
// somebody else's issuer if the page to sign in at is elsewhere, and it gets the client's secret.
func (l *logins) checkOrigins(c *signin.Config) error {
	at := cmp.Or(c.Issuer, c.Endpoints.TokenURL)
	if c.Secret == "" && egress.SharesOrigin(at, cmp.Or(c.Endpoints.AuthorizationURL, at)) || egress.SharesOrigin(at, append(l.s.F.secrets.tokenOrigins, c.Server)...) {
		return nil
	}
	at = signin.Origin(at)
	err := fmt.Errorf("only the document names %s, which would get the client's secret, or a code from another page to sign in at", at)
	return cli.WithHint(err, "--token-origin "+at+"   # if that is right")
}
