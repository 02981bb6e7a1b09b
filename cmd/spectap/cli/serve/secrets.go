package serve

import (
	"context"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/openapi"
)

// secretFlags name sources of credentials in addition to the environment.
type secretFlags struct {
	files, commands map[string]string
	caller          []string
	callerAuth      bool
	tokenOrigins    []string
	signIn          string
	login           bool
	general         generalFlags
}

func (f *secretFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	defer cli.Under(fl, cli.HeadCredentials)()
	fl.StringToStringVar(&f.files, "credential-file", nil,
		"read the credential of a scheme from a file for each call: `SCHEME=FILE`, with --mount /base/SCHEME=FILE"+
			" (repeatable)")
	fl.StringToStringVar(&f.commands, "credential-command", nil,
		"use the output of a command as the credential of a scheme for a minute: `SCHEME=COMMAND`, with --mount "+
			"/base/SCHEME=COMMAND; the command is split at spaces and runs without a shell (repeatable)")
	fl.StringSliceVar(&f.caller, "caller-credentials", nil,
		"with --http, or started by gateway: take the credential of a scheme from a header of the MCP request, never from the other "+
			"sources: `SCHEME or SCHEME=HEADER` (default X-Upstream-SCHEME), with --mount /base/SCHEME…")
	fl.BoolVar(&f.callerAuth, "caller-auth", false,
		"with --http, or started by gateway: like --caller-credentials for all schemes, from the usual headers: X-API-Key for API keys, "+
			"else Authorization with --no-token and X-Upstream-Authorization without")
	fl.StringVar(&f.signIn, "sign-in", "",
		"sign in with this `operation` (operationId, METHOD PATH, or auto for that of the document, the default if "+
			"a variable is set) before the first call, and send the session's cookies and tokens with all calls; the "+
			"parameters and the members of its body are read from variables such as SPECTAP_AUTH_SIGN_IN_PASSWORD")
	fl.BoolVar(&f.login, "login", false,
		"for schemes with an authorization code or OpenID Connect: use the tokens of a person who signed in; "+
			"if nobody has, open a browser for that at the start")
	f.general.register(cmd)
	fl.StringSliceVar(&f.tokenOrigins, "token-origin", nil,
		"also send OAuth2 client secrets to a token URL of the document at this `origin`, not only at that of the"+
			" API (repeatable)")
}

// check returns an error for credentials that belong to no mount or to several: the credential of
// one API must not reach another.
func (f *secretFlags) check(mounts []Mount) error {
	for _, o := range f.tokenOrigins {
		if u, err := url.Parse(o); err != nil || u.Path != "" && u.Path != "/" {
			return cli.Misusef("--token-origin %s: must be an origin, such as https://login.example.com", egress.WithoutUser(o))
		} else if _, err := egress.Origin(u); err != nil {
			return cli.Misusef("--token-origin: %w", err)
		}
	}
	callers, err := f.callers()
	if err != nil {
		return err
	}
	for flag, keys := range map[string]iter.Seq[string]{
		"credential-file": maps.Keys(f.files), "credential-command": maps.Keys(f.commands),
		"caller-credentials": maps.Keys(callers),
	} {
		for key := range keys {
			if !slices.ContainsFunc(mounts, func(m Mount) bool { _, ok := m.scheme(key); return ok }) {
				if mounts[0].base == "" {
					return cli.Misusef("--%s %s: /base/SCHEME needs --mount", flag, key)
				}
				return cli.Misusef("--%s %s: with --mount it must name the mount, such as %s/SCHEME",
					flag, key, mounts[0].base)
			}
		}
	}
	return nil
}

// scheme returns the name of the security scheme in the key of a flag, and reports whether the key
// belongs to this mount.
func (m Mount) scheme(key string) (string, bool) {
	if m.base == "" {
		return key, !strings.Contains(key, "/")
	}
	scheme, ok := strings.CutPrefix(key, m.base+"/")
	return scheme, ok && !strings.Contains(scheme, "/")
}

// ofMount returns the entries of a mount by the names of their schemes.
func ofMount[V any](m Mount, all map[string]V) map[string]V {
	out := make(map[string]V)
	for key, v := range all {
		if scheme, ok := m.scheme(key); ok {
			out[scheme] = v
		}
	}
	return out
}

