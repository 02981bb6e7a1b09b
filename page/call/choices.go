package call

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/store"
)

const (
	maxChoices = 8    // credentials of flows
	maxScanned = 2000 // flows that are searched for them
)

// choices returns the credentials with which an operation can be called: those of the newest flows
// of the host that the API did not refuse, one for each account, and those of the environment.
// Flows with pages and files are the last, as they may follow the end of a session.
func (p *panel) choices(ctx context.Context, host string, f spectools.Form) ([]Credential, error) {
	out := []Credential{}
	if len(f.Security) == 0 {
		return out, nil
	}
	type candidate struct {
		Credential
		values []string
	}
	found := map[[2]bool][]candidate{} // by whether the answer is JSON, and whether it refuses
	session := map[string]string{}     // of the values of a cookie: one of them
	for c, err := range p.Store.Scan(ctx, store.Query{Authority: host, Newest: true, Limit: maxScanned, NoBodies: true}) {
		if err != nil {
			return nil, err
		}
		credentials, names := f.Sent(&c.Request)
		if len(credentials) == 0 || c.Response == nil || c.Request.Origin() != f.Origin {
			continue
		}
		number := strconv.FormatUint(uint64(c.Seq), 10)
		one := candidate{Credential: Credential{"flow:" + number, strings.Join(names, " and ") + " of flow " + number}}
		for _, x := range credentials {
			one.values = append(one.values, accountOf(x, c.Response, session))
		}
		kind := [2]bool{decode.IsJSON(c.Response.Header.MediaType()), c.Response.Status == 401 || c.Response.Status == 403}
		found[kind] = append(found[kind], one)
	}
	var seen []string
	for _, c := range slices.Concat(found[[2]bool{true, false}], found[[2]bool{false, false}]) {
		account := ""
		for _, v := range c.values {
			account += cmp.Or(session[v], v) + "\n"
		}
		if len(out) < maxChoices && !slices.Contains(seen, account) {
			seen, out = append(seen, account), append(out, c.Credential)
		}
	}
	if credentials, names := p.ofEnvironment(ctx, f); len(credentials) > 0 {
		out = append(out, Credential{"environment", strings.Join(names, " and ") + " of the environment"})
	}
	return out, nil
}

// What differs from one token to the next of an account: times and numbers in a JSON Web Token
// (RFC 7519), and all of one for Kerberos or NTLM.
var (
	tokenTimes = regexp.MustCompile(`"(iat|nbf|exp|jti)":[^,}]*`)
	onceOnly   = regexp.MustCompile(`(?i)^(negotiate|ntlm) `)
)

// accountOf returns what stands for the account of a credential. A cookie that the answer renews is
// of the same session as the new one. Newer flows come first.
func accountOf(c egress.Credential, answer *flow.Response, session map[string]string) string {
	if c.In != egress.InCookie {
		parts := strings.Split(c.Value, ".")
		if claims, err := base64.RawURLEncoding.DecodeString(parts[len(parts)/2]); len(parts) == 3 && err == nil {
			return c.String() + tokenTimes.ReplaceAllString(string(claims), "")
		}
		return c.String() + cmp.Or(onceOnly.FindString(c.Value), c.Value)
	}
	name := c.String() + "="
	for _, line := range answer.Header.Values("Set-Cookie") {
		if set, err := http.ParseSetCookie(line); err == nil && set.Name == c.Name && set.Value != "" {
			of := cmp.Or(session[name+set.Value], session[name+c.Value], name+c.Value)
			session[name+c.Value], session[name+set.Value] = of, of
		}
	}
	return name + c.Value
}

// offerSignIn adds the session that begins by signing in with the variables of the environment, or
// says which are missing.
func (p *panel) offerSignIn(ctx context.Context, op *Operation, out *Form) {
	set, err := p.tools(ctx, op, spectools.SignInAuto)
	if missing := (*spectools.SignInError)(nil); errors.As(err, &missing) && out.Missing != "" {
		out.Missing += "; or, to " + missing.Error()
	}
	if err == nil {
		defer set.Close()
		with := strings.TrimPrefix(set.Entry(op.Method, op.Path).After(nil), ", after")
		out.Credentials = append(out.Credentials, Credential{spectools.SignInAuto, "sign-in at " + op.Host + " with" + with})
	}
}