// callers parses --caller-credentials.
func (f *secretFlags) callers() (credential.Caller, error) {
	if len(f.caller) == 0 {
		return nil, nil
	}
	out := make(credential.Caller)
	for _, a := range f.caller {
		scheme, header, ok := strings.Cut(a, "=")
		if !ok {
			header = "X-Upstream-" + scheme[strings.LastIndexByte(scheme, '/')+1:]
		}
		if scheme == "" || header == "" || strings.ContainsAny(header, " :\r\n") {
			return nil, cli.Misusef("--caller-credentials %s: must be SCHEME or SCHEME=HEADER", a)
		}
		if strings.EqualFold(header, "Authorization") {
			return nil, cli.Misusef("--caller-credentials %s: Authorization carries the token of this server", a)
		}
		out[scheme] = header
	}
	return out, nil
}

// CallerHeaders returns the headers that serve with these arguments takes the credentials of its
// callers from, for the gateway that starts it.
func CallerHeaders(args []string) []string {
	var f secretFlags
	cmd := &cobra.Command{FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true}}
	f.register(cmd)
	if cmd.ParseFlags(args) != nil {
		return nil // serve refuses them
	}
	callers, err := f.callers()
	if err != nil {
		return nil
	}
	names := slices.Collect(maps.Values(callers))
	if f.callerAuth {
		names = append(names, headerKey, headerOther)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// The headers of --caller-auth: for API keys, and for other credentials where Authorization has the
// token of this server.
const (
	headerKey   = "X-API-Key"
	headerOther = "X-Upstream-Authorization"
)

// withUsualHeaders adds the schemes that callers do not map, with the header that clients usually
// send. Authorization can be used only if the callers of this server need no token.
func withUsualHeaders(callers credential.Caller, doc *openapi3.T, noToken bool) credential.Caller {
	out := make(credential.Caller)
	if doc.Components != nil {
		for name, ref := range doc.Components.SecuritySchemes {
			switch {
			case ref.Value == nil:
			case ref.Value.Type == "apiKey":
				out[name] = headerKey
			case noToken:
				out[name] = "Authorization"
			default:
				out[name] = headerOther
			}
		}
	}
	maps.Copy(out, callers)
	return out
}

// credentials returns the credentials of one mount, in this order: file, command, person (with
// --login), OAuth2, environment; and those of its callers. A flag for a scheme that the document
// does not have is an error, since its credential would never be sent.
func (s *Serving) credentials(m Mount, doc *openapi3.T) (credential.Chain, credential.Caller, error) {
	if s.F.mock {
		return credential.Chain{standIn{}}, nil, nil
	}
	f := &s.F.secrets
	callers, err := f.callers()
	if err != nil {
		return nil, nil, err
	}
	callers = ofMount(m, callers)
	if f.callerAuth {
		callers = withUsualHeaders(callers, doc, s.F.http.NoToken)
	}
	files, commands := ofMount(m, f.files), ofMount(m, f.commands)
	for flag, names := range map[string]iter.Seq[string]{
		"credential-file": maps.Keys(files), "credential-command": maps.Keys(commands),
		"caller-credentials": maps.Keys(callers),
	} {
		for name := range names {
			if doc.Components == nil || doc.Components.SecuritySchemes[name] == nil {
				return nil, nil, cli.Misusef("--%s %s: the document has no security scheme of that name", flag, name)
			}
		}
	}
	get := s.environment(m)
	if err := s.checkVariables(m, doc); err != nil {
		return nil, nil, err
	}
	oauth := &credential.OAuth2{Get: get, Origins: f.tokenOrigins, Egress: s.Options.Egress}
	if s.Options.BaseURL != "" {
		oauth.Egress.Named = []string{s.Options.BaseURL}
	}
	others := credential.Chain{credential.Files(files), credential.NewCommands(commands)}
	if f.login {
		others = append(others, &logins{s: s, m: m, doc: doc})
	}
	others = append(others, oauth)
	return append(others, s.general(m, doc, others)), callers, nil
}

// standIn is the source of credentials for a mock, which accepts any.
type standIn struct{}

// Credential implements [credential.Source].
func (standIn) Credential(context.Context, string, *openapi3.SecurityScheme) (credential.Secret, bool, error) {
	return "mock:mock", true, nil
}

// environment returns a function that reads the variables of one mount. For a mount, it inserts the
// name of the mount into SPECTAP_AUTH_<SCHEME>….
func (s *Serving) environment(m Mount) func(string) string {
	of := variableOf(m)
	return func(v string) string {
		if v = of(v); v == "" {
			return ""
		}
		return s.F.secrets.general.getenv(v)
	}
}

// variableOf returns a function that maps a variable of a single document to the variable of a
// mount. It maps general variables, which mounts do not have, to "".
func variableOf(m Mount) func(string) string {
	name := strings.Trim(m.base, "/")
	return func(v string) string {
		rest, ok := strings.CutPrefix(v, "SPECTAP_AUTH_")
		switch {
		case name == "":
			return v
		case !ok:
			return ""
		}
		return credential.Variable(name) + "_" + rest
	}
}

// checkVariables returns an error for a variable that is set and is the credential of two schemes.
// It is ambiguous which scheme is meant, and the API of the other scheme must not receive the
// credential.
func (s *Serving) checkVariables(m Mount, doc *openapi3.T) error {
	if doc.Components == nil {
		return nil
	}
	// A reloaded document may have other schemes.
	maps.DeleteFunc(s.variables, func(_, owner string) bool {
		return owner[:strings.LastIndexByte(owner, '/')] == m.base
	})
	for _, scheme := range slices.Sorted(maps.Keys(doc.Components.SecuritySchemes)) {
		v, owner := credential.Variable(scheme), m.base+"/"+scheme
		if name := strings.Trim(m.base, "/"); name != "" {
			v = credential.Variable(name + "/" + scheme)
		}
		if s.variables == nil {
			s.variables = make(map[string]string)
		}
		if other := s.variables[v]; other != "" && other != owner && os.Getenv(v) != "" {
			return cli.Misusef("%s is set and could be for %s or for %s; use --credential-file for one of them",
				v, strings.TrimPrefix(other, "/"), strings.TrimPrefix(owner, "/"))
		}
		s.variables[v] = owner
	}
	return nil
}

// generalFlags are credentials on the command line, for users who know such flags from other
// programs. They take precedence over the variables.
type generalFlags struct{ apiKey, bearerToken, basicAuth string }

func (f *generalFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.apiKey, "api-key", "", "like the variable API_KEY, but other users of this machine can see the `value`")
	fl.StringVar(&f.bearerToken, "bearer-token", "",
		"like the variable BEARER_TOKEN, but other users of this machine can see the `value`")
	fl.StringVar(&f.basicAuth, "basic-auth", "",
		"like the variable BASIC_AUTH, but other users of this machine can see the `user:password`")
}

// all describes the flags: name of the variable, name of the flag, value.
func (f *generalFlags) all() [][3]string {
	return [][3]string{
		{"API_KEY", "--api-key", f.apiKey},
		{"BEARER_TOKEN", "--bearer-token", f.bearerToken},
		{"BASIC_AUTH", "--basic-auth", f.basicAuth},
	}
}

// getenv returns the value of a flag that stands for a variable, else that of the variable.
func (f *generalFlags) getenv(name string) string {
	for _, x := range f.all() {
		if x[0] == name && x[2] != "" {
			return x[2]
		}
	}
	return os.Getenv(name)
}

// warn names the flags that are set, and the safer alternative.
func (f *generalFlags) warn(w io.Writer) {
	for _, x := range f.all() {
		if x[2] != "" {
			fmt.Fprintf(w, "spectap: warning: every user of this machine can see %s in the list of processes; "+
				"set %s instead\n", x[1], x[0])
		}
	}
}

// environment reads credentials from variables. It uses the general ones, such as API_KEY, only for
// an API that a person named: the origin of --base-url, the captured API, or the origin of the
// document's URL.
type environment struct {
	credential.Environment
	trusted bool   // a person named the API: general variables are used
	named   string // a URL that a person named
	others  credential.Source
}

// isSupplied reports whether another source, which takes precedence, supplies a scheme.
func (e *environment) isSupplied(name string, s *openapi3.SecurityScheme) bool {
	return credential.Has(e.others, name, s)
}

// general returns the variables of a mount, which supply what others does not.
func (s *Serving) general(m Mount, doc *openapi3.T, others credential.Source) *environment {
	e := &environment{
		Environment: credential.Environment{Get: s.environment(m), NamedOnly: true, Name: variableOf(m)},
		trusted:     s.Options.BaseURL != "" || m.Spec == "", named: m.Spec, others: others,
	}
	e.Fit(doc, e.isSupplied)
	return e
}

// BindOrigin implements [credential.OriginBinder].
func (e *environment) BindOrigin(origin string) {
	u, err := url.Parse(e.named)
	if err == nil && cli.IsURL(e.named) {
		named, err := egress.Origin(u)
		e.trusted = e.trusted || err == nil && named == origin
	}
	e.NamedOnly = !e.trusted
}

// printCredentials prints which variables are sent where, and which are not sent although a scheme
// takes them.
func (s *Serving) printCredentials(m Mount, o *spectools.Options, set *spectools.Set) {
	all := o.Credentials.(credential.Chain)
	e := all[len(all)-1].(*environment)
	home, of, schemes := visible.Line(set.CredentialOrigin()), variableOf(m), set.Schemes()
	s.taken = slices.Compact(slices.Sorted(slices.Values(s.taken))) // a document may be loaded again and again
	for _, name := range slices.Sorted(maps.Keys(schemes)) {
		own := of(credential.Variable(name))
		s.taken = append(s.taken, own)
		given, _ := e.Given(name, schemes[name])
		switch _, mapped := o.Caller[name]; {
		case mapped || e.isSupplied(name, schemes[name]): // they take precedence
		case given != "" && o.AssumedSecurity:
			s.taken = append(s.taken, of(given))
			fmt.Fprintf(s.P.Stderr, "  %s is sent to %s with all calls: the document does not say which need it\n", of(given), home)
			return // a call has one credential
		case given != "":
			s.taken = append(s.taken, of(given))
			fmt.Fprintf(s.P.Stderr, "  %s is sent to %s where security scheme %s is required\n", of(given), home, visible.Line(name))
		case e.NamedOnly:
			for _, v := range credential.Variables(name, schemes[name])[1:] {
				if e.Get(v) != "" {
					s.taken = append(s.taken, v)
					fmt.Fprintf(s.P.Stderr, "  %s is not sent: only the document names %s; set %s instead, or name the API with --base-url %s\n", v, home, own, home)
				}
			}
		}
	}
}

// printUnused prints the variables and flags that are set and that no document takes: they may have
// a typing error, or be meant for another document.
func (s *Serving) printUnused() {
	names, known := []string{"API_KEY", "BEARER_TOKEN", "BASIC_AUTH"}, slices.Compact(slices.Sorted(slices.Values(s.taken)))
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "SPECTAP_AUTH_") {
			names = append(names, name)
		}
	}
	for _, name := range names {
		// The variables of an OAuth client have the scheme's own before a suffix.
		taken := slices.ContainsFunc(s.taken, func(t string) bool { return name == t || strings.HasPrefix(name, t+"_") })
		isSignIn := strings.HasPrefix(name, credential.SignInPrefix)
		why := "no operation takes it"
		switch {
		case s.F.secrets.general.getenv(name) == "" || taken || isSignIn && s.signsIn:
			continue
		case isSignIn:
			why = "it goes with --sign-in OPERATION"
		case len(known) > 0:
			why += "; they take " + strings.Join(known[:min(len(known), 5)], ", ")
		}
		fmt.Fprintf(s.P.Stderr, "  %s is not sent: %s\n", visible.Line(name), why)
	}
}

// signInOf returns the operation that signs in: that of --sign-in, or of the document if a variable
// for it is set.
func (s *Serving) signInOf(m Mount, doc *openapi3.T) string {
	if s.F.secrets.signIn == "" && !s.F.mock && m.base == "" && len(openapi.AccessOf(doc).SignIn) > 0 && credential.HasSignIn(os.Environ(), credential.SignInPrefix) {
		return spectools.SignInAuto
	}
	return s.F.secrets.signIn
}

// maxNamed bounds the tools that a line on missing credentials names.
const maxNamed = 3

// printLacks prints which tools require credentials that are missing, and what supplies these.
func (s *Serving) printLacks(set *spectools.Set) {
	for _, l := range set.Lacks() {
		who := strings.Join(l.Tools, ", ")
		if len(l.Tools) > maxNamed {
			who = cli.Plural(len(l.Tools), "tool")
		}
		fmt.Fprintf(s.P.Stderr, "  credentials are missing for %s: supply %s\n", visible.Line(who), visible.Line(l.Supply))
	}
}
